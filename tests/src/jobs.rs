//! Jobs: schedules, runs, and what happens to them when processes die, sleep or run beside each other.

mod crashed;
mod crew;
mod kept;
mod killed;
mod parts;
mod shown;
mod statements;
mod two_at_once;
