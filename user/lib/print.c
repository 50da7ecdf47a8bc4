// SPDX-License-Identifier: Apache-2.0
#include <print.h>
#include <invoke.h>
#include <registers.h>
#include <stdbool.h>
#include <string.h>
#include <stub/console.h>
#include <stub/klog.h>

struct out {
	char *buf;
	size_t size, len;
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

struct spec {
	unsigned width;
	size_t most;     /* bytes of a string, wherever its 0 is */
	bool left, zero;
};

static void put_padded(struct out *o, const struct spec *s, const char *sign, const char *text, size_t len)
{
	size_t used = len + strlen(sign);
	size_t pad = s->width > used ? s->width - used : 0;
	if (!s->left && !s->zero)
		for (; pad; pad--)
			put(o, ' ');
	while (*sign)
		put(o, *sign++);
	if (!s->left)
		for (; pad; pad--)
			put(o, '0');
	while (len--)
		put(o, *text++);
	for (; pad; pad--)
		put(o, ' ');
}

/* Divides by a small number in 16-bit steps, which needs no 64-bit division on any machine. */
static unsigned divide(uint64_t *v, unsigned base)
{
	uint32_t part[4] = { (uint32_t)(*v >> 48), *v >> 32 & 0xffff, *v >> 16 & 0xffff, *v & 0xffff };
	uint32_t rest = 0;
	*v = 0;
	for (int i = 0; i < 4; i++) {
		uint32_t x = rest << 16 | part[i];
		*v = *v << 16 | x / base;
		rest = x % base;
	}
	return rest;
}

static void put_number(struct out *o, const struct spec *s, const char *sign, uint64_t v, unsigned base)
{
	char digits[24];
	size_t n = sizeof digits;
	do
		digits[--n] = "0123456789abcdef"[divide(&v, base)];
	while (v);
	put_padded(o, s, sign, digits + n, sizeof digits - n);
}

static void put_signed(struct out *o, const struct spec *s, int64_t v)
{
	put_number(o, s, v < 0 ? "-" : "", v < 0 ? -(uint64_t)v : (uint64_t)v, 10);
}

static void put_string(struct out *o, struct spec *s, const char *text)
{
	size_t len = 0;
	s->zero = false;
	if (!text)
		text = "(null)";
	while (len < s->most && text[len])
		len++;
	put_padded(o, s, "", text, len);
}

static const char *read_spec(const char *f, struct spec *s)
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
		s->width = s->width * 10 + (unsigned)(*f - '0');
	s->zero = s->zero && !s->left;
	return f;
}

size_t vformat(char *buf, size_t size, const char *f, va_list ap)
{
	struct out o = { buf, size, 0 };
	for (; *f; f++) {
		if (*f != '%') {
			put(&o, *f);
			continue;
		}
		struct spec s = { .most = SIZE_MAX };
		int longs = 0;
		f = read_spec(f + 1, &s);
		if (f[0] == '.' && f[1] == '*') {
			s.most = (size_t)va_arg(ap, int);
			f += 2;
		}
		for (; *f == 'l' || *f == 'z'; f++)
			longs++;
		switch (*f) {
		case 'd':
			put_signed(&o, &s, longs > 1 ? va_arg(ap, long long) : longs ? va_arg(ap, long) : va_arg(ap, int));
			break;
		case 'u':
		case 'x':
			put_number(&o, &s, "", longs > 1 ? va_arg(ap, unsigned long long)
				   : longs ? va_arg(ap, unsigned long) : va_arg(ap, unsigned), *f == 'u' ? 10 : 16);
			break;
		case 'p': put_number(&o, &s, "0x", (uintptr_t)va_arg(ap, void *), 16); break;
		case 's': put_string(&o, &s, va_arg(ap, const char *)); break;
		case 'c': put(&o, (char)va_arg(ap, int)); break;
		case 0:   f--; break;
		default:  put(&o, *f);
		}
	}
	if (size)
		buf[o.len < size ? o.len : size - 1] = 0;
	return o.len;
}

size_t format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	size_t n = vformat(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

void console_write(const char *s, size_t n)
{
	if (n)
		con_write(KR_CONSOLE, s, n);
}

void print(const char *fmt, ...)
{
	char buf[PRINT_MAX];
	va_list ap;
	va_start(ap, fmt);
	size_t n = vformat(buf, sizeof buf, fmt, ap);
	va_end(ap);
	console_write(buf, n < sizeof buf ? n : sizeof buf - 1);
}

void log_line(const char *fmt, ...)
{
	char buf[PRINT_MAX];
	va_list ap;
	va_start(ap, fmt);
	size_t n = vformat(buf, sizeof buf, fmt, ap);
	va_end(ap);
	klog_write(KR_KLOG, buf, n < sizeof buf ? n : sizeof buf - 1);
}
