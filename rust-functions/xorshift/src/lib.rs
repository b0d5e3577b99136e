//! Marsaglia's generator on 32 bits (Xorshift RNGs, Journal of Statistical Software 8 (14), 2003), with his shifts.

/// The endless numbers from `seed`, which is not among them and must not be 0.
pub fn numbers(seed: u32) -> impl Iterator<Item = u32> {
    std::iter::successors(Some(step(seed)), |x| Some(step(*x)))
}

fn step(mut x: u32) -> u32 {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    x
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_numbers_from_1_are_the_known_ones() {
        let first: Vec<_> = super::numbers(1).take(4).collect();
        assert_eq!(first, [270_369, 67_634_689, 2_647_435_461, 307_599_695]);
    }
}
