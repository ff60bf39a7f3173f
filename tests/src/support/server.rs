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
        let mut command = home.program();
        command.args(["--home", home.name(), "serve", "--listen", "127.0.0.1:0"]);
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
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).expect("the server takes connections");
        // A test that hangs says nothing; one that fails does.
        stream.set_read_timeout(Some(Duration::from_secs(120))).expect("a timeout can be set");
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let content = format!("Content-Length: {length}\r\n\r\n{body}");
        stream.write_all(format!("{head}{headers}{content}").as_bytes()).expect("the request is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the server answers and closes the connection");
        Answer::read(&answer)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already where either fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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
    /// The body.
    pub body: String,
}

impl Answer {
    fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8(bytes.to_vec()).expect("the server answers in UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no HTTP answer: {text:?}"));
        let (first, headers) = head.split_once("\r\n").unwrap_or((head, ""));
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status in {first:?}"));
        let mut answer = Self { status, headers: headers.to_owned(), body: body.to_owned() };
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.body = joined(body);
        }
        answer
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.headers.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
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
