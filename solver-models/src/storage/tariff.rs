//! What a month in a class costs, exactly. Both the formulation's stays and the verifier's walk read the tariff here, and nothing else.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::data::{Class, Dataset};
use crate::number::to_rational;

fn thousand() -> BigRational {
    BigRational::from_integer(1_000.into())
}

/// KB in a GB.
fn kilobytes() -> BigRational {
    BigRational::from_integer((1_u32 << 20).into())
}

/// Objects of a class with tiers that are too small to be monitored stay where they are.
fn unmonitored(class: &Class, dataset: &Dataset) -> bool {
    let size = to_rational(dataset.gb) * kilobytes();
    !class.tiers.is_empty() && size < to_rational(class.minimum_kb) * to_rational(dataset.objects)
}

/// b_dk: billed size in GB.
pub(super) fn billed_gb(class: &Class, dataset: &Dataset) -> BigRational {
    let gb = to_rational(dataset.gb);
    let smallest = to_rational(class.minimum_kb) * to_rational(dataset.objects) / kilobytes();
    let billed = if class.tiers.is_empty() { gb.max(smallest) } else { gb };
    billed + to_rational(class.overhead_kb) * to_rational(dataset.objects) / kilobytes()
}

/// Into the class.
pub(super) fn transition(class: &Class, dataset: &Dataset) -> BigRational {
    to_rational(class.transition) * to_rational(dataset.objects) / thousand()
}

/// Storage for months that a stay of `stayed` months lacks of the minimum.
pub(super) fn early_end(class: &Class, dataset: &Dataset, stayed: u32) -> BigRational {
    let missing = class.minimum_months.saturating_sub(stayed);
    BigRational::from_integer(missing.into()) * to_rational(class.storage) * billed_gb(class, dataset)
}

/// Month `month` of a stay that began in month `entered`: storage, monitoring and reads.
pub(super) fn month(class: &Class, dataset: &Dataset, entered: u32, month: u32) -> BigRational {
    let at = month as usize;
    let reads = to_rational(dataset.reads[at]) * to_rational(class.retrieval);
    let per_request = (to_rational(class.get) + to_rational(class.restore)) / thousand();
    let requests = to_rational(dataset.requests[at]) * per_request;
    let monitoring = if unmonitored(class, dataset) {
        BigRational::zero()
    } else {
        to_rational(class.monitoring) * to_rational(dataset.objects) / thousand()
    };
    billed_gb(class, dataset) * storage_price(class, dataset, entered, month) + reads + requests + monitoring
}

/// What `gb` of the datasets cost less in a month of the class than at its first price: by volume, what lies there beside them first.
pub(super) fn volume_discount(class: &Class, gb: &BigRational) -> BigRational {
    let elsewhere = to_rational(class.elsewhere_gb);
    let positive = |value: BigRational| if value.is_positive() { value } else { BigRational::zero() };
    let (mut discount, mut before) = (BigRational::zero(), to_rational(class.storage));
    for volume in &class.volume {
        let (above, price) = (to_rational(volume.above_gb), to_rational(volume.storage));
        let beyond = positive(&elsewhere + gb - &above) - positive(&elsewhere - &above);
        discount += (before - &price) * beyond;
        before = price;
    }
    discount
}

/// The mean price of a GB: of the tiers, by the share that was idle long enough for each.
fn storage_price(class: &Class, dataset: &Dataset, entered: u32, month: u32) -> BigRational {
    let mut price = to_rational(class.storage);
    if unmonitored(class, dataset) {
        return price;
    }
    let mut above = price.clone();
    for tier in &class.tiers {
        let here = to_rational(tier.storage);
        price += (&here - &above) * idle_share(dataset, entered, month, tier.idle_months);
        above = here;
    }
    price
}

/// The share of the data that was not read in `month` and the `idle` months before it, since `entered`.
fn idle_share(dataset: &Dataset, entered: u32, month: u32, idle: u32) -> BigRational {
    if month < entered + idle {
        return BigRational::zero();
    }
    let read = |at: u32| to_rational(dataset.reads[at as usize]) / to_rational(dataset.gb);
    (month - idle..=month)
        .map(|at| BigRational::one() - read(at))
        .fold(BigRational::one(), |share, rest| if rest.is_positive() { share * rest } else { BigRational::zero() })
}
