//! Logs, the exporter of metrics, and what systemd is told.
