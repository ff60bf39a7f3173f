//! The statistics of a ratio of sums, and of the difference of two. Floating point is used here and nowhere else.

mod bootstrap;
#[cfg(test)]
mod coverage_tests;
mod difference;
mod ratio;
pub mod sequential;
mod student;
pub mod worlds;

pub use bootstrap::{BootstrapInterval, SplitMix64, cluster_bootstrap};
pub use difference::{Difference, welch_difference};
pub use ratio::{PairMoments, RatioInterval, delta_interval, denominator_noise, fieller_interval, ratio_interval};
pub use sequential::{FIRST_LOOK, Look, SequentialDifference, Share, sequential_width};
pub use student::student_t_quantile;
