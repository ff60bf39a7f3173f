//! The reports that have a lineage, and what each of them reads.

use farthing_store::{Dataset as D, DocumentKind as K};

/// What a report reads: rather too much than too little, since a figure rests on all of it or on a part.
pub(super) struct Reads {
    pub report: &'static str,
    /// The command that prints it, and the address that answers with it; `{}` is the period.
    pub command: &'static str,
    pub address: &'static str,
    pub datasets: &'static [D],
    pub kinds: &'static [K],
    /// Which months it reads where it is about one.
    pub months: Months,
    /// True where it says what people did or what they cost.
    pub people: bool,
}

/// Which months a report about one reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Months {
    /// That one.
    Own,
    /// That one and the one before.
    AndBefore,
    /// All up to it.
    UpTo,
    /// All there are: cases of a process reach over months.
    All,
}

use Months::{All, AndBefore, Own, UpTo};

const CHARGES: &[D] = &[D::Charges, D::LateCharges];
pub(super) const ATTRIBUTED: &[D] = &[D::Charges, D::LateCharges, D::Usage, D::Decisions];
const DECIDED: &[D] = &[D::Charges, D::LateCharges, D::Usage, D::Decisions, D::EventLogs];
pub(super) const RULES: &[K] = &[K::Rules, K::Units, K::Metrics, K::Rates];
const PEOPLE: &[K] = &[K::Rules, K::Units, K::Metrics, K::Rates, K::People, K::Models];

#[rustfmt::skip]
pub(super) const REPORTS: &[Reads] = &[
    reads("chargeback", "farthing chargeback --period {}", "/v1/chargeback?period={}", ATTRIBUTED, RULES, AndBefore),
    reads("statement", "farthing statement UNIT --period {}", "/v1/statements/{unit}?period={}", ATTRIBUTED, RULES, AndBefore),
    reads("journal", "farthing journal --period {}", "/v1/journal?period={}", ATTRIBUTED, RULES, AndBefore),
    reads("accruals", "farthing accruals --period {}", "/v1/accruals?period={}", ATTRIBUTED, RULES, AndBefore),
    reads("certificate", "farthing certificate {}", "/v1/periods/{}/certificate", ATTRIBUTED, RULES, Own),
    reads("reconciliation", "farthing reconcile --period {}", "/v1/reconciliation", &[D::Charges, D::LateCharges, D::InvoiceDetail, D::BillingPeriod], &[], Own),
    reads("variance", "farthing variance EARLIER {}", "/v1/variance?from=EARLIER&to={}", ATTRIBUTED, RULES, UpTo),
    reads("coverage", "farthing rules coverage --period {}", "/v1/rules/coverage?period={}", CHARGES, RULES, Own),
    reads("budgets", "farthing budgets status --period {}", "/v1/budgets?period={}", ATTRIBUTED, &[K::Budgets, K::Rules, K::Units, K::Metrics, K::Rates], UpTo),
    reads("forecast", "farthing forecast --period {}", "/v1/forecast?period={}", ATTRIBUTED, RULES, UpTo),
    reads("anomalies", "farthing anomalies --period {}", "/v1/anomalies?period={}", ATTRIBUTED, RULES, UpTo),
    reads("quality", "farthing status --quality --period {}", "/v1/quality?period={}", CHARGES, &[K::Sla, K::Rules, K::Units], Own),
    reads("changes", "farthing revisions diff --source SOURCE --period {}", "/v1/revisions/diff?source=SOURCE&period={}", ATTRIBUTED, RULES, Own),
    reads("token-cost", "farthing token-cost --period {}", "/v1/token-cost?period={}", ATTRIBUTED, &[K::Prices, K::Rules, K::Units, K::Metrics, K::Rates], Own),
    people("unit-cost", "farthing unit-cost --window MONTHS", "/v1/unit-cost?window=MONTHS", DECIDED, PEOPLE, Own),
    people("tco", "farthing tco --period {}", "/v1/tco?period={}", DECIDED, &[K::Systems, K::Prices, K::Rules, K::Units, K::Metrics, K::Rates, K::People], UpTo),
    people("kpis", "farthing kpis show ID --period {}", "/v1/kpis/{id}?period={}", DECIDED, &[K::Kpis, K::Rules, K::Units, K::Metrics, K::Rates, K::People, K::Models, K::Prices], Own),
    people("portfolio", "farthing portfolio --period {}", "/v1/portfolio?period={}", DECIDED, &[K::Rules, K::Units, K::Metrics, K::Rates, K::People, K::Models, K::Prices], UpTo),
    people("process", "farthing process --workflow WORKFLOW", "/v1/process?workflow=WORKFLOW", &[D::EventLogs], &[K::People], All),
    people("owners", "farthing owners --period {}", "/v1/owners?period={}", &[D::Usage], &[K::Rules, K::Units], Own),
    people("experiment", "farthing experiment compare --workflow WORKFLOW --window MONTHS", "/v1/experiments/comparison?workflow=WORKFLOW&window=MONTHS", DECIDED, PEOPLE, Own),
    people("shadow", "farthing experiment shadow --workflow WORKFLOW --window MONTHS", "/v1/experiments/shadow?workflow=WORKFLOW&window=MONTHS", &[D::Decisions], &[], Own),
];

const fn reads(
    report: &'static str,
    command: &'static str,
    address: &'static str,
    datasets: &'static [D],
    kinds: &'static [K],
    months: Months,
) -> Reads {
    Reads { report, command, address, datasets, kinds, months, people: false }
}

const fn people(
    report: &'static str,
    command: &'static str,
    address: &'static str,
    datasets: &'static [D],
    kinds: &'static [K],
    months: Months,
) -> Reads {
    Reads { people: true, ..reads(report, command, address, datasets, kinds, months) }
}

/// Those whose lineage is that of what was kept with them: a question, a plan, a review.
pub(super) const KEPT: [(&str, &str); 3] =
    [("sql", "/v1/sql"), ("plan", "/v1/recommendations/{id}"), ("review", "/v1/portfolio/reviews/{quarter}")];
