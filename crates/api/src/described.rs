//! What the description of each route says beside its handler's own words: who may ask for it, and what any route may answer with.

use std::collections::btree_map::Entry;

use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Content, ContentBuilder, Deprecated, HeaderBuilder, ObjectBuilder, OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder,
    Responses, Type,
};

use crate::access::{ACCESS, Needs};
use crate::auth::COOKIE;
use crate::conditional::REPORTS;
use crate::deprecated::Deprecation;
use crate::idempotency::heeds;
use crate::pages::{LISTS, MOST_ROWS, ROWS};
use crate::shedding::ALWAYS;
use crate::versions::WRITES;
use crate::{long_work, otlp};

/// The form of refusals.
const PROBLEM: &str = "application/problem+json";
/// How tokens and sessions are called in the description.
const SCHEMES: [&str; 2] = ["token", "session"];

/// The description with what every route needs, and the answers that no handler gives by itself.
pub(crate) fn with_access(mut description: OpenApi) -> OpenApi {
    let [token, session] = SCHEMES;
    let schemes = &mut description.components.get_or_insert_default().security_schemes;
    schemes.insert(token.to_owned(), RefOr::T(SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer))));
    schemes.insert(session.to_owned(), RefOr::T(SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE)))));
    for access in ACCESS {
        let item = description.paths.paths.get_mut(access.path);
        // A test holds that there is a route for each row.
        let Some(operation) = item.and_then(|item| operation(item, access.method)) else { continue };
        operation.operation_id = Some(name_of(access.method, access.path));
        if !ALWAYS.contains(&access.path) {
            for (status, why) in TOO_MUCH {
                refused_as_well(&mut operation.responses, status, why);
                refused_later(&mut operation.responses, status);
            }
        }
        if access.path.starts_with("/v1/") && !otlp::PATHS.contains(&access.path) {
            otherwise(&mut operation.responses, "500", "Something broke");
            if operation.request_body.is_some() {
                otherwise(&mut operation.responses, "413", "The body is too large");
            }
        }
        if access.needs == Needs::Nothing {
            continue;
        }
        operation.security = Some(SCHEMES.map(|scheme| SecurityRequirement::new::<_, [&str; 0], &str>(scheme, [])).to_vec());
        otherwise(&mut operation.responses, "401", "Nobody who is known asks");
        otherwise(&mut operation.responses, "403", "Whoever asks may not");
        if access.method == "GET" && REPORTS.contains(&access.path) {
            let unchanged = ResponseBuilder::new().description("What If-None-Match names still stands").build();
            operation.responses.responses.insert("304".to_owned(), RefOr::T(unchanged));
        }
        if access.method == "GET" && LISTS.iter().any(|list| list.path == access.path) {
            paged(operation);
        }
        if let Some(deprecation) = Deprecation::of(access.method, access.path) {
            operation.deprecated = Some(Deprecated::True);
            operation.description = Some(deprecation.told(operation.description.take()));
        }
        if long_work::ROUTES.contains(&(access.method, access.path)) {
            as_a_job(operation);
        }
        if WRITES.contains(&(access.method, access.path)) {
            operation.parameters.get_or_insert_default().push(RefOr::T(if_match()));
            otherwise(&mut operation.responses, "428", "If-Match is missing, where the settings ask for it");
        }
        if access.method == "POST" && heeds(access.path) {
            operation.parameters.get_or_insert_default().push(RefOr::T(key()));
            for (status, why) in KEY_REFUSED {
                refused_as_well(&mut operation.responses, status, why);
            }
        }
        if let Some(right) = access.needs.right(None) {
            operation.extensions = Some(ExtensionsBuilder::new().add("x-permission", right.as_str()).build());
        }
    }
    description
}

/// Adds a problem to the answers of a route, unless it says itself when it answers with that status.
fn otherwise(responses: &mut Responses, status: &str, why: &str) {
    responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(refusal(why)));
}

/// What clients call a route: `get_units_by_unit`.
fn name_of(method: &str, path: &str) -> String {
    let parts = path.trim_start_matches("/v1").split('/').filter(|part| !part.is_empty());
    let parts = parts.map(|part| match part.strip_prefix('{') {
        Some(name) => format!("by_{}", name.trim_end_matches('}')),
        None => part.replace(['-', '.'], "_"),
    });
    std::iter::once(method.to_ascii_lowercase()).chain(parts).collect::<Vec<_>>().join("_")
}

/// What any route may refuse for the moment.
const TOO_MUCH: [(&str, &str); 2] = [
    ("429", "Whoever asks has asked too often; nothing was done"),
    ("503", "More is asked than can be worked on; nothing was done"),
];

/// Says in the description of a refusal when it is worth to ask again.
fn refused_later(responses: &mut Responses, status: &str) {
    let Some(RefOr::T(refusal)) = responses.responses.get_mut(status) else { return };
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).build();
    let header = HeaderBuilder::new().schema(Some(seconds)).description(Some("In how many seconds to ask again"));
    refusal.headers.entry("Retry-After".to_owned()).or_insert_with(|| RefOr::T(header.build()));
}

/// What a request under a key may be refused for.
const KEY_REFUSED: [(&str, &str); 3] = [
    ("400", "The key makes no sense"),
    ("409", "The request under this key is worked on at this moment"),
    ("422", "The key was used with another request"),
];

/// Adds a problem to the answers of a route, beside what it answers with that status by itself.
fn refused_as_well(responses: &mut Responses, status: &str, why: &str) {
    match responses.responses.entry(status.to_owned()) {
        Entry::Vacant(none) => {
            none.insert(RefOr::T(refusal(why)));
        }
        Entry::Occupied(mut known) => {
            if let RefOr::T(known) = known.get_mut() {
                known.content.entry(PROBLEM.to_owned()).or_insert_with(|| RefOr::T(problem()));
            }
        }
    }
}

/// Says of a list that it comes in pages.
fn paged(operation: &mut Operation) {
    let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(MOST_ROWS));
    let said = format!("At most so many; {ROWS} without it");
    let text = ObjectBuilder::new().schema_type(Type::String);
    let parameters = operation.parameters.get_or_insert_default();
    for (name, said, schema) in
        [("limit", said, number), ("cursor", "Where the page before said that the next begins".to_owned(), text)]
    {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query).description(Some(said));
        parameters.push(RefOr::T(parameter.schema(Some(schema.build())).build()));
    }
    otherwise(&mut operation.responses, "400", "A parameter makes no sense");
    if let Some(RefOr::T(page)) = operation.responses.responses.get_mut("200") {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let link = HeaderBuilder::new().schema(Some(text)).description(Some("The next page, where there is one"));
        page.headers.insert("Link".to_owned(), RefOr::T(link.build()));
    }
}

/// Says of long work that nobody has to wait for it.
fn as_a_job(operation: &mut Operation) {
    let said = "`respond-async`: not to wait for the answer, but to be told where the run is that has it in the end";
    let text = || ObjectBuilder::new().schema_type(Type::String).build();
    let parameter = ParameterBuilder::new().name("Prefer").parameter_in(ParameterIn::Header).description(Some(said));
    operation.parameters.get_or_insert_default().push(RefOr::T(parameter.schema(Some(text())).build()));
    let location = HeaderBuilder::new().schema(Some(text())).description(Some("Where the run is"));
    let run = ContentBuilder::new().schema(Some(Ref::from_schema_name("JobReport"))).build();
    let accepted = ResponseBuilder::new().description("It is worked on: the run").content("application/json", run);
    let mut accepted = accepted.build();
    accepted.headers.insert("Location".to_owned(), RefOr::T(location.build()));
    operation.responses.responses.insert("202".to_owned(), RefOr::T(accepted));
}

/// The version that is replaced.
fn if_match() -> Parameter {
    let said = "The ETag that reading the document answered with: it is written only where it is still that one. `*` is any";
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    let parameter = ParameterBuilder::new().name("If-Match").parameter_in(ParameterIn::Header).description(Some(said));
    parameter.schema(Some(text)).build()
}

/// The key under which a request is answered once.
fn key() -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255)).build();
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "For a day the same request under the same key gets the same answer; another request under it is refused",
        ))
        .schema(Some(text))
        .build()
}

fn refusal(description: &str) -> Response {
    ResponseBuilder::new().description(description).content(PROBLEM, problem()).build()
}

fn problem() -> Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build()
}

fn operation<'a>(item: &'a mut PathItem, method: &str) -> Option<&'a mut Operation> {
    match method {
        "GET" => item.get.as_mut(),
        "PUT" => item.put.as_mut(),
        "POST" => item.post.as_mut(),
        "DELETE" => item.delete.as_mut(),
        "PATCH" => item.patch.as_mut(),
        _ => None,
    }
}
