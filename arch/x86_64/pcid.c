/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/x86_64/pcid.h"

/* Of each tag; the first is not given away. Owners of an earlier age have lost it. */
static struct {
	paddr_t root;
	u64 age;
} owner[PCID_TAGS];
static u64 age = 1;

static u32 tag_of(paddr_t root)
{
	return 1 + (u32)(root >> FRAME_SHIFT) % (PCID_TAGS - 1);
}

u64 pcid_cr3(paddr_t root)
{
	u32 tag = tag_of(root);

	if (owner[tag].root == root && owner[tag].age == age)
		return root | tag | PCID_KEEP;
	owner[tag].root = root;
	owner[tag].age = age;
	return root | tag;
}

void pcid_forget(paddr_t but)
{
	u32 tag = tag_of(but);
	bool kept = but && owner[tag].root == but && owner[tag].age == age;

	age++;
	if (kept)
		owner[tag].age = age;
}
