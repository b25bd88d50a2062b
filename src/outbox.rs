//! What goes out: what is due becomes a message, and its fate comes back as a command.
