//! The document of schedules: TOML, published as a whole.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Calendar, ScheduleError};

/// The most schedules in a document.
const MOST_SCHEDULES: usize = 20_000;

/// What becomes of times at which nobody could run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatchUp {
    /// They are left out.
    None,
    /// The latest of them runs.
    Latest,
    /// The latest `limit` of them run, in order.
    All {
        /// How many at most.
        limit: usize,
    },
}

/// The schedules of a document.
#[derive(Clone, Debug)]
pub struct ScheduleFile {
    /// In the order of the document.
    pub schedules: Vec<Schedule>,
}

/// What runs by itself, and when.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Its name, which is the job's.
    pub name: String,
    /// The kind of work.
    pub kind: String,
    /// What the work is told.
    pub with: Value,
    /// When.
    pub calendar: Calendar,
    /// What becomes of times that nobody could keep.
    pub catch_up: CatchUp,
    /// Up to how many seconds later a run begins, so that not everything begins at once.
    pub jitter_seconds: u64,
    /// How often a run may fail before it stays failed.
    pub most_failures: u64,
    /// The wait after the first failure, in seconds.
    pub retry_seconds: u64,
    /// False where it is switched off.
    pub enabled: bool,
    written: Written,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFile {
    version: u64,
    #[serde(default)]
    schedule: Vec<Written>,
}

/// A schedule as it is written; see `crates/jobs/README.md`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    kind: String,
    cron: String,
    #[serde(default = "utc")]
    time_zone: String,
    #[serde(default)]
    catch_up: WrittenCatchUp,
    #[serde(skip_serializing_if = "Option::is_none")]
    catch_up_limit: Option<u64>,
    #[serde(default)]
    jitter_seconds: u64,
    #[serde(default = "five")]
    attempts: u64,
    #[serde(default = "half_a_minute")]
    retry_seconds: u64,
    #[serde(default = "yes")]
    enabled: bool,
    #[serde(default = "nothing")]
    with: Value,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WrittenCatchUp {
    None,
    #[default]
    Latest,
    All,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn five() -> u64 {
    5
}

fn half_a_minute() -> u64 {
    30
}

fn yes() -> bool {
    true
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

impl ScheduleFile {
    /// Reads a document, or says all that is wrong with it.
    ///
    /// # Errors
    /// Every problem; [`ScheduleError::Form`] alone where it is no such TOML.
    pub fn parse(text: &str) -> Result<Self, Vec<ScheduleError>> {
        let file: WrittenFile =
            toml::from_str(text).map_err(|error| vec![ScheduleError::Form(error.to_string().trim_end().to_owned())])?;
        let form = |why: String| vec![ScheduleError::Form(why)];
        if file.version != 1 {
            return Err(form(format!("version = {}: this program reads version 1", file.version)));
        }
        if file.schedule.len() > MOST_SCHEDULES {
            return Err(form(format!("{} schedules: {MOST_SCHEDULES} is the most", file.schedule.len())));
        }
        let (mut schedules, mut problems, mut names) = (Vec::new(), Vec::new(), BTreeSet::new());
        for written in file.schedule {
            if !names.insert(written.name.clone()) {
                problems.push(value(&written, "there are two of this name; each needs its own".to_owned()));
            }
            match Schedule::from_written(written) {
                Ok(schedule) => schedules.push(schedule),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() { Ok(Self { schedules }) } else { Err(problems) }
    }
}

impl Schedule {
    /// Reads what [`Schedule::definition`] wrote.
    ///
    /// # Errors
    /// Where a newer program wrote it, or something else.
    pub fn from_definition(text: &str) -> Result<Self, Vec<ScheduleError>> {
        let written = serde_json::from_str(text).map_err(|error| vec![ScheduleError::Form(error.to_string())])?;
        Self::from_written(written)
    }

    /// The schedule as JSON, the same for the same schedule.
    pub fn definition(&self) -> String {
        serde_json::to_string(&self.written).expect("a schedule has names as keys")
    }

    /// Its cron expression, as it was written.
    pub fn cron(&self) -> &str {
        &self.written.cron
    }

    /// Its time zone.
    pub fn time_zone(&self) -> &str {
        &self.written.time_zone
    }

    fn from_written(written: Written) -> Result<Self, Vec<ScheduleError>> {
        let mut problems = Vec::new();
        let fits =
            |name: &str| !name.is_empty() && name.len() <= 100 && name.trim() == name && !name.chars().any(char::is_control);
        if !fits(&written.name) {
            problems.push(value(&written, "a name is 1 to 100 visible characters without blanks at the ends".to_owned()));
        }
        for (what, number, bounds) in [
            ("jitter_seconds", written.jitter_seconds, 0..=86_400),
            ("attempts", written.attempts, 1..=1_000),
            ("retry_seconds", written.retry_seconds, 0..=21_600),
            ("catch_up_limit", written.catch_up_limit.unwrap_or(1), 1..=1_000),
        ] {
            if !bounds.contains(&number) {
                problems.push(value(&written, format!("{what} = {number}: it lies from {} to {}", bounds.start(), bounds.end())));
            }
        }
        if written.catch_up_limit.is_some() && written.catch_up != WrittenCatchUp::All {
            problems.push(value(&written, "catch_up_limit goes with catch_up = \"all\" alone".to_owned()));
        }
        if !written.with.is_object() {
            problems.push(value(&written, "with is a table of what the work is told".to_owned()));
        }
        let calendar = match Calendar::parse(&written.cron, &written.time_zone) {
            Ok(calendar) if problems.is_empty() => calendar,
            Ok(_) => return Err(problems),
            Err(error) => {
                problems.push(value(&written, error.to_string()));
                return Err(problems);
            }
        };
        Ok(Self {
            name: written.name.clone(),
            kind: written.kind.clone(),
            with: written.with.clone(),
            calendar,
            catch_up: match written.catch_up {
                WrittenCatchUp::None => CatchUp::None,
                WrittenCatchUp::Latest => CatchUp::Latest,
                WrittenCatchUp::All => {
                    CatchUp::All { limit: usize::try_from(written.catch_up_limit.unwrap_or(24)).unwrap_or(24) }
                }
            },
            jitter_seconds: written.jitter_seconds,
            most_failures: written.attempts,
            retry_seconds: written.retry_seconds,
            enabled: written.enabled,
            written,
        })
    }
}

fn value(written: &Written, why: String) -> ScheduleError {
    ScheduleError::Value { schedule: written.name.chars().take(100).collect(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_said() {
        let text = r#"
            version = 1
            [[schedule]]
            name = "a"
            kind = "k"
            cron = "0 2 * * 1"
            attempts = 0
            [[schedule]]
            name = "a"
            kind = "k"
            cron = "0 2 * * *"
            catch_up_limit = 3
        "#;
        let problems = ScheduleFile::parse(text).unwrap_err();
        let said = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        for word in ["attempts = 0", "names", "two of this name", "catch_up = \"all\" alone"] {
            assert!(said.contains(word), "{said}");
        }
        let unknown = ScheduleFile::parse("version = 1\n[[schedule]]\nname = \"a\"\ncorn = \"x\"").unwrap_err();
        assert!(unknown[0].to_string().contains("corn"), "{unknown:?}");
    }

    #[test]
    fn a_definition_reads_back_as_it_was() {
        let text =
            "version = 1\n[[schedule]]\nname = \"a\"\nkind = \"k\"\ncron = \"0 2 * * *\"\nwith = { source = \"acme\", n = 3 }";
        let schedule = ScheduleFile::parse(text).unwrap().schedules.remove(0);
        let again = Schedule::from_definition(&schedule.definition()).unwrap();
        assert_eq!(again.definition(), schedule.definition());
        assert_eq!(again.with["source"], "acme");
        assert_eq!(again.catch_up, CatchUp::Latest);
    }
}
