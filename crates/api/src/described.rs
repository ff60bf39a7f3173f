//! What the description of each route says beside its handler's own words: who may ask for it, and what any route may answer with.

use std::collections::btree_map::Entry;

use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Content, ContentBuilder, ObjectBuilder, OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder, Responses, Type,
};

use crate::access::{ACCESS, Needs};
use crate::auth::COOKIE;
use crate::conditional::REPORTS;
use crate::idempotency::heeds;
use crate::otlp;

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
