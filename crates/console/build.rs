//! The console's pages are built by npm before they are embedded: without them the build says how to make them.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=web/dist");
    if !Path::new("web/dist/index.html").is_file() {
        println!("cargo:rerun-if-changed=web");
        panic!(
            "the console is not built: run `make console` (it needs Node 20.19 or newer), or build without it: \
             `cargo build --package farthing --no-default-features`"
        );
    }
}
