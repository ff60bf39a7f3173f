use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Index, IndexMut, Neg, Sub};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Amount;

/// One of the four costs of a FOCUS charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cost {
    /// What the invoice says (`BilledCost`).
    Billed,
    /// After amortising commitments (`EffectiveCost`).
    Effective,
    /// At contracted rates, before commitments (`ContractedCost`).
    Contracted,
    /// At public rates (`ListCost`).
    List,
}

impl Cost {
    /// All four, in FOCUS's order of use.
    pub const ALL: [Self; 4] = [Self::Billed, Self::Effective, Self::Contracted, Self::List];

    /// The FOCUS column that holds it.
    pub const fn column(self) -> &'static str {
        match self {
            Self::Billed => "BilledCost",
            Self::Effective => "EffectiveCost",
            Self::Contracted => "ContractedCost",
            Self::List => "ListCost",
        }
    }

    /// The word used on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Billed => "billed",
            Self::Effective => "effective",
            Self::Contracted => "contracted",
            Self::List => "list",
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Cost {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|cost| cost.as_str() == text);
        found.ok_or_else(|| format!("{text:?} is none of billed, effective, contracted, list"))
    }
}

/// The four costs of one charge or of a sum of charges, in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct FourCosts {
    /// `BilledCost`.
    pub billed: Amount,
    /// `EffectiveCost`.
    pub effective: Amount,
    /// `ContractedCost`.
    pub contracted: Amount,
    /// `ListCost`.
    pub list: Amount,
}

impl FourCosts {
    /// Nothing, four times.
    pub const ZERO: Self = Self { billed: Amount::ZERO, effective: Amount::ZERO, contracted: Amount::ZERO, list: Amount::ZERO };

    /// Each cost changed by `change`.
    pub fn map(self, mut change: impl FnMut(Cost, Amount) -> Amount) -> Self {
        Self {
            billed: change(Cost::Billed, self.billed),
            effective: change(Cost::Effective, self.effective),
            contracted: change(Cost::Contracted, self.contracted),
            list: change(Cost::List, self.list),
        }
    }

    /// True where all four are zero.
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

impl Index<Cost> for FourCosts {
    type Output = Amount;

    fn index(&self, cost: Cost) -> &Amount {
        match cost {
            Cost::Billed => &self.billed,
            Cost::Effective => &self.effective,
            Cost::Contracted => &self.contracted,
            Cost::List => &self.list,
        }
    }
}

impl IndexMut<Cost> for FourCosts {
    fn index_mut(&mut self, cost: Cost) -> &mut Amount {
        match cost {
            Cost::Billed => &mut self.billed,
            Cost::Effective => &mut self.effective,
            Cost::Contracted => &mut self.contracted,
            Cost::List => &mut self.list,
        }
    }
}

impl Add for FourCosts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.map(|cost, amount| amount + other[cost])
    }
}

impl Sub for FourCosts {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.map(|cost, amount| amount - other[cost])
    }
}

impl Neg for FourCosts {
    type Output = Self;

    fn neg(self) -> Self {
        self.map(|_, amount| -amount)
    }
}

impl AddAssign for FourCosts {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for FourCosts {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::ZERO, Add::add)
    }
}
