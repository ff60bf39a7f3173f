//! Which months a delivery may replace, and what becomes of the rest: rows of other months, rows that another source has too,
//! months that are closed.

use farthing_focus::Severity;
use farthing_lake::{ChargeWriter, Totals, read_charges, shared_charges};
use farthing_store::{Dataset, Digest, RevisionFilter, RevisionId};
use farthing_types::Cost;

use crate::adjustments::Late;
use crate::billing::staged_period;
use crate::home::blocking;
use crate::publishing::{Placement, Running, StagedPeriod, Standing, same_content};
use crate::{Error, Farthing, Finding};

/// What to do with a delivery that does not simply replace months.
#[derive(Clone, Debug, Default)]
pub struct DeliveryPolicy {
    /// The files are parts of months: their rows are added to what is there, those that are there already once.
    pub partial: bool,
    /// What to do with other content for a closed month.
    pub closed: ClosedPeriods,
    /// Leave alone files that were imported before, also where a later delivery replaced them: for whoever reads a folder of
    /// deliveries again and again.
    pub only_new: bool,
    /// Why rows may be there twice, in two sources or in two files of the import.
    pub allow_overlap: Option<String>,
}

/// What to do with other content for a closed month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClosedPeriods {
    /// Import nothing.
    #[default]
    Refuse,
    /// Keep it aside, and post what it has more or less as adjustments of the next open month.
    Adjust,
}

/// A stray month is less than a tenth of what is there, and of the delivery's main month.
const STRAY: u64 = 10;
/// From a tenth of either source on, rows in two sources are refused; below, they are a warning.
const OVERLAP: u64 = 10;

/// What is to be published, and what there is to say about the rest.
#[derive(Default)]
pub(crate) struct Delivery {
    pub placements: Vec<Placement>,
    pub findings: Vec<Finding>,
    pub notes: Vec<String>,
    pub set_aside: u64,
    /// Folders that placements lie in until they are published.
    pub stagings: Vec<farthing_lake::Staging>,
}

impl DeliveryPolicy {
    /// The digest that stands for files imported under this policy: as a part of a month they mean something else.
    pub(crate) fn digest(&self, files: Digest) -> Digest {
        if self.partial { Digest::of(format!("partial {files}").as_bytes()) } else { files }
    }
}

impl Farthing {
    /// Decides about each staged month.
    ///
    /// # Errors
    /// When a month is closed or another source has its rows, and the policy does not say what to do.
    pub(crate) async fn delivery(
        &self,
        running: &Running,
        staged: Vec<StagedPeriod>,
        policy: &DeliveryPolicy,
    ) -> Result<Delivery, Error> {
        let standing = self.standing(running).await?;
        let mut delivery = Delivery::default();
        let main = staged.iter().map(|staged| staged.rows).max().unwrap_or_default();
        let (mut late, mut unchanged) = (Vec::new(), Vec::new());
        for mut staged in staged {
            let there = standing.of(staged.period);
            if standing.holds(&staged, running.digest) {
                unchanged.push(staged.period.to_string());
                continue;
            }
            if let Some(there) = there.filter(|there| !policy.partial && is_stray(&staged, main, there.rows)) {
                delivery.stray(&staged, there.rows);
                continue;
            }
            if let Some(there) = there.filter(|there| there.masking.map(|m| m.digest) != running.masked_by().map(|m| m.digest)) {
                masked_otherwise(&staged, there, running, policy)?;
            }
            if let Some(there) = there.filter(|_| policy.partial && standing.closed(staged.period).is_none()) {
                staged = self.merged(running, there, staged, &mut delivery).await?;
                if standing.holds(&staged, running.digest) {
                    unchanged.push(staged.period.to_string());
                    continue;
                }
            }
            match standing.closed(staged.period) {
                Some(closed) if policy.closed == ClosedPeriods::Refuse || policy.partial || there.is_none() => {
                    return Err(closed.into());
                }
                Some(_) => late.push(staged),
                None => {
                    self.overlaps(running, &staged, policy, &mut delivery).await?;
                    let (dataset, source, id) = (running.dataset, running.source.clone(), RevisionId::new(self.now()));
                    let what_to_do = "import the earlier files again, and then these with --partial";
                    delivery.findings.extend(there.and_then(|there| shrunk(&staged, there.rows, what_to_do)));
                    let replaces = there.map(|there| there.id);
                    delivery.placements.push(Placement { id, dataset, source, staged, replaces, restates: None });
                }
            }
        }
        self.adjust(running, &standing, late, &mut delivery).await?;
        if !unchanged.is_empty() && !delivery.placements.is_empty() {
            delivery.notes.push(format!("{}: the same rows are there already.", unchanged.join(", ")));
        }
        Ok(delivery)
    }

    /// What is there and what is delivered, put together: rows that both have are there once.
    async fn merged(
        &self,
        running: &Running,
        there: &farthing_store::Revision,
        staged: StagedPeriod,
        delivery: &mut Delivery,
    ) -> Result<StagedPeriod, Error> {
        let has_residue = |totals: &[farthing_store::RevisionTotal]| totals.iter().any(|total| total.residue.count() != 0);
        if has_residue(&there.totals) || has_residue(&staged.totals) {
            return Err(Error::Invalid(format!(
                "{}: amounts finer than 1e-18 were rounded, and what was left out is known of whole deliveries only, so that no part \
                 can be added. Give all files of the month in one import, without --partial",
                staged.period
            )));
        }
        let staging = self.lake.stage(&format!("{}-{}", running.id, staged.period))?;
        let before = self.fact_files(there);
        let work = move || {
            let mut writer = ChargeWriter::new(&staging).each_row_once();
            let new = staged.fact_files();
            for files in [before, new] {
                writer.next_file();
                for file in files {
                    read_charges(&file)?
                        .try_for_each(|rows| writer.append_rows(rows.map_err(farthing_lake::LakeError::from)?))?;
                }
            }
            let [written] = <[_; 1]>::try_from(writer.finish()?).map_err(|_| Error::Panicked("a month became several".into()))?;
            Ok((written, staging))
        };
        let (written, staging) = blocking(work).await?;
        delivery.stagings.push(staging);
        let (known, period) = (written.repeated.charges(), written.period);
        let added = written.totals.charges().saturating_sub(there.rows);
        delivery
            .notes
            .push(format!("{period}: {added} rows added to the {} that were there, {known} were there already.", there.rows));
        // What was there came with earlier imports: a row is of no file of this one.
        Ok(StagedPeriod { inputs: Vec::new(), ..staged_period(written)? })
    }

    /// Looks for the month's rows in other sources.
    async fn overlaps(
        &self,
        running: &Running,
        staged: &StagedPeriod,
        policy: &DeliveryPolicy,
        delivery: &mut Delivery,
    ) -> Result<(), Error> {
        let filter = RevisionFilter { dataset: Some(Dataset::Charges), source: None, period: Some(staged.period) };
        for other in self.store.revisions().active(&filter).await? {
            if other.source == running.source {
                continue;
            }
            let staging = self.lake.stage(&format!("{}-overlap", running.id))?;
            let (mine, theirs, period) = (staged.folder.clone(), self.folder(&other), staged.period);
            let shared = blocking(move || Ok(shared_charges(&mine, &theirs, period, staging.path())?)).await?;
            let rows = shared.charges();
            if rows == 0 {
                continue;
            }
            let there = format!(
                "{rows} of {} rows of {period} ({}) are in source {} as well",
                staged.rows,
                billed(&shared),
                other.source
            );
            let severity = match &policy.allow_overlap {
                Some(_) => Severity::Note,
                None if rows * OVERLAP >= staged.rows.min(other.rows) => {
                    return Err(Error::Invalid(format!(
                        "{there}: under two names they would count twice. Nothing was imported. Import them under that source, or \
                         say why both are right with --allow-overlap REASON"
                    )));
                }
                None => Severity::Warning,
            };
            let reason = policy.allow_overlap.clone().unwrap_or_default();
            let message = match severity {
                Severity::Note => format!("{there}; both count, for the reason given"),
                _ => format!("{there}; both count. If that is wrong, correct the export of one of them"),
            };
            let rule = "in-another-source".to_owned();
            delivery.findings.push(Finding {
                rule,
                severity,
                column: String::new(),
                count: rows,
                rows: vec![],
                value: reason,
                message,
            });
        }
        Ok(())
    }

    /// Makes adjustments of late deliveries for closed months.
    async fn adjust(
        &self,
        running: &Running,
        standing: &Standing,
        late: Vec<StagedPeriod>,
        delivery: &mut Delivery,
    ) -> Result<(), Error> {
        let filter = RevisionFilter { dataset: Some(Dataset::LateCharges), source: Some(running.source.clone()), period: None };
        let earlier = self.store.revisions().active(&filter).await?;
        for staged in late {
            let period = staged.period;
            let known = earlier.iter().find(|late| late.period == period);
            if known.is_some_and(|known| same_content(known, &staged, running.digest)) {
                delivery.notes.push(format!("{period} is closed; the same late delivery is there already."));
                continue;
            }
            let Some(closed) = standing.of(period) else { continue };
            let late = Late { staged, compared_with: known.unwrap_or(closed).clone(), replaces: known.map(|known| known.id) };
            self.post_adjustments(running, standing.next_open(period), late, delivery).await?;
        }
        Ok(())
    }
}

/// Rows that were masked otherwise neither add up with others nor differ from them in a way that means anything.
fn masked_otherwise(
    staged: &StagedPeriod,
    there: &farthing_store::Revision,
    running: &Running,
    policy: &DeliveryPolicy,
) -> Result<(), Error> {
    if !policy.partial && policy.closed == ClosedPeriods::Refuse {
        return Ok(());
    }
    let by =
        |masking: Option<farthing_store::Masking>| masking.map_or("nothing".to_owned(), |m| format!("policy v{}", m.version));
    Err(Error::Invalid(format!(
        "{}: what is there was masked by {} and this delivery by {} or another key, so that their rows cannot be compared; nothing was \
         imported. Give all files of the month, without --partial and without --closed adjust",
        staged.period,
        by(there.masking),
        by(running.masked_by())
    )))
}

pub(crate) fn is_stray(staged: &StagedPeriod, main: u64, there: u64) -> bool {
    staged.rows * STRAY < main && staged.rows * STRAY < there
}

/// What to say of a month that is replaced by less than a tenth of it: it may be a part.
pub(crate) fn shrunk(staged: &StagedPeriod, there: u64, what_to_do: &str) -> Option<Finding> {
    (staged.rows * STRAY < there).then(|| Finding {
        rule: "period-shrunk".to_owned(),
        severity: Severity::Warning,
        column: String::new(),
        count: staged.rows,
        rows: Vec::new(),
        value: staged.period.to_string(),
        message: format!(
            "{} had {there} rows and has {} now. If these are a part of the month, {what_to_do}",
            staged.period, staged.rows
        ),
    })
}

/// The billed sums, for people.
pub(crate) fn billed(totals: &Totals) -> String {
    let sums = totals.0.iter().map(|(currency, total)| format!("{currency} {} billed", total.sums[Cost::Billed]));
    sums.collect::<Vec<_>>().join(", ")
}

impl Delivery {
    fn stray(&mut self, staged: &StagedPeriod, there: u64) {
        self.set_aside += staged.rows;
        self.findings.push(Finding {
            rule: "stray-period".to_owned(),
            severity: Severity::Error,
            column: "BillingPeriodStart".to_owned(),
            count: staged.rows,
            rows: Vec::new(),
            value: staged.period.to_string(),
            message: format!(
                "a few rows of {}, of which there are {there} rows: that month stays as it is and these rows were set aside. If they \
                 are missing there, import the file again with --partial",
                staged.period
            ),
        });
    }
}
