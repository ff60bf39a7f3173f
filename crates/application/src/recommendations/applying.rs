//! Applying a recommendation by phases and taking it back: what is applied is marked, and its files are handed to the user's pipeline.
//! Nothing is changed anywhere else.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use farthing_approval::{Action, Asked, Case, Details, Phase, Refusal, State, Step};
use farthing_optimizer::PlanDocument;
use farthing_optimizer::exports::{Export, PlanFile, export, export_measured};
use farthing_store::{Digest, Plan, PlanKind};
use farthing_types::UnitId;
use serde::Serialize;
use utoipa::ToSchema;

use super::standing::{Opened, RecommendationStanding};
use super::steps::refused;
use super::{content_of, proposal_of};
use crate::{Error, Farthing};

/// How many of the newest plans are looked at for the one before.
const LOOKED_AT: u64 = 50;

/// A phase that was applied, or what was taken back, with the files for whoever carries it out.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AppliedRecommendation)]
pub struct Applied {
    /// False where it was so already: these are the same files again.
    pub changed: bool,
    /// The units of the phase; none for the whole.
    pub units: BTreeSet<UnitId>,
    /// The form of the files; none where there are none.
    pub form: Option<String>,
    /// The recommendation whose files these are, where it is that of before (rollback).
    pub restored: Option<String>,
    /// The files: nobody but their reader changes anything by them.
    pub files: Vec<PlanFile>,
    /// Where the recommendation stands now.
    pub standing: RecommendationStanding,
}

impl Farthing {
    /// Marks a phase of an approved recommendation as applied: these units, or all that are left. Gives its files, in a form that is usual
    /// for its kind where none is named. Asked again it gives the same files, and nothing is done twice.
    ///
    /// # Errors
    /// When it is not approved, [`Error::Changed`] where it is to be planned again, outside the change windows and in a freeze with the next
    /// window, or when the form is none for this plan.
    pub async fn apply_recommendation(
        &self,
        id: &str,
        units: &BTreeSet<UnitId>,
        form: Option<Export>,
        reason: &str,
        by: &str,
    ) -> Result<Applied, Error> {
        let asked = Asked { by, action: Action::Apply, reason };
        let phase = |opened: &Opened| {
            let wanted = opened.wanted(units, asked).map_err(|refusal| refused(id, refusal))?;
            let phase = opened.case.phase(&wanted).map_err(|refusal| refused(id, refusal))?;
            let units = match phase {
                Phase::Done => return Ok(None),
                Phase::Whole => BTreeSet::new(),
                Phase::Units(units) => units,
            };
            opened.is_open_for(id, &units)?;
            let form = form.or(usual_form(opened.plan.kind));
            let files = files_of(&opened.plan, &units, form, opened.now.at)?;
            Ok(Some(Details {
                policy: opened.version,
                units,
                form: form.map(|form| form.name().to_owned()),
                files: hashes(&files),
                ..Details::default()
            }))
        };
        let (opened, taken) = self.take_step(id, asked, phase).await?;
        let changed = taken.is_some();
        let wanted = opened.wanted(units, asked).map_err(|refusal| refused(id, refusal))?;
        let step = taken.or_else(|| opened.step_of(&wanted)).ok_or_else(|| {
            Error::Invalid(format!("recommendation {id} was applied in several phases: name one of their units for its files"))
        })?;
        let (units, form) = (step.details.units.clone(), step.details.form.clone());
        // A file may state the moment it was made at: that of the step, so that it is the same file whoever asks and when.
        let files = files_of(&opened.plan, &units, form.as_deref().and_then(Export::named), step.at)?;
        Ok(Applied { changed, units, form, restored: None, files, standing: self.told_standing(opened).await? })
    }

    /// Takes back what was applied, and gives the files of the recommendation of the same kind that was applied before, where there is one.
    ///
    /// # Errors
    /// When nothing was applied, or no reason is given.
    pub async fn roll_back_recommendation(&self, id: &str, reason: &str, by: &str) -> Result<Applied, Error> {
        let opened = self.opened(id).await?;
        let applied: BTreeSet<UnitId> = opened.case.applied.keys().cloned().collect();
        let form = opened.steps.iter().rev().find_map(|step| step.details.form.as_deref().and_then(Export::named));
        let before = self.applied_before(&opened).await?;
        let (mut restored, mut files) = (None, Vec::new());
        if let Some(plan) = before {
            let theirs = proposal_of(&plan, &content_of(&plan)?).units;
            let both: BTreeSet<UnitId> = theirs.intersection(&applied).cloned().collect();
            if theirs.is_empty() || !both.is_empty() {
                (restored, files) = (Some(plan.id.to_string()), files_of(&plan, &both, form, self.now())?);
            }
        }
        let form = form.filter(|_| restored.is_some()).map(|form| form.name().to_owned());
        let details = Details {
            units: applied.clone(),
            form: form.clone(),
            files: hashes(&files),
            restored: restored.clone(),
            ..Details::default()
        };
        let asked = Asked { by, action: Action::Rollback, reason };
        let (opened, _) = self.take_step(id, asked, |_| Ok(Some(details.clone()))).await?;
        Ok(Applied { changed: true, units: applied, form, restored, files, standing: self.told_standing(opened).await? })
    }

    /// The plan of the same kind that was applied last before this one, and is not taken back.
    async fn applied_before(&self, opened: &Opened) -> Result<Option<Plan>, Error> {
        let Some((first, _)) = opened.case.applied_at else { return Ok(None) };
        let plans = self.store.plans().recent(opened.plan.kind, LOOKED_AT, None).await?;
        let ids: Vec<_> = plans.iter().map(|plan| plan.id).collect();
        let steps = self.store.recommendation_steps().of_all(&ids, None).await?;
        let mut found: Option<(DateTime<Utc>, Plan)> = None;
        for plan in plans.into_iter().filter(|plan| plan.id != opened.plan.id) {
            let Some(steps) = steps.get(&plan.id) else { continue };
            let case = Case::of(proposal_of(&plan, &content_of(&plan)?), steps, self.now());
            let is_in_use = matches!(case.state, State::PartlyApplied | State::Applied | State::Verified);
            let since = case.applied_at.map(|(_, last)| last).filter(|last| is_in_use && *last < first);
            found = since.map(|since| (since, plan)).into_iter().chain(found).max_by_key(|(since, _)| *since);
        }
        Ok(found.map(|(_, plan)| plan))
    }
}

impl Opened {
    /// The units of a phase that somebody asks for: where they are limited to units and name none, all of theirs.
    fn wanted(&self, units: &BTreeSet<UnitId>, asked: Asked<'_>) -> Result<BTreeSet<UnitId>, Refusal> {
        match &self.theirs {
            Some(theirs) if units.is_empty() => Ok(theirs.clone()),
            Some(theirs) if !units.is_subset(theirs) => {
                let others = units.difference(theirs).cloned().collect();
                Err(Refusal::NotTheirs { by: asked.by.trim().to_owned(), action: asked.action, others })
            }
            _ => Ok(units.clone()),
        }
    }

    /// Refuses what no change window is open for.
    fn is_open_for(&self, id: &str, units: &BTreeSet<UnitId>) -> Result<(), Error> {
        let whole: [&[UnitId]; 1] = [&[]];
        let of_units = units.iter().map(|unit| self.path(unit));
        let mut paths = of_units.chain(whole.into_iter().filter(|_| units.is_empty()));
        match paths.find_map(|path| self.policy.calendar.closed(path, self.now.at)) {
            Some(closed) => Err(refused(id, Refusal::Closed(closed))),
            None => Ok(()),
        }
    }

    /// The step that applied these units at once; all of them where none are named.
    fn step_of(&self, units: &BTreeSet<UnitId>) -> Option<Step> {
        let wanted = if units.is_empty() { &self.case.proposal.units } else { units };
        let mut applied = self.steps.iter().filter(|step| step.action == Action::Apply);
        applied.find(|step| step.details.units.is_superset(wanted)).cloned()
    }
}

/// The form that is usual for a kind of plan; none where it has no files.
fn usual_form(kind: PlanKind) -> Option<Export> {
    match kind {
        PlanKind::Fleet => Some(Export::Terraform),
        PlanKind::Storage => Some(Export::S3Lifecycle),
        PlanKind::Commitments | PlanKind::Contracts | PlanKind::Routing | PlanKind::Portfolio => {
            Some(Export::FocusRecommendation)
        }
        PlanKind::All => None,
    }
}

/// The files of some units of a plan; of all of it where none are named.
fn files_of(plan: &Plan, units: &BTreeSet<UnitId>, form: Option<Export>, now: DateTime<Utc>) -> Result<Vec<PlanFile>, Error> {
    let Some(form) = form else { return Ok(Vec::new()) };
    let mut content = content_of(plan)?;
    content["id"] = plan.id.to_string().into();
    let text = content.to_string();
    let failed = |error: &dyn std::fmt::Display| Error::Invalid(format!("plan {}: {error}", plan.id));
    if let Some(files) = export_measured(&text, form, now) {
        return files.map_err(|error| failed(&error));
    }
    let mut document = PlanDocument::from_json(&text).map_err(|error| failed(&error))?;
    let all = document.workloads.len();
    document.workloads.retain(|workload| units.is_empty() || workload.unit.as_ref().is_some_and(|unit| units.contains(unit)));
    if document.workloads.len() < all && matches!(form, Export::PullRequest | Export::FocusRecommendation) {
        let form = form.name();
        return Err(failed(&format!(
            "{form} states the savings of the whole plan: apply all units at once, or choose another form"
        )));
    }
    export(&document, form, now).map_err(|error| failed(&error))
}

fn hashes(files: &[PlanFile]) -> BTreeMap<String, String> {
    files.iter().map(|file| (file.name.clone(), Digest::of(file.text.as_bytes()).to_string())).collect()
}
