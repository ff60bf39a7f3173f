//! Counter-based chance: every draw is a function of the seed and of what it is drawn for, so rows can be made in any order.

/// SplitMix64's finaliser (Steele, Lea and Flood, 2014): every bit of the input moves every bit of the output.
const fn finish(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// 64 random bits for the `index`-th thing of a `stream`.
pub(crate) const fn draw(seed: u64, stream: u64, index: u64) -> u64 {
    let start = finish(seed.wrapping_add(0x9e37_79b9_7f4a_7c15));
    let stream = finish(start ^ stream.wrapping_mul(0xd6e8_feb8_6659_fd93));
    finish(stream ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// A whole number in `low..high`, from random bits. The bias is below 2^-40 for the small ranges used here.
pub(crate) const fn between(bits: u64, low: u64, high: u64) -> u64 {
    low + ((bits >> 16) % (high - low))
}

/// Stirs bits for a further, independent use.
pub(crate) const fn again(bits: u64, use_number: u64) -> u64 {
    finish(bits ^ use_number.wrapping_mul(0x2545_f491_4f6c_dd1d))
}

/// The index of the weight that `bits` falls on.
pub(crate) fn pick(bits: u64, weights: impl Iterator<Item = u32> + Clone) -> usize {
    let total: u64 = weights.clone().map(u64::from).sum();
    let mut at = between(bits, 0, total.max(1));
    for (index, weight) in weights.enumerate() {
        if at < u64::from(weight) {
            return index;
        }
        at -= u64::from(weight);
    }
    0
}

/// A short stable number of a text, to give each named thing its own stream (FNV-1a).
pub(crate) const fn name(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_spread_evenly() {
        let mut counts = [0_u32; 10];
        for index in 0..10_000 {
            counts[between(draw(42, 7, index), 0, 10) as usize] += 1;
        }
        assert!(counts.iter().all(|&c| (850..1150).contains(&c)), "{counts:?}");
    }

    #[test]
    fn weights_decide() {
        let mut counts = [0_u32; 3];
        for index in 0..10_000 {
            counts[pick(draw(1, 2, index), [70, 0, 30].into_iter())] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((6_700..7_300).contains(&counts[0]), "{counts:?}");
    }
}
