//! Addresses that may not be called, and answers that may not be followed.

use std::io::{Read, Write};
use std::net::TcpListener;

use reqwest::Method;
use reqwest::header::HeaderMap;

use super::endpoint::Allow;
use super::*;

fn endpoint(toml: &str) -> Result<Endpoint, String> {
    #[derive(Debug, serde::Deserialize)]
    struct Document {
        endpoint: Endpoint,
    }
    let document: Result<Document, toml::de::Error> = toml::from_str(&format!("endpoint = {toml}"));
    document.map(|document| document.endpoint).map_err(|error| error.to_string())
}

#[test]
fn f44_addresses_that_lead_inside_are_refused_unless_they_are_meant() {
    let inside = [
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.170.2",
        "https://[fe80::1]",
        "https://[::ffff:169.254.169.254]",
        "https://[fd00:ec2::254]",
        "https://127.0.0.1:9090",
        "https://0x7f.1",
        "https://2130706433",
        "https://[::1]",
        "https://0.0.0.0",
    ];
    for address in inside {
        let error = endpoint(&format!("\"{address}\"")).unwrap_err();
        assert!(error.contains("nothing was sent"), "{address}: {error}");
    }
    endpoint("{ url = \"http://127.0.0.1:9090\", allow_loopback = true }").unwrap();
    endpoint("{ url = \"http://169.254.1.1\", allow_http = true, allow_link_local = true }").unwrap();
    assert!(endpoint("\"http://prometheus.example\"").unwrap_err().contains("allow_http"));
    assert!(endpoint("\"https://10.1.2.3:9090\"").is_ok());
}

#[test]
fn f44_an_address_holds_no_secrets_and_shows_none() {
    let error = endpoint("\"https://user:hidden@example.org/\"").unwrap_err();
    assert!(error.contains("password") && error.contains("https://example.org/"), "{error}");
    assert!(endpoint("\"https://example.org/?key=hidden\"").is_err());
    assert!(endpoint("\"ftp://example.org\"").is_err());
}

#[tokio::test]
async fn f44_a_name_that_leads_inside_is_refused_when_it_is_looked_up() {
    // The settings know a name only; where it leads is known when it is looked up.
    let http = Http::of(&Endpoint::public("https://example.org").unwrap()).unwrap();
    let url = "http://localhost:1/".parse().unwrap();
    let (said, _) = http.send(Method::GET, url, HeaderMap::new(), Vec::new()).await.unwrap_err();
    assert!(said.contains("allow_loopback"), "{said}");
}

#[tokio::test]
async fn f44_redirects_are_not_followed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 1_024];
        let _ = stream.read(&mut asked).unwrap();
        let to = "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(to.as_bytes()).unwrap();
    });
    let endpoint = endpoint(&format!("{{ url = \"http://{address}\", allow_loopback = true }}")).unwrap();
    let answer = Http::of(&endpoint).unwrap().json("test", Method::GET, endpoint.join("x"), HeaderMap::new(), Vec::new()).await;
    serving.join().unwrap();
    assert!(matches!(answer, Err(Failure::Final(CollectError::Refused { said, .. })) if said.contains("redirect")));
}

#[test]
fn mapped_addresses_are_seen_through() {
    let check = |text: &str| Allow { private: true, ..Allow::default() }.check(text.parse().unwrap());
    assert!(check("::ffff:127.0.0.1").is_err() && check("::ffff:10.0.0.1").is_ok());
    assert!(check("64:ff9b::a9fe:a9fe").is_err() && check("64:ff9b::1.2.3.4").is_ok());
    assert!(check("224.0.0.1").is_err() && check("255.255.255.255").is_err());
}

#[test]
fn f44_what_is_told_something_is_not_of_the_own_network_unless_that_is_meant() {
    let outward = |url: &str, allow| Endpoint::outward(url, None, false, allow).map_err(|error| error.to_string());
    let private = [
        "10.1.2.3",
        "172.16.0.9",
        "192.168.1.1",
        "100.64.0.1",
        "198.18.0.1",
        "[fc00::1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::a00:1]",
    ];
    for host in private {
        let url = format!("https://{host}/hook");
        assert!(outward(&url, Allow::default()).unwrap_err().contains("allow_private"), "{host}");
        outward(&url, Allow { private: true, ..Allow::default() }).unwrap();
    }
    for host in ["169.254.169.254", "127.0.0.1", "[fd00:ec2::254]"] {
        let allow = Allow { private: true, ..Allow::default() };
        assert!(outward(&format!("https://{host}/"), allow).unwrap_err().contains("nothing was sent"), "{host}");
    }
    outward("https://1.2.3.4/hook", Allow::default()).unwrap();
}

#[test]
fn f44_an_address_that_is_a_secret_is_shown_nowhere() {
    let outward = |url: &str| Endpoint::outward(url, Some("SLACK_URL"), false, Allow::default());
    let good = outward("https://hooks.example.org/services/hidden?sig=hidden").unwrap();
    assert!(!format!("{good:?}").contains("hidden"), "{good:?}");
    for wrong in ["https://127.0.0.1/hidden", "hidden", "http://hooks.example.org/hidden", "https://a:hidden@example.org"] {
        let error = outward(wrong).unwrap_err().to_string();
        assert!(error.contains("the address in SLACK_URL") && !error.contains("hidden"), "{error}");
    }
}

#[tokio::test]
async fn f44_a_name_that_leads_elsewhere_the_second_time_is_refused_then() {
    // What is looked up is looked at each time, and what was looked at is what is connected to.
    let found = |text: &str| vec![text.parse().unwrap()];
    let allow = Allow::default();
    assert_eq!(allow.check_all("rebinding.example", &found("1.2.3.4:443")), Ok(()));
    let error = allow.check_all("rebinding.example", &[found("1.2.3.4:443"), found("169.254.169.254:443")].concat()).unwrap_err();
    assert!(error.contains("rebinding.example is 169.254.169.254"), "{error}");
    assert!(allow.addresses("localhost", 25).await.unwrap_err().contains("allow_loopback"));
}

#[test]
fn a_document_of_sources_names_all_that_is_wrong() {
    let text = "version = 1\n[source.a]\nkind = \"no-such\"\n[source.b]\nregion = \"x\"\n";
    let problems = SourcesFile::parse(text).unwrap_err();
    assert_eq!(problems.len(), 2);
    assert!(
        problems[0].starts_with("source a: \"no-such\" is no kind of source") && problems[1].starts_with("source b: no kind")
    );
    assert!(SourcesFile::parse("version = 2").unwrap_err()[0].contains("version 1"));
}
