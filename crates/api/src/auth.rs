//! Who asks, and whether they may: the one check in front of every route.

use std::collections::HashMap;

use axum::RequestPartsExt;
use axum::extract::{FromRequestParts, MatchedPath, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use farthing_application::{Means, Permission, Principal, Secret, SecretKind};

use crate::Problem;
use crate::access::{Access, Needs, Reach};
use crate::limits::Caller;
use crate::problem::no_such_method;
use crate::shedding::ALWAYS;
use crate::state::Api;

/// The cookie of a session: the prefix lets no other host and no page without encryption set it (RFC 6265bis, section 4.1.3.2).
pub(crate) const COOKIE: &str = "__Host-farthing";
/// Where pages send the token that other sites cannot read.
pub(crate) const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");

/// The session of a request, where it has one.
#[derive(Clone, Debug)]
pub(crate) struct SessionSecret(pub Secret);

/// Lets a request through where whoever asks may ask for it.
pub(crate) async fn check(State(api): State<Api>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    // What is no route is answered as such, whoever looks.
    let Some(path) = parts.extensions.get::<MatchedPath>().cloned() else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    let Some(access) = Access::of(&parts.method, path.as_str()) else {
        // The table has every method of every route, which a test holds: what is not in it is not there.
        return no_such_method(parts.uri).await.into_response();
    };
    let who = match access.needs {
        Needs::Nothing => Ok(None),
        _ => identified(&api, &parts).await.map(Some),
    };
    let caller = match &who {
        Ok(Some((principal, _))) => Caller::of(principal),
        _ => Caller::unknown(&parts),
    };
    let standing = match ALWAYS.contains(&path.as_str()) {
        true => None,
        false => match api.callers.take(caller) {
            Ok(standing) => Some(standing),
            Err(too_often) => return too_often.into_response(),
        },
    };
    let admitted = match who {
        Ok(Some((principal, session))) => admit(&api, access, principal, session, &mut parts).await,
        Ok(None) => Ok(()),
        Err(unknown) => Err(unknown),
    };
    let answer = match admitted {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refused) => refused.into_response(),
    };
    match standing {
        Some(standing) => standing.said(answer),
        None => answer,
    }
}

/// Refuses what whoever asks may not, and notes who it is for the handlers.
async fn admit(
    api: &Api,
    access: &Access,
    principal: Principal,
    session: Option<Secret>,
    parts: &mut Parts,
) -> Result<(), Problem> {
    let names = names_in(parts).await;
    let right = access.needs.right(names.get("kind").map(String::as_str));
    if let Some(right) = right.filter(|right| !principal.may(*right)) {
        return Err(lacking(&principal, right));
    }
    reaches(api, access, &principal, &names, &parts.uri).await?;
    if right == Some(Permission::ReadPeople) && principal.means != Means::Machine {
        api.farthing.record_people_read(&principal, parts.uri.path()).await?;
    }
    parts.extensions.insert(principal);
    if let Some(secret) = session {
        parts.extensions.insert(SessionSecret(secret));
    }
    Ok(())
}

/// What the path names, decoded as handlers read it.
async fn names_in(parts: &mut Parts) -> HashMap<String, String> {
    parts.extract::<Path<HashMap<String, String>>>().await.map(|Path(names)| names).unwrap_or_default()
}

pub(crate) fn lacking(principal: &Principal, right: Permission) -> Problem {
    let roles: Vec<&str> = principal.grant.roles.iter().map(|role| role.as_str()).collect();
    let detail = format!("{} ({}) may not {right} here; an administrator gives roles", principal.name, roles.join(", "));
    Problem::new(StatusCode::FORBIDDEN, detail)
}

/// Who asks, and by which session where it is one.
async fn identified(api: &Api, parts: &Parts) -> Result<(Principal, Option<Secret>), Problem> {
    let headers = &parts.headers;
    if let Some(sent) = headers.get(header::AUTHORIZATION) {
        let token =
            sent.to_str().ok().and_then(|sent| sent.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let found = match token {
            Some((_, token)) => api.principal_of_bearer(token.trim()).await?,
            None => None,
        };
        return found
            .map(|principal| (principal, None))
            .ok_or_else(|| unauthenticated("this token is none, was revoked or has expired; `farthing tokens issue` makes one"));
    }
    if let Some(secret) = cookie(headers) {
        let Some(principal) = api.principal_of_session(&secret).await? else {
            return Err(unauthenticated("the session has ended; log in again, GET /v1/login says how"));
        };
        from_own_page(&parts.method, headers, &secret)?;
        return Ok((principal, Some(secret)));
    }
    match api.asks_who().await? {
        true => Err(unauthenticated("say who you are: a token in Authorization: Bearer, or log in, GET /v1/login says how")),
        false => {
            from_this_machine(&parts.method, headers)?;
            Ok((api.principal.clone(), None))
        }
    }
}

fn unauthenticated(why: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, why)
}

/// The secret in the cookie of a session.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<Secret> {
    Secret::read(SecretKind::Session, value_of(headers, COOKIE)?)
}

/// What the cookie of a name holds.
pub(crate) fn value_of<'h>(headers: &'h HeaderMap, cookie: &str) -> Option<&'h str> {
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = sent.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == cookie).map(|(_, value)| value)
}

/// A browser sends cookies whichever page asks: what changes something must come from our own page, which knows the token.
fn from_own_page(method: &Method, headers: &HeaderMap, secret: &Secret) -> Result<(), Problem> {
    if method.is_safe() {
        return Ok(());
    }
    let sent = headers.get(CSRF).and_then(|sent| sent.to_str().ok());
    match sent == Some(secret.csrf_token().as_str()) && !from_elsewhere(headers) {
        true => Ok(()),
        false => Err(Problem::new(StatusCode::FORBIDDEN, "x-csrf-token is not that of the session: GET /v1/session tells it")),
    }
}

/// Without a login any page that a browser at the machine shows could ask as well: those of other sites are told by what browsers say of
/// them, and names that were made to point here by the name that was asked for.
fn from_this_machine(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if from_elsewhere(headers) && !method.is_safe() {
        return Err(Problem::new(StatusCode::FORBIDDEN, "a page of another site asked for this; nothing was done"));
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_here = name.eq_ignore_ascii_case("localhost")
        || name.is_empty()
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    match is_here {
        true => Ok(()),
        false => Err(Problem::new(
            StatusCode::FORBIDDEN,
            format!(
                "asked for as {name:?}: without a login the API answers on this machine's own names only. Add a person or a token first: `farthing users add`"
            ),
        )),
    }
}

/// True where a browser says that a page of another site asks (Fetch Metadata; older ones say it in `Origin`).
fn from_elsewhere(headers: &HeaderMap) -> bool {
    let value = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match value(HeaderName::from_static("sec-fetch-site")) {
        Some(site) => !matches!(site, "same-origin" | "none"),
        None => match (value(header::ORIGIN), value(header::HOST)) {
            (Some(origin), Some(host)) => origin.split_once("://").map(|(_, of)| of) != Some(host),
            _ => false,
        },
    }
}

/// Refuses answers about what is not theirs to whoever is limited to units.
async fn reaches(
    api: &Api,
    access: &Access,
    principal: &Principal,
    names: &HashMap<String, String>,
    uri: &Uri,
) -> Result<(), Problem> {
    if principal.grant.is_whole() || matches!(access.reach, Reach::None | Reach::Theirs) {
        return Ok(());
    }
    let named = match access.reach {
        Reach::UnitInPath => names.get("unit").cloned(),
        Reach::UnitInQuery => parameter(uri, "unit"),
        Reach::Whole | Reach::Recommendation | Reach::Theirs | Reach::None => None,
    };
    let theirs: Vec<&str> = principal.grant.units.iter().flatten().map(|unit| unit.as_str()).collect();
    let refused = |what: String| {
        let detail = format!("{} reads about {} only, and {what}", principal.name, theirs.join(", "));
        Problem::new(StatusCode::FORBIDDEN, detail)
    };
    if access.reach == Reach::Recommendation {
        let id = names.get("id").map_or("", String::as_str);
        return match api.farthing.may_see_recommendation(principal, id).await? {
            true => Ok(()),
            false => Err(refused("no recommendation of this id is about one of these".to_owned())),
        };
    }
    let Some(named) = named else {
        return Err(refused("this is about the whole organisation".to_owned()));
    };
    // What is no name of a unit is no unit of theirs.
    match named.parse() {
        Ok(unit) if api.farthing.may_ask_about(principal, &unit).await? => Ok(()),
        _ => Err(refused("this is about another unit".to_owned())),
    }
}

/// The one value of a parameter, decoded as handlers read it; where it is given twice it is none, since the two could be read differently.
fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
    let mut values = pairs.into_iter().filter(|(key, _)| key == name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// What handlers that change something, or answer about what is theirs alone, take instead of the plain state: the installation as whoever
/// asks works with it.
pub(crate) struct Acting(pub Api);

impl FromRequestParts<Api> for Acting {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let principal = parts.extensions.get::<Principal>().cloned();
        let principal = principal.ok_or_else(|| unauthenticated("nobody was identified"))?;
        Ok(Self(api.acting(principal)))
    }
}

impl Api {
    /// Who does something.
    pub fn who(&self) -> &str {
        &self.principal.name
    }

    /// Who does something: whoever asks. Where nobody has to log in it is whom the request names.
    pub fn by<'a>(&'a self, named: Option<&'a str>) -> Result<&'a str, Problem> {
        match (named, &self.principal.means) {
            (Some(named), Means::Machine) => Ok(named),
            (None, Means::Machine) => {
                Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "by: say who does this; nobody has to log in here"))
            }
            (Some(named), _) if named != self.who() => {
                let detail = format!("by: {named:?} is not who asks: it is {}. Leave it out", self.who());
                Err(Problem::new(StatusCode::FORBIDDEN, detail))
            }
            _ => Ok(self.who()),
        }
    }
}

/// What a browser keeps of a session, or forgets it by.
pub(crate) fn set_cookie(secret: Option<&Secret>) -> HeaderValue {
    let kept = match secret {
        Some(secret) => format!("{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict", secret.reveal()),
        None => format!("{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"),
    };
    HeaderValue::from_str(&kept).expect("a secret has letters and digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn a_page_of_another_site_is_told_by_what_browsers_say() {
        assert!(from_elsewhere(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(from_elsewhere(&headers(&[("sec-fetch-site", "same-site")])));
        assert!(!from_elsewhere(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(from_elsewhere(&headers(&[("origin", "https://evil.example"), ("host", "127.0.0.1:7777")])));
        assert!(from_elsewhere(&headers(&[("origin", "null"), ("host", "127.0.0.1:7777")])));
        assert!(!from_elsewhere(&headers(&[("origin", "http://127.0.0.1:7777"), ("host", "127.0.0.1:7777")])));
        assert!(!from_elsewhere(&headers(&[])));
    }

    #[test]
    fn without_a_login_only_names_of_this_machine_are_answered() {
        for here in ["127.0.0.1:7777", "localhost:7777", "[::1]:7777", "127.0.0.9"] {
            assert!(from_this_machine(&Method::POST, &headers(&[("host", here)])).is_ok(), "{here}");
        }
        for elsewhere in ["evil.example", "localhost.evil.example:7777", "10.0.0.1:7777", "[2001:db8::1]:7777"] {
            assert!(from_this_machine(&Method::GET, &headers(&[("host", elsewhere)])).is_err(), "{elsewhere}");
        }
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let secret = Secret::new(SecretKind::Session).unwrap();
        let sent = format!("theme=dark; {COOKIE}={}; x=y", secret.reveal());
        assert_eq!(cookie(&headers(&[("cookie", &sent)])), Some(secret));
        assert_eq!(cookie(&headers(&[("cookie", "__Host-farthing=short")])), None);
    }

    #[test]
    fn a_parameter_that_is_given_twice_is_none() {
        let of = |query: &str| parameter(&format!("/v1/budgets?{query}").parse().unwrap(), "unit");
        assert_eq!(of("period=2026-05&unit=pay%6dents").as_deref(), Some("payments"));
        assert_eq!(of("unit=payments&%75nit=risk"), None);
        assert_eq!(of(""), None);
    }
}
