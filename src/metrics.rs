//! Named counters: what the daemon counts about itself, for whoever asks over HTTP.
