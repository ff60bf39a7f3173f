//! Signing in by an OpenID provider: a browser is led there and comes back.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use farthing_application::{Attempt, Returned, SignedIn, WaysIn};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::auth::{set_cookie, value_of};
use crate::state::Api;
use crate::status::json;

/// What the browser keeps of a sign-in under way. It comes back from another site, so that the cookie of a session would not be sent.
const COOKIE: &str = "__Host-farthing-sign-in";
/// What the browser keeps of a sign-in until it logs out: the provider's ID token, which goes to the addresses of the session alone.
const ID_TOKEN: &str = "__Secure-farthing-id-token";
/// The longest that is kept: browsers take 4,096 letters of a cookie.
const LONGEST_ID_TOKEN: usize = 3_800;
/// How long a sign-in may take, in seconds.
const LONGEST: u64 = 600;
/// The longest address to come back to.
const LONGEST_PATH: usize = 2_000;

/// Where to go once somebody is signed in.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Beginning {
    /// The path of a page here, with its query; the front page without one.
    return_to: Option<String>,
}

/// What the provider sends back.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Ending {
    /// What becomes an ID token.
    code: Option<String>,
    /// What the sign-in is known by.
    state: Option<String>,
    /// Who answers.
    iss: Option<String>,
    /// Why there is no code.
    error: Option<String>,
    /// The same in words.
    error_description: Option<String>,
}

/// How people can log in
#[utoipa::path(
    get, path = "/v1/login", tag = "identity",
    responses((status = 200, description = "By password, or with a provider", body = WaysIn))
)]
pub(crate) async fn ways_in(State(api): State<Api>) -> Result<Json<Value>, Problem> {
    json(&api.farthing.ways_in())
}

/// Sign in with the OpenID provider
///
/// For browsers: leads to the provider, which sends them back.
#[utoipa::path(
    get, path = "/v1/session/openid", tag = "identity", params(Beginning),
    responses(
        (status = 303, description = "To the provider", headers(
            ("Location" = String, description = "Where to sign in"), ("Set-Cookie" = String, description = "What the sign-in is known by")
        )),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No provider is configured", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The provider does not answer", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn begin(
    State(api): State<Api>,
    headers: HeaderMap,
    query: Result<Query<Beginning>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Beginning { return_to }) = query?;
    let _place = api.signing_in.acquire().await;
    let (address, attempt) = match api.farthing.begin_sign_in().await {
        Ok(begun) => begun,
        Err(error) => return unable(&headers, error.into()),
    };
    let path = return_to.as_deref().filter(|path| is_page(path)).unwrap_or("/");
    // The secret has no slash, the path begins with one.
    let kept = format!("{COOKIE}={}{path}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={LONGEST}", attempt.secret().reveal());
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, address), (header::SET_COOKIE, kept)]).into_response())
}

/// Come back from the OpenID provider
///
/// For browsers: begins the session of whoever the provider vouches for, and leads to the page where the sign-in began.
#[utoipa::path(
    get, path = "/v1/session/openid/return", tag = "identity", params(Ending),
    responses(
        (status = 303, description = "To the page; for whoever is not let in to the page where people log in", headers(
            ("Location" = String, description = "The page"), ("Set-Cookie" = String, description = "The session")
        )),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is let in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No provider is configured", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The provider does not answer", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn come_back(
    State(api): State<Api>,
    headers: HeaderMap,
    query: Result<Query<Ending>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Ending { code, state, iss, error, error_description }) = query?;
    let kept = value_of(&headers, COOKIE).and_then(|kept| kept.split_at_checked(kept.find('/')?));
    let (attempt, path) = kept.map_or((None, "/"), |(secret, path)| (Attempt::read(secret), path));
    let _place = api.signing_in.acquire().await;
    let signed_in = api.farthing.finish_sign_in(attempt.as_ref(), &Returned { code, state, iss, error, error_description }).await;
    let (login, id_token) = match signed_in {
        Ok(SignedIn::In { login, id_token }) => (login, id_token),
        Ok(SignedIn::Refused { refusal, why }) => {
            let problem = Problem::new(StatusCode::UNAUTHORIZED, why);
            return Ok(over(match wants_page(&headers) {
                true => (StatusCode::SEE_OTHER, [(header::LOCATION, format!("/?refused={}", refusal.as_str()))]).into_response(),
                false => problem.into_response(),
            }));
        }
        Err(error) => return unable(&headers, error.into()),
    };
    let path = if is_page(path) { path } else { "/" };
    let mut answer = over((StatusCode::SEE_OTHER, [(header::LOCATION, path)]).into_response());
    answer.headers_mut().append(header::SET_COOKIE, set_cookie(Some(&login.secret)));
    // Without it the provider asks who logs out.
    if id_token.reveal().len() <= LONGEST_ID_TOKEN {
        answer.headers_mut().append(header::SET_COOKIE, set_id_token(Some(id_token.reveal())));
    }
    Ok(answer)
}

/// Where the browser of a request goes so that its session at the provider ends as well.
pub(crate) async fn end_at_provider(api: &Api, headers: &HeaderMap) -> Option<String> {
    api.farthing.end_at_provider(value_of(headers, ID_TOKEN).filter(|token| !token.is_empty())).await
}

/// What a browser keeps of a sign-in until it logs out, or forgets it by.
pub(crate) fn set_id_token(token: Option<&str>) -> HeaderValue {
    let age = if token.is_some() { "" } else { "; Max-Age=0" };
    let kept = format!("{ID_TOKEN}={}; Path=/v1/session; Secure; HttpOnly; SameSite=Strict{age}", token.unwrap_or_default());
    HeaderValue::from_str(&kept).expect("a verified token has plain letters")
}

/// An answer after which the browser forgets the sign-in: an answer of the provider is used once.
fn over(mut answer: Response) -> Response {
    let forget = format!("{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    answer.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&forget).expect("it has plain letters"));
    answer
}

/// People are told on the page where they log in what is told to programs as a problem.
fn unable(headers: &HeaderMap, problem: Problem) -> Result<Response, Problem> {
    match wants_page(headers) {
        true => Ok((StatusCode::SEE_OTHER, [(header::LOCATION, "/?refused=unavailable")]).into_response()),
        false => Err(problem),
    }
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok()).is_some_and(|accepted| accepted.contains("text/html"))
}

/// True for the path of a page here, in letters that a cookie may hold: what begins with two slashes leads to another site.
fn is_page(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\');
    path.starts_with('/') && !path.starts_with("//") && path.len() <= LONGEST_PATH && path.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_to_another_site() {
        for page in ["/", "/units/claims?period=2026-05&explain=unit%3Dclaims%2Cpart#x"] {
            assert!(is_page(page), "{page}");
        }
        for elsewhere in
            ["", "x", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "/a\r\nb", "/a;b", "/ä"]
        {
            assert!(!is_page(elsewhere), "{elsewhere:?}");
        }
        assert!(!is_page(&format!("/{}", "x".repeat(LONGEST_PATH))));
    }
}
