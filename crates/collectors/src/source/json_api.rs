//! Services that are asked by GET and answer in JSON, and the files that their pages are kept in.

use std::fs::File;
use std::io::{BufWriter, Write};

use camino::{Utf8Path, Utf8PathBuf};
use farthing_types::Amount;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;

use super::{Calls, CollectError, Endpoint, Http};
use crate::FileError;

/// A service and the headers that it is asked with.
#[derive(Clone, Debug)]
pub(crate) struct JsonApi {
    http: Http,
    endpoint: Endpoint,
    headers: HeaderMap,
}

impl JsonApi {
    /// The service at an endpoint.
    ///
    /// # Errors
    /// When a secret cannot stand in a header.
    pub fn new(endpoint: &Endpoint, headers: &[(&'static str, String)]) -> Result<Self, CollectError> {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            let wrong = |_| CollectError::Config(format!("the secret for the header {name} has characters that no header has"));
            let mut value = HeaderValue::from_str(value).map_err(wrong)?;
            value.set_sensitive(true);
            all.insert(HeaderName::from_static(name), value);
        }
        Ok(Self { http: Http::of(endpoint)?, endpoint: endpoint.clone(), headers: all })
    }

    /// One page, as it was sent. It costs nothing.
    ///
    /// # Errors
    /// See [`Calls::make`].
    pub async fn get(
        &self,
        calls: &Calls,
        call: &'static str,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<Vec<u8>, CollectError> {
        let mut url = self.endpoint.join(path);
        url.query_pairs_mut().extend_pairs(query);
        calls.make(call, Amount::ZERO, || self.http.json(call, Method::GET, url.clone(), self.headers.clone(), Vec::new())).await
    }
}

/// What a page says, as far as it is asked.
///
/// # Errors
/// When it does not say it.
pub(crate) fn parse<T: DeserializeOwned>(call: &'static str, page: &[u8]) -> Result<T, CollectError> {
    serde_json::from_slice(page).map_err(|error| CollectError::Nonsense { call, said: error.to_string() })
}

/// A file of pages, one after the other.
#[derive(Debug)]
pub(crate) struct Pages {
    path: Utf8PathBuf,
    file: BufWriter<File>,
}

impl Pages {
    /// An empty one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(path: &Utf8Path) -> Result<Self, CollectError> {
        let file = File::create(path).map_err(FileError::io(path))?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file) })
    }

    /// Adds a page.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, page: &[u8]) -> Result<(), CollectError> {
        let written = self.file.write_all(page).and_then(|()| self.file.write_all(b"\n"));
        Ok(written.map_err(FileError::io(&self.path))?)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(mut self) -> Result<(), CollectError> {
        Ok(self.file.flush().map_err(FileError::io(&self.path))?)
    }
}

/// Follows the tokens of pages to the end, and adds each to a file; the number of results in all.
///
/// # Errors
/// When a page cannot be had, or the pages lead in a circle.
pub(crate) async fn follow(
    api: &JsonApi,
    calls: &Calls,
    call: &'static str,
    path: &str,
    query: &[(&str, String)],
    mut each: impl FnMut(&[u8]) -> Result<(), CollectError>,
) -> Result<(), CollectError> {
    #[derive(serde::Deserialize)]
    struct Page {
        #[serde(default)]
        has_more: bool,
        next_page: Option<String>,
    }
    let (mut tokens, mut query) = (std::collections::HashSet::new(), query.to_vec());
    let given = query.len();
    loop {
        let page = api.get(calls, call, path, &query).await?;
        let Page { has_more, next_page } = parse(call, &page)?;
        each(&page)?;
        match next_page.filter(|_| has_more) {
            None if has_more => {
                return Err(CollectError::Incomplete { call, said: "there is more, and no token that leads to it".to_owned() });
            }
            None => return Ok(()),
            Some(token) if !tokens.insert(token.clone()) => {
                return Err(CollectError::Incomplete {
                    call,
                    said: "its pages lead in a circle: a page's token came twice".to_owned(),
                });
            }
            Some(token) => {
                query.truncate(given);
                query.push(("page", token));
            }
        }
    }
}
