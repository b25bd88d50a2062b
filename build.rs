//! Tells the library by which rules its states are made, so that it reads no snapshot that was made by others.

use std::io;
use std::path::Path;

#[path = "src/engine/snapshot/rules.rs"]
mod rules;

fn main() -> io::Result<()> {
    let print = rules::print(Path::new(env!("CARGO_MANIFEST_DIR")))?;
    println!("cargo::rustc-env=WATCHFIRE_RULES={print}");
    println!("cargo::rerun-if-changed=src/engine/snapshot/rules.rs");
    for room in rules::ROOMS {
        println!("cargo::rerun-if-changed={room}.rs");
        println!("cargo::rerun-if-changed={room}");
    }
    Ok(())
}
