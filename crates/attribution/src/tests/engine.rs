use farthing_types::Currency;

use crate::tests::{Bill, amount, costs, date, may, rules, totals};
use crate::{AttributionError, ChargeGroup, Charges, Figure, FigureOn, KeyTable, Reason, attribute, explain, trace};

const RULES: &str = r#"
units = [
    { id = "claims" },
    { id = "lending" },
    { id = "young", from = 2026-05-15 },
]
[[rules]]
id = "account"
unit = "claims"
when = { SubAccountId = "1", ServiceName = { not = "Support" } }
[[rules]]
id = "team"
unit_from_tag = "team"
[[rules]]
id = "april-only"
unit = "lending"
when = { SubAccountId = "2" }
until = 2026-05-01
[[rules]]
id = "team-code"
unit_from_tag = "team"
map = { L7 = "lending" }
"#;

#[test]
fn the_first_rule_that_matches_decides() {
    let rules = rules(RULES);
    let bill = Bill::new(&rules)
        .charge("1", &[("SubAccountId", "1"), ("tag:team", "lending")])
        .charge("2", &[("SubAccountId", "1"), ("ServiceName", "Support"), ("tag:team", "lending")])
        .charge("4", &[("SubAccountId", "3"), ("tag:team", "L7")])
        .charge_on("2026-04-30", "8", &[("SubAccountId", "2")])
        .charge_on("2026-05-01", "16", &[("SubAccountId", "2")]);
    let answer = bill.attribute(&rules);
    assert_eq!(totals(&answer), ["claims 1", "lending 14"]);
    let by: Vec<String> = answer.direct.iter().map(|l| format!("{} {} {}", l.unit, l.rule, l.costs.billed)).collect();
    assert_eq!(by, ["claims account 1", "lending team 2", "lending april-only 8", "lending team-code 4"]);
    assert_eq!(answer.unattributed.len(), 1);
    assert_eq!((answer.unattributed[0].reason, answer.unattributed[0].costs), (Reason::NoRule, costs("16")));
    assert!(answer.is_proven() && answer.idle_rules.is_empty());
    assert_eq!(answer.coverage.iter().map(|c| c.charges).collect::<Vec<_>>(), [1, 1, 1, 1]);
}

#[test]
fn what_no_rule_matches_says_why() {
    let rules = rules(RULES);
    let bill = Bill::new(&rules)
        .charge("1", &[("Tags", "{}")])
        .charge("2", &[])
        .charge("-4", &[("ChargeCategory", "Credit")])
        .charge("8", &[("ChargeCategory", "Tax")])
        .charge("16", &[("ChargeCategory", "Tax"), ("ChargeClass", "Correction")])
        .charge("32", &[("ChargeCategory", "Purchase")])
        .charge("64", &[("ChargeCategory", "Adjustment")])
        .charge("128", &[("tag:team", "marketing")])
        .charge_on("2026-05-14", "256", &[("tag:team", "young")])
        .charge_on("2026-05-15", "512", &[("tag:team", "young")]);
    let answer = bill.attribute(&rules);
    let reasons: Vec<String> = answer.unattributed.iter().map(|l| format!("{} {}", l.reason, l.costs.billed)).collect();
    let expected = [
        "outside_tree 256",
        "unknown_unit 128",
        "correction 16",
        "credit -4",
        "tax 8",
        "adjustment 64",
        "purchase 32",
        "no_tags 1",
        "no_rule 2",
    ];
    assert_eq!(reasons, expected);
    assert_eq!(totals(&answer), ["young 512"]);
    assert!(answer.is_proven());
    let idle: Vec<&str> = answer.idle_rules.iter().map(|rule| rule.as_str()).collect();
    assert_eq!(idle, ["account", "april-only", "team-code"]);
}

#[test]
fn the_proof_has_every_source_currency_and_cost() {
    let rules = rules(RULES);
    let mut bill = Bill::new(&rules).charge("1", &[("SubAccountId", "1")]).charge("2", &[("SubAccountId", "1")]).charge("4", &[]);
    bill.groups[1].source = 1;
    bill.groups[2].currency = Currency::EUR;
    let proof = bill.attribute(&rules).proof;
    let text = |p: &crate::Proof| {
        format!("{} {} {}: {} = {} + {}", p.source, p.currency, p.cost, p.billed, p.attributed, p.unattributed)
    };
    assert_eq!(proof.len(), 12);
    assert_eq!(text(&proof[0]), "aws EUR billed: 4 = 0 + 4");
    assert_eq!(text(&proof[7]), "aws USD list: 4 = 4 + 0");
    assert_eq!(text(&proof[9]), "azure USD effective: 4 = 4 + 0");
}

#[test]
fn input_that_does_not_fit_together_is_refused() {
    let rules = rules(RULES);
    let bill = Bill::new(&rules).charge("1", &[]);
    let with =
        |group: ChargeGroup| attribute(&rules, &Charges { groups: &[group], ..bill.charges() }, &bill.drivers).unwrap_err();
    let group = bill.groups[0];
    assert_eq!(with(ChargeGroup { key: 7, ..group }), AttributionError::NoSuchKey { group: 0, key: 7, keys: 1 });
    assert_eq!(with(ChargeGroup { source: 2, ..group }), AttributionError::NoSuchSource { group: 0, source_at: 2, sources: 2 });
    let keys = KeyTable::new(["ChargeCategory", "ChargeClass", "Tags", "SubAccountId", "ServiceName"]);
    let missing = attribute(&rules, &Charges { keys: &keys, sources: &[], groups: &[], window: may() }, &bill.drivers);
    assert_eq!(missing.unwrap_err(), AttributionError::MissingField { field: "tag:team".into() });
}

#[test]
fn a_sum_that_does_not_fit_is_an_error_and_one_that_fits_in_the_end_is_not() {
    let rules = rules("");
    let huge = "24999999999999999999";
    let mut bill = Bill::new(&rules);
    for _ in 0..2 {
        bill = bill.charge(huge, &[]);
    }
    let error = attribute(&rules, &bill.charges(), &bill.drivers).unwrap_err();
    assert!(
        matches!(
            error,
            AttributionError::Overflow {
                cost: farthing_types::Cost::Effective | farthing_types::Cost::List | farthing_types::Cost::Contracted,
                ..
            }
        ),
        "{error}"
    );
    let bill = bill.charge(&format!("-{huge}"), &[]);
    assert!(attribute(&rules, &bill.charges(), &bill.drivers).unwrap().is_proven());
}

#[test]
fn an_explanation_adds_up_to_its_figure() {
    let rules = rules(RULES);
    let bill = Bill::new(&rules)
        .charge("1", &[("SubAccountId", "1")])
        .charge_on("2026-05-20", "2", &[("SubAccountId", "1")])
        .charge("4", &[("tag:team", "claims")])
        .charge("8", &[("tag:team", "lending")]);
    let answer = bill.attribute(&rules);
    let figure = Figure { on: FigureOn::Unit("claims".parse().unwrap()), source: None, currency: None, rule: None };
    let why = explain(&rules, &bill.charges(), &answer, &figure).unwrap();
    let lines: Vec<String> =
        why.evidence.iter().map(|e| format!("{} {} {} {}", e.rule.as_ref().unwrap(), e.key, e.first, e.costs.billed)).collect();
    assert_eq!(lines, ["account 0 2026-05-10 1", "account 1 2026-05-20 2", "team 2 2026-05-10 4"]);
    let by_rule = Figure { rule: Some("team".parse().unwrap()), ..figure };
    assert_eq!(explain(&rules, &bill.charges(), &answer, &by_rule).unwrap().evidence.len(), 1);
    let none = Figure { on: FigureOn::Reason(Reason::NoTags), source: None, currency: None, rule: None };
    assert_eq!(explain(&rules, &bill.charges(), &answer, &none).unwrap().evidence, []);
    assert_eq!(why.evidence[0].last, date("2026-05-10"));
    assert_eq!(why.evidence.iter().map(|e| e.costs.billed).sum::<farthing_types::Amount>(), amount("7"));
}

#[test]
fn a_trace_says_what_each_rule_went_by() {
    let rules = rules(RULES);
    let bill = Bill::new(&rules)
        .charge("1", &[("SubAccountId", "1"), ("ServiceName", "Queues"), ("tag:team", "a")])
        .charge_on("2026-05-20", "2", &[("SubAccountId", "1"), ("ServiceName", "Queues"), ("tag:team", "b")])
        .charge("4", &[("tag:team", "claims"), ("ServiceName", "Queues")])
        .charge("8", &[("tag:team", "lending")])
        .charge("16", &[("ChargeCategory", "Tax")]);
    let places = [FigureOn::Unit("claims".parse().unwrap()), FigureOn::Reason(Reason::Tax)].into();
    let found = trace(&rules, &bill.charges(), &places, &["ServiceName"]).unwrap();
    let values = |list: &[crate::FieldValue]| {
        let value = |v: &crate::FieldValue| format!("{}={}", v.field, v.value.as_deref().unwrap_or_default());
        list.iter().map(value).collect::<Vec<_>>().join(",")
    };
    let line = |t: &crate::Traced| {
        let rule = t.rule.as_ref().map_or("-", |rule| rule.as_str());
        format!("{rule} because {} shown {}: {} {} {}", values(&t.because), values(&t.shown), t.first, t.charges, t.costs.billed)
    };
    let expected = [
        "account because ServiceName=Queues,SubAccountId=1 shown ServiceName=Queues: 2026-05-10 2 3",
        "team because tag:team=claims shown ServiceName=Queues: 2026-05-10 1 4",
        "- because ChargeCategory=Tax,ChargeClass= shown ServiceName=: 2026-05-10 1 16",
    ];
    assert_eq!(found.iter().map(line).collect::<Vec<_>>(), expected);
    let missing = trace(&rules, &bill.charges(), &places, &["RegionId"]).unwrap_err();
    assert_eq!(missing, AttributionError::MissingField { field: "RegionId".into() });
}

#[test]
fn a_preview_shows_what_each_rule_would_move() {
    let published = rules(RULES);
    let text = RULES.replace("until = 2026-05-01", "")
        + "\n[[rules]]\nid = \"tax\"\nunit = \"claims\"\nwhen = { ChargeCategory = \"Tax\" }";
    let draft = rules(&format!(
        "{text}\n[[pools]]\nid = \"half\"\nunit = \"claims\"\ndriver = \"even\"\nrecipients = [\"lending\", \"young\"]"
    ));
    let bill = Bill::new(&published)
        .charge("1", &[("SubAccountId", "1")])
        .charge("2", &[("SubAccountId", "2")])
        .charge("4", &[("SubAccountId", "2")])
        .charge("8", &[("ChargeCategory", "Tax")]);
    let preview = crate::preview([&published, &draft], &bill.charges(), [&bill.drivers; 2]).unwrap();
    let moves: Vec<String> = preview
        .moves
        .iter()
        .map(|m| format!("{:?} {:?} -> {:?} {} {}", m.rule, m.from, m.to, m.costs.billed, m.charges))
        .collect();
    let expected =
        ["Some(\"april-only\") Reason(NoRule) -> Unit(\"lending\") 6 2", "Some(\"tax\") Reason(Tax) -> Unit(\"claims\") 8 1"];
    assert_eq!(moves, expected);
    let units: Vec<String> = preview.units.iter().map(|u| format!("{} {} {}", u.unit, u.before.billed, u.after.billed)).collect();
    assert_eq!(units, ["claims 1 0", "lending 0 10.5", "young 0 4.5"]);
    let same = crate::preview([&draft; 2], &bill.charges(), [&bill.drivers; 2]).unwrap();
    assert_eq!(same, crate::Preview::default());
}
