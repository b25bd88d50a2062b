//! The composition root: open, recover, spawn, shut down in order.
