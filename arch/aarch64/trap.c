/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a trap means. From EL0: a fault, an exception or an interrupt, told to the kernel, which says what runs next.
 * From EL1: an error of the kernel. (System calls go straight from trap_entry.S.) Arm ARM, D17.2.37 (ESR_EL1).
 */
#include "arch/aarch64/aarch64.h"

#include <abi/process.h>
#include <hal/regs.h>
#include <kernel/entry.h>
#include <kernel/panic.h>

enum trap { TRAP_SYNC, TRAP_IRQ, TRAP_FIQ, TRAP_SERROR };

#define ESR_CLASS(esr) ((u32)(esr) >> 26 & 0x3f)
#define CLASS_UNKNOWN 0x00
#define CLASS_FLOATING_POINT 0x07
#define CLASS_ILLEGAL_STATE 0x0e
#define CLASS_SVC 0x15
#define CLASS_SYSTEM_REGISTER 0x18
#define CLASS_FETCH 0x20
#define CLASS_DATA 0x24
#define CLASS_BREAKPOINT 0x3c

/* Of a memory abort. */
#define ABORT_STATUS(esr) ((u32)(esr) & 0x3f)
#define ABORT_WRITE ((u32)1 << 6)
#define ABORT_CACHE ((u32)1 << 8)         /* cache maintenance: counts as a write, but needs only the right to read */
#define STATUS_ADDRESS_SIZE 0x00
#define STATUS_TRANSLATION 0x04
#define STATUS_ACCESS_FLAG 0x08
#define STATUS_PERMISSION 0x0c
#define STATUS_EXTERNAL 0x10               /* the bus says that nothing is there */
#define STATUS_ALIGNMENT 0x21
#define STATUS_UNSUPPORTED 0x35            /* an exclusive or atomic access where there is none, as to a device */
#define ABORT_NO_ADDRESS ((u32)1 << 10)

/* What an address translates to (PAR_EL1): the upper half of the memory attributes is 0 of device memory only. */
#define PAR_FAILED 1u
#define PAR_DEVICE_SHIFT 60

/* The kinds of access, numbered as enum access and the ABI's fault information are. */
#define ACCESS_READ 0u
#define ACCESS_WRITE 1u
#define ACCESS_EXEC 2u

struct context *trap_from_user(struct hal_regs *r, enum trap trap);
void trap_from_kernel(struct hal_regs *r, enum trap trap);
extern u8 trap_probe_failed[];
bool semihosting_absent;

static void print_regs(const struct hal_regs *r)
{
	klog("esr %08llx far %016llx pc %016llx pstate %08llx\n", (unsigned long long)read_sysreg(esr_el1),
		(unsigned long long)read_sysreg(far_el1), (unsigned long long)r->pc, (unsigned long long)r->pstate);
	for (u32 i = 0; i < 31; i += 3) {
		for (u32 k = i; k < MIN(i + 3, 31u); k++)
			klog("%sx%-2u %016llx", k == i ? "" : " ", k, (unsigned long long)r->x[k]);
		klog("\n");
	}
	klog("sp  %016llx\n", (unsigned long long)r->sp);
}

static void __attribute__((noreturn)) hardware_failure(const struct hal_regs *r, const char *what)
{
	print_regs(r);
	panic("hardware failure: %s", what);
}

/* An abort that says something about the address space; all others are the hardware's. */
static bool is_fault(u32 status)
{
	u32 kind = status & 0x3c;

	return kind == STATUS_ADDRESS_SIZE || kind == STATUS_TRANSLATION || kind == STATUS_ACCESS_FLAG ||
	       kind == STATUS_PERMISSION;
}

/* The bus refused what a program did to a device that is mapped for it: its fault. Of memory it would be the machine's. */
static bool is_devices(u64 esr)
{
	u64 par;

	if (!IS_ENABLED(CONFIG_USER_DRIVERS) || ABORT_STATUS(esr) != STATUS_EXTERNAL || esr & ABORT_NO_ADDRESS)
		return false;
	__asm__ volatile("at s1e0r, %0; isb" : : "r"(read_sysreg(far_el1)) : "memory");
	par = read_sysreg(par_el1);
	return !(par & PAR_FAILED) && !(par >> PAR_DEVICE_SHIFT);
}

static struct context *memory_abort(struct hal_regs *r, u64 esr)
{
	u32 status = ABORT_STATUS(esr), access = ACCESS_READ;

	if (status == STATUS_ALIGNMENT || status == STATUS_UNSUPPORTED || is_devices(esr))
		return kernel_exception((struct context *)r, FAULT_OTHER, ESR_CLASS(esr));
	if (!is_fault(status))
		hardware_failure(r, "abort of a program's access");
	if (ESR_CLASS(esr) == CLASS_FETCH)
		access = ACCESS_EXEC;
	else if (esr & ABORT_WRITE && !(esr & ABORT_CACHE))
		access = ACCESS_WRITE;
	return kernel_page_fault((struct context *)r, read_sysreg(far_el1), access);
}

static struct context *exception(struct hal_regs *r, u64 esr)
{
	u32 fault = FAULT_OTHER;

	if (ESR_CLASS(esr) == CLASS_DATA || ESR_CLASS(esr) == CLASS_FETCH) /* by far the most */
		return memory_abort(r, esr);
	switch (ESR_CLASS(esr)) {
	case CLASS_SVC:
		r->pc -= AARCH64_SYSCALL_BYTES; /* svc #1 and so on is no system call: at the instruction, as the rest */
		fault = FAULT_ILLEGAL;
		break;
	case CLASS_UNKNOWN:
	case CLASS_FLOATING_POINT:
	case CLASS_ILLEGAL_STATE:
	case CLASS_SYSTEM_REGISTER:
		fault = FAULT_ILLEGAL;
		break;
	case CLASS_BREAKPOINT:
		fault = FAULT_BREAKPOINT;
		break;
	}
	return kernel_exception((struct context *)r, fault, ESR_CLASS(esr));
}

struct context *trap_from_user(struct hal_regs *r, enum trap trap)
{
	if (trap == TRAP_SYNC)
		return exception(r, read_sysreg(esr_el1));
	if (trap != TRAP_IRQ)
		hardware_failure(r, trap == TRAP_FIQ ? "fast interrupt" : "SError");
	gic_poll();
	return kernel_interrupted((struct context *)r);
}

/* A semihosting call that no debugger takes. */
static bool skip_semihosting(struct hal_regs *r, u64 esr)
{
	if (!IS_ENABLED(CONFIG_SEMIHOSTING) || ESR_CLASS(esr) != CLASS_UNKNOWN || *(const u32 *)r->pc != 0xd45e0000)
		return false;
	semihosting_absent = true;
	r->pc += 4;
	return true;
}

static bool fail_probe(struct hal_regs *r, u64 esr)
{
	struct trap_info *out = (struct trap_info *)r->x[3];

	if (r->pc < (uintptr_t)trap_probe || r->pc >= (uintptr_t)trap_probe_failed)
		return false;
	out->esr = esr;
	out->far = read_sysreg(far_el1);
	r->pc = (uintptr_t)trap_probe_failed;
	return true;
}

void trap_from_kernel(struct hal_regs *r, enum trap trap)
{
	u64 esr = read_sysreg(esr_el1);

	if (trap == TRAP_SYNC && (skip_semihosting(r, esr) || fail_probe(r, esr)))
		return;
	print_regs(r);
	if (r->sp < (uintptr_t)kernel_stack || r->sp > (uintptr_t)kernel_stack_top)
		klog("the stack pointer is outside the kernel's stack (%p - %p)\n", (void *)kernel_stack, (void *)kernel_stack_top);
	panic("trap %u in the kernel, class %x", trap, ESR_CLASS(esr));
}
