use serde_json::{Value, json};

use super::home;
use crate::support::{Exact, Server, figure, list, statements, text};

fn sum(journal: &Value, name: &str) -> Exact {
    list(journal, "lines").iter().map(|line| figure(line, name)).sum()
}

#[test]
fn a_journal_balances_and_its_lines_are_the_statement() {
    let home = home();
    for cost in ["billed", "effective", "contracted", "list"] {
        let report = home.json(&["journal", "--period", "2026-05", "--cost", cost]);
        let statement = home.json(&["chargeback", "--period", "2026-05", "--cost", cost]);
        assert_eq!(statements(&report).len(), 2, "one a currency");
        for journal in statements(&report) {
            assert_eq!(sum(journal, "debit"), sum(journal, "credit"), "{journal:#}");
            assert_eq!(
                (sum(journal, "debit"), sum(journal, "credit")),
                (figure(journal, "debit_total"), figure(journal, "credit_total"))
            );
            let same = |statement: &&Value| text(statement, "currency") == text(journal, "currency");
            let statement = statements(&statement).into_iter().find(same).expect("a statement of the currency");
            for unit in list(statement, "units") {
                let exact =
                    list(journal, "lines").iter().filter(|line| line["unit"] == unit["unit"]).map(|line| figure(line, "exact"));
                assert_eq!(exact.sum::<Exact>(), figure(unit, "total"), "{unit:#}");
            }
            let of = |entry: &str| {
                list(journal, "lines")
                    .iter()
                    .filter(|line| text(line, "entry") == entry)
                    .map(|l| figure(l, "exact"))
                    .sum::<Exact>()
            };
            assert_eq!(of("billed") + figure(statement, "billed_total"), Exact::default());
            assert_eq!(of("unattributed"), figure(statement, "unattributed_total"));
        }
    }
    // A unit without a cost centre has that of the unit above it.
    let report = home.json(&["journal", "--period", "2026-05"]);
    let dollars = statements(&report).into_iter().find(|journal| text(journal, "currency") == "USD").expect("in dollars");
    let claims = list(dollars, "lines").iter().find(|line| line["unit"] == "claims").expect("a line of claims");
    assert_eq!((text(claims, "cost_center"), text(dollars, "date")), ("4700", "2026-05-31"));
    assert_eq!(dollars["without_cost_center"], json!(["platform"]));
}

const LAYOUT: &str = r#"version = 1
journal = "CLOUD"
delimiter = ";"
decimal_comma = true
date_format = "%d.%m.%Y"
[accounts]
expense = "640000"
clearing = "160000"
rounding = "658000"
units = { platform = "641000" }
[[columns]]
name = "Datum"
value = "{date}"
[[columns]]
name = "Konto"
value = "{account}"
[[columns]]
name = "Betrag"
value = "{amount}"
[[columns]]
name = "Waehrung"
value = "{currency}"
[[columns]]
name = "Text"
value = "{text}"
"#;

#[test]
fn the_books_get_the_file_that_they_import() {
    let home = home().file("books.toml", LAYOUT);
    insta::assert_snapshot!("journal_table", home.run(&["journal", "--period", "2026-05"]).exits(0).stdout);
    insta::assert_snapshot!("journal_csv", home.run(&["journal", "--period", "2026-05", "--format", "csv"]).exits(0).stdout);
    let run = home.run(&["journal", "--period", "2026-05", "--layout", "books.toml", "--format", "csv"]).exits(0);
    insta::assert_snapshot!("journal_layout", run.stdout);
    let server = Server::of(&home);
    let file = server.post("/v1/journal", &json!({"period": "2026-05", "layout": LAYOUT})).is(200);
    assert!(file.header("content-type").is_some_and(|kind| kind.starts_with("text/csv")), "{file:#?}");
    assert_eq!(file.body, run.stdout);
    let path = "/v1/journal?period=2026-05&cost=list";
    assert_eq!(server.get(path).is(200).json(), home.json(&["journal", "--period", "2026-05", "--cost", "list"]));
    server.get("/v1/journal?period=2031-01").is(404);
    server.post("/v1/journal", &json!({"period": "2026-05", "layout": "version = 7"})).is(400);
}

#[test]
fn a_layout_that_is_wrong_says_where() {
    let home = home().file("books.toml", LAYOUT.replace("{account}", "{acount}"));
    let run = home.run(&["journal", "--period", "2026-05", "--layout", "books.toml"]).exits(1);
    run.says(&["books.toml", "Konto", "{acount}", "cost_center"]);
}
