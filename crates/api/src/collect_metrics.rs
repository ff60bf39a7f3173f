//! What collecting says of itself, by source: how fresh it is, what it costs, and why it fails.

use std::sync::atomic::{AtomicI64, AtomicU64};

use farthing_application::{Error, Farthing};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfSource {
    source: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Failing {
    source: String,
    /// A stable name of the cause: `budget`, `denied` …; see the collectors' SPEC.md.
    reason: String,
}

type Counts = Family<OfSource, Gauge<i64, AtomicI64>>;
type Figures = Family<OfSource, Gauge<f64, AtomicU64>>;

/// The figures of collecting.
///
/// They come from the database, where every process that collects notes them, so that whoever serves them need not collect.
pub(crate) struct CollectMetrics {
    succeeded: Counts,
    collected_to: Counts,
    failing: Family<Failing, Gauge<i64, AtomicI64>>,
    calls: Counts,
    cost: Figures,
    rows: Counts,
    last_calls: Counts,
    seconds: Figures,
    missing_hours: Figures,
}

impl CollectMetrics {
    /// Makes the figures known.
    pub fn register(registry: &mut Registry) -> Self {
        let made = Self {
            succeeded: Counts::default(),
            collected_to: Counts::default(),
            failing: Family::default(),
            calls: Counts::default(),
            cost: Figures::default(),
            rows: Counts::default(),
            last_calls: Counts::default(),
            seconds: Figures::default(),
            missing_hours: Figures::default(),
        };
        let mut counts = |name, help, family: &Counts| registry.register(name, help, family.clone());
        counts("collect_success_timestamp_seconds", "When a source was last collected without a failure", &made.succeeded);
        counts("collect_collected_to_timestamp_seconds", "Up to where a source is collected", &made.collected_to);
        counts("collect_calls", "Calls to a source's service, pages and repetitions, as far back as they are noted", &made.calls);
        counts("collect_last_rows", "Rows that the last run imported", &made.rows);
        counts("collect_last_calls", "Calls of the last run", &made.last_calls);
        let mut figures = |name, help, family: &Figures| registry.register(name, help, family.clone());
        figures("collect_cost_dollars", "What these calls cost", &made.cost);
        figures("collect_last_duration_seconds", "How long the last run took", &made.seconds);
        figures("collect_missing_hours", "Hours that no run collected and the source no longer has", &made.missing_hours);
        registry.register("collect_failing", "1 where the last run failed, by its reason", made.failing.clone());
        made
    }

    /// Puts the figures of now in place of the earlier ones.
    pub async fn state(&self, farthing: &Farthing) -> Result<(), Error> {
        let collections = farthing.collections().await?;
        for family in [&self.succeeded, &self.collected_to, &self.calls, &self.rows, &self.last_calls] {
            family.clear();
        }
        for family in [&self.cost, &self.seconds, &self.missing_hours] {
            family.clear();
        }
        self.failing.clear();
        for one in collections {
            let of = OfSource { source: one.source.to_string() };
            for (family, moment) in [(&self.succeeded, one.succeeded_at), (&self.collected_to, one.collected_to)] {
                if let Some(moment) = moment {
                    family.get_or_create(&of).set(moment.timestamp());
                }
            }
            for (family, count) in
                [(&self.calls, one.calls_in_all), (&self.rows, one.last_rows), (&self.last_calls, one.last_calls)]
            {
                family.get_or_create(&of).set(i64::try_from(count).unwrap_or(i64::MAX));
            }
            // The sum of no fractions at all would be a zero with a minus.
            let missing = one.missing.iter().fold(0.0, |sum, gap| sum + (gap.to - gap.from).as_seconds_f64() / 3_600.0);
            // A gauge is a binary fraction; the exact sum is in `farthing status`.
            let cost = one.cost_in_all.to_string().parse().unwrap_or(f64::NAN);
            for (family, figure) in
                [(&self.cost, cost), (&self.seconds, one.last_millis as f64 / 1_000.0), (&self.missing_hours, missing)]
            {
                family.get_or_create(&of).set(figure);
            }
            if let Some(reason) = one.reason {
                self.failing.get_or_create(&Failing { source: of.source, reason }).set(1);
            }
        }
        Ok(())
    }
}
