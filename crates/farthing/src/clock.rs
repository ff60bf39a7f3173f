use chrono::{DateTime, Utc};
use farthing_types::Clock;

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}
