use proptest::prelude::*;

use super::*;

/// Three vocabularies in turn, so many sentences of each.
fn generated(lengths: &[usize]) -> Vec<String> {
    let vocabularies = [
        ["bread", "flour", "oven", "dough", "yeast", "baker", "crust", "loaf"],
        ["star", "planet", "orbit", "telescope", "galaxy", "comet", "moon", "sky"],
        ["goal", "keeper", "referee", "stadium", "coach", "match", "league", "ball"],
    ];
    let mut state = 7u32;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize % below
    };
    let mut sentences = Vec::new();
    for (topic, &length) in lengths.iter().enumerate() {
        for _ in 0..length {
            let words: Vec<&str> = (0..6).map(|_| vocabularies[topic % 3][next(8)]).collect();
            sentences.push(format!("The {} and the {}.", words[..3].join(" "), words[3..].join(" ")));
        }
    }
    sentences
}

fn starts(lengths: &[usize]) -> Vec<usize> {
    lengths.iter().scan(0, |at, length| Some(std::mem::replace(at, *at + length))).collect()
}

fn english() -> TopicOptions {
    TopicOptions { language: Some("en".into()), ..TopicOptions::default() }
}

fn divided(sentences: &[String], options: &TopicOptions) -> Vec<usize> {
    segment(&sentences.iter().map(String::as_str).collect::<Vec<_>>(), options).unwrap()
}

#[test]
fn borders_between_vocabularies_are_found_whatever_their_distance() {
    for lengths in [&[4, 5, 6][..], &[12, 7, 20, 9], &[60, 40, 80], &[250, 180, 220, 290]] {
        assert_eq!(divided(&generated(lengths), &english()), starts(lengths), "{lengths:?}");
    }
}

#[test]
fn a_text_about_one_thing_stays_whole() {
    assert_eq!(divided(&generated(&[40]), &english()), [0]);
}

#[test]
fn as_many_topics_as_asked_for() {
    let sentences = generated(&[8, 9, 10]);
    for count in 1..=sentences.len() {
        let options = TopicOptions { count: Some(count), ..english() };
        assert_eq!(divided(&sentences, &options).len(), count);
    }
}

#[test]
fn impossible_counts_are_refused() {
    for count in [0, 3] {
        let options = TopicOptions { count: Some(count), ..english() };
        let error = segment(&["One.", "Two."], &options).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ConfigOutOfRange);
    }
}

#[test]
fn embeddings_find_what_the_words_do_not_say() {
    let sentences: Vec<String> = (0..24).map(|n| format!("Word{n}.")).collect();
    let vectors = |n: usize| vec![if n < 10 { 1.0 } else { -1.0 }, (n % 3) as f32 * 0.1, (n % 5) as f32 * 0.1];
    let options = TopicOptions { embeddings: Some((0..24).map(vectors).collect()), ..english() };
    assert_eq!(divided(&sentences, &options), [0, 10]);
}

#[test]
fn embeddings_that_do_not_fit_are_refused() {
    for (embeddings, code) in [
        (vec![vec![1.0]], ErrorCode::ConfigInvalid),
        (vec![vec![1.0], vec![1.0, 2.0]], ErrorCode::ConfigInvalid),
        (vec![vec![], vec![]], ErrorCode::ConfigInvalid),
        (vec![vec![1.0], vec![f32::NAN]], ErrorCode::ConfigNotFinite),
    ] {
        let options = TopicOptions { embeddings: Some(embeddings), ..english() };
        let error = segment(&["One.", "Two."], &options).unwrap_err();
        assert_eq!(error.code(), code);
        assert!(error.to_string().contains("embeddings"));
    }
}

#[test]
fn scripts_without_blanks_have_topics_too() {
    let cooking = ["我们今天做面包。", "面包需要面粉。", "面粉和水做成面团。", "面团放进烤箱。", "烤箱里的面包很香。"];
    let sky =
        ["望远镜看见行星。", "行星绕着恒星转。", "恒星离我们很远。", "望远镜也看见恒星。", "行星很小，恒星很大。"];
    let both: Vec<&str> = [cooking, sky].concat();
    let options = TopicOptions { count: Some(2), ..TopicOptions::default() };
    assert_eq!(segment(&both, &options).unwrap(), [0, 5]);
    assert_eq!(keywords(&both, &[0, 5], Some("zh"))[0], ["面包"]);
}

#[test]
fn topics_know_their_times_and_words() {
    let sentences: Vec<Sentence> = generated(&[8, 9])
        .into_iter()
        .enumerate()
        .map(|(n, text)| Sentence {
            start: n as f64,
            end: n as f64 + 0.9,
            text,
            first_word: n,
            last_word: n,
            complete: true,
        })
        .collect();
    let found = topics(&sentences, &english()).unwrap();
    let spans: Vec<_> = found.iter().map(|t| (t.start, t.end, t.first_sentence, t.last_sentence)).collect();
    assert_eq!(spans, [(0.0, 7.9, 0, 7), (8.0, 16.9, 8, 16)]);
    assert!(found.iter().all(|topic| topic.keywords.len() == 5));
    let baking = ["bread", "flour", "oven", "dough", "yeast", "baker", "crust", "loaf"];
    assert!(found[0].keywords.iter().all(|word| baking.contains(&word.as_str())), "{:?}", found[0].keywords);
}

/// Pk (Beeferman, Berger and Lafferty 1999) with half the mean length of a topic as its window.
fn pk(sentences: usize, truth: &[usize], found: &[usize]) -> f64 {
    let window = ((sentences as f64 / truth.len() as f64 / 2.0).round_ties_even() as usize).max(2);
    let topic = |starts: &[usize], at: usize| starts.partition_point(|&start| start <= at);
    let same = |starts: &[usize], at: usize| topic(starts, at) == topic(starts, at + window);
    let wrong = (0..sentences - window).filter(|&at| same(truth, at) != same(found, at)).count();
    wrong as f64 / (sentences - window) as f64
}

#[test]
#[allow(clippy::print_stderr)] // Who runs the tests must see that one was skipped, and why.
fn the_benchmark_of_choi_stays_within_its_figure() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/samples/text/choi");
    let Ok(files) = std::fs::read_dir(folder) else {
        return eprintln!("skipped: there is no folder {folder}");
    };
    let (mut sum, mut documents) = (0.0, 0.0);
    for file in files {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
        let (mut sentences, mut truth) = (Vec::new(), Vec::new());
        for part in text.split("==========") {
            let lines: Vec<&str> = part.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            if !lines.is_empty() {
                truth.push(sentences.len());
                sentences.extend(lines);
            }
        }
        sum += pk(sentences.len(), &truth, &segment(&sentences, &TopicOptions::default()).unwrap());
        documents += 1.0;
    }
    assert!(documents > 0.0 && sum / documents <= 0.09, "mean Pk {}", sum / documents);
}

proptest! {
    #[test]
    fn any_text_is_divided_in_order(
        texts in prop::collection::vec("(\\PC{0,12}[ .]){0,8}", 0..40),
        count in prop::option::of(1usize..40),
    ) {
        let sentences: Vec<&str> = texts.iter().map(String::as_str).collect();
        let count = count.map(|count| count.min(sentences.len().max(1)));
        let options = TopicOptions { count, ..TopicOptions::default() };
        let found = segment(&sentences, &options).unwrap();
        prop_assert_eq!(found.first().copied(), (!sentences.is_empty()).then_some(0));
        prop_assert!(found.is_sorted_by(|a, b| a < b));
        prop_assert!(found.iter().all(|&start| start < sentences.len()));
        if let Some(count) = count.filter(|_| !sentences.is_empty()) {
            prop_assert_eq!(found.len(), count);
        }
        prop_assert_eq!(keywords(&sentences, &found, None).len(), found.len());
        prop_assert_eq!(&segment(&sentences, &options).unwrap(), &found);
    }
}
