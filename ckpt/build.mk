# SPDX-License-Identifier: Apache-2.0
obj-y += mount.o dir.o log.o dirty.o snapshot.o stabilise.o root.o migrate.o fetch.o tagpot.o audit.o check.o io.o sum.o
