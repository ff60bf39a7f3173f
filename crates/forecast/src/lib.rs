//! What is to come, from what was: demand by hour of the week, and cost by day. Pure: no IO, no clock.
//!
//! [`weekly_profile`] answers with one demand for each of the 168 hours of a week (hour 0 is Monday 00:00 UTC): a quantile over
//! the weeks, so that a plan made for it holds in all but the worst of them, with headroom on top.
//!
//! [`daily::outlook`] answers with the cost of the days to come, an interval and the error that it would have had.

pub mod daily;
mod quantile;
mod weekly;

pub use quantile::quantile;
pub use weekly::{
    HOURS_PER_WEEK, HourSource, MIN_WEEKS_FOR_QUANTILE, ProfileError, ProfileOptions, WeeklyProfile, hour_index, weekly_profile,
};
