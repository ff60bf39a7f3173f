//! The HTTP API: what the command line does, under `/v1`.
//!
//! **Architecture invariant:** handlers parse a request, call one use case of `farthing-application`, and show its answer. There
//! is no logic of the domain here. Who asks, and whether they may, is checked in one place in front of every route (`auth`), by one table
//! (`access`). Until somebody was added the API answers whoever is at the machine, and nobody else.

mod access;
mod alert_metrics;
mod alerts;
mod answers;
mod approvals;
mod assignments;
mod audit;
mod auth;
mod budgets;
mod certificate;
mod chargeback;
mod charges;
mod collect_metrics;
mod conditional;
mod decisions;
mod deprecated;
mod described;
mod documents;
mod experiments;
mod explanation;
mod formats;
mod forms;
mod forwarded;
mod health;
mod idempotency;
mod identity;
mod imports;
mod job_events;
mod job_metrics;
mod jobs;
mod journal;
mod kpis;
mod lake;
mod limits;
mod lineage;
mod long_work;
mod metrics;
mod model_plans;
mod openid;
mod otlp;
mod otlp_metrics;
mod outlook;
mod owners;
mod ownership;
mod pages;
mod parameters;
mod periods;
mod plans;
mod portfolio;
mod prices;
mod problem;
mod process;
mod provider;
mod quality;
mod rate;
mod rates;
mod reconcile;
mod request_ids;
mod revisions;
mod rules;
mod sample;
mod schedules;
mod shedding;
mod simulations;
mod source_kinds;
mod sql;
mod state;
mod statement;
mod status;
mod tables;
mod together;
mod token_cost;
mod unit_cost;
mod units;
mod variance;
mod versions;

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::{Json, Router, middleware};
use farthing_application::Farthing;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use forwarded::{ForwardedBy, Front, behind};
pub use ipnet::IpNet;
pub use limits::Limits;
pub use otlp::Receiving;
pub use problem::Problem;
use state::Api;

/// The largest body that is read: a fleet instance of a thousand workloads is below a megabyte.
const LARGEST_BODY: usize = 16 << 20;
/// A request that takes longer is given up; plans have their own, shorter limit.
const LONGEST_REQUEST: Duration = Duration::from_secs(600);

/// The document's own part of the OpenAPI description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Farthing",
        description = "Cost and FinOps optimizer. Money is a decimal string with its currency; times are RFC 3339 in UTC; periods are YYYY-MM.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags((name = "reports"), (name = "plans"), (name = "facts"), (name = "jobs"), (name = "audit"), (name = "identity"), (name = "operations"))
)]
struct Description;

/// The routes and their description.
fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(status::status))
        .routes(routes!(units::list, units::replace, units::add))
        .routes(routes!(units::one, units::change))
        .routes(routes!(quality::quality))
        .routes(routes!(periods::periods))
        .routes(routes!(periods::close))
        .routes(routes!(periods::ask_to_reopen))
        .routes(routes!(periods::decide_reopening))
        .routes(routes!(chargeback::chargeback))
        .routes(routes!(statement::statement))
        .routes(routes!(tables::table))
        .routes(routes!(explanation::explanation))
        .routes(routes!(journal::journal, journal::journal_file))
        .routes(routes!(journal::accruals))
        .routes(routes!(reconcile::reconciliation))
        .routes(routes!(variance::variance))
        .routes(routes!(certificate::certificate))
        .routes(routes!(rules::coverage))
        .routes(routes!(rules::preview))
        .routes(routes!(rules::start))
        .routes(routes!(budgets::status, budgets::replace))
        .routes(routes!(budgets::list))
        .routes(routes!(outlook::forecast))
        .routes(routes!(outlook::anomalies))
        .routes(routes!(rates::list, rates::replace))
        .routes(routes!(unit_cost::unit_cost))
        .routes(routes!(token_cost::token_cost))
        .routes(routes!(ownership::ownership))
        .routes(routes!(prices::list))
        .routes(routes!(prices::skus))
        .routes(routes!(documents::list))
        .routes(routes!(documents::one, documents::replace))
        .routes(routes!(process::process))
        .routes(routes!(experiments::comparison))
        .routes(routes!(experiments::shadow))
        .routes(routes!(decisions::take))
        .routes(routes!(imports::upload))
        .routes(routes!(imports::import))
        .routes(routes!(sample::load))
        .routes(routes!(source_kinds::kinds))
        .routes(routes!(otlp::traces))
        .routes(routes!(otlp::metrics))
        .routes(routes!(otlp::logs))
        .routes(routes!(kpis::list))
        .routes(routes!(kpis::one))
        .routes(routes!(portfolio::portfolio))
        .routes(routes!(portfolio::reviews))
        .routes(routes!(portfolio::review, portfolio::open))
        .routes(routes!(portfolio::decide))
        .routes(routes!(owners::owners))
        .routes(routes!(provider::commitments))
        .routes(routes!(provider::forecasts))
        .routes(routes!(provider::anomalies))
        .routes(routes!(plans::list, plans::plan))
        .routes(routes!(plans::solve))
        .routes(routes!(simulations::simulate))
        .routes(routes!(model_plans::solve_model))
        .routes(routes!(model_plans::plan_model))
        .routes(routes!(model_plans::plan_all))
        .routes(routes!(model_plans::recommendations))
        .routes(routes!(model_plans::recommendation))
        .routes(routes!(approvals::standing))
        .routes(routes!(approvals::files))
        .routes(routes!(approvals::comment))
        .routes(routes!(approvals::challenge))
        .routes(routes!(approvals::answer))
        .routes(routes!(approvals::approve))
        .routes(routes!(approvals::overrule))
        .routes(routes!(approvals::reject))
        .routes(routes!(approvals::apply))
        .routes(routes!(approvals::verify))
        .routes(routes!(approvals::roll_back))
        .routes(routes!(assignments::assign))
        .routes(routes!(assignments::shadow))
        .routes(routes!(assignments::resume))
        .routes(routes!(assignments::observe))
        .routes(routes!(assignments::agreement))
        .routes(routes!(sql::sql))
        .routes(routes!(charges::charges))
        .routes(routes!(revisions::list))
        .routes(routes!(revisions::diff))
        .routes(routes!(revisions::one))
        .routes(routes!(revisions::findings))
        .routes(routes!(lake::verification))
        .routes(routes!(lake::files))
        .routes(routes!(lake::compaction))
        .routes(routes!(lake::retention))
        .routes(routes!(lake::retention_of_people))
        .routes(routes!(lake::sweep))
        .routes(routes!(jobs::list, jobs::ask))
        .routes(routes!(jobs::one))
        .routes(routes!(jobs::cancel))
        .routes(routes!(job_events::events))
        .routes(routes!(schedules::list))
        .routes(routes!(alerts::list))
        .routes(routes!(alerts::channels))
        .routes(routes!(alerts::prefer))
        .routes(routes!(alerts::resend))
        .routes(routes!(alerts::test))
        .routes(routes!(identity::log_in, identity::session, identity::log_out))
        .routes(routes!(identity::change_password))
        .routes(routes!(openid::ways_in))
        .routes(routes!(openid::begin))
        .routes(routes!(openid::come_back))
        .routes(routes!(identity::users, identity::add_user))
        .routes(routes!(identity::change_user, identity::disable_user))
        .routes(routes!(identity::tokens, identity::issue_token))
        .routes(routes!(identity::revoke_token))
        .routes(routes!(audit::list))
        .routes(routes!(audit::verification))
        .routes(routes!(audit::checkpoint))
        .routes(routes!(formats::list, formats::check))
        .routes(routes!(formats::one))
        .routes(routes!(formats::schema))
        .routes(routes!(lineage::lineage))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::metrics))
}

/// The OpenAPI description of every route.
pub fn openapi() -> utoipa::openapi::OpenApi {
    described::with_access(routes().into_openapi())
}

/// What the API is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct ApiSettings {
    /// How often somebody may ask.
    pub limits: Limits,
    /// That whoever writes a document has to say which version they replace.
    pub require_if_match: bool,
}

/// The API over an opened installation. Answers without an end of their own end once `stopping` is true.
pub fn router(farthing: Farthing, receiving: Receiving, settings: ApiSettings, stopping: watch::Receiver<bool>) -> Router {
    let api = Api::new(farthing, receiving, settings, stopping);
    let (router, description) = routes().split_for_parts();
    let description = described::with_access(description);
    let fixed = |name: HeaderName, value: &'static str| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    router
        .route("/openapi.json", axum::routing::get(move || std::future::ready(Json(description))))
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(middleware::from_fn(pages::paged))
        .layer(middleware::from_fn(deprecated::said))
        .layer(middleware::from_fn_with_state(api.clone(), conditional::unchanged))
        .layer(middleware::from_fn_with_state(api.clone(), idempotency::once))
        .layer(middleware::from_fn_with_state(api.clone(), auth::check))
        .layer(middleware::from_fn_with_state(api.clone(), shedding::shed))
        .layer(middleware::from_fn_with_state(api.clone(), metrics::count))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(CompressionLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, LONGEST_REQUEST))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(fixed(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
        .layer(TraceLayer::new_for_http())
        .layer(middleware::from_fn(request_ids::identified))
        .with_state(api)
}

/// Serves `router`, the API with what is put around it, until `stop` is ready, then lets the requests under way end.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    router: Router,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
