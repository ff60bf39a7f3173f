//! From what was observed of a period to its figures.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use farthing_types::{Amount, BillingPeriod, Currency, SourceName};
use serde::Serialize;
use utoipa::ToSchema;

use super::cadence::{is_daily, median_gap, spans};
use super::{Cadence, Dimension, Expectation, Measure, Measured, Quality, Ratio, breach};
use crate::{Conformity, Severity};

/// A newest charge may be a day older than the delay, where the SLA does not say.
const ONE_DAY: TimeDelta = TimeDelta::days(1);
/// A newest delivery may be twice the usual gap old, where the SLA does not say.
const USUAL_GAPS: i32 = 2;

/// What is known of a source's charges of one period.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The source.
    pub source: SourceName,
    /// The billing period.
    pub period: BillingPeriod,
    /// The revision.
    pub revision: String,
    /// The moment of the question.
    pub now: DateTime<Utc>,
    /// When the revision was imported.
    pub delivered_at: DateTime<Utc>,
    /// When the source delivered anything until now, oldest first.
    pub deliveries: Vec<DateTime<Utc>>,
    /// True where the source has nothing of a later period.
    pub is_newest: bool,
    /// The days on which charges begin.
    pub days: BTreeSet<NaiveDate>,
    /// The same of the source's period before, where it is needed to tell the cadence.
    pub days_before: BTreeSet<NaiveDate>,
    /// What was counted when the files were read; `None` for imports of programs that did not count.
    pub delivered: Option<Delivered>,
    /// The columns that should have a value.
    pub columns: Vec<ColumnFill>,
    /// The tags of which usage should carry one; any tag where there are none.
    pub tags: Vec<String>,
    /// Usage with and without these tags, by currency.
    pub tagged: Vec<TaggedMoney>,
    /// Rules of FOCUS that rows of the delivery break.
    pub rules: Vec<Broken>,
}

/// What was counted when a delivery was read. Its files may hold several periods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// Rows read.
    pub rows: u64,
    /// Rows set aside.
    pub set_aside: u64,
    /// Rows held against the rules of FOCUS, and what they broke.
    pub conformity: Conformity,
    /// The periods that were delivered together.
    pub periods: Vec<BillingPeriod>,
}

/// How full a column is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnFill {
    /// Its name.
    pub column: String,
    /// Rows with a value; `None` where the files do not say.
    pub filled: Option<u64>,
    /// All rows.
    pub rows: u64,
}

/// Absolute effective cost of usage in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaggedMoney {
    /// The currency.
    pub currency: Currency,
    /// With one of the tags.
    pub tagged: Amount,
    /// All of it.
    pub whole: Amount,
}

/// A rule of FOCUS that rows of a delivery break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BrokenRule)]
pub struct Broken {
    /// Its id in the requirement model.
    pub rule: String,
    /// `error` where it must hold, `warning` where it should.
    pub severity: Severity,
    /// How many rows break it.
    pub rows: u64,
}

/// The figures of what was observed, beside what is expected.
pub fn assess(observed: &Observed, expected: &Expectation) -> Quality {
    let cadence = expected.cadence.or_else(|| {
        let shows = is_daily(&observed.days) || is_daily(&observed.days_before);
        shows.then_some(Cadence::Daily)
    });
    let measures = vec![
        days(observed, expected, cadence),
        kept(observed),
        filled(observed),
        tagged(observed),
        charge_age(observed, expected, cadence),
        delivery_age(observed, expected),
        conforming(observed),
    ];
    let of = |dimension: Dimension| {
        let measures = measures.iter().filter(|measured| measured.dimension == dimension);
        Ratio::mean(measures.filter_map(|measured| Some((1, measured.value.as_ref()?))))
    };
    let dimensions = Dimension::ALL.map(of);
    let weighted = Dimension::ALL.iter().zip(&dimensions);
    let overall = Ratio::mean(weighted.filter_map(|(dimension, ratio)| Some((dimension.weight(), ratio.as_ref()?))));
    let [completeness, timeliness, conformance] = dimensions;
    let mut rules = observed.rules.clone();
    rules.sort_by(|a, b| (a.severity, b.rows, &a.rule).cmp(&(b.severity, a.rows, &b.rule)));
    let mut quality = Quality {
        source: observed.source.clone(),
        period: observed.period,
        revision: observed.revision.clone(),
        delivered_at: observed.delivered_at,
        overall,
        completeness,
        timeliness,
        conformance,
        measures,
        rules,
        breaches: Vec::new(),
        unchecked: Vec::new(),
    };
    breach::hold(&mut quality, observed, expected);
    quality
}

fn measured(measure: Measure, part: Amount, whole: Amount, detail: String, next_step: String) -> Measured {
    let value = Ratio::of(part, whole);
    let next_step = if value.is_some() && part < whole { next_step } else { String::new() };
    Measured { measure, dimension: measure.dimension(), value, part: Some(part), whole: Some(whole), detail, next_step }
}

fn unknown(measure: Measure, why: impl Into<String>) -> Measured {
    let (dimension, detail) = (measure.dimension(), why.into());
    Measured { measure, dimension, value: None, part: None, whole: None, detail, next_step: String::new() }
}

fn count(count: u64) -> Amount {
    // Counts of rows and cells stay far below 2^63.
    Amount::from_int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// What the delivery was of, where that is more than the period.
fn scope(delivered: &Delivered) -> String {
    match delivered.periods.as_slice() {
        [] | [_] => String::new(),
        periods => format!(" of the delivery of {} periods", periods.len()),
    }
}

fn days(observed: &Observed, expected: &Expectation, cadence: Option<Cadence>) -> Measured {
    let period = observed.period;
    let ended = |day: NaiveDate| end_of(day) + expected.delay <= observed.now;
    let hours = expected.delay.num_hours();
    let first = period.start().date_naive();
    let all = first.iter_days().take(usize::try_from(period.days()).unwrap_or_default());
    let due: BTreeSet<NaiveDate> = all.filter(|day| ended(*day)).collect();
    let there = observed.days.iter().filter(|day| BillingPeriod::of(start_of(**day)) == Some(period)).count();
    match cadence {
        None => unknown(
            Measure::Days,
            format!(
                "charges on {} of {period} do not show how often the source bills, so that no day can be missed: say so with cadence in \
                 the SLA",
                if there == 1 { "one day".to_owned() } else { format!("{there} days") }
            ),
        ),
        Some(_) if due.is_empty() => {
            unknown(Measure::Days, format!("no day of {period} ended {hours} hours ago, so that none is expected yet"))
        }
        Some(Cadence::Monthly) if period.end() + expected.delay > observed.now => {
            unknown(Measure::Days, format!("{period} is billed as a whole and ended less than {hours} hours ago, if at all"))
        }
        Some(Cadence::Monthly) => {
            let is_there = if there > 0 { 1 } else { 0 };
            measured(Measure::Days, count(is_there), Amount::ONE, "billed by the month".to_owned(), String::new())
        }
        Some(Cadence::Daily) => {
            let missing: BTreeSet<NaiveDate> = due.difference(&observed.days).copied().collect();
            let (has, of) = (due.len() - missing.len(), due.len());
            let detail = match missing.is_empty() {
                true => format!("{has} of {of} days"),
                false => format!("{has} of {of} days; none on {}", spans(&missing)),
            };
            let next = format!(
                "Import a delivery that has {}, or ask the provider for it: `farthing ingest billing PATH --source {}`",
                spans(&missing),
                observed.source
            );
            measured(Measure::Days, count(has as u64), count(of as u64), detail, next)
        }
    }
}

fn kept(observed: &Observed) -> Measured {
    match &observed.delivered {
        None => unknown(Measure::Kept, "the import was done by a program that did not count the rows it read"),
        Some(delivered) if delivered.rows == 0 => unknown(Measure::Kept, "the delivery had no rows"),
        Some(delivered) => {
            let kept = delivered.rows.saturating_sub(delivered.set_aside);
            let detail = format!("{kept} of {} rows{}", delivered.rows, scope(delivered));
            let next = "`farthing status --findings` names the rows that were set aside and why: correct the export and import it \
                        again";
            measured(Measure::Kept, count(kept), count(delivered.rows), detail, next.to_owned())
        }
    }
}

fn filled(observed: &Observed) -> Measured {
    let known: Vec<(&ColumnFill, u64)> = observed
        .columns
        .iter()
        .filter_map(|column| Some((column, column.filled?)))
        .filter(|(column, _)| column.rows > 0)
        .collect();
    if known.is_empty() {
        return unknown(Measure::Filled, "no rule reads a column that every charge should fill, and the SLA names none");
    }
    let sum = |of: fn(&(&ColumnFill, u64)) -> u64| count(known.iter().map(of).fold(0, u64::saturating_add));
    let (has, all) = (sum(|(_, filled)| *filled), sum(|(column, _)| column.rows));
    let empty = known.iter().filter(|(column, filled)| *filled < column.rows);
    let empty: Vec<String> = empty
        .map(|(column, filled)| format!("{} empty in {} of {} rows", column.column, column.rows - filled, column.rows))
        .collect();
    let names: Vec<&str> = known.iter().map(|(column, _)| column.column.as_str()).collect();
    let detail = if empty.is_empty() { format!("every row fills {}", names.join(", ")) } else { empty.join(", ") };
    let next = "Ask the provider for the values, or change the rules that read the column";
    measured(Measure::Filled, has, all, detail, next.to_owned())
}

fn tagged(observed: &Observed) -> Measured {
    let which = match observed.tags.as_slice() {
        [] => "a tag".to_owned(),
        [tag] => format!("the tag {tag}"),
        tags => format!("one of the tags {}", tags.join(", ")),
    };
    let worst = observed.tagged.iter().filter_map(|money| Some((Ratio::of(money.tagged, money.whole)?, money)));
    let Some((_, money)) = worst.min_by(|(a, _), (b, _)| a.cmp(b)) else {
        return unknown(Measure::Tagged, "there is no usage with an effective cost, which alone could carry tags");
    };
    let detail = format!("{} of {} {} of usage has {which}", money.tagged.to_fixed(2), money.whole.to_fixed(2), money.currency);
    let missing: Vec<String> = observed.tags.iter().map(|tag| format!("Tags->>'{}' IS NULL", tag.replace('\'', "''"))).collect();
    let next = match missing.as_slice() {
        [] => "Tag the resources, or give the charges to units by other columns".to_owned(),
        missing => format!(
            "`farthing sql \"SELECT ServiceName, SUM(EffectiveCost) FROM focus WHERE {} GROUP BY 1 ORDER BY 2 DESC\" --period {} --source {}` \
             shows where",
            missing.join(" AND "),
            observed.period,
            observed.source
        ),
    };
    measured(Measure::Tagged, money.tagged, money.whole, detail, next)
}

fn charge_age(observed: &Observed, expected: &Expectation, cadence: Option<Cadence>) -> Measured {
    let allowed = match (expected.max_charge_age, cadence) {
        (Some(allowed), _) => allowed,
        (None, Some(Cadence::Daily)) => expected.delay + ONE_DAY,
        (None, _) => {
            let why = "the source does not bill by the day as far as its charges show: say how old they may be in the SLA";
            return unknown(Measure::Charges, why);
        }
    };
    // Of a period that is over, and is not the last, nothing newer than its end can come.
    let latest = if observed.is_newest { observed.now } else { observed.now.min(observed.period.end()) };
    // A charge may begin later than it was delivered: a purchase for the time to come.
    let Some(newest) = observed.days.iter().rfind(|day| start_of(**day) <= latest) else {
        return unknown(Measure::Charges, "there is no charge that has begun");
    };
    let age = (latest - end_of(*newest)).max(TimeDelta::zero());
    let detail = format!("the newest charge is of {newest}, {} old; {} allowed", hours(age), hours(allowed));
    let next = format!("Import the newest delivery: `farthing ingest billing PATH --source {}`", observed.source);
    aged(Measure::Charges, age, allowed, detail, next)
}

fn delivery_age(observed: &Observed, expected: &Expectation) -> Measured {
    let usual = median_gap(&observed.deliveries).map(|gap| gap * USUAL_GAPS);
    let Some(allowed) = expected.max_delivery_age.or(usual) else {
        let why = "the source has not delivered often enough to show how often it does: say how old a delivery may be in the SLA";
        return unknown(Measure::Delivery, why);
    };
    // A period that is over needs one delivery after its end, and none after that.
    let latest = if observed.is_newest { observed.now } else { observed.now.min(observed.period.end() + allowed) };
    let age = (latest - observed.delivered_at).max(TimeDelta::zero());
    let when = observed.delivered_at.format("%Y-%m-%d %H:%MZ");
    let detail = match observed.is_newest {
        true => format!("delivered {when}, {} old; {} allowed", hours(age), hours(allowed)),
        false => format!("delivered {when}; {} allowed from the end of the period", hours(allowed)),
    };
    let next = format!("Look why no delivery came, and import it: `farthing ingest billing PATH --source {}`", observed.source);
    aged(Measure::Delivery, age, allowed, detail, next)
}

fn aged(measure: Measure, age: TimeDelta, allowed: TimeDelta, detail: String, next: String) -> Measured {
    let seconds = |delta: TimeDelta| Amount::from_int(delta.num_seconds());
    measured(measure, seconds(allowed), seconds(age.max(allowed)), detail, next)
}

fn conforming(observed: &Observed) -> Measured {
    let Some(delivered) = &observed.delivered else {
        return unknown(Measure::Conforming, "the import was done by a program that did not count the rows that break rules");
    };
    let Conformity { held, broke_must, broke_should } = delivered.conformity;
    if held == 0 {
        let why = "no row was held against the rules of FOCUS: the provider delivered columns of its own, which promise none";
        return unknown(Measure::Conforming, why);
    }
    let quarter = Amount::from_int(4);
    let part = count((held - broke_must).saturating_mul(4).saturating_sub(broke_should)).checked_div(quarter);
    let Some(part) = part else { return unknown(Measure::Conforming, "the rows cannot be counted") };
    let detail = format!(
        "of {held} rows{} {broke_must} break a rule that must hold and {broke_should} only one that should",
        scope(delivered)
    );
    let next = "`farthing status --findings` lists the rules with their first rows, to be sent to the provider";
    measured(Measure::Conforming, part, count(held), detail, next.to_owned())
}

fn start_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// The first moment after a day.
fn end_of(day: NaiveDate) -> DateTime<Utc> {
    start_of(day) + ONE_DAY
}

/// A span as people say it: hours, and days where they are many.
pub(super) fn hours(delta: TimeDelta) -> String {
    match delta.num_days() {
        0..=3 => format!("{} h", delta.num_hours()),
        days => format!("{days} days"),
    }
}
