//! People and services whom an OpenID provider vouches for: oidc-provider (npm), which others wrote, driven as a browser drives it.

mod browser;
mod provider;
mod refused;
mod services;

use serde_json::{Value, json};

use crate::authority::{organisation, person, token};
use crate::support::{Home, NewHome, Server, on_both_databases, text};
use browser::Browser;
use provider::Provider;

on_both_databases!(
    somebody_signs_in_with_the_provider_and_is_brought_up_to_date,
    a_name_that_is_taken_is_nobody_elses,
    passwords_are_off_where_people_sign_in_with_a_provider,
    who_logs_out_is_led_to_the_provider_to_log_out_there,
);

const PASSWORD: &str = "three small horses";

/// An organisation whose people sign in with a provider. None where there is no provider here.
pub(crate) fn signing_in(new: NewHome) -> Option<(Provider, Home)> {
    let mut provider = Provider::start()?;
    provider.people(&json!({
        "00u1": {"preferred_username": "ada", "groups": ["finance", "everybody"]},
        "00u2": {"preferred_username": "bob", "groups": ["payments"]},
        "00u3": {"preferred_username": "eve", "groups": ["everybody"]},
        "00u4": {"preferred_username": "mal", "groups": ["finance", "platform"]},
        "00u5": {"groups": ["finance"]},
        "00u6": {"preferred_username": "a name, with everything", "groups": ["finance"]},
    }));
    let home = organisation(new());
    home.write("farthing.toml", provider.settings());
    Some((provider, home))
}

/// The API of a home, which shows the provider its secret.
pub(crate) fn served(home: &Home, provider: &Provider) -> Server {
    Server::with(home, &[("FARTHING_OPENID_CLIENT_SECRET", &provider.secret)], "127.0.0.1:0")
}

/// What the record says of sign-ins and people, the oldest first: who, what, of whom.
pub(crate) fn recorded(home: &Home) -> Vec<(String, String, String)> {
    let entries = home.json(&["audit", "list"]);
    let of = |entry: &Value| ["actor", "action", "subject"].map(|name| text(entry, name).to_owned()).into();
    let entries = entries.as_array().expect("a list").iter().rev().map(of);
    entries
        .filter(|(_, action, _): &(String, String, String)| ["session.", "user."].iter().any(|of| action.starts_with(of)))
        .collect()
}

fn somebody_signs_in_with_the_provider_and_is_brought_up_to_date(new: NewHome) {
    let Some((mut provider, home)) = signing_in(new) else { return };
    let server = served(&home, &provider);
    // Nobody was ever added, and everybody is asked all the same.
    server.get("/v1/status").is(401);
    let ways = server.get("/v1/login").is(200);
    assert_eq!(ways.json(), json!({"password": false, "provider": "Acme"}));
    // The settings know that people come over https.
    assert!(ways.header("strict-transport-security").is_some());
    let mut browser = Browser::on(&server);
    let answer = browser.sign_in("00u1").is(303);
    assert_eq!(answer.header("location"), Some("/audit?x=1"));
    let session = answer.headers_of("set-cookie").find(|set| set.starts_with("__Host-farthing=")).expect("a session");
    for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(session.contains(part) && !session.contains("Domain"), "{session}");
    }
    let who = browser.who();
    assert_eq!((text(&who, "name"), text(&who, "means"), &who["roles"]), ("ada", "session", &json!(["controller"])));
    // What changes something asks for what other sites cannot know, as for every session.
    let (csrf, json_body) = (browser.csrf(), ("Content-Type", "application/json"));
    browser.own("POST", "/v1/periods/2026-05/closing", &[json_body], "{\"reason\":\"month end\"}").is(403);
    browser
        .own("POST", "/v1/periods/2026-05/closing", &[json_body, ("x-csrf-token", &csrf)], "{\"reason\":\"month end\"}")
        .is(200);
    let ada = &home.json(&["users", "list"])[0];
    assert_eq!((text(ada, "subject"), text(ada, "issuer"), &ada["has_password"]), ("00u1", &*provider.issuer, &json!(false)));

    // What the provider says of her next time holds from then on, for the sessions that she has as well.
    provider.people(&json!({"00u1": {"preferred_username": "ada", "groups": ["payments"]}}));
    let mut other = Browser::on(&server);
    other.sign_in("00u1").is(303);
    for asks in [&mut browser, &mut other] {
        assert_eq!((&asks.who()["roles"], &asks.who()["units"]), (&json!(["viewer"]), &json!(["payments"])));
    }
    other.own("GET", "/v1/chargeback?period=2026-05", &[], "").is(403);
    home.run(&["users", "change", "ada", "--role", "administrator"]).exits(1).says(&["groups at the OpenID provider"]);
    // Out is out: for one session, and for whoever has no role any more, or is disabled here.
    let csrf = other.csrf();
    other.own("DELETE", "/v1/session", &[("x-csrf-token", &csrf)], "").is(200);
    other.own("GET", "/v1/session", &[], "").is(401);
    browser.who();
    provider.people(&json!({"00u1": {"preferred_username": "ada", "groups": ["everybody"]}}));
    assert!(Browser::on(&server).sign_in("00u1").is(401).body.contains("stands for a role"));
    browser.own("GET", "/v1/session", &[], "").is(401);
    provider.people(&json!({"00u1": {"preferred_username": "ada", "groups": ["finance"]}}));
    browser.sign_in("00u1").is(303);
    home.run(&["users", "disable", "ada"]).exits(0);
    browser.own("GET", "/v1/session", &[], "").is(401);
    assert!(Browser::on(&server).sign_in("00u1").is(401).body.contains("disabled"));

    let happened = recorded(&home);
    let told: Vec<(&str, &str)> = happened.iter().map(|(actor, action, _)| (actor.as_str(), action.as_str())).collect();
    let expected = [
        ("openid", "user.added"),
        ("ada", "session.opened"),
        ("openid", "user.changed"),
        ("ada", "session.opened"),
        ("ada", "session.closed"),
        ("openid", "session.refused"),
        ("openid", "user.changed"),
        ("ada", "session.opened"),
        ("command line", "user.disabled"),
        ("openid", "session.refused"),
    ];
    assert_eq!(told, expected);
    assert!(happened.iter().all(|(_, _, subject)| subject == "user ada"), "{happened:?}");
    home.run(&["audit", "verify"]).exits(0);
}

fn a_name_that_is_taken_is_nobody_elses(new: NewHome) {
    let Some((provider, home)) = signing_in(new) else { return };
    home.run(&["users", "add", "bob", "--no-password", "--role", "administrator"]).exits(0);
    let server = served(&home, &provider);
    let refused = Browser::on(&server).sign_in("00u2").is(401);
    assert!(refused.body.contains("farthing users link bob"), "{}", refused.body);
    assert_eq!(home.json(&["users", "list"])[0]["roles"], json!(["administrator"]));
    home.run(&["users", "link", "bob", "00u2"]).exits(0);
    let mut browser = Browser::on(&server);
    browser.sign_in("00u2").is(303);
    // What he was given before is over: what he may do is what the provider says.
    assert_eq!((text(&browser.who(), "name"), &browser.who()["roles"]), ("bob", &json!(["viewer"])));
    home.run(&["users", "add", "twin", "--no-password", "--role", "viewer"]).exits(0);
    home.run(&["users", "link", "twin", "00u2"]).exits(1).says(&["somebody else"]);
    // Who has no name that can be one, and whose groups are too much for one person.
    assert!(Browser::on(&server).sign_in("00u5").is(401).body.contains("openid_name_claim"));
    assert!(Browser::on(&server).sign_in("00u6").is(401).body.contains("is no name of a person"));
    assert!(Browser::on(&server).sign_in("00u4").is(401).body.contains("nobody is controller and engineer at once"));
    assert!(Browser::on(&server).sign_in("00u3").is(401).body.contains("stands for a role"));
    // A person is shown a page, not a problem; which one is told by a word of ours alone.
    let mut eve = Browser::on(&server);
    let address = eve.led_back("00u3");
    let path = address.trim_start_matches(provider::OWN).to_owned();
    let shown = eve.own("GET", &path, &[("Accept", "text/html,*/*")], "").is(303);
    assert_eq!(shown.header("location"), Some("/?refused=role"));
    assert_eq!(home.json(&["users", "list"]).as_array().map(Vec::len), Some(2));
}

fn passwords_are_off_where_people_sign_in_with_a_provider(new: NewHome) {
    let Some((provider, home)) = signing_in(new) else { return };
    home.write("farthing.toml", "");
    person(&home, "root", PASSWORD, &["--role", "administrator"]);
    let credentials = json!({"name": "root", "password": PASSWORD});
    let before = Server::of(&home);
    assert_eq!(before.get("/v1/login").is(200).json(), json!({"password": true, "provider": null}));
    before.get("/v1/session/openid").is(404);
    let session = before.post("/v1/session", &credentials).is(200).header("set-cookie").expect("a cookie").to_owned();
    let session = session.split(';').next().expect("a value");
    let ci = format!("Bearer {}", token(&home, "ci", &["--role", "viewer"]));
    before.stop();

    home.write("farthing.toml", provider.settings());
    let server = served(&home, &provider);
    assert!(server.post("/v1/session", &credentials).is(401).body.contains("passwords are off"));
    // A session by password is over as well; tokens of the API are not.
    server.request("GET", "/v1/session", &[("Cookie", session)], "").is(401);
    server.request("GET", "/v1/session", &[("Authorization", &ci)], "").is(200);
    home.run_told(&["users", "password", "root"], "another fine password\n").exits(1).says(&["passwords are off"]);
    home.run_told(&["users", "add", "more", "--role", "viewer"], "another fine password\n").exits(1).says(&["passwords are off"]);
    server.stop();

    // Without the provider everything is as it was.
    home.write("farthing.toml", "");
    Server::of(&home).post("/v1/session", &credentials).is(200);
}

fn who_logs_out_is_led_to_the_provider_to_log_out_there(new: NewHome) {
    let Some((provider, home)) = signing_in(new) else { return };
    let server = served(&home, &provider);
    let mut browser = Browser::on(&server);
    let answer = browser.sign_in("00u1").is(303);
    // What the provider knows the session by is for logging out alone: no script reads it, and it goes along with nothing else.
    let kept = answer.headers_of("set-cookie").find(|set| set.starts_with("__Secure-farthing-id-token=")).expect("an ID token");
    for part in ["Path=/v1/session", "Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(kept.contains(part), "{kept}");
    }
    // Whose session the provider knows is let in without being asked again.
    let asked_again = |browser: &mut Browser| {
        let begun = browser.own("GET", "/v1/session/openid", &[], "").is(303);
        let next = browser.get(begun.header("location").expect("a redirect leads somewhere"));
        !next.header("location").expect("the provider leads on").starts_with(provider::WAY_BACK)
    };
    assert!(!asked_again(&mut browser));
    let csrf = browser.csrf();
    let out = browser.own("DELETE", "/v1/session", &[("x-csrf-token", &csrf)], "").is(200);
    browser.own("GET", "/v1/session", &[], "").is(401);
    assert_eq!(browser.cookie("__Secure-farthing-id-token"), None);
    let out = out.json();
    let address = text(&out, "provider_logout");
    let token = kept.split(['=', ';']).nth(1).expect("a value");
    for part in [
        &*provider.issuer,
        "client_id=farthing",
        format!("id_token_hint={token}").as_str(),
        "post_logout_redirect_uri=https%3A%2F%2F",
    ] {
        assert!(address.contains(part), "{part}: {address}");
    }
    // The provider knows whose session it is, ends it when they say so, and sends them back.
    let page = browser.get(address).is(200);
    let back = browser.agree(&page);
    assert_eq!(back.header("location"), Some("https://farthing.example/"));
    assert!(asked_again(&mut browser));
    let told: Vec<String> = recorded(&home).into_iter().map(|(_, action, _)| action).collect();
    assert_eq!(told, ["user.added", "session.opened", "session.closed"]);

    // A session that another browser brought no ID token of is ended as well, and a provider that is gone keeps nobody in.
    let mut other = Browser::on(&server);
    other.sign_in("00u2").is(303);
    other.keep("__Secure-farthing-id-token", "");
    let csrf = other.csrf();
    let out = other.own("DELETE", "/v1/session", &[("x-csrf-token", &csrf)], "").is(200).json();
    assert!(!text(&out, "provider_logout").contains("id_token_hint"));
}

#[test]
fn a_provider_is_a_real_identity_and_its_secret_is_shown_nowhere() {
    let Some((provider, home)) = signing_in(&Home::new) else { return };
    let hidden = provider.secret.clone();
    let secret = [("FARTHING_OPENID_CLIENT_SECRET", hidden.as_str())];
    let shown = home.run_with(&secret, &["--format", "json", "config", "show", "--origin"]).exits(0);
    assert!(!shown.stdout.contains(&hidden), "{shown}");
    let settings = shown.json();
    assert_eq!(text(&settings["openid_client_secret"], "value"), "(set, not shown)");
    assert!(text(&settings["openid_rules"], "value").contains("\"finance\""), "{settings:#}");
    // It is served elsewhere than on the loopback address, since everybody has to say who they are.
    let server = Server::with(&home, &secret, "0.0.0.0:0");
    server.get("/v1/status").is(401);
    Browser::on(&server).sign_in("00u1").is(303);
    // Where the provider is gone, who is known stays known, and nobody new comes.
    let mut ada = Browser::on(&server);
    ada.sign_in("00u1").is(303);
    drop(provider);
    assert_eq!(text(&ada.who(), "name"), "ada");
    server.get("/healthz").is(200);
    drop(server);
    let server = Server::with(&home, &secret, "127.0.0.1:0");
    assert!(server.get("/v1/session/openid").is(503).body.contains("does not answer"));

    let wrong = |from: &str, to: &str| {
        let settings = std::fs::read_to_string(home.path().join("farthing.toml")).expect("it was written");
        home.write("wrong.toml", settings.replace(from, to));
        home.run(&["--config", "wrong.toml", "status"])
    };
    wrong("http://127.0.0.1", "http://op.example").exits(1).says(&["openid_issuer", "no encryption"]);
    wrong("http://127.0.0.1", "https://169.254.169.254").exits(1).says(&["openid_issuer", "link-local"]);
    wrong("openid/return", "openid/back").exits(1).says(&["openid_redirect_url"]);
    wrong("https://farthing.example/\"", "http://farthing.example/\"").exits(1).says(&["openid_logout_url"]);
    wrong("\"controller\"", "\"controller\", \"engineer\"").exits(1).says(&["openid_rules", "at once"]);
    wrong("\"controller\"", "\"king\"").exits(64).says(&["wrong.toml"]);
    wrong("openid_label", "openid_algorithms = \"HS256\"\nopenid_label").exits(64).says(&["HS256"]);
    wrong("openid_issuer", "# openid_issuer").exits(64).says(&["there is no openid_issuer"]);
    wrong("openid_label", "openid_client_secret = \"x\"\nopenid_label").exits(64).says(&["openid_client_secret"]);
}
