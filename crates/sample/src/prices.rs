//! The price document: what the vendors' tokens cost, and how fast the organisation's own endpoints are.

use std::fmt::Write;

use crate::decimal::{self, PRICE_PLACES};
use crate::organisation::{Organisation, TokenKind};
use crate::workloads::{Serving, WORKLOADS};

/// How an endpoint serves, as measured: TOML.
const ENDPOINTS: [(&str, &str); 4] = [
    (
        "claims-triage",
        "share_by = \"prefill_and_decode\"\ninput_tokens_per_second = 9000\noutput_tokens_per_second = 72\ncompare_with = \"open-8b\"",
    ),
    (
        "document-reader",
        "share_by = \"prefill_and_decode\"\ninput_tokens_per_second = 6000\noutput_tokens_per_second = 217\ncompare_with = \"open-vision-7b\"",
    ),
    ("assist-chat", "weights = { input = 1, output = 4, cached = 0.1 }\ntokens_per_hour = 21000000\ncompare_with = \"open-24b\""),
    ("risk-scorer", "weights = { input = 1, output = 4, cached = 0.1 }\ntokens_per_hour = 7400000\ncompare_with = \"open-8b\""),
];

/// What a vendor asks for open models of the endpoints' sizes: input and output.
const ALTERNATIVES: [(&str, &str, &str); 3] =
    [("open-8b", "0.18", "0.18"), ("open-vision-7b", "0.30", "0.30"), ("open-24b", "0.10", "0.30")];

/// The text of `prices.toml`.
pub(crate) fn text(organisation: &Organisation) -> String {
    let mut text = String::from(
        "# What tokens cost: the vendors' price pages, a quotation for open models, and the endpoints' measured speed.\n\n\
         version = 1\ncurrency = \"USD\"\n",
    );
    let fail = "a String takes everything";
    let mut known: Vec<&str> = Vec::new();
    for workload in WORKLOADS {
        let Serving::Tokens { provider, .. } = workload.serving else { continue };
        if known.contains(&workload.model) {
            continue;
        }
        known.push(workload.model);
        write!(text, "\n[[price]]\nmodel = {:?}\nprovider = {:?}\n", workload.model, provider.source()).expect(fail);
        let lines = organisation.token_lines.iter().filter(|line| WORKLOADS[line.workload].model == workload.model);
        let mut kinds: Vec<TokenKind> = Vec::new();
        for line in lines {
            if !kinds.contains(&line.kind) {
                kinds.push(line.kind);
                let key = match line.kind {
                    TokenKind::Input => "input",
                    TokenKind::Cached => "cache_read",
                    TokenKind::Output => "output",
                };
                writeln!(text, "{key} = \"{}\"", dollars(organisation.skus[line.sku].price)).expect(fail);
            }
        }
        text.push_str("source = { source = \"price page of the vendor\", year = 2026 }\n");
    }
    for (model, input, output) in ALTERNATIVES {
        write!(text, "\n[[price]]\nmodel = {model:?}\ninput = {input}\noutput = {output}\n").expect(fail);
        text.push_str("source = { source = \"quotation for open models\", year = 2026 }\n");
    }
    for (workload, serves) in ENDPOINTS {
        write!(text, "\n[[hosted]]\nworkload = {workload:?}\ncharges = {{ \"tag:Workload\" = {workload:?} }}\n{serves}\n")
            .expect(fail);
        text.push_str("source = { source = \"load test of the endpoint\", year = 2026 }\n");
    }
    text
}

fn dollars(price: i64) -> String {
    let mut text = Vec::new();
    decimal::write(&mut text, i128::from(price), PRICE_PLACES);
    String::from_utf8(text).expect("a decimal is ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_and_every_vendors_model_is_in_it() {
        let text = text(&Organisation::new(2_000, 1).unwrap());
        for workload in WORKLOADS {
            let wanted = match workload.serving {
                Serving::Endpoint { .. } => format!("workload = {:?}", workload.id),
                Serving::Tokens { .. } => format!("model = {:?}", workload.model),
            };
            assert!(text.contains(&wanted), "{wanted}");
        }
        assert!(
            text.contains("model = \"gpt-4.1\"\nprovider = \"openai\"\ninput = \"2\"\n") || text.contains("input = \"2.00"),
            "{text}"
        );
    }
}
