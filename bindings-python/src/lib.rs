//! Python bindings of opusclip: convert, call once, convert back.
