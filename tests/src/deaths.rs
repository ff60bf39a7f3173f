//! Imports that do not come to their end: killed at every point, without room, swept beside one that runs.

mod disk_full;
mod killed;
mod victim;
