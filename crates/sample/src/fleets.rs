//! The core of the bill: GPU endpoints, node groups and databases by the hour, and the commitments that cover them.

use crate::accounts::Provider::{self, Aws, Azure, Gcp};
use crate::calendar::{self, Slot};
use crate::decimal;

/// How much of a fleet a commitment covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coverage {
    /// So many instances, always fewer than run: the rest is on demand.
    Part(u32),
    /// All of them, as many as run in office hours.
    Full,
}

/// Instances of one type that run for one purpose, by a schedule of two levels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fleet {
    pub name: &'static str,
    pub provider: Provider,
    pub sku: &'static str,
    pub account: &'static str,
    pub unit: &'static str,
    /// The workload it serves, if it serves one.
    pub workload: Option<&'static str>,
    /// Instances on workdays from 12 to 22 UTC.
    pub office: u32,
    /// Instances at all other hours.
    pub other: u32,
    pub commitment: usize,
    pub coverage: Coverage,
}

impl Fleet {
    pub(crate) fn instances(&self, hour: u32) -> u32 {
        if calendar::is_office_hour(hour) { self.office } else { self.other }
    }

    fn covered_at(&self, hour: u32) -> u32 {
        match self.coverage {
            Coverage::Part(count) => count,
            Coverage::Full => self.instances(hour),
        }
    }

    /// The most that the commitment covers of it at any hour.
    fn covered_at_most(&self) -> u32 {
        match self.coverage {
            Coverage::Part(count) => count,
            Coverage::Full => self.office,
        }
    }

    /// Instance-hours under the commitment.
    pub(crate) fn covered(&self, slot: Slot) -> u32 {
        slot.each().map(|hour| self.covered_at(hour)).sum()
    }

    /// Instance-hours beyond it.
    pub(crate) fn on_demand(&self, slot: Slot) -> u32 {
        slot.each().map(|hour| self.instances(hour) - self.covered_at(hour)).sum()
    }
}

/// A commitment discount bought for a year.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Commitment {
    pub provider: Provider,
    pub id: &'static str,
    pub name: &'static str,
    /// FOCUS `CommitmentDiscountCategory`: `Spend` or `Usage`.
    pub category: &'static str,
    pub kind: &'static str,
    pub unit: &'static str,
    /// The discount from the list price that it gives, in percent.
    pub discount: i64,
    pub purchase: &'static str,
    pub unused: &'static str,
    /// What is committed an hour beyond the most that its fleets use: 1e-10 USD for spend, instances for usage.
    pub excess: i64,
    pub paid: Paid,
}

/// When a commitment is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paid {
    /// Month by month.
    Monthly,
    /// Once, before the first period: its use costs nothing any more and still has an effective cost.
    Before,
    /// Once, in this period, for use that begins after the last one.
    Ahead(usize),
}

impl Commitment {
    pub(crate) fn is_spend(&self) -> bool {
        self.category == "Spend"
    }
}

pub(crate) const COMMITMENTS: &[Commitment] = &[
    Commitment {
        provider: Aws,
        id: "arn:aws:savingsplans::400012340001:savingsplan/7be2f0c4-1d68-4b0a-9c57-33a9e6f0d214",
        name: "MachineLearningSavingsPlan-1yr-NoUpfront",
        category: "Spend",
        kind: "Savings Plan",
        unit: "USD",
        discount: 28,
        purchase: "purchase-ml-savings-plan",
        unused: "unused-ml-savings-plan",
        excess: decimal::price("1.90"),
        paid: Paid::Monthly,
    },
    Commitment {
        provider: Aws,
        id: "arn:aws:savingsplans::400012340001:savingsplan/c05d9a83-62fe-4f17-8b2e-90d1c4a7e655",
        name: "ComputeSavingsPlan-1yr-NoUpfront",
        category: "Spend",
        kind: "Savings Plan",
        unit: "USD",
        discount: 28,
        purchase: "purchase-compute-savings-plan",
        unused: "unused-compute-savings-plan",
        excess: decimal::price("0.60"),
        paid: Paid::Monthly,
    },
    Commitment {
        provider: Aws,
        id: "arn:aws:rds:us-east-1:400012340001:ri:nm-postgres-2025-11",
        name: "ReservedDBInstance-1yr-NoUpfront",
        category: "Usage",
        kind: "Reserved Instance",
        unit: "Hours",
        discount: 35,
        purchase: "purchase-reserved-db",
        unused: "unused-reserved-db",
        excess: 1,
        paid: Paid::Monthly,
    },
    Commitment {
        provider: Azure,
        id: "/providers/Microsoft.Capacity/reservationOrders/7d41/reservations/9f0e6c2a-58b3-4d1c-a7f4-16e02b93d8aa",
        name: "Reservation-D8s_v5-1yr",
        category: "Usage",
        kind: "Reservation",
        unit: "Hours",
        discount: 36,
        purchase: "purchase-reservation",
        unused: "unused-reservation",
        excess: 3,
        paid: Paid::Monthly,
    },
    Commitment {
        provider: Gcp,
        id: "//billing.googleapis.com/billingAccounts/01D4F7-8A2C6E-B39051/commitments/flex-cud-2025-12",
        name: "FlexibleCUD-1yr",
        category: "Spend",
        kind: "Committed Use Discount",
        unit: "USD",
        discount: 28,
        purchase: "purchase-cud",
        unused: "unused-cud",
        excess: decimal::price("1.10"),
        paid: Paid::Monthly,
    },
    Commitment {
        provider: Aws,
        id: "arn:aws:es:us-east-1:400012340001:reserved-instance/nm-vectors-2025-11",
        name: "ReservedSearchInstance-1yr-AllUpfront",
        category: "Usage",
        kind: "Reserved Instance",
        unit: "Hours",
        discount: 35,
        purchase: "",
        unused: "unused-reserved-search",
        excess: 1,
        paid: Paid::Before,
    },
    Commitment {
        provider: Azure,
        id: "/providers/Microsoft.Capacity/reservationOrders/81c5/reservations/2be71f40-0c9d-4e63-b1a8-5f3d7a9c6e12",
        name: "Reservation-SQL-vCore-1yr",
        category: "Usage",
        kind: "Reservation",
        unit: "Hours",
        discount: 33,
        purchase: "upfront-reserved-sql",
        unused: "",
        excess: 0,
        paid: Paid::Ahead(1),
    },
];

/// A group of instances; `size` is how many run in office hours and at other hours.
const fn fleet(
    name: &'static str,
    sku: &'static str,
    account: &'static str,
    unit: &'static str,
    size: (u32, u32),
    coverage: Coverage,
) -> Fleet {
    Fleet { name, provider: Aws, sku, account, unit, workload: None, office: size.0, other: size.1, commitment: 1, coverage }
}

/// A GPU endpoint, as large at all hours: what the fleet plan starts from.
const fn endpoint(
    name: &'static str,
    sku: &'static str,
    account: &'static str,
    unit: &'static str,
    replicas: u32,
    covered: u32,
) -> Fleet {
    let fleet = fleet(name, sku, account, unit, (replicas, replicas), Coverage::Part(covered));
    Fleet { workload: Some(name), commitment: 0, ..fleet }
}

const fn under(provider: Provider, commitment: usize, fleet: Fleet) -> Fleet {
    Fleet { provider, commitment, ..fleet }
}

use Coverage::{Full, Part};

const G5: &str = "hosting-ml.g5.xlarge";
const G6E: &str = "hosting-ml.g6e.xlarge";
const NODES: &str = "group-m7i.2xlarge";
const POSTGRES: &str = "rds-r6g.2xlarge";

/// Every fleet of the core.
pub(crate) const FLEETS: &[Fleet] = &[
    endpoint("claims-triage", G5, "claims-prod", "claims-triage", 14, 6),
    endpoint("document-reader", G5, "claims-prod", "document-reading", 18, 12),
    endpoint("assist-chat", G6E, "customer-service-prod", "voice-assist", 10, 5),
    endpoint("risk-scorer", G6E, "underwriting-prod", "risk-scoring", 6, 3),
    // The inference gateway and the cluster that everybody shares.
    fleet("inference-gateway", NODES, "ml-platform-prod", "ml-platform", (24, 16), Full),
    fleet("platform-cluster", NODES, "ml-platform-prod", "ml-platform", (40, 32), Full),
    under(Aws, 5, fleet("vector-store", "search-r7g.xlarge", "ml-platform-prod", "ml-platform", (9, 9), Full)),
    fleet("claims-services", NODES, "claims-prod", "claims-triage", (22, 14), Part(10)),
    fleet("lending-services", NODES, "lending-prod", "mortgage-servicing", (30, 20), Part(14)),
    fleet("pricing-services", NODES, "underwriting-prod", "pricing-models", (16, 10), Part(7)),
    fleet("contact-centre", NODES, "customer-service-prod", "support-replies", (20, 14), Part(9)),
    under(Aws, 2, fleet("claims-ledger", POSTGRES, "claims-prod", "settlement-review", (4, 4), Full)),
    under(Aws, 2, fleet("loan-book", POSTGRES, "lending-prod", "loan-prescreening", (6, 5), Full)),
    under(Aws, 2, fleet("collections-book", POSTGRES, "lending-prod", "collections", (3, 2), Full)),
    under(Aws, 2, fleet("policy-store", POSTGRES, "underwriting-prod", "risk-scoring", (3, 3), Full)),
    under(Aws, 2, fleet("finance-ledger", POSTGRES, "shared-services", "invoice-processing", (2, 2), Full)),
    under(Azure, 3, fleet("core-lending", "scale-set-D8s_v5", "nm-lending-core", "mortgage-servicing", (30, 22), Full)),
    under(Azure, 3, fleet("document-store", "scale-set-D8s_v5", "nm-claims-documents", "document-reading", (12, 12), Full)),
    under(Azure, 3, fleet("identity", "scale-set-D8s_v5", "nm-corporate", "security-operations", (6, 6), Full)),
    under(Gcp, 4, fleet("rating-engine", "group-n2-standard-16", "underwriting-prod", "pricing-models", (12, 8), Part(6))),
    under(Gcp, 4, fleet("call-analytics", "group-n2-standard-16", "customer-insight", "voice-assist", (6, 4), Part(3))),
];

/// A training job that runs every night on 8-GPU machines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Training {
    pub name: &'static str,
    pub account: &'static str,
    pub unit: &'static str,
    /// Machine-hours of a night before a workday, in 1e-6.
    pub hours: i64,
}

pub(crate) const TRAINING_SKU: &str = "training-ml.p4d.24xlarge";

pub(crate) const TRAININGS: &[Training] = &[
    Training { name: "risk-model", account: "underwriting-prod", unit: "risk-scoring", hours: 18 * decimal::ONE },
    Training { name: "claims-model", account: "claims-prod", unit: "claims-triage", hours: 11 * decimal::ONE },
    Training { name: "embedding-model", account: "ml-platform-prod", unit: "ml-platform", hours: 6 * decimal::ONE },
];

/// The most instances of its fleets that a commitment covers at once, each with the sku it is of.
pub(crate) fn covered_at_most(commitment: usize) -> impl Iterator<Item = (&'static str, u32)> {
    FLEETS.iter().filter(move |fleet| fleet.commitment == commitment).map(|fleet| (fleet.sku, fleet.covered_at_most()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_covers_fleets_of_its_own_provider_and_never_more_than_run() {
        for fleet in FLEETS {
            assert_eq!(COMMITMENTS[fleet.commitment].provider, fleet.provider, "{}", fleet.name);
            assert!(fleet.other <= fleet.office);
            if let Coverage::Part(count) = fleet.coverage {
                assert!(count < fleet.other, "{} would have hours without on-demand use", fleet.name);
            }
        }
    }
}
