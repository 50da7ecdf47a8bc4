// SPDX-License-Identifier: Apache-2.0
#include <line.h>
#include <print.h>
#include <registers.h>
#include <stdbool.h>
#include <string.h>
#include <stub/console.h>

#define HISTORY 16

enum {
	CTRL_A = 1, CTRL_C = 3, CTRL_E = 5, CTRL_K = 11, CTRL_L = 12, CTRL_U = 21, CTRL_W = 23, ESC = 27, DEL = 127,
	KEY_UP = 256, KEY_DOWN, KEY_LEFT, KEY_RIGHT, KEY_HOME, KEY_END, KEY_DELETE, KEY_NONE,
};

/* Bytes that came and are not used yet; what is behind the end of a line waits for the next. */
static struct {
	char byte[64];
	size_t next, len;
} input;

static char history[HISTORY][LINE_MAX];
static unsigned history_len;

struct editor {
	const char *prompt;
	char *buf;
	size_t len, at;
	unsigned back;               /* how far back in the history; 0 = the line being typed */
	char typed[LINE_MAX];        /* that line, while an older one is shown */
	uintptr_t rc;
};

static int next_byte(struct editor *e)
{
	if (input.next == input.len) {
		input.next = 0;
		e->rc = con_read(KR_CONSOLE, input.byte, sizeof input.byte, &input.len);
		if (e->rc != RC_OK)
			input.len = 0;
		if (!input.len)
			return -1;
	}
	return (unsigned char)input.byte[input.next++];
}

/* ESC [ A and its kin; ESC [ 3 ~ is delete, ESC [ 1 ~ and 7 ~ home, 4 ~ and 8 ~ end. */
static int escape(struct editor *e)
{
	int c = next_byte(e), number = 0;
	if (c != '[' && c != 'O')
		return c < 0 ? -1 : KEY_NONE;
	for (c = next_byte(e); (c >= '0' && c <= '9') || c == ';'; c = next_byte(e))
		number = c == ';' ? 0 : number * 10 % 1000 + c - '0';
	switch (c) {
	case -1:  return -1;
	case 'A': return KEY_UP;
	case 'B': return KEY_DOWN;
	case 'C': return KEY_RIGHT;
	case 'D': return KEY_LEFT;
	case 'H': return KEY_HOME;
	case 'F': return KEY_END;
	case '~':
		return number == 3 ? KEY_DELETE : number == 1 || number == 7 ? KEY_HOME
		     : number == 4 || number == 8 ? KEY_END : KEY_NONE;
	}
	return KEY_NONE;
}

static int next_key(struct editor *e)
{
	int c = next_byte(e);
	switch (c) {
	case ESC:    return escape(e);
	case CTRL_A: return KEY_HOME;
	case CTRL_E: return KEY_END;
	case 2:      return KEY_LEFT;
	case 6:      return KEY_RIGHT;
	case 14:     return KEY_DOWN;
	case 16:     return KEY_UP;
	}
	return c;
}

static void draw(const struct editor *e)
{
	size_t behind = e->len - e->at;
	print("\r%s", e->prompt);
	console_write(e->buf, e->len);
	if (behind)
		print("\033[K\033[%zuD", behind);
	else
		print("\033[K");
}

static void insert(struct editor *e, char c)
{
	if (e->len + 1 >= LINE_MAX)
		return;
	memmove(e->buf + e->at + 1, e->buf + e->at, e->len - e->at);
	e->buf[e->at++] = c;
	e->len++;
	if (e->at == e->len)
		console_write(&c, 1);
	else
		draw(e);
}

/* Removes what is between `from` and `to`; the cursor stands at `from` then. */
static void erase(struct editor *e, size_t from, size_t to)
{
	if (from == to)
		return;
	memmove(e->buf + from, e->buf + to, e->len - to);
	e->len -= to - from;
	e->at = from;
	draw(e);
}

static size_t word_start(const struct editor *e)
{
	size_t at = e->at;
	while (at && e->buf[at - 1] == ' ')
		at--;
	while (at && e->buf[at - 1] != ' ')
		at--;
	return at;
}

static void recall(struct editor *e, int step)
{
	unsigned most = history_len < HISTORY ? history_len : HISTORY;
	if ((step > 0 && e->back == most) || (step < 0 && !e->back))
		return;
	e->buf[e->len] = 0;
	if (!e->back)
		memcpy(e->typed, e->buf, LINE_MAX);
	e->back += (unsigned)step;
	memcpy(e->buf, e->back ? history[(history_len - e->back) % HISTORY] : e->typed, LINE_MAX);
	e->len = e->at = strlen(e->buf);
	draw(e);
}

static void remember(const char *line)
{
	if (!*line || (history_len && !strcmp(history[(history_len - 1) % HISTORY], line)))
		return;
	memcpy(history[history_len++ % HISTORY], line, LINE_MAX);
}

static void edit(struct editor *e, int key)
{
	switch (key) {
	case '\b':
	case DEL:        erase(e, e->at ? e->at - 1 : 0, e->at); break;
	case 4:
	case KEY_DELETE: erase(e, e->at, e->at < e->len ? e->at + 1 : e->at); break;
	case CTRL_U:     erase(e, 0, e->at); break;
	case CTRL_K:     erase(e, e->at, e->len); break;
	case CTRL_W:     erase(e, word_start(e), e->at); break;
	case CTRL_L:     print("\033[H\033[2J"); draw(e); break;
	case KEY_LEFT:   e->at -= e->at > 0; draw(e); break;
	case KEY_RIGHT:  e->at += e->at < e->len; draw(e); break;
	case KEY_HOME:   e->at = 0; draw(e); break;
	case KEY_END:    e->at = e->len; draw(e); break;
	case KEY_UP:     recall(e, 1); break;
	case KEY_DOWN:   recall(e, -1); break;
	default:
		if (key >= ' ' && key < DEL)
			insert(e, (char)key);
	}
}

enum line_end line_read(const char *prompt, char buf[LINE_MAX])
{
	static struct editor e;
	memset(&e, 0, sizeof e);
	memset(buf, 0, LINE_MAX);
	e.prompt = prompt;
	e.buf = buf;
	print("%s", prompt);
	for (;;) {
		int key = next_key(&e);
		if (key < 0)
			return e.rc == RC_RESTARTED ? LINE_RESTARTED : LINE_ERROR;
		if (key == '\r' || key == '\n' || key == CTRL_C) {
			print(key == CTRL_C ? "^C\n" : "\n");
			buf[key == CTRL_C ? 0 : e.len] = 0;
			remember(buf);
			return key == CTRL_C ? LINE_CANCELLED : LINE_DONE;
		}
		edit(&e, key);
	}
}
