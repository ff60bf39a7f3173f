//! How long the input of a request was: price lists have other prices for long ones, and an hour of usage no longer knows.

use crate::UsageRecord;

/// Lengths in tokens from which price lists know other prices, ascending.
pub const INPUT_BOUNDS: [u64; 6] = [100_000, 128_000, 200_000, 256_000, 272_000, 512_000];

/// The tag that keeps requests with a long input apart: the largest of [`INPUT_BOUNDS`] that it was longer than.
pub const LONGER_THAN: &str = "input_longer_than";

impl UsageRecord {
    /// Tags a single request whose input is longer than one of [`INPUT_BOUNDS`]. Records of several requests do not say how long each was.
    pub fn tag_length(&mut self) {
        let input = self.counts.input_tokens;
        if let (1, Some(bound)) = (self.counts.requests, INPUT_BOUNDS.into_iter().rfind(|bound| input > *bound)) {
            self.dimensions.tags.insert(LONGER_THAN.to_owned(), bound.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Counts, Dimensions, Grain};

    #[test]
    fn only_long_single_requests_are_tagged() {
        let tagged = |requests: u64, input_tokens: u64| {
            let counts = Counts { requests, input_tokens, ..Counts::default() };
            let dimensions = Dimensions::of("s".parse().unwrap());
            let mut record = UsageRecord { at: chrono::DateTime::UNIX_EPOCH, grain: Grain::Hour, dimensions, counts };
            record.tag_length();
            record.dimensions.tags.get(LONGER_THAN).cloned()
        };
        assert_eq!(tagged(1, 100_000), None);
        assert_eq!(tagged(1, 200_001).as_deref(), Some("200000"));
        assert_eq!(tagged(1, 9_000_000).as_deref(), Some("512000"));
        assert_eq!(tagged(2, 9_000_000), None);
    }
}
