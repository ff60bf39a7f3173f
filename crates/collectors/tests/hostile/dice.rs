/// A sequence of numbers that is the same for the same seed (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn of(seed: u64, case: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ case.wrapping_mul(0xd134_2543_de82_ef95))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Less than `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let from = self.below(length + 1);
        let longest = (length - from).min(1 << self.below(12));
        from..from + self.below(longest + 1)
    }

    /// Damages a file: bits turn, parts go, come twice or elsewhere, and what means something to its readers comes in between.
    pub fn damage(&mut self, whole: &[u8], tokens: &[&str]) -> Vec<u8> {
        let mut bytes = whole.to_vec();
        for _ in 0..=self.below(6) {
            let range = self.range(bytes.len());
            match self.below(8) {
                0 | 1 if !bytes.is_empty() => {
                    let at = self.below(bytes.len());
                    bytes[at] ^= 1 << self.below(8);
                }
                2 => drop(bytes.drain(range)),
                3 => {
                    let part = bytes[range].to_vec();
                    let (at, times) = (self.below(bytes.len() + 1), 1 + self.below(40));
                    bytes.splice(at..at, part.repeat(times));
                }
                4 => bytes.truncate(range.start.max(1)),
                5 => bytes[range].reverse(),
                _ => {
                    let token = self.one_of(tokens).as_bytes().to_vec();
                    bytes.splice(range, token);
                }
            }
        }
        bytes
    }
}
