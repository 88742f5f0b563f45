use super::super::{Transcript, TranscriptFormat, parse};
use super::*;

fn read(text: &str) -> Transcript {
    parse(text, TranscriptFormat::Json).unwrap()
}

fn words(transcript: &Transcript) -> Vec<(&str, f64, f64, bool)> {
    transcript.words.iter().map(|w| (w.text.as_str(), w.start, w.end, w.timed)).collect()
}

fn refused(text: &str) -> (ErrorCode, Option<String>, Option<u64>) {
    let error = parse(text, TranscriptFormat::Json).unwrap_err();
    (error.code(), error.field_name().map(str::to_owned), error.line_number())
}

#[test]
fn whisper_segments_with_words() {
    let made = read(
        r#"{"text": " Hi there. L'été", "language": "French", "segments": [
        {"id": 0, "seek": 0, "start": 0.5, "end": 2.0, "text": " Hi there.", "tokens": [1, 2], "words": [
            {"word": " Hi", "start": 0.5, "end": 0.9, "probability": 0.9},
            {"word": " there.", "start": 1.2, "end": 2.0, "probability": 0.9}]},
        {"id": 1, "start": 3.0, "end": 4.0, "text": " L'été", "words": [
            {"word": " L'", "start": 3.0, "end": 3.2}, {"word": "été", "start": 3.2, "end": 4.0}]}]}"#,
    );
    assert_eq!(words(&made), [("Hi", 0.5, 0.9, true), ("there.", 1.2, 2.0, true), ("L'été", 3.0, 4.0, true)]);
    assert_eq!(made.language.as_deref(), Some("fr"));
    assert_eq!(
        made.cues.iter().map(|c| (c.line, c.text.as_str())).collect::<Vec<_>>(),
        [(2, "Hi there."), (5, "L'été")]
    );
    assert!(made.repairs.is_empty(), "{:?}", made.repairs);
}

#[test]
fn whisperx_words_without_times_are_interpolated_and_speakers_kept() {
    let made = read(
        r#"{"segments": [{"start": 1.0, "end": 5.0, "text": " In 2014 he won.", "speaker": "SPEAKER_00", "words": [
            {"word": "In", "start": 1.0, "end": 1.4, "score": 0.9, "speaker": "SPEAKER_00"}, {"word": "2014"},
            {"word": "he", "start": null, "end": null}, {"word": "won.", "start": 3.0, "end": 3.5}]}],
        "word_segments": [{"word": "In", "start": 1.0, "end": 1.4}], "language": "en"}"#,
    );
    // The letters and two more of each word, digits as four letters: 18 and 4 of 1.6 s.
    let wanted = [
        ("In", 1.0, 1.4, true),
        ("2014", 1.4, 2.709091, false),
        ("he", 2.709091, 3.0, false),
        ("won.", 3.0, 3.5, true),
    ];
    assert_eq!(words(&made), wanted);
    assert_eq!(made.cues[0].speaker.as_deref(), Some("SPEAKER_00"));
}

#[test]
fn overlapping_speakers_take_turns_and_it_is_told() {
    let made = read(
        r#"[{"start": 0, "end": 4, "text": "One two three", "speaker": "A", "words": [
            {"word": "One", "start": 0, "end": 1}, {"word": "two", "start": 1, "end": 2}, {"word": "three", "start": 3, "end": 4}]},
        {"start": 2, "end": 5, "text": "No!", "speaker": "B"}]"#,
    );
    let wanted = [
        ("One", 0.0, 1.0, true),
        ("two", 1.0, 1.416667, false),
        ("three", 1.416667, 2.0, false),
        ("No!", 2.0, 5.0, true),
    ];
    assert_eq!(words(&made), wanted);
    assert_eq!(made.repairs.iter().map(|r| (r.line, r.kind.as_str())).collect::<Vec<_>>(), [(1, "overlapping")]);
}

#[test]
fn openai_words_of_all_segments() {
    let made = read(
        r#"{"task": "transcribe", "language": "english", "duration": 5.0, "text": "Hello, you. Bye!",
        "words": [{"word": "Hello", "start": 0.0, "end": 0.5}, {"word": "you", "start": 0.6, "end": 1.0},
                  {"word": "Bye", "start": 3.0, "end": 3.4}],
        "segments": [{"id": 0, "start": 0.0, "end": 1.2, "text": " Hello, you."}, {"id": 1, "start": 3.0, "end": 4.0, "text": " Bye!"}]}"#,
    );
    assert_eq!(words(&made), [("Hello,", 0.0, 0.5, true), ("you.", 0.6, 1.0, true), ("Bye!", 3.0, 3.4, true)]);
    assert_eq!(made.cues[1].text, "Bye!");
}

#[test]
fn words_alone_become_cues_at_pauses_stops_and_speakers() {
    let made = read(
        r#"{"words": [{"word": "One.", "start": 0, "end": 1}, {"word": "Two", "start": 1, "end": 2},
        {"word": "six", "start": 3, "end": 4}, {"word": "ten", "start": 4, "end": 5, "speaker": "B"}]}"#,
    );
    assert_eq!(made.cues.iter().map(|c| c.text.as_str()).collect::<Vec<_>>(), ["One.", "Two", "six", "ten"]);
}

#[test]
fn whisper_cpp_with_parts_of_words() {
    let made = read(
        r#"{"systeminfo": "AVX", "result": {"language": "en"}, "transcription": [
        {"timestamps": {"from": "00:00:00,320", "to": "00:00:02,000"}, "offsets": {"from": 320, "to": 2000}, "text": " My Americans,",
         "tokens": [{"text": "[_BEG_]", "offsets": {"from": 0, "to": 0}, "id": 50363, "p": 0.9},
            {"text": " My", "offsets": {"from": 320, "to": 600}}, {"text": " Amer", "offsets": {"from": 600, "to": 1000}},
            {"text": "icans", "offsets": {"from": 1000, "to": 1800}}, {"text": ",", "offsets": {"from": 1800, "to": 1900}},
            {"text": "[_TT_100]", "offsets": {"from": 2000, "to": 2000}}]},
        {"timestamps": {}, "offsets": {"from": 2000, "to": 3000}, "text": " ask"}]}"#,
    );
    assert_eq!(words(&made), [("My", 0.32, 0.6, true), ("Americans,", 0.6, 1.9, true), ("ask", 2.0, 3.0, true)]);
    assert_eq!(made.language.as_deref(), Some("en"));
}

#[test]
fn lists_as_faster_whisper_dumps_them() {
    let segment = r#"[1, 0, 0.0, 1.5, " Hi you", [50364, 2425], -0.2, 1.1, 0.01, [[0.0, 0.5, " Hi", 0.9], [0.7, 1.5, " you", 0.8]], 0.0]"#;
    for text in
        [format!("[{segment}]"), format!(r#"{{"segments": [{segment}]}}"#), format!(r#"[[{segment}], ["en", 0.9]]"#)]
    {
        assert_eq!(words(&read(&text)), [("Hi", 0.0, 0.5, true), ("you", 0.7, 1.5, true)], "{text}");
    }
}

#[test]
fn other_engines() {
    let made = read(
        r#"{"text": "a b", "chunks": [{"timestamp": [0.0, 1.5], "text": " a"}, {"timestamp": [2.0, null], "text": " b"}]}"#,
    );
    assert_eq!(made.cues.iter().map(|c| (c.start, c.end)).collect::<Vec<_>>(), [(0.0, 1.5), (2.0, 2.5)]);
    assert_eq!(made.repairs.len(), 1, "an end that is missing is told");
    let made =
        read(r#"{"fragments": [{"begin": "0.000", "end": "2.640", "id": "f1", "language": "eng", "lines": ["1"]}]}"#);
    assert_eq!((made.cues[0].end, made.cues[0].text.as_str()), (2.64, "1"));
    let console = "[00:00:00.000 --> 00:00:04.500]   And so my\n[00:00:04.500 --> 00:00:08.000]   fellow Americans\n";
    let made = parse(console, TranscriptFormat::Srt).unwrap();
    assert_eq!(made.cues.iter().map(|c| c.text.as_str()).collect::<Vec<_>>(), ["And so my", "fellow Americans"]);
    assert!(made.repairs.is_empty());
}

#[test]
fn what_this_library_wrote_reads_back() {
    let vtt = "WEBVTT\nLanguage: en\n\n00:01.000 --> 00:05.000\n<v Ann>One <00:02.000>two three\n\n00:07.000 --> 00:08.000\nfour\n";
    let made = parse(vtt, TranscriptFormat::Vtt).unwrap();
    assert_eq!(read(&serde_json::to_string(&made).unwrap()), made);
}

#[test]
fn items_that_cannot_be_read_are_left_out_with_path_and_line() {
    let made = read(
        "{\"segments\": [\n{\"start\": 0, \"end\": 1, \"text\": \"Kept\", \"words\": [{\"word\": 7}, 3]},\n\
         {\"end\": 2, \"text\": \"no start\"},\n{\"start\": 2, \"end\": 3},\n{\"start\": \"soon\", \"end\": 3, \"text\": \"x\"},\n\
         {\"start\": 1e300, \"end\": 3, \"text\": \"x\"},\n7,\n{\"start\": 4, \"end\": 5, \"text\": [1]}]}",
    );
    assert_eq!(made.cues.iter().map(|c| c.text.as_str()).collect::<Vec<_>>(), ["Kept"]);
    let told: Vec<_> =
        made.repairs.iter().map(|r| (r.line, r.message.split(": ").next().unwrap_or_default())).collect();
    assert_eq!(
        told,
        [
            (2, "left out segments[0].words[0].word"),
            (2, "left out segments[0].words[1]"),
            (3, "left out segments[1].start"),
            (4, "left out segments[2].text"),
            (5, "left out segments[3].start"),
            (6, "left out segments[4].start"),
            (7, "left out segments[5]"),
            (8, "left out segments[6].text"),
        ]
    );
}

#[test]
fn files_that_are_no_transcript_are_refused_with_path_and_line() {
    use ErrorCode::{TranscriptEmpty, TranscriptSyntax};
    assert_eq!(refused("{\"segments\": [\n{]}"), (TranscriptSyntax, None, Some(2)));
    assert_eq!(refused("{\"a\": 1}"), (TranscriptSyntax, None, Some(1)));
    assert_eq!(refused("{\"segments\": 3}"), (TranscriptSyntax, Some("segments".into()), Some(1)));
    assert_eq!(
        refused("{\"segments\": [\n{\"text\": \"x\"}]}"),
        (TranscriptSyntax, Some("segments[0].start".into()), Some(2))
    );
    assert_eq!(refused("5"), (TranscriptSyntax, None, Some(1)));
    assert_eq!(refused("[[[[1]]]]").0, TranscriptSyntax);
    for empty in ["", "{\"segments\": []}", "[]", "{\"segments\": [{\"start\": 0, \"end\": 1, \"text\": \" \"}]}"] {
        assert_eq!(refused(empty).0, TranscriptEmpty, "{empty}");
    }
}

#[test]
fn control_characters_reach_no_word() {
    let made = read(r#"[{"start": 0, "end": 1, "text": "a\u0007b \u202ec\u0000\u202c שלום\u200f 你好"}]"#);
    assert_eq!(made.words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>(), ["ab", "c", "שלום\u{200f}", "你好"]);
}
