use std::time::Duration;

use camino::Utf8PathBuf;
use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;

use crate::Limits;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The query is not one that may be asked, or makes no sense.
    #[error("{0}")]
    Refused(String),
    /// It took too long.
    #[error("the query was stopped after {} s. Ask for less, for example one billing period, or raise the limit", .0.as_secs())]
    TimedOut(Duration),
    /// It needs more memory than it may have.
    #[error("the query needs more than its {limit} MiB of memory: {cause}. Group by fewer columns or ask for less")]
    Memory {
        /// The limit.
        limit: usize,
        /// What could not be allocated.
        cause: String,
    },
    /// It needs more disk than it may have.
    #[error(
        "the query needs more than its {limit} MiB of disk for what does not fit in memory. Group by fewer columns or ask for less"
    )]
    Disk {
        /// The limit.
        limit: usize,
    },
    /// It has more rows than may be given.
    #[error("the answer has more than {limit}. Add a WHERE or a LIMIT, or ask for one billing period after the other")]
    TooLarge {
        /// The limit.
        limit: String,
    },
    /// The engine failed.
    #[error("the query failed: {0}")]
    Failed(String),
}

impl QueryError {
    pub(crate) fn planning(error: DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::SchemaError(schema, _) => Self::Refused(column(schema)),
            _ => Self::Refused(first_line(&error)),
        }
    }

    pub(crate) fn running(error: DataFusionError, limits: &Limits) -> Self {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(cause) if cause.contains("disk") || cause.contains("spill") => {
                Self::Disk { limit: limits.disk_mib }
            }
            DataFusionError::ResourcesExhausted(_) => Self::Memory { limit: limits.memory_mib, cause: first_line(&error) },
            _ => Self::Failed(first_line(&error)),
        }
    }
}

/// Which column is meant, where one is not there.
fn column(error: &SchemaError) -> String {
    let SchemaError::FieldNotFound { field, valid_fields } = error else { return error.to_string() };
    let wanted = field.name.to_lowercase();
    let names: Vec<&str> = valid_fields.iter().map(|field| field.name.as_str()).collect();
    let alike = |name: &&&str| {
        let name = name.to_lowercase();
        name.contains(&wanted) || wanted.contains(&name) || shared_start(&name, &wanted) >= 5
    };
    let close: Vec<&str> = names.iter().filter(alike).take(5).copied().collect();
    match close.as_slice() {
        [] => format!("there is no column {:?} here", field.name),
        close => format!("there is no column {:?} here; there is {}", field.name, close.join(", ")),
    }
}

fn shared_start(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

fn first_line(error: &DataFusionError) -> String {
    error.strip_backtrace().lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
}

/// Takes the places of files out of messages: who may ask questions need not know where the lake lies.
#[derive(Clone, Debug)]
pub(crate) struct Scrubber {
    roots: Vec<String>,
}

impl Scrubber {
    pub fn new(roots: &[Utf8PathBuf]) -> Self {
        Self { roots: roots.iter().map(|root| root.as_str().trim_start_matches('/').to_owned()).collect() }
    }

    pub fn running(&self, error: DataFusionError, limits: &Limits) -> QueryError {
        match QueryError::running(error, limits) {
            QueryError::Failed(message) => {
                let scrub = |message: String, root: &String| message.replace(&format!("/{root}"), "").replace(root, "");
                QueryError::Failed(self.roots.iter().fold(message, scrub))
            }
            other => other,
        }
    }
}
