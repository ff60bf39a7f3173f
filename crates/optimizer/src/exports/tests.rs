use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::*;

/// A plan from data as its JSON has it: two workloads, one of them on two types.
fn plan_json() -> Value {
    let office = |inside: u32, outside: u32| -> Vec<u32> {
        (0..168).map(|hour| if hour / 24 < 5 && (8..18).contains(&(hour % 24)) { inside } else { outside }).collect()
    };
    json!({
        "id": "01a201bb-d59a-7ef9-9ff9-b882d8357d53", "status": "gap_limit", "hours": 168, "currency": "USD",
        "cost_now": {"amount": "11632.57", "currency": "USD"}, "cost_planned": {"amount": "3825.78", "currency": "USD"},
        "saved": {"amount": "7806.79", "currency": "USD"}, "bound": 3800.5, "gap": 0.0066, "input_hash": "abc", "recommended": true,
        "types": [{"type": "ml.g5.xlarge", "quota": 20, "peak": 6}, {"type": "ml.g6e.xlarge", "quota": null, "peak": 4}],
        "assumptions": ["Every week is like the one planned | <b>or not</b> @everyone."],
        "workloads": [
            {"workload": "claims-triage", "model": "llama-3.1-8b", "unit": "claims", "slo": {"inter_token_latency_ms": 45.0},
             "today": [{"type": "ml.g5.xlarge", "replicas": 14}],
             "types": [{"type": "ml.g5.xlarge", "capacity": "0.085", "replicas": office(6, 2)},
                       {"type": "ml.g6e.xlarge", "capacity": "0.168", "replicas": vec![1; 168]}]},
            {"workload": "Assist Chat/EU", "model": "mistral-small-3.2", "unit": "support", "slo": {}, "today": [],
             "types": [{"type": "ml.g6e.xlarge", "capacity": "1.25", "replicas": office(3, 0)}]},
        ],
        "plan": {"status": "gap_limit", "n": {}, "commit": {"ml.g5.xlarge": 2}, "plan": 1.5},
    })
}

fn plan() -> PlanDocument {
    PlanDocument::from_json(&plan_json().to_string()).unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-11-22T18:00:00Z".parse().unwrap()
}

fn text(form: Export) -> String {
    export(&plan(), form, now()).unwrap().remove(0).text
}

const ALL: [Export; 8] = [
    Export::Terraform,
    Export::Keda,
    Export::Hpa,
    Export::Karpenter,
    Export::AppAutoscaling,
    Export::Cloudformation,
    Export::PullRequest,
    Export::FocusRecommendation,
];

/// Those who will read the files judge them: see `tests/exports/validate.py`. Each also refuses a spoiled copy.
#[allow(clippy::disallowed_methods)]
#[test]
fn the_readers_of_each_form_accept_it_and_refuse_a_spoiled_copy() {
    let (Some(python), Some(shared)) = (std::env::var_os("FARTHING_TEST_PYTHON"), std::env::var_os("FARTHING_SHARED")) else {
        println!("skipped: FARTHING_TEST_PYTHON or FARTHING_SHARED is not set");
        return;
    };
    let files: Vec<Value> = ALL
        .into_iter()
        .flat_map(|form| {
            export(&plan(), form, now())
                .unwrap()
                .into_iter()
                .map(move |file| json!({"form": form, "name": file.name, "text": file.text}))
        })
        .collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/exports/validate.py");
    let schemas = std::path::Path::new(&shared).join("data/schemas");
    let mut program = Command::new(python)
        .arg("-B")
        .arg(script)
        .arg(schemas)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    program.stdin.take().unwrap().write_all(serde_json::to_string(&files).unwrap().as_bytes()).unwrap();
    let output = program.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    for form in ["terraform", "keda", "hpa", "karpenter", "app-autoscaling", "cloudformation", "focus-recommendation"] {
        assert!(said.contains(&format!("{form}: accepted, spoiled copy refused")), "{said}");
    }
}

#[test]
fn scheduled_actions_are_in_order_and_within_the_bounds() {
    let requests: Value = serde_json::from_str(&text(Export::AppAutoscaling)).unwrap();
    let bounds = |request: &Value| (request["MinCapacity"].as_u64().unwrap(), request["MaxCapacity"].as_u64().unwrap());
    let targets = requests["RegisterScalableTarget"].as_array().unwrap();
    assert_eq!(targets.iter().map(bounds).collect::<Vec<_>>(), [(2, 20), (1, 2), (0, 6)]);
    assert_eq!(targets[2]["ResourceId"], "endpoint/assist-chat-eu/variant/ml-g6e-xlarge");
    let schedule = requests["PutScheduledAction"].as_array().unwrap();
    // The plan's hours are the fewest; above them there is room for what nobody foresaw.
    let hours: Vec<(u64, u64)> = schedule.iter().map(|action| bounds(&action["ScalableTargetAction"])).collect();
    assert_eq!(hours, [(6, 20), (2, 20), (1, 2), (3, 6), (0, 6)]);
    let crons: Vec<&str> = schedule.iter().map(|action| action["Schedule"].as_str().unwrap()).collect();
    // More replicas are there four minutes before their hour; fewer come with it.
    assert_eq!(crons[0], "cron(56 7 ? * MON,TUE,WED,THU,FRI *)");
    assert!(crons.contains(&"cron(0 18 ? * MON,TUE,WED,THU,FRI *)") && crons.contains(&"cron(0 0 ? * MON *)"));
    assert_eq!(requests["PutScalingPolicy"][0]["TargetTrackingScalingPolicyConfiguration"]["TargetValue"], 5.1);
    let components: Value = serde_json::from_str(&export(&plan(), Export::AppAutoscaling, now()).unwrap()[1].text).unwrap();
    assert_eq!(components["RegisterScalableTarget"][0]["ScalableDimension"], "sagemaker:inference-component:DesiredCopyCount");
}

#[test]
fn a_month_of_the_saving_is_exact() {
    let csv = text(Export::FocusRecommendation);
    // 7,806.79 × 730.5 ÷ 168, negative for a saving.
    assert!(csv.contains(",USD,-33945.595803571428571429,Medium,Low,Cost,"), "{csv}");
    let mut costs_more = plan();
    costs_more.saved = costs_more.saved.map(|saved| farthing_types::Money::new(-saved.amount, saved.currency));
    assert!(
        export(&costs_more, Export::FocusRecommendation, now()).unwrap()[0]
            .text
            .contains(",33945.595803571428571429,Medium,Low,Performance,")
    );
    costs_more.saved = None;
    assert!(matches!(export(&costs_more, Export::FocusRecommendation, now()), Err(ExportError::NoMoney(_))));
}

#[test]
fn a_pull_request_says_what_changes_and_cannot_be_used_to_say_more() {
    let body = text(Export::PullRequest);
    assert!(
        body.contains("| Saved | 7806.79 USD |") && body.contains("| claims-triage | llama-3.1-8b | 14 × ml.g5.xlarge |"),
        "{body}"
    );
    assert!(body.contains("3–7") && body.contains("- 2 × ml.g5.xlarge committed") && body.contains("keeps every promise"));
    assert!(!body.contains("<b>") && !body.contains("@everyone") && body.contains("\\<b\\>"));
}

/// A storage plan from imported data.
fn storage_plan() -> Value {
    json!({
        "id": "01a201bb-d59a-7ef9-9ff9-b882d8357d54", "model": "storage/1", "status": "optimal", "months": 12, "input_hash": "abc",
        "saved": {"amount": "-120", "currency": "USD"},
        "instance": {
            "months": 12,
            "classes": [{"id": "STANDARD", "storage": "0.023"}, {"id": "GLACIER_IR", "storage": "0.004"}],
            "datasets": [
                {"id": "arn:aws:s3:::logs", "gb": 10, "objects": 100, "class": "STANDARD", "age_months": 2},
                {"id": "arn:aws:s3:::hot", "gb": 10, "objects": 100, "class": "STANDARD"}
            ]
        },
        "datasets": [
            {"dataset": "arn:aws:s3:::logs", "stays": [{"class": "STANDARD", "from": 0, "until": 1}, {"class": "GLACIER_IR", "from": 1, "until": 12}]},
            {"dataset": "arn:aws:s3:::hot", "stays": [{"class": "STANDARD", "from": 0, "until": 12}]}
        ]
    })
}

#[test]
fn a_storage_plan_becomes_a_lifecycle_of_each_bucket_that_moves() {
    let plan = storage_plan();
    let export = |plan: &Value, form| export_measured(&plan.to_string(), form, now());
    let files = export(&plan, Export::S3Lifecycle).unwrap().unwrap();
    assert_eq!(files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["arn-aws-s3-logs.json"]);
    let rules: Value = serde_json::from_str(&files[0].text).unwrap();
    assert_eq!(rules["Rules"][0]["Transitions"], json!([{"Days": 90, "StorageClass": "GLACIER_IR"}]));
    assert_eq!(rules["Rules"][0]["Filter"], json!({"Prefix": ""}));
    let mut still = plan.clone();
    still["datasets"][0]["stays"] = json!([{"class": "STANDARD", "from": 0, "until": 12}]);
    assert_eq!(export(&still, Export::S3Lifecycle), Some(Err(ExportError::NothingMoves)));
    assert!(matches!(export(&plan, Export::Keda), Some(Err(ExportError::OtherPlan(_)))));
    assert!(export(&plan_json(), Export::S3Lifecycle).is_none());
    assert!(matches!(super::export(&super::tests::plan(), Export::S3Lifecycle, now()), Err(ExportError::OtherPlan(_))));
}

#[test]
fn what_another_plan_saves_is_a_row_of_recommendations_too() {
    let mut plan = storage_plan();
    let csv =
        |plan: &Value| export_measured(&plan.to_string(), Export::FocusRecommendation, now()).unwrap().unwrap().remove(0).text;
    assert!(csv(&plan).contains(",USD,10,Medium,Low,Performance,"), "{}", csv(&plan));
    plan["saved"]["amount"] = json!("120");
    assert!(csv(&plan).contains(",USD,-10,Medium,Low,Cost,") && csv(&plan).contains("Other (Cost)"), "{}", csv(&plan));
}

#[test]
fn what_is_not_recommended_is_not_exported() {
    let mut missed = plan();
    missed.recommended = Some(false);
    for form in ALL {
        assert_eq!(export(&missed, form, now()), Err(ExportError::NotRecommended));
    }
}

#[test]
fn errors_say_what_a_form_needs() {
    let neutral = r#"{"status":"optimal","objective":6.5,"bound":6.5,"gap":0,"seconds":0.1,"n":{"w":{"s":[2,2]}},"commit":{"s":1},"plan":0}"#;
    let short = PlanDocument::from_json(neutral).unwrap();
    assert_eq!((short.hours, short.objective.unwrap().to_string().as_str()), (2, "6.5"));
    assert_eq!(export(&short, Export::Keda, now()), Err(ExportError::NotAWeek(2)));
    assert!(export(&short, Export::Karpenter, now()).is_ok());
    let mut twins = plan();
    twins.workloads[1].id = "claims_triage".into();
    assert!(matches!(export(&twins, Export::Hpa, now()), Err(ExportError::Names(..))));
    let wrong = |text: &str| PlanDocument::from_json(text).unwrap_err().to_string();
    assert!(wrong("[]").contains("the plan is not readable"));
    assert!(wrong(&neutral.replace("[2,2]", "[]")).contains("nothing to replay or to export"));
    assert!(
        wrong(&neutral.replace("{\"s\":[2,2]}", "{\"s\":[2,2],\"t\":[1]}"))
            .contains("type t: 1 hours of replicas where the plan has 2")
    );
}
