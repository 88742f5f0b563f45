//! Speech to text: what engines are given, and what becomes of what they say.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use opusclip_core::clip::transcribe::{AudioChunk, TranscribeOptions, transcribe};
use opusclip_core::clip::transcript::{self, Transcript};
use opusclip_core::{CancelToken, Control, ErrorCode, Result};

use super::support::{failure, ffmpeg, finish, media, media_dir, opusclip, sample, scratch};

fn pieces(seconds: f64) -> TranscribeOptions {
    TranscribeOptions { chunk_seconds: seconds, ..TranscribeOptions::default() }
}

/// Says how long each piece is.
fn clock(chunk: &AudioChunk, _: &Control) -> Result<Transcript> {
    let length = chunk.end - chunk.start;
    transcript::from_bytes(
        format!(r#"[{{"start": 0.5, "end": {}, "text": "{:.0} seconds"}}]"#, length - 0.5, length).as_bytes(),
    )
}

#[test]
fn engines_hear_the_whole_talk_in_pieces_that_end_between_sentences() {
    let heard = Mutex::new(Vec::new());
    let engine = |chunk: &AudioChunk, control: &Control| {
        assert_eq!(
            (chunk.sample_rate, chunk.samples.len()),
            (16_000, ((chunk.end - chunk.start) * 16_000.0).round() as usize)
        );
        heard.lock().unwrap().push((chunk.start, chunk.end));
        clock(chunk, control)
    };
    let made = transcribe(media("talk.mp4"), &engine, &pieces(20.0), &Control::new()).unwrap();
    let heard = heard.into_inner().unwrap();
    assert!(heard.len() >= 4 && heard[0].0 < 0.05 && heard.last().unwrap().1 > 74.8, "{heard:?}");
    assert!(heard.windows(2).all(|p| p[0].1 == p[1].0) && heard.iter().all(|(a, b)| b - a <= 20.0), "{heard:?}");
    let talk: serde_json::Value =
        serde_json::from_slice(&std::fs::read(media_dir().join("talk.json")).unwrap()).unwrap();
    for (_, cut) in &heard[..heard.len() - 1] {
        let inside = |s: &&serde_json::Value| s["start"].as_f64().unwrap() < *cut && *cut < s["end"].as_f64().unwrap();
        assert!(!talk["sentences"].as_array().unwrap().iter().any(|s| inside(&s)), "cut at {cut} inside of a sentence");
    }
    assert_eq!(made.cues.len(), heard.len());
    for (cue, (start, end)) in made.cues.iter().zip(&heard) {
        assert!(
            (cue.start - start - 0.5).abs() < 1e-4 && (cue.end - end + 0.5).abs() < 1e-4,
            "{cue:?} of {start} to {end}"
        );
    }
    assert!(made.repairs.is_empty(), "{:?}", made.repairs);
}

#[test]
fn the_sound_is_that_of_the_file() {
    let wav = Mutex::new(Vec::new());
    let engine = |chunk: &AudioChunk, _: &Control| {
        *wav.lock().unwrap() = chunk.to_wav()?;
        Ok(Transcript::default())
    };
    let made = transcribe(media("talk.mp4"), &engine, &TranscribeOptions::default(), &Control::new()).unwrap();
    assert!(made.words.is_empty());
    // FFmpeg's own resampling of the same stream, and how much is left when one is taken from the other.
    let folder = scratch();
    let (ours, theirs) = (folder.path().join("ours.wav"), folder.path().join("theirs.wav"));
    std::fs::write(&ours, wav.into_inner().unwrap()).unwrap();
    ffmpeg(&format!("-i {} -vn -ac 1 -ar 16000 -c:a pcm_s16le", media("talk.mp4").display()), &theirs);
    let samples = |path: &std::path::Path| -> Vec<f64> {
        let bytes = std::fs::read(path).unwrap();
        let data = bytes.windows(4).position(|w| w == b"data").unwrap() + 8;
        bytes[data..].chunks_exact(2).map(|b| f64::from(i16::from_le_bytes([b[0], b[1]]))).collect()
    };
    let (ours, theirs) = (samples(&ours), samples(&theirs));
    assert!((ours.len() as f64 - theirs.len() as f64).abs() < 1600.0, "{} and {}", ours.len(), theirs.len());
    let power = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
    let best = (-40i64..=40).map(|shift| {
        let pair = |n: i64| ours.get(n as usize).zip(theirs.get((n + shift) as usize)).map_or(0.0, |(a, b)| a - b);
        power(&mut (16_000..320_000).map(pair))
    });
    let (left, all) = (best.fold(f64::INFINITY, f64::min), power(&mut theirs[16_000..320_000].iter().copied()));
    assert!(10.0 * (all / left.max(1.0)).log10() > 30.0, "{} dB", 10.0 * (all / left).log10());
}

#[test]
fn what_an_engine_says_is_mended_or_refused() {
    let say = |text: &'static str| move |_: &AudioChunk, _: &Control| transcript::from_bytes(text.as_bytes());
    let hear = |text| transcribe(media("talk.mp4"), &say(text), &TranscribeOptions::default(), &Control::new());
    let made = hear(r#"[{"start": 70, "end": 80, "text": "Too long"}, {"start": 90, "end": 95, "text": "Too late"}]"#)
        .unwrap();
    assert_eq!((made.cues.len(), made.cues[0].text.as_str()), (1, "Too long"));
    assert!((made.cues[0].end - 75.0).abs() < 0.1, "{:?}", made.cues);
    assert_eq!(made.repairs.iter().map(|r| r.kind.as_str()).collect::<Vec<_>>(), ["out_of_range", "out_of_range"]);

    let spoil = |change: fn(&mut Transcript)| {
        let engine = move |chunk: &AudioChunk, control: &Control| {
            clock(chunk, control).map(|mut t| {
                change(&mut t);
                t
            })
        };
        let error =
            failure(transcribe(media("talk.mp4"), &engine, &TranscribeOptions::default(), &Control::new()), "nonsense");
        assert_eq!(error.code(), ErrorCode::EngineFailed, "{error}");
        error.field_name().unwrap_or_default().to_owned()
    };
    assert_eq!(spoil(|t| t.cues[0].start = f64::NAN), "cues[0].start");
    assert_eq!(spoil(|t| t.words[1].end = f64::INFINITY), "words[1].end");
    assert_eq!(spoil(|t| t.words[0].cue = 7), "words[0].cue");
}

#[test]
fn errors_of_an_engine_tell_where_in_which_file() {
    let calls = AtomicUsize::new(0);
    let engine = |chunk: &AudioChunk, control: &Control| match calls.fetch_add(1, Ordering::Relaxed) {
        0 => clock(chunk, control),
        _ => Err(opusclip_core::Error::new(ErrorCode::EngineFailed, "the service is down")),
    };
    let video = media("talk.mp4");
    let error = failure(transcribe(&video, &engine, &pieces(20.0), &Control::new()), "engine");
    assert_eq!((error.code(), error.message()), (ErrorCode::EngineFailed, "the service is down"));
    assert_eq!(error.file_path(), Some(video.as_path()));
    assert!((10.0..20.0).contains(&error.media_time().unwrap()), "{error}");
}

#[test]
fn silent_files_are_heard_by_nobody_and_files_without_sound_are_refused() {
    let never =
        |chunk: &AudioChunk, _: &Control| -> Result<Transcript> { panic!("heard {} to {}", chunk.start, chunk.end) };
    let hear = |name: &str| transcribe(media(name), &never, &TranscribeOptions::default(), &Control::new());
    assert!(hear("silent_audio.mp4").unwrap().words.is_empty());
    assert_eq!(failure(hear("no_audio.mp4"), "no sound").code(), ErrorCode::MediaNoAudio);
    let missing = transcribe("none.mp4", &never, &TranscribeOptions::default(), &Control::new());
    assert_eq!(failure(missing, "missing").code(), ErrorCode::MediaNotFound);
    let wrong = transcribe(media("talk.mp4"), &never, &pieces(1.0), &Control::new());
    assert_eq!(failure(wrong, "options").field_name(), Some("chunk_seconds"));
}

#[test]
fn sound_that_begins_late_has_the_times_of_the_file() {
    let begin = Mutex::new(None);
    let engine = |chunk: &AudioChunk, _: &Control| {
        let first = chunk.samples.iter().position(|s| s.abs() > 0.05).unwrap_or_default();
        begin.lock().unwrap().get_or_insert(chunk.start + first as f64 / 16_000.0);
        Ok(Transcript::default())
    };
    let folder = scratch();
    let file = folder.path().join("late.mkv");
    ffmpeg("-f lavfi -i color=s=64x64:d=12:r=10 -itsoffset 7.5 -f lavfi -i sine=d=3 -c:v libx264 -c:a flac", &file);
    transcribe(&file, &engine, &TranscribeOptions::default(), &Control::new()).unwrap();
    let begin = begin.into_inner().unwrap().unwrap();
    assert!((begin - 7.5).abs() < 0.02, "{begin}");
}

#[test]
fn progress_grows_to_the_end_and_cancelling_and_time_limits_stop() {
    let told = std::sync::Arc::new(Mutex::new(Vec::new()));
    let sink = std::sync::Arc::clone(&told);
    let control = Control::new().on_progress(move |p| sink.lock().unwrap().push((p.stage, p.fraction)));
    transcribe(media("talk.mp4"), &clock, &pieces(10.0), &control).unwrap();
    let told = told.lock().unwrap();
    assert!(
        told.iter().all(|(stage, _)| *stage == "transcribe") && told.windows(2).all(|t| t[0].1 <= t[1].1),
        "{told:?}"
    );
    assert_eq!(told.last().unwrap().1, 1.0);

    let token = CancelToken::new();
    let stopper = token.clone();
    let asked = Mutex::new(None);
    let engine = |chunk: &AudioChunk, control: &Control| {
        asked.lock().unwrap().get_or_insert_with(Instant::now);
        stopper.cancel();
        clock(chunk, control)
    };
    let error =
        failure(transcribe(media("talk.mp4"), &engine, &pieces(10.0), &Control::new().with_cancel(token)), "cancelled");
    assert_eq!(error.code(), ErrorCode::Cancelled);
    assert!(asked.into_inner().unwrap().unwrap().elapsed() < Duration::from_millis(200));

    let slow = |chunk: &AudioChunk, control: &Control| {
        std::thread::sleep(Duration::from_millis(300));
        clock(chunk, control)
    };
    let options = TranscribeOptions { time_limit: Some(0.2), ..TranscribeOptions::default() };
    assert_eq!(
        failure(transcribe(media("talk.mp4"), &slow, &options, &Control::new()), "late").code(),
        ErrorCode::LimitTime
    );
}

#[test]
fn the_command_writes_what_a_program_prints() {
    let folder = scratch();
    let out = folder.path().join("said.vtt");
    let run = |arguments: &[&str]| {
        let mut command = opusclip();
        command.arg("transcribe").arg(media("talk.mp4")).args(arguments);
        finish(command, Duration::from_secs(60))
    };
    // Says how many bytes it was given.
    let program = r#"printf '1\n00:00:01,000 --> 00:00:02,000\nheard %s\n' $(stat -c %s "$1")"#;
    let engine = ["--command", "sh", "--arg", "-c", "--arg", program, "--arg", "engine"];
    let srt = run(&engine);
    let text = String::from_utf8_lossy(&srt.stdout).into_owned();
    assert!(srt.status.success() && text.starts_with("1\n00:00:01,000 --> 00:00:02,000\nheard 24"), "{srt:?}");
    let written =
        run(&[&engine[..], &["--format", "vtt", "--language", "en", "--out", &out.to_string_lossy()]].concat());
    assert!(written.status.success() && written.stdout.is_empty(), "{written:?}");
    assert!(std::fs::read_to_string(&out).unwrap().starts_with("WEBVTT\nLanguage: en\n"));
    let again = run(&[&engine[..], &["--out", &out.to_string_lossy()]].concat());
    assert_eq!(again.status.code(), Some(5));
    let json = run(&[&engine[..], &["--json"]].concat());
    let read: Transcript = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(read.words[0].text, "heard");

    let failed = run(&["--command", "sh", "--arg", "-c", "--arg", "echo no model >&2; exit 9"]);
    assert_eq!(failed.status.code(), Some(4));
    let said = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(said.contains("exit status 9") && said.contains("no model") && said.contains("[engine.failed]"), "{said}");
    assert_eq!(run(&[]).status.code(), Some(2), "no engine is wrong use");
    let model = run(&["--model", "none.bin"]);
    assert!([Some(2), Some(4)].contains(&model.status.code()), "{model:?}");
}

#[cfg(feature = "whisper")]
#[test]
fn models_without_weights_are_refused_by_name() {
    use opusclip_core::clip::transcribe::Whisper;
    for name in ["for-tests-ggml-tiny.bin", "for-tests-ggml-tiny.en.bin"] {
        let Some(path) = sample(name) else { continue };
        let error = failure(Whisper::open(&path, 1, Some("en")), name);
        assert_eq!((error.code(), error.file_path()), (ErrorCode::ModelUnreadable, Some(path.as_path())));
        assert!(error.message().contains("no weights"), "{error}");
    }
}

#[cfg(not(feature = "whisper"))]
#[test]
fn samples_are_not_needed_without_the_feature() {
    let _ = sample;
}
