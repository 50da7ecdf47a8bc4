obj-y += printf.o
# The host port has those of the C library.
obj-$(if $(CONFIG_ARCH_HOST),,y) += string.o
