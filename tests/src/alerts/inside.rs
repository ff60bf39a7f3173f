//! Addresses that lead inside.

use farthing_testkit::Receiver;
use serde_json::json;

use super::{alerts, find, home, publish, told, webhook, work_to_the_end};
use crate::support::{Home, text};

#[test]
fn f44_nobody_is_told_of_anything_at_an_address_that_leads_inside() {
    let home = Home::new();
    for (address, why) in [
        ("http://169.254.169.254/latest/meta-data", "allow_link_local"),
        ("https://[fd00:ec2::254]/", "allow_link_local"),
        ("https://127.0.0.1/hook", "allow_loopback"),
        ("https://2130706433/hook", "allow_loopback"),
        ("https://10.1.2.3/hook", "allow_private"),
        ("https://[::ffff:192.168.0.1]/hook", "allow_private"),
        ("http://hooks.example.org/hook", "allow_http"),
        ("https://ada:hidden@hooks.example.org/hook", "no password"),
    ] {
        home.write("alerts.toml", format!("version = 1\n[channel.a]\nkind = \"slack\"\nurl = \"{address}\"\n"));
        let refused = home.run(&["alerts", "publish", "alerts.toml"]).exits(1).says(&["channel a: ", why]);
        assert!(!refused.stderr.contains("hidden"), "{refused}");
    }
    // Where a name leads, or what a secret holds, is known when it is called.
    let receiver = Receiver::start(|_| (200, Vec::new(), String::new()));
    let named = receiver.address().replace("127.0.0.1", "localhost");
    publish(
        &home,
        &format!(
            "[channel.a]\nkind = \"slack\"\nurl = \"{named}\"\nallow_http = true\n[channel.b]\nkind = \"teams\"\nurl_from = \"TEAMS_URL\"\nallow_http = true\n"
        ),
    );
    home.run(&["alerts", "test", "a"]).exits(1).shows(&["localhost is ", "allow_loopback"]);
    let inside = format!("{}/hidden?sig=hidden", receiver.address());
    let tried = home.run_with(&[("TEAMS_URL", &inside)], &["-vv", "alerts", "test", "b"]).exits(1);
    let tried = tried.shows(&["the address in TEAMS_URL", "allow_loopback"]);
    assert!(!tried.stdout.contains("hidden") && !tried.stderr.contains("hidden"), "{tried}");
    assert_eq!(receiver.received().len(), 0);
    // Nor is a mail server of this machine asked.
    let mail = "[smtp]\nhost = \"localhost\"\nencryption = \"none\"\nfrom = \"f@example.org\"\n[channel.m]\nkind = \"email\"\nto = [\"a@example.org\"]\n";
    publish(&home, mail);
    home.run(&["alerts", "test", "m"]).exits(1).shows(&["localhost is ", "allow_loopback"]);
}

#[test]
fn f44_a_receiver_that_sends_elsewhere_is_not_followed() {
    let home = home(&Home::new);
    let inside = Receiver::start(|_| (200, Vec::new(), String::new()));
    let to = format!("{}/elsewhere", inside.address());
    let receiver = Receiver::start(move |_| (307, vec![("location", to.clone())], String::new()));
    publish(&home, &webhook("ops", &receiver.address(), "events = [\"budget\"]\nunits = [\"claims\"]"));
    find(&home);
    work_to_the_end(&home);
    let alert = &alerts(&home)[0];
    assert_eq!((text(alert, "state"), &alert["attempts"]), ("failed", &json!(1)));
    assert!(text(alert, "said").contains("a redirect, which is not followed"), "{alert:#}");
    assert_eq!((receiver.received().len(), inside.received().len()), (1, 0));
    told(&home, &["alerts", "test", "ops"]).exits(1).shows(&["a redirect"]);
}
