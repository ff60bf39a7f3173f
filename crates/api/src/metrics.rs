//! Counters and durations, in OpenMetrics text.

use std::sync::atomic::AtomicU64;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use farthing_application::{BudgetReport, QualityQuery, QualityReport};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::Problem;
use crate::alert_metrics::AlertMetrics;
use crate::collect_metrics::CollectMetrics;
use crate::job_metrics::JobMetrics;
use crate::otlp::Receiving;
use crate::otlp_metrics::OtlpMetrics;
use crate::state::Api;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    method: String,
    /// The route's pattern, never the path: paths are without bound.
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    route: String,
}

/// A figure of the newest period of a source.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Figure {
    source: String,
    /// A measure, `completeness`, `timeliness`, `conformance` or `overall`.
    figure: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Of {
    source: String,
}

/// A unit's budget of the newest month.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Spent {
    unit: String,
    period: String,
    /// `actual` or `forecast`.
    of: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfUnit {
    unit: String,
    period: String,
}

/// What is measured.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Family<Route, Histogram>,
    quality: Family<Figure, Gauge<f64, AtomicU64>>,
    breaches: Family<Of, Gauge>,
    budgets: Family<Spent, Gauge<f64, AtomicU64>>,
    budget_alerts: Family<OfUnit, Gauge>,
    jobs: JobMetrics,
    alerts: AlertMetrics,
    collecting: CollectMetrics,
    pub otlp: OtlpMetrics,
}

impl Metrics {
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("farthing");
        let requests = Family::<Answered, Counter>::default();
        let durations = Family::<Route, Histogram>::new_with_constructor(|| Histogram::new(exponential_buckets(0.001, 2.0, 16)));
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register_with_unit("http_request_duration", "Time from request to answer", Unit::Seconds, durations.clone());
        let quality = Family::<Figure, Gauge<f64, AtomicU64>>::default();
        let breaches = Family::<Of, Gauge>::default();
        registry.register("quality_ratio", "Quality of the newest charges of a source, where it is known", quality.clone());
        registry.register(
            "quality_breaches",
            "Bounds of the SLA that the newest charges of a source are below",
            breaches.clone(),
        );
        let budgets = Family::<Spent, Gauge<f64, AtomicU64>>::default();
        let budget_alerts = Family::<OfUnit, Gauge>::default();
        registry.register(
            "budget_ratio",
            "Share of a unit's budget that the newest month has cost, and is expected to",
            budgets.clone(),
        );
        registry.register("budget_alerts", "Thresholds that a unit is beyond in the newest month", budget_alerts.clone());
        let jobs = JobMetrics::register(&mut registry);
        let alerts = AlertMetrics::register(&mut registry);
        let collecting = CollectMetrics::register(&mut registry);
        let otlp = OtlpMetrics::register(&mut registry);
        Self { registry, requests, durations, quality, breaches, budgets, budget_alerts, jobs, alerts, collecting, otlp }
    }

    /// Puts the budgets of now in place of the earlier ones.
    fn state_budgets(&self, report: Option<&BudgetReport>) {
        self.budgets.clear();
        self.budget_alerts.clear();
        let Some(status) = report.map(|report| &report.status) else { return };
        let period = status.period.to_string();
        for state in &status.units {
            let unit = state.unit.to_string();
            for (of, percent) in [("actual", state.actual_percent), ("forecast", state.forecast_percent)] {
                if let Some(percent) = percent.and_then(|percent| percent.to_string().parse::<f64>().ok()) {
                    self.budgets.get_or_create(&Spent { unit: unit.clone(), period: period.clone(), of }).set(percent / 100.0);
                }
            }
            self.budget_alerts.get_or_create(&OfUnit { unit, period: period.clone() }).set(0);
        }
        for alert in &status.alerts {
            self.budget_alerts.get_or_create(&OfUnit { unit: alert.unit.to_string(), period: period.clone() }).inc();
        }
    }

    /// Puts the figures of now in place of the earlier ones: what is unknown now has none.
    fn state_quality(&self, report: &QualityReport) {
        self.quality.clear();
        self.breaches.clear();
        for quality in &report.periods {
            let source = quality.source.to_string();
            let dimensions = [
                ("overall", &quality.overall),
                ("completeness", &quality.completeness),
                ("timeliness", &quality.timeliness),
                ("conformance", &quality.conformance),
            ];
            let measures = quality.measures.iter().map(|measured| (measured.measure.as_str(), &measured.value));
            for (figure, ratio) in dimensions.into_iter().chain(measures) {
                if let Some(value) = ratio.as_ref().and_then(|ratio| ratio.decimal(6).parse().ok()) {
                    self.quality.get_or_create(&Figure { source: source.clone(), figure }).set(value);
                }
            }
            self.breaches.get_or_create(&Of { source }).set(0);
        }
        for breach in report.breaches() {
            self.breaches.get_or_create(&Of { source: breach.source.to_string() }).inc();
        }
    }
}

/// Counts a request and its answer.
pub(crate) async fn count(State(api): State<Api>, matched: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let route = matched.map_or("(none)".to_owned(), |path| path.as_str().to_owned());
    let method = match request.method().as_str() {
        known @ ("GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS") => known.to_owned(),
        _ => "other".to_owned(),
    };
    let begin = Instant::now();
    let response = next.run(request).await;
    api.metrics.durations.get_or_create(&Route { route: route.clone() }).observe(begin.elapsed().as_secs_f64());
    api.metrics.requests.get_or_create(&Answered { method, route, status: response.status().as_u16() }).inc();
    response
}

/// Metrics in the OpenMetrics text format
#[utoipa::path(
    get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "Counters and histograms", body = String, content_type = "application/openmetrics-text"))
)]
pub(crate) async fn metrics(State(api): State<Api>) -> Response {
    match api.farthing.quality(&QualityQuery { newest: true, ..QualityQuery::default() }).await {
        Ok(report) => api.metrics.state_quality(&report),
        // Whoever watches the requests is answered all the same.
        Err(error) => tracing::warn!("the quality of the charges cannot be told: {error}"),
    }
    match api.farthing.newest_budget_status().await {
        Ok(report) => api.metrics.state_budgets(report.as_ref()),
        Err(error) => tracing::warn!("the budgets cannot be told: {error}"),
    }
    if let Err(error) = api.metrics.jobs.state(&api.farthing).await {
        tracing::warn!("the jobs cannot be told: {error}");
    }
    if let Err(error) = api.metrics.alerts.state(&api.farthing).await {
        tracing::warn!("the alerts cannot be told: {error}");
    }
    if let Err(error) = api.metrics.collecting.state(&api.farthing).await {
        tracing::warn!("how collecting stands cannot be told: {error}");
    }
    if let Receiving::On(receiver) = &api.receiving {
        api.metrics.otlp.state(&receiver.figures());
    }
    let mut text = String::new();
    match encode(&mut text, &api.metrics.registry) {
        Ok(()) => ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response(),
        Err(error) => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
