//! Captions: words to short lines, lines to an ASS script that libass draws.

mod ass;
mod lines;

pub(crate) use ass::{label, script};
pub(crate) use lines::captions;
