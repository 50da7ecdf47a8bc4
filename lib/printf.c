/* SPDX-License-Identifier: Apache-2.0 */
/* printf's formatting without its I/O. See kernel/lib.h for the subset. */
#include <kernel/lib.h>
#include <stdbool.h>
#include <stdint.h>

struct spec {
	bool left, zero;
	int width, longs;
};

static void pad(format_emit emit, void *arg, char c, int n)
{
	while (n-- > 0)
		emit(arg, c);
}

static void put_text(format_emit emit, void *arg, const struct spec *s, const char *text, int len)
{
	if (!s->left)
		pad(emit, arg, s->zero ? '0' : ' ', s->width - len);
	for (int i = 0; i < len; i++)
		emit(arg, text[i]);
	if (s->left)
		pad(emit, arg, ' ', s->width - len);
}

/* Divides a 64-bit value by 10 without the compiler's helper: four 16-bit steps. */
static uint64_t div_small(uint64_t v, unsigned base, unsigned *rem)
{
	uint64_t q = 0;
	uint32_t r = 0;

	for (int shift = 48; shift >= 0; shift -= 16) {
		uint32_t part = r << 16 | (uint32_t)(v >> shift & 0xffff);

		q = q << 16 | part / base;
		r = part % base;
	}
	*rem = r;
	return q;
}

static void put_number(format_emit emit, void *arg, struct spec *s, uint64_t v, bool neg, unsigned base)
{
	char buf[24];
	int n = sizeof(buf);

	do {
		unsigned digit;

		v = div_small(v, base, &digit);
		buf[--n] = "0123456789abcdef"[digit];
	} while (v);
	if (neg && s->zero) {
		emit(arg, '-');
		s->width--;
	} else if (neg) {
		buf[--n] = '-';
	}
	put_text(emit, arg, s, buf + n, (int)sizeof(buf) - n);
}

static uint64_t take_unsigned(struct spec *s, va_list *ap)
{
	if (s->longs >= 2)
		return va_arg(*ap, unsigned long long);
	return s->longs ? va_arg(*ap, unsigned long) : va_arg(*ap, unsigned);
}

static int64_t take_signed(struct spec *s, va_list *ap)
{
	if (s->longs >= 2)
		return va_arg(*ap, long long);
	return s->longs ? va_arg(*ap, long) : va_arg(*ap, int);
}

static const char *parse_spec(const char *f, struct spec *s)
{
	for (;; f++) {
		if (*f == '-')
			s->left = true;
		else if (*f == '0')
			s->zero = true;
		else
			break;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		s->width = s->width * 10 + (*f - '0');
	for (; *f == 'l' || *f == 'z'; f++)
		s->longs++;
	return f;
}

static void put_one(format_emit emit, void *arg, char conv, struct spec *s, va_list *ap)
{
	char c = conv;
	int64_t v;
	const char *text;

	switch (conv) {
	case 'd':
	case 'i':
		v = take_signed(s, ap);
		put_number(emit, arg, s, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0, 10);
		return;
	case 'u':
		put_number(emit, arg, s, take_unsigned(s, ap), false, 10);
		return;
	case 'x':
		put_number(emit, arg, s, take_unsigned(s, ap), false, 16);
		return;
	case 'p':
		put_number(emit, arg, s, (uintptr_t)va_arg(*ap, void *), false, 16);
		return;
	case 's':
		text = va_arg(*ap, const char *);
		s->zero = false;
		put_text(emit, arg, s, text ? text : "(null)", (int)strlen(text ? text : "(null)"));
		return;
	case 'c':
		c = (char)va_arg(*ap, int);
		break;
	}
	put_text(emit, arg, s, &c, 1);
}

void format_to(format_emit emit, void *arg, const char *fmt, va_list ap)
{
	va_list args;

	va_copy(args, ap);
	for (const char *f = fmt; *f; f++) {
		struct spec s = { 0 };

		if (*f != '%') {
			emit(arg, *f);
			continue;
		}
		f = parse_spec(f + 1, &s);
		if (!*f)
			break;
		put_one(emit, arg, *f, &s, &args);
	}
	va_end(args);
}

struct buf {
	char *p;
	size_t n, size;
};

static void emit_buf(void *arg, char c)
{
	struct buf *b = arg;

	if (b->n + 1 < b->size)
		b->p[b->n++] = c;
}

int format_buf(char *p, size_t size, const char *fmt, ...)
{
	struct buf b = { p, 0, size };
	va_list ap;

	va_start(ap, fmt);
	format_to(emit_buf, &b, fmt, ap);
	va_end(ap);
	if (size)
		p[b.n] = 0;
	return (int)b.n;
}
