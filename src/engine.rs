//! The engine: the one writer; decides, journals, applies, publishes.
