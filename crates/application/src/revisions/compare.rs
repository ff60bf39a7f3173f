//! The comparison of two revisions: row by row, and apart from that by what both cost as a whole.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use camino::{Utf8Path, Utf8PathBuf};
use chrono::TimeDelta;
use farthing_attribution::{ChargeGroup, Charges, Drivers, KeyTable, RuleSet, attribute};
use farthing_lake::{Comparison, Side, Staging};
use farthing_store::{Dataset, Revision, RevisionId};
use farthing_types::{Currency, FourCosts, SourceName, Window};

use super::adding::{Holder, Parts, add_kind, lines, plus};
use super::gathered::{Gathered, label_sources, labels};
use super::identity::{IDENTITY, matters};
use super::matching::ChangedRows;
use super::report::{KindChange, MovedByRules, RevisionDiff, RowChanges, RuleChange, ServiceChange, TotalChange, UnitChange};
use super::{ChangeKind, RevisionLine};
use crate::documents::RulesVersion;
use crate::home::blocking;
use crate::{Error, Farthing};

const SERVICE: &str = "ServiceName";

/// A rule set with what its pools are split by.
struct Rules {
    set: RuleSet,
    version: RulesVersion,
    drivers: Drivers,
}

/// All that a comparison needs.
struct Compared {
    files: [Vec<Utf8PathBuf>; 2],
    fields: Vec<String>,
    /// Both revisions as a whole, the earlier one as source 0.
    keys: KeyTable,
    groups: Vec<ChargeGroup>,
    window: Window,
    rules: Rules,
    /// The rules in force before the later revision came, where they are others.
    earlier: Option<Rules>,
    totals: Vec<TotalChange>,
}

/// What came of it.
struct Found {
    identity: Vec<String>,
    rows: RowChanges,
    kinds: Vec<KindChange>,
    units: Vec<UnitChange>,
    services: Vec<ServiceChange>,
    rules: Option<RuleChange>,
    problems: Vec<String>,
}

impl Farthing {
    /// Compares two revisions of the charges of one period.
    pub(super) async fn compare(&self, before: Revision, after: Revision) -> Result<RevisionDiff, Error> {
        let is_bill = |revision: &Revision| matches!(revision.dataset, Dataset::Charges | Dataset::LateCharges);
        if before.period != after.period || !is_bill(&before) || !is_bill(&after) {
            let said = |revision: &Revision| format!("the {} of {} for {}", revision.dataset, revision.source, revision.period);
            return Err(Error::Invalid(format!(
                "{} and {} cannot be compared: name two revisions of the charges of one period",
                said(&before),
                said(&after)
            )));
        }
        let revisions = self.with_files(vec![before, after]).await?;
        let window = revisions[1].period.window();
        let (set, version) = self.rules().await?;
        let rules = Rules { drivers: self.drivers(&set, window).await?, set, version };
        let earlier = self.rules_before(&revisions[1], version).await?;
        let mut fields = rules.set.fields_read();
        let also = earlier.iter().flat_map(|earlier| earlier.set.fields_read()).chain([SERVICE.to_owned()]);
        for field in also {
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        let (keys, groups) = self.charge_groups(&revisions, fields.clone()).await?;
        let files = [self.fact_files(&revisions[0]), self.fact_files(&revisions[1])];
        let totals = totals(&revisions[0], &revisions[1])?;
        let compared = Compared { files, fields, keys, groups, window, rules, earlier, totals };
        let staging = self.lake.stage(&format!("diff-{}", RevisionId::new(self.now())))?;
        let (found, totals, rule_set) = blocking(move || {
            let found = compared.found(&staging)?;
            Ok((found, compared.totals, compared.rules.version.rules))
        })
        .await?;
        let [before, after] = <[RevisionLine; 2]>::try_from(self.lines_of_revisions(&revisions).await?)
            .map_err(|_| Error::Panicked("two revisions became another number".to_owned()))?;
        let Found { identity, rows, kinds, units, services, rules, problems } = found;
        let restates = restated(&rows);
        let proven = problems.is_empty();
        Ok(RevisionDiff {
            before,
            after,
            restates,
            rule_set,
            identity,
            totals,
            proven,
            problems,
            rows,
            kinds,
            units,
            services,
            rules,
        })
    }

    /// The rules in force just before a revision came, where they are others than those in force.
    async fn rules_before(&self, after: &Revision, version: RulesVersion) -> Result<Option<Rules>, Error> {
        let just_before = after.imported_at - TimeDelta::microseconds(1);
        let (set, earlier) = self.at(Some(just_before)).rules().await?;
        if earlier == version {
            return Ok(None);
        }
        Ok(Some(Rules { drivers: self.drivers(&set, after.period.window()).await?, set, version: earlier }))
    }
}

fn restated(rows: &RowChanges) -> &'static str {
    match rows {
        RowChanges { up: 0, down: 0, new: 0, gone: 0, retagged: 0, details: 0, .. } => "nothing",
        RowChanges { up: 0, down: 0, new: 0, gone: 0, retagged: 0, .. } => "details",
        RowChanges { up: 0, down: 0, new: 0, gone: 0, .. } => "attribution",
        _ => "amounts",
    }
}

/// The difference of what the catalogue says of both.
fn totals(before: &Revision, after: &Revision) -> Result<Vec<TotalChange>, Error> {
    let mut totals: BTreeMap<Currency, TotalChange> = BTreeMap::new();
    for (side, revision) in Side::BOTH.into_iter().zip([before, after]) {
        for total in &revision.totals {
            let (currency, zero) = (total.currency, FourCosts::ZERO);
            let line = totals.entry(currency).or_insert(TotalChange { currency, before: zero, after: zero, change: zero });
            let sums = if side == Side::Before { &mut line.before } else { &mut line.after };
            sums[total.cost] = total.amount;
        }
    }
    for line in totals.values_mut() {
        line.change = plus(line.after, -line.before)?;
    }
    Ok(totals.into_values().collect())
}

fn scratch_failed(path: &Utf8Path) -> impl Fn(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Home { path: path.to_string(), source }
}

impl Compared {
    fn found(&self, staging: &Staging) -> Result<Found, Error> {
        let mut problems = Vec::new();
        let mut parts = (Parts::new(), Parts::new());
        self.add_wholes(&mut parts)?;
        let comparison = Comparison::of(&self.files[0], &self.files[1], &IDENTITY, &matters(&self.fields), staging.path())?;
        let kinds = self.add_changes(&comparison, staging, &mut parts)?;
        let rows = self.row_changes(&comparison, &kinds, &mut problems);
        let units = parts.0.finish(|holder| format!("{holder:?}"), &mut problems)?;
        let services = parts.1.finish(|service: &Option<String>| format!("{service:?}"), &mut problems)?;
        let changes = |part: &super::PartChange| (part.currency, part.change);
        self.prove("all changes", kinds.iter().map(|kind| (kind.currency, kind.change)), &mut problems)?;
        self.prove("changes by unit", units.iter().map(|(_, part)| changes(part)), &mut problems)?;
        self.prove("changes by service", services.iter().map(|(_, part)| changes(part)), &mut problems)?;
        let unit = |(holder, change): (Holder, _)| {
            let (unit, reason) = holder.names();
            UnitChange { unit, reason, change }
        };
        Ok(Found {
            identity: comparison.identity().to_vec(),
            rows,
            kinds,
            units: units.into_iter().map(unit).collect(),
            services: services.into_iter().map(|(service, change)| ServiceChange { service, change }).collect(),
            rules: self.rule_change()?,
            problems,
        })
    }

    /// Adds what both revisions cost as a whole, by unit and by service.
    fn add_wholes(&self, (units, services): &mut (Parts<Holder>, Parts<Option<String>>)) -> Result<(), Error> {
        let sources = Side::BOTH.map(|side| format!("{side:?}").parse::<SourceName>().expect("a short word is a name"));
        let input = Charges { keys: &self.keys, sources: &sources, groups: &self.groups, window: self.window };
        let attribution = attribute(&self.rules.set, &input, &self.rules.drivers)?;
        for (side, source) in Side::BOTH.into_iter().zip(&sources) {
            for (holder, currency, charges, costs, is_share) in lines(&attribution, source) {
                units.add(holder, currency, side, charges, costs, is_share)?;
            }
        }
        let mut by_service: HashMap<(Option<&str>, Currency, u32), (u64, FourCosts)> = HashMap::new();
        for group in &self.groups {
            let (charges, costs) = by_service.entry((service(&self.keys, group.key), group.currency, group.source)).or_default();
            (*charges, *costs) = (*charges + group.charges, plus(*costs, group.costs)?);
        }
        for ((service, currency, source), (charges, costs)) in by_service {
            services.add(service.map(str::to_owned), currency, Side::BOTH[source as usize], charges, costs, false)?;
        }
        Ok(())
    }

    /// Adds the rows that changed, by kind, unit and service.
    fn add_changes(
        &self,
        comparison: &Comparison,
        staging: &Staging,
        (units, services): &mut (Parts<Holder>, Parts<Option<String>>),
    ) -> Result<Vec<KindChange>, Error> {
        let failed = scratch_failed(staging.path());
        let mut gathered = Gathered::new(&self.fields);
        let mut rows = ChangedRows::new(staging.path(), comparison.changed()).map_err(&failed)?;
        let columns: Vec<String> = gathered.columns().into_iter().map(str::to_owned).collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        comparison.visit(&columns, |side, batch, identities| {
            gathered.add(side, batch, identities, |row| rows.push(row).map_err(&failed))
        })?;
        let sums = rows.matched().map_err(&failed)?;
        let (keys, groups) = gathered.into_charges(&sums)?;
        let (labels, sources) = (labels(), label_sources());
        let mut kinds = Vec::new();
        for group in &groups {
            let label = labels[group.source as usize];
            add_kind(&mut kinds, group.currency, label, group.charges, group.costs)?;
            services.add_changed(
                service(&keys, group.key).map(str::to_owned),
                group.currency,
                label,
                group.charges,
                group.costs,
            )?;
        }
        kinds.sort_unstable_by_key(|kind| (kind.currency, kind.kind));
        // Without what pools are split by: shares of pools are no charges.
        let without_pools = Charges { keys: &keys, sources: &sources, groups: &groups, window: self.window };
        let attribution = attribute(&self.rules.set, &without_pools, &Drivers::new())?;
        for (label, source) in labels.iter().zip(&sources) {
            for (holder, currency, charges, costs, is_share) in lines(&attribution, source) {
                if !is_share {
                    units.add_changed(holder, currency, *label, charges, costs)?;
                }
            }
        }
        Ok(kinds)
    }

    fn row_changes(&self, comparison: &Comparison, kinds: &[KindChange], problems: &mut Vec<String>) -> RowChanges {
        let both = comparison.unchanged + comparison.details;
        let of = |rows: fn(&KindChange) -> u64| both + kinds.iter().map(rows).sum::<u64>();
        let whole = |side: u32| self.groups.iter().filter(|group| group.source == side).map(|group| group.charges).sum::<u64>();
        if (of(|kind| kind.rows_before), of(|kind| kind.rows_after)) != (whole(0), whole(1)) {
            problems.push("rows: those that are the same and those that changed are not all rows".to_owned());
        }
        let count = |kind: ChangeKind| {
            let mine = kinds.iter().filter(|change| change.kind == kind);
            mine.map(|change| change.rows_before.max(change.rows_after)).sum()
        };
        RowChanges {
            unchanged: comparison.unchanged,
            details: comparison.details,
            retagged: count(ChangeKind::Retagged),
            up: count(ChangeKind::Up),
            down: count(ChangeKind::Down),
            new: count(ChangeKind::New),
            gone: count(ChangeKind::Gone),
        }
    }

    /// Notes where changes do not add up to the difference of the totals.
    fn prove(
        &self,
        what: &str,
        changes: impl Iterator<Item = (Currency, FourCosts)>,
        problems: &mut Vec<String>,
    ) -> Result<(), Error> {
        let mut sums: BTreeMap<Currency, FourCosts> = BTreeMap::new();
        for (currency, change) in changes {
            let sum = sums.entry(currency).or_default();
            *sum = plus(*sum, change)?;
        }
        let expected: BTreeMap<Currency, FourCosts> = self.totals.iter().map(|total| (total.currency, total.change)).collect();
        let currencies = sums.keys().chain(expected.keys()).collect::<BTreeSet<_>>();
        for currency in currencies {
            let of = |map: &BTreeMap<Currency, FourCosts>| map.get(currency).copied().unwrap_or_default();
            if of(&sums) != of(&expected) {
                problems.push(format!("{what}, {currency}: their sum is not the difference of the totals"));
            }
        }
        Ok(())
    }

    /// What the rules in force move in the earlier revision, beside those of then.
    fn rule_change(&self) -> Result<Option<RuleChange>, Error> {
        let Some(earlier) = &self.earlier else { return Ok(None) };
        let sources = [Side::Before].map(|side| format!("{side:?}").parse::<SourceName>().expect("a short word is a name"));
        let groups: Vec<ChargeGroup> = self.groups.iter().filter(|group| group.source == 0).copied().collect();
        let input = Charges { keys: &self.keys, sources: &sources, groups: &groups, window: self.window };
        let mut moved: BTreeMap<(Holder, Currency), FourCosts> = BTreeMap::new();
        for (rules, takes) in [(earlier, true), (&self.rules, false)] {
            let attribution = attribute(&rules.set, &input, &rules.drivers)?;
            for (holder, currency, _, costs, _) in lines(&attribution, &sources[0]) {
                let sum = moved.entry((holder, currency)).or_default();
                *sum = plus(*sum, if takes { -costs } else { costs })?;
            }
        }
        let line = |((holder, currency), change): ((Holder, Currency), FourCosts)| {
            let (unit, reason) = holder.names();
            MovedByRules { unit, reason, currency, change }
        };
        let units = moved.into_iter().filter(|(_, change)| !change.is_zero()).map(line).collect();
        Ok(Some(RuleChange { from: earlier.version.rules, to: self.rules.version.rules, units }))
    }
}

fn service(keys: &KeyTable, key: u32) -> Option<&str> {
    keys.column(SERVICE).and_then(|column| keys.value(key, column))
}
