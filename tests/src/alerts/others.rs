//! Receivers that others wrote: aiosmtpd takes the mail, and standardwebhooks verifies what is signed.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::{KEY, alerts, home, publish};
use crate::support::{NewHome, on_both_databases, text};

on_both_databases!(mail_is_taken_by_a_server_of_others_and_signatures_are_verified_by_them);

const PASSWORD: &str = "hidden password";

/// `alerts/receive.py`, which ends with its input.
struct Receivers {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Receivers {
    fn start(folder: &str) -> Option<Self> {
        let mut command = Command::new(farthing_testkit::python()?);
        command.args(["-B", concat!(env!("CARGO_MANIFEST_DIR"), "/alerts/receive.py"), folder, "farthing", PASSWORD, KEY]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the Python of the tests starts");
        let lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        Some(Self { child, lines })
    }

    fn next(&mut self) -> Value {
        let line = self.lines.next().expect("the receivers still run").expect("they write text");
        serde_json::from_str(&line).expect("they write JSON")
    }
}

impl Drop for Receivers {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn mail_is_taken_by_a_server_of_others_and_signatures_are_verified_by_them(new: NewHome) {
    let home = home(new);
    let folder = home.path().to_str().expect("paths of tests are UTF-8");
    let Some(mut receivers) = Receivers::start(folder) else { return };
    let ports = receivers.next();
    let document = format!(
        "[smtp]\nhost = \"localhost\"\nport = {}\nuser = \"farthing\"\npassword = \"SMTP_PASSWORD\"\nfrom = \"farthing@example.org\"\n\
         allow_loopback = true\n\
         [channel.finance]\nkind = \"email\"\nto = [\"cfo@example.org\", \"ada@example.org\"]\nevents = [\"budget\"]\nunits = [\"claims\"]\n\
         retry_seconds = 1\n\
         [channel.ops]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:{}/\"\nsigning_key = \"HOOK_KEY\"\nallow_loopback = true\nevents = []\n",
        ports["smtp"], ports["http"]
    );
    publish(&home, &document);
    let secrets = [("SMTP_PASSWORD", PASSWORD), ("HOOK_KEY", KEY), ("SSL_CERT_FILE", text(&ports, "authority"))];
    let run = |arguments: &[&str]| home.run_with(&secrets, arguments);

    run(&["alerts", "test", "ops"]).exits(0).shows(&["ops (webhook) took the message msg_"]);
    let hook = receivers.next();
    assert_eq!(hook["verified"]["type"], "farthing.test", "{hook:#}");
    assert_eq!(hook["verified"]["data"]["message"], hook["id"]);

    // The first attempt is put off (451), the second taken: the same letter.
    run(&["jobs", "run", "--kind", "find-alerts"]).exits(0);
    let mut said = String::new();
    while alerts(&home).first().is_none_or(|alert| text(alert, "state") == "waiting") {
        said += &run(&["-vv", "scheduler", "--once"]).exits(0).stderr;
        said += &run(&["-vv", "worker", "--until-idle"]).exits(0).stderr;
    }
    let (first, second) = (receivers.next(), receivers.next());
    assert_eq!((&first["taken"], &second["taken"]), (&json!(false), &json!(true)), "{first:#}");
    for letter in [&first, &second] {
        assert_eq!((&letter["encrypted"], &letter["login"]), (&json!(true), &json!(true)));
        assert_eq!(letter["to"], json!(["cfo@example.org", "ada@example.org"]));
        assert_eq!(text(letter, "subject"), "[Farthing] Claims has cost 90.00 USD in 2026-05, beyond 50 % of its budget");
        assert!(text(letter, "text").contains("`farthing budgets status --period 2026-05 --unit claims`"), "{letter:#}");
    }
    assert_eq!(first["id"], second["id"]);
    let alert = &alerts(&home)[0];
    assert_eq!((text(alert, "state"), &alert["attempts"]), ("sent", &json!(2)));
    assert!(text(&first, "id").contains(text(alert, "message")));
    assert!(said.contains("451") && !said.contains(PASSWORD), "{said}");
    // A wrong password is no end, and stands nowhere.
    let wrong = [("SMTP_PASSWORD", "wrong-one"), ("SSL_CERT_FILE", text(&ports, "authority"))];
    let refused = home.run_with(&wrong, &["-vv", "alerts", "test", "finance"]).exits(1).shows(&["AUTH", "535"]);
    assert!(!refused.stdout.contains("wrong-one") && !refused.stderr.contains("wrong-one"), "{refused}");
    // Without the authority's certificate nobody is believed, and nothing sent.
    home.run_with(&secrets[..1], &["alerts", "test", "finance"]).exits(1).shows(&["no encrypted connection to localhost"]);
}
