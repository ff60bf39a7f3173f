//! What makes two rows the same charge, and what kind of restatement a new revision is.

use camino::Utf8PathBuf;
use farthing_lake::{Comparison, LakeError, RowsDigest, Side};
use farthing_store::{Dataset, Restatement, Revision, RevisionTotal};
use farthing_types::Cost;

use crate::charges::columns_of;
use crate::home::blocking;
use crate::publishing::{Placement, Running};
use crate::{Error, Farthing};

/// The columns that say which charge a row is. What is not among them may change without its becoming another charge: amounts,
/// quantities and prices, tags, names, and the invoice, whose number is filled in at the end of the month.
///
/// FOCUS has no id of a charge, so several rows may have the same identity. They are then matched one by one: first those that
/// are equal in all that matters, then those at the same costs, then the cheapest with the cheapest.
pub(super) const IDENTITY: [&str; 22] = [
    "AllocatedResourceId",
    "AvailabilityZone",
    "BillingAccountId",
    "BillingCurrency",
    "CapacityReservationId",
    "ChargeCategory",
    "ChargeClass",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "CommitmentDiscountId",
    "CommitmentDiscountStatus",
    "InvoiceIssuerName",
    "PricingCategory",
    "PricingUnit",
    "RegionId",
    "ResourceId",
    "ServiceName",
    "SkuId",
    "SkuMeter",
    "SkuPriceId",
    "SubAccountId",
];

/// The columns beside the costs that make a difference: what attribution reads, its day and currency among it.
pub(super) fn matters(fields: &[String]) -> Vec<String> {
    let always = ["BillingCurrency", "ChargePeriodStart"].map(str::to_owned);
    columns_of(fields).into_iter().chain(always).collect()
}

impl Farthing {
    /// Notes of each bill that replaces an earlier one what it restates.
    pub(crate) async fn tell_restatements(&self, running: &Running, placements: &mut [Placement]) -> Result<(), Error> {
        for placement in placements.iter_mut() {
            let is_bill = matches!(placement.dataset, Dataset::Charges | Dataset::LateCharges);
            let Some(replaced) = placement.replaces.filter(|_| is_bill) else { continue };
            let before = self.store.revisions().get(replaced).await?;
            // Rows that were masked otherwise cannot be told to be the same.
            let is_comparable = before.masking.map(|masking| masking.digest) == running.masked_by().map(|masking| masking.digest);
            placement.restates = match differ(&before, &placement.staged.totals) {
                true => Some(Restatement::Amounts),
                false if is_comparable => Some(self.restates(running, &before, placement.staged.fact_files()).await?),
                false => None,
            };
        }
        Ok(())
    }

    /// What rows with the sums of an earlier revision restate of it.
    async fn restates(&self, running: &Running, before: &Revision, after: Vec<Utf8PathBuf>) -> Result<Restatement, Error> {
        let matters = matters(&self.rules().await?.0.fields_read());
        let staging = self.lake.stage(&format!("{}-restated", running.id))?;
        let before = self.fact_files(before);
        blocking(move || {
            let comparison = Comparison::of(&before, &after, &IDENTITY, &matters, staging.path())?;
            if comparison.changed() == 0 {
                return Ok(Restatement::Details);
            }
            // The charges and their costs as sets: equal where only what attribution reads is different.
            let mut digests = [RowsDigest::default(), RowsDigest::default()];
            let columns = Cost::ALL.map(Cost::column);
            comparison.visit(&columns, |side: Side, rows, identities| {
                let mut hashes = farthing_lake::row_hashes(rows, |name| columns.contains(&name))?;
                hashes.iter_mut().zip(identities).for_each(|(hash, identity)| *hash = hash.wrapping_mul(*identity | 1));
                digests[side as usize].add(&hashes);
                Ok::<_, LakeError>(())
            })?;
            Ok(if digests[0] == digests[1] { Restatement::Attribution } else { Restatement::Amounts })
        })
        .await
    }
}

/// True where two revisions have other sums, or the sums of another number of charges.
fn differ(before: &Revision, after: &[RevisionTotal]) -> bool {
    let sums = |totals: &[RevisionTotal]| {
        let mut sums: Vec<_> = totals.iter().map(|total| (total.currency, total.cost, total.amount, total.charges)).collect();
        sums.sort_unstable();
        sums
    };
    sums(&before.totals) != sums(after)
}
