//! Recommendations that run in shadow: nothing is applied, and what they would have done is held beside what was done.

use chrono::{DateTime, Utc};
use farthing_approval::{Action, Agreement, Asked, Case, Details, Shadow, State, share};
use farthing_store::PlanKind;
use farthing_types::{Amount, Money};
use serde::Serialize;
use utoipa::ToSchema;

use super::standing::{Opened, RecommendationStanding};
use super::steps::refused;
use crate::{Error, Farthing};

/// What a recommendation would have done beside what was done, while it ran in shadow.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanInShadow {
    /// Its id.
    pub id: String,
    /// `fleet`, `routing` …
    pub kind: String,
    /// Where it stands.
    pub state: State,
    /// Since when it ran in shadow, by whom, and until when.
    pub shadow: Shadow,
    /// What bills and decisions say at the moment that is asked about.
    pub found: Agreement,
    /// What was put on record, oldest first.
    pub recorded: Vec<ShadowObservation>,
}

/// What somebody put on record of what was done.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShadowObservation {
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What it rests on; may be empty.
    pub reason: String,
    /// What it says.
    pub agreement: Agreement,
}

/// What somebody says was done, in place of what bills and decisions say.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// From when on; since it runs in shadow without it.
    pub from: Option<DateTime<Utc>>,
    /// The first moment after it; as long as it ran in shadow without it.
    pub until: Option<DateTime<Utc>>,
    /// What is counted, such as `hours` or `decisions`.
    pub counted: Option<String>,
    /// How many were looked at.
    pub of: Option<Amount>,
    /// In how many of them it was as planned.
    pub agreed: Option<Amount>,
    /// What was paid, in the plan's currency.
    pub cost: Option<Amount>,
}

impl Farthing {
    /// Puts a recommendation in shadow: nothing of it is applied, until it is taken out again.
    ///
    /// # Errors
    /// When something of it is applied or it is over, or the moment has passed.
    pub async fn shadow_recommendation(
        &self,
        id: &str,
        until: Option<DateTime<Utc>>,
        reason: &str,
        by: &str,
    ) -> Result<RecommendationStanding, Error> {
        if until.is_some_and(|until| until <= self.now()) {
            return Err(Error::Invalid("until: this moment has passed; name a later one, or none".to_owned()));
        }
        let details = Details { until, ..Details::default() };
        let asked = Asked { by, action: Action::Shadow, reason };
        let (opened, _) = self.take_step(id, asked, |_| Ok(Some(details.clone()))).await?;
        self.told_standing(opened).await
    }

    /// Takes it out of shadow, with what was found until then on record. It waits for approval again.
    ///
    /// # Errors
    /// When it is not in shadow, or the facts cannot be read.
    pub async fn resume_recommendation(&self, id: &str, reason: &str, by: &str) -> Result<RecommendationStanding, Error> {
        let asked = Asked { by, action: Action::Resume, reason };
        let opened = self.opened(id).await?;
        opened.case.check(asked, &opened.now).map_err(|refusal| refused(id, refusal))?;
        let found = self.shadow_facts(&opened, &in_shadow(id, &opened.case)?).await?;
        let details = Details { agreement: Some(found), ..Details::default() };
        let (opened, _) = self.take_step(id, asked, |_| Ok(Some(details.clone()))).await?;
        self.told_standing(opened).await
    }

    /// Puts on record what was done while it ran in shadow: as bills and decisions say, or as somebody says. Never by who proposed it.
    ///
    /// # Errors
    /// When it never ran in shadow, somebody of those who made it would say so, or a figure makes no sense.
    pub async fn observe_recommendation(
        &self,
        id: &str,
        given: Option<&Observation>,
        reason: &str,
        by: &str,
    ) -> Result<RecommendationStanding, Error> {
        let asked = Asked { by, action: Action::Observe, reason };
        let opened = self.opened(id).await?;
        let shadow = in_shadow(id, &opened.case)?;
        opened.case.check(asked, &opened.now).map_err(|refusal| refused(id, refusal))?;
        let agreement = match given {
            None => self.shadow_facts(&opened, &shadow).await?,
            Some(given) => given.agreement(&opened, &shadow).map_err(|why| Error::Invalid(format!("{id}: {why}")))?,
        };
        let details = Details { agreement: Some(agreement), ..Details::default() };
        let (opened, _) = self.take_step(id, asked, |_| Ok(Some(details.clone()))).await?;
        self.told_standing(opened).await
    }

    /// What it would have done beside what was done.
    ///
    /// # Errors
    /// When it never ran in shadow, or the facts cannot be read.
    pub async fn shadow_report(&self, id: &str) -> Result<PlanInShadow, Error> {
        let opened = self.opened(id).await?;
        if opened.theirs.is_some() {
            return Err(Error::Forbidden(format!("what recommendation {id} would have done is told of the whole organisation")));
        }
        let shadow = in_shadow(id, &opened.case)?;
        let found = self.shadow_facts(&opened, &shadow).await?;
        let recorded = opened.steps.iter().filter_map(|step| {
            let agreement = step.details.agreement.clone()?;
            Some(ShadowObservation { by: step.by.clone(), at: step.at, reason: step.reason.clone(), agreement })
        });
        Ok(PlanInShadow {
            id: opened.plan.id.to_string(),
            kind: opened.plan.kind.to_string(),
            state: opened.case.state,
            recorded: recorded.collect(),
            shadow,
            found,
        })
    }

    /// What the facts of the time in shadow say.
    async fn shadow_facts(&self, opened: &Opened, shadow: &Shadow) -> Result<Agreement, Error> {
        let (from, until) = (shadow.since, shadow.end(opened.now.at).max(shadow.since));
        let mut found = match opened.plan.kind {
            PlanKind::Fleet => self.fleet_beside(opened, from, until).await?,
            PlanKind::Routing => self.routing_beside(opened, from, until).await?,
            kind => untold(
                from,
                until,
                format!(
                    "What a plan of {kind} decides stands in no bill by itself: say what was done, with \
                     `farthing recommendations observe {} --cost AMOUNT`.",
                    opened.plan.id
                ),
            ),
        };
        let end = opened.plan.expires_at;
        if end < found.until {
            let end = end.format("%Y-%m-%d %H:%MZ");
            found.untold.push(format!("From {end} on the plan was not to be followed any more; it is compared all the same."));
        }
        Ok(found)
    }
}

/// Whether it runs, or ran, in shadow.
fn in_shadow(id: &str, case: &Case) -> Result<Shadow, Error> {
    let never = || Error::Invalid(format!("recommendation {id} never ran in shadow: `farthing recommendations shadow {id}`"));
    case.shadow.clone().ok_or_else(never)
}

/// An agreement that nothing can be told of.
pub(super) fn untold(from: DateTime<Utc>, until: DateTime<Utc>, why: String) -> Agreement {
    Agreement {
        basis: "nothing".to_owned(),
        compared: "nothing".to_owned(),
        from,
        until,
        counted: String::new(),
        of: None,
        agreed: None,
        share: None,
        cost_done: None,
        cost_planned: None,
        difference: None,
        lines: Vec::new(),
        untold: vec![why],
    }
}

impl Observation {
    /// What somebody says, beside what the plan costs in the same time.
    fn agreement(&self, opened: &Opened, shadow: &Shadow) -> Result<Agreement, String> {
        let from = self.from.unwrap_or(shadow.since);
        let until = self.until.unwrap_or_else(|| shadow.end(opened.now.at));
        if from < shadow.since || from >= until || until > opened.now.at {
            return Err("the time lies where it ran in shadow, the later moment second, and not in the future".to_owned());
        }
        let mut found = untold(from, until, String::new());
        found.untold.clear();
        (found.basis, found.compared) = ("given".to_owned(), "as whoever put it on record says".to_owned());
        match (self.of, self.agreed) {
            (Some(of), Some(agreed)) if Amount::ZERO <= agreed && agreed <= of && of > Amount::ZERO => {
                (found.of, found.agreed, found.share) = (Some(of), Some(agreed), share(agreed, of));
                found.counted = self.counted.clone().filter(|word| !word.trim().is_empty()).unwrap_or_else(|| "hours".to_owned());
            }
            (None, None) => found.untold.push("How far it was as planned was not said.".to_owned()),
            _ => {
                return Err("say both how many were looked at and how many of them were as planned, which are no more".to_owned());
            }
        }
        match (self.cost, opened.subject.currency) {
            (Some(cost), Some(currency)) => {
                let done = Money::new(cost, currency);
                found.cost_done = Some(done);
                found.cost_planned = planned_cost(opened, until - from);
                found.difference = found.cost_planned.map(|planned| Money::new(done.amount - planned.amount, currency));
            }
            (Some(_), None) => return Err("the plan names no currency, so nothing can be compared with a cost".to_owned()),
            (None, _) => found.untold.push("What was paid was not said.".to_owned()),
        }
        if found.of.is_none() && found.cost_done.is_none() {
            return Err("say what was done: how many were as planned and of how many, what was paid, or both".to_owned());
        }
        if found.cost_done.is_some() && found.cost_planned.is_none() {
            found.untold.push("What the plan costs in this time is not known: it states no cost for months or hours.".to_owned());
        }
        Ok(found)
    }
}

/// What a plan costs in so long: its share of the hours or months that it is for.
fn planned_cost(opened: &Opened, time: chrono::TimeDelta) -> Option<Money> {
    let planned: Money = serde_json::from_value(opened.content["cost_planned"].clone()).ok()?;
    let seconds = Amount::from_int(time.num_seconds());
    let whole = match (opened.content["months"].as_i64(), opened.content["hours"].as_i64()) {
        (Some(months), _) => months.checked_mul(MONTH_SECONDS)?,
        (None, Some(hours)) => hours.checked_mul(3_600)?,
        (None, None) => return None,
    };
    planned.amount.mul_div(seconds, Amount::from_int(whole)).map(|amount| Money::new(amount, planned.currency))
}

/// Seconds of a month on the average: 730.5 hours.
const MONTH_SECONDS: i64 = 2_629_800;
