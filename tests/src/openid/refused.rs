//! What is not the answer to a sign-in.

use serde_json::{Value, json};

use super::browser::Browser;
use super::provider::WAY_BACK;
use super::{recorded, served, signing_in};
use crate::support::{NewHome, on_both_databases};

on_both_databases!(what_is_not_the_answer_to_a_sign_in_lets_nobody_in, an_id_token_that_is_not_as_it_must_be_lets_nobody_in);

const KEPT: &str = "__Host-farthing-sign-in";

fn what_is_not_the_answer_to_a_sign_in_lets_nobody_in(new: NewHome) {
    let Some((provider, home)) = signing_in(new) else { return };
    let server = served(&home, &provider);
    let mut browser = Browser::on(&server);
    let begun = browser.own("GET", "/v1/session/openid", &[], "").is(303);
    let address = begun.header("location").expect("a redirect leads somewhere");
    for part in ["response_type=code", "code_challenge_method=S256", "&code_challenge=", "&state=", "&nonce=", "scope=openid"] {
        assert!(address.contains(part), "{part}: {address}");
    }
    let kept = begun.header("set-cookie").expect("a cookie");
    for part in ["Secure", "HttpOnly", "SameSite=Lax", "Max-Age=600", "Path=/"] {
        assert!(kept.contains(part), "{kept}");
    }
    // Nobody is led elsewhere afterwards.
    let elsewhere = browser.own("GET", "/v1/session/openid?return_to=//evil.example", &[], "").is(303);
    assert!(!elsewhere.header("set-cookie").expect("a cookie").contains("evil"));

    // An answer that another browser began is of no use to this one: whoever gets somebody to open it logs in nobody.
    let theirs = Browser::on(&server).led_back("00u1");
    let refused = |browser: &mut Browser, address: &str, why: &str| {
        let answer = browser.get(address).is(401);
        assert!(answer.body.contains(why), "{why}: {}", answer.body);
        assert!(answer.headers_of("set-cookie").all(|set| !set.starts_with("__Host-farthing=")), "{answer:#?}");
    };
    const NONE: &str = "answers no sign-in";
    refused(&mut Browser::on(&server), &theirs, NONE);
    browser.own("GET", "/v1/session/openid", &[], "").is(303);
    refused(&mut browser, &theirs, NONE);
    // Another state, another issuer, the provider's no.
    let changed = |change: &dyn Fn(&str) -> String, why: &str| {
        let mut browser = Browser::on(&server);
        let address = browser.led_back("00u1");
        refused(&mut browser, &change(&address), why);
    };
    changed(&|address| address.replace("state=", "state=0"), NONE);
    changed(&|address| address.replace("iss=", "iss=https%3A%2F%2Fevil.example&was="), NONE);
    changed(&|address| address.replace("code=", "code=0"), "invalid_grant");
    changed(&|address| address.replace("code=", "error=access_denied&was="), "access_denied");
    changed(&|address| format!("{WAY_BACK}?{}", address.split('&').find(|part| part.starts_with("state")).unwrap_or("")), "why");
    // A code is good once, also for whoever kept the cookie.
    let mut browser = Browser::on(&server);
    let address = browser.led_back("00u1");
    let cookie = browser.cookie(KEPT).expect("a sign-in is under way").to_owned();
    browser.get(&address).is(303);
    refused(&mut browser, &address, NONE);
    browser.keep(KEPT, &cookie);
    refused(&mut browser, &address, "invalid_grant");
    // What anybody can bring again and again does not fill the record.
    let told: Vec<String> = recorded(&home).into_iter().map(|(_, action, _)| action).collect();
    assert_eq!(told, ["user.added", "session.opened"]);
}

fn an_id_token_that_is_not_as_it_must_be_lets_nobody_in(new: NewHome) {
    let Some((mut provider, home)) = signing_in(new) else { return };
    let server = served(&home, &provider);
    let long_ago = 1_700_000_000;
    let spoiled: [(&str, Value, &str); 9] = [
        ("one", json!({"nonce": "another"}), "nonce"),
        ("one", json!({"nonce": null}), "nonce"),
        ("one", json!({"aud": "https://farthing.example/api"}), "audience"),
        ("one", json!({"aud": ["farthing", "another"]}), "audience"),
        ("one", json!({"iss": "https://evil.example"}), "issued by somebody else"),
        ("one", json!({"exp": long_ago}), "expired"),
        ("one", json!({"exp": null}), "claim exp"),
        ("stranger", json!({}), "no key"),
        ("none", json!({}), "none"),
    ];
    for (key, claims, why) in &spoiled {
        provider.spoil(key, claims);
        let answer = Browser::on(&server).sign_in("00u1").is(401);
        assert!(answer.body.contains(why), "{why}: {}", answer.body);
    }
    let told = recorded(&home);
    assert_eq!(told.len(), spoiled.len());
    assert!(told.iter().all(|(_, action, subject)| action == "session.refused" && subject == "sign-in"), "{told:?}");
    assert_eq!(home.json(&["users", "list"]), json!([]));
    // The provider signs by a key that nobody was told of: it is asked for its keys again.
    provider.rotate();
    Browser::on(&server).sign_in("00u1").is(303);
}
