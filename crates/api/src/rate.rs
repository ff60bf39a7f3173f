//! A token bucket that is one number: the moment at which it is full again (the generic cell rate algorithm of ITU-T I.371). Time is
//! nanoseconds from any fixed moment.

const SECOND: u64 = 1_000_000_000;

/// So many requests in a window, all of them at once if need be; used ones come back one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    /// What it is called in headers.
    pub name: &'static str,
    /// How many requests, above 0.
    pub requests: u64,
    /// The length of the window in seconds.
    pub seconds: u64,
}

impl Rate {
    /// The time in which one request comes back.
    fn each(self) -> u64 {
        (self.seconds * SECOND / self.requests.max(1)).max(1)
    }

    fn window(self) -> u64 {
        self.each().saturating_mul(self.requests)
    }

    /// Uses one of a bucket that is full at `full_at`: when it is full from then on.
    ///
    /// # Errors
    /// None is left: how long until one is.
    pub fn take(self, full_at: u64, now: u64) -> Result<u64, u64> {
        let next = full_at.max(now).saturating_add(self.each());
        let latest = now.saturating_add(self.window());
        if next <= latest { Ok(next) } else { Err(next - latest) }
    }

    /// How many are left of a bucket that is full at `full_at`.
    pub fn left(self, full_at: u64, now: u64) -> u64 {
        self.window().saturating_sub(full_at.saturating_sub(now)) / self.each()
    }
}

/// Whole seconds of which none is too short.
pub(crate) fn seconds(nanoseconds: u64) -> u64 {
    nanoseconds.div_ceil(SECOND)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(requests: u64, seconds: u64) -> Rate {
        Rate { name: "minute", requests, seconds }
    }

    #[test]
    fn all_may_come_at_once_and_then_one_by_one() {
        let rate = rate(3, 60);
        let mut full_at = 0;
        for left in [2, 1, 0] {
            full_at = rate.take(full_at, 0).unwrap();
            assert_eq!(rate.left(full_at, 0), left);
        }
        assert_eq!(rate.take(full_at, 0), Err(20 * SECOND));
        assert_eq!(rate.take(full_at, 19 * SECOND), Err(SECOND));
        full_at = rate.take(full_at, 20 * SECOND).unwrap();
        assert_eq!((rate.left(full_at, 20 * SECOND), rate.left(full_at, 1_000 * SECOND)), (0, 3));
    }

    proptest! {
        /// Whatever the times: in any stretch no more are let through than the bucket holds and what came back meanwhile.
        #[test]
        fn no_more_than_the_window_and_what_comes_back(
            requests in 1_u64..50,
            seconds in 1_u64..100,
            gaps in prop::collection::vec(0_u64..(5 * SECOND), 1..400),
        ) {
            let rate = rate(requests, seconds);
            let (mut now, mut full_at, mut taken) = (0, 0, Vec::new());
            for gap in gaps {
                now += gap;
                let left = rate.left(full_at, now);
                match rate.take(full_at, now) {
                    Ok(next) => {
                        prop_assert!(left >= 1);
                        (full_at, _) = (next, taken.push(now));
                    }
                    Err(wait) => {
                        prop_assert_eq!(left, 0);
                        // Whoever waits as long as they are told is let through.
                        prop_assert!(rate.take(full_at, now + wait).is_ok());
                    }
                }
            }
            for (first, from) in taken.iter().enumerate() {
                for (last, until) in taken.iter().enumerate().skip(first) {
                    let count = (last - first + 1) as u64;
                    prop_assert!(count <= requests + (until - from) / rate.each() + 1);
                }
            }
        }
    }
}
