//! The validated instance and its reading.

use farthing_types::Amount;

use crate::input::{Accept, InputError, Names, Object};

/// Where the format is described.
pub const MANUAL: &str = "solver-models/src/storage/MODEL.md";
/// Most months of a horizon.
pub const MAX_MONTHS: u32 = 120;
/// Most stays of one program.
pub const MAX_STAYS: usize = 400_000;

/// What a class does by itself with data that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Whole months without a read until data lies here.
    pub idle_months: u32,
    /// Storage, money a GB month.
    pub storage: Amount,
}

/// A price of what lies in a class beyond some volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume {
    /// GB in the class up to which the price before applies.
    pub above_gb: Amount,
    /// Storage beyond them, money a GB month.
    pub storage: Amount,
}

/// A storage class and its tariff; units in MODEL.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Its name: `STANDARD_IA`.
    pub id: String,
    /// Storage, money a GB month.
    pub storage: Amount,
    /// Into the class, for 1,000 objects.
    pub transition: Amount,
    /// 1,000 read requests.
    pub get: Amount,
    /// 1,000 restores, beside the reads.
    pub restore: Amount,
    /// A GB read.
    pub retrieval: Amount,
    /// Months that are paid at least.
    pub minimum_months: u32,
    /// Age at which a lifecycle may move data here.
    pub earliest_months: u32,
    /// Months before a lifecycle may move data on.
    pub least_stay_months: u32,
    /// Smallest billed object; with tiers, smallest monitored object.
    pub minimum_kb: Amount,
    /// Added to every object.
    pub overhead_kb: Amount,
    /// 1,000 objects for a month.
    pub monitoring: Amount,
    /// In rising order of idle months.
    pub tiers: Vec<Tier>,
    /// Hours until data can be read.
    pub retrieval_hours: Amount,
    /// Zones it lies in.
    pub zones: u32,
    /// Most that it holds.
    pub capacity_gb: Option<Amount>,
    /// Prices by volume after the first, in rising order of volume and falling order of price.
    pub volume: Vec<Volume>,
    /// What lies in the class beside the datasets and fills its volumes first.
    pub elsewhere_gb: Amount,
}

impl Class {
    /// Whether what one dataset does in it changes what others may do or pay.
    pub fn is_shared(&self) -> bool {
        self.capacity_gb.is_some() || !self.volume.is_empty()
    }
}

/// Data that moves together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Its name.
    pub id: String,
    /// Its size.
    pub gb: Amount,
    /// Number of objects.
    pub objects: Amount,
    /// Index of the class it lies in.
    pub class: usize,
    /// Months since it was written.
    pub age_months: u32,
    /// Months in its class.
    pub held_months: u32,
    /// By month: GB read.
    pub reads: Vec<Amount>,
    /// By month: read requests.
    pub requests: Vec<Amount>,
    /// Months that it is kept at least.
    pub keep_months: u32,
    /// Months of a legal hold.
    pub legal_hold_months: u32,
    /// Months after which it must be gone.
    pub delete_by_months: Option<u32>,
    /// Slowest restore that is allowed.
    pub max_retrieval_hours: Option<Amount>,
    /// Fewest zones.
    pub least_zones: u32,
    /// Objects of its lifecycle rule.
    pub prefix: Option<String>,
}

impl Dataset {
    /// First month in which it may be deleted.
    pub fn least_months(&self) -> u32 {
        self.keep_months.max(self.legal_hold_months)
    }

    /// Whether it may lie in `class`.
    pub fn may_use(&self, class: &Class) -> bool {
        class.zones >= self.least_zones && self.max_retrieval_hours.is_none_or(|most| class.retrieval_hours <= most)
    }
}

/// A storage problem; see MODEL.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// H.
    pub months: u32,
    /// In the order in which data may move.
    pub classes: Vec<Class>,
    /// Datasets.
    pub datasets: Vec<Dataset>,
}

impl Instance {
    /// Reads the format of MODEL.md.
    ///
    /// # Errors
    /// [`InputError`], naming the field.
    pub fn from_json(text: &str) -> Result<Self, InputError> {
        crate::input::read(text, MANUAL, read)
    }

    /// Months in which a dataset may leave the horizon: deleted, or at its end still kept.
    pub fn ends(&self, dataset: &Dataset) -> std::ops::RangeInclusive<u32> {
        let last = dataset.delete_by_months.unwrap_or(self.months).min(self.months);
        dataset.least_months().min(self.months)..=last
    }
}

fn read(o: &mut Object<'_>) -> Result<Instance, InputError> {
    let months = o.take("months")?.count(1, MAX_MONTHS)?;
    let classes = o.take("classes")?.list(|f| f.object(read_class))?;
    let names = Names::new("classes", classes.iter().map(|c| &c.id))?;
    let datasets = o.take("datasets")?.list(|f| f.object(|o| read_dataset(o, &names, months)))?;
    Names::new("datasets", datasets.iter().map(|d| &d.id))?;
    let stays = classes.len() * (months * (months + 1) / 2) as usize;
    let together = if classes.iter().any(Class::is_shared) { datasets.len() } else { 1 };
    if stays * together > MAX_STAYS {
        return Err(o.rule(format!(
            "{} stays (classes × pairs of months × datasets that share a capacity or prices by volume) are more than {MAX_STAYS}; give fewer \
             months, or leave capacities and volumes out",
            stays * together
        )));
    }
    Ok(Instance { months, classes, datasets })
}

fn read_class(o: &mut Object<'_>) -> Result<Class, InputError> {
    let mut price = |field| o.amount_or(field, Accept::NonNegative, Amount::ZERO);
    let (transition, get, restore) = (price("transition")?, price("get")?, price("restore")?);
    let (retrieval, monitoring) = (price("retrieval")?, price("monitoring")?);
    let (minimum_kb, overhead_kb, retrieval_hours) = (price("minimum_kb")?, price("overhead_kb")?, price("retrieval_hours")?);
    let tiers = o.list_or_empty("tiers", |f| {
        f.object(|o| {
            let idle_months = o.take("idle_months")?.count(1, 24)?;
            Ok(Tier { idle_months, storage: o.take("storage")?.amount(Accept::NonNegative)? })
        })
    })?;
    if !tiers.is_sorted_by(|a, b| a.idle_months < b.idle_months) {
        return Err(o.rule("tiers must come in rising order of idle_months"));
    }
    let elsewhere_gb = o.amount_or("elsewhere_gb", Accept::NonNegative, Amount::ZERO)?;
    let storage = o.take("storage")?.amount(Accept::NonNegative)?;
    let volume = o.list_or_empty("volume", |f| f.object(read_volume))?;
    let first = Volume { above_gb: Amount::ZERO, storage };
    let steps: Vec<Volume> = std::iter::once(first).chain(volume.iter().copied()).collect();
    if !steps.is_sorted_by(|a, b| a.above_gb < b.above_gb && a.storage > b.storage) {
        return Err(o.rule(
            "volume must come in rising order of above_gb, each cheaper than the one before; the first price is `storage`",
        ));
    }
    if !volume.is_empty() && !tiers.is_empty() {
        return Err(o.rule("a class has tiers by idle time or prices by volume; leave one of them out"));
    }
    Ok(Class {
        id: o.take("id")?.text()?,
        storage,
        transition,
        get,
        restore,
        retrieval,
        minimum_months: o.count_or("minimum_months", 0, MAX_MONTHS, 0)?,
        earliest_months: o.count_or("earliest_months", 0, MAX_MONTHS, 0)?,
        least_stay_months: o.count_or("least_stay_months", 0, MAX_MONTHS, 0)?,
        minimum_kb,
        overhead_kb,
        monitoring,
        tiers,
        retrieval_hours,
        zones: o.count_or("zones", 1, 100, 3)?,
        capacity_gb: o.maybe("capacity_gb").map(|f| f.amount(Accept::NonNegative)).transpose()?,
        volume,
        elsewhere_gb,
    })
}

fn read_volume(o: &mut Object<'_>) -> Result<Volume, InputError> {
    let above_gb = o.take("above_gb")?.amount(Accept::Positive)?;
    Ok(Volume { above_gb, storage: o.take("storage")?.amount(Accept::NonNegative)? })
}

fn read_dataset(o: &mut Object<'_>, classes: &Names, months: u32) -> Result<Dataset, InputError> {
    let (gb, objects) = (o.take("gb")?.amount(Accept::Positive)?, o.take("objects")?.amount(Accept::NonNegative)?);
    let none = || vec![Amount::ZERO; months as usize];
    let mut by_month = |field| {
        let given = o.maybe(field).map(|f| f.amounts(Accept::NonNegative, months as usize, "one for every month"));
        given.unwrap_or_else(|| Ok(none()))
    };
    let (reads, requests) = (by_month("reads")?, by_month("requests")?);
    let delete_by_months = o.maybe("delete_by_months").map(|f| f.count(0, 10_000)).transpose()?;
    // What nobody says may be deleted is kept.
    let kept = delete_by_months.unwrap_or(months).min(months);
    Ok(Dataset {
        id: o.take("id")?.text()?,
        gb,
        objects,
        class: o.take("class")?.reference("class", classes)?,
        age_months: o.count_or("age_months", 0, 10_000, 0)?,
        held_months: o.count_or("held_months", 0, 10_000, 0)?,
        reads,
        requests,
        keep_months: o.count_or("keep_months", 0, 10_000, kept)?,
        legal_hold_months: o.count_or("legal_hold_months", 0, 10_000, 0)?,
        delete_by_months,
        max_retrieval_hours: o.maybe("max_retrieval_hours").map(|f| f.amount(Accept::NonNegative)).transpose()?,
        least_zones: o.count_or("least_zones", 1, 100, 1)?,
        prefix: o.maybe("prefix").map(|f| f.text()).transpose()?,
    })
}
