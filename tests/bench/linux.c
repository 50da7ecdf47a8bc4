// SPDX-License-Identifier: Apache-2.0
/*
 * The first program of the Linux that "make bench-linux" boots (the other is linux_child.S): does what user/apps/bench.c does as far as Linux has
 * it, and prints the same lines. The clock counts an instruction as a nanosecond (QEMU -icount shift=0), so that it is read around many
 * operations at a time; the least of some batches has no timer tick in it.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BATCHES 9
#define PAGE 4096L
#define PAGES 256L

#define MOST 4u                          /* descriptors in a message */

static int there[2], back[2], channel[2], woken, answer;
static char *memory, *guarded, buffer[65536];

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

/* A byte with n descriptors; those that come are closed. */
static void descriptors(int out, size_t n)
{
	union { struct cmsghdr h; char room[CMSG_SPACE(MOST * sizeof(int))]; } c;
	char byte = 0;
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	int fd[MOST] = { 1, 1, 1, 1 };

	if (out) {
		memset(&c, 0, sizeof c);
		c.h.cmsg_level = SOL_SOCKET;
		c.h.cmsg_type = SCM_RIGHTS;
		c.h.cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(&c.h), fd, n * sizeof(int));
		must(sendmsg(channel[0], &m, 0) == 1);
		return;
	}
	must(recvmsg(channel[0], &m, 0) == 1);
	memcpy(fd, CMSG_DATA(&c.h), n * sizeof(int));
	for (size_t i = 0; i < n; i++)
		close(fd[i]);
}

static void null_call(size_t n) { (void)n; syscall(SYS_getppid); }
static void round_trip(size_t n) { whole(there[1], n, 1); whole(back[0], 1, 0); }
static void pass(size_t n) { descriptors(1, n); descriptors(0, n); }

static void count(int fd, int out)
{
	uint64_t one = 1;

	must((out ? write(fd, &one, sizeof one) : read(fd, &one, sizeof one)) == sizeof one);
}

static void notice(size_t n) { (void)n; count(woken, 1); count(answer, 0); }

static void grow(size_t n)
{
	char *p = sbrk(PAGE);

	(void)n;
	must(p != (char *)-1);
	*(volatile char *)p = 1;
}

static void process(size_t n)
{
	static char name[] = "/child", *const words[] = { name, NULL };
	int status;
	pid_t child = vfork();

	(void)n;
	if (!child) {
		execve(name, words, words + 1);
		_exit(1);
	}
	must(waitpid(child, &status, 0) == child && status == 0);
}

static void allow(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	must(mprotect((void *)((uintptr_t)info->si_addr & ~(uintptr_t)(PAGE - 1)), PAGE, PROT_READ | PROT_WRITE) == 0);
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

/* Pages that are there and not allowed, one signal each. */
static void measure_handler(void)
{
	struct sigaction s = { .sa_sigaction = allow, .sa_flags = SA_SIGINFO };
	long long v[BATCHES];

	must(sigaction(SIGSEGV, &s, NULL) == 0);
	for (int b = 0; b < BATCHES; b++) {
		long long t;

		memset(guarded, 1, (size_t)(PAGES * PAGE));
		must(mprotect(guarded, (size_t)(PAGES * PAGE), PROT_NONE) == 0);
		t = now();
		for (long i = 0; i < PAGES; i++)
			*(volatile char *)(guarded + i * PAGE) = 2;
		v[b] = (now() - t) / PAGES;
	}
	report("keeper_fault", v);
}

/* sched_yield() may come back at once: what counts is how often the other process has run meanwhile. */
static void measure_yield(void)
{
	volatile unsigned *turns = mmap(NULL, (size_t)PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long long v[BATCHES];
	pid_t child;

	must(turns != MAP_FAILED);
	child = fork();
	if (!child)
		for (;; (*turns)++)
			sched_yield();
	for (int b = 0; b < BATCHES; b++) {
		long long t = now();

		for (int back = 0; back < 200;) {
			unsigned before = *turns;

			sched_yield();
			back += *turns != before;
		}
		v[b] = (now() - t) / 200;
	}
	report("yield", v);
	kill(child, 9);
	waitpid(child, NULL, 0);
}

/* Another process that does `f` for ever, beside the same here. */
static void measure_pair(const char *name, void (*f)(size_t), void (*other)(size_t), size_t n)
{
	pid_t child = fork();

	if (!child)
		for (;;)
			other(n);
	measure(name, f, n, 200);
	kill(child, 9);
	waitpid(child, NULL, 0);
}

static void answer_notice(size_t n) { (void)n; count(woken, 0); count(answer, 1); }

static void answer_pass(size_t n)
{
	channel[0] = channel[1];
	descriptors(0, n);
	descriptors(1, n);
}

static char *pages(void)
{
	char *p = mmap(NULL, (size_t)(PAGES * PAGE), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(p != MAP_FAILED);
	madvise(p, (size_t)(PAGES * PAGE), MADV_NOHUGEPAGE);
	return p;
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); /* a page is a page */
	memory = pages();
	guarded = pages();
	measure("null_call", null_call, 0, 1000);
	measure_pipe("round_trip", 1, 200);
	measure_pipe("round_trip_string_64", 64, 200);
	measure_pipe("round_trip_string_80", 80, 200);
	measure_pipe("round_trip_string_4k", 4096, 100);
	measure_pipe("round_trip_string_64k", 65536, 20);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, channel) == 0);
	measure_pair("round_trip_cap", pass, answer_pass, 1);
	measure_pair("round_trip_caps_4", pass, answer_pass, MOST);
	woken = eventfd(0, 0);
	answer = eventfd(0, 0);
	must(woken >= 0 && answer >= 0);
	measure_pair("notice", notice, answer_notice, 0);
	measure_yield();
	measure("process_run", process, 0, 50);
	measure("heap_growth", grow, 0, 200);
	measure_memory();
	measure_handler();
	puts("BENCH END");
	reboot(RB_POWER_OFF);
	return 0;
}
