# SPDX-License-Identifier: Apache-2.0
"""The mutants of the kernel: faults that somebody could put into it, each of which opens one of the attacks of
Documentation/devel/attacks.md. A mutant names the attacks, the places (file, what stands there, what comes instead: a
whole statement, or an expression), and how it is found: by a line of the attacker (user/apps/hostile*.c) that then fails, or by
a unit test. "panic" is the kernel's own word that an invariant is broken."""
import collections

Mutant = collections.namedtuple("Mutant", "name attacks edits found ports")
TABLE = []


def mutant(name, attacks, edits, found, ports=("host", "i386", "x86_64", "aarch64")):
    TABLE.append(Mutant(name, attacks.split(), edits, found, ports))


# ---- messages ----

mutant("register-0", "A1", [("kernel/invoke.c", "ctl & 31 ? regs->slot[ctl & 31] : cap_void()", "regs->slot[ctl & 31]")],
       "register 0 is void whatever was stored")
mutant("blocked-passes", "A1", [("kernel/invoke.c", "ref.node->flags & FWD_BLOCKED", "false")], "opaque forwarder: blocked, prompt")
mutant("prompt-waits", "A2 A3", [("kernel/ipc.c", "return inv_prompt(i) ? RC_WOULD_BLOCK : stall_on(KEY_PROCESS(cap_oid(&i->target)));",
                                  "return stall_on(KEY_PROCESS(cap_oid(&i->target)));")], "unit test_invoke")
mutant("count-stays", "A4 A16", [("kernel/process.c", "if (ctx->p.run_state == RS_WAITING)\n\t\traise_count(ctx);", ";")],
       "an answer to a call that was given up")
mutant("bad-receiver", "A3 A5 A9", [("kernel/message.c", "rc == RC_STALL", "rc != RC_OK")], "a server whose string block has gone")
mutant("prompt-asks", "A3", [("kernel/ipc.c", "w.fault && !inv_prompt(i)", "w.fault")], "prompt call where a keeper would give the page")
mutant("half-string", "A6", [("kernel/invoke.c", "rc == RC_OK && i->src.len < s.send_len", "false")], "of one that is there in half")
mutant("length-untold", "A10", [("kernel/message.c", "hal_msg_set_result(&to->regs, m->facet, len, m->len);",
                                 "hal_msg_set_result(&to->regs, m->facet, len, len);")], "and is told what was sent")
mutant("too-long", "A15", [("kernel/invoke.c", "s.send_len > CONFIG_MAX_STRING", "false")], "string of 64 KiB \\+ 1|panic")
mutant("replies-twice", "B8", [("kernel/process.c", "raise_count(ctx);\n\tctx->p.run_state = RS_RUNNING;", "ctx->p.run_state = RS_RUNNING;")],
       "an old answer to a new call")
mutant("answers-by-start", "B9", [("kernel/invoke.c", "if (cap_type(&i->c[3]) != CT_RESUME)\n\t\treturn RC_OK;",
                                   "if (cap_type(&i->c[3]) != CT_RESUME && cap_type(&i->c[3]) != CT_START)\n\t\treturn RC_OK;")],
       "a start capability answers nobody")
mutant("overlap", "B12", [("kernel/message.c", "memmove((char *)page_writable(up->page[page]) + in, s, n);",
                           "memcpy((char *)page_writable(up->page[page]) + in, s, n);")], "overlap", ("host",))

# ---- processes ----

mutant("no-limit", "A8", [("kernel/sched.c", "ready.free && use_of(ctx)->count < ctx->sched_limit", "ready.free != NULL")],
       "- the second: ")
mutant("unanswered", "A11", [("cap/destroy.c", "ctx->p.run_state == RS_WAITING", "false")], "the caller is told")
mutant("old-schedule", "A12", [("kernel/process.c", "if (slot == PS_SCHEDULE)\n\t\tctx->sched_known = 0;", ";")], "under a schedule of no limit")
mutant("facet-lost", "A13", [("kernel/ipc.c", "fill_message(i, &m, cap_payload(&i->target));", "fill_message(i, &m, (u32)i->from->oid);")],
       "all that a server learns of its caller is the facet")
mutant("registers-left", "A14", [("kernel/process.c", "hal_regs_load(&ctx->regs, raw + sizeof(ctx->p));", ";")], "panic|fault|not ok|no end")
mutant("thread-left", "A14", [("arch/aarch64/include/hal/regs.h", "*r = (struct hal_regs){ .x = { arg }, .sp = sp, .pc = pc };",
                               "r->x[0] = arg; r->sp = sp; r->pc = pc; r->pstate = 0;")],
       "a thread register that another one left", ("aarch64",))
mutant("flags-kept", "B26 B27",
       [("arch/i386/include/hal/regs.h", "r->eflags = (r->eflags & I386_FLAGS_USER) | I386_FLAGS_FIXED;", "r->eflags |= I386_FLAGS_FIXED;"),
        ("arch/x86_64/include/hal/regs.h", "r->rflags = (r->rflags & X86_64_FLAGS_USER) | X86_64_FLAGS_FIXED;",
         "r->rflags |= X86_64_FLAGS_FIXED;"),
        ("arch/aarch64/include/hal/regs.h", "r->pstate &= AARCH64_PSTATE_USER;", ";")],
       "with any of them full of ones|run with registers|panic|no end", ("i386", "x86_64", "aarch64"))
mutant("own-keeper", "B16", [("kernel/fault.c", "t->to == ctx || t->to == waits", "false")], "its own keeper")
mutant("keeper-stays", "B16", [("kernel/sched.c", "activities[i].wake == key", "false")], "unit test_keeper")
mutant("shared-registers", "B26", [("kernel/process.c", "caps.frame->hook[caps.index]", "false")], "that makes no process|panic")
mutant("brand-read", "B18", [("cap/cap_process.c", "slot == PS_BRAND", "false")], "fetch the brand")

# ---- objects and rights ----

mutant("all-allowed", "B1", [("cap/dispatch.c", "op->flags & OPF_STORE && rights & CR_RO", "false")], "read-only page: write")
mutant("not-weakened", "B2", [("cap/slots.c", "cap_rights(through) & CR_WEAK ? cap_weaken(c) : c", "c")], "a page is read-only")
mutant("opaque-open", "B3", [("cap/dispatch.c", "op->flags & OPF_SLOT && rights & CR_OPAQUE", "false")], "opaque node: fetch")
mutant("rights-back", "B4", [("cap/slots.c", "c.w[3] |= arg(i, 1) << 24;", "c.w[3] = (c.w[3] & 0xffffff) | arg(i, 1) << 24;")],
       "reducing gives no right back")
mutant("number-is-page", "B5", [("cap/slots.c", "cap_number(arg(i, 2), arg(i, 3), 0)",
                                 "cap_make(arg(i, 2) & 31, 0, 1, arg(i, 3), 0)")], "a number stays a number")
mutant("version-wraps", "B6", [("cap/objalloc.c", "n->version == last_version(n->oid, n->version) || n->call_count >= COUNT_MAX", "false")],
       "unit test_versions")
mutant("last-count", "B7", [("cap/lookup.c", "n->call_count != cap_count56(c) || n->call_count == COUNT_MAX", "n->call_count != cap_count56(c)")],
       "answer at the last count")
mutant("last-count-fast", "B7", [("kernel/fastpath.c", "(u32)(n->call_count >> 32) != cap_payload(target) ||\n\t\t     cap_payload(target) == COUNT_MAX >> 32",
                                   "(u32)(n->call_count >> 32) != cap_payload(target)")], "own answer at the last count")
mutant("version-stays", "B6", [("cap/objalloc.c", "n->version + 1", "n->version")], "use of a node that is another now")
mutant("kept-content", "B11", [("cap/objalloc.c", "memset(page_writable(f), 0, FRAME_SIZE);\n\tf->tag.kind = NK_FREE;", "f->tag.kind = NK_FREE;"),
                               ("cap/objalloc.c", "f->tag.kind = NK_PAGE;\n\tmemset(page_writable(f), 0, FRAME_SIZE);", "f->tag.kind = NK_PAGE;")],
       "what was in a page is gone with it")
mutant("node-in-page", "B11", [("cap/objalloc.c", "f->tag.kind = NK_PAGE;\n\tmemset(page_writable(f), 0, FRAME_SIZE);", "f->tag.kind = NK_PAGE;")],
       "what was in a node is gone")
mutant("offset-wraps", "B14", [("cap/cap_page.c", "offset <= FRAME_SIZE && len <= FRAME_SIZE - offset", "offset + len <= FRAME_SIZE")],
       "page: read that wraps|panic")
mutant("all-discreet", "B17", [("cap/cap_discrim.c", "i->r.w[1] = cap_equal(&c, &weak);", "i->r.w[1] = 1;")], "is not discreet")
mutant("part-over-end", "B19", [("cap/cap_range.c", "offset <= all && length <= all - offset", "offset <= all")], "a part over its end")
mutant("page-on-page", "B20", [("cap/objalloc.c", "if (f->tag.kind == NK_PAGE)\n\t\t\treturn RC_BUSY;\n\t\treturn f->tag.version == "
                                 "last_version(f->oid, f->tag.version) ? RC_WORN : RC_OK;", "return RC_OK;")], "a page on top of a live page")

# ---- memory ----

mutant("kept-entry", "B10", [("cap/objalloc.c", "!map_unhook_some(f, index)", "false")], "its slot is cleared|panic")
mutant("kept-page", "B10", [("mm/frame.c", "map_unhook_page(f, false);\n\t\treturn;", "return;")],
       "its page is rescinded|panic")
mutant("unrecorded", "B10", [("mm/map.c", "record_depends(p, t, va);", ";")], "panic|its gpt is rescinded")
mutant("no-flush", "B10 B21", [("mm/depend.c", "if (flush)\n\t\thal_tlb_flush_all();\n\treturn all;", "return all;")], "panic|clears its own memory")
mutant("table-unflushed", "B10 B21", [("mm/table.c", "hal_tlb_flush_all();\n\tif (empty)\n\t\trecord_free(t);",
                                       "if (empty)\n\t\trecord_free(t);")],
       "unit test_mm")
mutant("stale-writes", "B10", [("mm/table.c", "hal_pte_present(e[i]) && hal_pte_write(e[i])", "false")], "unit test_tlb")
mutant("old-page", "B10", [("mm/fastmap.c", "page->tag.version != cap_version(c)", "false")], "unit test_tlb")
mutant("run-stays", "B10", [("mm/depend.c", "t->run.count = 0;", ";")], "unit test_tlb")
mutant("table-kept", "A7 B21", [("mm/table.c", "rmap_clear(f);", ";")], "panic|sweep|come by everywhere|no end", ("host",))
mutant("grows", "B15", [("mm/walk.c", "size > limit", "false")], "larger than its slot|panic|no end")
mutant("read-only-written", "B3", [("mm/walk.c", "(acc == ACC_WRITE && (w->rights & CR_RO))", "false")], "store to its program|panic|no end")

# ---- time and devices ----

mutant("bound-twice", "B24", [("kernel/irqbind.c", "irq_is_kernels(irq) || find(irq) || !find_free()", "!find_free()")], "bound again")
mutant("device-maps-over", "B27", [("mm/walk.c", "page >= cap_payload(c)", "false")], "unit test_walk")
mutant("device-maps-memory", "B27", [("mm/walk.c", "!hal_is_device(w->device)", "false")], "unit test_walk")
mutant("device-maps-weak", "B27", [("mm/map.c", "rights(p, 0, k) & KEY_RIGHTS", "rights(p, 0, k) & CR_NX")], "unit test_walk")
mutant("device-strings", "B27", [("kernel/message.c", "!w->fault && !w->page", "false")], "unit test_matrix")
mutant("device-over-end", "B27", [("cap/cap_device.c", "(u64)offset + bytes > length_of(i)", "false")], "device memory: over its end")

mutant("spent-reserve", "B23", [("kernel/fast.h", "IS_ENABLED(CONFIG_RESERVES) && ready.reserved", "false")], "unit test_sched")
mutant("no-turn", "B23", [("kernel/sched.c", "if (a->state == AS_READY && a->next)\n\t\tact_ready(a, false);", ";")], "unit test_sched")
