use crate::support::{Bill, Home, Run, program};

/// Imports with other limits on the decoder than the default ones.
fn import(home: &Home, limit: (&str, &str), name: &str) -> Run {
    let mut command = program(home.path());
    command.env(limit.0, limit.1);
    Run::of(command, &["--home", home.name(), "ingest", "billing", name, "--source", "acme"])
}

#[test]
fn a_file_that_needs_more_memory_than_allowed_is_named_and_changes_nothing() {
    let good = Bill::of("2026-05").charges(20);
    let large = Bill::of("2026-05").charges(2_000);
    let home = Home::new().file("good.csv", good.csv()).file("large.csv", large.csv()).ingest_billing("good.csv", "acme");
    let before = home.state();
    let refused = import(&home, ("FARTHING_DECODE_MEMORY_MIB", "4"), "large.csv").exits(1);
    refused.says(&["large.csv", "more than 4 MiB of memory", "nothing was imported", "decode_memory_mib"]);
    assert_eq!(home.state(), before);
    home.invariants_hold();
    // The file is good: with the memory it needs it replaces what there was.
    home.import_billing("large.csv", "acme");
    assert_ne!(home.state(), before);
    home.invariants_hold();
    home.changes_nothing(&["ingest", "billing", "large.csv", "--source", "acme"]);
}

#[test]
fn facts_that_grow_beyond_what_is_allowed_are_not_imported() {
    let wide = |row: usize| (0..60).map(|at| format!("{:08x}", (row * 60 + at).wrapping_mul(0x9e37_79b9))).collect::<String>();
    let rows = (0..4_000).fold(Bill::of("2026-05"), |bill, row| bill.charge(&wide(row), "Queues", "1"));
    let home = Home::new().file("wide.csv", rows.csv());
    let refused = import(&home, ("FARTHING_DECODE_OUTPUT_MIB", "1"), "wide.csv").exits(1);
    refused.says(&["wide.csv", "beyond 1 MiB", "nothing was imported", "decode_output_mib"]);
    home.invariants_hold();
    home.import_billing("wide.csv", "acme");
}

#[test]
fn a_limit_that_is_no_number_is_wrong_usage() {
    let home = Home::new().file("bill.csv", Bill::of("2026-05").charges(2).csv());
    import(&home, ("FARTHING_DECODE_SECONDS", "soon"), "bill.csv").exits(64).says(&["decode_seconds", "soon"]);
}

#[test]
fn the_decoder_called_by_hand_says_that_it_is_not_for_people() {
    let home = Home::new();
    home.run(&["decode"]).exits(1).says(&["for the program's own use"]);
}
