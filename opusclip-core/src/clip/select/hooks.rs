//! Other models in place of our own: vectors of sentences, scores, words for posts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Contender, PostEdit, PostRequest};
use crate::clip::callback::{Hook, JsonHook, guarded, or_fall_back, typed};
use crate::control::Control;
use crate::error::Result;

/// Callbacks of choosing, all of them optional.
///
/// ```
/// use std::sync::Arc;
/// use opusclip_core::clip::Hooks;
/// // Longer clips win.
/// let hooks = Hooks { score: Some(Arc::new(|clips| {
///     let longest = clips.iter().map(|c| c.end - c.start).fold(1.0, f64::max);
///     Ok(clips.iter().map(|c| (c.end - c.start) / longest).collect())
/// })), ..Hooks::default() };
/// # let _ = hooks;
/// ```
#[derive(Clone)]
pub struct Hooks {
    /// Vectors of sentences, by which topics are told apart: one for each sentence, all of one length.
    pub embed: Option<Hook<Vec<String>, Vec<Vec<f32>>>>,
    /// Scores from 0 to 1 for the best candidates, one for each, in place of our own. Only these are chosen from then.
    pub score: Option<Hook<Vec<Contender>, Vec<f64>>>,
    /// Title, hook line, description, keywords and hashtags of a clip in place of our own; what it leaves out stays.
    pub describe: Option<Hook<PostRequest, PostEdit>>,
    /// How long one call may take. Default 60 s; `None` is as long as it likes.
    pub time_limit: Option<Duration>,
    /// Where a callback fails, go on with our own and say so in the notes. Default false: the job fails.
    pub fall_back: bool,
}

/// The time limit of a call unless another one is set.
const TIME_LIMIT: Duration = Duration::from_secs(60);
impl Default for Hooks {
    fn default() -> Self {
        Self { embed: None, score: None, describe: None, time_limit: Some(TIME_LIMIT), fall_back: false }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("embed", &self.embed.is_some())
            .field("score", &self.score.is_some())
            .field("describe", &self.describe.is_some())
            .field("time_limit", &self.time_limit)
            .field("fall_back", &self.fall_back)
            .finish()
    }
}

impl Hooks {
    /// The names of those that speak JSON.
    pub const NAMES: [&str; 3] = ["embed", "score", "describe"];

    /// Callbacks of another language, asked for by their names.
    pub fn from_json(mut given: impl FnMut(&'static str) -> Option<JsonHook>) -> Self {
        Self {
            embed: given("embed").map(|hook| typed("embed", hook)),
            score: given("score").map(|hook| typed("score", hook)),
            describe: given("describe").map(|hook| typed("describe", hook)),
            ..Self::default()
        }
    }

    /// Call one, and wait for its answer.
    ///
    /// # Errors
    /// `callback.*` with its name as the field, those of [`Control::check`].
    pub(crate) fn call<I, O>(&self, name: &'static str, hook: &Hook<I, O>, input: I, control: &Control) -> Result<O>
    where
        I: Send + 'static,
        O: Send + 'static,
    {
        let hook = Arc::clone(hook);
        guarded(name, self.time_limit, control, move || hook(input))
    }

    /// The answer of a callback; `None` with a note where it failed and our own is to do.
    ///
    /// # Errors
    /// The failure, where nothing stands in for it.
    pub(crate) fn or_fall_back<O>(&self, name: &str, answer: Result<O>, notes: &mut Vec<String>) -> Result<Option<O>> {
        or_fall_back(name, answer, self.fall_back, notes)
    }
}
