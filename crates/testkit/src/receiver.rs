//! Somebody who is told of things over HTTP, and does not always take them.

use std::sync::{Arc, Mutex};

use crate::http::{Reply, Request, Server};

/// A running receiver. It ends when it is dropped.
#[derive(Debug)]
pub struct Receiver {
    server: Server,
    received: Arc<Mutex<Vec<Received>>>,
}

/// What it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Received {
    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// Where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }
}

impl Receiver {
    /// Starts one. What is asked for the first time, the second and so on is answered with a status, headers and a body by `answer`, which is
    /// called when the request is noted.
    pub fn start(answer: impl Fn(usize) -> (u16, Vec<(&'static str, String)>, String) + Send + Sync + 'static) -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&received);
        let server = Server::start(move |request: &Request| {
            let number = {
                let mut noted = noted.lock().expect("no answer panics");
                noted.push(Received { headers: request.headers().to_vec(), body: request.body.clone() });
                noted.len()
            };
            let (status, headers, body) = answer(number);
            let reply = Reply::new(status, "text/plain", body.into_bytes());
            headers.iter().fold(reply, |reply, (name, value)| reply.with(name, value))
        });
        Self { server, received }
    }

    /// Its address: `http://127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        self.server.address()
    }

    /// All that it was told, in order.
    ///
    /// # Panics
    /// Where an answer did.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().expect("no answer panics").clone()
    }
}
