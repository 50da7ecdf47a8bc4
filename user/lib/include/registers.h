/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which capability stands in which register: the convention between the image's description (system.img.txt)
 * and the programs. Registers 1-7 mean the same in every program that has them, 8-15 are the program's own,
 * 16-23 are scratch, 24-31 receive requests.
 */
#ifndef USER_REGISTERS_H
#define USER_REGISTERS_H

#define KR_CONSOLE 1
#define KR_SLEEP 2
#define KR_KLOG 3
#define KR_CKPT 4
#define KR_SYSCTL 5
#define KR_SELF 6
#define KR_RANGE 7
#define KR_OWN(n) (8 + (n))
#define KR_TEMP(n) (16 + (n))
#define KR_ARG(n) (24 + (n))
#define KR_RESUME 27

#endif
