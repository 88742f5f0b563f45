//! Which stretches become clips, as it can be typed.

use clap::Args;

use super::span::{range, span};

/// Which stretches of the source become clips.
#[derive(Debug, Args)]
#[command(next_help_heading = "Choosing")]
pub(crate) struct Choice {
    /// How many clips at most [default: 3].
    #[arg(long, short = 'n')]
    pub(crate) count: Option<usize>,
    /// Shortest clip in seconds [default: 15].
    #[arg(long = "min", visible_alias = "min-duration", value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) min_duration: Option<f64>,
    /// Longest clip in seconds [default: 59].
    #[arg(long = "max", visible_alias = "max-duration", value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) max_duration: Option<f64>,
    /// Bands of length instead of --min and --max, such as 15:30,45:59.
    #[arg(long, value_name = "MIN:MAX", value_delimiter = ',', value_parser = span,
          conflicts_with_all = ["min_duration", "max_duration"])]
    pub(crate) durations: Vec<(f64, f64)>,
    /// Seconds kept before the first word [default: 0.2].
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) lead_in: Option<f64>,
    /// Seconds kept after the last word [default: 0.7].
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) tail: Option<f64>,
    /// What clips should be about: words or phrases, such as "sleep,deep work".
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    pub(crate) keywords: Vec<String>,
    /// What clips should be about, as free text.
    #[arg(long, value_name = "TEXT")]
    pub(crate) query: Option<String>,
    /// Choose only between these seconds: 60:600, 60: or :600.
    #[arg(long, value_name = "START:END", value_parser = range)]
    pub(crate) range: Option<(f64, Option<f64>)>,
    /// A stretch that a clip must contain; may be given several times.
    #[arg(long, value_name = "START:END", value_delimiter = ',', value_parser = span)]
    pub(crate) include: Vec<(f64, f64)>,
    /// A stretch that no clip may touch; may be given several times.
    #[arg(long, value_name = "START:END", value_delimiter = ',', value_parser = span)]
    pub(crate) exclude: Vec<(f64, f64)>,
    /// Only clips with at least this score, 0 to 1 [default: 0].
    #[arg(long, value_name = "SCORE", allow_negative_numbers = true)]
    pub(crate) min_score: Option<f64>,
    /// What each further clip of one topic costs, 0 to 1 [default: 0.1].
    #[arg(long, value_name = "SCORE", allow_negative_numbers = true)]
    pub(crate) diversity: Option<f64>,
    /// Share of a feature in the score, such as hook=0.4; may be given several times.
    #[arg(long = "weight", value_name = "FEATURE=SHARE", value_delimiter = ',', value_parser = weight)]
    pub(crate) weights: Vec<(String, f64)>,
    /// Two-letter code of the language [default: the transcript's, else as detected].
    #[arg(long, value_name = "CODE")]
    pub(crate) language: Option<String>,
    /// Shorten pauses inside of clips that last longer than this [0.6 where no number is given].
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "0.6")]
    pub(crate) remove_pauses: Option<f64>,
    /// Seconds that are left of a pause that is shortened [default: 0.3].
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) keep_pause: Option<f64>,
    /// Cut out filler words such as "um".
    #[arg(long)]
    pub(crate) remove_fillers: bool,
}

fn weight(text: &str) -> Result<(String, f64), String> {
    let wrong = || "write it as hook=0.4".to_owned();
    let (name, share) = text.split_once('=').ok_or_else(wrong)?;
    Ok((name.to_owned(), share.parse().map_err(|_| wrong())?))
}
