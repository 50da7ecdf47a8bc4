// SPDX-License-Identifier: Apache-2.0
/*
 * The first and only program of the Linux that "make bench-linux" boots: does what user/apps/bench.c does as far as Linux has
 * it, and prints the same lines. The clock counts an instruction as a nanosecond (QEMU -icount shift=0), so that it is read around many
 * operations at a time; the least of some batches has no timer tick in it.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BATCHES 9
#define PAGE 4096L
#define PAGES 256L

static int there[2], back[2], channel[2];
static char *memory, buffer[65536];

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void must(int good)
{
	if (!good) {
		puts("bench-linux: a system call failed");
		reboot(RB_POWER_OFF);
	}
}

static void whole(int fd, size_t n, int out)
{
	for (size_t done = 0; done < n;) {
		ssize_t k = out ? write(fd, buffer, n - done) : read(fd, buffer, n - done);

		must(k > 0);
		done += (size_t)k;
	}
}

/* The other process: takes n bytes, answers one. */
static void serve(size_t n)
{
	for (;;) {
		whole(there[0], n, 0);
		whole(back[1], 1, 1);
	}
}

static void descriptor(int out)
{
	union { struct cmsghdr h; char room[CMSG_SPACE(sizeof(int))]; } c;
	char byte = 0;
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c };
	int fd = 1;

	if (out) {
		memset(&c, 0, sizeof c);
		c.h.cmsg_level = SOL_SOCKET;
		c.h.cmsg_type = SCM_RIGHTS;
		c.h.cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(&c.h), &fd, sizeof fd);
		must(sendmsg(channel[0], &m, 0) == 1);
		return;
	}
	must(recvmsg(channel[0], &m, 0) == 1);
	memcpy(&fd, CMSG_DATA(&c.h), sizeof fd);
	close(fd);
}

static void null_call(size_t n) { (void)n; syscall(SYS_getppid); }
static void round_trip(size_t n) { whole(there[1], n, 1); whole(back[0], 1, 0); }
static void pass(size_t n) { (void)n; descriptor(1); descriptor(0); }

static void process(size_t n)
{
	pid_t child = vfork();

	(void)n;
	if (!child)
		_exit(0);
	must(waitpid(child, NULL, 0) == child);
}

static void report(const char *name, long long *v)
{
	for (int i = 1; i < BATCHES; i++)
		for (int k = i; k > 0 && v[k] < v[k - 1]; k--) {
			long long x = v[k];

			v[k] = v[k - 1];
			v[k - 1] = x;
		}
	printf("LB %s min %lld med %lld max %lld\n", name, v[0], v[BATCHES / 2], v[BATCHES - 1]);
}

static void measure(const char *name, void (*f)(size_t), size_t n, long rounds)
{
	long long v[BATCHES];

	f(n);
	for (int b = 0; b < BATCHES; b++) {
		long long t = now();

		for (long i = 0; i < rounds; i++)
			f(n);
		v[b] = (now() - t) / rounds;
	}
	report(name, v);
}

static void measure_pipe(const char *name, size_t n, long rounds)
{
	pid_t child;

	must(pipe(there) == 0 && pipe(back) == 0);
	child = fork();
	if (!child)
		serve(n);
	measure(name, round_trip, n, rounds);
	kill(child, 9);
	waitpid(child, NULL, 0);
}

/* Pages of a file in memory that are cached but not mapped, one fault each; pages shared with a child, written to. */
static void measure_memory(void)
{
	long long fault[BATCHES], first[BATCHES];
	int fd = memfd_create("pages", 0);

	must(fd >= 0 && ftruncate(fd, PAGES * PAGE) == 0);
	for (int b = 0; b < BATCHES; b++) {
		volatile char *p = mmap(NULL, (size_t)(PAGES * PAGE), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		long long t;
		pid_t child;

		must(p != MAP_FAILED);
		madvise((void *)p, (size_t)(PAGES * PAGE), MADV_RANDOM);
		t = now();
		for (long i = 0; i < PAGES; i++)
			p[i * PAGE] = 1;
		fault[b] = (now() - t) / PAGES;
		munmap((void *)p, (size_t)(PAGES * PAGE));
		memset(memory, 1, (size_t)(PAGES * PAGE));
		child = fork();
		if (!child) {
			pause();
			_exit(0);
		}
		t = now();
		for (long i = 0; i < PAGES; i++)
			memory[i * PAGE] = 2;
		first[b] = (now() - t) / PAGES;
		kill(child, 9);
		waitpid(child, NULL, 0);
	}
	report("page_fault", fault);
	report("first_write", first);
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	memory = mmap(NULL, (size_t)(PAGES * PAGE), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(memory != MAP_FAILED);
	madvise(memory, (size_t)(PAGES * PAGE), MADV_NOHUGEPAGE);
	measure("null_call", null_call, 0, 1000);
	measure_pipe("round_trip", 1, 200);
	measure_pipe("round_trip_string_80", 80, 200);
	measure_pipe("round_trip_string_4k", 4096, 100);
	measure_pipe("round_trip_string_64k", 65536, 20);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, channel) == 0);
	if (!fork()) {
		channel[0] = channel[1];
		for (;;) {
			descriptor(0);
			descriptor(1);
		}
	}
	measure("round_trip_cap", pass, 0, 200);
	measure("process_run", process, 0, 50);
	measure_memory();
	puts("BENCH END");
	reboot(RB_POWER_OFF);
	return 0;
}
