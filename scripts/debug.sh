#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs the kernel under gdb: QEMU waits at its first instruction, gdb takes this terminal, the console is a socket to which
# scripts/console.py connects from another one (inside tmux a pane is opened for it). The settings are those of run.py.
# When gdb ends, the machine ends. The host port runs under gdb directly.
#
#	scripts/debug.sh [gdb arguments]
set -eu
cd "$(dirname "$0")/.."
O=${O:-build}
export O

gdb=gdb-multiarch
command -v $gdb >/dev/null 2>&1 || gdb=gdb
if ! command -v $gdb >/dev/null 2>&1; then
	echo "debug: no gdb on this machine: scripts/setup installs it" >&2
	exit 2
fi
command=$(scripts/run.py --print)
echo "This kernel's own commands: anteros-ps, anteros-log, and with an ADDRESS anteros-cap, anteros-node, anteros-frame."
if grep -q '^CONFIG_ARCH_HOST=y' "$O/.config"; then
	eval "exec $gdb -q -x scripts/gdb/anteros.py \"\$@\" --args $command"
fi

work=$(mktemp -d)
console=$O/console.sock
machine=
finish() {
	[ -z "$machine" ] || kill "$machine" 2>/dev/null || true
	rm -rf "$work" "$console"
}
trap finish EXIT HUP INT TERM
rm -f "$console"
command=$(printf '%s' "$command" | sed 's/-serial mon:stdio/-serial chardev:console/')
# In a session of its own, so that Ctrl-C stops the kernel by way of gdb instead of ending the machine.
eval "setsid $command -S -gdb unix:path=$work/gdb,server=on,wait=off -monitor none \
	-chardev socket,id=console,path='$console',server=on,wait=off,logfile='$O/console.log' </dev/null &"
machine=$!
tries=0
while [ ! -S "$work/gdb" ]; do
	kill -0 "$machine" 2>/dev/null || exit 1
	tries=$((tries + 1))
	[ $tries -lt 100 ] || exit 1
	sleep 0.05
done
if [ -n "${TMUX:-}" ]; then
	tmux split-window -d "scripts/console.py '$console'"
else
	echo "The console: scripts/console.py $console (in another terminal); its text goes to $O/console.log too."
fi
# gdb stays in the foreground but not in place of this shell, which has to clean up.
$gdb -q "$O/anteros" -ex "target remote $work/gdb" -x scripts/gdb/anteros.py "$@"
