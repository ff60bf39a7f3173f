//! The one recipe for a session.

use std::sync::Arc;
use std::time::Duration;

use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::QueryError;

/// What a query may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Memory, in MiB.
    pub memory_mib: usize,
    /// Time from start to the last row.
    pub time: Duration,
    /// Threads; 0 for as many as there are cores.
    pub threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory_mib: 512, time: Duration::from_secs(300), threads: 0 }
    }
}

pub(crate) fn session(limits: &Limits) -> Result<SessionContext, QueryError> {
    let mut config = SessionConfig::new()
        // FOCUS names have capitals, and people write them without quotes.
        .set_bool("datafusion.sql_parser.enable_ident_normalization", false)
        // Plain strings everywhere, so that answers have one type whichever engine gives them.
        .set_bool("datafusion.execution.parquet.schema_force_view_types", false)
        .set_bool("datafusion.sql_parser.map_string_types_to_utf8view", false)
        .set_bool("datafusion.sql_parser.parse_float_as_decimal", true)
        .set_bool("datafusion.execution.parquet.pushdown_filters", true)
        .set_str("datafusion.execution.time_zone", "+00:00");
    if limits.threads > 0 {
        config = config.with_target_partitions(limits.threads);
    }
    let pool = Arc::new(FairSpillPool::new(limits.memory_mib << 20));
    let runtime = RuntimeEnvBuilder::new().with_memory_pool(pool).build_arc().map_err(QueryError::planning)?;
    Ok(SessionContext::new_with_config_rt(config, runtime))
}
