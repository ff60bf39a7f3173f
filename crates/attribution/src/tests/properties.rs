//! Conservation and order independence for any rules and any charges.

use farthing_types::{Amount, Cost, Currency, FourCosts, Quantity};
use proptest::prelude::*;

use crate::tests::{costs, date, may, rules};
use crate::{
    Attribution, CHARGE_HOUR, ChargeGroup, Charges, Drivers, Figure, FigureOn, KeyTable, Reason, RuleSet, Span, attribute,
    explain, trace,
};

const UNITS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn any_rules() -> impl Strategy<Value = RuleSet> {
    let condition = prop_oneof![
        "[xy]{1,2}".prop_map(|text| format!("{text:?}")),
        "[xy]".prop_map(|text| format!("{{ prefix = {text:?} }}")),
        "[xy]{1,2}".prop_map(|text| format!("{{ not = {text:?} }}")),
        any::<bool>().prop_map(|present| format!("{{ present = {present} }}")),
    ];
    let field = prop::sample::select(vec!["SubAccountId", "ServiceName", "tag:team"]);
    let when = prop::collection::btree_map(field, condition, 0..3);
    let target = prop_oneof![
        prop::sample::select(UNITS.to_vec()).prop_map(|unit| format!("unit = {unit:?}")),
        Just("unit_from_tag = \"unit\"".to_owned()),
        Just("unit_from_tag = \"team\"\nmap = { x = \"a\", yy = \"e\" }".to_owned()),
    ];
    let rule = (target, when, prop::option::of(1..30_u32));
    let driver = prop::sample::select(vec!["\"even\"", "\"direct_cost\"", "\"tokens\"", "{ tokens = 2, requests = 0.5 }"]);
    let fallback = prop::sample::select(vec!["even", "direct_cost", "keep"]);
    let parts =
        prop::sample::select(vec!["", "within = [\"ServiceName\", \"tag:team\"]\n", "per = \"day\"\n", "per = \"hour\"\n"]);
    let pool = (0..UNITS.len(), 1..4_u32, driver, fallback, prop::collection::btree_set(0..UNITS.len(), 0..4), parts);
    (prop::collection::vec(rule, 0..8), prop::collection::vec(pool, 0..4)).prop_map(|(rule_list, pools)| {
        let mut text = String::new();
        for unit in UNITS {
            let dates = if unit == "f" { "from = 2026-05-10\nuntil = 2026-05-20\n" } else { "" };
            text += &format!("[[units]]\nid = {unit:?}\n{dates}");
        }
        for (at, (target, when, from)) in rule_list.into_iter().enumerate() {
            text += &format!("[[rules]]\nid = \"r{at}\"\n{target}\n");
            text += &from.map_or(String::new(), |day| format!("from = 2026-05-{day:02}\n"));
            let when: Vec<String> = when.iter().map(|(field, condition)| format!("{field:?} = {condition}")).collect();
            text += &format!("when = {{ {} }}\n", when.join(", "));
        }
        let mut taken = std::collections::BTreeSet::new();
        for (at, (unit, stage, driver, fallback, recipients, parts)) in pools.into_iter().enumerate() {
            if !taken.insert((unit, stage)) {
                continue;
            }
            text += &format!("[[pools]]\nid = \"p{at}\"\nunit = {:?}\nstage = {stage}\nfallback = {fallback:?}\n", UNITS[unit]);
            if !parts.is_empty() {
                // Told apart, it cannot be solved together with others: it names no recipient, so that it is on no cycle.
                let driver = if parts.starts_with("per") && driver != "\"even\"" { driver } else { "\"direct_cost\"" };
                text += &format!("driver = {driver}\n{parts}");
                continue;
            }
            // Pools that happen to stand on a cycle are solved together.
            let recipients: Vec<String> =
                recipients.into_iter().filter(|&r| r != unit).map(|r| format!("{:?}", UNITS[r])).collect();
            let recipients =
                if recipients.is_empty() { String::new() } else { format!("recipients = [{}]\n", recipients.join(", ")) };
            text += &format!("reciprocal = true\ndriver = {driver}\n{recipients}");
        }
        rules(&text)
    })
}

#[derive(Clone, Debug)]
struct AnyBill {
    keys: Vec<[Option<String>; 8]>,
    groups: Vec<ChargeGroup>,
    drivers: Drivers,
}

const FIELDS: [&str; 8] =
    ["SubAccountId", "ServiceName", "tag:team", "tag:unit", "ChargeCategory", "ChargeClass", "Tags", CHARGE_HOUR];

fn any_bill() -> impl Strategy<Value = AnyBill> {
    let text = || prop::option::of("[xy]{1,2}");
    let key = (
        text(),
        text(),
        text(),
        prop::option::of("[a-g]"),
        prop::option::of(prop::sample::select(vec!["Usage", "Tax", "Credit"])),
        prop::option::of("2026-05-0[1-3](T0[0-2])?"),
    );
    let key = key.prop_map(|(account, service, team, unit, category, hour)| {
        let tags = team.as_ref().map(|_| "{\"team\":1}".to_owned());
        [account, service, team, unit, category.map(str::to_owned), None, tags, hour]
    });
    let costs = (any_amount(), any_amount(), any_amount(), any_amount())
        .prop_map(|(billed, effective, contracted, list)| FourCosts { billed, effective, contracted, list });
    let group = (0..6_u32, 0..2_u32, any::<bool>(), 0..60_u64, costs, 0..5_u64);
    let group = group.prop_map(|(key, source, euro, day, costs, charges)| ChargeGroup {
        key,
        source,
        currency: if euro { Currency::EUR } else { Currency::USD },
        day: date("2026-04-15") + chrono::Days::new(day),
        costs,
        charges,
    });
    let used = prop::collection::vec((prop::bool::ANY, 0..UNITS.len(), 0..1000_i64, 0..72_i64, 0..3_u8), 0..8);
    (prop::collection::vec(key, 6), prop::collection::vec(group, 0..40), used).prop_map(|(keys, groups, used)| {
        let mut drivers = Drivers::new();
        for (tokens, unit, count, hour, fine) in used {
            let measure = if tokens { "tokens" } else { "requests" };
            let at = may().from + chrono::Duration::hours(hour);
            let span = [Span::Whole, Span::Day(at.date_naive()), Span::Hour(at)][usize::from(fine)];
            drivers.add_in(measure, UNITS[unit].parse().unwrap(), Quantity::from_int(count), span).unwrap();
        }
        AnyBill { keys, groups, drivers }
    })
}

fn any_amount() -> impl Strategy<Value = Amount> {
    prop_oneof![
        (-1000_i64..1000).prop_map(Amount::from_int),
        (-(10_i128.pow(34))..10_i128.pow(34)).prop_map(|count| Amount::from_atto(count).unwrap()),
    ]
}

impl AnyBill {
    fn keys(&self) -> KeyTable {
        let mut table = KeyTable::new(FIELDS);
        for key in &self.keys {
            table.push(key.iter().map(|value| value.as_deref()));
        }
        table
    }

    /// Pools that give only to each other are the one refusal that such input can meet.
    fn attribute(&self, rules: &RuleSet) -> Option<Attribution> {
        let (keys, sources) = (self.keys(), crate::tests::sources());
        let charges = Charges { keys: &keys, sources: &sources, groups: &self.groups, window: may() };
        match attribute(rules, &charges, &self.drivers) {
            Ok(answer) => Some(answer),
            Err(crate::AttributionError::Singular { .. }) => None,
            Err(error) => panic!("{error}"),
        }
    }
}

proptest! {
    /// Lines of the example, some left out, moved, repeated or cut: whatever comes is a rule set or a list of placed problems.
    #[test]
    fn no_text_makes_the_reader_stop(picks in prop::collection::vec((any::<prop::sample::Index>(), 0..400_usize), 0..70), keep in any::<bool>()) {
        let lines: Vec<&str> = super::file::EXAMPLE.lines().collect();
        let mut text: Vec<String> = if keep { lines.iter().map(|line| (*line).to_owned()).collect() } else { vec!["version = 1".into()] };
        for (index, cut) in picks {
            let line = *index.get(&lines);
            let end = line.char_indices().map(|(at, _)| at).nth(cut).unwrap_or(line.len());
            let at = cut % (text.len() + 1);
            text.insert(at, line[..end].to_owned());
        }
        let text = text.join("\n");
        match RuleSet::parse(&text) {
            Ok(rules) => prop_assert!(rules.fields_read().len() >= 3),
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                let lines = text.lines().count().max(1);
                prop_assert!(errors.iter().all(|error| (1..=lines + 1).contains(&error.site.line)), "{errors:?}");
                prop_assert!(errors.is_sorted_by_key(|error| error.site));
            }
        }
    }

    #[test]
    fn attributed_and_unattributed_are_billed(rules in any_rules(), bill in any_bill()) {
        let Some(answer) = bill.attribute(&rules) else { return Ok(()) };
        prop_assert!(answer.is_proven(), "{:?}", answer.proof);
        for cost in Cost::ALL {
            for currency in [Currency::USD, Currency::EUR] {
                let billed: Amount = bill.groups.iter().filter(|g| g.currency == currency).map(|g| g.costs[cost]).sum();
                let direct: Amount = answer.direct.iter().filter(|l| l.currency == currency).map(|l| l.costs[cost]).sum();
                let pools: Amount = answer.pools.iter().filter(|l| l.currency == currency).map(|l| l.costs[cost]).sum();
                let rest: Amount = answer.unattributed.iter().filter(|l| l.currency == currency).map(|l| l.costs[cost]).sum();
                prop_assert_eq!(billed, direct + pools + rest);
                prop_assert_eq!(pools, Amount::ZERO);
            }
        }
        let charges: u64 = bill.groups.iter().map(|g| g.charges).sum();
        let counted = answer.direct.iter().map(|l| l.charges).chain(answer.unattributed.iter().map(|l| l.charges)).sum::<u64>();
        prop_assert_eq!(charges, counted);
        let covered: u64 = answer.coverage.iter().map(|c| c.charges).sum();
        prop_assert_eq!(covered, answer.direct.iter().map(|l| l.charges).sum::<u64>());
    }

    #[test]
    fn the_lines_of_a_pool_net_to_zero(rules in any_rules(), bill in any_bill()) {
        let Some(answer) = bill.attribute(&rules) else { return Ok(()) };
        let mut nets = std::collections::BTreeMap::new();
        for line in &answer.pools {
            let net = nets.entry((&line.pool, &line.source, line.currency, &line.part)).or_insert(FourCosts::ZERO);
            *net += line.costs;
        }
        for (pool, net) in nets {
            prop_assert_eq!(net, FourCosts::ZERO, "{:?}", pool);
        }
    }

    /// Charges that go where their destinations say stand in the end where the pools' lines put them.
    #[test]
    fn destinations_of_charges_are_what_pools_did(rules in any_rules(), bill in any_bill()) {
        let Some(answer) = bill.attribute(&rules) else { return Ok(()) };
        let (keys, sources) = (bill.keys(), crate::tests::sources());
        let destinations = crate::Destinations::new(&rules, &answer);
        let mut assigner = crate::Assigner::new(&rules, &keys).unwrap();
        let mut found: std::collections::BTreeMap<(String, Currency), Amount> = Default::default();
        for group in &bill.groups {
            let crate::Assignment::Unit { unit, .. } = assigner.assign(group.key, group.day).unwrap() else { continue };
            let part = destinations.part(unit, &keys, group.key).unwrap();
            let to = destinations.of(unit, &sources[group.source as usize], group.currency, part.as_deref()).unwrap();
            let to = to.map_or(vec![(unit.clone(), Amount::ONE)], |(_, to)| to.into_iter().map(|to| (to.unit, to.weight)).collect());
            let weights: Vec<Amount> = to.iter().map(|(_, weight)| *weight).collect();
            let parts = farthing_types::apportion(group.costs.list, &weights).unwrap();
            for ((unit, _), part) in to.iter().zip(parts) {
                *found.entry((unit.to_string(), group.currency)).or_default() += part;
            }
        }
        let mut posted: std::collections::BTreeMap<(String, Currency), Amount> = Default::default();
        let direct = answer.direct.iter().map(|l| (&l.unit, l.currency, l.costs.list));
        for (unit, currency, amount) in direct.chain(answer.pools.iter().map(|l| (&l.unit, l.currency, l.costs.list))) {
            *posted.entry((unit.to_string(), currency)).or_default() += amount;
        }
        for key in found.keys().chain(posted.keys()) {
            let amount = |sums: &std::collections::BTreeMap<_, Amount>| sums.get(key).copied().unwrap_or_default();
            // Each charge and each line is rounded at 1e-18 by itself, and amounts have 16 digits before the point at most.
            let allowed = Amount::from_atto(100_000).unwrap();
            prop_assert!((amount(&found) - amount(&posted)).abs() <= allowed, "{key:?}: {found:?} {posted:?}");
        }
    }

    #[test]
    fn order_and_cutting_do_not_matter(rules in any_rules(), bill in any_bill(), turn in 0..40_usize) {
        let answer = bill.attribute(&rules);
        let mut other = bill.clone();
        let half = other.groups.len().checked_sub(1).map_or(0, |last| turn.min(last));
        other.groups.rotate_left(half);
        other.groups.reverse();
        // Cut one group in two.
        if let Some(first) = other.groups.first().copied() {
            other.groups[0].costs = first.costs - costs("1.5");
            other.groups.push(ChargeGroup { costs: costs("1.5"), charges: 0, ..first });
        }
        prop_assert_eq!(&answer, &other.attribute(&rules));
        prop_assert_eq!(answer, bill.attribute(&rules));
    }

    /// What is posted of two deliveries one after the other is what is posted of both at once: only pools need the whole.
    #[test]
    fn two_runs_add_up_to_one(rules in any_rules(), bill in any_bill(), cut in 0..40_usize) {
        let mut posted = std::collections::BTreeMap::new();
        let mut whole = std::collections::BTreeMap::new();
        let (first, second) = bill.groups.split_at(cut.min(bill.groups.len()));
        for (groups, is_part) in [(first, true), (second, true), (&bill.groups[..], false)] {
            let part = AnyBill { groups: groups.to_vec(), ..bill.clone() };
            let Some(answer) = part.attribute(&rules) else { return Ok(()) };
            let direct = answer.direct.iter().map(|l| (l.unit.to_string(), l.rule.to_string(), &l.source, l.currency, l.costs, l.charges));
            let rest = answer.unattributed.iter();
            let rest = rest.map(|l| (l.reason.to_string(), String::new(), &l.source, l.currency, l.costs, l.charges));
            for (on, rule, source, currency, costs, charges) in direct.chain(rest) {
                let sums = if is_part { &mut posted } else { &mut whole };
                let sum = sums.entry((on, rule, source.clone(), currency)).or_insert((FourCosts::ZERO, 0));
                *sum = (sum.0 + costs, sum.1 + charges);
            }
        }
        prop_assert_eq!(posted, whole);
    }

    /// What passes through each pool, `T`, meets `T_i = D_i + Σ_k s_ki·T_k`, and each recipient has its share of it.
    #[test]
    fn reciprocal_pools_are_the_solution_of_their_system(
        weights in prop::collection::vec(prop::collection::vec(0..50_i64, 5), 2..5),
        own in prop::collection::vec(any_amount(), 5),
    ) {
        let pools = weights.len();
        let mut text = String::new();
        UNITS.iter().for_each(|unit| text += &format!("[[units]]\nid = {unit:?}\n"));
        text += "[[rules]]\nid = \"r\"\nunit_from_tag = \"unit\"\n";
        for (at, row) in weights.iter().enumerate() {
            let others = (0..pools).filter(|&j| j != at).map(|j| format!("{} = {}", UNITS[j], row[j]));
            // Something always goes to a unit that is no pool's.
            let others: Vec<String> = others.chain([format!("{} = {}", UNITS[5], row[4] + 1)]).collect();
            text += &format!("[[pools]]\nid = \"p{at}\"\nunit = {:?}\nreciprocal = true\ndriver = \"fixed\"\n", UNITS[at]);
            text += &format!("weights = {{ {} }}\n", others.join(", "));
        }
        let rules = rules(&text);
        let bill = (0..pools).fold(crate::tests::Bill::new(&rules), |bill, at| {
            let mut bill = bill.charge("0", &[("tag:unit", UNITS[at])]);
            bill.groups[at].costs.billed = own[at];
            bill
        });
        let answer = bill.attribute(&rules);
        let atto = |amount: Amount| num_rational::BigRational::from_integer(amount.atto().into());
        // Zero balances all over leave no lines.
        let given = |at: usize| answer.pools.iter().find(|l| l.gives() && l.unit.as_str() == UNITS[at]).map_or(Amount::ZERO, |l| -l.costs.billed);
        let share = |from: usize, to: usize| -> num_rational::BigRational {
            let total = (0..pools).filter(|&j| j != from).map(|j| weights[from][j]).sum::<i64>() + weights[from][4] + 1;
            num_rational::BigRational::new(weights[from][to].into(), total.into())
        };
        // Every flow is rounded at 1e-18, and what rounding leaves with a pool may be passed on.
        let allowed = num_rational::BigRational::from_integer((4 * pools as i64).into());
        for (at, own) in own.iter().enumerate().take(pools) {
            let received: num_rational::BigRational =
                (0..pools).filter(|&k| k != at).map(|k| share(k, at) * atto(given(k))).sum();
            let off = atto(given(at)) - atto(*own) - received;
            prop_assert!(num_traits::Signed::abs(&off) <= allowed, "pool {at}: {off}");
        }
        for line in answer.pools.iter().filter(|line| !line.gives()) {
            let from = line.pool.as_str()[1..].parse::<usize>().unwrap();
            let exact = atto(line.quantity.0) / atto(line.total_quantity.0) * atto(given(from));
            prop_assert!(num_traits::Signed::abs(&(atto(line.costs.billed) - exact)) <= allowed, "{line:?}");
        }
        prop_assert!(answer.is_proven());
    }

    #[test]
    fn each_unit_is_explained_to_its_last_unit(rules in any_rules(), bill in any_bill()) {
        let Some(answer) = bill.attribute(&rules) else { return Ok(()) };
        let (keys, sources) = (bill.keys(), crate::tests::sources());
        let charges = Charges { keys: &keys, sources: &sources, groups: &bill.groups, window: may() };
        for unit in UNITS {
            let figure = Figure { on: FigureOn::Unit(unit.parse().unwrap()), source: None, currency: Some(Currency::USD), rule: None };
            let why = explain(&rules, &charges, &answer, &figure).unwrap();
            let explained: FourCosts = why.evidence.iter().map(|e| e.costs).chain(why.shares.iter().map(|s| s.costs)).sum();
            let here = |id: &farthing_types::UnitId, currency| id.as_str() == unit && currency == Currency::USD;
            let direct = answer.direct.iter().filter(|l| here(&l.unit, l.currency)).map(|l| l.costs);
            let shared = answer.pools.iter().filter(|l| here(&l.unit, l.currency)).map(|l| l.costs);
            prop_assert_eq!(explained, direct.chain(shared).sum::<FourCosts>());
        }
    }

    #[test]
    fn what_is_traced_is_what_rules_sent(rules in any_rules(), bill in any_bill()) {
        let Some(answer) = bill.attribute(&rules) else { return Ok(()) };
        let (keys, sources) = (bill.keys(), crate::tests::sources());
        let charges = Charges { keys: &keys, sources: &sources, groups: &bill.groups, window: may() };
        let units = UNITS.map(|unit| FigureOn::Unit(unit.parse().unwrap()));
        let places = units.into_iter().chain(Reason::ALL.map(FigureOn::Reason)).collect();
        let mut traced = std::collections::BTreeMap::new();
        for line in trace(&rules, &charges, &places, &["ServiceName"]).unwrap() {
            let sum = traced.entry((line.on, line.source, line.currency)).or_insert((FourCosts::ZERO, 0));
            *sum = (sum.0 + line.costs, sum.1 + line.charges);
        }
        let mut posted = std::collections::BTreeMap::new();
        let direct = answer.direct.iter().map(|l| (FigureOn::Unit(l.unit.clone()), &l.source, l.currency, l.costs, l.charges));
        let rest = answer.unattributed.iter().map(|l| (FigureOn::Reason(l.reason), &l.source, l.currency, l.costs, l.charges));
        for (on, source, currency, costs, charges) in direct.chain(rest) {
            let sum = posted.entry((on, source.clone(), currency)).or_insert((FourCosts::ZERO, 0));
            *sum = (sum.0 + costs, sum.1 + charges);
        }
        prop_assert_eq!(traced, posted);
    }

    /// The compiled matcher against the rules read one after the other.
    #[test]
    fn dispatch_finds_what_reading_every_rule_finds(rules in any_rules(), bill in any_bill()) {
        let keys = bill.keys();
        let mut assigner = crate::Assigner::new(&rules, &keys).unwrap();
        for group in &bill.groups {
            let value = |field: &str| keys.value(group.key, keys.column(field).unwrap());
            let matching = rules.rules.iter().filter(|rule| {
                rule.effective.contains(group.day) && rule.conditions.iter().all(|c| c.holds(value(&c.field)))
            });
            let unit = matching.map(|rule| match &rule.target {
                crate::rules::RuleTarget::Unit(unit) => Some(unit.to_string()),
                crate::rules::RuleTarget::Field { field, map: Some(map) } => value(field).and_then(|v| map.get(v)).map(|u| u.to_string()),
                crate::rules::RuleTarget::Field { field, map: None } => value(field).filter(|v| rules.units().knows(v)).map(str::to_owned),
            });
            let unit = unit.flatten().next();
            let holds = unit.clone().filter(|unit| rules.units().on(&unit.parse().unwrap(), group.day).is_some());
            match assigner.assign(group.key, group.day).unwrap() {
                crate::Assignment::Unit { unit: found, .. } => prop_assert_eq!(Some(found.to_string()), holds),
                crate::Assignment::Unattributed { reason, .. } => {
                    prop_assert_eq!(holds, None);
                    prop_assert_eq!(reason == crate::Reason::OutsideTree, unit.is_some());
                }
            }
        }
    }
}
