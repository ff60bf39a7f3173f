//! A service that answers GET requests in JSON or plain text, by a function of the path.

use std::sync::{Arc, Mutex};

use crate::http::{Reply, Request, Server};

/// A running service. It ends when it is dropped.
#[derive(Debug)]
pub struct FakeApi {
    server: Server,
    asked: Arc<Mutex<Vec<String>>>,
}

impl FakeApi {
    /// Starts one that gives status and body for a path with its query. It answers 401 to who does not send `authorized`, a header and
    /// its value.
    pub fn start(
        authorized: Option<(&'static str, &'static str)>,
        answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        let server = Server::start(move |request: &Request| {
            noted.lock().expect("no answer panics").push(request.path.clone());
            let is_authorized = authorized.is_none_or(|(name, value)| request.header(name) == Some(value));
            let (status, body) =
                if is_authorized { answer(&request.path) } else { (401, "{\"error\":\"who are you?\"}".to_owned()) };
            let kind = if body.starts_with(['{', '[']) { "application/json" } else { "text/plain; version=0.0.4" };
            Reply::new(status, kind, body.into_bytes())
        });
        Self { server, asked }
    }

    /// Its address: `http://127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        self.server.address()
    }

    /// The paths that were asked for so far, with their queries, in order.
    ///
    /// # Panics
    /// Where an answer did.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no answer panics").clone()
    }
}
