// SPDX-License-Identifier: Apache-2.0
/* struct msg to the registers of the system call and back. */
#include <invoke.h>

static void invoke(enum inv_type type, unsigned reg, struct msg *m)
{
	m->str.send = (uintptr_t)m->out;
	m->str.send_len = m->out ? m->out_len : 0;
	m->str.recv = (uintptr_t)m->in;
	m->str.recv_max = m->in ? m->in_max : 0;
	struct inv_regs r = {
		.ctl = INV_CTL(type, reg, m->cap[0], m->cap[1], m->cap[2], m->cap[3]),
		.rcv = INV_RCV(m->take[0], m->take[1], m->take[2], m->take[3]),
		.w = { m->w[0], m->w[1], m->w[2], m->w[3] },
		.str = m->out || m->in ? (uintptr_t)&m->str : 0,
	};
	invoke_raw(&r);
	for (int i = 0; i < 4; i++)
		m->w[i] = r.w[i];
	m->facet = r.ctl;
	m->in_len = r.rcv;
	m->in_sent = r.str;
}

uintptr_t call(unsigned reg, struct msg *m)
{
	invoke(INV_CALL, reg, m);
	return m->w[0];
}

uintptr_t send(unsigned reg, struct msg *m)
{
	invoke(INV_SEND, reg, m);
	return m->w[0];
}

uintptr_t reply(unsigned reg, struct msg *m)
{
	invoke(INV_PSEND, reg, m);
	return m->w[0];
}

void reply_wait(unsigned reg, struct msg *m)
{
	invoke(INV_PRETURN, reg, m);
}

uintptr_t call_words(unsigned reg, uintptr_t op, uintptr_t w1, uintptr_t w2, uintptr_t w3)
{
	struct msg m = { .w = { op, w1, w2, w3 } };
	return call(reg, &m);
}

uintptr_t call_get(unsigned reg, uintptr_t op, uintptr_t w1, uintptr_t *r)
{
	struct msg m = { .w = { op, w1 } };
	uintptr_t rc = call(reg, &m);
	*r = m.w[1];
	return rc;
}

uintptr_t call_cap(unsigned reg, uintptr_t op, uintptr_t w1, unsigned into)
{
	struct msg m = { .w = { op, w1 }, .take = { (uint8_t)into } };
	return call(reg, &m);
}
