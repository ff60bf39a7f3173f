//! Another process judges our exports: HiGHS through Python's highspy reads the file and solves it.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::program::Program;

/// The Python with the packages that tests ask, where there is one.
#[allow(clippy::disallowed_methods)]
fn python() -> Option<std::ffi::OsString> {
    let python = std::env::var_os("FARTHING_TEST_PYTHON");
    if python.is_none() {
        println!("skipped: FARTHING_TEST_PYTHON is not set");
    }
    python
}

const SCRIPT: &str = "
import sys, highspy
for path in sys.argv[1:]:
    h = highspy.Highs()
    h.setOptionValue('output_flag', False)
    h.setOptionValue('mip_rel_gap', 0.0)
    assert h.readModel(path) == highspy.HighsStatus.kOk, path
    h.run()
    assert h.getModelStatus() == highspy.HighsModelStatus.kOptimal, h.getModelStatus()
    print(repr(h.getObjectiveValue()))
";

static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// Asserts that both exports of `program` have the optimum `objective` for somebody else.
pub fn agrees(program: &Program, objective: f64) {
    let Some(python) = python() else { return };
    #[allow(clippy::disallowed_methods)]
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("farthing-export-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let files = [("model.mps", program.to_mps()), ("model.lp", program.to_lp())].map(|(name, text)| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    });
    let output = Command::new(python).arg("-c").arg(SCRIPT).args(&files).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::remove_dir_all(&folder).unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let objectives: Vec<f64> = printed.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(objectives.len(), 2, "{printed}");
    for found in objectives {
        assert!((found - objective).abs() <= 1e-6 * objective.abs().max(1.0), "{}: {found} and not {objective}", program.name());
    }
}

/// The folder of real data, where there is one.
#[allow(clippy::disallowed_methods)]
pub fn shared() -> Option<std::path::PathBuf> {
    let folder = std::env::var_os("FARTHING_SHARED");
    if folder.is_none() {
        println!("skipped: FARTHING_SHARED is not set");
    }
    folder.map(|f| std::path::PathBuf::from(f).join("data"))
}
