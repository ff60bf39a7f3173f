//! The document of approvals: TOML, published as a whole.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use farthing_types::{Amount, Currency, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::{Freeze, Window};
use crate::{Calendar, Case, Escalation, escalation};

/// The most people that a threshold may ask for.
const MOST_APPROVERS: u32 = 5;
/// The longest that an approval holds, in days.
const LONGEST_DAYS: u32 = 90;
/// The most entries of each kind.
const MOST: usize = 1_000;

/// How many people approve what, and when things may be changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// For so long newer facts do not make a plan stale, counted from when it was made.
    pub new_facts: TimeDelta,
    /// When things may be changed.
    pub calendar: Calendar,
    currency: Option<Currency>,
    usual: Need,
    thresholds: Vec<Threshold>,
    /// Where a recommendation goes that nobody answers.
    pub escalations: Vec<Escalation>,
}

/// What a plan is, as far as the policy asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// What was planned: `fleet`.
    pub kind: String,
    /// The units that it is about, each with those above it.
    pub units: Vec<Vec<UnitId>>,
    /// The currency of the amounts.
    pub currency: Option<Currency>,
    /// What it saves a month; none where that is not known.
    pub saved: Option<Amount>,
    /// What it costs a month as planned.
    pub planned: Option<Amount>,
    /// What is spent once.
    pub once: Option<Amount>,
    /// True where a replay confirmed it.
    pub is_simulated: bool,
    /// How far it may be from the best plan, as a share; none where nothing is proven.
    pub gap: Option<f64>,
}

impl Subject {
    /// True where it is about one of these units, or one below them.
    pub(crate) fn is_about(&self, units: &BTreeSet<UnitId>) -> bool {
        self.units.iter().any(|path| path.iter().any(|unit| units.contains(unit)))
    }
}

/// How many people have to approve, and why so many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ApprovalNeed)]
pub struct Need {
    /// So many different people.
    pub approvers: u32,
    /// For so many days the approval holds.
    pub valid_days: u32,
    /// The thresholds that ask for it.
    pub because: Vec<String>,
}

/// Everything that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// No such TOML.
    #[error("{0}")]
    Form(String),
    /// A value that makes no sense.
    #[error("{place}: {why}")]
    Value {
        /// Which entry.
        place: String,
        /// What is wrong with it.
        why: String,
    },
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Threshold {
    name: String,
    #[serde(default)]
    kinds: BTreeSet<String>,
    #[serde(default)]
    units: BTreeSet<UnitId>,
    saved_a_month: Option<Amount>,
    planned_a_month: Option<Amount>,
    spent_once: Option<Amount>,
    #[serde(default)]
    not_simulated: bool,
    gap: Option<f64>,
    approvers: Option<u32>,
    valid_days: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u64,
    currency: Option<String>,
    time_zone: Option<String>,
    #[serde(default = "one")]
    approvers: u32,
    #[serde(default = "a_week")]
    valid_days: u32,
    #[serde(default)]
    new_facts_hours: u32,
    #[serde(default)]
    threshold: Vec<Threshold>,
    #[serde(default)]
    window: Vec<WrittenWindow>,
    #[serde(default)]
    freeze: Vec<WrittenFreeze>,
    #[serde(default)]
    escalation: Vec<Escalation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenWindow {
    days: Vec<String>,
    from: String,
    until: String,
    #[serde(default)]
    units: BTreeSet<UnitId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFreeze {
    name: String,
    from: String,
    until: String,
    #[serde(default)]
    units: BTreeSet<UnitId>,
}

fn one() -> u32 {
    1
}

fn a_week() -> u32 {
    7
}

impl Default for Policy {
    /// Where nobody published one: one approver, for a week, at any time.
    fn default() -> Self {
        Self {
            new_facts: TimeDelta::zero(),
            calendar: Calendar::always(),
            currency: None,
            usual: Need { approvers: one(), valid_days: a_week(), because: Vec::new() },
            thresholds: Vec::new(),
            escalations: Vec::new(),
        }
    }
}

impl Policy {
    /// Reads a document, or says all that is wrong with it.
    ///
    /// # Errors
    /// Every problem; [`PolicyError::Form`] alone where it is no such TOML.
    pub fn parse(text: &str) -> Result<Self, Vec<PolicyError>> {
        let form = |why: String| vec![PolicyError::Form(why)];
        let written: Written = toml::from_str(text).map_err(|error| form(error.to_string().trim_end().to_owned()))?;
        if written.version != 1 {
            return Err(form(format!("version = {}: this program reads version 1", written.version)));
        }
        let entries = [written.threshold.len(), written.window.len(), written.freeze.len(), written.escalation.len()];
        if entries.into_iter().any(|many| many > MOST) {
            return Err(form(format!("{MOST} entries of a kind are the most")));
        }
        let mut problems = Problems(Vec::new());
        let currency = problems.read("currency", written.currency.as_deref());
        let zone: Option<Tz> = problems.read("time_zone", written.time_zone.as_deref());
        problems.amount_of_people("approvers", written.approvers);
        problems.amount_of_days("valid_days", written.valid_days);
        for threshold in &written.threshold {
            problems.threshold(threshold, currency.is_some());
        }
        problems.escalations(&written.escalation);
        let windows = written.window.into_iter().filter_map(|window| problems.window(window)).collect();
        let freezes = written.freeze.into_iter().filter_map(|freeze| problems.freeze(freeze)).collect();
        match problems.0.is_empty() {
            false => Err(problems.0),
            true => Ok(Self {
                new_facts: TimeDelta::hours(i64::from(written.new_facts_hours)),
                calendar: Calendar { zone: zone.unwrap_or(Tz::UTC), windows, freezes },
                currency,
                usual: Need { approvers: written.approvers, valid_days: written.valid_days, because: Vec::new() },
                thresholds: written.threshold,
                escalations: written.escalation,
            }),
        }
    }

    /// How many people a plan needs: the most that any threshold asks for that it reaches, for the fewest days. A threshold is reached
    /// where everything in it is true; an amount that the plan does not state, or states in another currency, counts as reached.
    pub fn need(&self, subject: &Subject) -> Need {
        let mut need = self.usual.clone();
        for threshold in self.thresholds.iter().filter(|threshold| self.is_reached(threshold, subject)) {
            need.approvers = need.approvers.max(threshold.approvers.unwrap_or(need.approvers));
            need.valid_days = need.valid_days.min(threshold.valid_days.unwrap_or(need.valid_days));
            need.because.push(threshold.name.clone());
        }
        need
    }

    /// Where a recommendation goes that nobody answered for so long; none where it is not time yet.
    pub fn escalation(&self, subject: &Subject, case: &Case, now: DateTime<Utc>) -> Option<&Escalation> {
        escalation::due(&self.escalations, subject, case, now)
    }

    /// True where facts that came since a plan was made are let pass.
    pub fn lets_facts_pass(&self, made_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        now < made_at + self.new_facts
    }

    /// What it says, in one sentence.
    pub fn summary(&self) -> String {
        let Self { usual, thresholds, calendar, escalations, .. } = self;
        let (windows, freezes) = (calendar.windows.len(), calendar.freezes.len());
        let (approvers, days) = (usual.approvers, usual.valid_days);
        format!(
            "approvers {approvers} for {days} days, {} thresholds, {windows} change windows, {freezes} freezes, {} escalations",
            thresholds.len(),
            escalations.len()
        )
    }

    fn is_reached(&self, threshold: &Threshold, subject: &Subject) -> bool {
        let comparable = subject.currency.is_some() && subject.currency == self.currency;
        let reached = |limit: Option<Amount>, amount: Option<Amount>| {
            limit.is_none_or(|limit| amount.is_none_or(|amount| !comparable || amount.abs() >= limit))
        };
        (threshold.kinds.is_empty() || threshold.kinds.contains(&subject.kind))
            && (threshold.units.is_empty() || subject.is_about(&threshold.units))
            && reached(threshold.saved_a_month, subject.saved)
            && reached(threshold.planned_a_month, subject.planned)
            && reached(threshold.spent_once, subject.once)
            && !(threshold.not_simulated && subject.is_simulated)
            && threshold.gap.is_none_or(|limit| subject.gap.is_none_or(|gap| gap > limit))
    }
}

/// What is wrong, while a document is read.
struct Problems(Vec<PolicyError>);

impl Problems {
    fn add(&mut self, place: impl Into<String>, why: impl Into<String>) {
        self.0.push(PolicyError::Value { place: place.into(), why: why.into() });
    }

    fn read<T: std::str::FromStr<Err: ToString>>(&mut self, place: &str, text: Option<&str>) -> Option<T> {
        match text?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(place, T::Err::to_string(&error));
                None
            }
        }
    }

    fn amount_of_people(&mut self, place: &str, many: u32) {
        if !(1..=MOST_APPROVERS).contains(&many) {
            self.add(place, format!("approvers = {many}: from 1 to {MOST_APPROVERS} people approve"));
        }
    }

    fn amount_of_days(&mut self, place: &str, many: u32) {
        if !(1..=LONGEST_DAYS).contains(&many) {
            self.add(place, format!("valid_days = {many}: an approval holds from 1 to {LONGEST_DAYS} days"));
        }
    }

    fn escalations(&mut self, all: &[Escalation]) {
        let mut names = BTreeSet::new();
        for one in all {
            let place = format!("escalation {:?}", one.name);
            if !names.insert(&one.name) {
                self.add(&place, "another one has this name: each has its own");
            }
            if let Some(problem) = one.problem() {
                self.add(&place, problem);
            }
        }
    }

    fn threshold(&mut self, threshold: &Threshold, has_currency: bool) {
        let place = format!("threshold {:?}", threshold.name);
        if threshold.approvers.is_none() && threshold.valid_days.is_none() {
            self.add(&place, "say what it asks for: approvers, valid_days or both");
        }
        threshold.approvers.into_iter().for_each(|many| self.amount_of_people(&place, many));
        threshold.valid_days.into_iter().for_each(|many| self.amount_of_days(&place, many));
        let amounts = [threshold.saved_a_month, threshold.planned_a_month, threshold.spent_once];
        if amounts.iter().flatten().any(|amount| amount.is_negative()) {
            self.add(&place, "amounts are at least 0");
        }
        if !has_currency && amounts.iter().any(Option::is_some) {
            self.add(&place, "amounts need a currency: write currency = \"USD\" at the top of the document");
        }
        if threshold.gap.is_some_and(|gap| !(0.0..=1.0).contains(&gap)) {
            self.add(&place, "gap is a share from 0 to 1: 0.01 is one percent");
        }
    }

    fn window(&mut self, window: WrittenWindow) -> Option<Window> {
        let place = format!("window from {} until {}", window.from, window.until);
        let days = window.days.iter().map(|day| day.parse::<Weekday>()).collect::<Result<Vec<_>, _>>();
        let Some(days) = days.ok().filter(|days| !days.is_empty()) else {
            self.add(&place, "days are names of weekdays: [\"mon\", \"tue\"]");
            return None;
        };
        let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").ok();
        let until = if window.until == "24:00" { Some(None) } else { time(&window.until).map(Some) };
        match (time(&window.from), until) {
            (Some(from), Some(until)) if until.is_none_or(|until| from < until) => {
                Some(Window { days, from, until, units: window.units })
            }
            _ => {
                self.add(&place, "times are as \"09:00\", the later one second, up to \"24:00\"; a night is two windows");
                None
            }
        }
    }

    fn freeze(&mut self, freeze: WrittenFreeze) -> Option<Freeze> {
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        match (day(&freeze.from), day(&freeze.until)) {
            (Some(from), Some(until)) if from < until => Some(Freeze { name: freeze.name, from, until, units: freeze.units }),
            _ => {
                self.add(format!("freeze {:?}", freeze.name), "days are as \"2026-12-15\"; until is the first day after it");
                None
            }
        }
    }
}
