use super::*;
use crate::SeenIds;
use crate::report::tests::decoded_by;

/// 2025-10-09T09:00:00Z.
const NINE: i64 = 1_760_000_400;

fn answer(name: &str, labels: &str, values: &[(i64, &str)]) -> String {
    let values: Vec<String> = values.iter().map(|(minute, value)| format!("[{},\"{value}\"]", NINE + minute * 60)).collect();
    let metric = format!("{{\"__name__\":\"{name}\",{labels}}}");
    let result = format!("[{{\"metric\":{metric},\"values\":[{}]}}]", values.join(","));
    format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":{result}}}}}\n")
}

/// As every other decoder, which looks at ids.
fn decode<E: From<DecodeError>>(
    input: &[u8],
    options: &Options,
    _: &mut SeenIds,
    each: impl FnMut(UsageRecord) -> Result<(), E>,
) -> Result<DecodeReport, E> {
    super::decode(input, options, each)
}

const MODEL: &str = "\"model_name\":\"llama\",\"namespace\":\"serving\",\"pod\":\"a\"";

#[test]
fn counters_that_begin_anew_lose_nothing() {
    let tokens = answer(
        "vllm:prompt_tokens_total",
        MODEL,
        &[(-1, "1000"), (10, "1500"), (20, "40"), (30, "100"), (70, "1e2"), (80, "130")],
    );
    let (records, report) = decoded_by!(&tokens, decode);
    assert_eq!((report.rows, report.records), (1, 1));
    // 500 until the restart, 40 + 60 after it; then nothing, and 30 in the next hour.
    assert_eq!(
        records.iter().map(|r| (r.at.timestamp() - NINE, r.counts.input_tokens)).collect::<Vec<_>>(),
        [(0, 600), (3_600, 30)]
    );
    assert_eq!(records[0].dimensions.model.as_ref().map(ModelId::as_str), Some("llama"));
    assert_eq!(records[0].dimensions.workload.as_deref(), Some("serving"));
}

#[test]
fn answers_that_follow_each_other_are_one_series() {
    let whole = answer("vllm:generation_tokens_total", MODEL, &[(0, "10"), (1, "20"), (2, "30"), (3, "45")]);
    let first = answer("vllm:generation_tokens_total", MODEL, &[(0, "10"), (1, "20"), (2, "30")]);
    let second = answer("vllm:generation_tokens_total", MODEL, &[(2, "30"), (3, "45")]);
    assert_eq!(decoded_by!(&whole, decode).0, decoded_by!(&format!("{first}{second}"), decode).0);
}

#[test]
fn requests_are_of_all_reasons_and_of_all_pods() {
    let with = |pod: &str, reason: &str| {
        format!("\"model_name\":\"llama\",\"pod\":\"{pod}\",\"finished_reason\":\"{reason}\",\"namespace\":\"serving\"")
    };
    let mut text = answer("vllm:request_success_total", &with("a", "stop"), &[(0, "0"), (1, "5")]);
    text += &answer("vllm:request_success_total", &with("a", "length"), &[(0, "0"), (1, "2")]);
    text += &answer("vllm:request_success_total", &with("b", "stop"), &[(0, "7"), (1, "8")]);
    text += &answer("vllm:num_requests_running", &with("b", "stop"), &[(0, "7"), (1, "8")]);
    let (records, report) = decoded_by!(&text, decode);
    assert_eq!((records.len(), records[0].counts.requests, report.skipped), (1, 8, 1));
}

#[test]
fn a_gpu_is_busy_by_its_ratio_and_by_percent_only_without_one() {
    let gpu = "\"gpu\":\"0\",\"exported_namespace\":\"serving\"";
    let ratio = answer("DCGM_FI_PROF_GR_ENGINE_ACTIVE", gpu, &[(0, "0.5"), (1, "0.25"), (2, "0"), (50, "1"), (59, "0")]);
    let percent = answer("DCGM_FI_DEV_GPU_UTIL", gpu, &[(0, "100"), (1, "100")]);
    let (records, _) = decoded_by!(&format!("{ratio}{percent}"), decode);
    // 30 s + 15 s + 0, and five of the nine minutes that nothing was heard.
    assert_eq!(records[0].counts.compute_seconds, Some(Quantity("345".parse().unwrap())));
    let (records, _) = decoded_by!(&percent, decode);
    assert_eq!(records[0].counts.compute_seconds, Some(Quantity("60".parse().unwrap())));
}

#[test]
fn what_is_no_number_is_left_out_and_what_is_no_answer_is_said() {
    let gone = answer("vllm:prompt_tokens_total", MODEL, &[(0, "10"), (1, "NaN"), (2, "15")]);
    assert_eq!(decoded_by!(&gone, decode).0[0].counts.input_tokens, 5);
    let (_, report) =
        decoded_by!("{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"exceeded maximum resolution\"}", decode);
    assert!(report.findings.first()[0].message.contains("maximum resolution"));
}
