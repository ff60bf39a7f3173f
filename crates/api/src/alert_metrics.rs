//! What alerts say of themselves: how many wait, were sent and failed, by channel, and whether they are late.

use std::sync::atomic::AtomicI64;

use farthing_application::{Error, Farthing};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfChannel {
    channel: String,
    /// `waiting`, `sent`, `failed` or `dropped`.
    state: &'static str,
}

/// The figures of alerts. They come from the database, so that whoever serves them need not send.
pub(crate) struct AlertMetrics {
    alerts: Family<OfChannel, Gauge<i64, AtomicI64>>,
    overdue: Gauge<i64, AtomicI64>,
}

impl AlertMetrics {
    /// Makes the figures known.
    pub fn register(registry: &mut Registry) -> Self {
        let (alerts, overdue) = (Family::default(), Gauge::default());
        registry.register("alerts", "Events that channels are told of, as far as they are kept, by state", alerts.clone());
        registry.register("alerts_overdue_seconds", "For how long the oldest alert is due that waits", overdue.clone());
        Self { alerts, overdue }
    }

    /// Puts the figures of now in place of the earlier ones.
    pub async fn state(&self, farthing: &Farthing) -> Result<(), Error> {
        let figures = farthing.alert_figures().await?;
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        self.alerts.clear();
        for (channel, state, count) in figures.counts {
            self.alerts.get_or_create(&OfChannel { channel, state: state.as_str() }).set(number(count));
        }
        self.overdue.set(number(figures.overdue_seconds));
        Ok(())
    }
}
