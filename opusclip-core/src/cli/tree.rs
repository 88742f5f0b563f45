//! What can be typed: the tree of commands and options, and nothing else.
//!
//! The launcher (`src/bin/opusclip.rs`) includes this file by itself, so it names nothing of the library.

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
pub(crate) enum PresetName {
    /// TikTok: 1080x1920.
    Tiktok,
    /// 1080x1920, at most 25 Mb/s.
    Reels,
    /// 1080x1920, a keyframe every half second.
    Shorts,
    /// 1920x1080, a keyframe every half second.
    Youtube,
    /// 1080x1080.
    Square,
    /// 1080x1920 in high quality, to be kept or edited further.
    Master,
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

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum CodecName {
    /// Every platform takes it.
    H264,
    /// H.265.
    Hevc,
    /// The smallest files, the slowest to make.
    Av1,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LayoutName {
    /// Chosen shot by shot.
    Auto,
    /// A part of the picture that follows who is in it.
    Fill,
    /// All of the picture over a background.
    Fit,
    /// Two people, each in one half.
    Split,
    /// A screen above, its speaker enlarged below.
    Screen,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum BackgroundName {
    /// A blurred copy of the picture.
    Blurred,
    /// Black.
    Plain,
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

/// How clips look and sound.
#[derive(Debug, Args)]
#[command(next_help_heading = "Look and sound")]
pub(crate) struct Look {
    /// Where the clips go; options that are given beside it go before it.
    #[arg(long)]
    pub(crate) preset: Option<PresetName>,
    /// Size of the clips in pixels [default: 1080x1920].
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    pub(crate) size: Option<(u32, u32)>,
    /// How the picture fills the frame [default: auto].
    #[arg(long)]
    pub(crate) layout: Option<LayoutName>,
    /// What is seen around a picture that is shown whole [default: blurred].
    #[arg(long)]
    pub(crate) background: Option<BackgroundName>,
    /// Do not look who is in the picture; show the middle.
    #[arg(long)]
    pub(crate) no_follow: bool,
    /// An ONNX model in YuNet's format that finds faces, in place of the built-in detector.
    #[arg(long, value_name = "FILE")]
    pub(crate) face_model: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) captions: CaptionArgs,
    /// Integrated loudness in LUFS [default: -14].
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) lufs: Option<f64>,
    /// Highest true peak in dBTP [default: -1].
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) true_peak: Option<f64>,
    /// Frames a second, 23 to 60 [default: as recorded].
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) frame_rate: Option<f64>,
    /// How pictures are encoded [default: h264].
    #[arg(long)]
    pub(crate) codec: Option<CodecName>,
    /// Encode on a graphics card or the like; fails without one.
    #[arg(long)]
    pub(crate) hardware: bool,
    /// Quality on x264's scale, 1 (best) to 51 (worst) [default: 20].
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) crf: Option<f64>,
    /// Encoder speed, ultrafast to veryslow [default: veryfast].
    #[arg(long)]
    pub(crate) speed: Option<String>,
    /// Bits of picture a second that are never exceeded; 0 sets no bound [default: 0].
    #[arg(long, value_name = "BITS")]
    pub(crate) max_bit_rate: Option<u32>,
    /// Longest distance between keyframes [default: 2].
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) keyframe_interval: Option<f64>,
    /// Sound in bits a second [default: 192000].
    #[arg(long)]
    pub(crate) audio_bit_rate: Option<u32>,
    /// Encoder threads; 0 uses up to four, by the number of cores [default: 0].
    #[arg(long)]
    pub(crate) threads: Option<u32>,
}

/// How captions look.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Captions")]
pub(crate) struct CaptionArgs {
    /// The look of the captions: highlight, bold, pop, karaoke, boxed, plain or none [default: highlight].
    #[arg(long, value_name = "LOOK")]
    pub(crate) captions: Option<String>,
    /// Do not burn captions in.
    #[arg(long, conflicts_with = "captions")]
    pub(crate) no_captions: bool,
    /// A trait of the look that is to be otherwise, such as size=72 or color=#ffd60a; may be given several times.
    #[arg(long, value_name = "TRAIT=VALUE", value_parser = trait_of)]
    pub(crate) caption_style: Vec<(String, String)>,
    /// Write the post's hook over the first three seconds.
    #[arg(long)]
    pub(crate) hook: bool,
    /// Write the captions beside each clip as SRT, WebVTT and ASS files.
    #[arg(long)]
    pub(crate) subtitle_files: bool,
}

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

fn size(text: &str) -> Result<(u32, u32), String> {
    let (width, height) = text.split_once('x').ok_or("write it as 1080x1920")?;
    match (width.parse(), height.parse()) {
        (Ok(width), Ok(height)) => Ok((width, height)),
        _ => Err("write it as 1080x1920".to_owned()),
    }
}

fn span(text: &str) -> Result<(f64, f64), String> {
    let wrong = || "write it in seconds, as 60:120".to_owned();
    let (start, end) = text.split_once(':').ok_or_else(wrong)?;
    Ok((start.parse().map_err(|_| wrong())?, end.parse().map_err(|_| wrong())?))
}

fn weight(text: &str) -> Result<(String, f64), String> {
    let wrong = || "write it as hook=0.4".to_owned();
    let (name, share) = text.split_once('=').ok_or_else(wrong)?;
    Ok((name.to_owned(), share.parse().map_err(|_| wrong())?))
}

fn trait_of(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as size=72")?;
    Ok((name.to_owned(), value.to_owned()))
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
