obj-y += printf.o
obj-$(CONFIG_ARCH_I386) += string.o
