//! Whom a recommendation waits for: given to somebody, gone to somebody else when nobody answered, and over when its time was.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use farthing_approval::{Action, Asked, Case, Details, same_person};
use farthing_identity::Role;
use farthing_store::PlanKind;
use tokio::sync::watch;

use super::KeptCase;
use super::standing::{Opened, RecommendationStanding};
use crate::alerts::hint;
use crate::jobs::{NothingWork, Work};
use crate::{Error, Farthing};

/// The longest name, in bytes.
const LONGEST_NAME: usize = 100;
/// A recommendation goes to no more people at once than this.
const MOST_AT_ONCE: u64 = 100;
/// How long one that waits for too long may go unnoticed: it waited for hours.
const BETWEEN_LOOKS: Duration = Duration::from_secs(60);

impl Farthing {
    /// Gives a recommendation to somebody to deal with, until a moment where one is named; to nobody any more without a name.
    ///
    /// # Errors
    /// When there is no such recommendation or nothing is to be done with it any more, the moment has passed, or nobody of that name is known
    /// where people log in.
    pub async fn assign_recommendation(
        &self,
        id: &str,
        to: Option<&str>,
        until: Option<DateTime<Utc>>,
        reason: &str,
        by: &str,
    ) -> Result<RecommendationStanding, Error> {
        let to = to.map(str::trim);
        if to.is_some_and(|name| name.is_empty() || name.len() > LONGEST_NAME) {
            return Err(Error::Invalid(format!("name who is to deal with recommendation {id}, in up to {LONGEST_NAME} bytes")));
        }
        if let Some(name) = to {
            self.is_somebody(name).await?;
        }
        if until.is_some_and(|until| until <= self.now()) {
            return Err(Error::Invalid("until: this moment has passed; name a later one, or none".to_owned()));
        }
        let details = Details { assignee: to.map(str::to_owned), until: until.filter(|_| to.is_some()), ..Details::default() };
        let asked = Asked { by, action: Action::Assign, reason };
        let (opened, _) = self.take_step(id, asked, |_| Ok(Some(details.clone()))).await?;
        self.told_standing(opened).await
    }

    /// Refuses a name that is nobody's, where people log in.
    async fn is_somebody(&self, name: &str) -> Result<(), Error> {
        if !self.has_identity().await? || self.known_grants().await?.iter().any(|(known, _)| same_person(known, name)) {
            return Ok(());
        }
        Err(Error::Nothing(format!("there is nobody called {name:?} here. `farthing users list` shows who there is")))
    }

    /// The roles of somebody who is known here.
    pub(super) async fn roles_of(&self, name: &str) -> Result<BTreeSet<Role>, Error> {
        let known = self.known_grants().await?.into_iter().find(|(known, _)| same_person(known, name));
        Ok(known.map(|(_, grant)| grant.roles).unwrap_or_default())
    }

    /// Records what is over, and gives what nobody answered to whom the approvals document names: of each kind the newest plan, since those
    /// before it are of no use any more. Gives what was done, in words.
    ///
    /// # Errors
    /// When the database fails; what was done until then stays done.
    pub(crate) async fn follow_recommendations(&self) -> Result<String, Error> {
        let (mut ended, mut escalated) = (0, 0);
        let by = self.actor.clone();
        for Followed { kept, is_newest } in self.followed().await? {
            let id = kept.plan.id.to_string();
            if kept.case.lapsed.is_some() {
                let asked = Asked { by: &by, action: Action::Expire, reason: "its time was over" };
                ended += u64::from(
                    self.take_step(&id, asked, |opened| Ok(opened.case.lapsed.map(|_| Details::default()))).await?.1.is_some(),
                );
            } else if is_newest {
                escalated += self.escalate(&id, &by).await?;
            }
        }
        Ok(format!("{ended} recommendations are over, {escalated} went to somebody else."))
    }

    /// True where there is anything for it to do.
    async fn has_recommendations_to_follow(&self) -> Result<bool, Error> {
        for Followed { kept, is_newest } in self.followed().await? {
            if kept.case.lapsed.is_some() {
                return Ok(true);
            }
            if is_newest && kept.case.state.is_open() {
                let opened = self.opened(&kept.plan.id.to_string()).await?;
                if opened.policy.escalation(&opened.subject, &opened.case, opened.now.at).is_some() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Those that may be over or wait for somebody: the rest is decided.
    async fn followed(&self) -> Result<Vec<Followed>, Error> {
        let kept: Vec<KeptCase> = self.kept_cases(None, None, super::LISTED).await?;
        let mut newest: BTreeMap<PlanKind, DateTime<Utc>> = BTreeMap::new();
        for one in &kept {
            let at = newest.entry(one.plan.kind).or_insert(one.plan.created_at);
            *at = one.plan.created_at.max(*at);
        }
        let is_newest = |one: &KeptCase| newest[&one.plan.kind] == one.plan.created_at && one.case.proposal.is_recommended;
        let followed = kept.into_iter().filter(|one| one.case.lapsed.is_some() || one.case.state.is_open());
        Ok(followed.map(|kept| Followed { is_newest: is_newest(&kept), kept }).collect())
    }

    /// Gives one to whom the document names, as often as it is time to.
    async fn escalate(&self, id: &str, by: &str) -> Result<u64, Error> {
        for done in 0..MOST_AT_ONCE {
            let asked = Asked { by, action: Action::Escalate, reason: "nobody answered" };
            let details = |opened: &Opened| {
                let rule = opened.policy.escalation(&opened.subject, &opened.case, opened.now.at);
                Ok(rule.map(|rule| Details {
                    policy: opened.version,
                    assignee: rule.to.clone(),
                    role: rule.to_role.clone(),
                    rule: Some(rule.name.clone()),
                    ..Details::default()
                }))
            };
            if self.take_step(id, asked, details).await?.1.is_none() {
                return Ok(done);
            }
        }
        Ok(MOST_AT_ONCE)
    }

    /// Adds a run when a recommendation is over or waits for too long, until `stop` is true. Any number of processes may.
    pub(crate) async fn watch_recommendations(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(error) = self.hint_at_recommendations().await {
                tracing::warn!("whether recommendations wait for too long is looked at again: {error}");
            }
            tokio::select! {
                () = tokio::time::sleep(BETWEEN_LOOKS) => {}
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Adds a run where there is anything for it to do; gives how many were added.
    pub(crate) async fn hint_at_recommendations(&self) -> Result<u64, Error> {
        if !self.has_recommendations_to_follow().await? {
            return Ok(0);
        }
        let now = self.store.now().await?;
        let run = hint(&Work::FollowRecommendations(NothingWork {}), now, now);
        Ok(self.store.job_runs().add_all(&[run]).await?)
    }
}

/// A recommendation that may be over, or that somebody may have to hear of.
struct Followed {
    kept: KeptCase,
    is_newest: bool,
}

/// True where somebody is to deal with it: it was given to them, or went to them or to a role of theirs.
pub(super) fn is_for(case: &Case, name: &str, roles: &BTreeSet<Role>) -> bool {
    let is_theirs = |role: &String| roles.iter().any(|own| own.as_str() == role);
    let assigned = case.waiting.assignment.as_ref().is_some_and(|assignment| same_person(&assignment.to, name));
    let escalated = case.state.is_open() && case.waiting.escalated.iter().any(|one| one.role.as_ref().is_some_and(is_theirs));
    !case.state.is_over() && (assigned || escalated)
}
