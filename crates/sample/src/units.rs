//! The organisation's cost tree: four business lines, a platform and shared services.

/// An operational unit.
#[derive(Clone, Copy, Debug)]
pub struct Unit {
    /// Its id, which resources carry as the value of their team tag.
    pub id: &'static str,
    /// Its name on reports.
    pub name: &'static str,
    /// The unit above it; none for the root.
    pub parent: Option<&'static str>,
    /// Who answers for its cost.
    pub owner: &'static str,
    /// Its cost centre in the general ledger.
    pub cost_center: &'static str,
}

const fn unit(
    id: &'static str,
    name: &'static str,
    parent: &'static str,
    owner: &'static str,
    cost_center: &'static str,
) -> Unit {
    Unit { id, name, parent: Some(parent), owner, cost_center }
}

/// The organisation.
pub(crate) const ROOT: Unit =
    Unit { id: "northmoor", name: "Northmoor Mutual", parent: None, owner: "Chief financial officer", cost_center: "cc-1000" };

/// The units below the root, a parent before its children.
pub(crate) const UNITS: &[Unit] = &[
    unit("claims", "Claims", "northmoor", "Head of claims", "cc-2000"),
    unit("claims-triage", "Claims triage", "claims", "Claims intake manager", "cc-2010"),
    unit("document-reading", "Document reading", "claims", "Claims intake manager", "cc-2020"),
    unit("settlement-review", "Settlement review", "claims", "Settlement manager", "cc-2030"),
    unit("lending", "Lending", "northmoor", "Head of lending", "cc-3000"),
    unit("loan-prescreening", "Loan pre-screening", "lending", "Credit operations manager", "cc-3010"),
    unit("mortgage-servicing", "Mortgage servicing", "lending", "Servicing manager", "cc-3020"),
    unit("collections", "Collections", "lending", "Servicing manager", "cc-3030"),
    unit("underwriting", "Underwriting", "northmoor", "Chief underwriter", "cc-4000"),
    unit("risk-scoring", "Risk scoring", "underwriting", "Actuarial manager", "cc-4010"),
    unit("pricing-models", "Pricing models", "underwriting", "Actuarial manager", "cc-4020"),
    unit("customer-service", "Customer service", "northmoor", "Head of customer service", "cc-5000"),
    unit("support-replies", "Support replies", "customer-service", "Contact centre manager", "cc-5010"),
    unit("voice-assist", "Voice assistance", "customer-service", "Contact centre manager", "cc-5020"),
    unit("platform", "Platform", "northmoor", "Head of platform", "cc-8000"),
    unit("ml-platform", "Machine-learning platform", "platform", "Platform engineering manager", "cc-8010"),
    unit("data-platform", "Data platform", "platform", "Data engineering manager", "cc-8020"),
    unit("shared-services", "Shared services", "northmoor", "Chief operating officer", "cc-9000"),
    unit("invoice-processing", "Invoice processing", "shared-services", "Finance operations manager", "cc-9010"),
    unit("security-operations", "Security operations", "shared-services", "Chief information security officer", "cc-9020"),
];

/// Where a unit stands in [`UNITS`].
pub(crate) const fn index(id: &str) -> usize {
    let mut at = 0;
    while at < UNITS.len() {
        if same(UNITS[at].id, id) {
            return at;
        }
        at += 1;
    }
    panic!("no unit has this id")
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}
