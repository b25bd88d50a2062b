//! TOML becomes settings and the directory of people; every mistake is shown where it stands.
