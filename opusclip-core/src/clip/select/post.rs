//! Words for the post: the clip's own, or a callback's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ClipPlan, Selecting};
use crate::clip::text::Post;
use crate::control::Control;
use crate::error::Result;

/// What a `describe` callback is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostRequest {
    /// Where the clip begins in the source, in seconds.
    pub start: f64,
    /// Where it ends in the source, in seconds.
    pub end: f64,
    /// What is said in it.
    pub text: String,
    /// ISO 639-1 code of the language, where it can be told.
    pub language: Option<String>,
    /// What we took from the clip's own words.
    pub post: Post,
}

/// What a `describe` callback says; what it leaves out stays ours.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PostEdit {
    /// A line above the post.
    pub title: Option<String>,
    /// A line on the picture of the first seconds.
    pub hook: Option<String>,
    /// One or two sentences below it.
    pub description: Option<String>,
    /// What it is about.
    pub keywords: Option<Vec<String>>,
    /// With their `#`.
    pub hashtags: Option<Vec<String>>,
}

impl PostEdit {
    fn apply(self, own: Post) -> Post {
        let ours = self == Self::default();
        Post {
            title: self.title.unwrap_or(own.title),
            hook: self.hook.unwrap_or(own.hook),
            description: self.description.unwrap_or(own.description),
            keywords: self.keywords.unwrap_or(own.keywords),
            hashtags: self.hashtags.unwrap_or(own.hashtags),
            extractive: ours,
        }
    }
}

/// The words for one clip.
///
/// # Errors
/// `callback.*` unless the hooks fall back, those of [`Control::check`].
pub(super) fn describe(
    plan: &ClipPlan,
    selecting: &Selecting<'_>,
    notes: &mut Vec<String>,
    control: &Control,
) -> Result<Post> {
    let own = extracted(plan, selecting);
    let Some(hook) = &selecting.hooks.describe else { return Ok(own) };
    let request = PostRequest {
        start: plan.ranges.first().map_or(0.0, |range| range.start),
        end: plan.ranges.last().map_or(0.0, |range| range.end),
        text: plan.text.clone(),
        language: selecting.known.language.clone(),
        post: own.clone(),
    };
    let answer = selecting.hooks.call("describe", hook, request, control);
    Ok(selecting.hooks.or_fall_back("describe", answer, notes)?.unwrap_or_default().apply(own))
}

/// What the clip's own sentences give.
fn extracted(plan: &ClipPlan, selecting: &Selecting<'_>) -> Post {
    let plays = |middle: f64| plan.ranges.iter().any(|range| range.contains(middle));
    let sentences = &selecting.known.sentences;
    let inside = sentences.iter().filter(|sentence| plays((sentence.start + sentence.end) / 2.0));
    let own: Vec<&str> = inside.map(|sentence| sentence.text.as_str()).collect();
    selecting.talk.describe(&own)
}
