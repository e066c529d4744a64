"""Write psycopg/cast_powers.h: the powers of five that reading a float8 needs, to 128 bits.

Usage: python tools/generate_powers.py > psycopg/cast_powers.h

Eisel and Lemire ("Number Parsing at a Gigabyte per Second", 2021) show how many bits are enough,
and that a negative power has to be rounded up, a positive one down.
"""

FIRST, LAST = -328, 308
BITS = 128


def power(exponent):
    """Return 5 ** exponent as a fraction of BITS bits, the highest one set."""
    if exponent >= 0:
        value = 5**exponent
        return (
            value << BITS - value.bit_length()
            if value >> BITS == 0
            else value >> value.bit_length() - BITS
        )
    divisor = 5**-exponent
    shift = 2 * divisor.bit_length() + BITS
    value = 2**shift // divisor
    excess = value.bit_length() - BITS
    return (value >> excess) + 1


def main():
    print("/* Powers of five to 128 bits: {high, low}. Written by tools/generate_powers.py. L3. */")
    print("#ifndef PSYCOPG_CAST_POWERS_H")
    print("#define PSYCOPG_CAST_POWERS_H")
    print("\n#include <stdint.h>\n")
    print(f"enum {{ POWERS_FIRST = {FIRST}, POWERS_LAST = {LAST} }};\n")
    print("/* clang-format off */")
    print("static const uint64_t powers_of_five[][2] = {")
    cells = []
    for exponent in range(FIRST, LAST + 1):
        value = power(exponent)
        cells.append(f"{{0x{value >> 64:016x}, 0x{value & 2**64 - 1:016x}}},")
    for i in range(0, len(cells), 2):
        print("    " + " ".join(cells[i : i + 2]))
    print("};")
    print("/* clang-format on */\n")
    print("#endif")


if __name__ == "__main__":
    main()
