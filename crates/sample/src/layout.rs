//! Which rows a file of the bill has: the row at any position is found without making the rows before it.

use crate::accounts::{ACCOUNTS, Holds, Provider};
use crate::calendar::{DAYS, START, Slot};
use crate::charge::{Charge, ResourceName};
use crate::core_rows::{self, CoreRow};
use crate::dice;
use crate::organisation::Organisation;
use crate::regions::REGIONS;
use crate::sku::{Category, Profile, Sku};
use crate::specials;
use crate::tags::{NO_OWNER, TagSets};
use crate::units;

/// The day of the second period that the later delivery changes (0 is the first of the month), and by how many percent.
pub(crate) const RESTATED_DAY: u32 = 13;
const RESTATED_PERCENT: i128 = 118;
/// Whose bill is delivered again.
pub(crate) const RESTATED_PROVIDER: Provider = Provider::Azure;

/// From this many rows on, the core is billed by the day instead of the month, GPU endpoints by the hour, and all of the core.
const CORE_BY_DAY: u64 = 12_000;
const ENDPOINTS_BY_HOUR: u64 = 18_000;
const CORE_BY_HOUR: u64 = 1_000_000;
/// Series of one sku from which one in [`UNTAGGED_OF`] may be without tags, so that none is a large part of the bill.
const MANY_SERIES: u32 = 6;
const UNTAGGED_OF: u64 = 40;

/// The rows of one file: a provider's bill of one period.
pub(crate) struct Layout {
    pub provider: Provider,
    pub period: usize,
    pub restated: bool,
    pub rows: u64,
    specials: Vec<Charge>,
    monthly: Vec<CoreRow>,
    daily: Vec<CoreRow>,
    hourly: Vec<CoreRow>,
    families: Vec<Family>,
    /// Rows of the long tail on every day; the first `longer_days` have one more.
    tail_a_day: u64,
    longer_days: u64,
    run_sku: usize,
    run_cost: i128,
}

/// The resources of one sku in the long tail.
struct Family {
    sku: usize,
    series: u32,
    hourly: bool,
    /// First row of it within the tail of a day.
    first: u64,
    /// List cost in 1e-16 USD of one weight in one slot.
    cost_of_weight: u128,
}

impl Layout {
    /// The first deliveries, provider by provider and period by period, then the restated one.
    pub(crate) fn all(organisation: &Organisation) -> Vec<Self> {
        let mut layouts = Vec::new();
        for provider in Provider::ALL {
            for period in 0..DAYS.len() {
                layouts.push(Self::without_tail(organisation, provider, period));
            }
        }
        let fixed: u64 = layouts.iter().map(Self::fixed_rows).sum();
        let tail = organisation.rows() - fixed;
        let weights: Vec<u64> =
            layouts.iter().map(|l| tail_weight(organisation, l.provider) * u64::from(DAYS[l.period])).collect();
        for (layout, tail_rows) in layouts.iter_mut().zip(shares(tail, &weights)) {
            layout.add_tail(organisation, tail_rows);
        }
        let restated = layouts.iter().position(|l| l.provider == RESTATED_PROVIDER && l.period == 1);
        let mut again = Self::without_tail(organisation, RESTATED_PROVIDER, 1);
        let first = &layouts[restated.expect("the restated bill is one of the bills")];
        again.add_tail(organisation, first.rows - first.fixed_rows());
        again.restated = true;
        layouts.push(again);
        layouts
    }

    fn without_tail(organisation: &Organisation, provider: Provider, period: usize) -> Self {
        let core = core_rows::of(organisation, provider);
        let (mut monthly, mut daily, mut hourly) = (Vec::new(), Vec::new(), Vec::new());
        for row in core {
            match organisation.rows() {
                ..CORE_BY_DAY => monthly.push(row),
                CORE_BY_HOUR.. if row.can_be_hourly() => hourly.push(row),
                ENDPOINTS_BY_HOUR.. if row.is_endpoint() => hourly.push(row),
                _ => daily.push(row),
            }
        }
        Self {
            provider,
            period,
            restated: false,
            rows: 0,
            specials: specials::of(organisation, provider, period),
            monthly,
            daily,
            hourly,
            families: Vec::new(),
            tail_a_day: 0,
            longer_days: 0,
            run_sku: 0,
            run_cost: 0,
        }
    }

    fn fixed_a_day(&self) -> u64 {
        (self.daily.len() + 24 * self.hourly.len()) as u64
    }

    fn fixed_rows(&self) -> u64 {
        (self.specials.len() + self.monthly.len()) as u64 + self.fixed_a_day() * u64::from(DAYS[self.period])
    }

    fn add_tail(&mut self, organisation: &Organisation, rows: u64) {
        let days = u64::from(DAYS[self.period]);
        self.rows = self.fixed_rows() + rows;
        self.tail_a_day = rows / days;
        self.longer_days = rows % days;
        let skus = tail_skus(organisation, self.provider);
        let counts = rows_a_day(&skus, self.tail_a_day);
        let present: Vec<((usize, &Sku), u64)> = skus.iter().copied().zip(counts).filter(|(_, count)| *count > 0).collect();
        let budget = |owned: &dyn Fn(&Sku) -> bool, skus: &mut dyn Iterator<Item = &Sku>| -> u128 {
            skus.filter(|sku| owned(sku)).map(|sku| u128::from(sku.budget)).sum()
        };
        let owned = |sku: &Sku| sku.owner != Holds::Sandbox && sku.rows > 0;
        let all = budget(&owned, &mut skus.iter().map(|(_, sku)| *sku));
        let there = budget(&owned, &mut present.iter().map(|((_, sku), _)| *sku));
        let mut first = 0;
        for ((index, sku), count) in present {
            let hourly = sku.hourly && count >= 48;
            let series = if hourly { count / 24 } else { count } as u32;
            // What skus too small for a row of their own would have cost is spread over the others.
            let money =
                u128::from(sku.budget) * 10_u128.pow(16) * if owned(sku) { all } else { 1 } / if owned(sku) { there } else { 1 };
            let weight: u64 = (0..series).map(|s| weight(series_bits(organisation.seed(), index, s))).sum();
            let slots = u128::from(DAYS[self.period]) * if hourly { 24 } else { 1 };
            let cost_of_weight = money / (u128::from(weight.max(1)) * slots);
            self.families.push(Family { sku: index, series, hourly, first, cost_of_weight });
            first += u64::from(series) * if hourly { 24 } else { 1 };
        }
        self.plan_runs(&skus, rows - first * days, organisation);
    }

    /// What is left of the rows are single runs of batch jobs.
    fn plan_runs(&mut self, skus: &[(usize, &Sku)], runs: u64, organisation: &Organisation) {
        let Some(&(index, _)) = skus.iter().find(|(_, sku)| sku.rows == 0) else { return };
        self.run_sku = index;
        let budget = i128::from(organisation.skus[index].budget) * 10_i128.pow(16);
        let thirty_dollars = 30 * 10_i128.pow(16);
        self.run_cost = (budget / i128::from(runs.max(1))).min(thirty_dollars);
    }

    /// The charge in a row, counted from 0.
    pub(crate) fn charge(&self, organisation: &Organisation, row: u64) -> Charge {
        if let Some(charge) = self.specials.get(row as usize) {
            return *charge;
        }
        let row = row - self.specials.len() as u64;
        if let Some(core) = self.monthly.get(row as usize) {
            return core.charge(organisation, Slot::month(self.period));
        }
        let row = row - self.monthly.len() as u64;
        let short_day = self.fixed_a_day() + self.tail_a_day;
        let in_longer = self.longer_days * (short_day + 1);
        let (day, at) = if row < in_longer {
            (row / (short_day + 1), row % (short_day + 1))
        } else {
            (self.longer_days + (row - in_longer) / short_day, (row - in_longer) % short_day)
        };
        self.charge_of_day(organisation, day as u32, at, row)
    }

    fn charge_of_day(&self, organisation: &Organisation, day: u32, at: u64, row: u64) -> Charge {
        if let Some(core) = self.daily.get(at as usize) {
            return core.charge(organisation, Slot::day(self.period, day));
        }
        let at = at - self.daily.len() as u64;
        let of_hours = self.hourly.len() as u64;
        if at < 24 * of_hours {
            let hour = START[self.period] + day * 24 + (at / of_hours) as u32;
            return self.hourly[(at % of_hours) as usize].charge(organisation, Slot::hour(hour));
        }
        let at = at - 24 * of_hours;
        let family = self.families.partition_point(|family| family.first <= at);
        let bits = dice::draw(organisation.seed(), 1 + self.period as u64 + 8 * self.provider as u64, row);
        if let Some(family) = family.checked_sub(1).map(|index| &self.families[index]) {
            let (hour, series) = ((at - family.first) / u64::from(family.series), (at - family.first) % u64::from(family.series));
            let slot =
                if family.hourly { Slot::hour(START[self.period] + day * 24 + hour as u32) } else { Slot::day(self.period, day) };
            if hour == 0 || (family.hourly && hour < 24) {
                return self.tail_charge(organisation, family, series as u32, slot, bits);
            }
        }
        self.run_charge(organisation, day, bits)
    }

    fn tail_charge(&self, organisation: &Organisation, family: &Family, series: u32, slot: Slot, bits: u64) -> Charge {
        let sku = &organisation.skus[family.sku];
        let resource = series_bits(organisation.seed(), family.sku, series);
        let (account, region, tags) = self.place(sku, family.series, resource);
        let (list_price, contracted_price) = organisation.prices(sku, Some(region));
        let noise = u128::from(dice::between(bits, 880, 1_120));
        let cost =
            family.cost_of_weight * u128::from(weight(resource)) * u128::from(level(sku.profile, slot)) / 1_000 * noise / 1_000;
        let mut quantity = (cost / sku.price as u128) as i128;
        if self.restated && sku.restated && slot.start / 24 == START[1] / 24 + RESTATED_DAY {
            quantity = quantity * RESTATED_PERCENT / 100;
        }
        let mut charge = Charge::usage(account, family.sku, slot, whole_steps(quantity, sku.step), list_price, contracted_price);
        charge.region = Some(region as u8);
        charge.zone = if sku.zonal { 1 + ((resource >> 20) % 3) as u8 } else { 0 };
        charge.resource = ResourceName::Numbered;
        charge.bits = resource;
        charge.tags = tags as u32;
        charge
    }

    fn run_charge(&self, organisation: &Organisation, day: u32, bits: u64) -> Charge {
        let sku = &organisation.skus[self.run_sku];
        let (account, region, tags) = self.place(sku, 1, bits);
        let (list_price, contracted_price) = organisation.prices(sku, Some(region));
        let quantity = self.run_cost / i128::from(sku.price) * dice::between(bits, 300, 1_700) as i128 / 1_000;
        let hour = START[self.period] + day * 24 + dice::between(dice::again(bits, 3), 0, 24) as u32;
        let mut charge =
            Charge::usage(account, self.run_sku, Slot::hour(hour), whole_steps(quantity, sku.step), list_price, contracted_price);
        charge.region = Some(region as u8);
        charge.resource = ResourceName::Numbered;
        charge.bits = bits;
        charge.tags = tags as u32;
        charge
    }

    /// Account, region and tags of a resource.
    fn place(&self, sku: &Sku, series: u32, resource: u64) -> (usize, usize, usize) {
        let holders = Organisation::holders(self.provider, sku.owner);
        let nth = dice::pick(dice::again(resource, 4), holders.clone().map(|(_, weight)| weight));
        let account = holders.map(|(account, _)| account).nth(nth).unwrap_or(0);
        let regions = REGIONS.iter().enumerate().filter(|(_, region)| region.provider == self.provider);
        let nth = dice::pick(dice::again(resource, 5), regions.clone().map(|(_, region)| region.weight));
        let region = regions.map(|(region, _)| region).nth(nth).unwrap_or(0);
        let untagged = sku.owner == Holds::Sandbox
            || (series >= MANY_SERIES && dice::between(dice::again(resource, 6), 0, UNTAGGED_OF) == 7);
        let bits = dice::again(resource, 7);
        if untagged {
            return (account, region, NO_OWNER[(bits % 3) as usize]);
        }
        let owners = ACCOUNTS[account].units;
        let unit = owners[dice::pick(bits, owners.iter().map(|(_, weight)| *weight))].0;
        (account, region, TagSets::of_resource(self.provider, units::index(unit), dice::again(resource, 8)))
    }
}

/// A provider's skus of the long tail, the one of batch runs (which has no share of the rows) among them.
fn tail_skus(organisation: &Organisation, provider: Provider) -> Vec<(usize, &Sku)> {
    let all = organisation.skus.iter().enumerate();
    all.filter(|(_, sku)| sku.provider == provider && sku.category == Category::Usage && sku.budget > 0).collect()
}

fn tail_weight(organisation: &Organisation, provider: Provider) -> u64 {
    tail_skus(organisation, provider).iter().map(|(_, sku)| u64::from(sku.rows)).sum()
}

/// How many rows of a day each sku has. There is always something without an owner: a sandbox has a row however small the bill.
fn rows_a_day(skus: &[(usize, &Sku)], tail_a_day: u64) -> Vec<u64> {
    let weights: Vec<u64> = skus.iter().map(|(_, sku)| u64::from(sku.rows)).collect();
    let everyone = weights.iter().filter(|&&weight| weight > 0).count() as u64;
    // With rows for all of them, every sku has one; with few, the larger ones do.
    let room_for_all = tail_a_day >= everyone + everyone / 4;
    let sure = |sku: &Sku| u64::from(sku.rows > 0 && (room_for_all || sku.owner == Holds::Sandbox));
    let taken: u64 = skus.iter().map(|(_, sku)| sure(sku)).sum();
    if taken > tail_a_day {
        return vec![0; skus.len()];
    }
    let counts = shares(tail_a_day - taken, &weights).into_iter();
    counts.zip(skus).map(|(count, (_, sku))| count + sure(sku)).collect()
}

fn series_bits(seed: u64, sku: usize, series: u32) -> u64 {
    dice::draw(seed, 1_000 + sku as u64, u64::from(series))
}

/// How large a resource is beside the others of its sku: few are large, most are small.
fn weight(resource: u64) -> u64 {
    1_000_000 / (40 + dice::between(resource, 0, 1_000))
}

fn whole_steps(quantity: i128, step: i64) -> i64 {
    let quantity = i64::try_from(quantity).expect("a month's budget buys less than 9e12 of anything");
    (quantity / step).max(1) * step
}

/// Splits `total` in proportion to whole weights, by largest remainder.
fn shares(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u64 = weights.iter().sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: u64| u128::from(total) * u128::from(weight);
    let mut shares: Vec<u64> = weights.iter().map(|&w| (exact(w) / u128::from(sum)) as u64).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse((exact(weights[i]) % u128::from(sum), std::cmp::Reverse(i))));
    let left = total - shares.iter().sum::<u64>();
    for &index in order.iter().take(left as usize) {
        shares[index] += 1;
    }
    shares
}

const OFFICE_DAY: [u64; 24] = [
    720, 660, 630, 620, 630, 660, 720, 800, 900, 1_000, 1_080, 1_160, 1_250, 1_340, 1_390, 1_400, 1_380, 1_350, 1_310, 1_250,
    1_140, 1_000, 860, 750,
];
const NIGHT_DAY: [u64; 24] = [
    2_100, 2_200, 2_150, 1_950, 1_600, 1_200, 820, 600, 520, 500, 500, 520, 540, 560, 560, 560, 560, 560, 560, 580, 640, 900,
    1_380, 1_840,
];
const OFFICE_WEEK: [u64; 7] = [1_120, 1_130, 1_120, 1_110, 1_060, 740, 720];

/// Use in a slot beside the mean of the month, per mille.
fn level(profile: Profile, slot: Slot) -> u64 {
    let week = OFFICE_WEEK[crate::calendar::weekday(slot.start)];
    let hour = crate::calendar::hour_of_day(slot.start);
    match (profile, slot.hours) {
        (Profile::Flat, _) => 1_000,
        (Profile::Stored, _) => 970 + u64::from(slot.start / 24),
        (Profile::Office, 1) => OFFICE_DAY[hour] * week / 1_000,
        (Profile::Night, 1) => NIGHT_DAY[hour] * week / 1_000,
        (Profile::Office | Profile::Night, _) => week,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_the_total() {
        assert_eq!(shares(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(shares(7, &[0, 5, 2]), [0, 5, 2]);
        assert_eq!(shares(0, &[3, 4]), [0, 0]);
    }

    #[test]
    fn the_layouts_have_the_rows_that_were_asked_for() {
        for rows in [1_000, 11_999, 20_000, 1_234_567] {
            let organisation = Organisation::new(rows, 3).unwrap();
            let sum: u64 = organisation.layouts.iter().filter(|l| !l.restated).map(|l| l.rows).sum();
            assert_eq!(sum, rows);
        }
    }
}
