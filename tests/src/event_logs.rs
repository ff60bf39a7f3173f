//! Event logs: what is imported of them, what the report says, and that pm4py says the same of real ones.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Bill, Home, NewHome, Server, list, on_both_databases, text};

on_both_databases!(
    a_log_is_imported_once_and_its_months_are_replaced,
    a_closed_month_keeps_its_events_and_a_longer_log_goes_on,
    the_measured_time_stands_in_the_cost_of_a_decision,
);

/// A log of three cases: a machine takes them in, people work on them, one event has no activity.
fn log() -> String {
    let event = |activity: &str, transition: &str, who: &str, time: &str| {
        format!(
            "<event><string key=\"concept:name\" value=\"{activity}\"/><string key=\"lifecycle:transition\" value=\"{transition}\"/>\
             <string key=\"org:resource\" value=\"{who}\"/><date key=\"time:timestamp\" value=\"2026-0{time}:00Z\"/></event>"
        )
    };
    let case = |name: &str, events: &[String]| {
        format!("<trace><string key=\"concept:name\" value=\"{name}\"/>{}</trace>\n", events.concat())
    };
    let nameless = event("", "complete", "Ada", "5-04T12:00");
    let cases = [
        case(
            "L1",
            &[
                event("receive", "complete", "112", "4-30T09:00"),
                event("check", "start", "Ada", "4-30T09:10"),
                event("check", "complete", "Ada", "4-30T09:20"),
                event("check", "start", "Ada", "5-04T10:00"),
                event("check", "complete", "Ada", "5-04T10:10"),
                event("approve", "complete", "Ada", "5-04T10:10"),
            ],
        ),
        case(
            "L2",
            &[
                event("receive", "complete", "112", "5-05T09:00"),
                event("check", "start", "Bob", "5-05T09:00"),
                event("check", "complete", "Bob", "5-05T09:40"),
                event("decline", "complete", "Bob", "5-05T09:41"),
                nameless,
            ],
        ),
        case("L3", &[event("receive", "complete", "112", "5-06T09:00"), event("decline", "complete", "112", "5-06T09:01")]),
    ];
    format!("<?xml version=\"1.0\"?><log xmlns=\"http://www.xes-standard.org/\">{}</log>", cases.concat())
}

const INGEST: [&str; 5] = ["ingest", "event-log", "loans.xes", "--source", "loans"];
const TOLD: [&str; 8] =
    ["process", "--source", "loans", "--automatic", "112", "--outcome", "approved=approve", "--outcome=declined=decline"];

fn imported(new: NewHome) -> Home {
    let home = new().file("loans.xes", log());
    home.run(&INGEST).exits(3).shows(&["no-activity", "case L2"]);
    home
}

fn a_log_is_imported_once_and_its_months_are_replaced(new: NewHome) {
    let home = imported(new);
    let count = "SELECT COUNT(*) AS n FROM event_logs";
    assert_eq!(home.value(count), 12);
    assert_eq!(home.value("SELECT COUNT(DISTINCT CaseId) AS n FROM event_logs WHERE Transition = 'start'"), 2);
    let again = home.json(&INGEST);
    assert_eq!((&again["changed"], home.value(count)), (&json!(false), json!(12)));
    // A log that says more gives its months new revisions, in place of the earlier ones.
    let more = log().replace("</log>", "<trace><string key=\"concept:name\" value=\"L4\"/><event><string key=\"concept:name\" value=\"receive\"/><date key=\"time:timestamp\" value=\"2026-05-07T09:00:00Z\"/></event></trace></log>");
    home.write("loans.xes", more);
    let report = home.run(&[&["--format", "json"], &INGEST[..]].concat()).exits(3).json();
    assert!(
        report["changed"] == json!(true) && list(&report, "periods").iter().any(|p| text(p, "period") == "2026-05"),
        "{report:#}"
    );
    assert_eq!(home.value(count), 13);
    home.run(&["lake", "verify", "--deep"]).exits(0);
    home.invariants_hold();
}

fn a_closed_month_keeps_its_events_and_a_longer_log_goes_on(new: NewHome) {
    let home = imported(&|| new().file("bill.csv", Bill::of("2026-05").charge("claims", "Inference", "1").csv()));
    let home = home.ingest_billing("bill.csv", "acme");
    home.run(&["close", "2026-05", "--reason", "signed"]).exits(0);
    let events = home.value("SELECT COUNT(*) FROM event_logs");
    home.write("loans.xes", log().replace("value=\"decline\"", "value=\"refuse\""));
    home.run(&INGEST).exits(1).says(&["2026-05 of loans was closed"]);
    assert_eq!(home.value("SELECT COUNT(*) FROM event_logs WHERE Activity = 'refuse'"), json!(0));
    // The same log with a case of June says nothing new of April and May.
    let june = "<trace><string key=\"concept:name\" value=\"L4\"/><event><string key=\"concept:name\" value=\"receive\"/>\
                <date key=\"time:timestamp\" value=\"2026-06-01T09:00:00Z\"/></event></trace></log>";
    home.write("loans.xes", log().replace("</log>", june));
    let report = home.run(&[&["--format", "json"], &INGEST[..]].concat()).exits(3).json();
    let months: Vec<&str> = list(&report, "periods").iter().map(|period| text(period, "period")).collect();
    assert_eq!(months, ["2026-06"]);
    assert_eq!(home.value("SELECT COUNT(*) FROM event_logs").as_i64(), events.as_i64().map(|events| events + 1));
}

#[test]
fn the_report_says_what_the_log_shows_and_what_it_does_not() {
    let home = imported(&Home::new);
    let report = home.json(&TOLD);
    let baseline = &report["baseline"];
    assert_eq!((&report["cases"], &report["events"]), (&json!(3), &json!(12)));
    assert_eq!(
        (&baseline["measured_cases"], &baseline["automatic_cases"], &baseline["handling"]["mean_ms"]),
        (&json!(2), &json!(1), &json!(30 * 60_000))
    );
    assert_eq!((&baseline["rework_ms"], &baseline["rework_share"]), (&json!(10 * 60_000), &json!("0.166667")));
    let outcomes: Vec<_> = list(&report, "outcomes").iter().map(|o| (text(o, "outcome"), o["cases"].as_u64())).collect();
    assert_eq!(outcomes, [("declined", Some(2)), ("approved", Some(1))]);
    home.run(&TOLD).exits(0).shows(&["A case takes people 30.0 min", "It rests on 2 of 3 cases (66.7 %)", "a machine, as named"]);
    home.run(&[&TOLD[..], &["--format", "csv"]].concat()).exits(0).shows(&["Outcome,Cases", "declined,2,0.666667"]);

    let server = Server::of(&home);
    let path = "/v1/process?source=loans&automatic=112&outcomes=approved=approve;declined=decline";
    assert_eq!(server.get(path).is(200).json(), report);
    // Without being told anything, the log's machine is taken for a person, and working time is not known.
    let untold = server.get("/v1/process?source=loans").is(200).json();
    assert_eq!(untold["baseline"]["automatic_cases"], json!(0));
    assert!(list(&untold, "cannot_show").iter().any(|says| says.as_str().is_some_and(|says| says.contains("how a case ended"))));
    server.get("/v1/process").is(400);
    server.get("/v1/process?source=loans&calendar=sometimes").is(400);
    server.get("/v1/process?source=nothing").is(404);

    let office = [&TOLD[..], &["--calendar", "mon-fri 09:15-17:00"]].concat();
    assert_eq!(home.json(&office)["baseline"]["handling"]["total_ms"], json!((5 + 10 + 25) * 60_000));
    home.run(&["process", "--source", "nothing"]).exits(1).says(&["There are loans", "farthing ingest event-log"]);
    home.run(&[&TOLD[..], &["--only", "open"]].concat()).exits(1).says(&["approved, declined"]);
    home.run(&["process"]).exits(64);
}

#[test]
fn csv_and_object_centric_logs_say_the_same() {
    let rows = "ticket,what,by,from,to\nT1,call,Ada,2026-05-04 10:00,2026-05-04 10:20\nT1,close,Ada,,2026-05-04 10:20\n";
    let objects = r#"{"objects":[{"id":"T1","type":"ticket"},{"id":"C9","type":"customer"}],"events":[
        {"id":"1","type":"call","time":"2026-05-04T08:00:00Z","attributes":[{"name":"lifecycle","value":"start"},{"name":"resource","value":"Ada"}],"relationships":[{"objectId":"T1","qualifier":""},{"objectId":"C9","qualifier":""}]},
        {"id":"2","type":"call","time":"2026-05-04T08:20:00Z","attributes":[{"name":"lifecycle","value":"complete"},{"name":"resource","value":"Ada"}],"relationships":[{"objectId":"T1","qualifier":""}]},
        {"id":"3","type":"close","time":"2026-05-04T08:20:00Z","attributes":[{"name":"resource","value":"Ada"}],"relationships":[{"objectId":"T1","qualifier":""}]}]}"#;
    let home = Home::new().file("tickets.csv", rows).file("tickets.json", objects);
    home.run(&["ingest", "event-log", "tickets.csv", "--source", "a"])
        .exits(1)
        .says(&["--mapping case=COLUMN", "nothing was imported"]);
    let mapping = ["case=ticket", "activity=what", "time=to", "start=from", "resource=by"];
    let mapping: Vec<&str> = mapping.iter().flat_map(|pair| ["--mapping", pair]).collect();
    let csv = [&["ingest", "event-log", "tickets.csv", "--source", "a", "--offset", "+02:00"], &mapping[..]].concat();
    home.run(&csv).exits(0);
    home.run(&["ingest", "event-log", "tickets.json", "--source", "b"])
        .exits(1)
        .says(&["--mapping case=TYPE", "customer, ticket"]);
    home.run(&["ingest", "event-log", "tickets.json", "--source", "b", "--mapping", "case=ticket"]).exits(0);
    let (a, b) = (home.json(&["process", "--source", "a"]), home.json(&["process", "--source", "b"]));
    for part in ["cases", "events", "first", "last", "baseline", "activities", "variants", "resources"] {
        assert_eq!(a[part], b[part], "{part}");
    }
    assert_eq!(a["baseline"]["handling"]["mean_ms"], json!(20 * 60_000));
    // Another mapping of the same file is another log.
    let other = csv.iter().map(|word| if *word == "+02:00" { "+01:00" } else { word }).collect::<Vec<_>>();
    assert_eq!(home.json(&other)["changed"], json!(true));
}

const PEOPLE: &str = "version = 1
[[workflow]]
id = 'loans'
role = 'credit analyst'
currency = 'USD'
units = ['a']
wage_per_hour = '34.50'
overhead_rate = 0.2
error_rate = 0.02
error_cost = 100
";
const LOG: &str = "[workflow.event_log]
source = 'loans'
automatic = ['112']
outcomes = { approved = ['approve'], declined = ['decline'] }
";

fn people_at(home: &Home, people: &str) -> Value {
    home.write("people.toml", people);
    home.run(&["ingest", "people", "people.toml"]).exits(0);
    let report = home.json(&["unit-cost", "--workflow", "loans"]);
    report[0].clone()
}

fn the_measured_time_stands_in_the_cost_of_a_decision(new: NewHome) {
    let home = imported(new).file("may.csv", Bill::of("2026-05").charge("a", "Compute", "5").csv());
    home.run(&["ingest", "billing", "may.csv", "--source", "acme"]).exits(0);
    let home = home.rules("version = 1\n[[units]]\nid = \"a\"\n[[rules]]\nid = \"team\"\nunit_from_tag = \"team\"\n");
    // 34.50 / 0.69 × 1.2 = 60 an hour: 30 minutes are 30, and errors 2.
    let measured = people_at(&home, &format!("{PEOPLE}{LOG}"));
    let person = &list(&measured, "arms")[0];
    assert_eq!((text(person, "basis"), text(person, "per_decision")), ("event_log", "32"));
    let handling = &measured["measured_handling"];
    assert_eq!((text(handling, "minutes"), &handling["measured_cases"], &handling["cases"]), ("30", &json!(2), &json!(3)));
    let source = text(&list(person, "parts")[0], "source");
    assert!(source.contains("measured in event log loans: mean of 2 cases, 66.7 % of 3"), "{source}");
    assert_eq!(text(&person["interval"], "sampled"), "cases");
    home.run(&["unit-cost", "--workflow", "loans"]).exits(0).shows(&["event log", "People's handling: 30.00 min"]);
    let process = home.json(&["process", "--workflow", "loans"]);
    assert_eq!(process["baseline"]["measured_cases"], json!(2));

    let approved = people_at(&home, &format!("{PEOPLE}{LOG}only_outcomes = ['approved']\n"));
    assert_eq!(text(&list(&approved, "arms")[0], "per_decision"), "22");
    let entered = people_at(&home, &PEOPLE.replace("error_rate", "handling_minutes = 15\nerror_rate"));
    assert_eq!((text(&list(&entered, "arms")[0], "basis"), text(&list(&entered, "arms")[0], "per_decision")), ("entered", "17"));
    let published =
        people_at(&home, &PEOPLE.replace("error_rate = 0.02\nerror_cost = 100", "published = 'invoice-processing-ardent'"));
    let person = &list(&published, "arms")[0];
    assert_eq!((text(person, "basis"), text(person, "per_decision")), ("published", "12.88"));
    assert!(text(&list(person, "parts")[0], "source").ends_with("2025"), "{person:#}");

    let missing = people_at(&home, &format!("{PEOPLE}{}", LOG.replace("'loans'", "'elsewhere'")));
    assert_eq!(list(&missing, "arms").len(), 0);
    assert!(missing["notes"].to_string().contains("there is no event log elsewhere"), "{missing:#}");
    home.write("people.toml", format!("{PEOPLE}{LOG}calendar = 'always'\n"));
    home.run(&["ingest", "people", "people.toml"]).exits(1).says(&["workflow loans: event_log", "no working time"]);
}

#[test]
fn who_did_it_is_masked_where_a_policy_says_so() {
    let home = Home::new().file("loans.xes", log().replace("\"Bob\"", "\"bob.person@example.com\""));
    home.write("masking.toml", "version = 1\n[columns]\nResource = 'hash'\nCaseId = 'hash'\n");
    let key = [("FARTHING_MASKING_KEY", "a secret of the test, long enough")];
    home.run_with(&key, &["masking", "publish", "masking.toml"]).exits(0);
    let run = home.run_with(&key, &INGEST).exits(3);
    assert!(!run.stdout.contains("case L2"), "{run}");
    let names = home.json(&["sql", "SELECT DISTINCT Resource, CaseId FROM event_logs"]).to_string();
    assert!(names.contains("masked-") && !names.contains("bob.person") && !names.contains("L2"), "{names}");
    let machine = home.run_with(&key, &["masking", "hash", "112"]).exits(0).stdout.trim().to_owned();
    let report = home.json(&["process", "--source", "loans", "--automatic", &machine]);
    assert_eq!(report["baseline"]["automatic_cases"], json!(1), "a machine is named by its mask");
}

/// What `tests/event_logs/oracle.py` prints: pm4py's answers. `None` says on stdout why the test is skipped.
fn pm4py(kind: &str) -> Option<Value> {
    let logs = farthing_testkit::shared_data("data/event_logs")?;
    let python = farthing_testkit::python()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("event_logs/oracle.py");
    let run =
        Command::new(python).arg("-B").arg(script).arg(logs).arg(kind).output().expect("FARTHING_TEST_PYTHON names a Python");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Some(serde_json::from_slice(&run.stdout).expect("the oracle prints JSON"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Milliseconds of ours beside seconds of theirs: the same to the millisecond that ours are rounded at.
fn same(ours: &Value, theirs: &Value, what: &str) {
    let (ours, theirs) = (number(ours) / 1000.0, number(theirs));
    assert!((ours - theirs).abs() <= 0.001 + theirs.abs() * 1e-9, "{what}: {ours} s here, {theirs} s by pm4py");
}

#[test]
fn pm4py_says_the_same_of_real_logs() {
    let Some(oracle) = pm4py("xes") else { return };
    let home = Home::new();
    for log in ["bpic2012", "receipt", "helpdesk"] {
        let path = farthing_testkit::shared_data(&format!("data/event_logs/{log}.xes.gz")).expect("the folder is there");
        let path = path.to_str().expect("UTF-8");
        home.run(&["ingest", "event-log", path, "--source", log]).exits(0);
        let ours = home.json(&["process", "--source", log, "--top", "100"]);
        let theirs = &oracle[log];
        for (here, there) in
            [("cases", "cases"), ("events", "events"), ("distinct_variants", "variants"), ("distinct_resources", "resources")]
        {
            assert_eq!(ours[here], theirs[there], "{log}: {here}");
        }
        let (durations, pandas) = (&ours["throughput"], &theirs["throughput"]);
        for (here, there) in [("mean_ms", "mean"), ("minimum_ms", "min"), ("maximum_ms", "max")] {
            same(&durations[here], &pandas[there], &format!("{log}: {here}"));
        }
        same(&durations["total_ms"], &theirs["pm4py_durations_sum"], &format!("{log}: all cases together"));
        for (here, there) in [
            ("quartile_1_ms", "25"),
            ("median_ms", "50"),
            ("quartile_3_ms", "75"),
            ("percentile_90_ms", "90"),
            ("percentile_95_ms", "95"),
        ] {
            same(&durations[here], &pandas["quantiles"][there], &format!("{log}: {here}"));
        }
        let sizes: Vec<&Value> = list(&ours, "variants").iter().take(10).map(|variant| &variant["cases"]).collect();
        assert_eq!(sizes, list(theirs, "variant_sizes").iter().collect::<Vec<_>>(), "{log}: cases of the first variants");
        for activity in list(&ours, "activities") {
            let repeated = theirs["rework"].get(text(activity, "activity")).cloned().unwrap_or(json!(0));
            assert_eq!(activity["cases_repeated"], repeated, "{log}: {activity:#}");
        }
    }
    the_bank_s_working_times(&home, &oracle["bpic2012"]);
    for log in ["receipt", "helpdesk"] {
        let report = home.json(&["process", "--source", log]);
        assert!(report["baseline"]["handling"].is_null(), "{log} has no starts, so that it shows no handling");
        assert!(report["cannot_show"][0].as_str().is_some_and(|says| says.starts_with("handling time")), "{report:#}");
    }
}

/// The one log with starts: time at work by activity, and people's.
fn the_bank_s_working_times(home: &Home, theirs: &Value) {
    let told = [
        "process",
        "--source",
        "bpic2012",
        "--automatic",
        "112",
        "--outcome",
        "approved=A_APPROVED,A_REGISTERED,A_ACTIVATED",
        "--outcome=declined=A_DECLINED",
        "--outcome=cancelled=A_CANCELLED",
    ];
    let report = home.json(&told);
    let activities = list(&report, "activities").iter().filter(|activity| activity["handling"].is_object());
    let measured: Vec<&Value> = activities.collect();
    let service = theirs["service"].as_object().expect("seconds by activity");
    assert_eq!(measured.len(), service.len());
    for activity in measured {
        same(&activity["handling"]["total_ms"], &service[text(activity, "activity")], text(activity, "activity"));
    }
    let (baseline, people) = (&report["baseline"], &theirs["people"]);
    assert_eq!((&baseline["measured_cases"], &baseline["measured_runs"]), (&people["cases"], &people["runs"]));
    same(&baseline["handling"]["total_ms"], &people["seconds"], "people's time at work");
    // The challenge's own counts of the outcomes: 2,246 approved, 7,635 declined, 2,807 cancelled; the others were still open.
    let outcomes: Vec<_> = list(&report, "outcomes").iter().map(|o| (o["outcome"].as_str(), o["cases"].as_u64())).collect();
    assert_eq!(
        outcomes,
        [(Some("declined"), Some(7_635)), (Some("cancelled"), Some(2_807)), (Some("approved"), Some(2_246)), (None, Some(399))]
    );
}

#[test]
fn pm4py_flattens_an_object_centric_log_alike() {
    let Some(oracle) = pm4py("ocel") else { return };
    let path = farthing_testkit::shared_data("data/event_logs/recruiting-red.jsonocel").expect("the folder is there");
    let home = Home::new();
    for (kind, theirs) in oracle.as_object().expect("answers by object type") {
        let mapping = format!("case={kind}");
        home.run(&["ingest", "event-log", path.to_str().expect("UTF-8"), "--source", kind, "--mapping", &mapping]);
        let report = home.json(&["process", "--source", kind]);
        assert_eq!((&report["cases"], &report["events"]), (&theirs["cases"], &theirs["events"]), "{kind}");
    }
}
