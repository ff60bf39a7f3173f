//! As much of HTTP/1.1 as a fake needs, on the system's sockets: so that it can break off where a library would not let it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// A request.
#[derive(Debug)]
pub(crate) struct Request {
    pub path: String,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// All headers, their names in lower case.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// How an answer goes wrong on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misbehaviour {
    /// The connection ends without an answer.
    Reset,
    /// It ends after half of the body.
    Half,
    /// A whole answer, whose body is cut in the middle.
    Cut,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub misbehaviour: Option<Misbehaviour>,
}

impl Reply {
    pub fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, body, misbehaviour: None }
    }

    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, "application/x-amz-json-1.1", body.to_string().into_bytes())
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

type Answer = dyn Fn(&Request) -> Reply + Send + Sync;

/// A server with a thread of its own, and one a connection.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    ends: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("this machine has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let ends = Arc::new(AtomicBool::new(false));
        let (seen, answer): (_, Arc<Answer>) = (Arc::clone(&ends), Arc::new(answer));
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if seen.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let answer = Arc::clone(&answer);
                // A connection that breaks off is the client's to complain about.
                std::thread::spawn(move || drop(serve(&stream, &*answer)));
            }
        });
        Self { address, ends, accepting: Some(accepting) }
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
    }
}

fn serve(stream: &TcpStream, answer: &Answer) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(request) = read(&mut reader)? {
        let reply = answer(&request);
        let mut writer = stream;
        if reply.misbehaviour == Some(Misbehaviour::Reset) {
            return stream.shutdown(Shutdown::Both);
        }
        let mut body = reply.body;
        if reply.misbehaviour == Some(Misbehaviour::Cut) {
            body.truncate(body.len() / 2);
        }
        let mut head = format!("HTTP/1.1 {} Said\r\ncontent-length: {}\r\n", reply.status, body.len());
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        writer.write_all(format!("{head}\r\n").as_bytes())?;
        if reply.misbehaviour == Some(Misbehaviour::Half) {
            writer.write_all(&body[..body.len() / 2])?;
            writer.flush()?;
            return stream.shutdown(Shutdown::Both);
        }
        writer.write_all(&body)?;
        writer.flush()?;
    }
    Ok(())
}

fn read(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split_whitespace().nth(1).unwrap_or("/").to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { path, headers, body: Vec::new() };
    let length = request.header("content-length").and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    reader.take(length).read_to_end(&mut request.body)?;
    Ok(Some(request))
}
