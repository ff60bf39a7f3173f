//! Figures held against the SLA.

use chrono::{DateTime, TimeDelta, Utc};
use farthing_types::{Amount, BillingPeriod, SourceName};
use serde::Serialize;
use utoipa::ToSchema;

use super::assess::hours;
use super::{Bound, Dimension, Expectation, Measured, Observed, Quality, Ratio};

/// Where a figure is below what the SLA demands, or an age above it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = QualityBreach)]
pub struct Breach {
    /// The source.
    pub source: SourceName,
    /// The billing period.
    pub period: BillingPeriod,
    /// The bound, by its key in the SLA.
    pub bound: Bound,
    /// What is demanded: `98.0 %` or `72 h`.
    pub demanded: String,
    /// What is found.
    pub found: String,
    /// By how much.
    pub by: String,
    /// What was counted.
    pub detail: String,
    /// What to do.
    pub next_step: String,
}

/// Notes each bound that does not hold, and each that cannot be checked.
pub(super) fn hold(quality: &mut Quality, observed: &Observed, expected: &Expectation) {
    for (bound, least) in &expected.least {
        let (found, measured) = figure(quality, *bound);
        match found {
            None => quality.unchecked.push(*bound),
            Some(found) if found < *least => {
                let breach = Breach {
                    source: observed.source.clone(),
                    period: observed.period,
                    bound: *bound,
                    demanded: least.percent(),
                    found: found.percent(),
                    by: points(&found.short_of(least)),
                    detail: measured.as_ref().map(|measured| measured.detail.clone()).unwrap_or_default(),
                    next_step: measured.map(|measured| measured.next_step).unwrap_or_default(),
                };
                quality.breaches.push(breach);
            }
            Some(_) => {}
        }
    }
    let ages = [(Bound::MaxChargeAgeHours, expected.max_charge_age), (Bound::MaxDeliveryAgeHours, expected.max_delivery_age)];
    for (bound, allowed) in ages.into_iter().filter_map(|(bound, allowed)| Some((bound, allowed?))) {
        let measured = quality.measure(bound.measure().expect("an age is one measure")).clone();
        match measured.whole.map(age) {
            None => quality.unchecked.push(bound),
            Some(age) if age > allowed => quality.breaches.push(Breach {
                source: observed.source.clone(),
                period: observed.period,
                bound,
                demanded: hours(allowed),
                found: hours(age),
                by: hours((age - allowed).max(TimeDelta::hours(1))),
                detail: measured.detail,
                next_step: measured.next_step,
            }),
            Some(_) => {}
        }
    }
}

/// An age that was measured in seconds.
fn age(seconds: Amount) -> TimeDelta {
    TimeDelta::seconds(i64::try_from(seconds.atto() / Amount::ONE.atto()).unwrap_or(i64::MAX / 1_000))
}

/// The figure that is bounded, and the measure that explains it: where it is made of several, the least of them.
fn figure(quality: &Quality, bound: Bound) -> (Option<Ratio>, Option<Measured>) {
    if let Some(measure) = bound.measure() {
        let measured = quality.measure(measure).clone();
        return (measured.value.clone(), Some(measured));
    }
    let is_meant = |dimension: Dimension| bound.dimension().is_none_or(|meant| meant == dimension);
    let parts = quality.measures.iter().filter(|measured| is_meant(measured.dimension) && measured.value.is_some());
    let least = parts.min_by(|a, b| a.value.cmp(&b.value)).cloned();
    let found = match bound.dimension() {
        Some(dimension) => quality.dimension(dimension).cloned(),
        None => quality.overall.clone(),
    };
    (found, least)
}

/// A difference of shares in points of percent, never shown as nothing.
fn points(difference: &Ratio) -> String {
    let shown = difference.percent();
    let shown = if shown == "0.0 %" { "less than 0.1 %".to_owned() } else { shown };
    shown.replace(" %", " points")
}

/// The breach of a source that the SLA names and that never delivered.
pub fn nothing_delivered(source: &SourceName, expected: &Expectation, now: DateTime<Utc>) -> Option<Breach> {
    let allowed = expected.max_delivery_age.or(expected.max_charge_age)?;
    let bound = if expected.max_delivery_age.is_some() { Bound::MaxDeliveryAgeHours } else { Bound::MaxChargeAgeHours };
    Some(Breach {
        source: source.clone(),
        period: BillingPeriod::of(now)?,
        bound,
        demanded: hours(allowed),
        found: "no delivery".to_owned(),
        by: String::new(),
        detail: "the source has no charges at all".to_owned(),
        next_step: format!("Import its bill: `farthing ingest billing PATH --source {source}`, or take it out of the SLA"),
    })
}
