/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capability types, rights and the operations of every kernel object.
 *
 * Message convention: word 0 of a request is the operation, word 0 of a reply
 * is an `enum rc`. "w1..w3" are the other words, "c0..c3" the capabilities,
 * "str" the string. On the wire c3 of a call is the resume capability.
 * Values are ABI and stand in volumes: append only.
 */
#ifndef ABI_CAP_H
#define ABI_CAP_H

enum cap_type {
	CT_VOID = 0,
	CT_NUMBER,
	CT_PAGE,
	CT_NODE,
	CT_GPT,
	CT_PROCESS,
	CT_START,
	CT_RESUME,
	CT_FAULT,
	CT_FORWARDER,
	CT_SCHEDULE,
	CT_RANGE,
	CT_SLEEP,
	CT_DISCRIM,
	CT_CHECKPOINT,
	CT_KLOG,
	CT_CONSOLE,
	CT_SYSCTL,
	CT_NR
};

#define CR_RO      0x01u /* no store through this capability */
#define CR_WEAK    0x02u /* what is fetched through it comes out weakened */
#define CR_NOCALL  0x04u /* keepers at or below it are not called */
#define CR_OPAQUE  0x08u /* usable in address spaces, slots cannot be fetched or stored */
#define CR_NX      0x10u /* nothing below it is executable */
#define CR_ALL     0x1fu

/* Node kinds, fixed when a node is allocated. NK_PAGE is a frame kind: the tag of a page. */
enum node_kind { NK_FREE = 0, NK_NODE, NK_GPT, NK_PROCESS, NK_FORWARDER, NK_SCHEDULE, NK_NR, NK_PAGE = 15 };

#define OP_TYPE           0xffff0001u /* any: w1 = cap type. Void answers RC_VOID */

/* Number. */
#define OP_NUM_GET        1  /* -> w1..w3 = the 96 bits, low word first */

/* Memory capabilities (page and gpt): reduce and guard make a new capability. */
#define OP_MEM_REDUCE     1  /* w1 = rights to set -> c0 */
#define OP_MEM_GUARD      2  /* w1 = size log2, w2 = guard in units of the size -> c0; RC_REQUEST if unrepresentable */
#define OP_PAGE_ZERO      8
#define OP_PAGE_CLONE     9  /* c0 = page to copy from */
#define OP_PAGE_READ      10 /* w1 = offset, w2 = bytes -> str */
#define OP_PAGE_WRITE     11 /* w1 = offset, str */

/* Node; the same four serve gpts (opaque ones refuse). */
#define OP_NODE_REDUCE    OP_MEM_REDUCE
#define OP_NODE_FETCH     16 /* w1 = slot -> c0 */
#define OP_NODE_STORE     17 /* w1 = slot, c0 */
#define OP_NODE_SWAP      18 /* w1 = slot, c0 -> c0 = old */
#define OP_NODE_CLEAR     19
#define OP_NODE_CLONE     20 /* c0 = node to copy from */
#define OP_NODE_NUMBER    21 /* w1 = slot, w2 low, w3 high: store a number capability of 64 bits */
#define OP_GPT_GET        24 /* -> w1 = l2v, w2 = flags */
#define OP_GPT_SET        25 /* w1 = l2v, w2 = flags (GPT_KEEPER) */
#define GPT_KEEPER        0x1u /* slot 31 holds the keeper's start capability */

/* Process. Root slots by PS_*; the brand can be stored but never fetched. */
enum process_slot { PS_SCHEDULE = 0, PS_KEEPER, PS_SPACE, PS_CAPREGS, PS_BRAND, PS_IO, PS_FPU, PS_DEBUG, PS_NR };
#define OP_PROC_FETCH     16 /* w1 = root slot -> c0 */
#define OP_PROC_STORE     17 /* w1 = root slot, c0 */
#define OP_PROC_CAP_FETCH 18 /* w1 = register -> c0 */
#define OP_PROC_CAP_STORE 19 /* w1 = register, c0 */
#define OP_PROC_GET_REGS  20 /* -> str = struct abi_process_regs, then the port's registers */
#define OP_PROC_SET_REGS  21 /* str, as above; sanitised */
#define OP_PROC_START_CAP 22 /* w1 = facet (24 bits) -> c0 */
#define OP_PROC_RESUME_CAP 23 /* makes the process waiting; older resume capabilities die -> c0 */
#define OP_PROC_RUN       24 /* w1 = pc, w2 = sp, w3 = first argument: sets them and makes it running */
#define OP_PROC_STOP      25 /* takes its activity; it keeps its state */
#define OP_PROC_CONTINUE  26 /* clears the fault and gives it an activity again, of the schedule that it has now */
#define OP_PROC_AVAILABLE 27 /* makes it available; resume capabilities die */
#define OP_PROC_STATUS    28 /* -> w1 = run state, w2 = fault code, w3 = fault address */

/* Forwarder. Only a non-opaque capability may look at it or change it. Through the opaque form everything goes on to the
 * target; of several forwarders on the way the last one's payload and identity arrive. */
#define OP_FWD_TARGET     16 /* c0 = new target; who waits behind it tries again */
#define OP_FWD_BLOCK      17 /* w1 = 1 blocked, 0 not */
#define OP_FWD_OPAQUE     18 /* -> c0 = opaque form */
#define OP_FWD_GET        19 /* -> w1 = FWD_*, w2 = payload, c0 = target */
#define OP_FWD_OPTIONS    20 /* w1 = FWD_PAYLOAD, FWD_IDENTITY or both; w2 = payload */
#define FWD_BLOCKED       0x1u /* invocations wait */
#define FWD_PAYLOAD       0x2u /* the payload replaces word 3 */
#define FWD_IDENTITY      0x4u /* the forwarder itself, not opaque, replaces c2 */

/* Range: authority over frames [base, base+length). Offsets are in frames. */
#define OP_RANGE_LENGTH   1  /* -> w1 low, w2 high */
#define OP_RANGE_SUB      2  /* w1 = offset, w2 = length -> c0 */
#define OP_RANGE_ALLOC    3  /* w1 = offset, w2 = index (0 for a page), w3 = node kind or NK_PAGE -> c0; RC_BUSY */
#define OP_RANGE_RESCIND  4  /* c0 = object capability in the range: destroys it, stops who runs under it */
#define OP_RANGE_IDENTIFY 5  /* c0 -> w1 = offset, w2 = index, w3 = kind */
#define OP_RANGE_GET      6  /* w1 = offset, w2 = index -> c0 = full capability to the live object there */

/* Schedule. */
#define OP_SCHED_GET      1  /* -> w1 = priority, w2 = activity limit, w3 = activities in use */
#define OP_SCHED_DIVIDE   2  /* c0 = fresh schedule, w1 = priority, w2 = limit: taken from this one */

/* Sleep. Times in milliseconds, 64 bits in two words (low, high). */
#define OP_SLEEP_FOR      1  /* w1 = ms */
#define OP_SLEEP_UNTIL    2  /* w1, w2 = persistent-monotonic ms */
#define OP_SLEEP_NOW      3  /* -> w1, w2 = persistent-monotonic ms since first boot, w3 = ms since restart */

/* Discrim. */
#define OP_DISCRIM_CLASSIFY 1 /* c0 -> w1 = class: 0 void, 1 number, 2 resume, 3 memory, 4 schedule, 255 other */
#define OP_DISCRIM_SAME   2  /* c0, c1 -> w1 = 1 if both name the same object with the same rights */
#define OP_DISCRIM_DISCREET 3 /* c0 -> w1 = 1 if it conveys no way to write or call */

/* Checkpoint. */
#define OP_CKPT_TAKE      1  /* waits -> w1 = generation that committed; RC_RESTARTED in the image */
#define OP_CKPT_STATUS    2  /* -> str = struct abi_ckpt_status */
#define OP_CKPT_INTERVAL  3  /* w1 = seconds, 0 = only on demand */

/* Kernel log: a ring. Positions are bytes since boot, 64 bits in two words (low, high). Read-only: cannot write; opaque:
 * cannot read. A position that is not reached yet (of before a restart) is RC_REQUEST: begin at 0. */
#define OP_KLOG_WRITE     1  /* str: one line */
#define OP_KLOG_READ      2  /* w1, w2 = position -> str, w1, w2 = position behind it, w3 = bytes lost before it */

/* Console. */
#define OP_CON_WRITE      1  /* str */
#define OP_CON_READ       2  /* waits for at least one byte -> str; RC_RESTARTED after a restart */

/* System control. */
#define OP_SYS_HALT       1
#define OP_SYS_PROCS      2  /* w1 = first activity index -> str = array of struct abi_proc_info, w1 = next index or 0 */
#define OP_SYS_INFO       3  /* -> str = struct abi_sys_info */
#define OP_SYS_SCHED_SET  4  /* c0 = schedule, w1 = priority, w2 = limit; RC_BUSY if the limits would exceed the table */

#endif
