//! The statistics of a ratio of sums. Floating point is used here and nowhere else.

mod bootstrap;
#[cfg(test)]
mod coverage_tests;
mod difference;
mod ratio;
mod student;

pub use bootstrap::{BootstrapInterval, SplitMix64, cluster_bootstrap};
pub use difference::{Difference, welch_difference};
pub use ratio::{PairMoments, RatioInterval, delta_interval, denominator_noise, fieller_interval};
pub use student::student_t_quantile;
