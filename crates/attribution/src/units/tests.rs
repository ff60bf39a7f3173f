use farthing_types::UnitId;
use proptest::prelude::*;

use super::*;

const CSV: &str = "id,name,parent,owners,cost_center,currency,budget,from,until,succeeded_by\n\
    insurance,Insurance,,ada@acme.example; bo@acme.example,4700,USD,100000,,,\n\
    claims,Claims,insurance,,0470,USD,60000.50,,2026-07-01,motor;property\n\
    motor,Motor claims,insurance,cy@acme.example,,,,2026-07-01,,\n\
    property,Property claims,insurance,,,,,2026-07-01,,\n";

fn id(text: &str) -> UnitId {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn csv(text: &str) -> UnitsDocument {
    UnitsDocument::parse(text, UnitsForm::Csv).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn refused(text: &str, form: UnitsForm) -> Vec<String> {
    UnitsDocument::parse(text, form).expect_err("there is something wrong with it").iter().map(ToString::to_string).collect()
}

/// The rows as the program writes them.
fn as_csv(document: &UnitsDocument) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    document.to_rows().iter().for_each(|row| writer.write_record(row).unwrap());
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn the_same_units_are_the_same_document_whatever_they_are_written_in() {
    let document = csv(CSV);
    assert_eq!((document.units(), document.spans().len()), (4, 4));
    let claims = &document.of(&id("claims"))[0];
    assert_eq!(claims.cost_center.as_deref(), Some("0470"));
    assert_eq!(claims.budget.unwrap().to_string(), "60000.5");
    assert_eq!(claims.succeeded_by, [id("motor"), id("property")]);
    assert_eq!(UnitsDocument::parse(&document.to_json(), UnitsForm::Json).as_ref(), Ok(&document));
    assert_eq!(UnitsDocument::parse(&document.to_yaml(), UnitsForm::Yaml).as_ref(), Ok(&document));
    assert_eq!(csv(&as_csv(&document)), document);
    let by_hand = "# the organisation\nversion: 1\nunits:\n\
        - {id: insurance, name: Insurance, owners: [ada@acme.example, bo@acme.example], cost_center: 4700, currency: USD, budget: 100000}\n\
        - id: claims\n  name: Claims\n  parent: insurance\n  cost_center: 0470\n  currency: USD\n  budget: 60000.50\n  until: 2026-07-01\n  succeeded_by: [motor, property]\n\
        - {id: motor, name: Motor claims, parent: insurance, owners: cy@acme.example, from: 2026-07-01}\n\
        - {id: property, name: 'Property claims', parent: insurance, from: 2026-07-01, owners: ~}\n";
    assert_eq!(UnitsDocument::parse(by_hand, UnitsForm::Yaml), Ok(document));
}

#[test]
fn groups_of_a_directory_are_units_below_the_groups_that_they_are_members_of() {
    let scim = r#"{
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 4,
        "Resources": [
            {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": "g1", "externalId": "insurance", "displayName": "Insurance",
             "members": [{"value": "g2", "type": "Group"}, {"value": "u1", "type": "User"}]},
            {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": "g2", "displayName": "Claims",
             "urn:acme:params:scim:schemas:extension:2.0:Unit": {"costCenter": "4710", "manager": {"value": "u1", "displayName": "Ada"}}},
            {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": "g3", "externalId": "motor", "displayName": "Motor", "parent": "g2"},
            {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "u1", "userName": "ada"}
        ]}"#;
    let document = UnitsDocument::parse(scim, UnitsForm::Json).unwrap();
    let claims = &document.of(&id("g2"))[0];
    assert_eq!((claims.parent.as_ref(), claims.owners.as_slice()), (Some(&id("insurance")), ["Ada".to_owned()].as_slice()));
    assert_eq!((claims.name.as_str(), claims.cost_center.as_deref()), ("Claims", Some("4710")));
    assert_eq!(document.of(&id("motor"))[0].parent, Some(id("g2")));
    assert!(document.warnings().contains(&"1 resources are users and were passed over".to_owned()), "{:?}", document.warnings());
    let part = scim.replace("\"totalResults\": 4", "\"totalResults\": 40");
    assert!(refused(&part, UnitsForm::Json)[0].contains("there are 40 resources and has 4: fetch all"));
    let twice = scim.replace("\"displayName\": \"Motor\"", "\"displayName\": \"Motor\", \"members\": [{\"value\": \"g2\"}]");
    let problems = refused(&twice, UnitsForm::Json).join("\n");
    assert!(problems.contains("line 8: the group \"g2\" is a member of \"insurance\" and of \"motor\""), "{problems}");
}

#[test]
fn problems_name_line_unit_cause_and_next_step() {
    let cases = [
        ("claims,,insurance,,,,,,,", "line 2: unit \"claims\": its parent \"insurance\" is not a unit of this document: list it"),
        ("a,,,,,,,,,\na,,,,,,,,,", "line 3: unit \"a\": the id stands on line 2 already"),
        (
            "a,,,,,,,,2026-07-01,\na,,,,,,,2026-06-30,,",
            "line 3: unit \"a\": its days overlap with those of its entry until 2026-07-01 of line 2: end the one",
        ),
        ("a,,b,,,,,,,\nb,,a,,,,,,,", "line 2: unit \"a\": the units form a cycle: a → b → a; take away"),
        (
            "a,,,,,,,,2026-07-01,b\nb,,,,,,,2026-07-02,,",
            "it ends on 2026-07-01, and its successor \"b\" has no entry that begins on that day (from 2026-07-02)",
        ),
        ("a,,,,,,,,2026-07-01,c\nb,,,,,,,2026-07-01,,", "its successor \"c\" is not a unit of this document"),
        ("a,,,,,,,,,b\nb,,,,,,,,,", "it names successors and has no until"),
        ("a,,,,,,12,,,", "its budget 12 has no currency: name one"),
        ("a,,,,,USD,-12,,,", "budget: -12 is below zero"),
        ("a,,,,,USD,twelve,,,", "budget: \"twelve\" is not a decimal number"),
        ("a,,,,,usd,,,,", "currency: \"usd\" is not an ISO 4217 currency code"),
        ("a,,,,,,,July,,", "from: \"July\" is not a day such as 2026-07-01"),
        ("a,,,,,,,2026-07-01,2026-07-01,", "from 2026-07-01 is not before until 2026-07-01"),
        (",Nameless,,,,,,,,", "line 2: the entry has no id"),
        ("p,,,,,,,,2026-07-01,\na,,p,,,,,,,", "line 3: unit \"a\": its parent \"p\" does not hold on 2026-07-01"),
        ("a,b", "line 2: the row has 2 cells and the header has 10"),
        ("", "there is no unit in it"),
    ];
    let header = CSV.lines().next().unwrap();
    for (rows, expected) in cases {
        let problems = refused(&format!("{header}\n{rows}\n"), UnitsForm::Csv);
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{rows:?}: {problems:#?}\nlacks {expected:?}");
    }
    assert!(refused("id,ownrs\na,b\n", UnitsForm::Csv)[0].contains("\"ownrs\" means nothing here (did you mean \"owners\"?)"));
    let several = refused(&format!("{header}\na,,x,,,,,,,\nb,,y,,,,1,,,\n"), UnitsForm::Csv);
    assert_eq!(several.len(), 3, "every problem is reported: {several:#?}");
}

#[test]
fn hostile_documents_are_refused_and_never_expanded() {
    let yaml = |text: &str| refused(text, UnitsForm::Yaml).join("\n");
    assert!(yaml("a: &a [x, x]\nb: *a\n").contains("line 2: aliases (*name) are not read"));
    assert!(yaml(&format!("{}{}", "[".repeat(40), "]".repeat(40))).contains("too deeply"));
    assert!(!yaml(&"[".repeat(10_000)).is_empty());
    assert!(yaml("version: 1\nversion: 1\n").contains("line 2: \"version\" stands twice"));
    assert!(yaml("version: 2\nunits: []\n").contains("the document must say version 1"));
    assert!(yaml("version: 1\nunits: [a]\n").contains("entry 1 of units is a text"));
    assert!(yaml("- a").contains("the document is a list"));
    assert!(yaml("version: 1\n---\nversion: 1\n").contains("second document"));
    let json = |text: &str| refused(text, UnitsForm::Json).join("\n");
    assert!(
        json("{\"version\": 1,\n \"version\": 1}")
            .contains("line 2: this is not JSON that can be read: \"version\" stands twice")
    );
    assert!(
        json("{\"version\": 1, \"units\": [{\"id\": \"a\", \"budget\": 1.5}]}").contains("in quotes, so that they are exact")
    );
    assert!(json(&"[".repeat(100_000)).contains("line 1: this is not JSON"));
    let escaped = "{\"version\": 1,\n\"units\": [\n{\"id\": \"a{\\\"\"},\n{\"id\": \"b\", \"parent\": \"c\"}]}";
    assert!(json(escaped).starts_with("line 4: unit \"b\""));
}

#[test]
fn a_unit_is_changed_from_a_day_on_and_what_was_before_stays() {
    let document = csv("id,parent\na,\nb,\nc,a\n");
    let patch = UnitPatch { parent: Some(Some(id("b"))), owners: Some(vec!["Ada".into()]), ..UnitPatch::default() };
    let changed = document.with_change(&id("c"), day("2026-07-01"), &patch).unwrap();
    let [before, after] = changed.of(&id("c")) else { panic!("{changed:#?}") };
    assert_eq!((before.until, before.parent.as_ref()), (Some(day("2026-07-01")), Some(&id("a"))));
    assert_eq!((after.from, after.until, after.parent.as_ref()), (Some(day("2026-07-01")), None, Some(&id("b"))));
    assert_eq!(changed.with_change(&id("c"), day("2026-08-01"), &patch).as_ref(), Ok(&changed), "nothing changes");
    let again = UnitPatch { name: Some("C".into()), ..UnitPatch::default() };
    let renamed = changed.with_change(&id("c"), day("2026-07-01"), &again).unwrap();
    assert_eq!(renamed.of(&id("c")).len(), 2, "the day on which an entry begins cuts nothing");
    let root = UnitPatch { parent: Some(None), ..UnitPatch::default() };
    assert_eq!(renamed.with_change(&id("c"), day("2026-09-01"), &root).unwrap().of(&id("c"))[2].parent, None);
}

#[test]
fn a_unit_is_split_in_steps_and_each_step_is_checked() {
    let document = csv("id,parent\na,\nb,a\n");
    let span = |name: &str, from: &str| UnitSpan {
        id: id(name),
        name: name.into(),
        parent: Some(id("a")),
        owners: vec![],
        cost_center: None,
        currency: None,
        budget: None,
        from: Some(day(from)),
        until: None,
        succeeded_by: vec![],
    };
    let with = document.with_added(span("b1", "2026-07-01")).unwrap().with_added(span("b2", "2026-07-02")).unwrap();
    let split = |parts: &[&str]| UnitPatch {
        ends: true,
        succeeded_by: Some(parts.iter().map(|part| id(part)).collect()),
        ..UnitPatch::default()
    };
    let wrong = with.with_change(&id("b"), day("2026-07-01"), &split(&["b1", "b2"])).unwrap_err();
    assert!(
        wrong[0].to_string().contains("successor \"b2\" has no entry that begins on that day (from 2026-07-02)"),
        "{wrong:?}"
    );
    let done = with.with_change(&id("b"), day("2026-07-01"), &split(&["b1"])).unwrap();
    assert_eq!(done.of(&id("b"))[0].until, Some(day("2026-07-01")));
    let gone = done.with_change(&id("b"), day("2026-07-01"), &UnitPatch::default()).unwrap_err();
    assert_eq!(gone[0].to_string(), "unit \"b\": it does not hold on 2026-07-01; it holds until 2026-07-01");
    assert!(done.with_change(&id("a"), day("2026-07-01"), &split(&[])).is_err(), "those below it would be left without a parent");
}

#[test]
fn a_rule_file_and_the_published_units_must_not_contradict_each_other() {
    let published = csv(CSV).tree();
    let own = |text: &str| csv(text).tree();
    assert_eq!(contradictions(&own("id\ninsurance\nother\n"), &published), Vec::<String>::new());
    let moved = contradictions(&own("id,until,parent\ninsurance,,\nclaims,2026-07-01,\n"), &published);
    assert_eq!(
        moved,
        ["unit \"claims\": it stands below no unit by the rule file and below \"insurance\" by the published units"]
    );
    let longer = contradictions(&own("id,parent\ninsurance,\nclaims,insurance\n"), &published);
    assert_eq!(longer, ["unit \"claims\": from 2026-07-01 on it holds by the rule file and not by the published units"]);
    let centre = contradictions(&own("id,cost_center\ninsurance,4800\n"), &published);
    assert!(centre[0].contains("has the cost centre \"4800\" by the rule file and \"4700\""), "{centre:?}");
}

fn any_document() -> impl Strategy<Value = UnitsDocument> {
    // Each unit stands below one of smaller number, so that there is no cycle; some move in mid-year.
    let entry =
        (any::<prop::sample::Index>(), prop::option::of(0_u32..300), "[ -~é\u{1f600}]{0,12}", prop::option::of(0_i64..1 << 40));
    prop::collection::vec(entry, 1..12).prop_map(|entries| {
        let mut spans: Vec<UnitSpan> = Vec::new();
        for (at, (parent, moves, name, budget)) in entries.into_iter().enumerate() {
            let parent = (at > 0).then(|| id(&format!("u{}", parent.index(at))));
            let owners = if name.trim() == name && !name.is_empty() && !name.contains(';') { vec![name.clone()] } else { vec![] };
            let whole = UnitSpan {
                id: id(&format!("u{at}")),
                name: if name.trim() == name && !name.is_empty() { name } else { "plain".into() },
                parent,
                owners,
                cost_center: None,
                currency: budget.map(|_| farthing_types::Currency::EUR),
                budget: budget.map(farthing_types::Amount::from_int),
                from: None,
                until: None,
                succeeded_by: vec![],
            };
            match moves {
                None => spans.push(whole),
                Some(days) => {
                    let cut = day("2026-01-02") + chrono::TimeDelta::days(i64::from(days));
                    spans.push(UnitSpan { until: Some(cut), ..whole.clone() });
                    spans.push(UnitSpan { from: Some(cut), name: "moved".into(), ..whole });
                }
            }
        }
        check::checked(spans.into_iter().map(|span| (None, span)).collect(), Vec::new()).unwrap()
    })
}

proptest! {
    #[test]
    fn every_form_gives_back_what_it_was_given(document in any_document()) {
        prop_assert_eq!(UnitsDocument::parse(&document.to_json(), UnitsForm::Json), Ok(document.clone()));
        prop_assert_eq!(UnitsDocument::parse(&document.to_yaml(), UnitsForm::Yaml), Ok(document.clone()));
        prop_assert_eq!(UnitsDocument::parse(&as_csv(&document), UnitsForm::Csv), Ok(document.clone()));
    }

    #[test]
    fn a_change_leaves_every_day_before_it_as_it_was(document in any_document(), at in any::<prop::sample::Index>(), days in 0_i64..400) {
        let effective = day("2026-01-01") + chrono::TimeDelta::days(days);
        let unit = document.spans()[at.index(document.spans().len())].id.clone();
        let patch = UnitPatch { name: Some("changed".into()), ..UnitPatch::default() };
        let changed = document.with_change(&unit, effective, &patch).unwrap();
        let (before, after) = (document.tree(), changed.tree());
        let last = effective.pred_opt().unwrap();
        for span in document.spans() {
            let on = |tree: &UnitTree, day| tree.on(&span.id, day).map(|unit| (unit.name.clone(), unit.parent.clone()));
            prop_assert_eq!(on(&before, last), on(&after, last));
            prop_assert_eq!(on(&after, effective).is_some(), on(&before, effective).is_some());
        }
        prop_assert_eq!(&after.on(&unit, effective).unwrap().name, "changed");
    }

    #[test]
    fn no_text_stops_the_reader(text in "[\\[\\]{}:,\"'&*!|>%@`\\-\\n a1~#?\\\\]{0,60}") {
        for form in [UnitsForm::Csv, UnitsForm::Yaml, UnitsForm::Json] {
            let _ = UnitsDocument::parse(&text, form);
        }
    }
}
