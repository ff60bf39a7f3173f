//! Helix's layouts (maximise token flow): the published solutions are feasible and reproduce their objective.

use super::{limits, lp, near, read, shared};

#[test]
fn the_published_solutions_are_feasible_and_have_their_objective() {
    let Some(folder) = shared().map(|s| s.join("helix_lp")) else { return };
    let mut files = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "lp") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let (program, columns) = lp::read_maximisation(&name, &read(path.clone()));
        let text = read(path.with_extension("sol"));
        let published: f64 = text.lines().find_map(|l| l.strip_prefix("# Objective value = ")).unwrap().trim().parse().unwrap();
        let mut values = vec![0.0; program.columns().len()];
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            let (column, value) = line.split_once(' ').unwrap();
            if let Some(column) = columns.get(column) {
                values[column.index()] = value.trim().parse().unwrap();
            }
        }
        assert!(program.violation_at(&values) < 1e-6, "{name}: {}", program.violation_at(&values));
        assert!(near(-program.objective_at(&values), published, 1e-9), "{name}: {}", -program.objective_at(&values));
        files += 1;
    }
    assert!(files >= 4, "{files} files");
}

#[test]
fn the_a100_layout_is_the_proven_optimum() {
    let Some(folder) = shared().map(|s| s.join("helix_lp")) else { return };
    let (program, _) = lp::read_maximisation("a100", &read(folder.join("distributed_clusters_layout_llama30b_ilp_a100.lp")));
    let solved = program.solve(&limits()).unwrap().solved().unwrap();
    assert!(near(-solved.objective, 1_044.533_345_056_490_8, 1e-6), "{}", solved.objective);
}
