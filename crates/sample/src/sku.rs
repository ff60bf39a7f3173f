//! What can be bought: a service's stock-keeping units, with prices and how much of each the organisation uses.

use crate::accounts::{Holds, Provider};
use crate::decimal;

/// FOCUS `ChargeCategory`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Category {
    Usage,
    Purchase,
    Tax,
    Credit,
    Adjustment,
}

impl Category {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "Usage",
            Self::Purchase => "Purchase",
            Self::Tax => "Tax",
            Self::Credit => "Credit",
            Self::Adjustment => "Adjustment",
        }
    }
}

/// How usage moves through the day and the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// The same at all hours.
    Flat,
    /// With the working day of the two coasts.
    Office,
    /// At night, when batches run.
    Night,
    /// Growing a little every day: what is stored.
    Stored,
}

/// A piece of a resource's id.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece {
    Text(&'static str),
    /// The sub-account's id.
    Account,
    /// The region's id.
    Region,
    /// So many hexadecimal digits of the resource.
    Hex(u8),
    /// The resource's name.
    Name,
}

/// A service in FOCUS terms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service {
    pub name: &'static str,
    pub category: &'static str,
    pub subcategory: &'static str,
}

pub(crate) const fn service(name: &'static str, category: &'static str, subcategory: &'static str) -> Service {
    Service { name, category, subcategory }
}

/// A kind of resource and how its ids are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResourceKind {
    pub kind: &'static str,
    pub stem: &'static str,
    pub id: &'static [Piece],
}

pub(crate) const NO_RESOURCE: ResourceKind = ResourceKind { kind: "", stem: "", id: &[] };

/// A stock-keeping unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sku {
    pub provider: Provider,
    pub publisher: Option<&'static str>,
    pub service: Service,
    pub category: Category,
    /// Names it among its provider's; its `SkuId` is made from it.
    pub code: &'static str,
    pub meter: &'static str,
    pub description: &'static str,
    pub pricing_unit: &'static str,
    pub consumed_unit: &'static str,
    /// Consumed units in a pricing unit.
    pub consumed_factor: i64,
    /// List price in 1e-10 USD; zero for what has no price, such as tax.
    pub price: i64,
    /// Negotiated discount in percent.
    pub discount: i64,
    pub details: &'static str,
    pub resource: ResourceKind,
    /// Whose accounts it is used in.
    pub owner: Holds,
    /// USD a month, over the whole organisation, of resources that are not part of the core.
    pub budget: u32,
    /// How many rows of a bill, beside the others.
    pub rows: u32,
    pub profile: Profile,
    /// Quantities are multiples of this many 1e-6.
    pub step: i64,
    /// Billed by the hour where there are enough rows.
    pub hourly: bool,
    /// In one availability zone.
    pub zonal: bool,
    /// Corrected by the later delivery.
    pub restated: bool,
}

impl Sku {
    /// Usage of `service`, at a list `price` per `unit`.
    pub(crate) const fn usage(
        provider: Provider,
        service: Service,
        code: &'static str,
        description: &'static str,
        price: &'static str,
        unit: &'static str,
    ) -> Self {
        Self {
            provider,
            publisher: None,
            service,
            category: Category::Usage,
            code,
            meter: "Usage",
            description,
            pricing_unit: unit,
            consumed_unit: unit,
            consumed_factor: 1,
            price: decimal::price(price),
            discount: 0,
            details: "",
            resource: NO_RESOURCE,
            owner: Holds::Line,
            budget: 0,
            rows: 0,
            profile: Profile::Flat,
            step: 1,
            hourly: false,
            zonal: false,
            restated: false,
        }
    }

    /// What is paid a month.
    pub(crate) const fn fee(provider: Provider, service: Service, code: &'static str, description: &'static str) -> Self {
        Self { category: Category::Purchase, meter: "Fee", ..Self::usage(provider, service, code, description, "0", "Months") }
    }

    /// A charge without a price: tax, credit, refund.
    pub(crate) const fn lump(
        provider: Provider,
        service: Service,
        category: Category,
        code: &'static str,
        description: &'static str,
    ) -> Self {
        // A tax is on what has a SKU and has none itself.
        let meter = if matches!(category, Category::Tax) { "" } else { "Fee" };
        Self { category, meter, ..Self::usage(provider, service, code, description, "0", "") }
    }

    /// FOCUS `ChargeFrequency`.
    pub(crate) fn frequency(&self) -> &'static str {
        match self.category {
            Category::Usage => "Usage-Based",
            Category::Purchase if self.meter != "Upfront" => "Recurring",
            _ => "One-Time",
        }
    }

    /// What the long tail of resources spends on it a month, and its share of the rows.
    pub(crate) const fn tail(self, owner: Holds, budget: u32, rows: u32, profile: Profile) -> Self {
        Self { owner, budget, rows, profile, ..self }
    }

    pub(crate) const fn on(self, resource: ResourceKind) -> Self {
        Self { resource, ..self }
    }

    pub(crate) const fn meter(self, meter: &'static str) -> Self {
        Self { meter, ..self }
    }

    pub(crate) const fn details(self, details: &'static str) -> Self {
        Self { details, ..self }
    }

    pub(crate) const fn discount(self, percent: i64) -> Self {
        Self { discount: percent, ..self }
    }

    pub(crate) const fn publisher(self, publisher: &'static str) -> Self {
        Self { publisher: Some(publisher), ..self }
    }

    pub(crate) const fn category(self, category: Category) -> Self {
        Self { category, ..self }
    }

    /// Whole units only: requests, instances started.
    pub(crate) const fn whole(self) -> Self {
        Self { step: decimal::ONE, ..self }
    }

    pub(crate) const fn step(self, step: i64) -> Self {
        Self { step, ..self }
    }

    pub(crate) const fn hourly(self) -> Self {
        Self { hourly: true, ..self }
    }

    pub(crate) const fn zonal(self) -> Self {
        Self { zonal: true, ..self }
    }

    pub(crate) const fn restated(self) -> Self {
        Self { restated: true, ..self }
    }

    pub(crate) const fn consumed(self, unit: &'static str, factor: i64) -> Self {
        Self { consumed_unit: unit, consumed_factor: factor, ..self }
    }
}
