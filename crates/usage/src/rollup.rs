use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{Counts, Dimensions, Grain, UsageHour, UsageRecord, hour_of};

/// Sums records by hour and dimensions. The answer does not depend on the order of the records.
#[derive(Clone, Debug)]
pub struct Rollup {
    // Dimensions outside, hours inside: a record of known dimensions is looked up without a copy of them.
    sums: BTreeMap<Dimensions, BTreeMap<(DateTime<Utc>, Grain), Counts>>,
    keys: usize,
    limit: usize,
}

/// Why a record cannot be added. The roll-up is as before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RollupError {
    /// More distinct hours and dimensions than the limit.
    #[error(
        "more than {limit} distinct hours × dimensions in one roll-up (the last: {hour}, model {model}, workload {workload}). A \
         column or tag with a value per request is the usual cause: leave it out, or raise the limit"
    )]
    TooManyKeys {
        /// The limit.
        limit: usize,
        /// The hour of the record that did not fit.
        hour: DateTime<Utc>,
        /// Its model.
        model: String,
        /// Its workload.
        workload: String,
    },
    /// A sum that does not fit.
    #[error("hour {hour}: the sum of {what} does not fit 64 bits. Look for a row with an impossible count")]
    Overflow {
        /// The hour.
        hour: DateTime<Utc>,
        /// Which count.
        what: &'static str,
    },
}

impl Rollup {
    /// Empty, for at most `limit` distinct hours × dimensions.
    pub fn with_limit(limit: usize) -> Self {
        Self { sums: BTreeMap::new(), keys: 0, limit }
    }

    /// Adds a record to its hour.
    ///
    /// # Errors
    /// [`RollupError`]; the roll-up is then unchanged.
    pub fn add(&mut self, record: &UsageRecord) -> Result<(), RollupError> {
        self.add_counts(hour_of(record.at), record.grain, &record.dimensions, &record.counts)
    }

    /// Adds an hour of another roll-up: merging parts gives the same as adding all their records here.
    ///
    /// # Errors
    /// [`RollupError`]; the roll-up is then unchanged.
    pub fn add_hour(&mut self, hour: &UsageHour) -> Result<(), RollupError> {
        self.add_counts(hour.hour, hour.grain, &hour.dimensions, &hour.counts)
    }

    fn add_counts(
        &mut self,
        hour: DateTime<Utc>,
        grain: Grain,
        dimensions: &Dimensions,
        counts: &Counts,
    ) -> Result<(), RollupError> {
        if let Some(present) = self.sums.get_mut(dimensions).and_then(|hours| hours.get_mut(&(hour, grain))) {
            *present = present.checked_add(counts).map_err(|what| RollupError::Overflow { hour, what })?;
            return Ok(());
        }
        if self.keys >= self.limit {
            let text = |part: Option<&str>| part.unwrap_or("unknown").to_owned();
            return Err(RollupError::TooManyKeys {
                limit: self.limit,
                hour,
                model: text(dimensions.model.as_ref().map(|m| m.as_str())),
                workload: text(dimensions.workload.as_deref()),
            });
        }
        self.keys += 1;
        match self.sums.get_mut(dimensions) {
            Some(hours) => hours.insert((hour, grain), *counts),
            None => self.sums.entry(dimensions.clone()).or_default().insert((hour, grain), *counts),
        };
        Ok(())
    }

    /// How many distinct hours × dimensions.
    pub fn len(&self) -> usize {
        self.keys
    }

    /// True before the first record.
    pub fn is_empty(&self) -> bool {
        self.keys == 0
    }

    /// The hours, ordered by hour, then grain, then dimensions.
    pub fn into_hours(self) -> Vec<UsageHour> {
        let mut hours: Vec<UsageHour> = Vec::with_capacity(self.keys);
        for (dimensions, sums) in self.sums {
            for ((hour, grain), counts) in sums {
                hours.push(UsageHour { hour, grain, dimensions: dimensions.clone(), counts });
            }
        }
        // The sort is stable and the dimensions come in order.
        hours.sort_by_key(|h| (h.hour, h.grain));
        hours
    }
}

#[cfg(test)]
mod tests {
    use farthing_types::Amount;
    use proptest::prelude::*;

    use super::*;

    fn record(minute: i64, workload: &str, tokens: u64) -> UsageRecord {
        let mut dimensions = Dimensions::of("trace".parse().unwrap());
        dimensions.workload = Some(workload.to_owned());
        let counts = Counts { requests: 1, input_tokens: tokens, output_tokens: tokens / 3, ..Counts::default() };
        let at = DateTime::from_timestamp(1_760_000_000 + minute * 60, 0).unwrap();
        UsageRecord { at, grain: Grain::Hour, dimensions, counts }
    }

    fn any_records() -> impl Strategy<Value = Vec<UsageRecord>> {
        let one = (0..600_i64, 0..4_u8, 0..1_u64 << 40, prop::option::of(-1_000_i64..1_000_000), any::<bool>());
        prop::collection::vec(one, 0..60).prop_map(|rows| {
            let built = rows.into_iter().map(|(minute, workload, tokens, spend, day)| {
                let mut built = record(minute, &format!("w{workload}"), tokens);
                built.counts.spend = spend.map(Amount::from_int);
                built.grain = if day { Grain::Day } else { Grain::Hour };
                built
            });
            built.collect()
        })
    }

    fn rolled<'a>(records: impl IntoIterator<Item = &'a UsageRecord>) -> Vec<UsageHour> {
        let mut rollup = Rollup::with_limit(10_000);
        records.into_iter().for_each(|r| rollup.add(r).unwrap());
        rollup.into_hours()
    }

    fn total(counts: impl Iterator<Item = Counts>) -> Counts {
        counts.fold(Counts::default(), |sum, c| sum.checked_add(&c).unwrap())
    }

    proptest! {
        #[test]
        fn tokens_and_spend_are_conserved_in_any_order(records in any_records(), turn in 0..60_usize) {
            let hours = rolled(&records);
            prop_assert_eq!(total(hours.iter().map(|h| h.counts)), total(records.iter().map(|r| r.counts)));

            let turn = turn % records.len().max(1);
            let (front, back) = records.split_at(turn);
            prop_assert_eq!(rolled(back.iter().rev().chain(front)), hours.clone());

            let mut merged = Rollup::with_limit(10_000);
            for hour in rolled(front).iter().chain(&rolled(back)) {
                merged.add_hour(hour).unwrap();
            }
            prop_assert_eq!(merged.into_hours(), hours);
        }
    }

    #[test]
    fn hours_are_half_open_and_ordered() {
        // 1 760 000 000 is 08:53:20.
        let hours = rolled(&[record(7, "b", 1), record(6, "b", 2), record(6, "a", 4), record(0, "a", 8)]);
        let seen = hours.iter().map(|h| (h.hour.to_rfc3339(), h.dimensions.workload.clone().unwrap(), h.counts.input_tokens));
        let seen: Vec<_> = seen.collect();
        assert_eq!(seen[0], ("2025-10-09T08:00:00+00:00".to_owned(), "a".to_owned(), 12));
        assert_eq!(seen[1], ("2025-10-09T08:00:00+00:00".to_owned(), "b".to_owned(), 2));
        assert_eq!(seen[2], ("2025-10-09T09:00:00+00:00".to_owned(), "b".to_owned(), 1));
    }

    #[test]
    fn a_sum_that_does_not_fit_changes_nothing() {
        let mut rollup = Rollup::with_limit(10);
        rollup.add(&record(0, "a", u64::MAX)).unwrap();
        let error = rollup.add(&record(0, "a", 1)).unwrap_err();
        assert!(matches!(error, RollupError::Overflow { what: "input_tokens", .. }), "{error}");
        assert_eq!(rollup.into_hours()[0].counts.requests, 1);
    }

    #[test]
    fn the_limit_on_keys_names_what_did_not_fit() {
        let mut rollup = Rollup::with_limit(2);
        rollup.add(&record(0, "a", 1)).unwrap();
        rollup.add(&record(0, "b", 1)).unwrap();
        rollup.add(&record(1, "b", 1)).unwrap();
        let error = rollup.add(&record(0, "c", 1)).unwrap_err().to_string();
        assert!(error.contains("more than 2") && error.contains("workload c"), "{error}");
        assert_eq!(rollup.len(), 2);
    }
}
