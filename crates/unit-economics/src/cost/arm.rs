use farthing_types::{Amount, Currency, Quantity};

use super::drivers::{Driver, Drivers};
use super::interval::{Coefficients, Per, WRONG, bounds, interval};
use super::share::{LineShare, sum_of_days};
use super::{Basis, CostPart, CostPerDecision, FEW, LineKind, Outcomes};
use crate::exact::{Fraction, count, divide_parts, float, fraction, to_amount};
use crate::observation::VARIABLES;
use crate::people::{LoadedRate, MeasuredHandling, WorkflowPeople};
use crate::{Actor, EconomicsError, Interval, Observations, Outcome, Totals};

pub(super) struct Context<'a> {
    pub currency: Currency,
    pub people: Option<&'a WorkflowPeople>,
    pub rate: Option<&'a LoadedRate>,
}

/// The cost of counted decisions; `None` where there is none.
pub(super) fn measured(
    context: &Context<'_>,
    observed: &Observations,
    lines: &[LineShare<'_>],
) -> Result<Option<CostPerDecision>, EconomicsError> {
    let totals = sum_of_days(observed)?;
    let decisions = totals.decisions();
    if decisions == 0 {
        return Ok(None);
    }
    let mut not_included = Vec::new();
    let mut parts: Vec<CostPart> = lines.iter().map(|share| from_line(share)).collect();
    parts.push(labour(context, &HANDLING, totals.handling_seconds, totals.handling_unstated, &mut not_included)?);
    parts.push(labour(context, &REVIEW, totals.review_seconds, totals.review_unstated, &mut not_included)?);
    parts.push(errors(context, &totals, &mut not_included)?);

    let amounts: Vec<Amount> = parts.iter().map(|part| part.amount).collect();
    let out_of_range = EconomicsError::OutOfRange("the cost per decision");
    let total = amounts.iter().try_fold(Amount::ZERO, |sum, a| sum.checked_add(*a)).ok_or(out_of_range.clone())?;
    let (per_decision, quotients) = divide_parts(&amounts, decisions).ok_or(out_of_range.clone())?;
    for (part, quotient) in parts.iter_mut().zip(quotients) {
        part.per_decision = quotient;
    }
    let sound = totals.sound();
    let per_sound = (sound > 0).then(|| to_amount(&(fraction(total) / count(sound))).ok_or(out_of_range)).transpose()?;

    let coefficients = coefficients(context, &totals, lines);
    let interval_per = |per| interval(&observed.days, &totals, &coefficients, per);
    let (interval, sound_interval) = (interval_per(Per::Decision), interval_per(Per::Sound));
    let without_errors = interval_without_errors(observed, &totals, &coefficients);
    let drivers = drivers(context, observed, &totals, &parts);
    let mut notes = Vec::new();
    if decisions < FEW {
        notes.push(format!("too few decisions: {decisions}, fewer than {FEW}; the interval is rough"));
    }
    if interval.is_none() && decisions > 1 {
        notes.push("no interval: the decisions of a day vary so much that their number cannot be told from none".to_owned());
    }
    Ok(Some(CostPerDecision {
        actor: observed.actor,
        model: observed.model.clone(),
        basis: Basis::Measured,
        currency: context.currency,
        decisions,
        outcomes: Outcomes {
            accepted: totals.with_outcome(Outcome::Accepted),
            overridden: totals.with_outcome(Outcome::Overridden),
            wrong: totals.with_outcome(Outcome::Wrong),
            escalated: totals.with_outcome(Outcome::Escalated),
        },
        total,
        per_decision,
        per_sound_decision: per_sound,
        error_cost_each: error_cost_each(context, &totals, &parts),
        parts,
        interval,
        sound_interval,
        break_even: None,
        against_people: None,
        against_people_sound: None,
        against_people_levelled: None,
        not_included,
        notes,
        without_errors,
        drivers,
        exact: fraction(total) / count(decisions),
        exact_sound: (sound > 0).then(|| fraction(total) / count(sound)),
    }))
}

/// A person's cost per decision from the people file alone; `None` where it states no handling time.
pub(super) fn entered(people: &WorkflowPeople, rate: &LoadedRate) -> Result<Option<CostPerDecision>, EconomicsError> {
    let out_of_range = EconomicsError::OutOfRange("a person's cost per decision");
    let a_minute = fraction(rate.per_hour) / count(60);
    let (basis, handling, handling_source) = match (people.published, people.handling_minutes) {
        (Some(figure), _) => (Basis::Published, figure.per_decision(), figure.citation()),
        (None, Some(minutes)) => {
            let origin = people.origin_of("handling_minutes");
            let source = format!("{minutes} min at {} {} an hour ({origin})", rate.per_hour, rate.currency);
            let basis = if people.measured.is_some() { Basis::EventLog } else { Basis::Entered };
            (basis, a_minute.clone() * fraction(minutes), source)
        }
        (None, None) => return Ok(None),
    };
    let mut not_included = Vec::new();
    let errors = match (people.error_rate, people.error_cost) {
        (Some(share), Some(cost)) => fraction(share) * fraction(cost),
        _ => {
            not_included.push("errors of people: the people file states no error_rate and error_cost".to_owned());
            count(0)
        }
    };
    // A published figure is money, and says nothing of minutes.
    let minutes = people.handling_minutes.filter(|_| people.published.is_none()).map_or(count(0), fraction);
    let measured_bounds = people.measured.as_ref().and_then(|measured| measured.low.zip(measured.high));
    let handling_exact = handling.clone();
    let exact: Fraction = &handling + &errors;
    let per_decision = to_amount(&exact).ok_or(out_of_range.clone())?;
    let exact_sound =
        people.error_rate.map(|rate| count(1) - fraction(rate)).filter(|sound| *sound > count(0)).map(|s| &exact / s);
    let handling = to_amount(&handling).ok_or(out_of_range)?;
    let part = |name: &str, kind, per_decision, source| CostPart {
        name: name.to_owned(),
        kind,
        amount: Amount::ZERO,
        per_decision,
        fixed: false,
        source,
    };
    let error_source = format!("error rate ({}) × cost ({})", people.origin_of("error_rate"), people.origin_of("error_cost"));
    Ok(Some(CostPerDecision {
        actor: Actor::Person,
        model: None,
        basis,
        currency: people.currency,
        decisions: 0,
        outcomes: Outcomes::default(),
        total: Amount::ZERO,
        per_decision,
        per_sound_decision: exact_sound.as_ref().and_then(to_amount),
        // The second by difference, so that the two sum to the rounded cost.
        parts: vec![
            part(HANDLING.name, LineKind::Handling, handling, handling_source),
            part("error cost", LineKind::Errors, per_decision - handling, error_source),
        ],
        interval: people.measured.as_ref().and_then(|measured| of_the_log(measured, &a_minute, &errors, Amount::ZERO)),
        sound_interval: people
            .measured
            .as_ref()
            .zip(people.error_rate)
            .and_then(|(measured, wrong)| of_the_log(measured, &a_minute, &errors, wrong)),
        break_even: None,
        against_people: None,
        against_people_sound: None,
        against_people_levelled: None,
        not_included,
        without_errors: None,
        drivers: Drivers {
            handling: Driver { mean: minutes, cost: handling_exact, bounds: measured_bounds },
            review: Driver::default(),
            error_rate: Driver { mean: people.error_rate.map_or(count(0), fraction), cost: errors, bounds: None },
        },
        notes: vec![match (basis, &people.measured) {
            (Basis::Published, _) => "a published figure, not one of these people: nobody's time was measured".to_owned(),
            (_, Some(measured)) => format!("no decision of a person was counted in the window; {}", measured.describe()),
            _ => "entered, not measured: no decision of a person was counted in the window".to_owned(),
        }],
        exact,
        exact_sound,
        error_cost_each: people.error_cost.map(fraction),
    }))
}

/// The interval of a handling time that a log measured, as a cost: the rate, and what errors cost, are taken as known.
fn of_the_log(measured: &MeasuredHandling, a_minute: &Fraction, errors: &Fraction, wrong: Amount) -> Option<Interval> {
    let sound = count(1) - fraction(wrong);
    if sound <= count(0) {
        return None;
    }
    let cost = |minutes: Amount| to_amount(&((a_minute * fraction(minutes) + errors) / &sound)).map(|cost| cost.round(9));
    let error = to_amount(&(a_minute * fraction(measured.standard_error?) / &sound))?.round(9);
    Some(Interval {
        low: cost(measured.low?)?,
        high: cost(measured.high?)?,
        level: "0.95".parse().expect("a decimal"),
        standard_error: error,
        method: "Student's t on the mean handling time of the log's cases; rate and cost of errors are taken as known".to_owned(),
        sampled: "cases",
        count: measured.measured_cases,
        check: None,
        degrees: measured.measured_cases.saturating_sub(1),
    })
}

fn from_line(share: &LineShare<'_>) -> CostPart {
    CostPart {
        name: share.line.name.clone(),
        kind: share.line.kind,
        amount: share.amount,
        per_decision: Amount::ZERO,
        fixed: share.line.fixed,
        source: share.line.source.clone(),
    }
}

/// A kind of people's time.
struct Labour {
    name: &'static str,
    kind: LineKind,
    figure: &'static str,
    minutes: fn(&WorkflowPeople) -> Option<Amount>,
}

const HANDLING: Labour =
    Labour { name: "handling", kind: LineKind::Handling, figure: "handling_minutes", minutes: |people| people.handling_minutes };
const REVIEW: Labour =
    Labour { name: "review", kind: LineKind::Review, figure: "review_minutes", minutes: |people| people.review_minutes };

/// Stated seconds and, for decisions without, the people file's minutes, at the loaded rate; rounded once.
fn labour(
    context: &Context<'_>,
    labour: &Labour,
    stated: Quantity,
    unstated: u64,
    not_included: &mut Vec<String>,
) -> Result<CostPart, EconomicsError> {
    let minutes = context.people.and_then(labour.minutes);
    let name = labour.name;
    if unstated > 0 && minutes.is_none() {
        let figure = labour.figure;
        not_included.push(format!("{name} of {unstated} decisions: neither they nor the people file ({figure}) state a time"));
    }
    if context.rate.is_none() && !stated.0.is_zero() {
        not_included.push(format!("{name}: {stated} s of people's time, for no people file states a wage"));
    }
    let seconds = fraction(stated.0) + count(unstated) * count(60) * fraction(minutes.unwrap_or(Amount::ZERO));
    let rate = context.rate.map_or(Amount::ZERO, |rate| rate.per_hour);
    let amount =
        to_amount(&(fraction(rate) * seconds / count(3600))).ok_or(EconomicsError::OutOfRange("the cost of people's time"))?;
    let entered = match (minutes, context.people) {
        (Some(minutes), Some(people)) if unstated > 0 => {
            format!("; {unstated} decisions at {minutes} min ({})", people.origin_of(labour.figure))
        }
        _ => String::new(),
    };
    let source = format!("{stated} s stated by decisions{entered}; {rate} {} an hour", context.currency);
    Ok(CostPart { name: name.to_owned(), kind: labour.kind, amount, per_decision: Amount::ZERO, fixed: false, source })
}

fn errors(context: &Context<'_>, totals: &Totals, not_included: &mut Vec<String>) -> Result<CostPart, EconomicsError> {
    let unstated = totals.error_cost_unstated;
    let each = context.people.and_then(|people| people.error_cost);
    if unstated > 0 && each.is_none() {
        not_included.push(format!("{unstated} wrong decisions: neither they nor the people file (error_cost) state a cost"));
    }
    let cost = fraction(totals.error_cost) + count(unstated) * fraction(each.unwrap_or(Amount::ZERO));
    let amount = to_amount(&cost).ok_or(EconomicsError::OutOfRange("the cost of errors"))?;
    let entered = match (each, context.people) {
        (Some(each), Some(people)) if unstated > 0 => {
            format!("; {unstated} wrong decisions at {each} ({})", people.origin_of("error_cost"))
        }
        _ => String::new(),
    };
    let source = format!("{} stated by decisions{entered}", totals.error_cost);
    let name = "error cost".to_owned();
    Ok(CostPart { name, kind: LineKind::Errors, amount, per_decision: Amount::ZERO, fixed: false, source })
}

/// What one wrong decision costs here: the mean of those observed, else the people file's figure.
fn error_cost_each(context: &Context<'_>, totals: &Totals, parts: &[CostPart]) -> Option<Fraction> {
    let wrong = totals.with_outcome(Outcome::Wrong);
    let observed = parts.iter().find(|part| part.kind == LineKind::Errors).map(|part| part.amount)?;
    if wrong > 0 && !observed.is_zero() {
        return Some(fraction(observed) / count(wrong));
    }
    context.people.and_then(|people| people.error_cost).map(fraction)
}

/// The interval of the cost without that of errors: what is compared where both sides are taken to err alike.
fn interval_without_errors(observed: &Observations, totals: &Totals, coefficients: &Coefficients) -> Option<Interval> {
    let mut levelled = *coefficients;
    (levelled[5], levelled[6]) = (0.0, 0.0);
    interval(&observed.days, totals, &levelled, Per::Decision)
}

/// What the cost per decision follows, for the sensitivity.
fn drivers(context: &Context<'_>, observed: &Observations, totals: &Totals, parts: &[CostPart]) -> Drivers {
    let decisions = count(totals.decisions());
    let cost_of = |kind| {
        let of_kind = parts.iter().filter(|part| part.kind == kind);
        of_kind.fold(count(0), |sum, part| sum + fraction(part.amount)) / &decisions
    };
    let time = |labour: &Labour, stated: Quantity, unstated: u64, at: usize| {
        let minutes = context.people.and_then(labour.minutes).unwrap_or(Amount::ZERO);
        let mean = (fraction(stated.0) / count(60) + count(unstated) * fraction(minutes)) / &decisions;
        let mut coefficients = [0.0; VARIABLES];
        (coefficients[at], coefficients[at + 1]) = (1.0 / 60.0, float(minutes));
        Driver { mean, cost: cost_of(labour.kind), bounds: bounds(&observed.days, totals, &coefficients) }
    };
    let mut wrong = [0.0; VARIABLES];
    wrong[WRONG] = 1.0;
    Drivers {
        handling: time(&HANDLING, totals.handling_seconds, totals.handling_unstated, 1),
        review: time(&REVIEW, totals.review_seconds, totals.review_unstated, 3),
        error_rate: Driver {
            mean: count(totals.with_outcome(Outcome::Wrong)) / &decisions,
            cost: cost_of(LineKind::Errors),
            bounds: bounds(&observed.days, totals, &wrong),
        },
    }
}

/// A decision's cost as a linear function of its variables, for the interval.
fn coefficients(context: &Context<'_>, totals: &Totals, lines: &[LineShare<'_>]) -> Coefficients {
    let sum = |by_requests: bool| lines.iter().filter(|l| l.by_requests == by_requests).map(|l| float(l.amount)).sum::<f64>();
    let second = context.rate.map_or(0.0, |rate| float(rate.per_hour)) / 3600.0;
    let minutes = |figure: fn(&WorkflowPeople) -> Option<Amount>| context.people.and_then(figure).map_or(0.0, float);
    let error_cost = minutes(|people| people.error_cost);
    // A fixed line is a known total of the window: it is spread evenly and brings no noise of its own.
    let requests = if totals.requests > 0 { sum(true) / totals.requests as f64 } else { 0.0 };
    [
        sum(false) / totals.decisions() as f64,
        second,
        second * 60.0 * minutes(HANDLING.minutes),
        second,
        second * 60.0 * minutes(REVIEW.minutes),
        1.0,
        error_cost,
        requests,
        0.0,
    ]
}
