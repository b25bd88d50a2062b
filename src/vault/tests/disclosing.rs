//! What is disclosed of a vault, while its owner has it open: single payloads, each with the proof that anybody can check.

use std::collections::BTreeSet;

use chacha20poly1305::aead::generic_array::GenericArray;
use chacha20poly1305::{AeadInPlace as _, ChaCha20Poly1305, KeyInit as _};
use sha2::{Digest as _, Sha256};

use super::*;
use crate::vault::seal::name_of;
use crate::vault::{disclose, sealed_under};

#[test]
fn a_disclosed_payload_seals_again_to_its_name_and_its_key_opens_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _) = open(folder.path());
    let one = put(&vault, 1, "case/C-1", b"one text");
    let other = put(&vault, 2, "case/C-1", b"two text");
    let master = MasterKey::from_bytes(MASTER);
    let found = disclose(folder.path(), &master, &BTreeSet::from([one])).unwrap();
    assert_eq!(found.keys().collect::<Vec<_>>(), [&one], "what was not asked for stays sealed");
    let disclosed = &found[&one];
    assert_eq!(disclosed.content.as_slice(), b"one text");
    let sealed_again = |content: &[u8]| {
        let mut bytes = content.to_vec();
        let nonce = [&[0; 4], &disclosed.nonce[16..]].concat();
        let cipher = ChaCha20Poly1305::new(GenericArray::from_slice(&disclosed.key));
        let tag = cipher
            .encrypt_in_place_detached(
                GenericArray::from_slice(&nonce),
                b"watchfire/vault/payload/1",
                &mut bytes,
            )
            .unwrap();
        assert!(content != b"one text" || tag.as_slice() == disclosed.tag);
        let all = [disclosed.nonce.as_slice(), &bytes, &disclosed.tag].concat();
        hex::encode(Sha256::digest(all))
    };
    assert_eq!(sealed_again(b"one text"), one.to_string());
    assert_ne!(sealed_again(b"two text"), other.to_string());
}

#[test]
fn what_was_erased_and_what_another_master_key_sealed_is_not_disclosed() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, _) = open(folder.path());
    let names = BTreeSet::from([put(&vault, 1, "case/C-1", b"gone"), put(&vault, 2, "case/C-2", b"kept")]);
    let master = MasterKey::from_bytes(MASTER);
    assert_eq!(disclose(folder.path(), &master, &names).unwrap().len(), 2);
    vault.erase(&subject("case/C-1")).unwrap();
    let found = disclose(folder.path(), &master, &names).unwrap();
    assert_eq!(found.values().map(|it| it.content.as_slice()).collect::<Vec<_>>(), [b"kept"]);
    // Of what was erased it is known under whose key it lay; of what was never there nothing is.
    let asked = names.iter().copied().chain([name_of(b"never there")]).collect();
    let under = sealed_under(folder.path(), &asked).unwrap();
    let under: BTreeSet<String> = under.values().map(ToString::to_string).collect();
    assert_eq!(under, BTreeSet::from(["case/C-1".to_owned(), "case/C-2".to_owned()]));
    let another = disclose(folder.path(), &MasterKey::from_bytes([8; 32]), &names);
    assert!(matches!(another, Err(VaultError::Locked)), "{another:?}");
}
