//! What the caller wants chosen.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{TightenOptions, features};
use crate::config::{number, optional_number, within};
use crate::error::{Error, ErrorCode, Result};
use crate::time::Span;

/// How many clips, how long, about what, from where, and how much room around the words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SelectOptions {
    /// How many clips at most. Default 3.
    pub count: usize,
    /// Shortest clip in seconds, lead-in and tail included. Default 15.
    #[serde(alias = "minDuration", deserialize_with = "number")]
    pub min_duration: f64,
    /// Longest clip in seconds, lead-in and tail included. Default 59: from 60 s a Short with claimed music is blocked.
    #[serde(alias = "maxDuration", deserialize_with = "number")]
    pub max_duration: f64,
    /// Several bands of length in seconds, such as `[[15, 30], [45, 59]]`, instead of `min_duration` and `max_duration`.
    /// Default none.
    pub durations: Vec<[f64; 2]>,
    /// Seconds kept before the first word, where the pause before it allows. Default 0.2.
    #[serde(alias = "leadIn", deserialize_with = "number")]
    pub lead_in: f64,
    /// Seconds kept after the last word, where the pause after it allows. Default 0.7.
    #[serde(deserialize_with = "number")]
    pub tail: f64,
    /// Only clips with at least this score, 0 to 1. Default 0.
    #[serde(alias = "minScore", deserialize_with = "number")]
    pub min_score: f64,
    /// What each further clip of one topic costs, in points of score, 0 to 1. Default 0.1.
    #[serde(deserialize_with = "number")]
    pub diversity: f64,
    /// Choose only between these two seconds of the source. Default the whole source.
    pub range: Option<[f64; 2]>,
    /// Stretches in seconds that a clip must contain, such as `[[60, 75]]`. Default none.
    pub include: Vec<[f64; 2]>,
    /// Stretches in seconds that no clip may touch, such as `[[0, 30]]`. Default none.
    pub exclude: Vec<[f64; 2]>,
    /// Words or phrases that clips should be about. Default none.
    pub keywords: Vec<String>,
    /// What clips should be about, as free text. Default none.
    pub query: Option<String>,
    /// Shares of features in the score by their names, such as `{"hook": 0.4, "position": 0}`; features that are not
    /// named keep theirs. The README has the table.
    pub weights: BTreeMap<String, f64>,
    /// ISO 639-1 code of the language, such as `en`. Default: the transcript's, else as detected.
    pub language: Option<String>,
    /// Shorten pauses inside of a clip that last longer than so many seconds. Default none.
    #[serde(alias = "removePauses", deserialize_with = "optional_number")]
    pub remove_pauses: Option<f64>,
    /// Seconds that are left of a pause that is shortened. Default 0.3.
    #[serde(alias = "keepPause", deserialize_with = "number")]
    pub keep_pause: f64,
    /// Cut out filler words such as "um". Default false.
    #[serde(alias = "removeFillers")]
    pub remove_fillers: bool,
}

impl Default for SelectOptions {
    fn default() -> Self {
        Self {
            count: 3,
            min_duration: 15.0,
            max_duration: 59.0,
            durations: Vec::new(),
            lead_in: 0.2,
            tail: 0.7,
            min_score: 0.0,
            diversity: 0.1,
            range: None,
            include: Vec::new(),
            exclude: Vec::new(),
            keywords: Vec::new(),
            query: None,
            weights: BTreeMap::new(),
            language: None,
            remove_pauses: None,
            keep_pause: 0.3,
            remove_fillers: false,
        }
    }
}

/// More clips than this are a mistake rather than a wish.
const MOST_CLIPS: usize = 1000;
/// The shortest and the longest clip in seconds.
const SHORTEST: f64 = 1.0;
const LONGEST: f64 = 900.0;
/// More spans, keywords or bands than this are a mistake rather than a wish.
const MOST_ENTRIES: usize = 1000;
/// Longest query in bytes.
const LONGEST_QUERY: usize = 10_000;

impl SelectOptions {
    /// Check every option and how they fit together.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`], [`ErrorCode::ConfigNotFinite`] or [`ErrorCode::ConfigInvalid`], naming the
    /// option.
    pub fn validate(&self) -> Result<()> {
        if self.count == 0 || self.count > MOST_CLIPS {
            let message = format!("count is {}, not in 1 to {MOST_CLIPS}", self.count);
            return Err(out_of_range("count", message).hint("ask for at least one clip"));
        }
        within("min_duration", self.min_duration, SHORTEST, LONGEST)?;
        within("max_duration", self.max_duration, SHORTEST, LONGEST)?;
        within("lead_in", self.lead_in, 0.0, 5.0)?;
        within("tail", self.tail, 0.0, 5.0)?;
        within("min_score", self.min_score, 0.0, 1.0)?;
        within("diversity", self.diversity, 0.0, 1.0)?;
        self.tightening().validate()?;
        if self.min_duration > self.max_duration {
            let message = format!("min_duration {} is over max_duration {}", self.min_duration, self.max_duration);
            return Err(out_of_range("min_duration", message).hint("give a minimum at most as long as the maximum"));
        }
        self.validate_spans()?;
        self.validate_words()?;
        features::check_weights(&self.weights)
    }

    fn validate_spans(&self) -> Result<()> {
        for (at, band) in entries("durations", &self.durations)?.iter().enumerate() {
            for bound in band {
                within(&format!("durations[{at}]"), *bound, SHORTEST, LONGEST)?;
            }
            if band[0] > band[1] {
                let message = format!("{} is over {}", band[0], band[1]);
                return Err(out_of_range(&format!("durations[{at}]"), message).hint("write [shortest, longest]"));
            }
        }
        for (name, spans) in [
            ("range", self.range.as_slice()),
            ("include", entries("include", &self.include)?),
            ("exclude", entries("exclude", &self.exclude)?),
        ] {
            for (at, span) in spans.iter().enumerate() {
                let field = if name == "range" { name.to_owned() } else { format!("{name}[{at}]") };
                for bound in span {
                    within(&field, *bound, 0.0, 1e7)?;
                }
                if span[0] >= span[1] {
                    let message = format!("{} to {} is no stretch of time", span[0], span[1]);
                    return Err(out_of_range(&field, message).hint("write [start, end] in seconds"));
                }
            }
        }
        Ok(())
    }

    fn validate_words(&self) -> Result<()> {
        for (at, keyword) in entries("keywords", &self.keywords)?.iter().enumerate() {
            if !keyword.chars().any(char::is_alphanumeric) {
                return Err(Error::new(ErrorCode::ConfigInvalid, format!("`{keyword}` holds no word"))
                    .field(format!("keywords[{at}]")));
            }
        }
        let query = self.query.as_deref().unwrap_or("word");
        if query.len() > LONGEST_QUERY {
            return Err(out_of_range("query", format!("it has {} bytes, over {LONGEST_QUERY}", query.len())));
        }
        if !query.chars().any(char::is_alphanumeric) {
            return Err(Error::new(ErrorCode::ConfigInvalid, "it holds no word").field("query"));
        }
        let language = self.language.as_deref().unwrap_or("en");
        if !(language.len() == 2 && language.bytes().all(|b| b.is_ascii_lowercase())) {
            return Err(Error::new(ErrorCode::ConfigInvalid, format!("`{language}` is no language code"))
                .field("language")
                .hint("give two lower-case letters, such as `en` (ISO 639-1)"));
        }
        Ok(())
    }

    /// What is left out inside of clips.
    pub(super) fn tightening(&self) -> TightenOptions {
        TightenOptions {
            remove_pauses: self.remove_pauses,
            keep_pause: self.keep_pause,
            remove_fillers: self.remove_fillers,
            language: self.language.clone(),
        }
    }

    /// The wanted lengths, sorted and apart from each other.
    pub(super) fn bands(&self) -> Vec<Band> {
        if self.durations.is_empty() {
            return vec![Band { min: self.min_duration, max: self.max_duration }];
        }
        let mut sorted: Vec<Band> = self.durations.iter().map(|&[min, max]| Band { min, max }).collect();
        sorted.sort_by(|a, b| a.min.total_cmp(&b.min));
        let mut bands: Vec<Band> = Vec::with_capacity(sorted.len());
        for band in sorted {
            match bands.last_mut() {
                Some(last) if band.min <= last.max => last.max = last.max.max(band.max),
                _ => bands.push(band),
            }
        }
        bands
    }

    /// The shortest wanted length.
    pub(super) fn shortest(&self) -> f64 {
        self.bands().first().map_or(self.min_duration, |band| band.min)
    }

    /// The wanted lengths for people: `15 to 30 s or 45 to 59 s`.
    pub(super) fn lengths(&self) -> String {
        let words: Vec<String> = self.bands().iter().map(|band| format!("{} to {} s", band.min, band.max)).collect();
        words.join(" or ")
    }
}

/// One band of wanted lengths in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Band {
    pub min: f64,
    pub max: f64,
}

/// A pair of seconds as a stretch of time.
pub(super) fn span(pair: [f64; 2]) -> Span {
    Span::new(pair[0], pair[1])
}

fn out_of_range(field: &str, message: String) -> Error {
    Error::new(ErrorCode::ConfigOutOfRange, message).field(field)
}

fn entries<'a, T>(field: &str, list: &'a [T]) -> Result<&'a [T]> {
    if list.len() > MOST_ENTRIES {
        return Err(out_of_range(field, format!("it has {} entries, over {MOST_ENTRIES}", list.len())));
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(options: &SelectOptions) -> (ErrorCode, String) {
        let error = options.validate().unwrap_err();
        (error.code(), error.field_name().unwrap_or_default().to_owned())
    }

    #[test]
    fn impossible_wishes_are_refused_by_name() {
        let base = SelectOptions::default;
        let out = ErrorCode::ConfigOutOfRange;
        for (options, code, field) in [
            (SelectOptions { durations: vec![[15.0, 30.0], [60.0, 40.0]], ..base() }, out, "durations[1]"),
            (SelectOptions { durations: vec![[0.0, 30.0]], ..base() }, out, "durations[0]"),
            (SelectOptions { range: Some([30.0, 30.0]), ..base() }, out, "range"),
            (SelectOptions { include: vec![[5.0, 1.0]], ..base() }, out, "include[0]"),
            (SelectOptions { exclude: vec![[0.0, 1.0], [-1.0, 1.0]], ..base() }, out, "exclude[1]"),
            (SelectOptions { min_score: 1.5, ..base() }, out, "min_score"),
            (SelectOptions { exclude: vec![[0.0, f64::NAN]], ..base() }, ErrorCode::ConfigNotFinite, "exclude[0]"),
            (SelectOptions { keywords: vec!["...".into()], ..base() }, ErrorCode::ConfigInvalid, "keywords[0]"),
            (SelectOptions { query: Some(" ".into()), ..base() }, ErrorCode::ConfigInvalid, "query"),
            (SelectOptions { query: Some("a".repeat(20_000)), ..base() }, out, "query"),
            (SelectOptions { language: Some("English".into()), ..base() }, ErrorCode::ConfigInvalid, "language"),
            (SelectOptions { remove_pauses: Some(0.0), ..base() }, out, "remove_pauses"),
            (
                SelectOptions { weights: BTreeMap::from([("hok".into(), 0.5)]), ..base() },
                ErrorCode::ConfigInvalid,
                "weights.hok",
            ),
        ] {
            assert_eq!(refused(&options), (code, field.to_owned()));
        }
    }

    #[test]
    fn bands_that_touch_are_one() {
        let options = SelectOptions {
            durations: vec![[45.0, 59.0], [15.0, 20.0], [20.0, 30.0], [16.0, 18.0]],
            ..SelectOptions::default()
        };
        assert_eq!(options.bands(), [Band { min: 15.0, max: 30.0 }, Band { min: 45.0, max: 59.0 }]);
        assert_eq!(options.lengths(), "15 to 30 s or 45 to 59 s");
        assert_eq!(options.shortest(), 15.0);
    }
}
