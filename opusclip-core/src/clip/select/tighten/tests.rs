use super::*;
use proptest::prelude::*;

/// Words of 0.3 s that follow each other at once; `_` is a gap of a quarter of a second.
fn said(text: &str) -> Vec<Word> {
    let mut at = 0.5;
    let mut words = Vec::new();
    for part in text.split(' ') {
        if part == "_" {
            at += 0.25;
        } else {
            words.push(Word { start: at, end: at + 0.3, text: part.into(), cue: 0, timed: true });
            at += 0.3;
        }
    }
    words
}

fn end(words: &[Word]) -> f64 {
    round_micros(words.last().map_or(1.0, |word| word.end) + 0.7)
}

/// The words that are still heard.
fn left(text: &str, options: &TightenOptions) -> String {
    let words = said(text);
    let kept = tighten(Span::new(0.0, end(&words)), &words, &[], options);
    let heard = words.iter().filter(|word| kept.iter().any(|span| span.contains((word.start + word.end) / 2.0)));
    heard.map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn without_fillers(language: &str) -> TightenOptions {
    TightenOptions { remove_fillers: true, language: Some(language.into()), ..TightenOptions::default() }
}

fn without_pauses(longest: f64) -> TightenOptions {
    TightenOptions { remove_pauses: Some(longest), ..TightenOptions::default() }
}

#[test]
fn without_a_wish_nothing_is_cut() {
    let words = said("So um _ _ _ _ _ _ here we are");
    let range = Span::new(0.0, end(&words));
    assert_eq!(tighten(range, &words, &[], &TightenOptions::default()), [range]);
}

#[test]
fn a_long_pause_is_shortened_and_a_short_one_stays() {
    let words = said("one two three _ _ _ _ four five six _ _ seven eight");
    // "three" ends at 1.4, "four" begins at 2.4.
    let kept = tighten(Span::new(0.0, end(&words)), &words, &[], &without_pauses(0.6));
    assert_eq!(kept, [Span::new(0.0, 1.55), Span::new(2.25, 5.1)]);
}

#[test]
fn a_laugh_between_words_is_no_pause() {
    let words = said("one two three _ _ _ _ _ _ _ _ four five six");
    let range = Span::new(0.0, end(&words));
    // The gap lasts from 1.4 to 3.4; silence was heard only at its ends, because somebody laughs.
    let laugh = [Span::new(1.4, 1.8), Span::new(3.0, 3.4)];
    assert_eq!(tighten(range, &words, &laugh, &without_pauses(0.6)), [range]);
    // Silence that was heard while a word is said, as the transcript has it, does not count.
    let within = [Span::new(0.6, 1.3), Span::new(1.0, 2.6)];
    assert_eq!(tighten(range, &words, &within, &without_pauses(0.6)), [Span::new(0.0, 1.55), Span::new(2.45, 5.0)]);
}

#[test]
fn lead_in_and_tail_stay() {
    let words = said("_ _ _ _ _ _ _ _ one two three");
    let range = Span::new(0.0, end(&words) + 3.0);
    let heard = [Span::new(0.0, words[0].start), Span::new(words[2].end, range.end)];
    assert_eq!(tighten(range, &words, &heard, &without_pauses(0.6)), [range]);
    assert_eq!(tighten(range, &[], &heard, &without_pauses(0.6)), [range], "without words, too");
}

#[test]
fn shared_out_times_without_ears_are_not_trusted() {
    let mut words = said("one two three _ _ _ _ four um _ five six seven");
    words.iter_mut().for_each(|word| word.timed = false);
    let range = Span::new(0.0, end(&words));
    let options = TightenOptions { remove_pauses: Some(0.6), ..without_fillers("en") };
    assert_eq!(tighten(range, &words, &[], &options), [range]);
}

#[test]
fn fillers_go_in_each_language() {
    for (language, said, wanted) in [
        ("en", "Well I um think uhh that erm works", "Well I think that works"),
        ("de", "Wir gehen äh um ähm acht Uhr los", "Wir gehen um acht Uhr los"),
        ("fr", "Je pense euh que oui", "Je pense que oui"),
        ("es", "Yo eh creo que este hombre, este, lo sabe", "Yo creo que este hombre, lo sabe"),
        ("it", "Io penso ehm che sia vero", "Io penso che sia vero"),
        ("pt-BR", "Ele tem um hum carro novo", "Ele tem um carro novo"),
        ("nl", "Ik denk uhm dat het werkt", "Ik denk dat het werkt"),
    ] {
        assert_eq!(left(said, &without_fillers(language)), wanted, "{language}");
    }
}

#[test]
fn phrases_go_only_when_set_apart() {
    let options = without_fillers("en");
    assert_eq!(left("He was, you know, quite tall", &options), "He was, quite tall");
    assert_eq!(left("This _ you know _ is hard", &options), "This is hard");
    for stays in ["Do you know the way home", "People like you like it", "He said, you know the rest"] {
        assert_eq!(left(stays, &options), stays);
    }
}

#[test]
fn stammered_words_are_said_once_and_meant_repetitions_stay() {
    let options = without_fillers("en");
    assert_eq!(left("And then I I I think so", &options), "And then I think so");
    for stays in ["It is very very good indeed", "I know that that is true", "The cat and the the"] {
        assert_eq!(left(stays, &options), stays);
    }
}

#[test]
fn borders_of_sentences_and_of_the_clip_stay() {
    let options = without_fillers("en");
    for stays in ["Um I think it works um", "It works fine um. We all know it", "It works fine. Um we all know it"] {
        assert_eq!(left(stays, &options), stays);
    }
    // A phrase that would reach the clip's end.
    assert_eq!(left("It works fine. _ You know", &options), "It works fine. You know");
    let between = "It works fine. _ Um, _ we all know it";
    assert_eq!(left(between, &options), "It works fine. we all know it", "between pauses nothing is heard of it");
}

#[test]
fn a_filler_under_another_voice_stays() {
    let mut words = said("one two um three four");
    words.insert(2, Word { start: 0.95, end: 1.6, text: "yes".into(), cue: 1, timed: true });
    let range = Span::new(0.0, end(&words));
    assert_eq!(tighten(range, &words, &[], &without_fillers("en")), [range]);
}

#[test]
fn a_filler_without_times_of_its_own_goes_between_heard_pauses() {
    let mut words = said("one two _ _ um _ _ three four");
    words.iter_mut().for_each(|word| word.timed = false);
    // "um" from 1.6 to 1.9, as shared out; the pauses tell better.
    let heard = [Span::new(1.15, 1.55), Span::new(1.95, 2.35)];
    let kept = tighten(Span::new(0.0, end(&words)), &words, &heard, &without_fillers("en"));
    assert_eq!(kept, [Span::new(0.0, 1.35), Span::new(2.15, 3.7)]);
}

#[test]
fn options_are_checked_by_name() {
    let refused = |options: TightenOptions| options.validate().unwrap_err().field_name().map(str::to_owned);
    assert_eq!(refused(without_pauses(0.0)), Some("remove_pauses".into()));
    assert_eq!(refused(without_pauses(f64::NAN)), Some("remove_pauses".into()));
    assert_eq!(refused(without_pauses(0.2)), Some("keep_pause".into()));
    assert_eq!(refused(TightenOptions { keep_pause: -1.0, ..TightenOptions::default() }), Some("keep_pause".into()));
    assert_eq!(refused(without_fillers(" ")), Some("language".into()));
    let both = r#"{"removePauses": 0.6, "keep_pause": 0.2, "removeFillers": true}"#;
    let read: TightenOptions = serde_json::from_str(both).unwrap();
    assert_eq!((read.remove_pauses, read.keep_pause, read.remove_fillers), (Some(0.6), 0.2, true));
    read.validate().unwrap();
}

/// A talk with fillers, gaps, overlapping voices and full stops.
fn talk() -> impl Strategy<Value = Vec<Word>> {
    let texts = ["um", "you", "know,", "I", "I", "light,", "house.", "like,", "Uh,", "the", "storm"];
    let word = (0..texts.len(), 0u32..80, 1u32..60, any::<bool>(), 0u32..12);
    prop::collection::vec(word, 0..60).prop_map(move |parts| {
        let mut at = 0.0;
        let word = |(text, gap, length, timed, over): (usize, u32, u32, bool, u32)| {
            // Now and then a word begins before the one before it ends.
            let gap = if over == 0 { -f64::from(gap) / 400.0 } else { f64::from(gap * u32::from(gap > 40)) / 50.0 };
            let start = f64::max(at + gap, 0.0);
            at = start + f64::from(length) / 100.0;
            Word { start, end: at, text: texts[text].into(), cue: 0, timed }
        };
        let mut words: Vec<Word> = parts.into_iter().map(word).collect();
        words.sort_by(|a, b| a.start.total_cmp(&b.start));
        words
    })
}

fn heard() -> impl Strategy<Value = Vec<Span>> {
    prop::collection::vec((1u32..60, 1u32..40), 0..30).prop_map(|parts| {
        let mut at = 0.0;
        let pause = |(before, length)| {
            let start = at + f64::from(before) / 10.0;
            at = start + f64::from(length) / 10.0;
            Span::new(start, at)
        };
        parts.into_iter().map(pause).collect()
    })
}

proptest! {
    #[test]
    fn cuts_lie_in_gaps_and_leave_no_snippets(
        words in talk(), heard in heard(), from in 0u32..100, length in 1u32..400,
        pauses in prop::option::of(1u32..20), keep in 0u32..10, fillers in any::<bool>(), german in any::<bool>(),
    ) {
        let range = Span::new(f64::from(from) / 10.0, f64::from(from + length) / 10.0);
        let options = TightenOptions {
            remove_pauses: pauses.map(|tenths| f64::from(tenths) / 10.0),
            keep_pause: f64::from(keep) / 10.0,
            remove_fillers: fillers,
            language: Some(if german { "de" } else { "en" }.into()),
        };
        let kept = tighten(range, &words, &heard, &options);
        prop_assert_eq!(&kept, &tighten(range, &words, &heard, &options));
        // In order, inside, from end to end.
        prop_assert_eq!((kept[0].start, kept[kept.len() - 1].end), (range.start, range.end));
        prop_assert!(kept.windows(2).all(|pair| pair[0].end < pair[1].start));
        prop_assert!(kept.len() == 1 || kept.iter().all(|span| span.duration() >= SHORTEST_KEPT - 2e-6));
        prop_assert!(kept.iter().all(|span| *span == span.rounded()));
        let within = |word: &&Word| word.end > range.start && word.start < range.end;
        let inside: Vec<&Word> = words.iter().filter(within).collect();
        for pair in kept.windows(2) {
            let cut = Span::new(pair[0].end, pair[1].start);
            for border in [cut.start, cut.end] {
                let halved = words.iter().find(|word| word.start + 2e-6 < border && border < word.end - 2e-6);
                prop_assert_eq!(halved, None, "{} lies in a word", border);
            }
            let mut gone = inside.iter().filter(|word| cut.overlap(Span::new(word.start, word.end)) > 2e-6);
            let Some(first) = gone.next() else {
                // A pause: both agree that nothing is said, and as much stays as was asked for.
                let wide = Span::new(cut.start - options.keep_pause / 2.0, cut.end + options.keep_pause / 2.0);
                let silent = |word: &&Word| wide.overlap(Span::new(word.start, word.end)) < 1e-5;
                prop_assert!(options.remove_pauses.is_some_and(|longest| wide.duration() > longest - 1e-5));
                prop_assert!(inside.iter().copied().all(|word| silent(&word)));
                let agrees = |pause: &Span| pause.start - 1e-5 <= wide.start && wide.end <= pause.end + 1e-5;
                prop_assert!(heard.is_empty() || heard.iter().any(agrees));
                continue;
            };
            // Fillers: never without being asked for, never at the borders of the clip or the end of a sentence.
            prop_assert!(options.remove_fillers);
            for word in std::iter::once(first).chain(gone) {
                prop_assert!(!ends_sentence(&word.text) && word.text != "storm" && word.text != "light,");
                prop_assert!(word.timed || !heard.is_empty());
            }
        }
        if let (Some(first), Some(last)) = (inside.first(), inside.last()) {
            prop_assert!(kept[0].end >= first.end.min(range.end) - 2e-6);
            prop_assert!(kept[kept.len() - 1].start <= last.start.max(range.start) + 2e-6);
        }
    }
}
