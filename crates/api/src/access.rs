//! Who may ask for what: one row for each route. A route without a row is refused to everybody, and fails a test.

use axum::http::Method;
use farthing_application::Permission;
use farthing_application::Permission as P;

/// What somebody needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing: anybody may ask, without saying who they are.
    Nothing,
    /// To be somebody.
    Identity,
    /// To have been given this.
    Right(Permission),
    /// To read a document of the kind in the path: data about people, and their addresses, are more than the others.
    Document,
}

/// What of the organisation an answer is about: who is limited to units gets answers about these alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// All of it, or what is nobody's unit.
    Whole,
    /// The unit that the path names.
    UnitInPath,
    /// The unit that the parameter `unit` names; all of it without one.
    UnitInQuery,
    /// The recommendation that the path names: it has to be about a unit of theirs, and the answer is about theirs alone.
    Recommendation,
    /// What is theirs: the handler answers about nothing else.
    Theirs,
    /// Nothing of it: the same for everybody.
    None,
}

/// Who may ask for a route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    pub method: &'static str,
    pub path: &'static str,
    pub needs: Needs,
    pub reach: Reach,
}

const fn row(method: &'static str, path: &'static str, needs: Needs, reach: Reach) -> Access {
    Access { method, path, needs, reach }
}

/// An answer about the whole organisation.
const fn whole(method: &'static str, path: &'static str, right: Permission) -> Access {
    row(method, path, Needs::Right(right), Reach::Whole)
}

/// What becomes of a recommendation.
const fn recommendation(method: &'static str, path: &'static str, right: Permission) -> Access {
    row(method, path, Needs::Right(right), Reach::Recommendation)
}

/// The table.
pub(crate) const ACCESS: &[Access] = &[
    row("GET", "/healthz", Needs::Nothing, Reach::None),
    row("GET", "/readyz", Needs::Nothing, Reach::None),
    row("GET", "/openapi.json", Needs::Nothing, Reach::None),
    whole("GET", "/metrics", P::Operate),
    row("POST", "/v1/session", Needs::Nothing, Reach::None),
    row("GET", "/v1/login", Needs::Nothing, Reach::None),
    row("GET", "/v1/session/openid", Needs::Nothing, Reach::None),
    row("GET", "/v1/session/openid/return", Needs::Nothing, Reach::None),
    row("GET", "/v1/session", Needs::Identity, Reach::None),
    row("DELETE", "/v1/session", Needs::Identity, Reach::None),
    row("POST", "/v1/session/password", Needs::Identity, Reach::None),
    row("POST", "/v1/tables", Needs::Identity, Reach::None),
    whole("GET", "/v1/users", P::Administer),
    whole("POST", "/v1/users", P::Administer),
    whole("PUT", "/v1/users/{name}", P::Administer),
    whole("DELETE", "/v1/users/{name}", P::Administer),
    whole("GET", "/v1/tokens", P::Administer),
    whole("POST", "/v1/tokens", P::Administer),
    whole("DELETE", "/v1/tokens/{name}", P::Administer),
    whole("GET", "/v1/audit", P::Audit),
    whole("GET", "/v1/audit/verification", P::Audit),
    whole("POST", "/v1/audit/checkpoints", P::Operate),
    whole("GET", "/v1/lineage", P::Read),
    whole("GET", "/v1/status", P::Read),
    whole("GET", "/v1/quality", P::Read),
    whole("GET", "/v1/units", P::Read),
    whole("PUT", "/v1/units", P::Publish),
    whole("POST", "/v1/units", P::Publish),
    row("GET", "/v1/units/{unit}", Needs::Right(P::Read), Reach::UnitInPath),
    whole("PATCH", "/v1/units/{unit}", P::Publish),
    row("GET", "/v1/formats", Needs::Identity, Reach::None),
    row("POST", "/v1/formats", Needs::Identity, Reach::None),
    row("GET", "/v1/formats/{name}", Needs::Identity, Reach::None),
    row("GET", "/v1/schemas/{name}", Needs::Identity, Reach::None),
    whole("GET", "/v1/documents", P::Read),
    row("GET", "/v1/documents/{kind}", Needs::Document, Reach::Whole),
    whole("PUT", "/v1/documents/{kind}", P::Publish),
    whole("GET", "/v1/periods", P::Read),
    whole("POST", "/v1/periods/{period}/closing", P::Close),
    whole("POST", "/v1/periods/{period}/reopening", P::AskToReopen),
    whole("POST", "/v1/periods/{period}/reopening/decision", P::Approve),
    whole("GET", "/v1/periods/{period}/certificate", P::Read),
    whole("GET", "/v1/chargeback", P::Read),
    whole("GET", "/v1/chargeback/explanation", P::Read),
    row("GET", "/v1/statements/{unit}", Needs::Right(P::Read), Reach::UnitInPath),
    whole("GET", "/v1/journal", P::Read),
    whole("POST", "/v1/journal", P::Read),
    whole("GET", "/v1/accruals", P::Read),
    whole("POST", "/v1/reconciliation", P::Read),
    whole("GET", "/v1/variance", P::Read),
    whole("GET", "/v1/rules/coverage", P::Read),
    whole("POST", "/v1/rules/preview", P::Publish),
    whole("GET", "/v1/rules/start", P::Read),
    row("GET", "/v1/budgets", Needs::Right(P::Read), Reach::UnitInQuery),
    whole("PUT", "/v1/budgets", P::Publish),
    whole("GET", "/v1/budgets/entries", P::Read),
    whole("GET", "/v1/rates", P::Read),
    whole("PUT", "/v1/rates", P::Publish),
    whole("GET", "/v1/forecast", P::Read),
    whole("GET", "/v1/anomalies", P::Read),
    whole("GET", "/v1/provider/anomalies", P::Read),
    whole("GET", "/v1/provider/forecasts", P::Read),
    whole("GET", "/v1/provider/commitments", P::Read),
    whole("GET", "/v1/prices", P::Read),
    whole("GET", "/v1/prices/skus", P::Read),
    whole("GET", "/v1/token-cost", P::Read),
    whole("GET", "/v1/tco", P::ReadPeople),
    whole("GET", "/v1/unit-cost", P::ReadPeople),
    whole("GET", "/v1/process", P::ReadPeople),
    whole("GET", "/v1/experiments/comparison", P::ReadPeople),
    whole("GET", "/v1/experiments/shadow", P::ReadPeople),
    whole("GET", "/v1/owners", P::ReadPeople),
    whole("GET", "/v1/kpis", P::ReadPeople),
    whole("GET", "/v1/kpis/{id}", P::ReadPeople),
    whole("GET", "/v1/portfolio", P::ReadPeople),
    whole("GET", "/v1/portfolio/reviews", P::ReadPeople),
    whole("GET", "/v1/portfolio/reviews/{quarter}", P::ReadPeople),
    whole("POST", "/v1/portfolio/reviews/{quarter}", P::Review),
    whole("POST", "/v1/portfolio/reviews/{quarter}/decisions", P::Review),
    whole("POST", "/v1/decisions", P::Import),
    whole("POST", "/v1/traces", P::Import),
    whole("POST", "/v1/metrics", P::Import),
    whole("POST", "/v1/logs", P::Import),
    whole("POST", "/v1/sql", P::Query),
    whole("GET", "/v1/charges", P::Query),
    whole("POST", "/v1/uploads", P::Import),
    whole("POST", "/v1/imports", P::Import),
    whole("POST", "/v1/sample", P::Administer),
    whole("GET", "/v1/sources/kinds", P::Read),
    whole("GET", "/v1/revisions", P::Read),
    whole("GET", "/v1/revisions/diff", P::Read),
    whole("GET", "/v1/revisions/{id}", P::Read),
    whole("GET", "/v1/revisions/{id}/findings", P::Read),
    row("GET", "/v1/recommendations", Needs::Right(P::Read), Reach::Theirs),
    recommendation("GET", "/v1/recommendations/{id}", P::Read),
    recommendation("GET", "/v1/recommendations/{id}/standing", P::Read),
    recommendation("POST", "/v1/recommendations/{id}/comments", P::Comment),
    recommendation("POST", "/v1/recommendations/{id}/challenge", P::Comment),
    recommendation("POST", "/v1/recommendations/{id}/answer", P::Propose),
    recommendation("POST", "/v1/recommendations/{id}/approval", P::Approve),
    recommendation("POST", "/v1/recommendations/{id}/override", P::Approve),
    recommendation("POST", "/v1/recommendations/{id}/rejection", P::Approve),
    recommendation("POST", "/v1/recommendations/{id}/application", P::Propose),
    recommendation("POST", "/v1/recommendations/{id}/verification", P::Approve),
    recommendation("POST", "/v1/recommendations/{id}/rollback", P::Propose),
    recommendation("POST", "/v1/recommendations/{id}/assignment", P::Comment),
    recommendation("POST", "/v1/recommendations/{id}/shadow", P::Propose),
    recommendation("POST", "/v1/recommendations/{id}/resumption", P::Propose),
    recommendation("POST", "/v1/recommendations/{id}/observations", P::Approve),
    whole("GET", "/v1/recommendations/{id}/agreement", P::Read),
    whole("GET", "/v1/recommendations/{id}/files", P::Read),
    whole("GET", "/v1/plans/fleet", P::Read),
    whole("POST", "/v1/plans/fleet", P::Propose),
    whole("POST", "/v1/plans/fleet/solve", P::Propose),
    whole("POST", "/v1/plans/{model}", P::Propose),
    whole("POST", "/v1/plans/{model}/solve", P::Propose),
    whole("POST", "/v1/plans/all", P::Propose),
    whole("POST", "/v1/simulations", P::Propose),
    whole("GET", "/v1/lake/verification", P::Operate),
    whole("GET", "/v1/lake/files", P::Operate),
    whole("POST", "/v1/lake/compaction", P::Operate),
    whole("POST", "/v1/lake/retention", P::Operate),
    whole("POST", "/v1/lake/retention/people", P::Operate),
    whole("POST", "/v1/lake/sweep", P::Operate),
    whole("GET", "/v1/jobs", P::Operate),
    whole("POST", "/v1/jobs", P::Operate),
    // The handlers let whoever asked for a run look at it, and whoever looks after the machinery.
    row("GET", "/v1/jobs/{id}", Needs::Identity, Reach::None),
    row("GET", "/v1/jobs/{id}/events", Needs::Identity, Reach::None),
    row("POST", "/v1/jobs/{id}/cancel", Needs::Identity, Reach::None),
    whole("GET", "/v1/schedules", P::Operate),
    whole("GET", "/v1/alerts", P::Operate),
    // The handlers let people see and change the channel that has their name, and whoever may, all.
    row("GET", "/v1/alerts/channels", Needs::Identity, Reach::None),
    row("PUT", "/v1/alerts/channels/{name}/preferences", Needs::Identity, Reach::None),
    whole("POST", "/v1/alerts/resend", P::Operate),
    whole("POST", "/v1/alerts/test", P::Operate),
];

impl Access {
    /// The row of a route; none where it has none.
    pub fn of(method: &Method, path: &str) -> Option<&'static Self> {
        let method = if method == Method::HEAD { "GET" } else { method.as_str() };
        ACCESS.iter().find(|access| access.method == method && access.path == path)
    }
}

impl Needs {
    /// The right that is needed, for documents of a kind where the path names one.
    pub fn right(self, kind: Option<&str>) -> Option<Permission> {
        match self {
            Self::Nothing | Self::Identity => None,
            Self::Right(right) => Some(right),
            Self::Document if kind == Some("people") => Some(P::ReadPeople),
            // It holds the addresses of people.
            Self::Document if kind == Some("alerts") => Some(P::Operate),
            Self::Document => Some(P::Read),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Each route has one row, and each row a route.
    #[test]
    fn every_route_has_its_row() {
        let described = serde_json::to_value(crate::openapi()).expect("the description is JSON");
        let paths = described["paths"].as_object().expect("it has paths");
        let operations = |(path, item): (&String, &serde_json::Value)| {
            let methods = item.as_object().expect("a path has methods").keys();
            methods.map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
        };
        let routes: BTreeSet<(String, String)> = paths.iter().flat_map(operations).collect();
        let rows: BTreeSet<(String, String)> =
            ACCESS.iter().map(|access| (access.method.to_owned(), access.path.to_owned())).collect();
        assert_eq!(rows.len(), ACCESS.len(), "a route has two rows");
        let without: Vec<_> = routes.difference(&rows).collect();
        assert!(without.is_empty(), "routes without a row in ACCESS, which nobody may use: {without:?}");
        let gone: Vec<_> = rows.difference(&routes).filter(|(_, path)| path != "/openapi.json").collect();
        assert!(gone.is_empty(), "rows of routes that there are not: {gone:?}");
    }

    #[test]
    fn what_changes_something_needs_a_right_that_does() {
        for access in ACCESS.iter().filter(|access| !matches!(access.method, "GET")) {
            // A session, a run, what one is told of and a table that is brought along are one's own.
            let own = [
                "/v1/session",
                "/v1/session/password",
                "/v1/jobs/{id}/cancel",
                "/v1/alerts/channels/{name}/preferences",
                "/v1/tables",
            ];
            let asks_only = own.contains(&access.path)
                || ["/v1/formats", "/v1/journal", "/v1/reconciliation", "/v1/sql"].contains(&access.path);
            let changes = matches!(access.needs, Needs::Right(right) if right.changes());
            assert!(asks_only || changes, "{access:?}");
        }
    }

    #[test]
    fn data_about_people_is_more_than_another_document() {
        assert_eq!(Needs::Document.right(Some("people")), Some(P::ReadPeople));
        assert_eq!(Needs::Document.right(Some("alerts")), Some(P::Operate));
        assert_eq!(Needs::Document.right(Some("rules")), Some(P::Read));
    }
}
