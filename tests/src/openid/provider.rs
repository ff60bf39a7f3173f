use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::support::text;

/// Where people reach the program, as far as they know: the tests lead it to the server.
pub(crate) const OWN: &str = "https://farthing.example";
/// Where the provider sends browsers back to.
pub(crate) const WAY_BACK: &str = "https://farthing.example/v1/session/openid/return";
/// What access tokens are for.
pub(crate) const AUDIENCE: &str = "https://farthing.example/api";

/// `oidc/provider.js`: oidc-provider on a free port, which ends with its input.
pub(crate) struct Provider {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// What it calls itself.
    pub issuer: String,
    /// What clients show it.
    pub secret: String,
}

impl Provider {
    /// Starts it, or says that the test is skipped where it is not installed.
    pub fn start() -> Option<Self> {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/oidc"));
        if !folder.join("node_modules/oidc-provider").is_dir() {
            println!("skipped: there is no oidc-provider in tests/oidc; `make test` installs it");
            return None;
        }
        let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/node.sh"));
        command.args(["node", "provider.js", WAY_BACK, AUDIENCE]).current_dir(folder);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("node starts");
        let lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let mut provider = Self { child, lines, issuer: String::new(), secret: String::new() };
        let begun = provider.next();
        provider.issuer = text(&begun, "issuer").to_owned();
        provider.secret = text(&begun, "secret").to_owned();
        Some(provider)
    }

    fn next(&mut self) -> Value {
        let line = self.lines.next().expect("the provider runs").expect("it writes text");
        serde_json::from_str(&line).expect("it writes JSON")
    }

    fn tell(&mut self, command: &Value) -> Value {
        let stdin = self.child.stdin.as_mut().expect("stdin is piped");
        stdin.write_all(format!("{command}\n").as_bytes()).expect("the provider reads");
        self.next()
    }

    /// Who can sign in, by their subject, with their claims.
    pub fn people(&mut self, people: &Value) {
        self.tell(&json!({"do": "people", "people": people}));
    }

    /// A token of these claims, signed by the key of a name.
    pub fn sign(&mut self, key: &str, header: &Value, claims: &Value) -> String {
        text(&self.tell(&json!({"do": "sign", "key": key, "header": header, "claims": claims})), "token").to_owned()
    }

    /// The next ID token is another one than it should be.
    pub fn spoil(&mut self, key: &str, claims: &Value) {
        self.tell(&json!({"do": "spoil", "key": key, "claims": claims}));
    }

    /// From now on it signs by a key that nobody knew before.
    pub fn rotate(&mut self) {
        self.tell(&json!({"do": "rotate"}));
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        self.issuer.trim_start_matches("http://")
    }

    /// The settings that lead the program to it.
    pub fn settings(&self) -> String {
        format!(
            "openid_issuer = \"{}\"\nopenid_client_id = \"farthing\"\nopenid_redirect_url = \"{WAY_BACK}\"\n\
             openid_logout_url = \"{OWN}/\"\n\
             openid_audience = \"{AUDIENCE}\"\nopenid_label = \"Acme\"\n\
             [[openid_rules]]\ngroup = \"finance\"\nroles = [\"controller\"]\n\
             [[openid_rules]]\ngroup = \"platform\"\nroles = [\"engineer\"]\n\
             [[openid_rules]]\ngroup = \"payments\"\nroles = [\"viewer\"]\nunits = [\"payments\"]\n\
             [[openid_rules]]\nscope = \"farthing.import\"\nroles = [\"analyst\"]\n",
            self.issuer
        )
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // It has ended already where either fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
