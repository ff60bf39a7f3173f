//! F7 in a bucket: an object changes between listing and reading. The store is a script, for no real one changes on demand.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::support::{Bill, Home, Run, entries, program, signal};

/// What the store does between listing and reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// Nothing.
    None,
    /// The object is another, and the store says so when it is asked for the one that was listed.
    Other,
    /// The object is another, and the store gives it without a word.
    OtherUnsaid,
    /// The object has grown.
    Longer,
    /// The object is gone.
    Gone,
    /// The object is another when the delivery is looked at once more.
    Later,
    /// The object never comes.
    Silent,
}

/// A store with one bill. It serves whoever connects until the test ends.
struct Script {
    address: String,
    /// Hears when the object is asked for.
    asked: Receiver<()>,
}

impl Script {
    fn of(change: Change, bill: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it has an address").to_string();
        let (bill, listings) = (Arc::new(bill), Arc::new(AtomicU64::new(0)));
        let (say, asked) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (bill, listings, say) = (bill.clone(), listings.clone(), say.clone());
                std::thread::spawn(move || serve(stream, change, &bill, &listings, &say));
            }
        });
        Self { address, asked }
    }

    fn command(&self, home: &Home) -> Command {
        let mut command = program(home.path());
        command.env("FARTHING_S3_ENDPOINT", format!("http://{}", self.address)).env("FARTHING_S3_ANONYMOUS", "true");
        command.args(["--home", home.name()]);
        command
    }

    fn ingest(&self, home: &Home) -> Run {
        Run::of(self.command(home), &INGEST)
    }

    /// Starts an import, and gives it when it has asked for the object.
    fn started(&self, home: &Home) -> Child {
        let mut command = self.command(home);
        command.args(INGEST).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("the program starts");
        self.asked.recv().expect("the store is asked for the object");
        child
    }
}

const INGEST: [&str; 5] = ["ingest", "billing", "s3://bills/export", "--source", "acme"];

fn serve(mut stream: TcpStream, change: Change, bill: &str, listings: &AtomicU64, say: &Sender<()>) {
    let mut request = Vec::new();
    let mut lines = BufReader::new(stream.try_clone().expect("a connection has two sides")).lines().map_while(Result::ok);
    request.extend(lines.by_ref().take_while(|line| !line.is_empty()));
    let Some(first) = request.first() else { return };
    let answer = if first.contains("list-type=2") {
        let again = listings.fetch_add(1, Ordering::SeqCst) > 0;
        let tag = if change == Change::Later && again { "new" } else { "old" };
        let content = format!(
            "<Contents><Key>export/bill.csv</Key><LastModified>2026-06-01T00:00:00.000Z</LastModified><ETag>&quot;{tag}&quot;</ETag>\
             <Size>{}</Size></Contents>",
            bill.len()
        );
        let body = format!("<ListBucketResult><IsTruncated>false</IsTruncated>{content}</ListBucketResult>");
        whole("200 OK", "Content-Type: application/xml\r\n", &body)
    } else {
        assert!(request.iter().any(|line| line.eq_ignore_ascii_case("if-match: \"old\"")), "{request:?}");
        // Nobody listens where the test is not about it.
        let _ = say.send(());
        if change == Change::Silent {
            std::thread::park_timeout(Duration::from_secs(600));
        }
        match change {
            Change::Other => whole("412 Precondition Failed", "", "<Error><Code>PreconditionFailed</Code></Error>"),
            Change::Gone => whole("404 Not Found", "", "<Error><Code>NoSuchKey</Code></Error>"),
            Change::OtherUnsaid => object(bill, "new", bill.len()),
            Change::Longer => object(bill, "old", bill.len() + 1),
            Change::None | Change::Later | Change::Silent => object(bill, "old", bill.len()),
        }
    };
    // Who was refused may not listen to the end.
    let _ = stream.write_all(answer.as_bytes());
}

/// The part that was asked for of an object of so many bytes.
fn object(text: &str, tag: &str, whole_length: usize) -> String {
    let range = format!("Content-Range: bytes 0-{}/{whole_length}\r\n", text.len() - 1);
    let headers = format!("ETag: \"{tag}\"\r\nLast-Modified: Mon, 01 Jun 2026 00:00:00 GMT\r\n{range}");
    whole("206 Partial Content", &headers, text)
}

fn whole(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

#[test]
fn f07_an_object_that_changes_between_listing_and_reading_is_refused() {
    let bill = Bill::of("2026-05").charges(30).csv();
    let home = Home::new().file("before.csv", Bill::of("2026-05").charges(10).csv()).ingest_billing("before.csv", "acme");
    let before = home.state();
    for change in [Change::Other, Change::OtherUnsaid, Change::Longer, Change::Gone, Change::Later] {
        let run = Script::of(change, bill.clone()).ingest(&home);
        assert_eq!(run.status, 75, "{change:?}: {run}");
        run.says(&["s3://bills/export/bill.csv", "changed between listing and reading", "nothing was imported"]);
        assert_eq!(home.state(), before, "{change:?}");
    }
    home.invariants_hold();
    Script::of(Change::None, bill).ingest(&home).exits(0);
    assert_ne!(home.state(), before);
    home.invariants_hold();
}

#[test]
fn f01_a_fetch_that_is_stopped_or_killed_leaves_nothing() {
    let bill = Bill::of("2026-05").charges(30).csv();
    let home = Home::new().file("bill.csv", &bill);
    home.run(&["migrate"]).exits(0);
    let staging = home.store().join("lake/staging");
    let silent = Script::of(Change::Silent, bill);
    let child = silent.started(&home);
    assert!(entries(&staging) > 0);
    signal(&child, "INT");
    let stopped = Run::ended("stopped", child.wait_with_output().expect("it ends")).exits(1);
    stopped.says(&["s3://bills/export", "stopped on request", "nothing was imported"]);
    assert_eq!(entries(&staging), 0);

    let mut child = silent.started(&home);
    child.kill().expect("it can be killed");
    child.wait().expect("it can be waited for");
    assert!(entries(&staging) > 0, "who is killed cannot clear up");
    home.import_billing("bill.csv", "acme");
    assert_eq!(entries(&staging), 0);
    home.invariants_hold();
}
