/* SPDX-License-Identifier: Apache-2.0 */
/* The shell's commands: one table (shell.c), the functions in shell.c and shell_bank.c. */
#ifndef APPS_SHELL_H
#define APPS_SHELL_H

#include <registers.h>
#include <stdint.h>

/* The shell's own registers; the same numbers stand in system.img.txt. */
#define SH_COUNTER KR_OWN(0)       /* process */
#define SH_COUNTER_PAGE KR_OWN(1)  /* read-only */
#define SH_CRASH KR_OWN(2)         /* process */
#define SH_AUDITOR KR_OWN(3)       /* start */
#define SH_STAFF KR_OWN(4)         /* node: slot 0 up, the tellers' and the patrol's processes */
#define SH_PROCESSES KR_OWN(5)     /* node: all processes of the image, for ps */

#define SH_DEBUGGER KR_OWN(6)      /* start */

#define SH_ARGS 64

struct command {
	const char *name, *args, *help;
	void (*run)(int argc, char **argv);
};

void shell_failed(const char *what, uintptr_t rc);
uint64_t shell_generation(void);

void cmd_debug(int argc, char **argv);
void cmd_bank(int argc, char **argv);
void cmd_ps(int argc, char **argv);

#endif
