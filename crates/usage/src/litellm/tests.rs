use farthing_types::Amount;

use super::*;
use crate::{Counts, Grain};

fn decoded(text: &str, seen: &mut SeenIds) -> Result<(Vec<UsageRecord>, DecodeReport), DecodeError> {
    let mut records = Vec::new();
    let report = decode(text.as_bytes(), &Options::of("gateway".parse().unwrap()), seen, |record| {
        records.push(record);
        Ok::<(), DecodeError>(())
    })?;
    Ok((records, report))
}

const PAYLOAD: &str = r#"[{"id":"chatcmpl-1","trace_id":"t1","call_type":"acompletion","response_cost":0.0042,"status":"success","custom_llm_provider":"openai","total_tokens":1380,"prompt_tokens":1200,"completion_tokens":180,"startTime":1760000000.0,"endTime":1760000001.5,"model":"gpt-4o","model_group":"gpt-4o","metadata":{"user_api_key_team_id":"claims","user_api_key_hash":"88dc","usage_object":{"prompt_tokens_details":{"cached_tokens":1024}}},"request_tags":["unit:claims-triage","User-Agent: x/1","batch"],"end_user":"u7","cache_hit":false}]"#;

#[test]
fn the_callbacks_payload_is_read() {
    let (records, report) = decoded(PAYLOAD, &mut SeenIds::default()).unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let UsageRecord { at, dimensions, counts, .. } = &records[0];
    assert_eq!(at.timestamp(), 1_760_000_000);
    assert_eq!(counts.spend.unwrap().to_string(), "0.0042");
    assert_eq!((counts.input_tokens, counts.cached_input_tokens, counts.uncached_input_tokens()), (1200, 1024, 176));
    assert_eq!((dimensions.workload.as_deref(), dimensions.principal.as_deref()), (Some("claims"), Some("88dc")));
    assert_eq!(dimensions.unit.as_ref().unwrap().as_str(), "claims-triage");
    assert_eq!(dimensions.tags.keys().collect::<Vec<_>>(), ["batch", "unit"]);
}

const HEADER: &str = "request_id,call_type,api_key,spend,total_tokens,prompt_tokens,completion_tokens,startTime,model,\
                      custom_llm_provider,metadata,cache_hit,request_tags,team_id,status\n";

#[test]
fn csv_and_json_lines_give_the_same_records() {
    let csv = format!(
        "{HEADER}r1,acompletion,88dc,6.229100000000001e-05,15,10,5,2025-10-09 08:53:20.5,gpt-4o,openai,\"{{\"\"user_api_key_team_alias\"\":\
         \"\"Claims\"\",\"\"usage_object\"\":{{\"\"cache_read_input_tokens\"\":4,\"\"cache_creation_input_tokens\"\":3}}}}\",True,\
         \"[\"\"a:b\"\"]\",t1,failure\n"
    );
    let json = r#"{"request_id":"r1","call_type":"acompletion","api_key":"88dc","spend":6.229100000000001e-05,"total_tokens":15,"prompt_tokens":10,"completion_tokens":5,"startTime":"2025-10-09T08:53:20.500Z","model":"gpt-4o","custom_llm_provider":"openai","metadata":{"user_api_key_team_alias":"Claims","usage_object":{"cache_read_input_tokens":4,"cache_creation_input_tokens":3}},"cache_hit":"True","request_tags":["a:b"],"team_id":"t1","status":"failure"}"#;
    let (from_csv, report) = decoded(&csv, &mut SeenIds::default()).unwrap();
    let (from_json, _) = decoded(json, &mut SeenIds::default()).unwrap();
    assert_eq!(from_csv, from_json);
    let mut seen = SeenIds::default();
    decoded(&csv, &mut seen).unwrap();
    let (none, again) = decoded(json, &mut seen).unwrap();
    assert_eq!((none.len(), again.duplicates, again.findings.count()), (0, 1, 0));
    let UsageRecord { dimensions, counts, .. } = &from_csv[0];
    // The text has 20 decimals: what lies below 1e-18 is in the residue.
    assert_eq!((counts.spend.unwrap().to_string().as_str(), report.spend_residue), ("0.000062291", 10_000_000_000_000_000));
    assert_eq!((counts.errors, counts.uncached_input_tokens()), (1, 3));
    assert_eq!(dimensions.tags["litellm.cache_hit"], "true");
    assert_eq!(dimensions.workload.as_deref(), Some("Claims"));
}

#[test]
fn a_call_counts_once_across_files() {
    let mut seen = SeenIds::default();
    let (first, _) = decoded(PAYLOAD, &mut seen).unwrap();
    let (again, report) = decoded(PAYLOAD, &mut seen).unwrap();
    assert_eq!((first.len(), again.len(), report.duplicates, report.findings.count()), (1, 0, 1, 0));
    let (changed, report) = decoded(&PAYLOAD.replace("0.0042", "0.0043"), &mut seen).unwrap();
    assert_eq!((changed.len(), report.duplicates), (0, 1));
    assert_eq!(report.findings.by_rule()["conflicting-duplicate"], 1);
}

#[test]
fn a_row_that_cannot_be_read_may_come_again_repaired() {
    let mut seen = SeenIds::default();
    let (none, report) = decoded(&PAYLOAD.replace("1200", "-1"), &mut seen).unwrap();
    assert_eq!((none.len(), report.findings.rows_set_aside()), (0, 1));
    assert_eq!(decoded(PAYLOAD, &mut seen).unwrap().0.len(), 1);
}

#[test]
fn a_call_without_an_id_is_kept_and_noted() {
    let text = PAYLOAD.replace("\"id\":\"chatcmpl-1\",", "");
    let (records, report) = decoded(&text, &mut SeenIds::default()).unwrap();
    assert_eq!((records.len(), report.findings.by_rule()["no-id"]), (1, 1));
}

#[test]
fn a_key_in_clear_is_never_kept() {
    let text = PAYLOAD.replace("88dc", "sk-secret");
    let (records, _) = decoded(&text, &mut SeenIds::default()).unwrap();
    assert_eq!(records[0].dimensions.principal.as_deref().unwrap().len(), 64);
}

const DAILY: &str = "date,api_key,api_key_alias,model,custom_llm_provider,prompt_tokens,completion_tokens,cache_read_input_tokens,spend,\
                     api_requests,successful_requests,failed_requests,team_id,team_alias\n\
                     2025-05-01,88dc,key-a,gpt-4o,openai,100,50,60,0.6229100000000001,10,9,1,t1,claims\n";

#[test]
fn daily_rows_stand_at_the_days_first_hour_and_say_so() {
    let (records, report) = decoded(DAILY, &mut SeenIds::default()).unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let UsageRecord { at, grain, counts, .. } = &records[0];
    assert_eq!((at.to_rfc3339().as_str(), *grain), ("2025-05-01T00:00:00+00:00", Grain::Day));
    assert_eq!((counts.requests, counts.errors, counts.uncached_input_tokens()), (10, 1, 40));
    assert_eq!(counts.spend.unwrap().to_string(), "0.6229100000000001");
}

#[test]
fn a_daily_row_met_again_counts_once() {
    let mut seen = SeenIds::default();
    decoded(DAILY, &mut seen).unwrap();
    let (records, report) = decoded(DAILY, &mut seen).unwrap();
    assert_eq!((records.len(), report.duplicates), (0, 1));
}

#[test]
fn the_table_by_tag_is_refused() {
    let text = DAILY.replace("date,api_key,", "date,tag,").replace("2025-05-01,88dc", "2025-05-01,unit:a");
    let error = decoded(&text, &mut SeenIds::default()).unwrap_err();
    assert!(matches!(error, DecodeError::TagTable(_)), "{error}");
    let error = decoded(r#"{"date":"2025-05-01","tag":"a","spend":1,"prompt_tokens":1}"#, &mut SeenIds::default()).unwrap_err();
    assert!(matches!(error, DecodeError::TagTable(_)), "{error}");
}

#[test]
fn residues_of_spend_are_added_up() {
    let text = DAILY.replace("0.6229100000000001", "0.0000000000000000014");
    let (records, report) = decoded(&text, &mut SeenIds::default()).unwrap();
    assert_eq!(records[0].counts.spend.unwrap().atto(), 1);
    assert_eq!(report.spend_residue, 400_000_000_000_000_000);
    assert_eq!(records[0].counts, Counts { spend: Amount::from_atto(1), ..records[0].counts });
}

#[test]
fn a_streamed_call_says_when_its_first_token_came() {
    let streamed = PAYLOAD.replace(r#""endTime""#, r#""completionStartTime":1760000000.4,"endTime""#);
    let counts = decoded(&streamed, &mut SeenIds::default()).unwrap().0[0].counts;
    assert_eq!(counts.prefill_seconds.unwrap().to_string(), "0.4");
    assert_eq!((counts.decode_seconds.unwrap().to_string(), counts.timed_requests), ("1.1".to_owned(), 1));
    // Of other calls the end stands there.
    let whole = PAYLOAD.replace(r#""endTime""#, r#""completionStartTime":1760000001.5,"endTime""#);
    let (records, report) = decoded(&whole, &mut SeenIds::default()).unwrap();
    assert_eq!((records[0].counts.prefill_seconds, records[0].counts.timed_requests, report.findings.count()), (None, 0, 0));
    let backwards = PAYLOAD.replace(r#""endTime""#, r#""completionStartTime":1759999999,"endTime""#);
    let (records, report) = decoded(&backwards, &mut SeenIds::default()).unwrap();
    assert_eq!((records[0].counts.prefill_seconds, report.findings.by_rule()["impossible-time"]), (None, 1));
}
