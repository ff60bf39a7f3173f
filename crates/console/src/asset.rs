use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

/// Only files of this origin run or are shown; nothing inline, nothing framed.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Names of these files hold a hash of their content: they never change.
const HASHED: &str = "assets/";
/// The forms that the build writes beside a file, best first.
const COMPRESSED: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Built;

/// A file of the built console.
pub(crate) struct Asset {
    name: String,
    file: EmbeddedFile,
}

impl Asset {
    pub fn named(name: &str) -> Option<Self> {
        let file = Built::get(name)?;
        Some(Self { name: name.to_owned(), file })
    }

    /// The page that all addresses of the console share.
    pub fn application() -> Option<Self> {
        Self::named("index.html")
    }

    /// The file in the best form that the client takes, or that what it has is still good.
    pub fn answer(self, asked: &HeaderMap) -> Response {
        let tag = self.tag();
        let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        let mut response = if known.is_some_and(|tags| tags.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            self.content(asked)
        };
        let headers = response.headers_mut();
        headers.insert(header::ETAG, HeaderValue::from_str(&tag).expect("a tag is quoted hexadecimal"));
        let caching = if self.name.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
        for (name, value) in [
            (header::CACHE_CONTROL, caching),
            (header::VARY, "accept-encoding"),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }

    fn content(&self, asked: &HeaderMap) -> Response {
        let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let takes = |encoding: &str| accepted.split(',').any(|one| one.split(';').next().unwrap_or_default().trim() == encoding);
        let mut compressed = COMPRESSED.iter().filter(|(encoding, _)| takes(encoding));
        let best = compressed.find_map(|(encoding, suffix)| Some((*encoding, Built::get(&format!("{}{suffix}", self.name))?)));
        let kind = [(header::CONTENT_TYPE, media_type(&self.name))];
        match best {
            Some((encoding, file)) => {
                (kind, [(header::CONTENT_ENCODING, encoding)], Body::from(file.data.into_owned())).into_response()
            }
            None => (kind, Body::from(self.file.data.clone().into_owned())).into_response(),
        }
    }

    /// The same for every form: what is in it.
    fn tag(&self) -> String {
        let hash = self.file.metadata.sha256_hash();
        let digits: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("\"{digits}\"")
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

/// The address of one script, for tests.
#[cfg(test)]
pub(crate) fn hashed_script() -> String {
    let mut names = Built::iter();
    let script = names.find(|name| name.starts_with(HASHED) && name.ends_with(".js"));
    format!("/{}", script.expect("the console has a script"))
}
