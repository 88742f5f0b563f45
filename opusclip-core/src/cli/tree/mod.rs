//! What can be typed: the tree of commands and options, and nothing else.
//!
//! The launcher (`src/bin/opusclip.rs`) includes this folder by itself, so it names nothing of the library.

pub(crate) mod analytics;
pub(crate) mod balance;
mod choice;
pub(crate) mod look;
pub(crate) mod requests;
pub(crate) mod scaling;
mod span;

pub(crate) use choice::Choice;
use look::{Look, PresetName};
use span::range;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXIT: &str = "Exit status: 0 done, 2 wrong use or option, 3 media, 4 transcript or manifest, 5 output, 6 no encoder, \
                    7 limit, 8 callback, 9 check failed, 70 defect, 130 cancelled.";

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
    /// Write down what is said, with a speech model or a program of your own.
    Transcribe(Transcribe),
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
    Select(Box<Select>),
    /// Cut the best clips out of a video: vertical, captioned, levelled, ready to post.
    Extract {
        /// The video file.
        video: PathBuf,
        /// Folder for clips, thumbnails, contact sheet and manifest.
        #[arg(long, short, default_value = "clips")]
        out: PathBuf,
        /// Write a page about what was chosen and why beside the clips: report.html.
        #[arg(long)]
        report: bool,
        #[command(flatten)]
        options: Box<Options>,
    },
    /// Render what changed in a manifest, in place; or all of its clips into another folder.
    Render {
        /// A manifest.json that `extract` wrote; edit times, words and layout in it before.
        manifest: PathBuf,
        /// Folder for the clips [default: the manifest's own].
        #[arg(long, short)]
        out: Option<PathBuf>,
        /// Numbers of the clips to render, such as 1,3; all if left out.
        #[arg(long, value_delimiter = ',')]
        only: Vec<usize>,
        /// Replace output that exists in the folder of --out.
        #[arg(long)]
        overwrite: bool,
        /// Render clips that did not change, too.
        #[arg(long)]
        force: bool,
        /// What is given here goes before the manifest's own options.
        #[command(flatten)]
        look: Box<Look>,
    },
    /// Hand the clips of a manifest over to an editing program, or copy their packets.
    Export {
        /// A manifest.json that `extract` or `render` wrote.
        manifest: PathBuf,
        /// In which format.
        #[arg(long = "as", value_name = "FORMAT")]
        format: ExportName,
        /// Folder for the files [default: the manifest's own].
        #[arg(long, short)]
        out: Option<PathBuf>,
        /// Numbers of the clips, such as 1,3; all if left out.
        #[arg(long, value_delimiter = ',')]
        only: Vec<usize>,
        /// Replace files that exist.
        #[arg(long)]
        overwrite: bool,
    },
    /// Check finished files against the upload rules of a platform; exit status 9 where one would be refused.
    Check {
        /// The files.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Whose rules.
        #[arg(long)]
        platform: PresetName,
    },
    /// Ask tables of numbers and events: trends, anomalies, correlations, forecasts, funnels, retention.
    #[command(subcommand)]
    Analytics(analytics::Analytics),
    /// Compare strategies of load balancing in virtual time, or put cases with known results through them.
    #[command(subcommand)]
    Balance(balance::Balance),
    /// Say how many instances should run and why, or play recorded traffic against policies of scaling.
    #[command(subcommand)]
    Scaling(scaling::Scaling),
    /// Print the JSON Schema of all results, options and the manifest.
    Schema,
    /// Print completions for a shell.
    Completions {
        /// bash, zsh, fish, elvish or powershell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Transcribe {
    /// The media file.
    pub(crate) video: PathBuf,
    /// A ggml model file of Whisper; needs a build with the feature whisper.
    #[arg(long, value_name = "FILE", required_unless_present = "command")]
    pub(crate) model: Option<PathBuf>,
    /// A program that gets a WAV file as its last argument and prints SRT, WebVTT or Whisper's JSON.
    #[arg(long, value_name = "PROGRAM", conflicts_with = "model")]
    pub(crate) command: Option<String>,
    /// An argument for the program, before the WAV file; may be given several times.
    #[arg(long = "arg", value_name = "ARGUMENT", requires = "command", allow_hyphen_values = true)]
    pub(crate) arguments: Vec<String>,
    /// Language that is spoken, such as en [default: the engine finds out].
    #[arg(long)]
    pub(crate) language: Option<String>,
    /// Threads of the model; 0 uses up to four, by the number of cores [default: 0].
    #[arg(long)]
    pub(crate) threads: Option<u32>,
    /// Longest piece of sound that is handed over at once, in seconds [default: 600].
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) chunk_seconds: Option<f64>,
    /// Share of damaged packets above which the file is given up [default: 0.2].
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) max_damage: Option<f64>,
    /// Give up after this many seconds.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) time_limit: Option<f64>,
    /// In which form [default: srt].
    #[arg(long)]
    pub(crate) format: Option<SubtitleName>,
    /// Write into this file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace the file if it exists.
    #[arg(long, requires = "out")]
    pub(crate) overwrite: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SubtitleName {
    /// SubRip.
    Srt,
    /// WebVTT, with times of words and speakers.
    Vtt,
    /// All that is known.
    Json,
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
pub(crate) struct Select {
    /// The video file; without one, the transcript alone decides.
    #[arg(required_unless_present = "transcript")]
    pub(crate) video: Option<PathBuf>,
    /// Say how each score comes about, what nearly was chosen, and what the source is about.
    #[arg(long)]
    pub(crate) explain: bool,
    /// Print a page with the timeline, the candidates and the moments to play, as HTML.
    #[arg(long, conflicts_with = "explain")]
    pub(crate) html: bool,
    /// Write into this file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Debug, Args)]
pub(crate) struct Topics {
    /// Text files with one sentence a line, or transcripts.
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
pub(crate) enum ExportName {
    /// OpenTimelineIO, a file for each clip.
    Otio,
    /// A CMX 3600 edit decision list for each clip.
    Edl,
    /// One Final Cut Pro XML file.
    Fcpxml,
    /// One table.
    Csv,
    /// Copies without encoding, which begin early, at a keyframe.
    Segments,
}

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// SRT, WebVTT, ASS or Whisper JSON file: clips are cut at sentences and captioned.
    #[arg(long, short)]
    pub(crate) transcript: Option<PathBuf>,
    /// Do not use the video's own subtitles where there is no transcript.
    #[arg(long)]
    pub(crate) no_subtitles: bool,
    #[command(flatten)]
    pub(crate) choice: Choice,
    #[command(flatten)]
    pub(crate) look: Look,
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
