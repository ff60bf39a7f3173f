//! What the figures of a report rest on.

use axum::Json;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use farthing_application::{GivenTotal, LineageQuery, Means, Permission, ReportLineage, ReportOptions};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::auth::{Acting, lacking};
use crate::chargeback::{cost_of, reporting_of};
use crate::parameters::{id_of, period_of, source_of};
use crate::status::json;

/// Which figures.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LineageParameters {
    /// The report: `chargeback`, `statement`, `journal`, `accruals`, `certificate`, `reconciliation`, `variance`, `coverage`, `budgets`,
    /// `forecast`, `anomalies`, `quality`, `changes`, `token-cost`, `unit-cost`, `tco`, `kpis`, `portfolio`, `process`, `owners`, `experiment`,
    /// `shadow`, `sql`, `plan` or `review`.
    report: String,
    /// The billing period that it is about, the later one of a bridge; all that there are without one.
    #[param(example = "2026-05")]
    period: Option<String>,
    /// Days instead, as `2026-05-01/2026-06-01`.
    window: Option<String>,
    /// The earlier period of a bridge.
    from: Option<String>,
    /// `billed`, `effective`, `contracted` or `list`; as in the report without it.
    cost: Option<String>,
    /// The unit, of its statement.
    unit: Option<String>,
    /// All currencies in this one, at the published rates.
    #[serde(rename = "in")]
    #[param(rename = "in", pattern = "^[A-Z]{3}$", example = "EUR")]
    reporting: Option<String>,
    /// The workflow, of what decisions cost.
    workflow: Option<String>,
    /// The source, of deliveries and their changes.
    source: Option<String>,
    /// The metric, the plan, the quarter of a review, the model or the system.
    id: Option<String>,
    /// What it is told apart by: `model`, `unit`, `service` … as the report takes it.
    by: Option<String>,
    /// The two arms of an experiment, with a comma between them.
    arms: Option<String>,
    /// Invoices with their totals, of a reconciliation: `INV-7=18554.86`, several with commas between them.
    invoices: Option<String>,
    /// Sources with what they invoiced altogether, written alike.
    totals: Option<String>,
    /// The question, of `sql`.
    sql: Option<String>,
    /// One figure of the report, by its path in the report's JSON: names of members, places in lists, or `name=value` for the element that
    /// has it.
    #[param(example = "units/unit=payments/total")]
    figure: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime)]
    as_of: Option<String>,
}

/// What the figures of a report rest on
///
/// The question that gives them again, the versions of documents, the revisions of facts, and the files that these came in, each with its own
/// size and SHA-256. With `figure` also that figure, exact, with the formula by which it was computed, and where it is about a unit, the way to
/// the unit's charges. Asked again as of the moment that the answer states, the figure is the same.
#[utoipa::path(
    get, path = "/v1/lineage", tag = "audit", params(LineageParameters),
    responses(
        (status = 200, description = "What they rest on", body = ReportLineage),
        (status = 400, description = "There is no such report, or a parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There are no such facts, or the report has no such figure", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The question needs more memory or time than it may have", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn lineage(
    Acting(api): Acting,
    query: Result<Query<LineageParameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(asked) = query?;
    let then = api.as_of(asked.as_of.as_deref())?;
    let options = ReportOptions {
        period: period_of(asked.period.as_deref())?,
        window: asked.window.as_deref().map(str::parse).transpose()?,
        from: period_of(asked.from.as_deref())?,
        cost: asked.cost.as_deref().map(|cost| cost_of(Some(cost))).transpose()?,
        unit: id_of("unit", asked.unit.as_deref())?,
        reporting: reporting_of(asked.reporting.as_deref(), None)?,
        workflow: id_of("workflow", asked.workflow.as_deref())?,
        source: source_of(asked.source.as_deref())?,
        id: asked.id,
        by: asked.by,
        arms: asked.arms.as_deref().map(two).transpose()?,
        invoices: totals_of("invoices", asked.invoices.as_deref())?,
        totals: totals_of("totals", asked.totals.as_deref())?,
        sql: asked.sql,
    };
    let query = LineageQuery { report: asked.report, options, figure: asked.figure };
    // A figure is no less than the report that it stands in.
    let reads_people = query.reads_people()?;
    let needed = [query.asks_sql().then_some(Permission::Query), reads_people.then_some(Permission::ReadPeople)];
    if let Some(right) = needed.into_iter().flatten().find(|right| !api.principal.may(*right)) {
        return Err(lacking(&api.principal, right));
    }
    if reads_people && api.principal.means != Means::Machine {
        api.farthing.record_people_read(&api.principal, "/v1/lineage").await?;
    }
    json(&then.report_lineage(&query).await?)
}

fn wrong(detail: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

fn two(text: &str) -> Result<[String; 2], Problem> {
    let (first, second) = text.split_once(',').ok_or_else(|| wrong("arms: name two, with a comma between them".to_owned()))?;
    Ok([first.to_owned(), second.to_owned()])
}

fn totals_of(name: &str, text: Option<&str>) -> Result<Vec<GivenTotal>, Problem> {
    let totals = text.into_iter().flat_map(|text| text.split(',')).map(|one| one.parse::<GivenTotal>());
    totals.collect::<Result<_, _>>().map_err(|error| wrong(format!("{name}: {error}")))
}

#[cfg(test)]
mod tests {
    use farthing_application::Farthing;

    /// Answers without a lineage of their own, each with what it is instead.
    const WITHOUT: [(&str, &str); 12] = [
        ("/v1/chargeback/explanation", "the way from a figure to its charges itself"),
        ("/v1/kpis", "definitions, no figures"),
        ("/v1/portfolio/reviews", "the list of what has one each"),
        ("/v1/provider/anomalies", "what a provider said, kept as it came"),
        ("/v1/provider/commitments", "what a provider said, kept as it came"),
        ("/v1/provider/forecasts", "what a provider said, kept as it came"),
        ("/v1/plans/fleet", "the list of what has one each"),
        ("/v1/recommendations", "the list of what has one each"),
        ("/v1/rules/start", "a draft that somebody may publish, of charges that nobody has attributed"),
        ("/v1/recommendations/{id}/files", "the plan, written for others: what it rests on is the plan's"),
        ("/v1/recommendations/{id}/standing", "what people did with a plan, which is on record"),
        ("/v1/recommendations/{id}/agreement", "what people observed of a plan, which is on record"),
    ];

    /// A new report fails here until `application::report_lineage` knows what it reads.
    #[test]
    fn every_report_has_a_lineage() {
        let described = serde_json::to_value(crate::openapi()).expect("the description is JSON");
        let paths = described["paths"].as_object().expect("it has paths");
        let is_report = |operation: &serde_json::Value| {
            let tags = operation["tags"].as_array().into_iter().flatten();
            tags.filter_map(|tag| tag.as_str()).any(|tag| matches!(tag, "reports" | "plans"))
        };
        let reports = paths.iter().filter(|(_, item)| is_report(&item["get"])).map(|(path, _)| path.as_str());
        let plain = |address: &str| address.split('?').next().unwrap_or_default().replace("{}", "{period}");
        let known: Vec<String> = Farthing::reports_with_lineage().iter().map(|(_, address)| plain(address)).collect();
        let without: Vec<&str> = WITHOUT.iter().map(|(path, _)| *path).collect();
        let missing: Vec<&str> = reports.filter(|path| !without.contains(path) && !known.iter().any(|one| one == path)).collect();
        assert!(missing.is_empty(), "reports without a lineage: {missing:?}");
        let gone: Vec<&String> = known.iter().filter(|path| !paths.contains_key(path.as_str())).collect();
        assert!(gone.is_empty(), "lineages of reports that there are not: {gone:?}");
        assert!(without.iter().all(|path| paths.contains_key(*path)), "{without:?}");
    }
}
