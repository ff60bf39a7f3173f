//! Files that are broken or made to do harm. Each gives a clear error or finding, and leaves everything else as it was.

mod bombs;
mod decoder;
mod injection;
mod paths;
mod truncated;
mod values;
