//! Transcripts that are not as they should be, read by the main job.

use std::path::Path;

use opusclip_core::clip::{Extract, Limits, Selection, transcript};
use opusclip_core::{Control, Error, ErrorCode, Result};
use serde_json::json;

use super::support::{expected, extract, failure, fast, ffmpeg, media, options, sample, scratch};

fn choose(path: &Path) -> Result<Selection> {
    let wanted = fast(&json!({"transcript": path, "count": 2, "min_duration": 4, "max_duration": 12}));
    Extract::from(media("talk.mp4")).options(options(&wanted)?).select(&Control::new())
}

/// The repairs of the kind must be those of the lines that were spoilt.
fn repaired(name: &str, kind: &str) {
    let path = media(name);
    let wanted = expected(name);
    let read = transcript::read(&path).unwrap();
    let lines: Vec<u64> = read.repairs.iter().filter(|r| r.kind == kind).map(|r| r.line).collect();
    assert_eq!(json!(lines), wanted["bad_lines"], "{name}: {:?}", read.repairs);
    let notes = choose(&path).unwrap().notes;
    for line in lines {
        let named = format!("line {line}:");
        assert!(notes.iter().any(|note| note.contains(&named)), "{name}: nothing about line {line} in {notes:?}");
    }
}

#[test]
fn reversed_times_are_swapped_and_told_with_their_lines() {
    repaired("transcripts/reversed.srt", "reversed");
}

#[test]
fn overlapping_cues_are_parted_and_told_with_their_lines() {
    repaired("transcripts/overlapping.srt", "overlapping");
}

#[test]
fn times_behind_the_end_are_clamped_and_told_with_their_lines() {
    let name = "transcripts/out_of_range.srt";
    let selection = choose(&media(name)).unwrap();
    for line in expected(name)["bad_lines"].as_array().unwrap() {
        let named = format!("line {line}:");
        assert!(selection.notes.iter().any(|note| note.contains(&named)), "{line}: {:?}", selection.notes);
    }
    assert!(selection.clips.iter().all(|clip| clip.ranges[0].end <= 75.1));
}

#[test]
fn repaired_transcripts_give_the_clips_of_the_sound_one() {
    let ranges = |path: &Path| choose(path).unwrap().clips.iter().map(|c| c.ranges.clone()).collect::<Vec<_>>();
    let sound = ranges(&media("talk.srt"));
    for name in ["reversed", "overlapping", "out_of_range"] {
        assert_eq!(ranges(&media(&format!("transcripts/{name}.srt"))), sound, "{name}");
    }
}

#[test]
fn every_encoding_is_read() {
    for name in ["latin1", "utf16", "crlf_bom"] {
        let name = format!("transcripts/{name}.srt");
        let read = transcript::read(&media(&name)).unwrap();
        let wanted = expected(&name);
        assert_eq!(json!(read.cues.len()), wanted["cues"], "{name}");
        let text: String = read.cues.iter().map(|c| c.text.as_str()).collect();
        for part in wanted["contains"].as_array().unwrap() {
            assert!(text.contains(part.as_str().unwrap()), "{name} lacks {part}");
        }
        assert!(!text.contains('\u{fffd}') && !text.contains('\u{feff}'), "{name}");
        choose(&media(&name)).unwrap();
    }
    let guessed = transcript::read(&media("transcripts/latin1.srt")).unwrap();
    assert!(guessed.repairs.iter().any(|r| r.kind == "encoding" && r.line == 1), "{:?}", guessed.repairs);
    assert!(transcript::read(&media("transcripts/utf16.srt")).unwrap().repairs.is_empty(), "its mark says what it is");
}

#[test]
fn word_times_and_voices_are_kept() {
    let name = "transcripts/words.vtt";
    let read = transcript::read(&media(name)).unwrap();
    let wanted = expected(name);
    assert_eq!((json!(read.cues.len()), json!(read.words.len())), (wanted["cues"].clone(), wanted["words"].clone()));
    assert!(read.words.iter().all(|word| word.timed));
    assert!(read.cues.iter().all(|cue| ["host", "guest"].contains(&cue.speaker.as_deref().unwrap_or_default())));
}

#[test]
fn text_that_is_no_transcript_is_refused_by_file_and_line() {
    let folder = scratch();
    let here = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let cases = [
        (media("transcripts/garbage.srt"), ErrorCode::TranscriptSyntax, true),
        (media("transcripts/no_times.srt"), ErrorCode::TranscriptSyntax, true),
        (media("transcripts/empty.srt"), ErrorCode::TranscriptEmpty, false),
        (here("blank.srt", b"\n\n \n"), ErrorCode::TranscriptEmpty, false),
        (here("header.vtt", b"WEBVTT\n\n"), ErrorCode::TranscriptEmpty, false),
        (media("h264_aac.mp4"), ErrorCode::TranscriptSyntax, true),
        (folder.path().join("missing.srt"), ErrorCode::TranscriptUnreadable, false),
        (folder.path().to_owned(), ErrorCode::TranscriptUnreadable, false),
    ];
    for (path, code, has_line) in cases {
        let check = |error: Error, call: &str| {
            let what = format!("{call} {}: {error}", path.display());
            assert_eq!(error.code(), code, "{what}");
            assert_eq!(error.file_path(), Some(path.as_path()), "{what}");
            assert_eq!(error.line_number().is_some(), has_line, "{what}");
        };
        check(failure(transcript::read(&path), "read"), "read");
        check(failure(choose(&path), "select"), "select");
        let out = folder.path().join("out");
        check(failure(extract(&media("talk.mp4"), &out, &json!({"transcript": path})), "extract"), "extract");
        assert!(!out.exists(), "{} left something", path.display());
    }
}

#[test]
fn a_transcript_of_another_video_is_no_reason_to_fail() {
    let folder = scratch();
    let path = folder.path().join("late.srt");
    std::fs::write(&path, "1\n02:00:00,000 --> 02:00:05,000\nNobody hears this.\n").unwrap();
    let selection = choose(&path).unwrap();
    assert!(!selection.clips.is_empty(), "cut as without a transcript");
    assert!(selection.notes.iter().any(|note| note.contains("line 2:")), "{:?}", selection.notes);
}

/// Words and times of what `embedded` reads.
fn cues(path: &Path, stream: Option<usize>) -> Vec<(f64, f64, String)> {
    let read = transcript::embedded(path, stream, Limits::default(), &Control::new());
    let read = read.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert!(read.repairs.is_empty(), "{}: {:?}", path.display(), read.repairs);
    read.cues.into_iter().map(|c| (c.start, c.end, c.text)).collect()
}

#[test]
fn subtitles_inside_of_a_container_are_those_that_were_put_in() {
    let folder = scratch();
    let srt = folder.path().join("said.srt");
    let said = "1\n00:00:00,500 --> 00:00:02,000\nHello <i>there</i>,\nyou &amp; me.\n\n2\n00:00:02,500 --> 00:00:05,000\nBye 你好\n";
    std::fs::write(&srt, said).unwrap();
    let wanted = [(0.5, 2.0, "Hello there, you & me.".to_owned()), (2.5, 5.0, "Bye 你好".to_owned())];
    let inputs = format!("-f lavfi -i color=s=64x64:d=6:r=10 -i {} -map 0:v -map 1:s -c:v libx264", srt.display());
    for (name, codec) in
        [("a.mp4", "mov_text"), ("b.mkv", "subrip"), ("c.mkv", "webvtt"), ("d.mkv", "ass"), ("e.mov", "mov_text")]
    {
        let file = folder.path().join(name);
        ffmpeg(&format!("{inputs} -c:s {codec} -metadata:s:s:0 language=ger"), &file);
        // FFmpeg's SubRip decoder, which makes the text for the other formats, leaves character references as they are.
        let found: Vec<_> =
            cues(&file, None).into_iter().map(|(a, b, text)| (a, b, text.replace("&amp;", "&"))).collect();
        assert_eq!(found, wanted, "{codec}");
        assert_eq!(cues(&file, Some(1)).len(), 2, "{codec}");
        let read = transcript::embedded(&file, None, Limits::default(), &Control::new()).unwrap();
        assert_eq!(read.language.as_deref(), Some("de"), "{codec}");
    }
    // Its sound begins 21 ms before the time that the file calls 0, and all times count from the beginning.
    let (start, end, text) = cues(&media("chapters_subs.mkv"), None)[1].clone();
    assert!((start - 2.5).abs() < 0.03 && (end - 5.0).abs() < 0.03, "{start} to {end}");
    assert_eq!(text, "This is inside the file.");
}

#[test]
fn words_that_webvtt_times_inside_of_a_container_keep_their_times() {
    let folder = scratch();
    let (vtt, file) = (folder.path().join("said.vtt"), folder.path().join("said.mkv"));
    std::fs::write(&vtt, "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Ann>Hi <00:00:02.000>there\n").unwrap();
    ffmpeg(
        &format!("-f lavfi -i color=s=64x64:d=4:r=10 -i {} -map 0:v -map 1:s -c:v libx264 -c:s copy", vtt.display()),
        &file,
    );
    let read = transcript::embedded(&file, None, Limits::default(), &Control::new()).unwrap();
    assert_eq!(read.words.iter().map(|w| (w.start, w.timed)).collect::<Vec<_>>(), [(1.0, true), (2.0, true)]);
    assert_eq!(read.cues[0].speaker.as_deref(), Some("Ann"));
}

#[test]
fn files_without_such_a_stream_are_refused_and_say_what_there_is() {
    let refused = |path: &Path, stream| {
        let error = failure(transcript::embedded(path, stream, Limits::default(), &Control::new()), "embedded");
        assert_eq!((error.code(), error.file_path()), (ErrorCode::TranscriptUnreadable, Some(path)), "{error}");
        error.to_string()
    };
    assert!(refused(&media("talk.mp4"), None).contains("no subtitle stream"));
    assert!(refused(&media("chapters_subs.mkv"), Some(1)).contains("there are 3 (subrip)"));
    let Some(pictures) = sample("so-popeye-T00-1-pgs.mkv") else { return };
    assert!(refused(&pictures, None).contains("pictures, not text: 1 (hdmv_pgs_subtitle)"));
    assert!(refused(&pictures, Some(1)).contains("pictures"));
}

#[test]
fn embedded_subtitles_of_other_programs() {
    for (name, words) in [("ae-mov_text.mp4", 1), ("ae-webvtt.mkv", 1), ("tc-nasa_13013.mp4", 1)] {
        let Some(path) = sample(name) else { continue };
        match transcript::embedded(&path, None, Limits::default(), &Control::new()) {
            Ok(read) => {
                assert!(read.words.len() >= words && read.words.windows(2).all(|w| w[0].end <= w[1].start), "{name}");
            }
            Err(error) => assert_eq!(error.code(), ErrorCode::TranscriptEmpty, "{name}: {error}"),
        }
    }
}

/// What whisper-timestamped says: words with their times, and where they stand in the text.
#[test]
fn whisper_json_of_real_recordings() {
    for (name, language) in [("wts-smartphone.words.json", "fr"), ("wts-apollo11.words.json", "en")] {
        let Some(path) = sample(name) else { continue };
        let file: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let segments = file["segments"].as_array().unwrap();
        let wanted: Vec<&serde_json::Value> = segments.iter().flat_map(|s| s["words"].as_array().unwrap()).collect();
        let read = transcript::read(&path).unwrap();
        assert_eq!(read.language.as_deref(), Some(language));
        assert_eq!(read.cues.len(), segments.len(), "{name}: {:?}", read.repairs);
        for (cue, segment) in read.cues.iter().zip(segments) {
            assert_eq!(cue.text, segment["text"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" "));
        }
        // A mark that stands alone belongs to the word before it.
        let spoken = wanted.iter().filter(|w| w["text"].as_str().unwrap().chars().any(char::is_alphanumeric));
        let spoken: Vec<_> = spoken.map(|w| (w["start"].as_f64().unwrap(), w["text"].as_str().unwrap())).collect();
        assert_eq!(read.words.len(), spoken.len(), "{name}");
        for (word, (start, text)) in read.words.iter().zip(spoken) {
            assert!(
                word.timed && (word.start - start).abs() < 0.0011 && word.text.starts_with(text),
                "{word:?}: {start} {text}"
            );
        }
    }
}

#[test]
fn odd_transcripts_are_read_with_a_report() {
    let folder = scratch();
    let read = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        transcript::read(&path)
    };
    let repairs =
        |read: &transcript::Transcript| read.repairs.iter().map(|r| (r.line, r.kind.clone())).collect::<Vec<_>>();

    let hour = read("hour.srt", "1\n00:00:00,000 --> 01:00:00,000\nOne hour of words\n").unwrap();
    assert_eq!((hour.words.len(), hour.words[3].end, repairs(&hour).len()), (4, 3600.0, 0));
    let word = read("word.srt", "1\n00:00:01,000 --> 00:00:02,000\nOne\n").unwrap();
    assert_eq!((word.words.len(), word.words[0].start, word.words[0].end), (1, 1.0, 2.0));

    let cue = "1\n00:00:01,000 --> 00:00:02,000\nSame\n\n";
    let twice = read("twice.srt", &cue.repeat(2)).unwrap();
    assert_eq!((twice.cues.len(), repairs(&twice)), (1, vec![(6, "duplicate".into())]));

    let both = "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ann>I think\n\n00:02.000 --> 00:05.000\n<v Bob>No\n";
    let both = read("both.vtt", both).unwrap();
    assert_eq!((both.cues[0].end, both.cues[1].start, repairs(&both)), (2.0, 2.0, vec![(3, "overlapping".into())]));

    let late =
        read("late.srt", "1\n00:00:01,000 --> 00:00:09,000\nHere\n\n2\n00:00:20,000 --> 00:00:21,000\nGone\n").unwrap();
    let late = late.fit(5.0);
    assert_eq!((late.cues.len(), late.cues[0].end), (1, 5.0));
    assert_eq!(repairs(&late), [(2, "out_of_range".into()), (6, "out_of_range".into())]);

    let mixed = read("mixed.srt", "1\n00:00:01,000 --> 00:00:02,000\nHello 你好世界 שלום สวัสดี\n").unwrap();
    let words: Vec<&str> = mixed.words.iter().map(|w| w.text.as_str()).collect();
    assert_eq!((&words[..4], words[4..].concat().as_str()), (&["Hello", "你好", "世界", "שלום"][..], "สวัสดี"));

    let control =
        read("control.srt", "1\n00:00:01,000 --> 00:00:02,000\na\u{7}b \u{202e}c\u{202c}\u{1b}[31m\n").unwrap();
    assert_eq!(
        (control.cues[0].text.as_str(), repairs(&control)),
        ("ab c[31m", vec![(3, "control_characters".into())])
    );

    for (name, text) in [("empty.json", ""), ("empty.ass", "[Script Info]\n"), ("none.json", "{\"segments\": []}")] {
        assert_eq!(read(name, text).unwrap_err().code(), ErrorCode::TranscriptEmpty, "{name}");
    }
    let error = read("fields.json", "{\"segments\": [\n{\"id\": 1, \"text\": \"x\"}]}").unwrap_err();
    assert_eq!(
        (error.code(), error.field_name(), error.line_number()),
        (ErrorCode::TranscriptSyntax, Some("segments[0].start"), Some(2))
    );
    assert!(error.file_path().is_some());
}

#[test]
fn more_than_100_mb_are_refused_by_name_and_cost_nothing() {
    let folder = scratch();
    let path = folder.path().join("large.srt");
    // A file with a hole: nothing is written, and nothing beyond the limit is read.
    std::fs::File::create(&path).unwrap().set_len(100_000_001).unwrap();
    let error = failure(transcript::read(&path), "read");
    assert_eq!((error.code(), error.file_path()), (ErrorCode::LimitExceeded, Some(path.as_path())));
    assert!(error.message().contains("100 MB"), "{error}");
}

/// `cargo nextest run --run-ignored only -E 'test(measure_large)' --no-capture` prints the figures.
#[test]
#[ignore = "a measurement"]
fn measure_large_transcripts() {
    use opusclip_core::clip::transcript::TranscriptFormat;
    let clock =
        |ms: u64| format!("{:02}:{:02}:{:02},{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
    let says =
        "The quick brown fox jumps over the lazy dog and then some\nmore people said yes and no and maybe again.";
    let peak = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default().to_owned();
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or_default() / 1000.0
    };
    for megabytes in [12.5, 25.0, 50.0, 99.9] {
        let (mut srt, mut json, mut n) = (String::new(), String::from("{\"segments\": ["), 0u64);
        let bytes = (megabytes * 1e6) as usize;
        while srt.len() + 200 < bytes {
            let at = n * 1000;
            srt += &format!("{n}\n{} --> {}\n{says}\n\n", clock(at), clock(at + 900));
            n += 1;
        }
        let mut cues = 0;
        while json.len() + 1000 < bytes {
            let words: Vec<String> = (0..10)
                .map(|w| {
                    format!(
                        "{{\"word\": \" word{w}\", \"start\": {cues}.{w}, \"end\": {cues}.{w}9, \"probability\": 0.9}}"
                    )
                })
                .collect();
            // Captions that repeat each other are taken for rolling ones.
            let text: String = (0..10).map(|w| format!(" word{w}")).collect::<String>() + &format!(" {cues}");
            let comma = if cues == 0 { "" } else { ",\n" };
            json += &format!(
                "{comma}{{\"start\": {cues}, \"end\": {}, \"text\": \"{text}\", \"words\": [{}]}}",
                cues + 1,
                words.join(", ")
            );
            cues += 1;
        }
        json += "]}";
        for (text, format, cues) in [(srt, TranscriptFormat::Srt, n as usize), (json, TranscriptFormat::Json, cues)] {
            let started = std::time::Instant::now();
            let read = transcript::parse(&text, format).unwrap();
            let seconds = started.elapsed().as_secs_f64();
            let (words, size) = (read.words.len(), text.len() as f64 / 1e6);
            eprintln!(
                "{format:?} {size:.1} MB: {seconds:.2} s, {} cues, {words} words, peak {:.0} MB",
                read.cues.len(),
                peak()
            );
            assert_eq!(read.cues.len(), cues);
        }
    }
}
