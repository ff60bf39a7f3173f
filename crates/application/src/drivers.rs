//! What units used in a window, by measure: what pools are split by.

use farthing_attribution::{Drivers, Metrics, RuleSet, Span};
use farthing_store::DocumentKind as StoredKind;
use farthing_types::{Quantity, Window};
use farthing_usage::{Grain, UsageHour};

use crate::owners::owners_of;
use crate::{Error, Farthing};

/// Reads a metrics file, or says all that is wrong with it.
pub(crate) fn metrics_of(text: &str, name: &str) -> Result<Metrics, Error> {
    Metrics::parse(text).map_err(|problems| Error::Document {
        file: name.to_owned(),
        problems: problems.iter().map(ToString::to_string).collect(),
    })
}

impl Farthing {
    /// What each unit used in a window of the measures that the rules read: of inference usage, decisions and the published metrics.
    pub(crate) async fn drivers(&self, rules: &RuleSet, window: Window) -> Result<Drivers, Error> {
        let mut drivers = Drivers::new();
        let read = rules.measures_read();
        if read.is_empty() {
            return Ok(drivers);
        }
        let hours = self.usage_hours(Some(window)).await?;
        for (hour, (unit, _)) in hours.iter().zip(owners_of(rules, &hours)) {
            let Some(unit) = unit else { continue };
            let span = match (rules.reads_time(), hour.grain) {
                (false, _) => Span::Whole,
                (true, Grain::Day) => Span::Day(hour.hour.date_naive()),
                (true, Grain::Hour) => Span::Hour(hour.hour),
            };
            for (measure, quantity) in measured(hour) {
                drivers.add_in(measure, unit.clone(), quantity, span)?;
            }
        }
        if read.contains("decisions") {
            for decision in self.counted_decisions(window).await? {
                let span = if rules.reads_time() { Span::Hour(hour_of(decision.decided_at)) } else { Span::Whole };
                if let Some(unit) = decision.unit {
                    drivers.add_in("decisions", unit, Quantity::from_int(1), span)?;
                }
            }
        }
        if let Some(document) = self.in_force(StoredKind::Metrics).await? {
            metrics_of(&document.content, &format!("metrics v{}", document.version))?.add_to(&mut drivers, window)?;
        }
        Ok(drivers)
    }

    /// Units of a metrics file that no rule knows: their quantities would split nothing.
    pub(crate) async fn unknown_to_rules(&self, text: &str, name: &str) -> Result<Vec<String>, Error> {
        let (rules, _) = self.rules().await?;
        let metrics = metrics_of(text, name)?;
        let unknown = metrics.units().into_iter().filter(|unit| !rules.units().knows(unit.as_str()));
        Ok(unknown.map(|unit| format!("the published rules have no unit {unit}: its quantities split nothing")).collect())
    }
}

fn hour_of(moment: chrono::DateTime<chrono::Utc>) -> chrono::DateTime<chrono::Utc> {
    let seconds = moment.timestamp();
    chrono::DateTime::from_timestamp(seconds - seconds.rem_euclid(3600), 0).unwrap_or(moment)
}

/// The measures of an hour of usage.
fn measured(hour: &UsageHour) -> [(&'static str, Quantity); 7] {
    let counts = &hour.counts;
    let whole = |count: u64| i64::try_from(count).map(Quantity::from_int).unwrap_or_default();
    [
        ("tokens", whole(counts.input_tokens.saturating_add(counts.output_tokens))),
        ("input_tokens", whole(counts.uncached_input_tokens())),
        ("cached_tokens", whole(counts.cached_input_tokens)),
        ("cache_write_tokens", whole(counts.cache_write_tokens)),
        ("output_tokens", whole(counts.output_tokens)),
        ("requests", whole(counts.requests)),
        ("compute_seconds", counts.compute_seconds.unwrap_or_default()),
    ]
}

#[cfg(test)]
mod tests {
    /// The engine makes the values of a field that attribution asks for by name.
    #[test]
    fn both_call_the_hour_of_a_charge_the_same() {
        assert_eq!(farthing_query::CHARGE_HOUR, farthing_attribution::CHARGE_HOUR);
    }
}
