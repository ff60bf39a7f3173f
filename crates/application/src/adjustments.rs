//! Late deliveries for closed months: kept aside, with the difference posted to the next open month.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::FieldRef;
use arrow::record_batch::RecordBatch;
use camino::Utf8PathBuf;
use farthing_focus::{column, facts_schema};
use farthing_lake::{ChargeWriter, LakeError, Totals, read_charges};
use farthing_store::{Dataset, Revision, RevisionFilter, RevisionId};
use farthing_types::{BillingPeriod, SourceName};

use crate::billing::staged_period;
use crate::deliveries::{Delivery, billed};
use crate::home::blocking;
use crate::publishing::{Placement, Running, StagedPeriod};
use crate::{Error, Farthing};

/// A delivery for a closed month.
pub(crate) struct Late {
    pub staged: StagedPeriod,
    /// What it differs from: the late delivery before it, whose difference is posted already, or the closed revision.
    pub compared_with: Revision,
    /// The late delivery before it.
    pub replaces: Option<RevisionId>,
}

/// What an adjustment says of itself, beside the columns of the charge that it adjusts.
struct Says {
    posted_in: BillingPeriod,
    adjusts: BillingPeriod,
    revision: RevisionId,
    by: RevisionId,
}

/// Columns that say which invoice a charge is on; that of an adjustment is not known.
const INVOICE: [&str; 2] = ["InvoiceId", "InvoiceDetailId"];

impl Farthing {
    /// Posts what a late delivery has more or less to an open month, in the delta style of FOCUS: rows of the class `Correction`
    /// with the days of the original charges. They are kept under the source's own name for adjustments, so that no import of the
    /// open month replaces them.
    pub(crate) async fn post_adjustments(
        &self,
        running: &Running,
        posted_in: BillingPeriod,
        late: Late,
        delivery: &mut Delivery,
    ) -> Result<(), Error> {
        let Late { staged, compared_with, replaces } = late;
        let (id, period) = (RevisionId::new(self.now()), staged.period);
        let after: Vec<Utf8PathBuf> = staged.fact_files();
        let difference = self.engine.difference(&self.fact_files(&compared_with), &after).await?;
        delivery.placements.push(Placement {
            id,
            dataset: Dataset::LateCharges,
            source: running.source.clone(),
            staged,
            replaces,
            restates: None,
        });
        let says = Says { posted_in, adjusts: period, revision: compared_with.id, by: id };
        let rows = difference.iter().map(|rows| adjusting(rows, &says)).collect::<Result<Vec<_>, Error>>()?;
        let lines: usize = rows.iter().map(RecordBatch::num_rows).sum();
        let closed = format!("{period} is closed and stays as it is; the delivery is kept aside.");
        if lines == 0 {
            delivery.notes.push(format!("{closed} Its sums are the same, so there is nothing to adjust."));
            return Ok(());
        }
        let source = Self::adjustments_source(&running.source)?;
        let total = self.add_adjustments(running, &source, posted_in, rows, delivery).await?;
        delivery.notes.push(format!("{closed} The difference, {} in {lines} rows, is adjusted in {posted_in}.", billed(&total)));
        Ok(())
    }

    /// Adds adjustments to those that an open month has; gives what was added.
    async fn add_adjustments(
        &self,
        running: &Running,
        source: &SourceName,
        posted_in: BillingPeriod,
        rows: Vec<RecordBatch>,
        delivery: &mut Delivery,
    ) -> Result<Totals, Error> {
        let is_same = |placed: &Placement| placed.source == *source && placed.staged.period == posted_in;
        let in_this_import = delivery.placements.iter().position(is_same).map(|at| delivery.placements.remove(at));
        let filter = RevisionFilter { dataset: Some(Dataset::Charges), source: Some(source.clone()), period: Some(posted_in) };
        let there = self.store.revisions().active(&filter).await?.pop();
        let before: Vec<Utf8PathBuf> = match &in_this_import {
            Some(placed) => placed.staged.fact_files(),
            None => there.as_ref().map(|there| self.fact_files(there)).unwrap_or_default(),
        };
        let step = delivery.stagings.len();
        let staging = self.lake.stage(&format!("{}-adjustments-{step}", running.id))?;
        let work = move || {
            let mut writer = ChargeWriter::new(&staging);
            for file in before {
                read_charges(&file)?.try_for_each(|rows| writer.append_rows(rows.map_err(LakeError::from)?))?;
            }
            let earlier = writer.totals(posted_in);
            rows.into_iter().try_for_each(|rows| writer.append_rows(rows))?;
            let [written] = <[_; 1]>::try_from(writer.finish()?).map_err(|_| Error::Panicked("a month became several".into()))?;
            let added = written.totals.less(&earlier, posted_in)?;
            Ok((written, added, staging))
        };
        let (written, added, staging) = blocking(work).await?;
        delivery.stagings.push(staging);
        delivery.placements.push(Placement {
            id: RevisionId::new(self.now()),
            dataset: Dataset::Charges,
            source: source.clone(),
            staged: staged_period(written)?,
            replaces: there.map(|there| there.id),
            restates: None,
        });
        Ok(added)
    }
}

/// A difference of charges as corrections billed in another month.
fn adjusting(rows: &RecordBatch, says: &Says) -> Result<RecordBatch, Error> {
    let count = rows.num_rows();
    let text = |value: &str| -> ArrayRef { Arc::new(StringArray::from(vec![value; count])) };
    let moment = |at: chrono::DateTime<chrono::Utc>| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from(vec![at.timestamp_micros(); count]).with_timezone("UTC"))
    };
    let own = [
        ("x_AdjustsBillingPeriod", text(&says.adjusts.to_string())),
        ("x_AdjustsRevision", text(&says.revision.to_string())),
        ("x_AdjustedByRevision", text(&says.by.to_string())),
    ];
    let is_own = |name: &str| own.iter().any(|(own, _)| *own == name);
    let names = rows.schema();
    let names = names.fields().iter().map(|field| field.name().clone());
    let others: Vec<String> = names.filter(|name| column(name).is_none() && !is_own(name)).collect();
    let schema = facts_schema(&[others, own.iter().map(|(name, _)| (*name).to_owned()).collect()].concat());
    let value = |name: &str| -> ArrayRef {
        match name {
            "BillingPeriodStart" => moment(says.posted_in.start()),
            "BillingPeriodEnd" => moment(says.posted_in.end()),
            "ChargeClass" => text("Correction"),
            name if INVOICE.contains(&name) => Arc::new(StringArray::new_null(count)),
            name => match own.iter().find(|(own, _)| *own == name) {
                Some((_, value)) => value.clone(),
                None => rows.column_by_name(name).expect("the difference has every column of the facts").clone(),
            },
        }
    };
    // The engine may give text in another layout than the facts have.
    let column = |field: &FieldRef| cast(&value(field.name()), field.data_type());
    let columns = schema.fields().iter().map(column).collect::<Result<_, _>>().map_err(LakeError::from)?;
    Ok(RecordBatch::try_new(schema, columns).map_err(LakeError::from)?)
}
