/* SPDX-License-Identifier: Apache-2.0 */
/* Ports have one: where the kernel is. In a unit test it is nowhere. */
