//! Logging in and out, people and their tokens.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use farthing_application::{IssuedToken, Login, Means, NewToken, Principal, Role, TokenLine, UserLine};
use farthing_types::UnitId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::Problem;
use crate::auth::{Acting, SessionSecret, set_cookie};
use crate::openid;
use crate::state::Api;
use crate::status::json;

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// The person's name.
    name: String,
    /// Their password.
    #[schema(format = Password)]
    password: String,
}

/// Who asks, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WhoAsks {
    /// Their name.
    name: String,
    /// `machine` where nobody has to log in yet, `token` or `session`.
    means: &'static str,
    /// What they were given.
    #[schema(value_type = Vec<String>)]
    roles: BTreeSet<Role>,
    /// The units that they are limited to; none for everything.
    #[schema(value_type = Option<Vec<String>>)]
    units: Option<BTreeSet<UnitId>>,
    /// What a page sends in the header `x-csrf-token` with everything that changes something; none without a session.
    csrf_token: Option<String>,
}

fn who(principal: Principal, csrf_token: Option<String>) -> WhoAsks {
    let means = match principal.means {
        Means::Machine => "machine",
        Means::Token(_) => "token",
        Means::Session => "session",
    };
    WhoAsks { name: principal.name, means, roles: principal.grant.roles, units: principal.grant.units, csrf_token }
}

/// Log in with name and password
///
/// The session is in a cookie that scripts cannot read. It ends an hour after it was last used, and twelve hours after it began.
#[utoipa::path(
    post, path = "/v1/session", tag = "identity", request_body = Credentials,
    responses(
        (status = 200, description = "Who logged in", body = WhoAsks, headers(("Set-Cookie" = String, description = "The session"))),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Name and password do not belong together", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not said to be JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body lacks something", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn log_in(State(api): State<Api>, body: Result<Json<Credentials>, JsonRejection>) -> Result<Response, Problem> {
    let Json(Credentials { name, password }) = body?;
    // It is closed never, so that this waits for a place and nothing else.
    let _place = api.logging_in.acquire().await;
    begun(api.farthing.log_in(&name, password).await?)
}

/// The answer to whoever has a session from now on.
fn begun(login: Login) -> Result<Response, Problem> {
    let shown = who(login.principal, Some(login.secret.csrf_token()));
    Ok(([(header::SET_COOKIE, set_cookie(Some(&login.secret)))], json(&shown)?).into_response())
}

/// Who asks, and what they may do
#[utoipa::path(
    get, path = "/v1/session", tag = "identity",
    responses(
        (status = 200, description = "Who asks", body = WhoAsks),
        (status = 401, description = "Nobody who is known", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn session(
    Extension(principal): Extension<Principal>,
    session: Option<Extension<SessionSecret>>,
) -> Result<Json<Value>, Problem> {
    json(&who(principal, session.map(|Extension(SessionSecret(secret))| secret.csrf_token())))
}

/// What is left to do for whoever logged out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LoggedOut {
    /// Where the browser goes so that its session at the OpenID provider ends as well.
    provider_logout: String,
}

/// Log out
///
/// The session ends here. Where an OpenID provider vouches for people and offers it, the answer says where the browser goes to log out there.
#[utoipa::path(
    delete, path = "/v1/session", tag = "identity",
    responses(
        (status = 200, description = "The session has ended here, and at the provider it can be ended", body = LoggedOut, headers(
            ("Set-Cookie" = String, description = "Nothing any more")
        )),
        (status = 204, description = "The session has ended", headers(("Set-Cookie" = String, description = "Nothing any more"))),
        (status = 401, description = "There is no session", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Another site asked", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn log_out(
    State(api): State<Api>,
    Extension(principal): Extension<Principal>,
    session: Option<Extension<SessionSecret>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut provider_logout = None;
    if let Some(Extension(SessionSecret(secret))) = session {
        api.farthing.log_out(&principal, &secret).await?;
        provider_logout = openid::end_at_provider(&api, &headers).await;
    }
    let forgotten = AppendHeaders([(header::SET_COOKIE, set_cookie(None)), (header::SET_COOKIE, openid::set_id_token(None))]);
    match provider_logout {
        Some(provider_logout) => Ok((forgotten, json(&LoggedOut { provider_logout })?).into_response()),
        None => Ok((StatusCode::NO_CONTENT, forgotten).into_response()),
    }
}

/// One's own password, and the one in its place.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    /// The password until now.
    #[schema(format = Password)]
    old: String,
    /// The one from now on: 12 characters or more, and none that is guessed first.
    #[schema(format = Password)]
    new: String,
}

/// Give oneself another password
///
/// For whoever logged in with one. All their sessions end and a new one begins, with another cookie; tokens stay good.
#[utoipa::path(
    post, path = "/v1/session/password", tag = "identity", request_body = NewPassword,
    responses(
        (status = 200, description = "The new one holds", body = WhoAsks, headers(("Set-Cookie" = String, description = "The new session"))),
        (status = 400, description = "The new one is none to choose, or the body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The old one is another, there is no session, or another site asked", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not said to be JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body lacks something", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn change_password(
    State(api): State<Api>,
    Extension(principal): Extension<Principal>,
    session: Option<Extension<SessionSecret>>,
    body: Result<Json<NewPassword>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(NewPassword { old, new }) = body?;
    if session.is_none() {
        let why = "only who is logged in has a password to change; `farthing users password` gives somebody another one";
        return Err(Problem::new(StatusCode::FORBIDDEN, why));
    }
    let _place = api.logging_in.acquire().await;
    begun(api.farthing.change_own_password(&principal.name, old, new).await?)
}

/// Somebody to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    /// What they log in as.
    name: String,
    /// Without one they use tokens.
    #[schema(format = Password)]
    password: Option<String>,
    /// What they may do.
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
    /// The units that they are limited to; without any everything.
    #[schema(value_type = Option<Vec<String>>)]
    units: Option<BTreeSet<UnitId>>,
}

/// What somebody is given instead.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserChanges {
    /// What they may do.
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
    /// The units that they are limited to; without any everything.
    #[schema(value_type = Option<Vec<String>>)]
    units: Option<BTreeSet<UnitId>>,
}

/// People who may log in
#[utoipa::path(
    get, path = "/v1/users", tag = "identity",
    responses(
        (status = 200, description = "All of them, those who were disabled among them", body = [UserLine])
    )
)]
pub(crate) async fn users(State(api): State<Api>) -> Result<Json<Value>, Problem> {
    json(&api.farthing.users().await?)
}

/// Add somebody who may log in
#[utoipa::path(
    post, path = "/v1/users", tag = "identity", request_body = NewUser,
    responses(
        (status = 201, description = "The person", body = UserLine),
        (status = 400, description = "Nobody can be given that, or the name is taken", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body lacks something", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn add_user(
    Acting(api): Acting,
    body: Result<Json<NewUser>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let Json(NewUser { name, password, roles, units }) = body?;
    let added = api.farthing.add_user(&name, password, &roles, units.as_ref(), api.who()).await?;
    Ok((StatusCode::CREATED, json(&added)?))
}

/// Give somebody other roles and units in place of those before
#[utoipa::path(
    put, path = "/v1/users/{name}", tag = "identity", request_body = UserChanges,
    params(("name" = String, Path, description = "Whom")),
    responses(
        (status = 200, description = "The person", body = UserLine),
        (status = 400, description = "Nobody can be given that", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is nobody of this name", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body lacks something", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn change_user(
    Acting(api): Acting,
    Path(name): Path<String>,
    body: Result<Json<UserChanges>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(UserChanges { roles, units }) = body?;
    json(&api.farthing.change_user(&name, &roles, units.as_ref(), api.who()).await?)
}

/// Disable somebody: their sessions end, their tokens are good for nothing
#[utoipa::path(
    delete, path = "/v1/users/{name}", tag = "identity", params(("name" = String, Path, description = "Whom")),
    responses(
        (status = 200, description = "The person", body = UserLine),
        (status = 404, description = "There is nobody of this name", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn disable_user(Acting(api): Acting, Path(name): Path<String>) -> Result<Json<Value>, Problem> {
    json(&api.farthing.disable_user(&name, api.who()).await?)
}

/// A token to issue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenRequest {
    /// What it is called; a name is used once.
    name: String,
    /// Who it is for; a service of the token's name where there is nobody.
    person: Option<String>,
    /// What it may be used for.
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
    /// The units that it is limited to; without any everything.
    #[schema(value_type = Option<Vec<String>>)]
    units: Option<BTreeSet<UnitId>>,
    /// For how many days it is good.
    #[serde(default = "quarter")]
    #[schema(minimum = 1, maximum = 366)]
    days: u32,
}

fn quarter() -> u32 {
    90
}

/// Tokens, without their secrets
#[utoipa::path(
    get, path = "/v1/tokens", tag = "identity",
    responses(
        (status = 200, description = "All that there are or were", body = [TokenLine])
    )
)]
pub(crate) async fn tokens(State(api): State<Api>) -> Result<Json<Value>, Problem> {
    json(&api.farthing.tokens().await?)
}

/// Issue a token
///
/// Its secret is in this answer and nowhere else.
#[utoipa::path(
    post, path = "/v1/tokens", tag = "identity", request_body = TokenRequest,
    responses(
        (status = 201, description = "The token", body = IssuedToken),
        (status = 400, description = "No token can be good for that, or the name is taken", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is nobody of the person's name", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body lacks something", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn issue_token(
    Acting(api): Acting,
    body: Result<Json<TokenRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let Json(TokenRequest { name, person, roles, units, days }) = body?;
    let issued = api.farthing.issue_token(&NewToken { name, person, roles, units, days }, api.who()).await?;
    Ok((StatusCode::CREATED, json(&issued)?))
}

/// Revoke a token: the next request with it is refused
#[utoipa::path(
    delete, path = "/v1/tokens/{name}", tag = "identity", params(("name" = String, Path, description = "Which")),
    responses(
        (status = 200, description = "The token", body = TokenLine),
        (status = 404, description = "There is none of this name", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn revoke_token(Acting(api): Acting, Path(name): Path<String>) -> Result<Json<Value>, Problem> {
    json(&api.farthing.revoke_token(&name, api.who()).await?)
}
