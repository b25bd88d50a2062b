//! The rules by which a state was made, as one number; the build script reckons it, and the test beside this file again.
//!
//! A snapshot holds what the facts added up to by the rules of the build that wrote it. By other rules, or in another
//! shape, it may be read and be wrong, and nobody would see it: so nothing but the sources themselves says which it is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where the state, its parts and their rules lie.
pub(crate) const ROOMS: [&str; 2] = ["src/domain", "src/time"];

/// What the sources of [`ROOMS`] add up to, in hex: FNV-1a over their paths and bytes, without their tests.
///
/// # Errors
/// What the disk says.
pub(crate) fn print(root: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    for room in ROOMS {
        files.push(PathBuf::from(format!("{room}.rs")));
        list(root, Path::new(room), &mut files)?;
    }
    files.sort();
    let mut print: u64 = 0xcbf2_9ce4_8422_2325;
    for file in files {
        let bytes = fs::read(root.join(&file))?;
        let (path, length) = (file.display().to_string(), bytes.len().to_string());
        for part in [path.as_bytes(), length.as_bytes(), &bytes] {
            // A byte that no text of UTF-8 has parts one from the next.
            for byte in part.iter().chain(&[0xff]) {
                print = (print ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
    }
    Ok(format!("{print:016x}"))
}

fn list(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if path.file_stem().is_some_and(|stem| stem == "tests") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            list(root, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
