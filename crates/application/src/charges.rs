//! A period's charges as attribution wants them: distinct keys, and the money of each by day.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use camino::Utf8Path;
use chrono::NaiveTime;
use farthing_attribution::{ABSENT, ChargeGroup, Charges, KeyTable, RuleSet};
use farthing_focus::is_key_column;
use farthing_lake::{RollupCell, read_keys, read_rollup};
use farthing_query::FactGroup;
use farthing_store::{Dataset, Revision};
use farthing_types::{Amount, BillingPeriod, Cost, Selection, SourceName, Window};

use crate::home::blocking;
use crate::{Error, Farthing};

/// The charges that a statement is about, with the revisions that they come from.
pub(crate) struct PeriodCharges {
    pub keys: KeyTable,
    pub sources: Vec<SourceName>,
    pub groups: Vec<ChargeGroup>,
    /// The revisions that some of them come from.
    pub revisions: Vec<Revision>,
    pub window: Window,
    pub selection: Selection,
}

impl PeriodCharges {
    /// The groups that are selected, each with its quantity apart, and the revisions that have some; `None` where none are.
    fn of(
        selection: Selection,
        keys: KeyTable,
        mut revisions: Vec<Revision>,
        mut groups: Vec<(ChargeGroup, Amount)>,
    ) -> Option<(Self, Vec<Amount>)> {
        let window = selection.window();
        if let Selection::Window(window) = selection {
            let (first, after) = (window.from.date_naive(), window.to.date_naive());
            groups.retain(|(group, _)| first <= group.day && group.day < after);
            // A revision that has none of the days is not part of the answer.
            let used: BTreeSet<u32> = groups.iter().map(|(group, _)| group.source).collect();
            let position: HashMap<u32, u32> = used.iter().copied().zip(0..).collect();
            groups.iter_mut().for_each(|(group, _)| group.source = position[&group.source]);
            revisions = (0..).zip(revisions).filter(|(at, _)| used.contains(at)).map(|(_, revision)| revision).collect();
            if revisions.is_empty() {
                return None;
            }
        }
        // Attribution proves by source: revisions of several periods of one source are one.
        let sources: Vec<SourceName> =
            revisions.iter().map(|revision| revision.source.clone()).collect::<BTreeSet<_>>().into_iter().collect();
        let place = |revision: &Revision| sources.iter().position(|source| *source == revision.source).unwrap_or_default() as u32;
        let places: Vec<u32> = revisions.iter().map(place).collect();
        groups.iter_mut().for_each(|(group, _)| group.source = places[group.source as usize]);
        let (groups, quantities) = groups.into_iter().unzip();
        Some((Self { keys, sources, groups, revisions, window, selection }, quantities))
    }

    pub fn as_input(&self) -> Charges<'_> {
        Charges { keys: &self.keys, sources: &self.sources, groups: &self.groups, window: self.window }
    }
}

/// Parsed tag sets that are remembered.
const MOST_TAG_SETS: usize = 1 << 18;

/// The columns that fields are read from: tags stand in a column of their own, which is always there.
pub(crate) fn columns_of(fields: &[String]) -> Vec<String> {
    let mut columns: Vec<String> = fields.iter().filter(|field| !field.starts_with("tag:")).cloned().collect();
    if !columns.iter().any(|column| column == "Tags") {
        columns.push("Tags".to_owned());
    }
    columns
}

/// Where a field's value comes from.
enum Origin {
    Column(usize),
    Tag(String),
}

/// Distinct keys of all revisions of a period, over the fields that are wanted.
pub(crate) struct Gathering {
    pub keys: KeyTable,
    known: HashMap<Vec<u32>, u32>,
    origins: Vec<Origin>,
    tags_column: Option<usize>,
    parsed_tags: HashMap<Arc<str>, Arc<serde_json::Map<String, serde_json::Value>>>,
}

impl Gathering {
    pub fn new(fields: &[String], columns: &[String]) -> Self {
        let position = |name: &str| columns.iter().position(|column| column == name);
        let origin = |field: &String| match field.strip_prefix("tag:") {
            Some(tag) => Origin::Tag(tag.to_owned()),
            None => Origin::Column(position(field).expect("every field that is no tag is among the columns")),
        };
        Self {
            keys: KeyTable::new(fields.iter().cloned()),
            known: HashMap::new(),
            origins: fields.iter().map(origin).collect(),
            tags_column: position("Tags"),
            parsed_tags: HashMap::new(),
        }
    }

    /// The key of these column values; one that was seen before is not added again.
    pub fn key_of(&mut self, values: &[Option<Arc<str>>]) -> u32 {
        let tags = self.tags_column.and_then(|at| values[at].clone()).map(|text| self.tags(text));
        let mut ids = Vec::with_capacity(self.origins.len());
        for (field, origin) in self.origins.iter().enumerate() {
            let id = match origin {
                Origin::Column(at) => values[*at].as_deref().and_then(|value| self.keys.intern(field, value)),
                Origin::Tag(name) => {
                    let value = tags.as_ref().and_then(|tags| tags.get(name)).and_then(tag_text);
                    value.and_then(|value| self.keys.intern(field, &value))
                }
            };
            ids.push(id.unwrap_or(ABSENT));
        }
        match self.known.get(&ids) {
            Some(&key) => key,
            None => {
                let key = self.keys.push_ids(&ids).expect("the ids were just interned");
                self.known.insert(ids, key);
                key
            }
        }
    }

    fn tags(&mut self, text: Arc<str>) -> Arc<serde_json::Map<String, serde_json::Value>> {
        let parse = |text: &str| Arc::new(serde_json::from_str(text).unwrap_or_default());
        // Where nearly every row has tags of its own, remembering them gains nothing.
        if self.parsed_tags.len() > MOST_TAG_SETS {
            self.parsed_tags.clear();
        }
        self.parsed_tags.entry(text.clone()).or_insert_with(|| parse(&text)).clone()
    }
}

/// A tag's value as text; null and empty count as no value.
pub(crate) fn tag_text(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        other => Some(other.to_string()),
    }
}

/// Refuses a window that charges, which are rolled up by day, cannot answer for.
fn whole_days(selection: Selection) -> Result<(), Error> {
    let window = selection.window();
    if [window.from, window.to].iter().any(|moment| moment.time() != NaiveTime::MIN) {
        return Err(Error::Invalid(format!(
            "{window} does not begin and end at midnight (UTC), and charges are rolled up by day: write for example 2026-05-01/2026-05-08"
        )));
    }
    Ok(())
}

/// The fields of a key table for `rules` and `also`.
fn fields_of(rules: &RuleSet, also: &[&str]) -> Vec<String> {
    let mut fields = rules.fields_read();
    for field in also {
        if !fields.iter().any(|known| known == field) {
            fields.push((*field).to_owned());
        }
    }
    fields
}

/// One group a source, key, currency and day, wherever its parts come from: roll-ups keep more columns apart than a scan.
fn put_together(groups: Vec<(ChargeGroup, Amount)>) -> Result<Vec<(ChargeGroup, Amount)>, Error> {
    let mut sums: BTreeMap<_, (ChargeGroup, Amount)> = BTreeMap::new();
    let out = || Error::Invalid("the costs or quantities of charges that are alike do not fit".to_owned());
    for (group, quantity) in groups {
        match sums.entry((group.source, group.key, group.currency, group.day)) {
            Entry::Vacant(place) => {
                place.insert((group, quantity));
            }
            Entry::Occupied(mut place) => {
                let (sum, quantities) = place.get_mut();
                for cost in Cost::ALL {
                    sum.costs[cost] = sum.costs[cost].checked_add(group.costs[cost]).ok_or_else(out)?;
                }
                sum.charges = sum.charges.checked_add(group.charges).ok_or_else(out)?;
                *quantities = quantities.checked_add(quantity).ok_or_else(out)?;
            }
        }
    }
    Ok(sums.into_values().collect())
}

/// The key of each row of a revision's key table.
fn rolled_up_keys(folder: &Utf8Path, columns: &[String], gathering: &mut Gathering) -> Result<Vec<u32>, Error> {
    let table = read_keys(folder)?;
    let at: Vec<usize> = columns.iter().map(|c| table.position(c).expect("a key column")).collect();
    let key = |row: &Vec<Option<Arc<str>>>| gathering.key_of(&at.iter().map(|&i| row[i].clone()).collect::<Vec<_>>());
    Ok(table.rows.iter().map(key).collect())
}

fn rolled_up_group(source: usize, keys: &[u32], cell: &RollupCell) -> ChargeGroup {
    ChargeGroup {
        source: source as u32,
        key: keys[cell.key as usize],
        currency: cell.currency,
        day: cell.day,
        costs: cell.costs,
        charges: cell.charges,
    }
}

/// The groups of a revision's roll-up with their quantities; `None` where it lacks one.
fn rolled_up_quantities(
    source: usize,
    folder: &Utf8Path,
    columns: &[String],
    gathering: &mut Gathering,
) -> Result<Option<Vec<(ChargeGroup, Amount)>>, Error> {
    let cells = read_rollup(folder)?;
    if cells.iter().any(|cell| cell.quantity.is_none()) {
        return Ok(None);
    }
    let keys = rolled_up_keys(folder, columns, gathering)?;
    let group = |cell: &RollupCell| (rolled_up_group(source, &keys, cell), cell.quantity.unwrap_or_default());
    Ok(Some(cells.iter().map(group).collect()))
}

impl Farthing {
    /// The selected charges over what the rules read and `also`.
    ///
    /// Roll-ups answer where they keep apart every column that is read; otherwise the facts are scanned.
    ///
    /// # Errors
    /// When there are no such charges, or a window does not begin and end at midnight.
    pub(crate) async fn selected_charges(
        &self,
        selection: Selection,
        rules: &RuleSet,
        also: &[&str],
    ) -> Result<PeriodCharges, Error> {
        whole_days(selection)?;
        let revisions = self.revisions(Dataset::Charges, selection.period()).await?;
        if revisions.is_empty() {
            return Err(self.no_charges(selection).await?);
        }
        let (keys, groups) = self.charge_groups(&revisions, fields_of(rules, also)).await?;
        let groups = groups.into_iter().map(|group| (group, Amount::ZERO)).collect();
        match PeriodCharges::of(selection, keys, revisions, groups) {
            Some((charges, _)) => Ok(charges),
            None => Err(self.no_charges(selection).await?),
        }
    }

    /// The charges of revisions, each a source by its place, added up by key and day.
    pub(crate) async fn charge_groups(
        &self,
        revisions: &[Revision],
        fields: Vec<String>,
    ) -> Result<(KeyTable, Vec<ChargeGroup>), Error> {
        let columns = columns_of(&fields);
        match columns.iter().all(|column| is_key_column(column)) {
            true => self.rolled_up_groups(revisions, fields, columns).await,
            false => {
                let (mut gathering, mut groups) = (Gathering::new(&fields, &columns), Vec::new());
                for (source, revision) in revisions.iter().enumerate() {
                    let found = self.scanned_groups(source, revision, &columns, &mut gathering).await?;
                    groups.extend(found.into_iter().map(|(group, _)| group));
                }
                Ok((gathering.keys, groups))
            }
        }
    }

    async fn rolled_up_groups(
        &self,
        revisions: &[Revision],
        fields: Vec<String>,
        columns: Vec<String>,
    ) -> Result<(KeyTable, Vec<ChargeGroup>), Error> {
        let folders: Vec<_> = revisions.iter().map(|revision| self.folder(revision)).collect();
        blocking(move || {
            let mut gathering = Gathering::new(&fields, &columns);
            let mut groups = Vec::new();
            for (source, folder) in folders.iter().enumerate() {
                let keys = rolled_up_keys(folder, &columns, &mut gathering)?;
                groups.extend(read_rollup(folder)?.iter().map(|cell| rolled_up_group(source, &keys, cell)));
            }
            Ok((gathering.keys, groups))
        })
        .await
    }

    /// The selected charges with the pricing quantity of each group, over what the rules read and `also`.
    ///
    /// Roll-ups answer where they keep apart every column that is read and have the quantities; the facts of the other revisions are
    /// scanned.
    ///
    /// # Errors
    /// When there are no such charges.
    pub(crate) async fn quantified_charges(
        &self,
        selection: Selection,
        rules: &RuleSet,
        also: &[&str],
    ) -> Result<(PeriodCharges, Vec<Amount>), Error> {
        whole_days(selection)?;
        let revisions = self.revisions(Dataset::Charges, selection.period()).await?;
        if revisions.is_empty() {
            return Err(self.no_charges(selection).await?);
        }
        let fields = fields_of(rules, also);
        let columns = columns_of(&fields);
        let is_kept_apart = columns.iter().all(|column| is_key_column(column));
        let (mut gathering, mut groups) = (Gathering::new(&fields, &columns), Vec::new());
        for (source, revision) in revisions.iter().enumerate() {
            if is_kept_apart {
                let (folder, columns) = (self.folder(revision), columns.clone());
                let (back, found) = blocking(move || {
                    let found = rolled_up_quantities(source, &folder, &columns, &mut gathering)?;
                    Ok((gathering, found))
                })
                .await?;
                gathering = back;
                if let Some(found) = found {
                    groups.extend(found);
                    continue;
                }
            }
            groups.extend(self.scanned_groups(source, revision, &columns, &mut gathering).await?);
        }
        match PeriodCharges::of(selection, gathering.keys, revisions, put_together(groups)?) {
            Some(charges) => Ok(charges),
            None => Err(self.no_charges(selection).await?),
        }
    }

    /// The charges of a revision from its facts, each group with its quantity.
    async fn scanned_groups(
        &self,
        source: usize,
        revision: &Revision,
        columns: &[String],
        gathering: &mut Gathering,
    ) -> Result<Vec<(ChargeGroup, Amount)>, Error> {
        let found = self.engine.group_charges(&self.fact_files(revision), columns).await?;
        let group = |group: FactGroup| {
            let values: Vec<Option<Arc<str>>> = group.values.iter().map(|value| value.as_deref().map(Arc::from)).collect();
            let key = gathering.key_of(&values);
            let FactGroup { currency, day, costs, charges, quantity, .. } = group;
            (ChargeGroup { source: source as u32, key, currency, day, costs, charges }, quantity)
        };
        Ok(found.into_iter().map(group).collect())
    }

    /// What to say where there are no such charges.
    pub(crate) async fn no_charges(&self, selection: Selection) -> Result<Error, Error> {
        let mut periods: Vec<BillingPeriod> = self.revisions(Dataset::Charges, None).await?.iter().map(|r| r.period).collect();
        periods.sort_unstable();
        periods.dedup();
        let known: Vec<String> = periods.iter().map(ToString::to_string).collect();
        Ok(Error::Nothing(match known.as_slice() {
            [] => format!(
                "there are no charges for {selection}, nor for any other period. Import a bill: `farthing ingest billing PATH --source NAME`"
            ),
            _ => format!("there are no charges for {selection}. There are for {}", known.join(", ")),
        }))
    }
}
