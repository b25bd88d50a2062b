//! The vault: personal data, sealed; the keyring that opens it.
