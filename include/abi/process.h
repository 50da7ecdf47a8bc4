/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What user programs see of processes: run states, fault codes, fault messages and
 * the records that system control, checkpoint and process capabilities return.
 */
#ifndef ABI_PROCESS_H
#define ABI_PROCESS_H

#include <stdint.h>

enum run_state { RS_AVAILABLE = 0, RS_WAITING = 1, RS_RUNNING = 2 };

enum fault_code {
	FAULT_NONE = 0,
	FAULT_ADDRESS,     /* no mapping; info: 0 read, 1 write, 2 execute */
	FAULT_ACCESS,      /* mapped, but not for this kind of access */
	FAULT_MALFORMED,   /* the address space is not well formed */
	FAULT_DAMAGED,     /* an object on the path is damaged */
	FAULT_ILLEGAL,     /* illegal instruction; info: the port's trap number */
	FAULT_ARITHMETIC,
	FAULT_BREAKPOINT,
	FAULT_SYSCALL,     /* malformed invocation */
	FAULT_OTHER,       /* info: the port's trap number */
};

/* Faults are delivered to keepers as calls (OP_FAULT), notices as messages in an open wait (OP_NOTICE): idl/kernel.idl. The
 * facet of a notice is one that no start capability has, so nobody can pretend. */
#define FACET_NOTICE 0x1000000u
#define NOTICE_ALL 0xffffffu

/* The first 64 bytes of a process node's raw area, and of OP_PROC_GET_REGS. */
struct abi_process_regs {
	uint16_t layout;      /* port's register layout tag: 1 i386, 2 x86_64, 3 aarch64, 4 riscv64 */
	uint16_t version;     /* 1 */
	uint8_t run_state;    /* enum run_state */
	uint8_t fault_code;   /* enum fault_code */
	uint16_t flags;       /* PF_* */
	uint32_t notice_bits, notice_mask; /* posted and not delivered; held back */
	uint64_t fault_addr;
	uint64_t fault_info;
	uint8_t spare[32];
};
#define PF_STOPPED 0x1u   /* has no activity although it is running or waiting */
#define PF_FAULT_DUE 0x2u /* its keeper could not be told yet of the exception that the fault code says */
#define PF_RECEIVES 0x4u  /* the fault is that of a message's string: available again when its keeper has answered */

/* activity states as ps shows them */
enum act_state { AS_FREE = 0, AS_READY, AS_STALLED, AS_WAITING, AS_SLEEPING, AS_CKPT, AS_CONSOLE, AS_HELD,
	AS_MONOTONIC, AS_WALL, AS_NR };

struct abi_proc_info {
	uint64_t oid, schedule_oid;
	uint8_t run_state, act_state, priority, fault_code;
	uint32_t pc;
	uint64_t fault_addr;
	char name[16];        /* from the number capability pair in the process's debug slot */
	uint32_t reserve_period, reserve_budget; /* us; 0 = none */
};

struct abi_sys_info {
	uint64_t first_boot_ms;  /* persistent-monotonic: since the volume's first boot, time down not counted */
	uint64_t restart_ms;
	uint64_t restarts;
	uint32_t frames_total, frames_free, contexts, activities;
	uint64_t boot_cycles;    /* from kernel entry to the first user instruction, without waiting */
};

struct abi_ckpt_status {
	uint64_t epoch, generation, migrated;
	uint64_t pause_cycles;     /* of the last snapshot */
	uint64_t frames_written, log_frames, log_used;
	uint32_t interval_sec, busy;
};

#endif
