//! The index: questions about the past, answered by sled; a cache that replay can rebuild.
