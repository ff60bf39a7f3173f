use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use farthing_types::{Amount, WorkflowId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::exact::{count, to_amount};
use crate::statistics::sequential_width;

/// A decision in shadow and the one that took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShadowPair {
    /// What the shadow decided; none where it does not say.
    pub shadow: Option<String>,
    /// What took effect.
    pub real: Option<String>,
    /// Whether what took effect was found wrong.
    pub real_was_wrong: bool,
}

/// How a model in shadow agrees with what took effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShadowReport {
    /// The workflow.
    pub workflow: WorkflowId,
    /// The first moment of the window.
    pub from: DateTime<Utc>,
    /// The first moment after it.
    pub to: DateTime<Utc>,
    /// Who decided in shadow: a model, with its version where it is stated.
    pub shadow: String,
    /// Pairs in which both say what they decided.
    pub pairs: u64,
    /// Shadow decisions whose real one is not there, or that do not both say what was decided.
    pub not_compared: u64,
    /// Pairs with the same answer.
    pub agreeing: u64,
    /// Their share.
    pub agreement: Option<Amount>,
    /// The lower bound of the share; valid at every look.
    pub low: Option<Amount>,
    /// The upper bound.
    pub high: Option<Amount>,
    /// Real decisions found wrong, among the pairs.
    pub real_wrong: u64,
    /// Of these, how many the shadow decided otherwise: at most so many errors it would have avoided.
    pub real_wrong_and_shadow_differs: u64,
    /// Real decisions that stand and that the shadow decided otherwise: what would have to be looked into before it takes over.
    pub real_sound_and_shadow_differs: u64,
    /// The commonest answers that differ: what took effect, what the shadow said, how often.
    pub differences: Vec<ShadowDifference>,
    /// How the interval was taken.
    pub method: &'static str,
}

/// One way in which answers differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShadowDifference {
    /// What took effect.
    pub real: String,
    /// What the shadow decided.
    pub shadow: String,
    /// How often.
    pub pairs: u64,
}

const METHOD: &str = "95 % confidence sequence of a share (Robbins' normal mixture for bounded variables; Howard, Ramdas, McAuliffe, Sekhon, \
                      Annals of Statistics 2021), valid at every look and for any number of pairs";
const LEVEL: f64 = 0.95;
/// Ways to differ that are listed.
const MOST_DIFFERENCES: usize = 20;

/// How often a shadow agrees. `tuned_for` pairs are expected.
pub fn shadow(
    workflow: &WorkflowId,
    window: farthing_types::Window,
    name: String,
    pairs: &[ShadowPair],
    not_found: u64,
    tuned_for: u64,
) -> ShadowReport {
    let said: Vec<(&str, &str, bool)> =
        pairs.iter().filter_map(|pair| Some((pair.shadow.as_deref()?, pair.real.as_deref()?, pair.real_was_wrong))).collect();
    let (total, silent) = (said.len() as u64, (pairs.len() - said.len()) as u64);
    let how_many = |is: &dyn Fn(&(&str, &str, bool)) -> bool| said.iter().filter(|pair| is(pair)).count() as u64;
    let agreeing = how_many(&|(shadow, real, _)| shadow == real);
    let agreement = (total > 0).then(|| to_amount(&(count(agreeing) / count(total)))).flatten();
    let bounds = (total > 0).then(|| {
        let (share, pairs) = (agreeing as f64 / total as f64, total as f64);
        // A variable between 0 and 1 varies by no more than one half around its mean.
        let half = 0.5 * sequential_width(pairs, tuned_for.max(1) as f64, LEVEL) / pairs.sqrt();
        ((share - half).max(0.0), (share + half).min(1.0))
    });
    let mut ways: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (shadow, real, _) in said.iter().filter(|(shadow, real, _)| shadow != real) {
        *ways.entry((*real, *shadow)).or_default() += 1;
    }
    let mut differences: Vec<ShadowDifference> = ways
        .into_iter()
        .map(|((real, shadow), pairs)| ShadowDifference { real: real.to_owned(), shadow: shadow.to_owned(), pairs })
        .collect();
    differences.sort_by(|a, b| b.pairs.cmp(&a.pairs).then_with(|| (&a.real, &a.shadow).cmp(&(&b.real, &b.shadow))));
    differences.truncate(MOST_DIFFERENCES);
    ShadowReport {
        workflow: workflow.clone(),
        from: window.from,
        to: window.to,
        shadow: name,
        pairs: total,
        not_compared: not_found + silent,
        agreeing,
        agreement,
        low: bounds.and_then(|(low, _)| crate::cost::rounded(low)),
        high: bounds.and_then(|(_, high)| crate::cost::rounded(high)),
        real_wrong: how_many(&|(_, _, wrong)| *wrong),
        real_wrong_and_shadow_differs: how_many(&|(shadow, real, wrong)| *wrong && shadow != real),
        real_sound_and_shadow_differs: how_many(&|(shadow, real, wrong)| !wrong && shadow != real),
        differences,
        method: METHOD,
    }
}
