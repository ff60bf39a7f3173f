//! Lists are answered a page at a time: `Link` says where the next one begins, in a cursor that clients give back and do not read.
//!
//! What grows without end (the record, runs, alerts, plans) is read from the database a page at a time, by its handler. The other lists are
//! read whole, and cut here: one table says which, and by what their rows are known again.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use farthing_application::Digest;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Problem;

/// The most rows of a page.
pub(crate) const MOST_ROWS: u32 = 10_000;
/// The rows of a page where nobody says how many.
pub(crate) const ROWS: u32 = 1_000;

/// A list, and the fields by which its rows are known again.
pub(crate) struct List {
    pub path: &'static str,
    known_by: &'static [&'static str],
}

const fn list(path: &'static str, known_by: &'static [&'static str]) -> List {
    List { path, known_by }
}

/// The lists that are cut here.
pub(crate) const LISTS: [List; 15] = [
    list("/v1/users", &["name"]),
    list("/v1/tokens", &["name"]),
    list("/v1/schedules", &["name"]),
    list("/v1/documents", &["kind"]),
    list("/v1/periods", &["period", "source"]),
    list("/v1/units", &["unit", "from"]),
    list("/v1/budgets/entries", &["unit", "first", "last", "from"]),
    list("/v1/rates", &["date", "from", "to"]),
    list("/v1/prices", &["model", "provider", "mode", "above", "from"]),
    list("/v1/prices/skus", &["kind", "provider", "region", "sku", "term_months", "payment", "from"]),
    list("/v1/kpis", &["id"]),
    list("/v1/owners", &["caller", "endpoint", "unit", "owned"]),
    list("/v1/revisions", &["revision"]),
    list("/v1/lake/files", &["path"]),
    list("/v1/portfolio/reviews", &["quarter"]),
];

/// Which rows of a list are wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    limit: Option<u32>,
    cursor: Option<String>,
}

/// Cuts the page that is asked for out of a list.
pub(crate) async fn paged(request: Request, next: Next) -> Response {
    let of = |path: &MatchedPath| LISTS.iter().find(|list| list.path == path.as_str());
    let list = request.extensions().get::<MatchedPath>().and_then(of);
    let (Some(list), true) = (list, [Method::GET, Method::HEAD].contains(request.method())) else {
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    let asked = parts.uri.clone();
    let wanted = match taken_out(&mut parts) {
        Ok(wanted) => wanted,
        Err(problem) => return problem.into_response(),
    };
    let response = next.run(Request::from_parts(parts, body)).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    cut(list, &wanted, &asked, response).await.unwrap_or_else(Problem::into_response)
}

/// Takes what is said about pages out of the query: what is left is the list's own.
fn taken_out(parts: &mut Parts) -> Result<Wanted, Problem> {
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let is_ours = |part: &&str| part.starts_with("limit=") || part.starts_with("cursor=");
    let (ours, theirs): (Vec<&str>, Vec<&str>) = query.split('&').filter(|part| !part.is_empty()).partition(is_ours);
    let Query(wanted) = Query::<Wanted>::try_from_uri(&with_query(&parts.uri, &ours))?;
    checked(wanted.limit)?;
    parts.uri = with_query(&parts.uri, &theirs);
    Ok(wanted)
}

fn with_query(uri: &Uri, parts: &[&str]) -> Uri {
    let text = format!("{}?{}", uri.path(), parts.join("&"));
    // Parts of a query are a query.
    text.parse().unwrap_or_else(|_| uri.clone())
}

async fn cut(list: &List, wanted: &Wanted, asked: &Uri, response: Response) -> Result<Response, Problem> {
    let broken = |why: String| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("the list broke off: {why}"));
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|error| broken(error.to_string()))?;
    let mut rows: Vec<Value> = match serde_json::from_slice(&body) {
        Ok(rows) => rows,
        // One that is no list has no pages.
        Err(_) => return Ok(Response::from_parts(parts, Body::from(body))),
    };
    let first = match &wanted.cursor {
        Some(cursor) => Cursor::read(cursor)?.next_in(list, &rows),
        None => 0,
    };
    let end = rows.len().min(first.saturating_add(wanted.limit.unwrap_or(ROWS) as usize));
    if first == 0 && end == rows.len() {
        return Ok(Response::from_parts(parts, Body::from(body)));
    }
    if end < rows.len() && end > 0 {
        let last = Cursor { position: end - 1, row: list.name_of(&rows[end - 1]) };
        parts.headers.extend(next_page(asked, &last.written()));
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    let page: Vec<Value> = rows.drain(first..end).collect();
    let mut response = Json(page).into_response();
    // What the handler said of the list it says of the page.
    response.headers_mut().extend(parts.headers);
    Ok(response)
}

impl List {
    /// What a row is known by.
    fn name_of(&self, row: &Value) -> String {
        let fields: Vec<&Value> = self.known_by.iter().map(|field| &row[*field]).collect();
        let text = serde_json::to_vec(&fields).unwrap_or_default();
        Digest::of(&text).to_string()[..16].to_owned()
    }
}

/// The last row of a page.
struct Cursor {
    position: usize,
    row: String,
}

impl Cursor {
    fn read(text: &str) -> Result<Self, Problem> {
        let parts = text.split_once('-').and_then(|(position, row)| Some((position.parse().ok()?, row.to_owned())));
        parts.map(|(position, row)| Self { position, row }).ok_or_else(|| no_cursor(text))
    }

    fn written(&self) -> String {
        format!("{}-{}", self.position, self.row)
    }

    /// The row after it: where the row has moved, from there; where it has gone, from the place that it had.
    fn next_in(&self, list: &List, rows: &[Value]) -> usize {
        let is_it = |row: &Value| list.name_of(row) == self.row;
        match rows.get(self.position).filter(|row| is_it(row)) {
            Some(_) => self.position + 1,
            None => rows.iter().position(is_it).map_or(self.position.min(rows.len()), |at| at + 1),
        }
    }
}

/// How many rows of a page are wanted of a list that grows without end; 100 where nobody says.
pub(crate) fn most(limit: Option<u32>) -> Result<u64, Problem> {
    checked(limit)?;
    Ok(limit.unwrap_or(100).into())
}

fn checked(limit: Option<u32>) -> Result<(), Problem> {
    match limit {
        Some(limit) if !(1..=MOST_ROWS).contains(&limit) => {
            Err(Problem::new(StatusCode::BAD_REQUEST, format!("limit: it lies from 1 to {MOST_ROWS}")))
        }
        _ => Ok(()),
    }
}

/// A cursor that names a row by values of it.
pub(crate) fn cursor_of(values: &impl Serialize) -> String {
    let text = serde_json::to_vec(values).unwrap_or_default();
    text.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The values in a cursor.
pub(crate) fn values_of<T: DeserializeOwned>(cursor: &str) -> Result<T, Problem> {
    let byte = |at: usize| u8::from_str_radix(cursor.get(at..at + 2)?, 16).ok();
    let text: Option<Vec<u8>> = (0..cursor.len()).step_by(2).map(byte).collect();
    text.and_then(|text| serde_json::from_slice(&text).ok()).ok_or_else(|| no_cursor(cursor))
}

/// What of a list was read, one more than was asked for where there is another page, as the page and what names its last row.
pub(crate) fn page_of<T>(mut rows: Vec<T>, limit: u64, named: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    let next = rows.last().filter(|_| more).map(named);
    (rows, next)
}

/// The refusal of a cursor that no page gave.
pub(crate) fn no_cursor(text: &str) -> Problem {
    let shown: String = text.chars().take(100).collect();
    Problem::new(StatusCode::BAD_REQUEST, format!("cursor: {shown:?} is none: take the next page's address from Link"))
}

/// The header that says where the next page is.
pub(crate) fn next_page(asked: &Uri, cursor: &str) -> HeaderMap {
    let kept = asked.query().unwrap_or_default().split('&').filter(|part| !part.is_empty() && !part.starts_with("cursor="));
    let parts: Vec<String> = kept.map(str::to_owned).chain([format!("cursor={cursor}")]).collect();
    let link = format!("<{}?{}>; rel=\"next\"", asked.path(), parts.join("&"));
    // What came as an address is one again.
    HeaderValue::from_str(&link).map(|link| HeaderMap::from_iter([(header::LINK, link)])).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const USERS: List = list("/v1/users", &["name"]);

    /// What answers with a list that comes as a whole, and why.
    const WHOLE: [(&str, &str); 11] = [
        ("/v1/accruals", "one report of each currency"),
        ("/v1/rules/coverage", "one report of each currency"),
        ("/v1/token-cost", "one report of each currency"),
        ("/v1/unit-cost", "one report of each workflow and slice, which add up together"),
        ("/v1/experiments/shadow", "one report of each model in shadow"),
        ("/v1/charges", "sent row by row as it is found, whatever its length"),
        ("/v1/plans/fleet", "the newest twenty; deprecated"),
        ("/v1/alerts/channels", "as many as one document has"),
        ("/v1/formats", "those that the program comes with"),
        ("/v1/recommendations/{id}/files", "the files of one plan, which belong together"),
        ("/v1/revisions/{id}/findings", "kinds of findings, the thousand that weigh most"),
    ];

    #[test]
    fn every_list_comes_in_pages_or_says_why_it_does_not() {
        let described = serde_json::to_value(crate::openapi()).unwrap();
        let is_list = |schema: &Value| {
            let named = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#')).and_then(|at| described.pointer(at));
            named.unwrap_or(schema)["type"] == "array"
        };
        let mut whole = Vec::new();
        for (path, item) in described["paths"].as_object().unwrap() {
            let operation = &item["get"];
            let comes_in_pages = operation["parameters"].as_array().into_iter().flatten().any(|one| one["name"] == "cursor");
            if is_list(&operation["responses"]["200"]["content"]["application/json"]["schema"]) && !comes_in_pages {
                whole.push(path.as_str());
            }
        }
        let mut known = WHOLE.map(|(path, _)| path).to_vec();
        known.sort_unstable();
        whole.sort_unstable();
        assert_eq!(whole, known, "put a list into LISTS, or say in WHOLE why nobody needs pages of it");
    }

    fn rows(names: &[&str]) -> Vec<Value> {
        names.iter().map(|name| json!({"name": name, "roles": []})).collect()
    }

    fn next(cursor: &Cursor, names: &[&str]) -> usize {
        let again = Cursor::read(&cursor.written()).unwrap();
        again.next_in(&USERS, &rows(names))
    }

    #[test]
    fn a_page_goes_on_where_the_last_one_ended_whatever_came_or_went_meanwhile() {
        let before = rows(&["a", "c", "e", "g"]);
        let cursor = Cursor { position: 1, row: USERS.name_of(&before[1]) };
        assert_eq!(next(&cursor, &["a", "c", "e", "g"]), 2);
        assert_eq!(next(&cursor, &["a", "b", "c", "d", "e", "g"]), 3, "after c, which has moved");
        assert_eq!(next(&cursor, &["c", "e", "g"]), 1);
        assert_eq!(next(&cursor, &["a", "e", "g"]), 1, "c has gone: from its place on");
        assert_eq!(next(&cursor, &[]), 0);
        for wrong in ["", "1", "x-y", "-1-a", "99999999999999999999-a"] {
            assert!(Cursor::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_cursor_of_values_is_read_as_it_was_written() {
        let values = ("2026-05-01T00:00:00Z".to_owned(), "ops é".to_owned());
        assert_eq!(values_of::<(String, String)>(&cursor_of(&values)).unwrap(), values);
        for wrong in ["", "0", "zz", "5b5d", "é1"] {
            assert!(values_of::<(String, String)>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_next_page_is_asked_for_as_the_first_was() {
        let asked: Uri = "/v1/prices?model=a%26b&limit=5&cursor=4-00".parse().unwrap();
        assert_eq!(next_page(&asked, "9-ff")["link"], "</v1/prices?model=a%26b&limit=5&cursor=9-ff>; rel=\"next\"");
        assert_eq!(next_page(&"/v1/kpis".parse().unwrap(), "0-a")["link"], "</v1/kpis?cursor=0-a>; rel=\"next\"");
    }
}
