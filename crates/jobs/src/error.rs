/// Why a schedule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The document is no TOML, or has keys that mean nothing.
    #[error("{0}")]
    Form(String),
    /// A cron expression cannot be read.
    #[error("{expression:?} is no cron expression: {why}")]
    Expression {
        /// As it was written.
        expression: String,
        /// What is wrong with it.
        why: String,
    },
    /// The time zone has no such name.
    #[error("{0:?} is no time zone: use a name of the IANA database, such as Europe/Berlin, or UTC")]
    TimeZone(String),
    /// A value of a schedule is out of its bounds.
    #[error("schedule {schedule}: {why}")]
    Value {
        /// The schedule.
        schedule: String,
        /// What is wrong, and what would be right.
        why: String,
    },
}
