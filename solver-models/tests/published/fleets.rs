//! Published choices of accelerators: Mélange's mixes and inferno's servers, as programs.

use std::collections::BTreeMap;

use farthing_solver_models::program::{Column, Program};
use serde_json::Value;

use super::{mps, near, optimum, read, shared};

/// Mélange's program: each slice of each bucket of requests to one type, whole instances, least cost.
fn melange(instance: &Value, rate: f64, slices: usize, costs: &BTreeMap<&str, f64>) -> (Program, BTreeMap<String, Column>) {
    let mut program = Program::new("melange");
    let types = instance["gpu_info"].as_object().unwrap();
    let mut instances = BTreeMap::new();
    let mut loads: BTreeMap<&str, Vec<(Column, f64)>> = BTreeMap::new();
    for (name, of) in types {
        let cost = costs.get(name.as_str()).copied().unwrap_or_else(|| of["cost"].as_f64().unwrap());
        let column = program.integer(name, cost, 0.0, f64::INFINITY);
        loads.insert(name, vec![(column, -1.0)]);
        instances.insert(name.clone(), column);
    }
    for (i, row) in instance["workload_distribution"].as_array().unwrap().iter().enumerate() {
        for (j, share) in row.as_array().unwrap().iter().enumerate() {
            let demand = rate * share.as_f64().unwrap() / slices as f64;
            if demand == 0.0 {
                continue;
            }
            for slice in 0..slices {
                let mut ways = Vec::new();
                for (name, of) in types {
                    let throughput = of["tputs"][i][j].as_f64().unwrap();
                    if throughput > 0.0 {
                        let here = program.binary(format!("{i} {j} {slice} {name}"), 0.0);
                        loads.get_mut(name.as_str()).unwrap().push((here, demand / throughput));
                        ways.push((here, 1.0));
                    }
                }
                program.equal(format!("serve {i} {j} {slice}"), ways, 1.0);
            }
        }
    }
    for (name, load) in loads {
        program.at_most(format!("load {name}"), load, 0.0);
    }
    (program, instances)
}

#[test]
fn melange_example_is_three_a10g_and_one_a100() {
    let Some(folder) = shared().map(|s| s.join("melange")) else { return };
    let instance: Value = serde_json::from_str(&read(folder.join("example.json"))).unwrap();
    let (program, instances) = melange(&instance, instance["total_request_rate"].as_f64().unwrap(), 1, &BTreeMap::new());
    let solved = optimum(&program);
    assert!(near(solved.objective, 6.70, 1e-9), "{}", solved.objective);
    assert_eq!((solved.whole(instances["A10G"]), solved.whole(instances["A100-80GB"])), (3, 1));
}

#[test]
fn melange_grids_have_their_expected_mixes() {
    let Some(folder) = shared().map(|s| s.join("melange")) else { return };
    let instance = |trace: &str| -> Value {
        serde_json::from_str(&read(folder.join(format!("azure_{trace}_llama2-7b_a100_a40_instance.json")))).unwrap()
    };
    let instances: BTreeMap<&str, Value> = ["code", "conv"].into_iter().map(|trace| (trace, instance(trace))).collect();
    let mut rows = 0;
    for file in ["azure_llama2-7b_expected.json", "azure_llama2-7b_expected_mixed.json"] {
        let expected: Value = serde_json::from_str(&read(folder.join(file))).unwrap();
        for row in expected.as_array().unwrap() {
            let costs = ["a100", "a40"].into_iter().filter_map(|t| Some((t, row[format!("{t}_cost")].as_f64()?))).collect();
            let (rate, slices) = (row["rate"].as_f64().unwrap(), row["slice_factor"].as_u64().unwrap() as usize);
            let (program, types) = melange(&instances[row["trace"].as_str().unwrap()], rate, slices, &costs);
            let solved = optimum(&program);
            assert!(near(solved.objective, row["cost"].as_f64().unwrap(), 1e-9), "{row}: {}", solved.objective);
            // Several mixes may cost the same; that of the answer adds up to its cost.
            let sum: f64 = types.values().map(|c| program.columns()[c.index()].cost * f64::from(solved.whole(*c))).sum();
            assert!(near(sum, solved.objective, 1e-9), "{row}");
            rows += 1;
        }
    }
    assert_eq!(rows, 40);
}

/// inferno: every server on one accelerator, or on whole replicas of several, within the units there are.
fn inferno(data: &Value, limited: bool, mixed: bool) -> Program {
    let mut program = Program::new("inferno");
    let mut servers: BTreeMap<&str, Vec<(Column, f64)>> = BTreeMap::new();
    let mut arrivals: BTreeMap<&str, f64> = BTreeMap::new();
    let mut units: BTreeMap<&str, Vec<(Column, f64)>> = BTreeMap::new();
    for candidate in data["candidates"].as_array().unwrap() {
        let (number, text) = (|name: &str| candidate[name].as_f64().unwrap(), |name: &str| candidate[name].as_str().unwrap());
        let name = format!("{} {}", text("server"), text("accelerator"));
        let column = if mixed {
            let replicas = program.integer(name, number("cpr"), 0.0, f64::INFINITY);
            servers.entry(text("server")).or_default().push((replicas, number("rate")));
            arrivals.insert(text("server"), number("arr"));
            (replicas, number("upr"))
        } else {
            let here = program.binary(name, number("cost"));
            servers.entry(text("server")).or_default().push((here, 1.0));
            (here, number("units"))
        };
        units.entry(text("type")).or_default().push(column);
    }
    for (server, terms) in servers {
        if mixed {
            program.at_least(format!("serve {server}"), terms, arrivals[server]);
        } else {
            program.equal(format!("serve {server}"), terms, 1.0);
        }
    }
    if limited {
        for (kind, terms) in units {
            program.at_most(format!("units {kind}"), terms, data["capacity"][kind].as_f64().unwrap());
        }
    }
    program
}

#[test]
fn inferno_small_is_ten_per_cent_below_the_published_greedy() {
    let Some(folder) = shared().map(|s| s.join("inferno")) else { return };
    let data: Value = serde_json::from_str(&read(folder.join("small/derived_candidates_and_milp.json"))).unwrap();
    for (limited, mixed, expected) in
        [(true, false, 35_767.0), (true, true, 35_386.5), (false, false, 33_327.0), (false, true, 33_230.5)]
    {
        let solved = optimum(&inferno(&data, limited, mixed));
        assert!(near(solved.objective, expected, 1e-9), "{expected}: {}", solved.objective);
    }
    let greedy = data["published_greedy_total_cost"].as_f64().unwrap();
    assert!(35_767.0 < 0.9005 * greedy && 35_386.5 < 0.8905 * greedy);
}

#[test]
fn inferno_files_have_the_same_optima() {
    let Some(folder) = shared().map(|s| s.join("inferno/mps")) else { return };
    for (name, expected) in [("small_single_limited", 35_767.0), ("small_multi_limited", 35_386.5)] {
        let program = mps::read(name, &read(folder.join(format!("{name}.mps"))));
        let solved = optimum(&program);
        assert!(near(solved.objective, expected, 1e-9), "{name}: {}", solved.objective);
    }
}

#[test]
fn shared_fleets_are_bracketed_by_what_is_known_of_them() {
    use farthing_solver_models::fleet::{Instance, Limits, Method, Status, solve, verify};
    let Some(folder) = shared().map(|s| s.join("fleet")) else { return };
    let known: Value = serde_json::from_str(&read(folder.join("best_known.json"))).unwrap();
    for name in ["fleet_10x10_1", "fleet_50x20_1", "fleet_200x20_1", "fleet_1000x20_1"] {
        let instance = Instance::from_json(&read(folder.join(format!("{name}.json")))).unwrap();
        // One round of search for a gap of 2 %: enough to show that bound and plan are right.
        let limits = Limits { gap: 0.02, rounds: 1, time_limit: std::time::Duration::from_secs(1_800) };
        let outcome = solve(&instance, &limits, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
        let (objective, bound) = (farthing_solver_models::to_f64(outcome.objective.unwrap()), outcome.bound.unwrap());
        let of = |what: &str| known[name][what].as_f64().unwrap();
        assert_eq!((outcome.method, outcome.status), (Method::Decomposition, Status::GapLimit), "{name}: {:?}", outcome.gap);
        assert!(bound <= of("objective") * (1.0 + 1e-9), "{name}: the bound {bound} is above a plan that is known");
        assert!(objective >= of("bound") * (1.0 - 1e-9), "{name}: {objective} is below what is proven");
        assert_eq!(verify(&instance, outcome.plan.as_ref().unwrap()).unwrap().total, outcome.objective.unwrap(), "{name}");
    }
}
