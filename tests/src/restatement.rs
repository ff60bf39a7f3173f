//! What changes later never changes what was said before: reports as of a moment, restated and closed months.

mod as_of;
