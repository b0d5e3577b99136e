package workloads

// xorshift32 is Marsaglia's generator on 32 bits. Its state is the last number, and never 0.
type xorshift32 uint32

func (x *xorshift32) next() uint32 {
	*x ^= *x << 13
	*x ^= *x >> 17
	*x ^= *x << 5
	return uint32(*x)
}
