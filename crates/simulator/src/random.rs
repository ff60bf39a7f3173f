//! Random numbers that are the same everywhere for the same seed.

/// The generator xoshiro256++ (Blackman and Vigna, *Scrambled linear pseudorandom number generators*, 2021), seeded through
/// SplitMix64 as its authors advise.
#[derive(Clone, Debug)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// The stream number `stream` of a seed. Streams of one seed have nothing to do with each other.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut mixed = seed ^ stream.wrapping_mul(0xd134_2543_de82_ef95);
        let state = std::array::from_fn(|_| {
            mixed = mixed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = mixed;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        });
        Self { state }
    }

    fn bits(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in 0 < u ≤ 1, in steps of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Exponential with this mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -self.uniform().ln() * mean
    }

    /// Standard normal (Marsaglia's polar method; its second value is not kept, so that a draw is a function of the state alone).
    pub fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * square.ln() / square).sqrt();
            }
        }
    }

    /// Gamma with this mean and squared coefficient of variation: 0 is the mean itself, 1 exponential.
    ///
    /// Marsaglia and Tsang, *A simple method for generating gamma variables*, 2000; shapes below 1 by their power of a uniform.
    pub fn gamma(&mut self, mean: f64, squared_variation: f64) -> f64 {
        if squared_variation <= 0.0 {
            return mean;
        }
        if squared_variation == 1.0 {
            return self.exponential(mean);
        }
        let shape = 1.0 / squared_variation;
        let boost = if shape < 1.0 { self.uniform().powf(1.0 / shape) } else { 1.0 };
        let d = if shape < 1.0 { shape + 1.0 } else { shape } - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return boost * d * v * mean * squared_variation;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and squared coefficient of variation of many draws.
    fn moments(mut draw: impl FnMut() -> f64) -> (f64, f64) {
        let draws = 400_000;
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..draws {
            let value = draw();
            assert!(value >= 0.0 && value.is_finite());
            sum += value;
            squares += value * value;
        }
        let mean = sum / f64::from(draws);
        (mean, squares / f64::from(draws) / (mean * mean) - 1.0)
    }

    #[test]
    fn the_generator_gives_its_authors_numbers() {
        // The reference program started from the state 1, 2, 3, 4.
        let mut random = Random { state: [1, 2, 3, 4] };
        let drawn: [u64; 4] = std::array::from_fn(|_| random.bits());
        assert_eq!(drawn, [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386]);
    }

    #[test]
    fn draws_have_the_moments_asked_for() {
        for squared_variation in [0.0, 0.25, 0.5, 1.0, 2.0, 4.0] {
            let mut random = Random::new(7, 1);
            let (mean, found) = moments(|| random.gamma(3.0, squared_variation));
            assert!((mean - 3.0).abs() < 0.04, "{squared_variation}: mean {mean}");
            assert!((found - squared_variation).abs() < 0.1 * (1.0 + squared_variation), "{squared_variation}: {found}");
        }
    }

    #[test]
    fn streams_differ_and_repeat() {
        let draw = |seed, stream| Random::new(seed, stream).uniform();
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        assert_ne!(draw(1, 2), draw(2, 2));
    }
}
