//! The `farthing` program: command line, configuration, telemetry, and the wiring of its roles.
//!
//! **Architecture invariant:** only this crate reads the environment and the clock, and starts runtimes. It holds no domain
//! logic: each command calls one use case of `farthing-application` and shows what it returns.

mod cli;
mod clock;
mod commands;
mod config;
mod decode;
mod exit;
mod output;
mod progress;
mod telemetry;

use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    let parsed = Cli::command().try_get_matches().and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, named(&matches))));
    let (cli, command) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return exit::usage(&error),
    };
    if matches!(cli.command, Command::Decode) {
        return decode::run();
    }
    telemetry::start(cli.verbose);
    let format = cli.output.format;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(commands::run(cli, command));
            // A solver or an import that was told to stop may still be on its way out; nobody waits for it.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(status) => status.into(),
        Err(error) => exit::failed(&error, format),
    }
}

/// The command without its arguments, which may say more than a record should keep: `farthing kpis show`.
fn named(matches: &ArgMatches) -> String {
    let below = std::iter::successors(matches.subcommand(), |(_, matches)| matches.subcommand());
    std::iter::once("farthing").chain(below.map(|(name, _)| name)).collect::<Vec<_>>().join(" ")
}
