//! What a text is about, told from its words alone: no model, no download, no network.
//!
//! | question | call |
//! |---|---|
//! | which language is it? | [`language()`] |
//! | which words say the same thing, which say nothing? | [`Lexicon`], [`plain`] |
//! | where does a new topic begin? | [`segment`], [`topics()`] |
//! | what to write above a clip? | [`describe`] |
//!
//! Everything here is a pure function of its arguments: the same text gives the same answer.
//!
//! ```
//! use opusclip_core::clip::text::{TopicOptions, segment};
//! let bread = ["Knead the dough.", "The dough rests in the oven.", "Bread from the oven, dough from flour."];
//! let stars = ["A telescope shows the planet.", "The planet orbits a star.", "One star, one telescope, one orbit."];
//! let talk: Vec<&str> = [bread, stars].concat();
//! let options = TopicOptions { count: Some(2), ..TopicOptions::default() };
//! assert_eq!(segment(&talk, &options)?, [0, 3]);
//! # Ok::<(), opusclip_core::Error>(())
//! ```

mod language;
mod post;
mod stem;
mod topics;

pub use language::{Language, language};
pub(crate) use post::Talk;
pub use post::{Post, describe};
pub use stem::{Lexicon, plain};
pub use topics::{Topic, TopicOptions, keywords, segment, topics};
