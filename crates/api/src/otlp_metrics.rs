//! What the receiver of spans says of itself.

use std::sync::atomic::AtomicI64;

use farthing_application::{ReceiverFigures, Signal, TakenItems};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Of {
    signal: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct By {
    signal: &'static str,
    reason: &'static str,
}

type Figure = Gauge<i64, AtomicI64>;

/// The figures of the receiver.
#[derive(Default)]
pub(crate) struct OtlpMetrics {
    received: Family<Of, Counter>,
    kept: Counter,
    skipped: Counter,
    refused: Family<By, Counter>,
    failed: Family<By, Counter>,
    queue_bytes: Figure,
    spool_bytes: Figure,
    waiting_seconds: Figure,
    published_seconds: Figure,
    failed_publications: Figure,
}

impl OtlpMetrics {
    /// Makes the figures known.
    pub fn register(registry: &mut Registry) -> Self {
        let all = Self::default();
        registry.register("otlp_items", "Spans, data points and log records received", all.received.clone());
        registry.register("otlp_items_kept", "Spans, log records and data points that are calls of models", all.kept.clone());
        registry.register("otlp_items_skipped", "Those that are none, or of the serving side", all.skipped.clone());
        registry.register("otlp_items_refused", "Items refused in partial_success", all.refused.clone());
        registry.register("otlp_requests_refused", "Requests of which nothing was taken", all.failed.clone());
        registry.register("otlp_queue_bytes", "Bytes of requests that are worked on", all.queue_bytes.clone());
        registry.register("otlp_spool_bytes", "Bytes of acknowledged spans that are in no revision yet", all.spool_bytes.clone());
        let help = "Seconds that the oldest acknowledged span waits to be in a revision";
        registry.register("otlp_waiting_seconds", help, all.waiting_seconds.clone());
        registry.register("otlp_published_age_seconds", "Seconds since spans were last published", all.published_seconds.clone());
        let help = "Publications of spans that failed since the last that did not";
        registry.register("otlp_failed_publications", help, all.failed_publications.clone());
        all
    }

    /// Counts what was taken of a request.
    pub fn took(&self, signal: Signal, taken: &TakenItems) {
        let signal = word(signal);
        self.received.get_or_create(&Of { signal }).inc_by(taken.items);
        self.kept.inc_by(taken.kept);
        self.skipped.inc_by(taken.skipped);
        for &(reason, items) in &taken.refused {
            self.refused.get_or_create(&By { signal, reason }).inc_by(items);
        }
    }

    /// Counts a request of which nothing was taken.
    pub fn failed(&self, signal: Signal, reason: &'static str) {
        self.failed.get_or_create(&By { signal: word(signal), reason }).inc();
    }

    /// Puts the figures of now in place of the earlier ones.
    pub fn state(&self, figures: &ReceiverFigures) {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        self.queue_bytes.set(number(figures.queue_bytes));
        self.spool_bytes.set(number(figures.spool_bytes));
        self.waiting_seconds.set(number(figures.waiting_seconds));
        self.published_seconds.set(figures.published_seconds.map_or(-1, number));
        self.failed_publications.set(number(figures.failed_publications));
    }
}

fn word(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "traces",
        Signal::Metrics => "metrics",
        Signal::Logs => "logs",
    }
}
