//! How long a session lasts, and how long somebody waits who mistypes.

use chrono::{DateTime, TimeDelta, Utc};

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRules {
    /// Without a request.
    pub idle: TimeDelta,
    /// In any case.
    pub longest: TimeDelta,
}

impl Default for SessionRules {
    fn default() -> Self {
        Self { idle: TimeDelta::hours(1), longest: TimeDelta::hours(12) }
    }
}

impl SessionRules {
    /// True while a session that began and was last used at these moments holds.
    pub fn holds(&self, began: DateTime<Utc>, used: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        now < used + self.idle && now < began + self.longest
    }
}

/// How long nobody may try again after so many wrong passwords in a row: not at all up to the fifth, then a minute that doubles, up to an
/// hour.
pub fn lock_after(failures: u64) -> Option<TimeDelta> {
    let beyond = u32::try_from(failures.checked_sub(5)?).unwrap_or(u32::MAX).min(6);
    Some(TimeDelta::minutes(1_i64 << beyond).min(TimeDelta::hours(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_it_is_left_and_at_its_end() {
        let at = |minutes| DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes);
        let rules = SessionRules::default();
        assert!(rules.holds(at(0), at(0), at(59)) && !rules.holds(at(0), at(0), at(60)));
        assert!(rules.holds(at(0), at(700), at(719)) && !rules.holds(at(0), at(719), at(720)));
    }

    #[test]
    fn who_mistypes_often_waits_longer_and_longer() {
        let waits: Vec<_> = [0, 4, 5, 6, 8, 11, 500].map(|n| lock_after(n).map(|wait| wait.num_minutes())).to_vec();
        assert_eq!(waits, [None, None, Some(1), Some(2), Some(8), Some(60), Some(60)]);
    }
}
