use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// An S3-compatible object store on a free port of this machine until the end of the test: moto's server.
pub struct ObjectStore {
    child: Child,
    address: String,
}

impl ObjectStore {
    /// Starts it with one bucket, or says that the test is skipped where there is no Python with it.
    pub fn with_bucket(bucket: &str) -> Option<Self> {
        let mut command = Command::new(farthing_testkit::python()?);
        command.args(["-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]).env_clear();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        // In the struct before anything can fail, so that it is stopped in any case.
        let mut store = Self { child: child.expect("Python starts"), address: String::new() };
        let mut lines = BufReader::new(store.child.stderr.take().expect("stderr is piped")).lines().map_while(Result::ok);
        let said: Vec<String> = lines.by_ref().take_while(|line| !line.contains("Press CTRL+C")).collect();
        let address = said.iter().find_map(|line| line.split_once("Running on http://").map(|(_, rest)| rest.trim().to_owned()));
        store.address =
            address.unwrap_or_else(|| panic!("moto's server ended without saying where it listens:\n{}", said.join("\n")));
        std::thread::spawn(move || lines.for_each(drop));
        store.send("PUT", &format!("/{bucket}"), b"");
        Some(store)
    }

    /// The settings that lead the program to it.
    pub fn settings(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_ACCESS_KEY_ID", "test-key".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test-secret-never-shown".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ]
    }

    /// Its address.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts an object, `bucket/key`.
    pub fn put(&self, path: &str, content: impl AsRef<[u8]>) {
        self.send("PUT", &format!("/{path}"), content.as_ref());
    }

    fn send(&self, method: &str, path: &str, body: &[u8]) {
        let mut stream = TcpStream::connect(&self.address).expect("the object store takes connections");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout can be set");
        // Its kind of content must be said: moto takes other kinds for forms.
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/octet-stream\r\n\
             Content-Length: {}\r\nAuthorization: AWS4-HMAC-SHA256 Credential=test-key/20260101/us-east-1/s3/aws4_request\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).expect("the request is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the object store answers");
        assert!(answer.starts_with("HTTP/1.1 200"), "{method} {path}: {answer}");
    }
}

impl Drop for ObjectStore {
    fn drop(&mut self) {
        // It has ended already where either fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
