// SPDX-License-Identifier: Apache-2.0
/* Lines to words. A word is letters without spaces, or "anything in quotes"; # begins a comment. */
#include "image.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *input;
static int line_number;

void lex_open(const char *path)
{
	input = fopen(path, "r");
	if (!input || (ungetc(getc(input), input) == EOF && ferror(input))) {
		complain(0, "%s", strerror(errno));
		exit(1);
	}
}

static char *quoted_end(char *p)
{
	while (*p && *p != '"')
		p++;
	return *p ? p : NULL;
}

static void split(struct words *w, char *p)
{
	w->count = 0;
	for (;;) {
		p += strspn(p, " \t\r\n");
		if (!*p || *p == '#')
			return;
		if (w->count == (int)ARRAY_SIZE(w->word)) {
			complain(w->line, "too many words in one line");
			return;
		}
		w->quoted[w->count] = *p == '"';
		char *end;
		if (*p == '"') {
			end = quoted_end(++p);
			if (!end) {
				complain(w->line, "the closing quote is missing");
				return;
			}
		} else {
			end = p + strcspn(p, " \t\r\n#");
		}
		w->word[w->count++] = strndup(p, (size_t)(end - p));
		p = *end == '"' && w->quoted[w->count - 1] ? end + 1 : end;
	}
}

bool lex_line(struct words *w)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	while ((n = getline(&line, &room, input)) >= 0) {
		w->line = ++line_number;
		w->next = 0;
		w->count = 0;
		if (strlen(line) != (size_t)n) {
			complain(w->line, "a zero byte: this is not a text file");
			n = -1;
			break;
		}
		split(w, line);
		if (w->count)
			break;
	}
	free(line);
	if (n < 0)
		w->line = line_number;
	return n >= 0;
}

const char *word_next(struct words *w)
{
	return w->next < w->count ? w->word[w->next++] : NULL;
}

bool word_is(struct words *w, const char *word)
{
	bool is = w->next < w->count && !w->quoted[w->next] && !strcmp(w->word[w->next], word);
	w->next += is;
	return is;
}

const char *want_word(struct words *w, const char *what)
{
	const char *word = word_next(w);
	if (!word)
		complain(w->line, "%s is missing at the end of the line", what);
	return word;
}

bool want_number(struct words *w, const char *what, u64 max, u64 *out)
{
	const char *word = want_word(w, what);
	if (!word)
		return false;
	char *end;
	errno = 0;
	*out = strtoull(word, &end, 0);
	if (*word < '0' || *word > '9' || *end) {
		complain(w->line, "%s: '%s' is not a number", what, word);
		return false;
	}
	if (errno || *out > max) {
		complain(w->line, "%s: %s is out of range (0 to %llu)", what, word, (unsigned long long)max);
		return false;
	}
	return true;
}

bool want_end(struct words *w)
{
	const char *word = word_next(w);
	if (word)
		complain(w->line, "'%s' is not expected here", word);
	return !word;
}
