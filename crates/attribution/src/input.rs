//! What attribution is given, and what can be wrong with it.

use chrono::NaiveDate;
use farthing_types::{Amount, Cost, Currency, FourCosts, SourceName, UnitId, Window};

use crate::keys::KeyTable;

/// The charges of one key, source, currency and day, added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChargeGroup {
    /// Position in [`Charges::sources`].
    pub source: u32,
    /// Position in [`Charges::keys`].
    pub key: u32,
    /// The billing currency.
    pub currency: Currency,
    /// The day of the charges, in UTC: on it rules and units must hold.
    pub day: NaiveDate,
    /// Their sums.
    pub costs: FourCosts,
    /// How many they are.
    pub charges: u64,
}

/// The charges of a statement, in groups. Neither the order of the groups nor how charges are cut into groups matters.
#[derive(Clone, Copy, Debug)]
pub struct Charges<'a> {
    /// The distinct keys.
    pub keys: &'a KeyTable,
    /// The sources.
    pub sources: &'a [SourceName],
    /// The groups.
    pub groups: &'a [ChargeGroup],
    /// What the statement is about: units that hold in it can receive a share of a pool. Charges of other days (corrections)
    /// are attributed all the same.
    pub window: Window,
}

/// Why charges cannot be attributed. Nothing is attributed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttributionError {
    /// The key table lacks a column.
    #[error("the rules read {field:?}, which the attribution keys do not have: build the keys from the rule set's fields_read()")]
    MissingField {
        /// The column or tag.
        field: String,
    },
    /// A group of a key that is not in the table.
    #[error("charge group {group} has key {key}, and there are {keys} keys: the groups belong to another key table")]
    NoSuchKey {
        /// Position of the group.
        group: usize,
        /// Its key.
        key: u32,
        /// How many keys there are.
        keys: usize,
    },
    /// A group of a source that is not in the list.
    #[error("charge group {group} has source {source_at}, and there are {sources} sources: the groups belong to another list")]
    NoSuchSource {
        /// Position of the group.
        group: usize,
        /// Its source.
        source_at: u32,
        /// How many sources there are.
        sources: usize,
    },
    /// A sum beyond ±1e20.
    #[error(
        "{what}: the sum of {cost} in {currency} does not fit 38 digits with 18 decimals; look for a charge of absurd size in the import's findings"
    )]
    Overflow {
        /// What was added up.
        what: String,
        /// Which cost.
        cost: Cost,
        /// The currency.
        currency: Currency,
    },
    /// More than 2^64 charges.
    #[error("the number of charges does not fit 64 bits")]
    TooManyCharges,
    /// A usage driver below zero.
    #[error(
        "pool {pool:?}: {unit} used {quantity} of its driver, which is below zero: correct the usage or choose another driver"
    )]
    NegativeDriver {
        /// The pool.
        pool: String,
        /// The recipient.
        unit: UnitId,
        /// How much.
        quantity: Amount,
    },
    /// A sum of usage beyond ±1e20.
    #[error("the {measure} of {unit} does not fit 38 digits with 18 decimals: measure it in a larger unit")]
    DriverOverflow {
        /// The measure or pool.
        measure: String,
        /// The unit.
        unit: UnitId,
    },
    /// Pools that keep giving to each other and to nobody else.
    #[error("the pools {} give everything to each other and nothing to anyone else: name a recipient outside of them", .pools.join(", "))]
    Singular {
        /// The pools.
        pools: Vec<String>,
    },
}
