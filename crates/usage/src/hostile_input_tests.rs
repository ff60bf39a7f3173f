//! Damaged and random files: a decoder never panics, and every row is accounted for.

use proptest::prelude::*;

use crate::{
    DecodeError, DecodeReport, ReportOptions, SeenIds, anthropic, bedrock, decision, helicone, langfuse, litellm, openai, otlp,
    prometheus, request_trace,
};

type Decoded = Result<DecodeReport, DecodeError>;

fn every_decoder(bytes: &[u8]) -> Vec<(&'static str, Decoded)> {
    let source = || "s".parse().unwrap();
    vec![
        ("request_trace", request_trace::decode(bytes, &request_trace::Options::of(source()), |_| Ok(()))),
        ("litellm", litellm::decode(bytes, &litellm::Options::of(source()), &mut SeenIds::default(), |_| Ok(()))),
        ("decision", decision::decode(bytes, &decision::Options::default(), &mut SeenIds::default(), |_| Ok(()))),
        ("otlp", otlp::decode(bytes, &otlp::Options::of(source()), &mut SeenIds::default(), |_| Ok(()))),
        ("openai", openai::decode(bytes, &ReportOptions::of(source()), &mut SeenIds::default(), |_| Ok(()))),
        ("anthropic", anthropic::decode(bytes, &ReportOptions::of(source()), &mut SeenIds::default(), |_| Ok(()))),
        ("bedrock", bedrock::decode(bytes, &ReportOptions::of(source()), &mut SeenIds::default(), |_| Ok(()))),
        ("langfuse", langfuse::decode(bytes, &ReportOptions::of(source()), &mut SeenIds::default(), |_| Ok(()))),
        ("helicone", helicone::decode(bytes, &ReportOptions::of(source()), &mut SeenIds::default(), |_| Ok(()))),
    ]
}

fn account(bytes: &[u8]) -> Result<(), TestCaseError> {
    // Its records are hours, and its rows series.
    drop(prometheus::decode(bytes, &ReportOptions::of("s".parse().unwrap()), |_| Ok::<(), DecodeError>(())));
    for (name, decoded) in every_decoder(bytes) {
        let Ok(report) = decoded else { continue };
        let told = report.records + report.duplicates + report.skipped + report.findings.rows_set_aside();
        prop_assert_eq!(report.rows, told, "{}: {:?}", name, report);
    }
    Ok(())
}

const SEEDS: [&str; 10] = [
    "TIMESTAMP,ContextTokens,GeneratedTokens,cost,tag:a\n2023-11-16 18:17:03.97,4808,10,0.5,x\n2023-11-16 18:17:04,3180,8,1e-7,\n",
    "request_id,spend,prompt_tokens,completion_tokens,startTime,metadata,request_tags\nr1,0.1,10,5,1760000000,\"{\"\"a\"\":1}\",\"[\"\"a:b\"\"]\"\n",
    "{\"id\":\"a\",\"response_cost\":0.1,\"prompt_tokens\":3,\"completion_tokens\":2,\"startTime\":1760000000.5}\n{\"id\":\"a\"}\n",
    "id,decided_at,workflow,actor,outcome,handling_seconds,error_cost\nd1,2026-05-01T08:00:00Z,w,ai,accepted,1.5,\nd1,2026-05-01,w,ai,wrong,,3\n",
    "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"a\",\"spanId\":\"b\",\"startTimeUnixNano\":\"1760000000000000000\",\
     \"attributes\":[{\"key\":\"gen_ai.usage.input_tokens\",\"value\":{\"intValue\":\"5\"}}]}]}]}]}\n",
    "{\"data\":[{\"start_time\":1760000400,\"end_time\":1760004000,\"results\":[{\"input_tokens\":12,\"output_tokens\":1,\"num_model_requests\":1}]}]}\n",
    "{\"starting_at\":\"2026-10-01T00:00:00Z\",\"ending_at\":\"2026-10-02T00:00:00Z\",\"results\":[{\"uncached_input_tokens\":15}]}\n",
    "{\"schemaType\":\"ModelInvocationLog\",\"timestamp\":\"2026-04-09T23:00:17Z\",\"requestId\":\"9\",\"input\":{\"inputTokenCount\":35}}\n",
    "{\"id\":\"o\",\"type\":\"GENERATION\",\"start_time\":\"2026-10-01T08:00:00Z\",\"usage_details\":{\"input\":12,\"total\":12}}\n",
    "request_id,request_created_at,prompt_tokens,completion_tokens,cost\nr1,2026-10-01T08:00:00Z,12,3,0.1\n",
];

#[test]
fn the_seeds_themselves_are_read() {
    // What reads which: the columns of a spend log in CSV do for a request trace as well.
    let readers: [&[(&str, u64)]; 10] = [
        &[("request_trace", 2)],
        &[("request_trace", 1), ("litellm", 1)],
        &[("litellm", 1)],
        &[("decision", 1)],
        &[("otlp", 1)],
        &[("openai", 1)],
        &[("anthropic", 1)],
        &[("bedrock", 1)],
        &[("langfuse", 1)],
        &[("helicone", 1)],
    ];
    for (seed, expected) in SEEDS.iter().zip(readers) {
        let decoded = every_decoder(seed.as_bytes()).into_iter().filter_map(|(name, d)| Some((name, d.ok()?.records)));
        assert_eq!(decoded.filter(|(_, records)| *records > 0).collect::<Vec<_>>(), expected, "{seed}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_files_are_accounted_for(seed in 0..SEEDS.len(), damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6), cut in any::<prop::sample::Index>(), cuts in any::<bool>()) {
        let mut bytes = SEEDS[seed].as_bytes().to_vec();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        account(&bytes)?;
    }

    #[test]
    fn random_bytes_are_accounted_for(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        account(&bytes)?;
    }

    #[test]
    fn random_json_is_accounted_for(text in "[\\[\\]{},:\" a-c0-9\\\\n.-]{0,120}") {
        account(text.as_bytes())?;
    }
}
