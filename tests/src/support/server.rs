use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::Home;

/// The API, served from a home on a free port until the end of the test.
pub struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts it and waits until it says where it listens.
    pub fn of(home: &Home) -> Self {
        Self::with(home, &[], "127.0.0.1:0")
    }

    /// The same with settings in its environment, on another address.
    pub fn with(home: &Home, settings: &[(&str, &str)], listen: &str) -> Self {
        let mut command = home.program();
        command.envs(settings.iter().copied()).args(["--home", home.name(), "serve", "--listen", listen]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        // In the struct before anything can fail, so that it is stopped in any case.
        let mut server = Self { child: child.expect("the program starts"), address: String::new() };
        let stderr = server.child.stderr.take().expect("stderr is piped");
        server.address = address(stderr);
        server
    }

    /// Where it is, for other programs.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Asks for a path.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "")
    }

    /// Sends JSON to a path.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &body.to_string())
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        self.request(method, path, &[("Content-Type", "application/json")], body)
    }

    /// Sends anything to a path.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &(impl AsRef<[u8]> + ?Sized)) -> Answer {
        self.request_as(method, path, &[&[("Host", self.address.as_str())], headers].concat(), body)
    }

    /// The same under whatever name `Host` is given.
    pub fn request_as(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &(impl AsRef<[u8]> + ?Sized)) -> Answer {
        exchange(&self.address, method, path, headers, body.as_ref())
    }

    /// Where it listens, `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends the head of a request whose body is to come.
    pub fn begin(&self, method: &str, path: &str, headers: &[(&str, &str)], length: usize) -> TcpStream {
        head(&self.address, method, path, &[&[("Host", self.address.as_str())], headers].concat(), length)
    }

    /// Tells it to stop, and waits until it has done what it does before it ends.
    pub fn stop(mut self) {
        super::signal(&self.child, "TERM");
        let status = self.child.wait().expect("a child can be waited for");
        assert!(status.success(), "the server ended with {status}");
    }

    /// Kills it at once: nothing of the program runs after it.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("a child can be waited for");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already where either fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request to whatever listens at an address, and its answer.
pub fn exchange(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut stream = head(address, method, path, headers, body.len());
    // Who refuses a body by its length need not read it.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server answers and closes the connection");
    Answer::read(&answer)
}

fn head(address: &str, method: &str, path: &str, headers: &[(&str, &str)], length: usize) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("the server takes connections");
    // A test that hangs says nothing; one that fails does.
    stream.set_read_timeout(Some(Duration::from_secs(120))).expect("a timeout can be set");
    let head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    stream.write_all(format!("{head}{headers}Content-Length: {length}\r\n\r\n").as_bytes()).expect("the request is sent");
    stream
}

/// The address in the line that says so. What comes after it is read and dropped, lest the pipe fill.
fn address(stderr: ChildStderr) -> String {
    let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
    let mut said = Vec::new();
    let found = lines.by_ref().find_map(|line| {
        let address = line.split_once("http://").map(|(_, rest)| rest.split([' ', '/']).next().unwrap_or_default().to_owned());
        said.push(line);
        address
    });
    std::thread::spawn(move || lines.for_each(drop));
    found.unwrap_or_else(|| panic!("the server ended without saying where it listens:\n{}", said.join("\n")))
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    headers: String,
    /// The body, where it is text.
    pub body: String,
    /// The body.
    pub bytes: Vec<u8>,
}

impl Answer {
    fn read(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("an HTTP answer has a head");
        let head = std::str::from_utf8(&bytes[..end]).expect("the head is text");
        let body = &bytes[end + 4..];
        let (first, headers) = head.split_once("\r\n").unwrap_or((head, ""));
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status in {first:?}"));
        let mut answer = Self { status, headers: headers.to_owned(), body: String::new(), bytes: body.to_vec() };
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.bytes = joined(std::str::from_utf8(body).expect("what comes in pieces is text")).into_bytes();
        }
        if answer.header("content-type") != Some("application/x-protobuf") {
            answer.body = String::from_utf8(answer.bytes.clone()).expect("the server answers in UTF-8");
        }
        answer
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers_of(name).next()
    }

    /// The values of a header that may be there several times.
    pub fn headers_of(&self, name: &str) -> impl Iterator<Item = &str> {
        let lines = self.headers.lines().filter_map(|line| line.split_once(':'));
        lines.filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The answer, which must have this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("the body is no JSON: {error}\n{self:#?}"))
    }
}

/// The parts of a body that is sent in pieces, each with its length before it.
fn joined(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).expect("a chunk begins with its length");
        whole.push_str(&rest[..length]);
        body = rest[length..].trim_start_matches("\r\n");
    }
    whole
}
