//! What comes once a month: purchases of commitments, support, tax, credits, corrections.

use crate::accounts::{ACCOUNTS, Holds, Provider};
use crate::calendar::{DAYS, Slot};
use crate::catalogue;
use crate::charge::Charge;
use crate::core_rows;
use crate::dice;
use crate::fleets::COMMITMENTS;
use crate::organisation::Organisation;
use crate::sku::Category;

/// The account that pays: of a token vendor, its first project.
pub(crate) fn payer(provider: Provider) -> usize {
    let own = |holds| ACCOUNTS.iter().position(|account| account.provider == provider && account.holds == holds);
    own(Holds::Payer).or_else(|| own(Holds::Tokens)).expect("every provider has an account")
}

/// A lump sum a month: provider, sku, USD, whether it is given back.
const LUMPS: &[(Provider, &str, i64)] = &[
    (Provider::Aws, "support", 21_400),
    (Provider::Aws, "tax", 3_870),
    (Provider::Aws, "credit", -9_500),
    (Provider::Azure, "support", 6_200),
    (Provider::Azure, "tax", 1_540),
    (Provider::Azure, "credit", -2_400),
    (Provider::Gcp, "support", 3_100),
    (Provider::Gcp, "tax", 910),
    (Provider::Gcp, "credit", -1_250),
    (Provider::OpenAi, "tax", 640),
    (Provider::OpenAi, "credit", -850),
    (Provider::Anthropic, "tax", 480),
];

/// Refunds that come with May's bill for a day of April: provider, sku, USD, day of April (0 is the first).
const CORRECTIONS: &[(Provider, &str, i64, u32)] =
    &[(Provider::Aws, "refund", -1_830, 21), (Provider::Azure, "refund", -420, 8), (Provider::Gcp, "refund", -260, 16)];

/// Every charge of a provider's bill that is not usage.
pub(crate) fn of(organisation: &Organisation, provider: Provider, period: usize) -> Vec<Charge> {
    let account = payer(provider);
    let month = Slot::month(period);
    let mut charges = Vec::new();
    for (index, _) in COMMITMENTS.iter().enumerate().filter(|(_, commitment)| commitment.provider == provider) {
        charges.extend(core_rows::purchase(organisation, index, account, period));
    }
    for &(_, code, dollars) in LUMPS.iter().filter(|lump| lump.0 == provider) {
        let sku = catalogue::index(&organisation.skus, provider, code);
        let charge = if organisation.skus[sku].category == Category::Purchase { Charge::fee } else { Charge::lump };
        charges.push(charge(account, sku, month, cents(organisation, code, period, dollars)));
    }
    if provider == Provider::Gcp {
        let sku = catalogue::index(&organisation.skus, provider, "rounding");
        let last_day = Slot::day(period, DAYS[period] - 1);
        charges.push(Charge::lump(account, sku, last_day, -3_187_000_000_000_i128 * (1 + period as i128)));
    }
    if period == 1 {
        for &(_, code, dollars, day) in CORRECTIONS.iter().filter(|correction| correction.0 == provider) {
            let sku = catalogue::index(&organisation.skus, provider, code);
            let mut charge = Charge::lump(account, sku, Slot::day(0, day), cents(organisation, code, period, dollars));
            charge.correction = true;
            charges.push(charge);
        }
    }
    charges
}

/// The amount within 4 %, in whole cents, counted in 1e-16 USD.
fn cents(organisation: &Organisation, code: &str, period: usize, dollars: i64) -> i128 {
    let bits = dice::draw(organisation.seed(), dice::name(code), 3_000 + period as u64);
    let per_mille = dice::between(bits, 960, 1_041) as i128;
    let odd = dice::between(dice::again(bits, 1), 0, 100) as i128;
    (i128::from(dollars) * per_mille / 10 + odd) * 10_i128.pow(14)
}
