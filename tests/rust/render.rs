//! Rendering from a manifest: the same again, and what an edit changes.
