//! The organisation as a whole: its tables, joined once, from which every row of the bill follows.

use crate::SampleError;
use crate::accounts::{self, ACCOUNTS, Holds, Provider};
use crate::catalogue;
use crate::decimal;
use crate::fleets::{FLEETS, TRAINING_SKU, TRAININGS};
use crate::layout::Layout;
use crate::regions::REGIONS;
use crate::sku::{Category, Sku};
use crate::tags::TagSets;
use crate::units::{ROOT, UNITS, Unit};
use crate::workloads::{Demand, Serving, WORKLOADS, Workload};

/// The least rows that hold every kind of charge.
pub const MIN_ROWS: u64 = 1_000;
/// The most rows that the generator is meant for.
pub const MAX_ROWS: u64 = 100_000_000;
/// What `farthing demo` makes when it is not told otherwise.
pub const DEFAULT_ROWS: u64 = 20_000;

/// A sample organisation: a function of (rows, seed), the same on every machine.
pub struct Organisation {
    rows: u64,
    seed: u64,
    pub(crate) skus: Vec<Sku>,
    pub(crate) sku_ids: Vec<String>,
    pub(crate) tags: TagSets,
    pub(crate) fleets: Vec<Placed>,
    pub(crate) trainings: Vec<Placed>,
    pub(crate) token_lines: Vec<TokenLine>,
    pub(crate) layouts: Vec<Layout>,
}

/// Where something of the core stands in the tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub account: usize,
    pub sku: usize,
    pub region: usize,
    pub tags: usize,
}

/// The kinds of token that vendors bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Input,
    Cached,
    Output,
}

impl TokenKind {
    const ALL: [(Self, &'static str); 3] = [(Self::Input, "input"), (Self::Cached, "cached"), (Self::Output, "output")];

    pub(crate) fn of(self, demand: &Demand) -> u64 {
        match self {
            Self::Input => demand.input,
            Self::Cached => demand.cached,
            Self::Output => demand.output,
        }
    }
}

/// A line of a token vendor's bill.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokenLine {
    pub provider: Provider,
    pub workload: usize,
    pub kind: TokenKind,
    pub account: usize,
    pub sku: usize,
}

impl Organisation {
    /// The organisation whose bill of two months has `rows` charges.
    ///
    /// # Errors
    /// [`SampleError::Rows`] below [`MIN_ROWS`] or above [`MAX_ROWS`].
    pub fn new(rows: u64, seed: u64) -> Result<Self, SampleError> {
        if !(MIN_ROWS..=MAX_ROWS).contains(&rows) {
            return Err(SampleError::Rows { rows });
        }
        let skus = catalogue::skus();
        let mut tags = TagSets::new();
        let fleets = place_fleets(&skus, &mut tags);
        let trainings = place_trainings(&skus, &mut tags);
        let token_lines = token_lines(&skus);
        let sku_ids = skus.iter().map(sku_id).collect();
        let mut organisation = Self { rows, seed, skus, sku_ids, tags, fleets, trainings, token_lines, layouts: Vec::new() };
        organisation.layouts = Layout::all(&organisation);
        Ok(organisation)
    }

    /// Charges in the first deliveries of both periods.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The root of the cost tree.
    pub fn root(&self) -> Unit {
        ROOT
    }

    /// The operational units below the root, each after its parent.
    pub fn units(&self) -> &'static [Unit] {
        UNITS
    }

    /// The workloads that serve inference.
    pub fn workloads(&self) -> &'static [Workload] {
        WORKLOADS
    }

    /// What a workload served in an hour, counted from 2026-04-01T00:00Z.
    pub fn demand(&self, workload: &Workload, hour: u32) -> Demand {
        workload.demand(self.seed, hour)
    }

    /// List and contracted unit price of a sku in a region.
    pub(crate) fn prices(&self, sku: &Sku, region: Option<usize>) -> (i64, i64) {
        let percent = region.map_or(100, |region| REGIONS[region].price_percent);
        let list = decimal::percent_of(sku.price, percent);
        (list, decimal::percent_of(list, 100 - sku.discount))
    }

    /// Accounts of a provider that hold resources of this kind, with their weights.
    pub(crate) fn holders(provider: Provider, holds: Holds) -> impl Iterator<Item = (usize, u32)> + Clone {
        let all = ACCOUNTS.iter().enumerate();
        all.filter(move |(_, account)| account.provider == provider && account.holds == holds)
            .map(|(index, account)| (index, account.weight))
    }
}

fn place_fleets(skus: &[Sku], tags: &mut TagSets) -> Vec<Placed> {
    let place = |fleet: &crate::fleets::Fleet| Placed {
        account: accounts::index(fleet.provider, fleet.account),
        sku: catalogue::index(skus, fleet.provider, fleet.sku),
        region: first_region(fleet.provider),
        tags: tags.add_workload(fleet.provider, fleet.unit, fleet.name, fleet.workload),
    };
    FLEETS.iter().map(place).collect()
}

fn place_trainings(skus: &[Sku], tags: &mut TagSets) -> Vec<Placed> {
    let place = |training: &crate::fleets::Training| Placed {
        account: accounts::index(Provider::Aws, training.account),
        sku: catalogue::index(skus, Provider::Aws, TRAINING_SKU),
        region: first_region(Provider::Aws),
        tags: tags.add_workload(Provider::Aws, training.unit, training.name, Some(training.name)),
    };
    TRAININGS.iter().map(place).collect()
}

fn first_region(provider: Provider) -> usize {
    REGIONS.iter().position(|region| region.provider == provider).expect("every cloud has a region")
}

fn token_lines(skus: &[Sku]) -> Vec<TokenLine> {
    let mut lines = Vec::new();
    for (index, workload) in WORKLOADS.iter().enumerate() {
        let Serving::Tokens { provider, project } = workload.serving else { continue };
        for (kind, suffix) in TokenKind::ALL {
            let code = format!("{}:{suffix}", workload.model);
            let sold = skus.iter().position(|sku| sku.provider == provider && sku.code == code);
            let Some(sku) = sold else { continue };
            lines.push(TokenLine { provider, workload: index, kind, account: accounts::index(provider, project), sku });
        }
    }
    lines
}

/// Sixteen letters and digits, as providers give, from the code.
/// A tax has none.
fn sku_id(sku: &Sku) -> String {
    if sku.category == Category::Tax {
        return String::new();
    }
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let bits = u128::from(crate::dice::draw(0, crate::dice::name(sku.code), 0));
    let bits =
        bits << 64 | u128::from(crate::dice::draw(1, crate::dice::name(sku.provider.source()), crate::dice::name(sku.code)));
    (0..16).map(|at| char::from(LETTERS[(bits >> (at * 5)) as usize % LETTERS.len()])).collect()
}
