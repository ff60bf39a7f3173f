//! What the tests of sources share: sums in memory, and a month asked for by the document of sources.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use farthing_testkit::{FakeAws, Home, Scenario};
use farthing_types::{Amount, BillingPeriod, SourceName, Window};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::source::{
    Calls, Checkpoints, CheckpointsError, CollectError, Collected, Patience, Request, Secrets, Source, SourcesFile, Spending,
};

/// Sums in memory.
#[derive(Debug, Default)]
pub(crate) struct InMemory(Mutex<BTreeMap<String, Amount>>);

impl Checkpoints for InMemory {
    fn spend<'a>(
        &'a self,
        source: &'a SourceName,
        month: BillingPeriod,
        price: Amount,
        budget: Option<Amount>,
    ) -> BoxFuture<'a, Result<Spending, CheckpointsError>> {
        let mut sums = self.0.lock().unwrap();
        let spent = sums.entry(format!("{source} {month}")).or_default();
        let sum = spent.checked_add(price).unwrap();
        let spending = match budget.is_some_and(|budget| sum > budget) {
            true => Spending::Exceeds(*spent),
            false => {
                *spent = sum;
                Spending::Noted(sum)
            }
        };
        async move { Ok(spending) }.boxed()
    }
}

fn secret(name: &str) -> Result<Option<String>, String> {
    Ok(matches!(name, "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY").then(|| "AKIATEST".to_owned()))
}

/// What there is to test with: the fake, and what was spent.
pub(crate) struct Bench {
    pub fake: FakeAws,
    pub kind: &'static str,
    pub spent: Arc<InMemory>,
    pub budget: Option<&'static str>,
    pub settings: String,
}

pub(crate) struct Outcome {
    pub collected: Result<Collected, CollectError>,
    pub text: String,
    pub calls: u64,
    pub repeated: u64,
}

impl Bench {
    pub fn new(kind: &'static str, scenario: Scenario) -> Self {
        Self { kind, fake: FakeAws::start(scenario), spent: Arc::default(), budget: None, settings: String::new() }
    }

    pub fn open(&self) -> Box<dyn Source> {
        let address = self.fake.address();
        let text = format!(
            "version = 1\n[source.aws]\nkind = \"{}\"\nendpoint = {{ url = \"{address}\", allow_loopback = true }}\n{}\n\
             [source.aws.login]\nsts_endpoint = {{ url = \"{address}\", allow_loopback = true }}",
            self.kind, self.settings
        );
        let sources = SourcesFile::parse(&text).unwrap();
        sources.get(&"aws".parse().unwrap()).unwrap().open(&Secrets(secret)).unwrap()
    }

    pub async fn collect(&self) -> Outcome {
        let source = self.open();
        let part = source.parts().remove(0);
        self.collect_part(&*source, &part).await
    }

    pub async fn collect_part(&self, source: &dyn Source, part: &SourceName) -> Outcome {
        collect(source, part, self.budget, self.spent.clone()).await
    }
}

/// Collects October 2026, early in November.
pub(crate) async fn collect(source: &dyn Source, part: &SourceName, budget: Option<&str>, spent: Arc<InMemory>) -> Outcome {
    collect_period(source, part, "2026-10", budget, spent).await
}

/// Collects a month on the morning of 2 November 2026.
pub(crate) async fn collect_period(
    source: &dyn Source,
    part: &SourceName,
    period: &str,
    budget: Option<&str>,
    spent: Arc<InMemory>,
) -> Outcome {
    let home = Home::new();
    let to = camino::Utf8Path::from_path(home.path()).unwrap();
    let period: BillingPeriod = period.parse().unwrap();
    let patience = Patience { attempts: 4, first_pause: Duration::from_millis(1), longest_pause: Duration::from_secs(2) };
    let calls = Calls::new(part.clone(), period, budget.map(|budget| budget.parse().unwrap()), patience, spent);
    let now: DateTime<Utc> = "2026-11-02T10:00:00Z".parse().unwrap();
    let window = Window { from: period.start(), to: period.end().min(now) };
    let collected = source.collect(Request { part, period, window, now, calls: &calls, to }).await;
    let files = ["costs.csv", "usage.csv", "usage.json", "observations.json", "samples.json"];
    let text = files.map(|name| std::fs::read_to_string(home.join(name)).unwrap_or_default()).concat();
    Outcome { collected, text, calls: calls.made(), repeated: calls.repeated() }
}

/// A source of this kind at an address on this machine, with secrets that are all `secret`.
pub(crate) fn open(kind: &str, address: &str, settings: &str) -> Box<dyn Source> {
    let text = format!(
        "version = 1\n[source.it]\nkind = \"{kind}\"\nendpoint = {{ url = \"{address}\", allow_loopback = true }}\n{settings}"
    );
    let sources = SourcesFile::parse(&text).unwrap();
    sources.get(&"it".parse().unwrap()).unwrap().open(&Secrets(|_| Ok(Some("secret".to_owned())))).unwrap()
}

/// Collects October 2026 from an opened source without parts.
pub(crate) async fn collect_all(source: &dyn Source) -> Outcome {
    collect(source, &source.parts()[0], None, Arc::default()).await
}
