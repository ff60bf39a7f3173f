//! What changes later never changes what was said before: reports as of a moment, closed months and their corrections; and what
//! comes twice is counted once.

mod as_of;
mod attribution;
mod closed_periods;
mod exactly_once;
mod late;
mod revisions;
