//! Regions, with their price level.

use crate::accounts::Provider;

/// A place where a provider runs resources.
pub(crate) struct Region {
    pub provider: Provider,
    pub id: &'static str,
    pub name: &'static str,
    pub zones: [&'static str; 3],
    /// Prices there, in percent of those of the provider's first region.
    pub price_percent: i64,
    /// How many resources it has, beside the others.
    pub weight: u32,
}

use Provider::{Aws, Azure, Gcp};

/// Every region; the first of each provider is where its core runs.
pub(crate) const REGIONS: &[Region] = &[
    Region {
        provider: Aws,
        id: "us-east-1",
        name: "US East (N. Virginia)",
        zones: ["us-east-1a", "us-east-1b", "us-east-1c"],
        price_percent: 100,
        weight: 70,
    },
    Region {
        provider: Aws,
        id: "us-west-2",
        name: "US West (Oregon)",
        zones: ["us-west-2a", "us-west-2b", "us-west-2c"],
        price_percent: 100,
        weight: 14,
    },
    Region {
        provider: Aws,
        id: "eu-west-1",
        name: "EU (Ireland)",
        zones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        price_percent: 112,
        weight: 16,
    },
    Region {
        provider: Azure,
        id: "eastus",
        name: "East US",
        zones: ["eastus-1", "eastus-2", "eastus-3"],
        price_percent: 100,
        weight: 60,
    },
    Region {
        provider: Azure,
        id: "westeurope",
        name: "West Europe",
        zones: ["westeurope-1", "westeurope-2", "westeurope-3"],
        price_percent: 120,
        weight: 40,
    },
    Region {
        provider: Gcp,
        id: "us-central1",
        name: "Iowa",
        zones: ["us-central1-a", "us-central1-b", "us-central1-c"],
        price_percent: 100,
        weight: 65,
    },
    Region {
        provider: Gcp,
        id: "europe-west1",
        name: "Belgium",
        zones: ["europe-west1-b", "europe-west1-c", "europe-west1-d"],
        price_percent: 110,
        weight: 35,
    },
];
