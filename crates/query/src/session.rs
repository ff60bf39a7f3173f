//! The one recipe for a session.

use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::{QueryError, functions};

/// What a query may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Memory, in MiB.
    pub memory_mib: usize,
    /// Disk for what does not fit in memory while it is sorted or grouped, in MiB.
    pub disk_mib: usize,
    /// Time from start to the last row.
    pub time: Duration,
    /// Rows of the answer.
    pub rows: u64,
    /// Size of the answer, in MiB.
    pub answer_mib: u64,
    /// Threads; 0 for as many as there are cores.
    pub threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_mib: 512,
            disk_mib: 10 << 10,
            time: Duration::from_secs(300),
            rows: 100_000_000,
            answer_mib: 10 << 10,
            threads: 0,
        }
    }
}

pub(crate) fn session(limits: &Limits, spill: Option<&Utf8PathBuf>) -> Result<SessionContext, QueryError> {
    let mut config = SessionConfig::new()
        // The SQL door brings names to one spelling by itself: FOCUS names have capitals.
        .set_bool("datafusion.sql_parser.enable_ident_normalization", false)
        // Plain strings everywhere, so that answers have one type whichever engine gives them.
        .set_bool("datafusion.execution.parquet.schema_force_view_types", false)
        .set_bool("datafusion.sql_parser.map_string_types_to_utf8view", false)
        .set_bool("datafusion.sql_parser.parse_float_as_decimal", true)
        // Who asks for the largest first does not mean the missing.
        .set_str("datafusion.sql_parser.default_null_ordering", "nulls_last")
        .set_bool("datafusion.execution.parquet.pushdown_filters", true)
        .set_str("datafusion.execution.time_zone", "+00:00");
    if limits.threads > 0 {
        config = config.with_target_partitions(limits.threads);
    }
    let mode = spill.map_or(DiskManagerMode::OsTmpDirectory, |folder| DiskManagerMode::Directories(vec![folder.into()]));
    let disk = DiskManagerBuilder::default().with_mode(mode).with_max_temp_directory_size((limits.disk_mib as u64) << 20);
    let pool = Arc::new(FairSpillPool::new(limits.memory_mib << 20));
    let runtime = RuntimeEnvBuilder::new().with_memory_pool(pool).with_disk_manager_builder(disk).build_arc();
    let mut builder = SessionStateBuilder::new_with_default_features()
        .with_config(config)
        .with_runtime_env(runtime.map_err(QueryError::planning)?);
    functions::add(&mut builder);
    Ok(SessionContext::new_with_state(builder.build()))
}
