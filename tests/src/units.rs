//! Operational units as a document of their own: imported, versioned, changed from a day on, and what rules make of them.

use serde_json::{Value, json};

use crate::support::{Bill, Exact, Home, NewHome, Server, figure, list, on_both_databases, text};

on_both_databases!(
    rules_without_units_use_the_published_ones_of_then,
    what_contradicts_the_rules_is_refused_and_nothing_is_published,
    a_unit_is_split_over_http_in_versions_that_nobody_overwrites_unseen,
);

/// Claims is split in July into motor, which goes to another parent, and property.
const UNITS: &str = "id,name,parent,owners,cost_center,currency,budget,from,until,succeeded_by\n\
    insurance,Insurance,,ada@acme.example; bo@acme.example,4700,USD,5000,,,\n\
    mobility,Mobility,,cy@acme.example,4900,,,,,\n\
    claims,Claims,insurance,,4710,,,,2026-07-01,motor; property\n\
    motor,Motor claims,mobility,,,,,2026-07-01,,\n\
    property,Property claims,insurance,,,,,2026-07-01,,\n";

const RULES: &str = "version = 1\n\
    [[rules]]\nid = \"motor\"\nunit = \"motor\"\nwhen = { \"tag:team\" = \"claims\", ServiceName = \"Queues\" }\nfrom = 2026-07-01\n\
    [[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n";

const BY_TEAM: &str = "[[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n";

fn home(new: NewHome) -> Home {
    let june = Bill::of("2026-06").charge("claims", "Queues", "100.5").charge("insurance", "Queues", "7");
    let july =
        Bill::of("2026-07").charge("claims", "Queues", "40.25").charge("property", "Queues", "9").charge("claims", "Disks", "3");
    new().file("units.csv", UNITS).file("june.csv", june.csv()).file("july.csv", july.csv())
}

fn imported(new: NewHome) -> Home {
    let home = home(new).ingest_billing("june.csv", "acme").ingest_billing("july.csv", "acme");
    home.run(&["units", "import", "units.csv"])
        .exits(0)
        .shows(&["units.csv: 5 units in 5 entries · published as version 1.", "New: "]);
    home.rules(RULES)
}

/// What stands on a unit, of its own and rolled up.
fn of(statement: &Value, unit: &str) -> Option<(String, String)> {
    let line = list(statement, "units").iter().find(|line| line["unit"] == unit)?;
    Some((text(line, "total").to_owned(), text(&line["rolled_up"], "total").to_owned()))
}

fn amounts(own: &str, rolled_up: &str) -> Option<(String, String)> {
    Some((own.to_owned(), rolled_up.to_owned()))
}

fn rules_without_units_use_the_published_ones_of_then(new: NewHome) {
    let home = imported(new);
    let june = home.json(&["chargeback", "--period", "2026-06"]);
    assert_eq!((of(&june, "claims"), of(&june, "insurance")), (amounts("100.5", "100.5"), amounts("7", "107.5")));
    assert_eq!((text(&june, "rule_set"), text(&june, "difference")), ("v1, units v1", "0"));
    let july = home.json(&["chargeback", "--period", "2026-07"]);
    assert_eq!((of(&july, "motor"), of(&july, "mobility")), (amounts("40.25", "40.25"), amounts("0", "40.25")));
    assert_eq!((of(&july, "claims"), of(&july, "property")), (None, amounts("9", "9")));
    assert_eq!(figure(&july, "unattributed_total"), Exact::parse("3"), "claims does not hold in July");

    // June is closed under these units; then insurance is called otherwise since ever.
    home.run(&["close", "2026-06", "--reason", "month end"]).exits(0);
    let certificate = home.json(&["certificate", "2026-06"]);
    assert_eq!(certificate["certified"]["units"]["version"], 1);
    let moment = home.json(&["chargeback", "--period", "2026-07", "--format", "json"]);
    let before = home.run(&["chargeback", "--period", "2026-07", "--format", "csv"]).exits(0).stdout;
    home.write("renamed.csv", UNITS.replace("insurance,Insurance,", "insurance,Risk cover,"));
    home.run(&["units", "import", "renamed.csv", "--dry-run"])
        .exits(0)
        .shows(&["Changed: insurance.", "nothing was published (--dry-run)"]);
    assert_eq!(home.json(&["chargeback", "--period", "2026-07"]), moment, "a dry run changes nothing");
    home.run(&["units", "import", "renamed.csv"]).exits(0).shows(&["published as version 2", "Changed: insurance."]);
    home.run(&["units", "import", "renamed.csv"]).exits(0).shows(&["unchanged, already version 2"]);
    assert_eq!(home.json(&["chargeback", "--period", "2026-06"]), june, "a closed month stays");
    home.run(&["certificate", "2026-06"]).exits(0);
    let after = home.json(&["chargeback", "--period", "2026-07"]);
    assert_eq!(text(&after, "rule_set"), "v1, units v2");
    assert!(list(&after, "units").iter().any(|unit| unit["name"] == "Risk cover"), "{after:#}");
    assert_ne!(home.run(&["chargeback", "--period", "2026-07", "--format", "csv"]).exits(0).stdout, before);
    let since = text(&home.json(&["periods"]).as_array().expect("periods")[0], "since").to_owned();
    let then = home.json(&["chargeback", "--period", "2026-07", "--as-of", &since]);
    assert_eq!(then["rule_set"], "v1, units v1");
    assert!(list(&then, "units").iter().any(|unit| unit["name"] == "Insurance"), "{then:#}");

    for form in ["csv", "yaml", "json"] {
        let file = format!("again.{form}");
        home.run(&["units", "export", "--as", form, "-o", &file]).exits(0);
        home.run(&["units", "check", &file]).exits(0).shows(&["5 units in 5 entries"]);
        home.run(&["units", "import", &file]).exits(0).shows(&["unchanged, already version 2"]);
    }
    home.run(&["units"]).exits(0).shows(&["Budget a month", "5,000.00", "motor, property"]);
    let on = home.json(&["units", "list", "--on", "2026-07-01"]);
    assert!(on.as_array().expect("units").iter().all(|unit| unit["unit"] != "claims"), "{on:#}");
    home.run(&["units", "show", "motor"]).exits(0).shows(&["motor · units v2", "2026-07-01", "Came from: claims."]);
    home.run(&["units", "show", "nobody"]).exits(1).says(&["there is no unit nobody", "farthing units"]);
}

fn what_contradicts_the_rules_is_refused_and_nothing_is_published(new: NewHome) {
    let home = imported(new);
    home.write("short.csv", UNITS.lines().filter(|line| !line.contains("motor")).collect::<Vec<_>>().join("\n"));
    let refused = home.run(&["units", "import", "short.csv"]).exits(1);
    refused.says(&[
        "short.csv: nothing was published, since under it rules v1 could not be used",
        "rule \"motor\"",
        "no unit has the id \"motor\"",
    ]);
    home.write("broken.csv", UNITS.replace("2026-07-01,,\n", "2026-07-02,,\n"));
    home.run(&["units", "import", "broken.csv"]).exits(1).says(&[
        "broken.csv: line 4: unit \"claims\": it ends on 2026-07-01, and its successor \"motor\" has no entry that begins on that day",
        "\nline 4: unit \"claims\"",
    ]);
    home.run(&["units", "check", "broken.csv"]).exits(1);
    let own = format!("version = 1\n[[units]]\nid = \"insurance\"\n[[units]]\nid = \"claims\"\nuntil = 2026-07-01\n{}", BY_TEAM);
    home.write("own.toml", &own);
    home.run(&["rules", "publish", "own.toml"]).exits(1).says(&[
        "own.toml: unit \"claims\": it stands below no unit by the rule file and below \"insurance\" by the published units v1",
        "take [[units]] out",
    ]);
    home.write("own.toml", own.replace("id = \"claims\"\n", "id = \"claims\"\nparent = \"insurance\"\n"));
    home.run(&["rules", "publish", "own.toml"]).exits(0).shows(&["version 2", "these win over the published units v1"]);
    assert_eq!(home.json(&["chargeback", "--period", "2026-06"])["rule_set"], "v2", "its own units win");
    home.write("moved.csv", UNITS.replace("claims,Claims,insurance,", "claims,Claims,mobility,"));
    home.run(&["units", "import", "moved.csv"])
        .exits(1)
        .says(&["moved.csv: unit \"claims\": it stands below \"insurance\" by the rule file"]);
    home.run(&["units", "import", "units.csv"])
        .exits(0)
        .shows(&["already version 1", "rules v2 list units themselves, and these win"]);
    home.run(&["rules", "check", "rules.toml"]).exits(0).shows(&["5 published units, 2 rules"]);
}

fn a_unit_is_split_over_http_in_versions_that_nobody_overwrites_unseen(new: NewHome) {
    let home = home(new);
    let server = Server::of(&home);
    let csv = [("Content-Type", "text/csv")];
    let dry = server.request("PUT", "/v1/units?dry_run=true", &csv, UNITS).is(200).json();
    assert_eq!((&dry["version"], &dry["dry_run"], &dry["entries"]), (&Value::Null, &json!(true), &json!(5)));
    assert_eq!(server.get("/v1/units").is(200).json(), json!([]));
    let first = server.request("PUT", "/v1/units", &csv, UNITS).is(200);
    assert_eq!(first.header("etag"), Some("\"units-v1\""));
    let listed = server.get("/v1/units").is(200);
    assert_eq!(listed.header("etag"), Some("\"units-v1\""));
    assert_eq!(listed.json(), home.json(&["units"]));
    server.request("PUT", "/v1/units", &[("Content-Type", "text/plain")], UNITS).is(415);
    let wrong = server.request("PUT", "/v1/units", &csv, &UNITS.replace(",mobility,", ",mobile,")).is(400).json();
    assert!(
        text(&wrong, "detail").contains("line 5: unit \"motor\": its parent \"mobile\" is not a unit of this document"),
        "{wrong:#}"
    );

    for (part, version) in [("homes", 2), ("goods", 3)] {
        let unit = json!({"unit": part, "parent": "insurance", "from": "2027-01-01", "budget": "12.50", "currency": "EUR"});
        let added = server.post("/v1/units", &unit).is(201);
        assert_eq!((&added.json()["version"], &added.json()["new"]), (&json!(version), &json!([part])));
    }
    let split = json!({"effective": "2027-01-01", "ends": true, "succeeded_by": ["homes", "goods"]});
    let json_of = |tag: &'static str| [("Content-Type", "application/json"), ("If-Match", tag)];
    let stale = server.request("PATCH", "/v1/units/property", &json_of("\"units-v2\""), &split.to_string()).is(412).json();
    assert!(text(&stale, "detail").contains("version 3 is in force; nothing was published"), "{stale:#}");
    server.request("PATCH", "/v1/units/property", &json_of("\"units-v3\""), &split.to_string()).is(200);
    let property = server.get("/v1/units/property").is(200).json();
    assert_eq!((&property["version"], &property["spans"][0]["until"]), (&json!(4), &json!("2027-01-01")));
    assert_eq!(server.get("/v1/units/homes").json()["came_from"], json!(["property"]));
    let moved = json!({"effective": "2026-09-01", "parent": null, "owners": ["dee@acme.example"]});
    server.request("PATCH", "/v1/units/motor", &json_of("*"), &moved.to_string()).is(200);
    home.run(&["units", "change", "motor", "--effective", "2026-10-01", "--parent", "insurance"])
        .exits(0)
        .shows(&["version 6", "Changed: motor."]);
    let motor = home.json(&["units", "show", "motor"]);
    let spans: Vec<_> = list(&motor, "spans").iter().map(|span| (&span["from"], &span["parent"], &span["owner"])).collect();
    let owner = json!("dee@acme.example");
    assert_eq!(
        spans,
        [
            (&json!("2026-07-01"), &json!("mobility"), &Value::Null),
            (&json!("2026-09-01"), &Value::Null, &owner),
            (&json!("2026-10-01"), &json!("insurance"), &owner),
        ]
    );
    server.request("PATCH", "/v1/units/claims", &json_of("*"), &moved.to_string()).is(400);
    server.request("PATCH", "/v1/units/nobody", &json_of("*"), &moved.to_string()).is(404);
    server.get("/v1/units/nobody").is(404);
    home.run(&["units", "add", "motor", "--from", "2026-08-01"]).exits(1).says(&["unit \"motor\"", "its days overlap"]);
}
