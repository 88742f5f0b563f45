//! Words, as JavaScript asks for them: transcripts from files, subtitle streams and speech engines, and their topics.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;
use opusclip_core::Control;
use opusclip_core::clip::text::{TopicOptions, segment};
use opusclip_core::clip::{self, Limits, TranscribeOptions, Transcript, transcript};

use crate::calls::without_own;
use crate::convert::{self, Names};
use crate::job;
use crate::options::Options;

/// Which subtitle stream [`read_subtitles`] is about.
#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct StreamChoice {
    stream: Option<usize>,
}

/// Read subtitles (SRT, WebVTT, ASS) or the JSON of a speech engine: cues, timed words, and what had to be repaired.
#[napi(ts_args_type = "path: string | URL, options?: JobOptions", ts_return_type = "Promise<Transcript>")]
pub fn read_transcript<'env>(env: &'env Env, path: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let (path, options) = (convert::path(path, "path")?, without_own(options)?);
        Ok((options, move |_: &Control| transcript::read(&path)))
    })
}

/// {@link readTranscript}, on the main thread.
#[napi(ts_args_type = "path: string | URL", ts_return_type = "Transcript")]
pub fn read_transcript_sync(env: &Env, path: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || transcript::read(&convert::path(path, "path")?))
}

/// Read a subtitle stream inside of a video file.
///
/// @example
/// await writeFile('talk.srt', transcriptToSrt(await readSubtitles('talk.mkv')))
#[napi(ts_args_type = "video: string | URL, options?: SubtitlesCall", ts_return_type = "Promise<Transcript>")]
pub fn read_subtitles<'env>(env: &'env Env, video: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let (video, mut options) = (convert::path(video, "video")?, Options::read(options)?);
        let StreamChoice { stream } = options.rest()?;
        Ok((options, move |control: &Control| transcript::embedded(&video, stream, Limits::default(), control)))
    })
}

/// Have a speech engine of your choice write down what is said in a video file. The sound is read once, cut where nobody
/// speaks, and handed over piece by piece.
///
/// @example
/// const engine = async (chunk) => (await fetch(SERVICE, { method: 'POST', body: chunk.toWav() })).json()
/// const transcript = await transcribe('talk.mp4', { engine })
/// await extractClips('talk.mp4', { transcript })
#[napi(ts_args_type = "video: string | URL, options: TranscribeCall", ts_return_type = "Promise<Transcript>")]
pub fn transcribe<'env>(env: &'env Env, video: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let (video, mut options) =
            (convert::path(video, "video")?, Options::read_with(options, &[], Some("engine"), None)?);
        let (engine, wanted) = (options.engine(), options.rest::<TranscribeOptions>()?);
        Ok((options, move |control: &Control| clip::transcribe_by(video, engine, &wanted, control)))
    })
}

/// A transcript as SubRip: cues with their times to the millisecond.
#[napi(ts_args_type = "transcript: Transcript", ts_return_type = "string")]
pub fn transcript_to_srt(env: &Env, transcript: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Kept, || Ok(convert::read::<Transcript>(transcript, "transcript")?.to_srt()))
}

/// A transcript as WebVTT, with speakers, and with the times of words that are the file's own.
#[napi(ts_args_type = "transcript: Transcript", ts_return_type = "string")]
pub fn transcript_to_vtt(env: &Env, transcript: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Kept, || Ok(convert::read::<Transcript>(transcript, "transcript")?.to_vtt()))
}

/// Say where a text turns to something else: the indices of the sentences that begin a topic, the first of them 0. It needs
/// no model.
///
/// @example
/// segmentTopics(['We bake bread.', 'Bread needs flour.', 'Stars shine.', 'A star is far.'], { count: 2 }) // [0, 2]
#[napi(ts_args_type = "sentences: string[], options?: TopicOptions", ts_return_type = "number[]")]
pub fn segment_topics(env: &Env, sentences: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Kept, || {
        let sentences: Vec<String> = convert::read(sentences, "sentences")?;
        let options: TopicOptions = Options::read(options)?.rest()?;
        segment(&sentences.iter().map(String::as_str).collect::<Vec<_>>(), &options)
    })
}
