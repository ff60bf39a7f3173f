use std::io::stderr;

use tracing_subscriber::EnvFilter;

/// Sends spans and events to stderr: warnings by default, more with each `-v`; `RUST_LOG` overrides.
pub fn start(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info,sqlx=warn,sea_orm_migration=warn",
        2 => "debug,sqlx=warn",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).init();
}
