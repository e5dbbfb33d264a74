"""Writes powers.c: the powers of ten in 128 bits that base/powers.h declares. usage: powers.py POWERS_H OUTPUT"""
import re
import sys


def normalized(e):
    """10^e times the power of two that brings it into [2^127, 2^128), rounded up."""
    if e >= 0:
        n = 10 ** e
        shift = n.bit_length() - 128
        return n << -shift if shift <= 0 else -(-n >> shift)
    n = 10 ** -e
    return -(-(1 << n.bit_length() + 127) // n)


def main(header, output):
    with open(header) as text:
        first, last = re.search(r'AVM_POWER_FIRST = (-?\d+), AVM_POWER_LAST = (\d+)', text.read()).groups()
    with open(output, 'w') as out:
        out.write('// Written by base/powers.py.\n#include "base/powers.h"\n\n')
        out.write('const AvmPowerOfTen avm_powers[] = {\n')
        for e in range(int(first), int(last) + 1):
            n = normalized(e)
            assert 1 << 127 <= n < 1 << 128
            out.write('    {0x%016x, 0x%016x}, // %d\n' % (n >> 64, n & (1 << 64) - 1, e))
        out.write('};\n')


main(*sys.argv[1:])
