//! A checked rule set: what a rule file says, ready to be applied.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use farthing_types::{Amount, UnitId, WorkloadId};

use crate::build::build;
use crate::column::{ALWAYS_READ, CHARGE_HOUR};
use crate::condition::Condition;
use crate::effective::Effective;
use crate::error::{Problem, RuleError, RuleWarning, Site};
use crate::file::{FallbackEntry, Lines, PerEntry, read};
use crate::name::{PoolId, RuleId};
use crate::tree::UnitTree;

/// A rule set without problems. Immutable: another text makes another set.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    pub(crate) units: UnitTree,
    /// True where the file lists the units itself.
    pub(crate) own_units: bool,
    pub(crate) rules: Vec<Rule>,
    pub(crate) pools: Vec<Pool>,
    /// Positions in `pools` in the order of splitting; those of one group give to each other and are solved together.
    pub(crate) split_order: Vec<Vec<usize>>,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) warnings: Vec<RuleWarning>,
}

/// A rule: charges that meet all its conditions on a day on which it holds belong to its target.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// The days of charges that it applies to.
    pub effective: Effective,
    /// Where it stands in the file.
    pub site: Site,
    pub(crate) target: RuleTarget,
    pub(crate) conditions: Vec<Condition>,
}

/// How a rule names its unit.
#[derive(Clone, Debug)]
pub(crate) enum RuleTarget {
    Unit(UnitId),
    /// The value of a column or tag names it, by itself or through the map.
    Field {
        field: Arc<str>,
        map: Option<BTreeMap<String, UnitId>>,
    },
}

/// A shared pool.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Its id.
    pub id: PoolId,
    /// The unit whose money it splits.
    pub unit: UnitId,
    /// Its stage, from 1.
    pub stage: u32,
    /// What the split is in proportion to.
    pub driver: Driver,
    /// The recipients named in the file; `None` for all leaves that are no pool's unit.
    pub recipients: Option<Vec<UnitId>>,
    /// The columns and tags by whose values its charges are told apart.
    pub within: Vec<String>,
    /// The time whose quantities it is split by.
    pub per: PerEntry,
    /// What happens when the driver is missing.
    pub fallback: FallbackEntry,
    /// Where it stands in the file.
    pub site: Site,
    pub(crate) reciprocal: bool,
}

/// What a pool is split in proportion to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Driver {
    /// The same for each recipient.
    Even,
    /// Weights from the file.
    Fixed(BTreeMap<UnitId, Amount>),
    /// Effective cost that rules sent to the recipient.
    DirectCost,
    /// Usage measures, each multiplied by its weight.
    Measures(BTreeMap<String, Amount>),
}

impl Driver {
    /// The name on lines: `tokens`, `even`, `1 input_tokens + 4 output_tokens`.
    pub fn name(&self) -> String {
        match self {
            Self::Even => "even".into(),
            Self::Fixed(_) => "fixed".into(),
            Self::DirectCost => "direct_cost".into(),
            Self::Measures(measures) => match measures.iter().next() {
                Some((measure, &Amount::ONE)) if measures.len() == 1 => measure.clone(),
                _ => measures.iter().map(|(measure, weight)| format!("{weight} {measure}")).collect::<Vec<_>>().join(" + "),
            },
        }
    }
}

/// A workload that inference usage can belong to.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its id.
    pub id: WorkloadId,
    /// The unit that answers for it.
    pub unit: UnitId,
    /// The days of usage that it applies to.
    pub effective: Effective,
    /// Where it stands in the file.
    pub site: Site,
    pub(crate) conditions: Vec<Condition>,
}

/// A request's or a usage row's fields, as workloads see them. What a source does not know is `None`.
#[derive(Clone, Copy, Debug, Default)]
pub struct UsageFields<'a> {
    /// The model, as the source names it.
    pub model: Option<&'a str>,
    /// Who serves it.
    pub provider: Option<&'a str>,
    /// The endpoint or deployment.
    pub endpoint: Option<&'a str>,
    /// The API key's name or hash.
    pub key: Option<&'a str>,
    /// The team.
    pub team: Option<&'a str>,
    /// The user or principal.
    pub user: Option<&'a str>,
    /// The tags: a value for `NAME=value` or `NAME:value` tags, none for bare ones.
    pub tags: &'a [(&'a str, Option<&'a str>)],
}

impl RuleSet {
    /// Reads and checks a rule file that lists its units.
    ///
    /// # Errors
    /// As [`parse_with`](Self::parse_with).
    pub fn parse(text: &str) -> Result<Self, Vec<RuleError>> {
        Self::parse_with(text, &UnitTree::default())
    }

    /// Reads and checks a rule file. Units that it lists itself are the units; where it lists none, `published` are.
    ///
    /// # Errors
    /// All problems of the file, in its order. Where it is not TOML, only what the parser says.
    pub fn parse_with(text: &str, published: &UnitTree) -> Result<Self, Vec<RuleError>> {
        let lines = Lines::new(text);
        let mut errors = Vec::new();
        let entries = read(text, &lines, &mut errors);
        if errors.iter().any(|error| matches!(error.problem, Problem::Syntax { .. })) {
            // What the parser skipped would be reported as missing.
            errors.retain(|error| matches!(error.problem, Problem::Syntax { .. }));
            errors.sort_by_key(|error| error.site);
            return Err(errors);
        }
        let rules = build(entries, &lines, published, &mut errors);
        errors.sort_by_key(|error| error.site);
        if errors.is_empty() { Ok(rules) } else { Err(errors) }
    }

    /// What is probably not meant, though the set can be used.
    pub fn warnings(&self) -> &[RuleWarning] {
        &self.warnings
    }

    /// The units.
    pub fn units(&self) -> &UnitTree {
        &self.units
    }

    /// True where the rule file lists the units itself.
    pub fn has_own_units(&self) -> bool {
        self.own_units
    }

    /// The rules, in order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The pools, in the order of the file.
    pub fn pools(&self) -> &[Pool] {
        &self.pools
    }

    /// The workloads, in order.
    pub fn workloads(&self) -> &[Workload] {
        &self.workloads
    }

    /// The columns and tags that a [`KeyTable`](crate::KeyTable) must have, sorted: what the conditions read, what tells the charges
    /// of pools apart, and what the reasons of unattributed charges need. [`CHARGE_HOUR`] is among them where a pool is split by
    /// the day or hour.
    pub fn fields_read(&self) -> Vec<String> {
        let conditions = self.rules.iter().flat_map(|rule| rule.conditions.iter().map(|condition| &*condition.field));
        let targets = self.rules.iter().filter_map(|rule| match &rule.target {
            RuleTarget::Field { field, .. } => Some(&**field),
            RuleTarget::Unit(_) => None,
        });
        let within = self.pools.iter().flat_map(|pool| pool.within.iter().map(String::as_str));
        let time = self.reads_time().then_some(CHARGE_HOUR);
        let fields: BTreeSet<&str> = conditions.chain(targets).chain(within).chain(time).chain(ALWAYS_READ).collect();
        fields.into_iter().map(str::to_owned).collect()
    }

    /// True where some pool is split by the day or hour, so that measures must say when.
    pub fn reads_time(&self) -> bool {
        self.pools.iter().any(|pool| pool.per != PerEntry::Period)
    }

    /// The usage measures that the pools are split by: what [`Drivers`](crate::Drivers) should hold.
    pub fn measures_read(&self) -> BTreeSet<&str> {
        let measures = self.pools.iter().filter_map(|pool| match &pool.driver {
            Driver::Measures(measures) => Some(measures.keys().map(String::as_str)),
            _ => None,
        });
        measures.flatten().collect()
    }

    /// The first workload whose conditions the usage meets on `day`.
    pub fn workload_of(&self, usage: &UsageFields<'_>, day: NaiveDate) -> Option<&Workload> {
        self.workloads.iter().find(|workload| {
            workload.effective.contains(day) && workload.conditions.iter().all(|condition| usage.meets(condition))
        })
    }
}

impl UsageFields<'_> {
    fn meets(&self, condition: &Condition) -> bool {
        let value = match &*condition.field {
            "model" => self.model,
            "provider" => self.provider,
            "endpoint" => self.endpoint,
            "key" => self.key,
            "team" => self.team,
            "user" => self.user,
            "tag" => return self.some_tag_meets(condition),
            field => {
                let name = field.strip_prefix("tag:").unwrap_or(field);
                let tag = self.tags.iter().find(|(tag, _)| *tag == name);
                tag.map(|(_, value)| value.unwrap_or_default())
            }
        };
        condition.holds(value)
    }

    /// `tag` is any of the tags: its name, or the whole text `NAME:value`.
    fn some_tag_meets(&self, condition: &Condition) -> bool {
        if self.tags.is_empty() {
            return condition.holds(None);
        }
        self.tags.iter().any(|(name, value)| {
            let whole = value.map(|value| format!("{name}:{value}"));
            condition.holds(Some(name)) || whole.is_some_and(|whole| condition.holds(Some(&whole)))
        })
    }
}
