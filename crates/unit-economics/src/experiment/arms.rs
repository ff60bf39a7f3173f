use std::collections::BTreeMap;

use chrono::NaiveDate;
use farthing_types::{Amount, apportion};

use super::{AiBasis, ArmDifference, Calls, Cluster, Experiment, ExperimentAi, ExperimentArm, ExperimentInput, Shown, Trial};
use crate::EconomicsError;
use crate::exact::{Fraction, count, float, fraction, to_amount};
use crate::statistics::{FIRST_LOOK, Look, SequentialDifference, Share};

const METHOD: &str = "95 % asymptotic confidence sequence (Waudby-Smith et al., Annals of Statistics 2024), valid at every look; assumes \
                      that clusters are independent, that the arms stay what they are, and that which arm a decision goes to does not \
                      depend on it";
const LEVEL: f64 = 0.95;

/// Compares two arms. The trials may come in any order.
///
/// # Errors
/// [`EconomicsError`] where an arm has no decision or a sum does not fit.
pub fn experiment(input: &ExperimentInput<'_>, by: &str, trials: &[Trial]) -> Result<Experiment, EconomicsError> {
    let mut ordered: Vec<&Trial> = trials.iter().collect();
    ordered.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    let ai = AiShares::of(input, &ordered)?;
    let [first, second] = [0, 1].map(|arm| Sums::of(input, arm, &ordered, &ai));
    let (first, second) = (first?, second?);
    let arms = [first.arm(input, 0)?, second.arm(input, 1)?];

    let clusters = clusters(input, &ordered, [&first, &second], ai.basis);
    let cost = |cluster: &[Counted; 2]| cluster.map(|arm| Share { sum: arm.cost, count: arm.decisions });
    let errors = |cluster: &[Counted; 2]| cluster.map(|arm| Share { sum: arm.wrong, count: arm.decisions });
    let of_cost = arms_differ(input, &clusters, cost, &(first.per_decision() - second.per_decision()))?;
    let of_errors = arms_differ(input, &clusters, errors, &(first.error_rate() - second.error_rate()))?;

    let mut notes = Vec::new();
    for arm in arms.iter().filter(|arm| arm.decisions < FIRST_LOOK) {
        notes.push(format!(
            "{} has {} decisions: nothing is shown before each arm has {FIRST_LOOK}, for the interval is asymptotic",
            arm.name, arm.decisions
        ));
    }
    if input.cluster == Cluster::Day && clusters.len() < 30 {
        notes.push(format!("{} days are few to be taken as clusters: the interval is rough", clusters.len()));
    }
    notes.extend(left_out(input, &ordered));
    if ai.basis == AiBasis::Decisions && !input.ai_cost.is_zero() {
        notes.push(
            "not every decision states its inference calls, nor can each be tied to usage of its own model, so what the AI cost was shared by \
             decisions: it does not tell the arms apart"
                .to_owned(),
        );
    }
    Ok(Experiment {
        workflow: input.workflow.clone(),
        from: input.window.from,
        to: input.window.to,
        currency: input.currency,
        by: by.to_owned(),
        arms: arms.into(),
        ai: ai.shown(input)?,
        cost: of_cost,
        error_rate: of_errors,
        cluster: input.cluster,
        clusters: clusters.len() as u64,
        tuned_for: input.tuned_for,
        method: METHOD,
        notes,
    })
}

/// What the figures leave out because nothing states it.
fn left_out(input: &ExperimentInput<'_>, trials: &[&Trial]) -> Vec<String> {
    let how_many = |is: fn(&Trial) -> bool| trials.iter().filter(|trial| is(trial)).count();
    let mut notes = Vec::new();
    let mut unstated = |count: usize, figure: Option<Amount>, what: &str, name: &str| {
        if count > 0 && figure.is_none() {
            notes.push(format!("{what} of {count} decisions is left out: neither they nor the people file ({name}) state it"));
        }
    };
    unstated(how_many(|trial| trial.handling_unstated), input.handling_minutes, "the handling", "handling_minutes");
    unstated(how_many(|trial| trial.review_unstated), input.review_minutes, "the review", "review_minutes");
    unstated(how_many(|trial| trial.error_cost_unstated), input.error_cost, "the cost of errors", "error_cost");
    unstated(
        how_many(|trial| !trial.handling_seconds.0.is_zero() || !trial.review_seconds.0.is_zero()),
        input.rate_per_hour,
        "the people's time",
        "wage_per_hour",
    );
    notes
}

/// What the AI cost: of each arm, of decisions in neither, and what is shared evenly.
struct AiShares {
    basis: AiBasis,
    /// Of the first arm, the second, and the others.
    own: [Amount; 3],
    /// What the bill says beyond, shared likewise.
    difference: [Amount; 3],
}

impl AiShares {
    fn of(input: &ExperimentInput<'_>, trials: &[&Trial]) -> Result<Self, EconomicsError> {
        let mut calls = [Calls::default(), Calls::default(), input.others];
        let mut is_tied = true;
        for trial in trials.iter().filter(|trial| trial.by_ai) {
            let calls = &mut calls[trial.arm];
            calls.decisions += 1;
            calls.with_requests += u64::from(trial.requests.is_some());
            calls.requests += trial.requests.unwrap_or(0);
            calls.ai_cost = total([calls.ai_cost, trial.ai_cost.unwrap_or_default()])?;
            is_tied &= trial.ai_cost.is_some();
        }
        let by_calls = calls.iter().all(|c| c.with_requests == c.decisions) && calls.iter().any(|c| c.requests > 0);
        let basis = match (is_tied && calls[0].decisions + calls[1].decisions > 0, by_calls) {
            (true, _) => AiBasis::OwnModel,
            (false, true) => AiBasis::Calls,
            (false, false) => AiBasis::Decisions,
        };
        let own = match basis {
            AiBasis::OwnModel => calls.map(|calls| calls.ai_cost),
            AiBasis::Calls => shared(input.ai_cost, calls.map(|calls| calls.requests))?,
            AiBasis::Decisions => shared(input.ai_cost, calls.map(|calls| calls.decisions))?,
        };
        let beyond = match basis {
            AiBasis::OwnModel => total([input.ai_cost, -total(own)?])?,
            AiBasis::Calls | AiBasis::Decisions => Amount::ZERO,
        };
        Ok(Self { basis, own, difference: shared(beyond, calls.map(|calls| calls.decisions))? })
    }

    fn shown(&self, input: &ExperimentInput<'_>) -> Result<ExperimentAi, EconomicsError> {
        let [first, second, others] = self.own;
        let (arms, difference) = (total([first, second])?, total(self.difference)?);
        Ok(ExperimentAi { basis: self.basis, billed: input.ai_cost, arms, others, difference })
    }
}

fn total<const N: usize>(amounts: [Amount; N]) -> Result<Amount, EconomicsError> {
    let sum = amounts.iter().try_fold(Amount::ZERO, |sum, amount| sum.checked_add(*amount));
    sum.ok_or(EconomicsError::OutOfRange("the cost of the AI"))
}

/// An amount by counts, exactly; nothing of it to anybody where there are none.
fn shared(amount: Amount, counts: [u64; 3]) -> Result<[Amount; 3], EconomicsError> {
    let weight = |count: u64| {
        i64::try_from(count).map(Amount::from_int).map_err(|_| EconomicsError::OutOfRange("a count of calls or decisions"))
    };
    let weights = [weight(counts[0])?, weight(counts[1])?, weight(counts[2])?];
    if weights.iter().all(|weight| weight.is_zero()) {
        return Ok([Amount::ZERO; 3]);
    }
    let shares = apportion(amount, &weights).map_err(|_| EconomicsError::Zero("the sum of calls or decisions"))?;
    Ok([shares[0], shares[1], shares[2]])
}

/// What an arm adds up to, exactly.
struct Sums {
    decisions: u64,
    wrong: u64,
    ai_decisions: u64,
    requests: u64,
    ai: Amount,
    ai_difference: Amount,
    handling: Fraction,
    review: Fraction,
    errors: Fraction,
}

impl Sums {
    fn of(input: &ExperimentInput<'_>, arm: usize, trials: &[&Trial], ai: &AiShares) -> Result<Self, EconomicsError> {
        let mut sums = Self {
            decisions: 0,
            wrong: 0,
            ai_decisions: 0,
            requests: 0,
            ai: ai.own[arm],
            ai_difference: ai.difference[arm],
            handling: count(0),
            review: count(0),
            errors: count(0),
        };
        let mut stated = [Amount::ZERO; 3];
        let mut unstated = [0_u64; 3];
        for trial in trials.iter().filter(|trial| trial.arm == arm) {
            sums.decisions += 1;
            sums.wrong += u64::from(trial.wrong);
            sums.ai_decisions += u64::from(trial.by_ai);
            sums.requests += if trial.by_ai { trial.requests.unwrap_or(0) } else { 0 };
            let values = [trial.handling_seconds.0, trial.review_seconds.0, trial.error_cost];
            for (sum, value) in stated.iter_mut().zip(values) {
                *sum = sum.checked_add(value).ok_or(EconomicsError::OutOfRange("a sum over decisions"))?;
            }
            let flags = [trial.handling_unstated, trial.review_unstated, trial.error_cost_unstated];
            unstated.iter_mut().zip(flags).for_each(|(sum, flag)| *sum += u64::from(flag));
        }
        if sums.decisions == 0 {
            return Err(EconomicsError::Zero("the number of decisions in an arm"));
        }
        let rate = fraction(input.rate_per_hour.unwrap_or(Amount::ZERO)) / count(3600);
        let labour = |at: usize, minutes: Option<Amount>| {
            &rate * (fraction(stated[at]) + count(unstated[at]) * count(60) * fraction(minutes.unwrap_or(Amount::ZERO)))
        };
        sums.handling = labour(0, input.handling_minutes);
        sums.review = labour(1, input.review_minutes);
        sums.errors = fraction(stated[2]) + count(unstated[2]) * fraction(input.error_cost.unwrap_or(Amount::ZERO));
        Ok(sums)
    }

    fn total(&self) -> Fraction {
        fraction(self.ai) + fraction(self.ai_difference) + &self.handling + &self.review + &self.errors
    }

    fn per_decision(&self) -> Fraction {
        self.total() / count(self.decisions)
    }

    fn error_rate(&self) -> Fraction {
        count(self.wrong) / count(self.decisions)
    }

    fn arm(&self, input: &ExperimentInput<'_>, at: usize) -> Result<ExperimentArm, EconomicsError> {
        let rounded = |value: &Fraction| to_amount(value).ok_or(EconomicsError::OutOfRange("the cost of an arm"));
        let (handling, review, errors) = (rounded(&self.handling)?, rounded(&self.review)?, rounded(&self.errors)?);
        Ok(ExperimentArm {
            name: input.arms[at].clone(),
            decisions: self.decisions,
            wrong: self.wrong,
            error_rate: rounded(&self.error_rate())?,
            ai: self.ai,
            ai_difference: self.ai_difference,
            handling,
            review,
            errors,
            total: self.ai + self.ai_difference + handling + review + errors,
            per_decision: rounded(&self.per_decision())?,
        })
    }
}

/// What a cluster has of one arm, for statistics.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    cost: f64,
    wrong: f64,
    decisions: f64,
}

fn clusters(input: &ExperimentInput<'_>, trials: &[&Trial], arms: [&Sums; 2], basis: AiBasis) -> Vec<[Counted; 2]> {
    let each = |amount: Amount, driver: u64| if driver == 0 { 0.0 } else { float(amount) / driver as f64 };
    let each_call = arms.map(|arm| each(arm.ai, if basis == AiBasis::Calls { arm.requests } else { arm.ai_decisions }));
    let each_difference = arms.map(|arm| each(arm.ai_difference, arm.ai_decisions));
    let known = |amount: Option<Amount>| amount.map_or(0.0, float);
    let second = known(input.rate_per_hour) / 3600.0;
    let counted = |trial: &Trial| {
        let ai = match (trial.by_ai, basis) {
            (false, _) => 0.0,
            (true, AiBasis::OwnModel) => float(trial.ai_cost.unwrap_or_default()) + each_difference[trial.arm],
            (true, AiBasis::Calls) => each_call[trial.arm] * trial.requests.unwrap_or(0) as f64,
            (true, AiBasis::Decisions) => each_call[trial.arm],
        };
        let minutes = |unstated: bool, figure: Option<Amount>| if unstated { 60.0 * known(figure) } else { 0.0 };
        let seconds = float(trial.handling_seconds.0)
            + minutes(trial.handling_unstated, input.handling_minutes)
            + float(trial.review_seconds.0)
            + minutes(trial.review_unstated, input.review_minutes);
        let error = float(trial.error_cost) + if trial.error_cost_unstated { known(input.error_cost) } else { 0.0 };
        let cost = ai + second * seconds + error;
        Counted { cost, wrong: f64::from(u8::from(trial.wrong)), decisions: 1.0 }
    };
    let mut by_day: BTreeMap<NaiveDate, [Counted; 2]> = BTreeMap::new();
    let mut single = Vec::new();
    for trial in trials {
        let one = counted(trial);
        match input.cluster {
            Cluster::Decision => {
                let mut cluster = [Counted::default(); 2];
                cluster[trial.arm] = one;
                single.push(cluster);
            }
            Cluster::Day => {
                let sum = &mut by_day.entry(trial.at.date_naive()).or_default()[trial.arm];
                sum.cost += one.cost;
                sum.wrong += one.wrong;
                sum.decisions += 1.0;
            }
        }
    }
    if input.cluster == Cluster::Day { by_day.into_values().collect() } else { single }
}

fn arms_differ(
    input: &ExperimentInput<'_>,
    clusters: &[[Counted; 2]],
    of: impl Fn(&[Counted; 2]) -> [Share; 2],
    exact: &Fraction,
) -> Result<ArmDifference, EconomicsError> {
    let mut running = SequentialDifference::new(LEVEL, input.tuned_for);
    let mut last: Option<Look> = None;
    let mut first_shown_after = None;
    for cluster in clusters {
        let [first, second] = of(cluster);
        running.add(first, second);
        last = running.look();
        if last.is_some_and(|look| is_shown(&look)) && first_shown_after.is_none() {
            first_shown_after = last.map(|look| look.clusters);
        }
    }
    let bound = |value: f64| crate::cost::rounded(value);
    Ok(ArmDifference {
        difference: to_amount(exact).ok_or(EconomicsError::OutOfRange("the difference of the arms"))?,
        low: last.and_then(|look| bound(look.low)),
        high: last.and_then(|look| bound(look.high)),
        standard_error: last.and_then(|look| bound(look.standard_error)),
        verdict: if last.is_some_and(|look| is_shown(&look)) { Shown::Shown } else { Shown::NotShown },
        first_shown_after,
    })
}

fn is_shown(look: &Look) -> bool {
    look.low > 0.0 || look.high < 0.0
}
