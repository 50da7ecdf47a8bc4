// SPDX-License-Identifier: Apache-2.0
/*
 * The registers of a process as they stand in its node behind the portable 64 bytes: what hal_regs_save() of each port
 * writes (arch/<port>/include/hal/regs.h). Little-endian on all.
 */
#include "image.h"
#include <elf.h>
#include <string.h>

static const struct arch archs[] = {
	/* eax ecx edx ebx esp ebp esi edi eip eflags */
	{ .name = "i386", .layout = 1, .elf_machine = EM_386, .elf_class = ELFCLASS32, .word = 4,
	  .argument = 0, .sp = 16, .pc = 32, .user_end = 0xc0000000 },
	/* rax rcx rdx rbx rsp rbp rsi rdi r8-r15 rip rflags */
	{ .name = "x86_64", .layout = 2, .elf_machine = EM_X86_64, .elf_class = ELFCLASS64, .word = 8,
	  .argument = 56, .sp = 32, .pc = 128, .user_end = 0x7f8000000000 },
	/* x0 to x30, sp, pc, pstate, tpidr_el0 */
	{ .name = "aarch64", .layout = 3, .elf_machine = EM_AARCH64, .elf_class = ELFCLASS64, .word = 8,
	  .argument = 0, .sp = 248, .pc = 256, .user_end = (u64)1 << 39 },
	/* x1 to x31, pc */
	{ .name = "riscv64", .layout = 4, .elf_machine = EM_RISCV, .elf_class = ELFCLASS64, .word = 8,
	  .argument = 72, .sp = 8, .pc = 248, .user_end = 0xc0000000 },
};

const struct arch *arch_find(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(archs); i++)
		if (!strcmp(archs[i].name, name))
			return &archs[i];
	return NULL;
}

const struct arch *arch_of_elf(u32 elf_class, u32 elf_machine)
{
	for (u32 i = 0; i < ARRAY_SIZE(archs); i++)
		if (archs[i].elf_class == elf_class && archs[i].elf_machine == elf_machine)
			return &archs[i];
	return NULL;
}

const char *arch_names(void)
{
	return "i386, x86_64, aarch64, riscv64";
}

static void put(const struct arch *a, u8 *at, u64 value)
{
	for (u32 i = 0; i < a->word; i++)
		at[i] = (u8)(value >> i * 8);
}

void arch_set_registers(const struct arch *a, u8 *raw, u64 pc, u64 sp, u64 argument)
{
	put(a, raw + a->pc, pc);
	put(a, raw + a->sp, sp);
	put(a, raw + a->argument, argument);
}
