//! What can be typed: the tree of commands and options, and nothing else.
//!
//! The launcher (`src/bin/opusclip.rs`) includes this file by itself, so it names nothing of the library.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXIT: &str = "Exit status: 0 done, 2 wrong use or option, 3 media, 4 transcript or manifest, 5 output, 6 no encoder, \
                    7 limit, 70 defect, 130 cancelled.";

/// Long video in, short ready-to-post clips out.
#[derive(Debug, Parser)]
#[command(name = "opusclip", version, after_help = EXIT, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Print the result as JSON, and errors as one line of JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// No progress bar.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what a media file is: container, streams, display size, frame rate, colour, sound, chapters.
    Probe {
        /// The media file.
        video: PathBuf,
    },
    /// Say what is in it: loudness, speech, music, shots and how they change, black, frozen, damage.
    Analyze(Analyze),
    /// Show or clear the cache of analyses.
    Cache {
        /// Remove all entries.
        #[arg(long)]
        clear: bool,
        /// Its folder [default: the platform's folder for caches].
        #[arg(long, value_name = "FOLDER")]
        cache_dir: Option<PathBuf>,
    },
    /// Say where the topics of texts or transcripts begin, by the number of their first sentence, and what they are about.
    Topics(Topics),
    /// Choose clips without rendering them, and say why.
    Select {
        /// The video file.
        video: PathBuf,
        #[command(flatten)]
        options: Options,
    },
    /// Cut the best clips out of a video: vertical, captioned, levelled, ready to post.
    Extract {
        /// The video file.
        video: PathBuf,
        /// Folder for clips, thumbnails, contact sheet and manifest.
        #[arg(long, short, default_value = "clips")]
        out: PathBuf,
        #[command(flatten)]
        options: Options,
    },
    /// Render the clips of a manifest again, edited or not.
    Render {
        /// A manifest.json that `extract` wrote.
        manifest: PathBuf,
        /// Folder for the clips.
        #[arg(long, short)]
        out: PathBuf,
        /// Numbers of the clips to render, such as 1,3; all if left out.
        #[arg(long, value_delimiter = ',')]
        only: Vec<usize>,
        /// Replace output that exists.
        #[arg(long)]
        overwrite: bool,
    },
    /// Print the JSON Schema of all results, options and the manifest.
    Schema,
    /// Print completions for a shell.
    Completions {
        /// bash, zsh, fish, elvish or powershell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Analyze {
    /// The media file.
    pub(crate) video: PathBuf,
    /// How much of the picture is decoded [default: lazy].
    #[arg(long)]
    pub(crate) level: Option<LevelName>,
    /// Do not listen to the sound.
    #[arg(long)]
    pub(crate) no_audio: bool,
    /// Only what begins between these seconds: 60:120, 60: or :120.
    #[arg(long, value_name = "START:END", value_parser = range)]
    pub(crate) range: Option<(f64, Option<f64>)>,
    #[command(flatten)]
    pub(crate) cache: CacheUse,
    /// Print one table of shots and how each begins, as CSV.
    #[arg(long)]
    pub(crate) csv: bool,
    /// Print a page with a timeline, as HTML that loads nothing.
    #[arg(long, conflicts_with = "csv")]
    pub(crate) html: bool,
    /// Write into this file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace the file if it exists.
    #[arg(long, requires = "out")]
    pub(crate) overwrite: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Topics {
    /// Text files with one sentence a line, SRT or WebVTT files.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// ISO 639-1 code of their language [default: detected].
    #[arg(long, value_name = "CODE")]
    pub(crate) language: Option<String>,
    /// How many topics each has [default: found out].
    #[arg(long, short = 'n')]
    pub(crate) count: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct CacheUse {
    /// Neither use nor fill the cache of analyses.
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Folder of the cache [default: the platform's folder for caches].
    #[arg(long, value_name = "FOLDER")]
    pub(crate) cache_dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LevelName {
    /// Keyframes only.
    Index,
    /// Keyframes, then what lies between those that differ.
    Lazy,
    /// Every picture.
    Exact,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LayoutName {
    /// Fill where enough of the picture stays visible, else fit.
    Auto,
    /// Cut the middle out.
    Fill,
    /// Show all of it over a blurred copy.
    Fit,
}

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// SRT or WebVTT file: clips are cut at sentences and captioned.
    #[arg(long, short)]
    pub(crate) transcript: Option<PathBuf>,
    /// How many clips at most [default: 3].
    #[arg(long, short = 'n')]
    pub(crate) count: Option<usize>,
    /// Shortest clip in seconds [default: 15].
    #[arg(long = "min", visible_alias = "min-duration", value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) min_duration: Option<f64>,
    /// Longest clip in seconds [default: 59].
    #[arg(long = "max", visible_alias = "max-duration", value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) max_duration: Option<f64>,
    /// Seconds kept before the first word [default: 0.2].
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) lead_in: Option<f64>,
    /// Seconds kept after the last word [default: 0.7].
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) tail: Option<f64>,
    /// Size of the clips in pixels [default: 1080x1920].
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    pub(crate) size: Option<(u32, u32)>,
    /// How the picture fills the frame [default: auto].
    #[arg(long)]
    pub(crate) layout: Option<LayoutName>,
    /// Do not burn captions in.
    #[arg(long)]
    pub(crate) no_captions: bool,
    /// Integrated loudness in LUFS [default: -14].
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) lufs: Option<f64>,
    /// Highest true peak in dBTP [default: -1].
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) true_peak: Option<f64>,
    /// Frames a second, 23 to 60 [default: as recorded].
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) frame_rate: Option<f64>,
    /// Quality, 1 (best) to 51 (worst) [default: 20].
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) crf: Option<f64>,
    /// Encoder speed, ultrafast to veryslow [default: veryfast].
    #[arg(long)]
    pub(crate) preset: Option<String>,
    /// Sound in bits a second [default: 192000].
    #[arg(long)]
    pub(crate) audio_bit_rate: Option<u32>,
    /// Encoder threads; 0 uses up to four, by the number of cores [default: 0].
    #[arg(long)]
    pub(crate) threads: Option<u32>,
    /// Replace output that exists.
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Share of damaged packets above which the file is given up [default: 0.2].
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) max_damage: Option<f64>,
    /// Give up after this many seconds.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) time_limit: Option<f64>,
    #[command(flatten)]
    pub(crate) cache: CacheUse,
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let (width, height) = text.split_once('x').ok_or("write it as 1080x1920")?;
    match (width.parse(), height.parse()) {
        (Ok(width), Ok(height)) => Ok((width, height)),
        _ => Err("write it as 1080x1920".to_owned()),
    }
}

fn range(text: &str) -> Result<(f64, Option<f64>), String> {
    let wrong = || "write it in seconds, as 60:120, 60: or :120".to_owned();
    let (start, end) = text.split_once(':').ok_or_else(wrong)?;
    let number = |text: &str| if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| wrong()) };
    Ok((number(start)?.unwrap_or(0.0), number(end)?))
}

/// Print help, version or what is wrong with the arguments, as JSON where that was typed; returns the exit status.
pub(crate) fn answer(answer: &clap::Error, typed: &[std::ffi::OsString]) -> u8 {
    let json = answer.use_stderr() && typed.iter().any(|argument| argument == "--json");
    // Nothing can be done where even the answer cannot be written.
    let _ = if json {
        let message = answer.render().to_string();
        let error = serde_json::json!({"error": {"code": "config.invalid", "message": message.trim_end()}});
        std::io::Write::write_all(&mut std::io::stderr(), format!("{error}\n").as_bytes())
    } else {
        answer.print()
    };
    u8::try_from(answer.exit_code()).unwrap_or(2)
}
