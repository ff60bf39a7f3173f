use farthing_types::{Amount, Currency, Quantity, Window};
use proptest::prelude::*;

use super::*;
use crate::prices::PriceList;

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn window() -> Window {
    "2026-05-01/2026-06-01".parse().unwrap()
}

fn list(text: &str) -> PriceList {
    PriceList::parse(&format!("version = 1\ncurrency = \"USD\"\n{text}")).unwrap()
}

fn line(unit: Option<&str>, provider: &str, model: &str, counts: TokenCounts) -> UsageLine {
    UsageLine {
        from: "2026-05-02T00:00:00Z".parse().unwrap(),
        hours: 24,
        model: Some(model.parse().unwrap()),
        provider: Some(provider.to_owned()),
        deployment: Some(model.to_owned()),
        operation: Some("chat".to_owned()),
        principal: None,
        unit: unit.map(|unit| unit.parse().unwrap()),
        mode: "standard".to_owned(),
        longer_than: None,
        counts,
    }
}

fn tokens(requests: u64, input: u64, cached: u64, output: u64) -> TokenCounts {
    TokenCounts { requests, input, cached, output, ..TokenCounts::default() }
}

fn billed(unit: &str, provider: &str, hosted: Option<usize>, cost: &str, list: Option<&str>) -> BilledCost {
    BilledCost {
        unit: unit.parse().unwrap(),
        provider: Some(provider.to_owned()),
        category: "AI and Machine Learning".to_owned(),
        hosted,
        is_inference: true,
        is_unused_commitment: false,
        cost: amount(cost),
        list: list.map(amount),
        hours: Quantity::default(),
        charges: 1,
    }
}

fn report(usage: &[UsageLine], billed: &[BilledCost], shares: &[PoolShare], prices: &PriceList, by: &[By]) -> TokenCost {
    let statement_total = billed.iter().map(|b| b.cost).chain(shares.iter().map(|s| s.cost)).sum();
    let input = TokenCostInput { window: window(), currency: Currency::USD, usage, billed, shares, statement_total, prices };
    token_cost(&input, by, None).unwrap()
}

fn parts(reconciliation: &Reconciliation) -> Vec<(DifferenceCause, String)> {
    reconciliation.parts.iter().map(|part| (part.cause, part.amount.to_string())).collect()
}

const VENDOR: &str = "[[price]]\nmodel = \"gpt-4.1\"\nprovider = \"openai\"\ninput = 2\noutput = 8\ncache_read = 0.5\n";

/// OpenCost's worked example: 3.2 for 12 million input tokens, 800,000 of them cached, and 3 million output tokens, in ten minutes of
/// prefill and ten of decode.
#[test]
fn the_worked_example_holds_for_a_hosted_model() {
    let prices = list(
        "[[hosted]]\nmodel = \"m\"\ncharges = { ServiceName = \"Inference\" }\nshare_by = \"prefill_and_decode\"\n\
         input_tokens_per_second = \"18666.666666666666666667\"\noutput_tokens_per_second = 5000\ncompare_with = \"other\"\n\
         [[price]]\nmodel = \"other\"\ninput = 1\noutput = 1\n",
    );
    let usage = [line(Some("u"), "own", "m", tokens(10, 11_200_000, 800_000, 3_000_000))];
    let mut bill = billed("u", "AWS", Some(0), "3.2", None);
    bill.hours = Quantity(amount("1"));
    let report = report(&usage, &[bill], &[], &prices, &[By::Model]);
    let per_million = report.groups[0].allocation.unwrap().per_million;
    let three = |value: Option<Amount>| value.unwrap().to_fixed(3);
    assert_eq!(
        (three(per_million.blended), three(per_million.input), three(per_million.output)),
        ("0.213".into(), "0.143".into(), "0.533".into())
    );
    assert_eq!(per_million.cached, Some(Amount::ZERO));
    // 1200 of the 3600 seconds that the hour has.
    let hosted = &report.hosted[0];
    assert_eq!(hosted.utilization.unwrap().to_fixed(9), "0.333333333");
    let answer = hosted.build_or_buy.unwrap();
    assert_eq!((answer.cheaper_now, answer.break_even_utilization.to_fixed(3)), (Cheaper::Own, "0.071".into()));
    assert_eq!(report.groups[0].allocation.unwrap().per_gpu_hour.unwrap().to_string(), "3.2");
    assert!(report.proven);
}

fn timed(counts: TokenCounts, prefill: &str, decode: &str, timed_requests: u64) -> TokenCounts {
    let seconds = |text: &str| Some(Quantity(amount(text)));
    TokenCounts { prefill_seconds: seconds(prefill), decode_seconds: seconds(decode), timed_requests, ..counts }
}

const SELF_TIMED: &str =
    "[[hosted]]\nmodel = \"m\"\ncharges = { ServiceName = \"Inference\" }\nshare_by = \"prefill_and_decode\"\n";

/// The same example by the time that the usage states: no speed is needed, and of ten requests five with half of the time are as good.
#[test]
fn the_worked_example_holds_by_measured_time() {
    let prices = list(SELF_TIMED);
    for (prefill, decode, of) in [("600", "600", 10), ("300", "300", 5)] {
        let usage = [line(Some("u"), "own", "m", timed(tokens(10, 11_200_000, 800_000, 3_000_000), prefill, decode, of))];
        let report = report(&usage, &[billed("u", "AWS", Some(0), "3.2", None)], &[], &prices, &[By::Model]);
        let per_million = report.groups[0].allocation.unwrap().per_million;
        let three = |value: Option<Amount>| value.unwrap().to_fixed(3);
        assert_eq!(
            (three(per_million.blended), three(per_million.input), three(per_million.output)),
            ("0.213".into(), "0.143".into(), "0.533".into())
        );
        let times = report.hosted[0].times.unwrap();
        assert_eq!((times.prefill_seconds.to_string(), times.decode_seconds.to_string()), ("600".into(), "600".into()));
        assert_eq!((times.timed_requests, times.requests), (of, 10));
        assert!(report.proven);
    }
}

/// Two tenants with the same tokens: who keeps the endpoint busy for longer pays more; and where one of them does not state its time, the
/// tokens decide as before.
#[test]
fn who_takes_longer_pays_more() {
    let prices = list(SELF_TIMED);
    let same = tokens(2, 1_000, 0, 100);
    let share = |second: TokenCounts| {
        let mut other = line(Some("u"), "own", "m", second);
        other.principal = Some("b".to_owned());
        let usage = [line(Some("u"), "own", "m", timed(same, "1", "2", 2)), other];
        let report = report(&usage, &[billed("u", "AWS", Some(0), "12", None)], &[], &prices, &[By::Principal]);
        assert!(report.proven);
        let cost = |principal: Option<&str>| {
            let of = report.groups.iter().find(|group| group.principal.as_deref() == principal).unwrap();
            of.allocation.unwrap().cost.to_string()
        };
        (cost(None), cost(Some("b")), report.hosted[0].times.is_some())
    };
    assert_eq!(share(timed(same, "3", "6", 2)), ("3".into(), "9".into(), true));
    assert_eq!(share(same), ("6".into(), "6".into(), false));
    // Failed before anything was read: nothing to share by, and nothing that the others lack.
    assert_eq!(share(tokens(1, 0, 0, 0)), ("12".into(), "0".into(), true));
}

/// A quarter used, at 4 a million against 2 outside: cheaper outside, and at home from half use on.
#[test]
fn utilisation_and_break_even_are_those_of_the_worked_example() {
    let prices = list(
        "[[hosted]]\nmodel = \"m\"\ncharges = { ServiceName = \"Inference\" }\nweights = { input = 1, output = 1, cached = 1 }\n\
         tokens_per_hour = 4000000\ncompare_with = \"api\"\n[[price]]\nmodel = \"api\"\ninput = 2\noutput = 2\n",
    );
    let usage = [line(Some("u"), "own", "m", tokens(1, 600_000, 0, 400_000))];
    let mut bill = billed("u", "AWS", Some(0), "4", None);
    bill.hours = Quantity(amount("1"));
    let report = report(&usage, &[bill], &[], &prices, &[By::Model]);
    let hosted = &report.hosted[0];
    assert_eq!(hosted.utilization.unwrap().to_string(), "0.25");
    let answer = hosted.build_or_buy.unwrap();
    assert_eq!((answer.utilization.to_string(), answer.break_even_utilization.to_string()), ("0.25".into(), "0.5".into()));
    assert_eq!(answer.cheaper_now, Cheaper::External);
    // Used capacity cost 1 of the 4, and the rest ran idle.
    assert_eq!(report.total.usage.unwrap().cost.to_string(), "1");
    assert_eq!(parts(&report.difference), [(DifferenceCause::IdleCapacity, "3".to_owned())]);
}

#[test]
fn a_vendors_bill_at_list_prices_leaves_no_difference() {
    let prices = list(VENDOR);
    let usage = [line(Some("u"), "openai", "gpt-4.1-2025-04-14", tokens(2, 1_000_000, 400_000, 100_000))];
    let report = report(&usage, &[billed("u", "OpenAI", None, "3", Some("3"))], &[], &prices, &[By::Model, By::Version]);
    let group = &report.groups[0];
    assert_eq!((group.model.as_deref(), group.version.as_deref()), (Some("gpt-4.1"), Some("2025-04-14")));
    let (allocation, usage) = (group.allocation.unwrap(), group.usage.unwrap());
    assert_eq!(allocation, usage);
    assert_eq!((allocation.cost.to_string(), allocation.per_request.unwrap().to_string()), ("3".into(), "1.5".into()));
    let shown = |value: Option<Amount>| value.unwrap().to_string();
    assert_eq!(shown(allocation.per_million.input), "2");
    assert_eq!(shown(allocation.per_million.cached), "0.5");
    assert_eq!(shown(allocation.per_million.output), "8");
    assert_eq!(shown(allocation.per_million.blended), "2");
    assert!(report.difference.parts.is_empty() && report.proven);
    assert!(report.notes.is_empty(), "{:?}", report.notes);
}

#[test]
fn each_cause_of_a_difference_is_named() {
    let prices = list(VENDOR);
    let known = tokens(1, 1_000_000, 0, 0);
    let usage = [
        line(Some("u"), "openai", "gpt-4.1", known),
        line(Some("v"), "openai", "gpt-4.1", known),
        line(Some("w"), "openai", "gpt-4.1", known),
        line(Some("x"), "openai", "unlisted", known),
        line(Some("y"), "openai", "gpt-4.1", known),
        line(None, "openai", "gpt-4.1", known),
    ];
    let bill = [
        billed("u", "OpenAI", None, "1.7", Some("2")),
        billed("v", "OpenAI", None, "2.5", Some("2.5")),
        billed("w", "OpenAI", None, "2.004", None),
        billed("x", "OpenAI", None, "9", None),
    ];
    let report = report(&usage, &bill, &[], &prices, &[By::Unit]);
    use DifferenceCause::*;
    assert_eq!(
        parts(&report.difference),
        [(Discounts, "-0.3".into()), (NoPrice, "9".into()), (NotBilled, "-4".into()), (PriceDifference, "0.504".into())]
    );
    assert_eq!(report.difference.difference.to_string(), "5.204");
    assert!(report.proven);
    assert_eq!(report.notes.len(), 3, "{:?}", report.notes);
}

#[test]
fn what_the_bills_cents_round_away_is_rounding() {
    let prices = list(VENDOR);
    let usage = [line(Some("u"), "openai", "gpt-4.1", tokens(1, 1_002_000, 0, 0))];
    let mut bill = billed("u", "OpenAI", None, "2.01", Some("2.01"));
    bill.charges = 2;
    let report = report(&usage, &[bill], &[], &prices, &[]);
    assert_eq!(parts(&report.difference), [(DifferenceCause::Rounding, "0.006".to_owned())]);
}

#[test]
fn cost_without_usage_is_named_and_ties_out() {
    let mut prices = list(VENDOR);
    prices.inference_pools = vec!["shared-account".to_owned()];
    let usage = [line(Some("u"), "openai", "gpt-4.1", tokens(1, 1_000_000, 0, 0))];
    let mut storage = billed("u", "AWS", None, "5", None);
    (storage.is_inference, storage.category) = (false, "Storage".to_owned());
    let share = |pool: &str, cost: &str| PoolShare { unit: "u".parse().unwrap(), pool: pool.to_owned(), cost: amount(cost) };
    let shares = [share("platform", "7"), share("shared-account", "2")];
    let report = report(&usage, &[storage, billed("u", "Anthropic", None, "3", None)], &shares, &prices, &[]);
    assert_eq!(report.total.allocation.unwrap().cost.to_string(), "2");
    let named: Vec<_> = report.tie_out.without_usage.iter().map(|line| (line.name.as_str(), line.amount.to_string())).collect();
    assert_eq!(
        named,
        [("AI of anthropic: no usage", "3".into()), ("Storage", "5".into()), ("share of pool platform", "7".into())]
    );
    assert_eq!((report.tie_out.statement_total.to_string(), report.tie_out.difference), ("17".into(), Amount::ZERO));
}

#[test]
fn reserved_capacity_is_used_first_and_the_rest_is_bought() {
    let prices = list(
        "[[price]]\nmodel = \"m\"\ninput = 10\noutput = 40\n[[reserved]]\nid = \"ptu\"\nmodel = \"m\"\nunits = 2\n\
         price_per_unit_hour = 1\ntokens_per_minute_per_unit = 1000\noutput_weight = 4\nfrom = 2026-05-02\nuntil = 2026-05-03\n",
    );
    // A day of two units: 2 × 1000 × 1440 = 2,880,000 weighted tokens for 48. Used 2,000,000 + 4 × 250,000 = 3,000,000.
    let usage = [line(Some("u"), "azure", "m", tokens(1, 2_000_000, 0, 250_000))];
    let report = report(&usage, &[billed("u", "Microsoft", None, "50", None)], &[], &prices, &[]);
    let reserved = &report.reserved[0];
    assert_eq!(
        (reserved.cost.to_string(), reserved.used.to_string(), reserved.unused.to_string()),
        ("48".into(), "48".into(), "0".into())
    );
    // 4 % of the tokens are beyond the capacity: 0.04 × (20 + 10) = 1.2.
    assert_eq!(report.total.usage.unwrap().cost.to_string(), "49.2");

    let half = [line(Some("u"), "azure", "m", tokens(1, 720_000, 0, 180_000))];
    let report = self::report(&half, &[billed("u", "Microsoft", None, "48", None)], &[], &prices, &[]);
    assert_eq!(report.reserved[0].utilization.to_string(), "0.5");
    assert_eq!(parts(&report.difference), [(DifferenceCause::UnusedReserved, "24".to_owned())]);
}

#[test]
fn requests_and_seconds_share_where_the_list_says_so() {
    let hosted = |by: &str| {
        list(&format!("[[hosted]]\nworkload = \"a\"\nmodel = \"a\"\ncharges = {{ ServiceName = \"x\" }}\nshare_by = \"{by}\"\n"))
    };
    let with = |requests: u64, seconds: Option<i64>, principal: &str| {
        let mut line = line(Some("u"), "own", "a", tokens(requests, 5, 0, 5));
        line.counts.compute_seconds = seconds.map(Quantity::from_int);
        line.principal = Some(principal.to_owned());
        line
    };
    let usage = [with(1, Some(3_600), "p"), with(3, Some(3_600), "q")];
    let cost = |by: &str| {
        let report = report(&usage, &[billed("u", "AWS", Some(0), "8", None)], &[], &hosted(by), &[By::Principal]);
        assert!(report.proven);
        report.groups.iter().map(|group| (group.principal.clone().unwrap(), group.allocation.unwrap())).collect::<Vec<_>>()
    };
    let by_requests = cost("requests");
    assert_eq!((by_requests[0].0.as_str(), by_requests[0].1.cost.to_string()), ("q", "6".to_owned()));
    assert_eq!(by_requests[0].1.per_million.input, None);
    assert!(by_requests[0].1.per_million.blended.is_some());
    let by_seconds = cost("compute_seconds");
    assert_eq!(by_seconds[0].1.cost.to_string(), "4");
    assert_eq!(by_seconds[0].1.per_gpu_hour.unwrap().to_string(), "4");
}

fn any_counts() -> impl Strategy<Value = TokenCounts> {
    let seconds = || prop::option::of(0..10_i64.pow(6)).prop_map(|seconds| seconds.map(Quantity::from_int));
    let tokens = (0..10_u64.pow(10), 0..10_u64.pow(9), 0..10_u64.pow(9), 0..10_u64.pow(9));
    let times = (seconds(), prop::option::of((0..10_i64.pow(6), 0..10_i64.pow(6), 1..60_u64)));
    (0..50_u64, tokens, times).prop_map(|(requests, (input, cached, cache_write, output), (compute_seconds, served))| {
        TokenCounts {
            requests,
            input,
            cached,
            cache_write,
            output,
            compute_seconds,
            prefill_seconds: served.map(|served| Quantity::from_int(served.0)),
            decode_seconds: served.map(|served| Quantity::from_int(served.1)),
            timed_requests: served.map_or(0, |served| served.2),
        }
    })
}

fn any_line() -> impl Strategy<Value = UsageLine> {
    let units = prop::sample::select(vec![Some("a"), Some("b"), None]);
    let providers = prop::sample::select(vec!["openai", "aws.sagemaker", "anthropic"]);
    let models = prop::sample::select(vec!["gpt-4.1", "own", "reserved", "unlisted"]);
    (units, providers, models, any_counts()).prop_map(|(unit, provider, model, counts)| line(unit, provider, model, counts))
}

fn any_billed() -> impl Strategy<Value = BilledCost> {
    let units = prop::sample::select(vec!["a", "b"]);
    let providers = prop::sample::select(vec!["OpenAI", "Amazon Web Services"]);
    let amounts = (-(10_i128.pow(24))..10_i128.pow(24), prop::option::of(-(10_i128.pow(24))..10_i128.pow(24)));
    (units, providers, prop::option::of(Just(0_usize)), amounts, any::<(bool, bool)>(), 0..1_000_i64).prop_map(
        |(unit, provider, hosted, (cost, list), (is_inference, is_unused), hours)| BilledCost {
            cost: Amount::from_atto(cost).unwrap(),
            list: list.and_then(Amount::from_atto),
            hours: Quantity::from_int(hours),
            is_inference,
            is_unused_commitment: is_unused,
            ..billed(unit, provider, hosted, "0", None)
        },
    )
}

proptest! {
    /// Whatever is billed and used: costs of groups sum to what was allocated, that and what has no usage to the statements, the parts
    /// of each difference to the difference, and those of the models to the total.
    #[test]
    fn every_sum_holds(
        usage in prop::collection::vec(any_line(), 0..20),
        bill in prop::collection::vec(any_billed(), 0..20),
        shares in prop::collection::vec(-(10_i128.pow(22))..10_i128.pow(22), 0..3),
        by in prop::sample::subsequence(By::ALL.to_vec(), 0..4),
    ) {
        let mut prices = list(&format!(
            "{VENDOR}[[price]]\nmodel = \"reserved\"\ninput = 1\n[[reserved]]\nid = \"r\"\nmodel = \"reserved\"\nunits = 3\n\
             price_per_unit_hour = \"0.7\"\ntokens_per_minute_per_unit = 11\nfrom = 2026-05-01\n\
             [[hosted]]\nmodel = \"own\"\ncharges = {{ ServiceName = \"x\" }}\ntokens_per_hour = 1000000\n"
        ));
        prices.inference_pools = vec!["pool-0".to_owned()];
        let shares: Vec<PoolShare> = shares.iter().enumerate().map(|(at, cost)| PoolShare {
            unit: "a".parse().unwrap(),
            pool: format!("pool-{at}"),
            cost: Amount::from_atto(*cost).unwrap(),
        }).collect();
        let report = report(&usage, &bill, &shares, &prices, &by);
        prop_assert_eq!(report.tie_out.difference, Amount::ZERO);
        prop_assert!(report.proven);
        prop_assert_eq!(report.tie_out.allocated + report.tie_out.unallocated().unwrap(), report.tie_out.statement_total);
        let of = |get: fn(&TokenGroup) -> Option<BasisCost>| -> Amount { report.groups.iter().filter_map(get).map(|basis| basis.cost).sum() };
        prop_assert_eq!(of(|group| group.allocation), report.tie_out.allocated);
        prop_assert_eq!(of(|group| group.allocation), report.difference.allocation);
        prop_assert_eq!(of(|group| group.usage), report.difference.usage);
        for reconciliation in report.models.iter().chain([&report.difference]) {
            prop_assert_eq!(reconciliation.allocation - reconciliation.usage, reconciliation.difference);
            prop_assert_eq!(reconciliation.parts.iter().map(|part| part.amount).sum::<Amount>(), reconciliation.difference);
        }
        prop_assert_eq!(report.models.iter().map(|model| model.difference).sum::<Amount>(), report.difference.difference);
        for group in report.groups.iter().chain([&report.total]) {
            for basis in group.allocation.iter().chain(&group.usage) {
                prop_assert_eq!(basis.parts.total().unwrap(), basis.cost);
            }
        }
    }
}
