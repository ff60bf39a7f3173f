use farthing_testkit::FakeApi;

use super::map::of_cents;
use crate::source::testing::{collect_all, open};

fn page(result: &str, more: bool) -> String {
    let next = if more { "\"two\"" } else { "null" };
    format!(
        "{{\"data\":[{{\"starting_at\":\"2026-10-01T00:00:00Z\",\"ending_at\":\"2026-10-02T00:00:00Z\",\"results\":[{result}]}}],\"has_more\":{more},\"next_page\":{next}}}"
    )
}

#[test]
fn cents_become_dollars_to_the_last_digit() {
    for (cents, dollars) in [("123.45", "1.2345"), ("0.000001", "0.00000001"), ("-5", "-0.05"), ("100", "1")] {
        assert_eq!(of_cents(cents), Some(dollars.parse().unwrap()), "{cents}");
    }
    for text in ["", "1e5", "12,3", "much"] {
        assert_eq!(of_cents(text), None, "{text}");
    }
}

#[tokio::test]
async fn usage_and_costs_are_collected() {
    let api = FakeApi::start(Some(("x-api-key", "secret")), |path| {
        let cost = "{\"amount\":\"123.45\",\"currency\":\"USD\",\"description\":\"Claude Sonnet 4 Usage - Input Tokens\",\"workspace_id\":\"wrkspc_1\",\"model\":\"claude-sonnet-4\",\"token_type\":\"uncached_input_tokens\"}";
        let usage = "{\"uncached_input_tokens\":1500,\"cache_read_input_tokens\":200,\"output_tokens\":500,\"model\":\"claude-sonnet-4\"}";
        match path {
            path if path.contains("cost_report") => (200, page(cost, false)),
            path => (200, page(usage, !path.contains("page=two"))),
        }
    });
    let outcome = collect_all(&*open("anthropic", &api.address(), "")).await;
    assert_eq!(outcome.collected.unwrap().deliveries.len(), 2);
    assert!(outcome.text.contains("1.2345,1.2345,USD") && outcome.text.contains("wrkspc_1"), "{}", outcome.text);
    assert!(outcome.text.contains("uncached_input_tokens\"\":1500") || outcome.text.contains("\"uncached_input_tokens\":1500"));
    assert_eq!(outcome.calls, 3);
    assert!(api.asked()[0].contains("group_by%5B%5D=model") && api.asked()[2].contains("bucket_width=1d"));
}
