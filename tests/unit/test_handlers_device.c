/* SPDX-License-Identifier: Apache-2.0 */
/* Device registers, interrupt lines, the kernel's log. */
#include "handlers.h"

static struct cap device(u32 type, u32 base, u32 count)
{
	assert_int_equal(call(cap_make(CT_SYSCTL, 0, 0, 0, 0), OP_SYS_DEVICE, type, base, count), RC_OK);
	return inv.r.c[0];
}

static void devices_are_made_by_system_control(void **unused)
{
	static const u32 refused[][3] = {
		{ CT_PAGE, 0, 1 }, { CT_VOID, 0, 1 }, { CT_NOTICE, 0, 1 }, { CT_DEVMEM, 0, 0 }, { CT_DEVMEM, 0, 0x1000000 },
		{ CT_IOPORTS, 0xffff, 2 }, { CT_IOPORTS, 0x10000, 1 }, { CT_IOPORTS, 0xffffffff, 0xffffff },
		{ CT_IRQ, HAL_IRQS, 1 }, { CT_IRQ, 0, 2 }, { CT_IRQ, 0, 0 }, { CT_RANGE, 0, 0 }, { CT_RANGE, 0, 5 },
		{ CT_RANGE, 3, 2 }, { CT_RANGE, 0xffffffff, 1 }, { CT_NR, 0, 1 },
	};
	struct cap c;

	(void)unused;
	state.restart_count = 0x100000007ull;
	for (u32 k = 0; k < ARRAY_SIZE(refused); k++)
		assert_int_equal(call(cap_make(CT_SYSCTL, 0, 0, 0, 0), OP_SYS_DEVICE, refused[k][0], refused[k][1], refused[k][2]),
				 RC_REQUEST);
	c = device(CT_IOPORTS, 0xfffe, 2);
	assert_int_equal(cap_version(&c), 7);
	c = device(CT_RANGE, 1, 3);
	assert_int_equal(cap_version(&c), 7);
	assert_int_equal(cap_payload(&c), 3);
	assert_true(cap_oid(&c) == (OID_PHYS_BASE | 8));
	c = device(CT_DEVMEM, 0xffffffff, 1);
	assert_int_equal(call(c, OP_DEV_READ, 4092, 4, 0), RC_OK);
	assert_true(world.device.at == 0xffffffffffcull);
	state.restart_count = 0;
}

static void device_registers(void **unused)
{
	struct cap ports = device(CT_IOPORTS, 0x70, 2), mem = device(CT_DEVMEM, 0x665, 2), part;

	(void)unused;
	assert_int_equal(call(ports, OP_DEV_LENGTH, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 2);
	assert_int_equal(call(mem, OP_DEV_LENGTH, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 8192);
	assert_int_equal(call(ports, OP_DEV_READ, 1, 1, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 0x1234);
	assert_int_equal(world.device.space, HAL_PORTS);
	assert_int_equal(world.device.at, 0x71);
	assert_int_equal(call(ports, OP_DEV_READ, 2, 1, 0), RC_REQUEST);
	assert_int_equal(call(ports, OP_DEV_READ, 1, 2, 0), RC_REQUEST);
	assert_int_equal(call(ports, OP_DEV_READ, 0, 4, 0), RC_REQUEST);
	assert_int_equal(call(ports, OP_DEV_READ, 0, 3, 0), RC_REQUEST);
	assert_int_equal(call(ports, OP_DEV_READ, 0, 0, 0), RC_REQUEST);
	assert_int_equal(call(ports, OP_DEV_READ, 0xffffffff, 1, 0), RC_REQUEST);
	assert_int_equal(call(mem, OP_DEV_WRITE, 0xffc, 4, 0xabcd), RC_OK);
	assert_int_equal(world.device.space, HAL_MEMORY);
	assert_int_equal(world.device.at, 0x665ffc);
	assert_int_equal(world.device.value, 0xabcd);
	assert_true(world.device.write);
	assert_int_equal(call(mem, OP_DEV_WRITE, 0x1000, 4, 0), RC_OK);
	assert_int_equal(inv.r.w[0], RC_IO);
	assert_int_equal(call(mem, OP_DEV_READ, 0x2000, 1, 0), RC_REQUEST);
	assert_int_equal(call(mem, OP_DEV_SUB, 0, 3, 0), RC_REQUEST);
	assert_int_equal(call(mem, OP_DEV_SUB, 1, 0, 0), RC_REQUEST);
	assert_int_equal(call(mem, OP_DEV_SUB, 0xffffffff, 1, 0), RC_REQUEST);
	assert_int_equal(call(mem, OP_DEV_SUB, 1, 1, 0), RC_OK);
	part = inv.r.c[0];
	assert_int_equal(cap_oid(&part), 0x666);
	assert_int_equal(cap_payload(&part), 1);
	assert_int_equal(call(ports, OP_DEV_REDUCE, 0, 0, 0), RC_OK);
	part = inv.r.c[0];
	assert_int_equal(call(part, OP_DEV_WRITE, 0, 1, 0), RC_NO_ACCESS);
	assert_int_equal(call(part, OP_DEV_READ, 0, 1, 0), RC_OK);
	assert_int_equal(call(part, OP_DEV_SUB, 0, 1, 0), RC_OK);
	assert_int_equal(BITS(inv.r.c[0]), CR_RO);
}

static void interrupt_lines(void **unused)
{
	struct cap line = device(CT_IRQ, 8, 1), kernels = device(CT_IRQ, 14, 1);

	(void)unused;
	arg0 = cap_void();
	assert_int_equal(call(line, OP_IRQ_BIND, 0, 0, 0), RC_BAD_CAP);
	arg0 = cap_make(CT_NOTICE, 1, 2, POT_OID | N_PROC, 0); /* of a process that is gone */
	assert_int_equal(call(line, OP_IRQ_BIND, 0, 0, 0), RC_BAD_CAP);
	arg0 = cap_make(CT_NOTICE, 1, 3, POT_OID | N_PROC, 0);
	assert_int_equal(call(kernels, OP_IRQ_BIND, 0, 0, 0), RC_BUSY);
	assert_int_equal(call(line, OP_IRQ_BIND, 0, 0, 0), RC_OK);
	assert_int_equal(world.bound, 9);
	assert_int_equal(world.line_open, 8);
	world.line_open = 0;
	assert_int_equal(call(line, OP_IRQ_OPEN, 0, 0, 0), RC_OK);
	assert_int_equal(world.line_open, 8);
	assert_int_equal(call(line, OP_IRQ_RELEASE, 0, 0, 0), RC_OK);
	assert_int_equal(world.bound, 0);
}

/* One line, whatever it says. */
static void log_write(void **unused)
{
	struct cap log = cap_make(CT_KLOG, 0, 0, 0, 0);

	(void)unused;
	world.string = "a line\n";
	assert_int_equal(call(log, OP_KLOG_WRITE, 0, 0, 0), RC_OK);
	assert_string_equal(world.logged, "a line\n");
	world.string = "two\nof\x1b[2J them\x80\x7f";
	assert_int_equal(call(log, OP_KLOG_WRITE, 0, 0, 0), RC_OK);
	assert_string_equal(world.logged, "two?of?[2J them??\n");
}

static void log_read(void **unused)
{
	struct cap log = cap_make(CT_KLOG, 0, 0, 0, 0);

	(void)unused;
	assert_int_equal(call(log, OP_KLOG_READ, 1, 0, 0), RC_OK);
	assert_int_equal(inv.r.len, 6);
	assert_memory_equal(inv.r.str, "456789", 6);
	assert_int_equal(inv.r.w[1], 10);
	assert_int_equal(inv.r.w[3], 3);
	assert_int_equal(call(log, OP_KLOG_READ, 10, 0, 0), RC_OK);
	assert_int_equal(inv.r.len, 0);
	assert_int_equal(inv.r.w[1], 10);
	assert_int_equal(inv.r.w[3], 0);
	assert_int_equal(call(log, OP_KLOG_READ, 11, 0, 0), RC_REQUEST);
	assert_int_equal(call(log, OP_KLOG_READ, 0, 1, 0), RC_REQUEST);
	assert_int_equal(call(cap_make(CT_KLOG, 0, 0, 0, CR_OPAQUE), OP_KLOG_READ, 0, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(cap_make(CT_KLOG, 0, 0, 0, CR_RO), OP_KLOG_WRITE, 0, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(cap_make(CT_KLOG, 0, 0, 0, CR_RO), OP_KLOG_READ, 0, 0, 0), RC_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(devices_are_made_by_system_control), T(device_registers), T(interrupt_lines), T(log_write), T(log_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
