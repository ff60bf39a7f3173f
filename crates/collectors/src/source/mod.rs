//! What every source that is asked over the network has in common. `SPEC.md` says what a source must do; this is what helps it.
//!
//! A source turns a month into files and nothing else: bills as FOCUS, usage in one of the formats that `usage_files` reads. What then
//! happens to them is what happens to any file that is imported, so that a month that was collected and the same month from files
//! are the same facts.

mod calls;
mod checkpoints;
mod config;
mod endpoint;
mod error;
mod fields;
mod http;
#[cfg(feature = "http-sources")]
mod json_api;
mod reports;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
#[cfg(feature = "http-sources")]
mod vendor_costs;

use std::fmt::Debug;

use camino::{Utf8Path, Utf8PathBuf};
use chrono::{DateTime, Utc};
use farthing_types::{BillingPeriod, SourceName, Window};
use futures::future::BoxFuture;

use crate::billing_export::BillFormat;
use crate::{FileError, InputFile, usage_files};

pub use calls::{Calls, Failure, Patience};
pub use checkpoints::{Checkpoints, CheckpointsError, Spending};
pub use config::{Budget, Common, ReadSecret, Secrets, SourceConfig, SourceKind, SourcesFile};
pub use endpoint::{Allow, Endpoint};
pub use error::CollectError;
pub use fields::{COMMON, Field, FieldForm, KindLine};
pub use http::{Answer, Http};
#[cfg(feature = "http-sources")]
pub(crate) use json_api::{JsonApi, Pages, follow, parse};
pub use reports::{Anomaly, AnomalyReport, CommitmentDay, CommitmentReport, Coverage, ForecastReport, Report, Utilisation};
#[cfg(feature = "http-sources")]
pub(crate) use vendor_costs::{VendorCost, write_costs};

/// A source that answers over the network.
pub trait Source: Debug + Send + Sync {
    /// What of it succeeds or fails by itself: accounts, for one. Each part is a source of its own in the lake, so that one that is
    /// denied today keeps what it had.
    fn parts(&self) -> Vec<SourceName>;

    /// Asks for the whole of a window, which lies within one month, and writes the answer to files in the folder `to`.
    ///
    /// # Errors
    /// Whatever keeps the answer from being whole; what was written is then not read.
    fn collect<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Collected, CollectError>>;
}

/// What is asked of a part of a source.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The part.
    pub part: &'a SourceName,
    /// The month.
    pub period: BillingPeriod,
    /// From the month's first moment to its end, or to where it is now.
    pub window: Window,
    /// The present moment.
    pub now: DateTime<Utc>,
    /// Through which every call goes.
    pub calls: &'a Calls,
    /// An empty folder.
    pub to: &'a Utf8Path,
}

impl Request<'_> {
    /// The window to the end of the last whole day: what a service says of a day that is not over is of no use.
    pub fn whole_days(&self) -> Window {
        Window { from: self.window.from, to: midnight(self.window.to) }
    }

    /// The window to the end of the last whole hour.
    pub fn whole_hours(&self) -> Window {
        let to = self.window.to.timestamp();
        let to = DateTime::from_timestamp(to - to.rem_euclid(3600), 0).expect("an earlier moment of the same hour exists");
        Window { from: self.window.from, to }
    }

    /// A file in the folder.
    pub fn file(&self, name: &str) -> Utf8PathBuf {
        self.to.join(name)
    }

    /// A file that was written there, under the name that people see.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn written(&self, kind: &str, name: &str) -> Result<InputFile, FileError> {
        let shown = format!("{kind}://{}/{}/{name}", self.part, self.period);
        InputFile::describe_copy(shown.into(), self.file(name), true)
    }
}

/// The beginning of the day that `moment` lies in.
pub fn midnight(moment: DateTime<Utc>) -> DateTime<Utc> {
    moment.date_naive().and_time(chrono::NaiveTime::MIN).and_utc()
}

/// What a source answered, as files.
#[derive(Debug, Default)]
pub struct Collected {
    /// What there is to import, each a dataset.
    pub deliveries: Vec<Delivery>,
    /// What the provider itself says of the month beside that.
    pub reports: Vec<Report>,
    /// From where on it is the month, where the service no longer has its beginning: earlier hours stay as they are known already. Only for
    /// usage by hour.
    pub known_from: Option<DateTime<Utc>>,
    /// What is worth saying: that figures are estimated, that they are coarser than asked for.
    pub notes: Vec<String>,
}

/// Files of one dataset.
#[derive(Debug)]
pub struct Delivery {
    /// What they hold.
    pub content: Content,
    /// The files.
    pub files: Vec<InputFile>,
}

/// What collected files hold.
#[derive(Clone, Debug)]
pub enum Content {
    /// Charges.
    Charges(BillFormat),
    /// Inference usage.
    Usage(usage_files::Format),
}
