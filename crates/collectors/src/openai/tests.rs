use farthing_testkit::FakeApi;

use super::map;
use crate::source::CollectError;
use crate::source::testing::{collect_all, open};

/// 2026-10-01T00:00:00Z.
const OCTOBER: i64 = 1_790_812_800;

fn usage(second_page: bool) -> String {
    let start = OCTOBER + if second_page { 3_600 } else { 0 };
    let result = "{\"object\":\"organization.usage.completions.result\",\"input_tokens\":10,\"output_tokens\":2,\"num_model_requests\":1,\"model\":\"m\"}";
    let bucket =
        format!("{{\"object\":\"bucket\",\"start_time\":{start},\"end_time\":{},\"results\":[{result}]}}", start + 3_600);
    match second_page {
        false => format!("{{\"data\":[{bucket}],\"has_more\":true,\"next_page\":\"two\"}}"),
        true => format!("{{\"data\":[{bucket}],\"has_more\":false,\"next_page\":null}}"),
    }
}

fn costs() -> String {
    let result = |value: &str, line: &str| {
        format!(
            "{{\"amount\":{{\"value\":{value},\"currency\":\"usd\"}},\"line_item\":\"{line}\",\"project_id\":\"proj_abc\",\"quantity\":10000,\"quantity_unit\":\"tokens\"}}"
        )
    };
    let results = [result("0.06000000000000001", "gpt-4o, output"), result("\"1.5\"", "gpt-4o, input")].join(",");
    format!(
        "{{\"data\":[{{\"start_time\":{OCTOBER},\"end_time\":{},\"results\":[{results}]}}],\"has_more\":false}}",
        OCTOBER + 86_400
    )
}

const AUTHORIZED: Option<(&str, &str)> = Some(("authorization", "Bearer secret"));

#[tokio::test]
async fn usage_and_costs_are_collected_page_by_page() {
    let api = FakeApi::start(AUTHORIZED, |path| match path {
        path if path.contains("/costs") => (200, costs()),
        path if path.contains("/embeddings") => (200, "{\"data\":[],\"has_more\":false}".into()),
        path => (200, usage(path.contains("page=two"))),
    });
    let outcome = collect_all(&*open("openai", &api.address(), "")).await;
    assert_eq!(outcome.collected.unwrap().deliveries.len(), 2);
    assert!(outcome.text.contains("0.06000000000000001,0.06000000000000001,USD,2026-10-01T00:00:00Z"), "{}", outcome.text);
    assert!(
        outcome.text.contains("1.5,1.5,USD") && outcome.text.contains("10000,tokens,OpenAI") && outcome.text.contains("proj_abc")
    );
    let asked = api.asked();
    assert_eq!((asked.len(), outcome.calls), (4, 4));
    assert!(asked[0].contains("group_by=project_id&group_by=model") && asked[0].contains(&format!("start_time={OCTOBER}")));
}

#[tokio::test]
async fn f17_pages_that_lead_in_a_circle_and_pages_that_are_missing_give_nothing() {
    let circle = FakeApi::start(None, |_| (200, usage(false)));
    let error = collect_all(&*open("openai", &circle.address(), "costs = false")).await.collected.unwrap_err();
    assert!(error.to_string().contains("circle"), "{error}");
    let missing = FakeApi::start(None, |_| (200, usage(false).replace("\"two\"", "null")));
    let error = collect_all(&*open("openai", &missing.address(), "costs = false")).await.collected.unwrap_err();
    assert!(matches!(error, CollectError::Incomplete { .. }), "{error}");
}

#[tokio::test]
async fn f16_and_f20_throttling_is_waited_for_and_a_wrong_key_is_not() {
    let tried = std::sync::atomic::AtomicU32::new(0);
    let busy = FakeApi::start(AUTHORIZED, move |_| match tried.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0 => (429, "{}".into()),
        1 => (503, "busy".into()),
        2 => (200, "{\"data\":[".into()),
        _ => (200, usage(true)),
    });
    let outcome = collect_all(&*open("openai", &busy.address(), "costs = false\nusage = [\"completions\"]")).await;
    outcome.collected.unwrap();
    assert_eq!((outcome.calls, outcome.repeated), (4, 3));
    let other = FakeApi::start(Some(("authorization", "Bearer other")), |_| (200, usage(true)));
    let outcome = collect_all(&*open("openai", &other.address(), "")).await;
    let error = outcome.collected.unwrap_err();
    assert!(matches!(error, CollectError::Denied { .. }) && !error.to_string().contains("secret"), "{error}");
    assert_eq!(outcome.calls, 1);
}

#[test]
fn an_amount_that_is_none_is_said() {
    let error = map::costs("test", costs().replace("\"1.5\"", "\"much\"").as_bytes(), &mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains("much"), "{error}");
}
