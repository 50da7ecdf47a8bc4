/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a line from the console with editing: backspace, delete, arrows, Home/^A, End/^E, ^K ^U ^W, ^L (draw again),
 * ^C (give the line up), up and down (history).
 */
#ifndef USER_LINE_H
#define USER_LINE_H

#include <invoke.h>

#define LINE_MAX 128

enum line_end { LINE_DONE, LINE_CANCELLED, LINE_RESTARTED, LINE_ERROR };

/* buf gets the line without its end. LINE_RESTARTED: the system restarted; what was typed is lost, ask again. */
enum line_end line_read(const char *prompt, char buf[LINE_MAX]);

#endif
