//! How long a run waits after a failure.

use std::hash::Hasher;

use chrono::TimeDelta;
use siphasher::sip::SipHasher13;

/// No wait is longer than this.
const LONGEST: i64 = 6 * 60 * 60;

/// The wait after so many failures (1 is the first): it doubles with each, up to six hours, and lies between half of that and all of it.
/// `salt` tells runs apart, so that those that failed together do not come back together.
pub fn retry_after(first_seconds: u64, failures: u64, salt: &str) -> TimeDelta {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(u32::MAX).min(32);
    let whole = i64::try_from(first_seconds).unwrap_or(LONGEST).saturating_mul(1 << doublings).clamp(0, LONGEST) * 1_000;
    let half = whole / 2;
    TimeDelta::milliseconds(half + spread(&format!("{salt}/{failures}"), whole - half))
}

/// A number from 0 to `most` that depends on the text alone, so that every process finds the same.
pub(crate) fn spread(text: &str, most: i64) -> i64 {
    let mut hasher = SipHasher13::new();
    hasher.write(text.as_bytes());
    let range = u64::try_from(most).unwrap_or(0).saturating_add(1);
    i64::try_from(hasher.finish() % range).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end_at_six_hours() {
        for (failures, least, most) in [(1, 15, 30), (2, 30, 60), (3, 60, 120), (11, 10_800, 21_600), (60, 10_800, 21_600)] {
            for salt in ["a", "b", "c"] {
                let wait = retry_after(30, failures, salt).num_seconds();
                assert!((least..=most).contains(&wait), "{failures}: {wait}");
            }
        }
        assert_ne!(retry_after(30, 3, "a"), retry_after(30, 3, "b"));
        assert_eq!(retry_after(0, 3, "a"), TimeDelta::zero());
    }
}
