//! F2: the disk is full.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Bill, Home, entries, list};

/// Rows that do not pack: about 150 bytes each in the lake.
fn wide(charges: usize) -> String {
    let noise = |row: usize| {
        (0..16).map(|at| format!("{:08x}", (row * 16 + at + 1).wrapping_mul(0x9e37_79b9) as u32)).collect::<String>()
    };
    (0..charges).fold(Bill::of("2026-05"), |bill, row| bill.charge("a", &noise(row), "1.25")).csv()
}

/// A home with a small bill, and a large one to import.
fn home() -> Home {
    Home::new().file("small.csv", wide(40)).file("large.csv", wide(12_000))
}

#[test]
fn f02_a_file_of_facts_that_may_not_grow_fails_the_import_and_nothing_else() {
    let home = home().ingest_billing("small.csv", "acme");
    let before = home.state();
    let limit = [("FARTHING_DECODE_OUTPUT_MIB", "1")];
    let refused = home.run_with(&limit, &["ingest", "billing", "large.csv", "--source", "acme"]).exits(1);
    refused.says(&["large.csv", "beyond 1 MiB", "nothing was imported"]);
    assert_eq!(home.state(), before);
    home.invariants_hold();
    assert_eq!(entries(&home.store().join("lake/staging")), 0);
    home.import_billing("large.csv", "acme");
    home.invariants_hold();
    home.changes_nothing(&["ingest", "billing", "large.csv", "--source", "acme"]);
}

/// A disk of its own in memory, unmounted when it is dropped.
struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// `None` where this user may mount nothing, which is said.
    fn at(folder: &Path, kib: u32) -> Option<Self> {
        std::fs::create_dir_all(folder).expect("a folder can be made");
        let disk = Self { folder: folder.to_owned() };
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs"]).arg(folder).output();
        match mounted {
            Ok(done) if done.status.success() => Some(disk),
            Ok(refused) => {
                println!("skipped: no disk can be mounted: {}", String::from_utf8_lossy(&refused.stderr).trim());
                std::mem::forget(disk);
                None
            }
            Err(error) => {
                println!("skipped: there is no mount: {error}");
                std::mem::forget(disk);
                None
            }
        }
    }

    fn grow(&self, kib: u32) {
        let size = format!("remount,size={kib}k");
        let done = Command::new("mount").args(["-o", &size]).arg(&self.folder).status();
        assert!(done.expect("there is a mount").success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a file of a failed test may still be open.
        let _ = Command::new("umount").arg("-l").arg(&self.folder).status();
    }
}

/// Imports on a disk of this size, which is too small; then makes room.
fn without_room(home: &Home, disk: &SmallDisk, size: &str) {
    let before = home.state();
    let refused = home.run(&["ingest", "billing", "large.csv", "--source", "acme"]);
    assert_eq!(refused.status, 1, "{size}: {refused}");
    let words = ["room", "full", "No space"];
    assert!(words.iter().any(|word| refused.stderr.contains(word)), "{size}: {refused}");
    disk.grow(200_000);
    assert_eq!(home.state(), before, "{size}");
    home.invariants_hold();
    home.import_billing("large.csv", "acme");
    home.invariants_hold();
    home.changes_nothing(&["ingest", "billing", "large.csv", "--source", "acme"]);
    let found = home.json(&["lake", "verify"]);
    assert_eq!(list(&found, "orphans"), [] as [serde_json::Value; 0], "{size}");
}

#[test]
fn f02_a_full_disk_of_the_lake_leaves_what_there_was() {
    for kib in [200, 400, 800] {
        let home = home();
        let Some(disk) = SmallDisk::at(&home.store().join("lake"), kib) else { return };
        let home = home.ingest_billing("small.csv", "acme");
        without_room(&home, &disk, &format!("{kib} KiB for the lake"));
    }
}

#[test]
fn f02_a_full_disk_of_database_and_lake_leaves_what_there_was() {
    for room in [100, 300, 700] {
        let home = home();
        let Some(disk) = SmallDisk::at(&home.store(), 100_000) else { return };
        let home = home.ingest_billing("small.csv", "acme");
        // As much room as is left beside what is there: the database and its log among it.
        disk.grow(used_kib(&home.store()) + room);
        without_room(&home, &disk, &format!("{room} KiB left"));
    }
}

fn used_kib(folder: &Path) -> u32 {
    let said = Command::new("df").args(["-k", "--output=used"]).arg(folder).output().expect("there is a df");
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    text.lines().last().and_then(|line| line.trim().parse().ok()).unwrap_or_else(|| panic!("df said {text}"))
}
