def xorshift32(seed):
    """Marsaglia's generator on 32 bits, without end."""
    x = seed
    while True:
        x ^= x << 13 & 0xFFFFFFFF
        x ^= x >> 17
        x ^= x << 5 & 0xFFFFFFFF
        yield x
