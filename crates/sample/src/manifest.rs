//! The whole folder: what was written, and in which order it is imported.

use std::fs;
use std::io::Write;
use std::path::Path;

use farthing_types::BillingPeriod;
use serde::{Deserialize, Serialize};

use crate::bill::{BillFile, BillOptions, write_bill};
use crate::decisions::write_decisions;
use crate::event_log::write_event_log;
use crate::organisation::Organisation;
use crate::usage::{write_file, write_usage};
use crate::{SampleError, budgets, fleet_profile, people, planning, prices, rules, systems};

/// Name of the manifest's own file.
pub const MANIFEST: &str = "manifest.json";

/// What a folder with a sample organisation holds. Paths are relative to the folder, with `/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The organisation's name.
    pub organisation: String,
    /// Charges in the first deliveries.
    pub rows: u64,
    /// The seed.
    pub seed: u64,
    /// The billing periods, in order.
    pub periods: Vec<BillingPeriod>,
    /// Billing files in the order of their deliveries: one with `restates` comes after the file that it replaces.
    pub billing: Vec<BillFile>,
    /// Usage files.
    pub usage: Vec<UsageImport>,
    /// Files of decisions, with the workflow of each.
    pub decisions: Vec<DecisionImport>,
    /// Event logs of processes.
    #[serde(default)]
    pub event_logs: Vec<EventLogImport>,
    /// The rule file.
    pub rules: String,
    /// The people file.
    pub people: String,
    /// The fleet profile.
    pub fleet: String,
    /// The price document.
    pub prices: String,
    /// The systems document.
    pub systems: String,
    /// The planning document.
    pub planning: String,
    /// The budgets file.
    pub budgets: String,
}

/// A usage file to import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageImport {
    /// Its path.
    pub path: String,
    /// The source that it is imported as.
    pub source: String,
    /// `request-trace` or `litellm`.
    pub format: String,
    /// Rows.
    pub rows: u64,
}

/// A file of decisions to import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionImport {
    /// Its path.
    pub path: String,
    /// The workflow.
    pub workflow: String,
    /// Decisions.
    pub rows: u64,
}

/// An event log to import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLogImport {
    /// Its path.
    pub path: String,
    /// The source that it is imported as.
    pub source: String,
    /// The workflow whose people it shows.
    pub workflow: String,
    /// Cases.
    pub cases: u64,
    /// Events.
    pub events: u64,
}

/// Writes bill, usage, decisions, an event log and the documents below `dir`, and the manifest last: where it stands the folder is complete.
///
/// An older manifest is removed first, so that a folder that was not finished is never taken for a complete one.
///
/// # Errors
/// [`SampleError`] when a file cannot be written.
pub fn write_organisation(
    organisation: &Organisation,
    dir: &Path,
    options: BillOptions,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Manifest, SampleError> {
    let path = dir.join(MANIFEST);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(SampleError::Io { path, error }),
        _ => {}
    }
    let billing = write_bill(organisation, dir, options, progress)?;
    let usage = write_usage(organisation, dir)?;
    let decisions = write_decisions(organisation, dir)?;
    let event_log = write_event_log(organisation, dir)?;
    let (rules_path, people_path, fleet_path) = ("rules.toml", "people.toml", "fleet.toml");
    let (prices_path, systems_path, planning_path) = ("prices.toml", "systems.toml", "planning.toml");
    let budgets_path = "budgets.csv";
    let documents = [
        (rules_path, rules::text()),
        (people_path, people::text()),
        (fleet_path, fleet_profile::text(organisation)),
        (prices_path, prices::text(organisation)),
        (systems_path, systems::text()),
        (planning_path, planning::text(organisation)),
        (budgets_path, budgets::text()),
    ];
    for (path, text) in documents {
        write_file(dir, path, |out| out.write_all(text.as_bytes()))?;
    }
    let manifest = Manifest {
        organisation: organisation.root().name.to_owned(),
        rows: organisation.rows(),
        seed: organisation.seed(),
        periods: crate::calendar::PERIODS.to_vec(),
        billing,
        usage: usage
            .into_iter()
            .map(|file| UsageImport { path: file.path, source: file.source, format: file.format, rows: file.rows })
            .collect(),
        decisions: decisions
            .into_iter()
            .map(|file| DecisionImport { path: file.path, workflow: file.workflow, rows: file.rows })
            .collect(),
        event_logs: vec![event_log],
        rules: rules_path.to_owned(),
        people: people_path.to_owned(),
        fleet: fleet_path.to_owned(),
        prices: prices_path.to_owned(),
        systems: systems_path.to_owned(),
        planning: planning_path.to_owned(),
        budgets: budgets_path.to_owned(),
    };
    let text = serde_json::to_string_pretty(&manifest).expect("a manifest has text keys and finite numbers only");
    write_file(dir, MANIFEST, |out| writeln!(out, "{text}"))?;
    Ok(manifest)
}
