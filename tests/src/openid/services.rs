//! Services that come with an access token of the provider.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::browser::Browser;
use super::provider::{AUDIENCE, Provider};
use super::{served, signing_in, token};
use crate::authority::every_route::{routes, status};
use crate::support::{Answer, NewHome, Server, exchange, on_both_databases, text};

on_both_databases!(
    a_service_comes_with_an_access_token_of_the_provider,
    an_access_token_that_is_not_as_it_must_be_is_refused_until_it_is,
);

/// An access token as the provider issues it to a service of its own (RFC 6749, section 4.4).
fn issued(provider: &Provider, scope: &str) -> String {
    let secret = "a+client+secret%3A+with+%2B+%25+letters";
    let authorization = format!("Basic {}", STANDARD.encode(format!("nightly-import:{secret}")));
    let audience = AUDIENCE.replace(':', "%3A").replace('/', "%2F");
    let form = format!("grant_type=client_credentials&scope={scope}&resource={audience}");
    let headers =
        [("Host", provider.address()), ("Authorization", &authorization), ("Content-Type", "application/x-www-form-urlencoded")];
    let answer = exchange(provider.address(), "POST", "/token", &headers, form.as_bytes()).is(200);
    text(&answer.json(), "access_token").to_owned()
}

fn ask(server: &Server, token: &str, path: &str) -> Answer {
    server.request("GET", path, &[("Authorization", &format!("Bearer {token}"))], "")
}

fn a_service_comes_with_an_access_token_of_the_provider(new: NewHome) {
    let Some((provider, home)) = signing_in(new) else { return };
    let beside = token(&home, "beside", &["--role", "analyst"]);
    let server = served(&home, &provider);
    let good = issued(&provider, "farthing.import");
    let who = ask(&server, &good, "/v1/session").is(200).json();
    assert_eq!((text(&who, "name"), text(&who, "means")), ("client:nightly-import", "token"));
    assert_eq!(who["roles"], json!(["analyst"]));
    // What it does is on record under its name.
    let headers = [("Authorization", format!("Bearer {good}")), ("Content-Type", "application/json".to_owned())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let reopening = json!({"reason": "a credit came"}).to_string();
    home.run(&["close", "2026-05"]).exits(0);
    server.request("POST", "/v1/periods/2026-05/reopening", &headers, &reopening).is(200);
    let asked = home.json(&["audit", "list", "--action", "reopening.asked"]);
    assert_eq!(text(&asked[0], "actor"), "client:nightly-import");
    // A scope that stands for nothing, and a token that somebody changed.
    assert!(ask(&server, &issued(&provider, "farthing.read"), "/v1/session").is(401).body.contains("stands for a role"));
    let (head, signature) = good.rsplit_once('.').expect("a token has parts");
    let turned: String = signature.chars().rev().collect();
    assert!(ask(&server, &format!("{head}.{turned}"), "/v1/session").is(401).body.contains("signature"));
    ask(&server, head, "/v1/session").is(401);
    // On every route it is worth what a token of ours with the same role is worth, and a changed one nothing.
    let mut wrong = Vec::new();
    for (method, path, address) in routes(&server) {
        let of = |token: &str| status(&server, &method, &address, Some(token));
        let (theirs, ours, changed) = (of(&good), of(&beside), of(&format!("{head}.{turned}")));
        let is_open = status(&server, &method, &address, None) != 401;
        // A signature that may have succeeded by chance proves nothing; nor does a route that asks nobody.
        if theirs != ours || (changed != 401) != is_open {
            wrong.push(format!("{method} {path}: {theirs} by an access token, {ours} by ours, {changed} by a changed one"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn an_access_token_that_is_not_as_it_must_be_is_refused_until_it_is(new: NewHome) {
    let Some((mut provider, home)) = signing_in(new) else { return };
    let server = served(&home, &provider);
    Browser::on(&server).sign_in("00u1").is(303);
    let claims = |more: Value| {
        let mut all = json!({
            "iss": provider.issuer, "aud": AUDIENCE, "sub": "svc", "client_id": "svc", "scope": "farthing.import",
            "iat": 1_700_000_000, "exp": 4_000_000_000_u64,
        });
        all.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        all
    };
    let plain = claims(json!({}));
    let refused: [(&str, Value, Value, &str); 13] = [
        ("one", json!({}), claims(json!({"aud": "farthing"})), "audience"),
        ("one", json!({}), claims(json!({"aud": [AUDIENCE.to_uppercase()]})), "audience"),
        ("one", json!({}), claims(json!({"iss": "https://evil.example"})), "issued by somebody else"),
        ("one", json!({}), claims(json!({"exp": 1_700_000_100})), "expired"),
        ("one", json!({}), claims(json!({"exp": null})), "claim exp"),
        ("one", json!({}), claims(json!({"nbf": 3_900_000_000_u64})), "not good yet"),
        ("one", json!({}), claims(json!({"scope": "openid"})), "stands for a role"),
        ("one", json!({}), claims(json!({"client_id": null})), "claim client_id"),
        ("one", json!({}), claims(json!({"sub": "00u1"})), "a person's"),
        ("none", json!({}), plain.clone(), "none"),
        ("stranger", json!({"kid": "one"}), plain.clone(), "signature"),
        ("one", json!({"crit": ["exp"], "exp": 1}), plain.clone(), "extensions"),
        ("stranger", json!({}), plain.clone(), "no key"),
    ];
    for (key, header, claims, why) in &refused {
        let token = provider.sign(key, header, claims);
        let answer = ask(&server, &token, "/v1/session").is(401);
        assert!(answer.body.contains(why), "{why}: {}", answer.body);
        assert!(!answer.body.contains(&token), "a token is told to nobody");
    }
    for key in ["one", "curve", "edwards"] {
        let token = provider.sign(key, &json!({}), &plain);
        ask(&server, &token, "/v1/session").is(200);
    }
    // The next key is nobody's until the provider says that it is its own: then it is asked for without a restart.
    let next = provider.sign("two", &json!({}), &plain);
    ask(&server, &next, "/v1/session").is(401);
    provider.rotate();
    assert_eq!(text(&ask(&server, &next, "/v1/session").is(200).json(), "name"), "client:svc");
    ask(&server, &provider.sign("one", &json!({}), &plain), "/v1/session").is(200);
}
