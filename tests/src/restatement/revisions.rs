//! What changed between two revisions, charge by charge, and that it adds up.

use crate::support::{Bill, Diff, Home, Server, kinds, list, text};

pub const RULES: &str = "version = 1\n[[units]]\nid = \"claims\"\n[[units]]\nid = \"lending\"\n\
                         [[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n";

/// What the newest revision of a month changed, which must add up.
#[track_caller]
pub fn newest(home: &Home, month: &str) -> Diff {
    let diff = Diff(home.json(&["revisions", "diff", "--source", "acme", "--period", month]));
    diff.adds_up();
    diff
}

#[test]
fn f08_a_restated_open_month_says_what_went_up_down_came_and_went() {
    let before = Bill::of("2026-05")
        .charge("claims", "Machines", "10")
        .charge("claims", "Storage", "4.5")
        .charge("lending", "Queues", "7")
        .charge_in("EUR", "lending", "Machines", "3")
        .charge("", "Network", "1.000000000000000001");
    // The order of charges gives their days, so each stands where it stood.
    let after = Bill::of("2026-05")
        .charge("claims", "Machines", "12.25")
        .charge("claims", "Storage", "4")
        .charge("lending", "Mail", "0.75")
        .charge_in("EUR", "lending", "Machines", "3")
        .charge("lending", "Network", "1.000000000000000001");
    for home in Home::on_each_database() {
        let home = home.file("1.csv", before.csv()).file("2.csv", after.csv()).rules(RULES).ingest_billing("1.csv", "acme");
        let report = home.import_billing("2.csv", "acme");
        assert_eq!(text(&list(&report, "periods")[0], "restates"), "amounts");
        let diff = newest(&home, "2026-05");
        let all =
            [("up", 1, 1, "2.25"), ("down", 1, 1, "-0.5"), ("new", 0, 1, "0.75"), ("gone", 1, 0, "-7"), ("retagged", 1, 1, "0")];
        assert_eq!((diff.kinds(), text(&diff.0, "restates")), (kinds(&all), "amounts"));
        assert_eq!((diff.rows("unchanged"), diff.rows("details")), (1, 0));
        assert_eq!(diff.of_unit("claims"), kinds(&[("up", 1, 1, "2.25"), ("down", 1, 1, "-0.5")]));
        let lending = [("new", 0, 1, "0.75"), ("gone", 1, 0, "-7"), ("retagged", 0, 1, "1.000000000000000001")];
        assert_eq!(diff.of_unit("lending"), kinds(&lending));
        assert_eq!(diff.of_unit("no_tags"), kinds(&[("retagged", 1, 0, "-1.000000000000000001")]));
        assert_eq!(diff.of_service("Storage"), kinds(&[("down", 1, 1, "-0.5")]));
        assert_eq!(diff.of_service("Network"), kinds(&[("retagged", 1, 1, "0")]));
        home.invariants_hold();
        home.changes_nothing(&["ingest", "billing", "2.csv", "--source", "acme"]);
    }
}

#[test]
fn commands_and_api_say_the_same_of_revisions() {
    let bill =
        |costs: [&str; 3]| costs.into_iter().fold(Bill::of("2026-05"), |bill, cost| bill.charge("claims", "Machines", cost));
    let home = Home::new()
        .file("1.csv", bill(["10", "4.5", "7"]).csv())
        .file("2.csv", bill(["10", "5.25", "6"]).csv())
        .file("june.csv", Bill::of("2026-06").charge("", "Queues", "1").csv())
        .ingest_billing("1.csv", "acme");
    let home = home.ingest_billing("2.csv", "acme").ingest_billing("june.csv", "acme");
    home.run(&["revisions", "diff", "--source", "acme", "--period", "2026-05"]).exits(0).shows(&[
        "What changed in 2026-05 of acme · revision 1 → 2 · billed cost · no rules",
        "USD: 21.5 → 21.25, a difference of -0.25.",
        "A restatement of amounts",
        "Sum of changes = difference, exactly",
        "By unit · USD",
        "By service · USD",
    ]);
    let revisions = home.json(&["revisions", "list", "--source", "acme", "--period", "2026-05"]);
    let [first, second] = [0, 1].map(|at: usize| text(&revisions[at], "revision").to_owned());
    let server = Server::of(&home);
    let by_ids = home.json(&["revisions", "diff", &first, &second]);
    assert_eq!(server.get("/v1/revisions/diff?source=acme&period=2026-05").is(200).json(), by_ids);
    assert_eq!(server.get(&format!("/v1/revisions/diff?before={first}&after={second}")).is(200).json(), by_ids);
    assert_eq!(server.get("/v1/revisions?source=acme&period=2026-05").is(200).json(), revisions);
    let one = server.get(&format!("/v1/revisions/{second}")).is(200).json();
    assert_eq!((&one, &one), (&revisions[1], &home.json(&["revisions", "show", &second])));
    assert_eq!((text(&one, "restates"), one["active"].as_bool()), ("amounts", Some(true)));
    for (path, status) in [
        ("/v1/revisions/diff", 400),
        ("/v1/revisions/diff?source=acme", 400),
        ("/v1/revisions/diff?source=acme&period=2026-07", 404),
        ("/v1/revisions/diff?source=acme&period=2026-06", 404),
        ("/v1/revisions/nothing", 404),
        ("/v1/revisions?period=may", 400),
    ] {
        assert_eq!(server.get(path).is(status).header("content-type"), Some("application/problem+json"), "{path}");
    }

    // The other way round, and beside itself.
    let back = Diff(home.json(&["revisions", "diff", &second, &first]));
    back.adds_up();
    assert_eq!(back.kinds(), kinds(&[("up", 1, 1, "1"), ("down", 1, 1, "-0.75")]));
    let same = Diff(home.json(&["revisions", "diff", &first, &first]));
    assert_eq!((text(&same.0, "restates"), same.rows("unchanged")), ("nothing", 3));
    let flat = home.run(&["revisions", "diff", &first, &second, "--format", "csv"]).exits(0).stdout;
    assert!(flat.lines().any(|line| line == "all,,USD,up,1,1,0.75,0.75,0.75,0.75"), "{flat}");

    home.run(&["revisions", "list"]).exits(0).shows(&["first", "amounts", "21.25 USD"]);
    home.run(&["revisions", "show", &second]).exits(0).shows(&["Restates", "amounts", "FOCUS 1.0"]);
    home.run(&["revisions", "show", "nothing"]).exits(1).says(&["no revision \"nothing\"", "farthing revisions list"]);
    home.run(&["revisions", "diff"]).exits(64).says(&["name two revisions"]);
    let june = text(&home.json(&["revisions", "list", "--period", "2026-06"])[0], "revision").to_owned();
    home.run(&["revisions", "diff", &first, &june]).exits(1).says(&["cannot be compared", "of one period"]);
    home.run(&["revisions", "diff", "--source", "acme", "--period", "2026-06"]).exits(1).says(&["imported once"]);
}

/// As another state of it was: the difference of then has the same bytes later.
#[test]
fn a_difference_as_of_an_earlier_moment_stays() {
    let bill = |cost: &str| Bill::of("2026-05").charge("claims", "Machines", cost).csv();
    let home = Home::new().rules(RULES).file("1.csv", bill("1")).file("2.csv", bill("2")).file("3.csv", bill("3"));
    let home = home.ingest_billing("1.csv", "acme").ingest_billing("2.csv", "acme");
    let then = text(&home.json(&["status"]), "as_of").to_owned();
    let diff = |home: &Home, more: &[&str]| {
        home.run(&[&["revisions", "diff", "--source", "acme", "--period", "2026-05", "--format", "json"], more].concat())
            .exits(0)
            .stdout
    };
    let said = diff(&home, &["--as-of", &then]);
    let list = |home: &Home| home.run(&["revisions", "list", "--as-of", &then]).exits(0).stdout;
    let listed = list(&home);
    let home = home.ingest_billing("3.csv", "acme").rules(&format!("{RULES}[[units]]\nid = \"new\"\n"));
    assert_eq!(diff(&home, &["--as-of", &then]), said);
    assert_eq!(list(&home), listed);
    assert_ne!(diff(&home, &[]), said);
}

/// Rows of one identity, repetitions, changed owners, several currencies and signs: whatever changes, it adds up.
#[test]
fn differences_of_random_revisions_add_up() {
    for seed in 1..=6_u64 {
        println!("seed {seed}");
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut dice = |sides: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % sides
        };
        let mut bill = || {
            (0..20 + dice(20)).fold(Bill::of("2026-05"), |bill, _| {
                let team = ["claims", "lending", "", "nobody"][dice(4) as usize];
                let service = ["A", "B"][dice(2) as usize];
                let cost = ["1", "1", "2.5", "-3", "0.000000000000000001", "1e-3"][dice(5) as usize];
                bill.charge_in(["USD", "EUR"][dice(2) as usize], team, service, cost)
            })
        };
        let (first, second) = (bill(), bill());
        let home = Home::new().rules(RULES).file("1.csv", first.csv()).file("2.csv", second.csv());
        let home = home.ingest_billing("1.csv", "acme").ingest_billing("2.csv", "acme");
        let diff = newest(&home, "2026-05");
        assert_eq!(list(&diff.0, "totals").len(), 2);
        assert!(diff.rows("new") + diff.rows("gone") + diff.rows("up") + diff.rows("down") > 0);
    }
}
