//! Many segments: found in through their sidecars, whatever becomes of those.

use super::*;

/// Segments of this size hold some tens of payloads.
const SMALL: u64 = 16 << 10;

fn open_small(folder: &Path) -> (Vault, VaultRecovery) {
    Vault::open_with(folder, MasterKey::from_bytes(MASTER), 1_000_000, SMALL, &Plain::disk()).unwrap()
}

/// Puts 5,000 payloads of 50 subjects, 20 in a batch.
fn fill(folder: &Path) -> Vec<PayloadName> {
    let (vault, _told) = open_small(folder);
    let mut names = Vec::new();
    for batch in 0..250_u64 {
        let mut payloads = Vec::new();
        for n in 0..20 {
            let number = batch * 20 + n;
            let sealed = seal(format!("payload {number}").as_bytes()).unwrap();
            names.push(sealed.name);
            payloads.push((sealed, subject(&format!("case/{}", number % 50))));
        }
        vault.put_all(batch, payloads).unwrap();
    }
    names
}

fn check_all(vault: &Vault, names: &[PayloadName]) {
    for (number, name) in names.iter().enumerate() {
        assert_eq!(text(vault, *name), format!("payload {number}"));
    }
    assert_eq!(fate(vault, seal(b"never put").unwrap().name), "missing");
}

fn sidecars(folder: &Path) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "idx")).collect()
}

#[test]
fn five_thousand_payloads_in_many_segments_are_all_found() {
    let folder = tempfile::tempdir().unwrap();
    let names = fill(folder.path());
    assert!(sidecars(folder.path()).len() > 40);
    let (vault, told) = open_small(folder.path());
    assert_eq!(told, VaultRecovery::default());
    check_all(&vault, &names);

    // An erasure finds its payloads in all of them.
    let erasure = vault.erase(&subject("case/7")).unwrap();
    assert_eq!(erasure.records, 100);
    drop(vault);
    let (vault, _told) = open_small(folder.path());
    for (number, name) in names.iter().enumerate() {
        assert_eq!(fate(&vault, *name), if number % 50 == 7 { "erased" } else { "open" });
    }
}

#[test]
fn a_missing_or_damaged_sidecar_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let names = fill(folder.path());
    let sidecars = sidecars(folder.path());
    let original = std::fs::read(&sidecars[1]).unwrap();
    std::fs::remove_file(&sidecars[0]).unwrap();
    let mut damaged = original.clone();
    // The head is good and the length is right: only a look at every byte can tell.
    damaged[100] ^= 1;
    std::fs::write(&sidecars[1], &damaged).unwrap();
    std::fs::write(&sidecars[2], b"").unwrap();
    std::fs::write(&sidecars[3], &original).unwrap();
    let (vault, told) = open_small(folder.path());
    assert!((2..=3).contains(&told.sidecars_rebuilt), "{told:?}");
    assert!(told.damage.is_empty());
    check_all(&vault, &names);
    assert_eq!(std::fs::read(&sidecars[1]).unwrap(), original);
    drop(vault);
    assert_eq!(open_small(folder.path()).1, VaultRecovery::default());
}

#[test]
fn a_sidecar_that_cannot_be_written_is_done_without() {
    let folder = tempfile::tempdir().unwrap();
    let names = fill(folder.path());
    for sidecar in sidecars(folder.path()) {
        std::fs::remove_file(&sidecar).unwrap();
        // A folder in its place can be neither read nor replaced.
        std::fs::create_dir(&sidecar).unwrap();
        std::fs::write(sidecar.join("in-the-way"), b"").unwrap();
    }
    let (vault, told) = open_small(folder.path());
    assert_eq!(told.sidecars_rebuilt, 0);
    for (number, name) in names.iter().enumerate().step_by(500) {
        assert_eq!(text(&vault, *name), format!("payload {number}"));
    }
    assert_eq!(fate(&vault, seal(b"never put").unwrap().name), "missing");
    assert_eq!(vault.erase(&subject("case/7")).unwrap().records, 100);
}

#[test]
fn a_damaged_payload_of_a_closed_segment_is_called_corrupt_and_the_others_open() {
    let folder = tempfile::tempdir().unwrap();
    let names = fill(folder.path());
    let segment = folder.path().join("00000001.seg");
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[2] ^= 0xff;
    std::fs::write(&segment, bytes).unwrap();
    let (vault, _told) = open_small(folder.path());
    assert_eq!(fate(&vault, names[0]), "corrupt");
    assert!(names.iter().skip(1).step_by(97).all(|name| fate(&vault, *name) == "open"));
}

#[test]
fn a_closed_segment_that_lost_its_end_or_is_gone_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let names = fill(folder.path());
    let cut_segment = folder.path().join("00000002.seg");
    let len = std::fs::metadata(&cut_segment).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&cut_segment).unwrap().set_len(len - 10).unwrap();
    std::fs::remove_file(folder.path().join("00000003.seg")).unwrap();
    let (vault, told) = open_small(folder.path());
    let told: Vec<_> = told.damage.iter().map(|damage| damage.file.as_str()).collect();
    assert_eq!(told, ["00000003.seg", "00000002.seg"]);
    let lost = names.iter().filter(|name| fate(&vault, **name) == "missing").count();
    assert!((2..100).contains(&lost), "{lost}");
}

#[test]
fn many_read_while_one_writes_and_erases() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _told) = open_small(folder.path());
    let kept = put(&vault, 0, "case/kept", b"kept");
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..200 {
                    assert_eq!(text(&vault, kept), "kept");
                }
            });
        }
        for round in 0..10 {
            let one = put(&vault, round, "case/once", b"once");
            assert_eq!(fate(&vault, one), "open");
            vault.erase(&subject("case/once")).unwrap();
            assert_eq!(fate(&vault, one), "erased");
        }
    });
}
