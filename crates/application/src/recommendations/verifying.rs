//! What a recommendation brought: from later bills where these can say it, or as somebody says.

use std::collections::BTreeSet;

use farthing_approval::{Action, Asked, Case, Details, Realised, months};
use farthing_store::Dataset;
use farthing_types::{Amount, BillingPeriod, Cost, Currency, Money, Selection};

use super::standing::{Opened, RecommendationStanding};
use super::steps::refused;
use crate::{ChargebackQuery, Error, Farthing};

impl Farthing {
    /// Records what an applied recommendation brought in a month: what was given, or what bills say where the plan is about units. Bills say
    /// what these units cost in all in the month before and in the month after, so that whatever else changed in them is in it too; the interval says how much such a month may
    /// differ by itself.
    ///
    /// # Errors
    /// When it is not applied to all of its units, somebody of those who made it would verify it, or nothing is given and bills do not say.
    pub async fn verify_recommendation(
        &self,
        id: &str,
        saved: Option<Amount>,
        reason: &str,
        by: &str,
    ) -> Result<RecommendationStanding, Error> {
        let asked = Asked { by, action: Action::Verify, reason };
        let opened = self.opened(id).await?;
        opened.case.check(asked, &opened.now).map_err(|refusal| refused(id, refusal))?;
        let currency = opened.subject.currency;
        let currency =
            currency.ok_or_else(|| Error::Invalid(format!("plan {id} names no currency, so nothing can be compared")))?;
        let promised = opened.subject.saved.map(|amount| Money::new(amount, currency));
        let realised = match saved {
            Some(amount) => given(Money::new(amount, currency), promised),
            None => Realised { promised, ..self.realised(&opened, currency).await? },
        };
        let details = Details { realised: Some(realised), ..Details::default() };
        let (opened, _) = self.take_step(id, asked, |_| Ok(Some(details.clone()))).await?;
        self.told_standing(opened).await
    }

    /// What the units of a plan cost before and after it was applied.
    async fn realised(&self, opened: &Opened, currency: Currency) -> Result<Realised, Error> {
        let otherwise = "say what was saved a month: `--saved AMOUNT`";
        let Case { applied_at, proposal, .. } = &opened.case;
        if proposal.units.is_empty() {
            let kind = opened.plan.kind;
            return Err(Error::Nothing(format!(
                "bills do not say what a plan of {kind} brought, since it names no units: {otherwise}"
            )));
        }
        let charged: BTreeSet<BillingPeriod> =
            self.revisions(Dataset::Charges, None).await?.iter().map(|charges| charges.period).collect();
        let found = applied_at.and_then(|applied| months(applied, charged.iter().copied(), opened.now.at));
        let (before, after) = found.ok_or_else(|| {
            Error::Nothing(format!(
                "there are no charges of a month that was over before it was applied and of one that began after it and is over: \
                 wait for the bill, or {otherwise}"
            ))
        })?;
        let (spent_before, spent_after) =
            (self.cost_of_units(opened, before, currency).await?, self.cost_of_units(opened, after, currency).await?);
        let days = |month: BillingPeriod| Amount::from_int(month.days());
        let scaled = spent_before.mul_div(days(after), days(before));
        let scaled = scaled.ok_or_else(|| Error::Invalid(format!("the cost of {before} is too large for exact arithmetic")))?;
        let units = proposal.units.iter().map(|unit| unit.as_str()).collect::<Vec<_>>().join(", ");
        let money = |amount| Money::new(amount, currency);
        let saved = scaled - spent_after;
        let by_itself = self.usual_difference(&proposal.units, currency, before, after).await?;
        Ok(Realised {
            basis: "bills".to_owned(),
            compared: format!(
                "the effective cost of {units} in all, {after} beside {before}, which is brought to as many days; \
                 whatever else changed in them is in it"
            ),
            before: Some(before),
            after: Some(after),
            cost_before: Some(money(scaled)),
            cost_after: Some(money(spent_after)),
            saved: money(saved),
            low: by_itself.map(|amount| money(saved - amount)),
            high: by_itself.map(|amount| money(saved + amount)),
            promised: None,
        })
    }

    /// What the units of a plan cost by themselves in a month.
    async fn cost_of_units(&self, opened: &Opened, month: BillingPeriod, currency: Currency) -> Result<Amount, Error> {
        let query = ChargebackQuery { selection: Selection::Period(month), cost: Cost::Effective, unit: None, reporting: None };
        let report = self.chargeback(&query).await?;
        let statement = report.statements.iter().find(|statement| statement.currency == currency);
        let statement = statement.ok_or_else(|| {
            Error::Nothing(format!(
                "nothing was billed in {currency} in {month}: say what was saved a month with `--saved AMOUNT`"
            ))
        })?;
        let units = statement.units.iter().filter(|amounts| opened.case.proposal.units.contains(&amounts.unit));
        Ok(units.map(|amounts| amounts.total).sum())
    }
}

fn given(saved: Money, promised: Option<Money>) -> Realised {
    Realised {
        basis: "given".to_owned(),
        compared: "a month, as whoever verified it says".to_owned(),
        before: None,
        after: None,
        cost_before: None,
        cost_after: None,
        saved,
        low: None,
        high: None,
        promised,
    }
}
