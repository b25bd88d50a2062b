//! Channels: one message at a time, out by SMTP or webhook, and what became of it.
