//! Texts of messages.
