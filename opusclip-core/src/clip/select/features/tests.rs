//! The features by their formulas.

use super::super::fixtures::{heard, known, said, shots, silent};
use super::*;
use crate::clip::analysis::{Analysis, Curve, FaceSample, Loudness};
use crate::clip::media::Chapter;
use crate::clip::transcript::Transcript;
use crate::time::Span;

fn candidate(start: f64, end: f64, words: (usize, usize)) -> Candidate {
    let span = Span::new(start, end);
    Candidate { span, length: span.duration(), words: Some(words), opens: true, closes: true, pauses: (1.0, 1.0) }
}

fn scores(
    candidates: &[Candidate],
    analysis: &Analysis,
    transcript: Option<&Transcript>,
    options: &SelectOptions,
) -> Vec<Scored> {
    score(candidates, &known(analysis, transcript, options), options, &Control::new()).unwrap()
}

fn value(scored: &Scored, name: &str) -> Option<f64> {
    scored.values[TABLE.iter().position(|r| r.name == name).unwrap()]
}

#[test]
fn the_weights_sum_to_one_also_when_some_are_left_out() {
    assert!((TABLE.iter().map(|r| r.weight).sum::<f64>() - 1.0).abs() < 1e-12);
    let scored = scores(&[candidate(0.0, 20.0, (0, 0))], &silent(60.0), None, &SelectOptions::default());
    assert!((TABLE.iter().map(|r| r.asked).sum::<f64>() - 1.0).abs() < 1e-12);
    // Neither text nor sound nor cuts: duration 0.07 and position 0.01 are left.
    let left = Weights::new(&SelectOptions::default()).among(&scored[0].values);
    assert!((left.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    let duration = TABLE.iter().position(|r| r.name == "duration").unwrap();
    assert!((left[duration] - 0.07 / 0.08).abs() < 1e-12);
    assert_eq!((value(&scored[0], "hook"), value(&scored[0], "rhythm")), (None, None));
}

#[test]
fn a_question_to_the_viewer_is_a_better_hook_than_a_remark() {
    let talk = said(&[
        (0.0, 3.0, "Did you know that 9 of ten people never do this?"),
        (10.0, 13.0, "This is the table that I was talking of."),
    ]);
    let made = scores(
        &[candidate(0.0, 9.0, (0, 10)), candidate(10.0, 19.0, (11, 19))],
        &silent(60.0),
        Some(&talk),
        &SelectOptions::default(),
    );
    assert_eq!(value(&made[0], "hook"), Some(1.0));
    assert_eq!(value(&made[1], "hook"), Some(0.25));
}

#[test]
fn words_that_come_late_spoil_the_hook() {
    let talk = said(&[(2.5, 5.0, "The end is near to all of us.")]);
    let made = scores(&[candidate(0.0, 9.0, (0, 7))], &silent(60.0), Some(&talk), &SelectOptions::default());
    assert_eq!(value(&made[0], "hook"), Some(0.0));
}

#[test]
fn a_clip_that_points_back_or_breaks_off_is_less_complete() {
    let talk = said(&[(0.0, 3.0, "And so he left the house in a hurry."), (4.0, 7.0, "The house is old.")]);
    let mut back = candidate(0.0, 3.5, (0, 8));
    back.closes = false;
    let whole = candidate(4.0, 7.5, (9, 12));
    let made = scores(&[back, whole], &silent(60.0), Some(&talk), &SelectOptions::default());
    let [back, whole] = [0, 1].map(|at| value(&made[at], "completeness").unwrap());
    // 0.45 × 0.3 + 0.35 × 0.4 + 0.2
    assert!((back - 0.475).abs() < 1e-12, "{back}");
    assert!((whole - 1.0).abs() < 1e-12, "{whole}");
}

#[test]
fn long_pauses_cost_fluency() {
    let analysis = heard(60.0, &[(10.0, 12.8), (20.0, 20.5)]);
    let mut without = candidate(20.6, 40.6, (0, 0));
    without.words = None;
    let with = Candidate { span: Span::new(0.0, 20.0), ..without };
    let made = scores(&[with, without], &analysis, None, &SelectOptions::default());
    // 2.0 s too much in 20 s: 1 - 4 × 0.1.
    assert!((value(&made[0], "fluency").unwrap() - 0.6).abs() < 1e-9);
    assert_eq!(value(&made[1], "fluency"), Some(1.0));
}

#[test]
fn lengths_that_suit_short_video_win() {
    let lengths = [10.0, 21.0, 30.0, 34.0, 59.0];
    let all: Vec<Candidate> = lengths.iter().map(|l| candidate(0.0, *l, (0, 0))).collect();
    let made = scores(&all, &silent(60.0), None, &SelectOptions::default());
    let values: Vec<f64> = made.iter().map(|s| value(s, "duration").unwrap()).collect();
    assert_eq!(values[1..4], [1.0, 1.0, 1.0]);
    assert!((values[0] - 7.0 / 18.0).abs() < 1e-12);
    assert!((values[4] - 35.0 / 60.0).abs() < 1e-12);
}

#[test]
fn a_moderate_rhythm_of_cuts_wins_over_none_and_over_frenzy() {
    let mut analysis = silent(60.0);
    let mut borders = vec![0.0, 20.0, 25.0, 30.0, 40.0];
    borders.extend((1..=40).map(|n| 40.0 + f64::from(n) * 0.5));
    analysis.shots = shots(&borders);
    let all = [candidate(0.5, 19.5, (0, 0)), candidate(20.5, 39.5, (0, 0)), candidate(40.2, 59.2, (0, 0))];
    let made = scores(&all, &analysis, None, &SelectOptions::default());
    let values: Vec<f64> = made.iter().map(|s| value(s, "rhythm").unwrap()).collect();
    assert_eq!(values[..2], [0.4, 1.0]);
    assert!(values[2] < 0.3);
}

#[test]
fn every_value_stays_within_its_range() {
    let talk = said(&[(0.0, 3.0, "Why?"), (4.0, 7.0, "你好。")]);
    let mut analysis = heard(60.0, &[(3.0, 4.0), (7.0, 60.0)]);
    analysis.shots = shots(&[0.0, 1.0, 60.0]);
    let options = SelectOptions { min_duration: 1.0, max_duration: 900.0, ..SelectOptions::default() };
    for (start, end) in [(0.0, 1.0), (0.0, 60.0), (59.0, 60.0), (0.0, 0.0)] {
        for scored in scores(&[candidate(start, end, (0, 1))], &analysis, Some(&talk), &options) {
            assert!(scored.values.iter().flatten().all(|v| (0.0..=1.0).contains(v)), "{scored:?}");
            assert!((0.0..=1.0).contains(&scored.score));
        }
    }
}

#[test]
fn weights_of_the_caller_replace_those_of_the_table() {
    let options = SelectOptions {
        weights: BTreeMap::from([("position".into(), 1.0), ("duration".into(), 0.0)]),
        ..SelectOptions::default()
    };
    let made = scores(&[candidate(0.0, 20.0, (0, 0))], &silent(40.0), None, &options);
    // Of what the source can have only the position is left: its middle lies at a quarter.
    assert!((made[0].score - 0.75).abs() < 1e-12, "{}", made[0].score);
}

#[test]
fn a_reference_soon_after_the_beginning_is_worse_than_none_and_better_than_a_bare_and() {
    let talk = said(&[
        (0.0, 3.0, "When he came home, the door was open."),
        (4.0, 7.0, "When Anna came home, she saw the door."),
        (8.0, 11.0, "And he came home to an open door."),
    ]);
    let all = [candidate(0.0, 3.0, (0, 7)), candidate(4.0, 7.0, (8, 15)), candidate(8.0, 11.0, (16, 23))];
    let made = scores(&all, &silent(60.0), Some(&talk), &SelectOptions::default());
    let values: Vec<f64> = made.iter().map(|s| value(s, "completeness").unwrap()).collect();
    // 0.45 × opening + 0.35 + 0.2; the first two are followed by a sentence that stands alone.
    for (found, opening, closing) in [(values[0], 0.6, 1.0), (values[1], 1.0, 1.0), (values[2], 0.3, 1.0)] {
        assert!((found - (0.45 * opening + 0.35 * closing + 0.2)).abs() < 1e-12, "{values:?}");
    }
}

#[test]
fn a_reply_is_no_opening_although_it_asks() {
    let talk = said(&[
        (0.0, 2.0, "Nothing at all?"),
        (2.2, 5.0, "Not one plank of the tower."),
        (10.0, 13.0, "Was nothing at all left of the tower?"),
    ]);
    let options = SelectOptions { language: Some("en".into()), ..SelectOptions::default() };
    let all = [candidate(0.0, 9.0, (0, 8)), candidate(10.0, 19.0, (9, 16))];
    let made = scores(&all, &silent(60.0), Some(&talk), &options);
    let values = |name: &str| made.iter().map(|s| value(s, name).unwrap()).collect::<Vec<_>>();
    // 0.25 + 0.75 × points: `nothing` is a strong word in both, in the first it only opens a reply.
    assert_eq!(values("hook"), [0.25 + 0.75 * 0.25, 0.25 + 0.75 * 0.6]);
    // 0.45 × opening + 0.35 × closing + 0.2; a question that nobody answers closes with 0.5.
    for (found, (opening, closing)) in values("completeness").into_iter().zip([(0.5, 1.0), (1.0, 0.5)]) {
        assert!((found - (0.45 * opening + 0.35 * closing + 0.2)).abs() < 1e-12, "{found}");
    }
}

#[test]
fn an_end_that_asks_or_goes_on_is_no_end() {
    let talk = said(&[
        (0.0, 3.0, "What makes bread rise?"),
        (3.1, 6.0, "Yeast eats sugar."),
        (6.1, 9.0, "But salt slows yeast down."),
    ]);
    let all = [candidate(0.0, 3.0, (0, 3)), candidate(0.0, 6.0, (0, 6)), candidate(0.0, 9.0, (0, 11))];
    let options = SelectOptions { language: Some("en".into()), ..SelectOptions::default() };
    let made = scores(&all, &silent(60.0), Some(&talk), &options);
    let values: Vec<f64> = made.iter().map(|s| value(s, "completeness").unwrap()).collect();
    for (found, closing) in values.iter().zip([0.5, 0.7, 1.0]) {
        assert!((found - (0.65 + 0.35 * closing)).abs() < 1e-12, "{values:?}");
    }
}

#[test]
fn a_question_with_its_answer_is_structure_and_one_without_is_none() {
    let talk = said(&[
        (0.0, 3.0, "What makes bread rise?"),
        (4.0, 9.0, "Tiny living cells of yeast eat sugar and give off gas."),
        (10.0, 14.0, "Grey stones lie along every river bank of Norway."),
    ]);
    let all = [candidate(0.0, 9.0, (0, 14)), candidate(10.0, 14.0, (15, 23))];
    let made = scores(&all, &silent(60.0), Some(&talk), &SelectOptions::default());
    assert_eq!(made.iter().map(|s| value(s, "structure").unwrap()).collect::<Vec<_>>(), [0.5, 0.0]);
}

#[test]
fn words_of_feeling_move_and_other_languages_are_left_out() {
    let talk =
        said(&[(0.0, 3.0, "I was so scared and then I cried."), (4.0, 7.0, "The box was made of wood and of tin.")]);
    let all = [candidate(0.0, 3.0, (0, 7)), candidate(4.0, 7.0, (8, 16))];
    let made = scores(&all, &silent(60.0), Some(&talk), &SelectOptions::default());
    assert_eq!(made.iter().map(|s| value(s, "emotion").unwrap()).collect::<Vec<_>>(), [1.0, 0.0]);
    let options = SelectOptions { language: Some("de".into()), ..SelectOptions::default() };
    let german = scores(&all, &silent(60.0), Some(&talk), &options);
    assert_eq!(value(&german[0], "emotion"), None);
}

#[test]
fn repeating_oneself_is_less_dense_than_saying_more() {
    let talk = said(&[
        (0.0, 6.0, "Copper wires carry signals across frozen mountain valleys."),
        (10.0, 16.0, "Copper copper copper copper copper copper copper copper."),
    ]);
    let all = [candidate(0.0, 6.0, (0, 7)), candidate(10.0, 16.0, (8, 15))];
    let made = scores(&all, &silent(60.0), Some(&talk), &SelectOptions::default());
    assert!(value(&made[0], "density").unwrap() > 0.9);
    // One word in six seconds: (1 / 6 - 0.15) / 0.75.
    assert!((value(&made[1], "density").unwrap() - (1.0 / 6.0 - 0.15) / 0.75).abs() < 1e-9);
}

#[test]
fn what_was_asked_for_wins() {
    let talk = said(&[
        (0.0, 9.0, "We were fishing for salmon in the river."),
        (10.0, 19.0, "Baking bread needs yeast, and bread needs time."),
        (20.0, 29.0, "Deep work needs silence, and no deep sea."),
    ]);
    let all = [candidate(0.0, 9.0, (0, 7)), candidate(10.0, 19.0, (8, 15)), candidate(20.0, 29.0, (16, 23))];
    let asked = |options: SelectOptions| -> Vec<f64> {
        let made = scores(&all, &silent(60.0), Some(&talk), &options);
        made.iter().map(|s| value(s, "keywords").unwrap()).collect()
    };
    let query =
        asked(SelectOptions { query: Some("How do I bake a loaf of bread?".into()), ..SelectOptions::default() });
    assert_eq!((query[0], query[1]), (0.0, 1.0));
    let keywords = asked(SelectOptions { keywords: vec!["deep work".into()], ..SelectOptions::default() });
    assert_eq!(keywords, [0.0, 0.0, 1.0]);
    let nothing = asked(SelectOptions { keywords: vec!["astronomy".into()], ..SelectOptions::default() });
    assert_eq!(nothing, [0.0; 3]);
    let made = scores(&all, &silent(60.0), Some(&talk), &SelectOptions::default());
    assert_eq!(value(&made[0], "keywords"), None);
}

#[test]
fn laughter_counts_whether_it_is_written_or_heard() {
    let talk = said(&[(0.0, 3.0, "So he said no."), (3.0, 4.0, "[Laughter]"), (20.0, 23.0, "That was it.")]);
    let all = [candidate(0.0, 9.0, (0, 4)), candidate(15.0, 25.0, (5, 7))];
    let made = scores(&all, &silent(60.0), Some(&talk), &SelectOptions::default());
    assert_eq!((value(&made[0], "laughter"), value(&made[1], "laughter")), (Some(0.6), Some(0.0)));

    let mut analysis = heard(60.0, &[(10.0, 14.0), (30.0, 34.0)]);
    let mut values = vec![-20.0; 600];
    values[300..340].fill(-60.0);
    let curve = Curve { start: 0.0, step: Loudness::STEP, values };
    let short_term = curve.clone();
    let loudness = Loudness { integrated: Some(-20.0), range: 5.0, true_peak: None, momentary: curve, short_term };
    analysis.loudness = Some(loudness);
    // The first gap is as loud as the speech around it, the second is silent.
    let all = [candidate(5.0, 20.0, (0, 0)), candidate(25.0, 40.0, (0, 0))];
    let made = scores(&all, &analysis, None, &SelectOptions::default());
    assert_eq!((value(&made[0], "laughter"), value(&made[1], "laughter")), (Some(0.6), Some(0.0)));
}

#[test]
fn faces_motion_and_chapters_count_where_they_are_known() {
    let (mut analysis, options) = (silent(60.0), SelectOptions::default());
    let moving = (0..60).map(|n| if n < 30 { 3.0 } else { 1.0 }).collect();
    analysis.motion = Some(Curve { start: 0.0, step: 1.0, values: moving });
    let face = |time: f64, count| FaceSample { time, count, largest: 0.3 };
    let faces = [face(5.0, 1), face(15.0, 0), face(45.0, 0)];
    let chapter = |start, end| Chapter { start, end, title: String::new() };
    let chapters = [chapter(0.0, 20.0), chapter(20.0, 60.0)];
    let mut known = known(&analysis, None, &options);
    (known.faces, known.chapters) = (&faces, &chapters);
    let all = [candidate(0.0, 20.0, (0, 0)), candidate(15.0, 35.0, (0, 0)), candidate(50.0, 60.0, (0, 0))];
    let made = score(&all, &known, &options, &Control::new()).unwrap();
    let values = |name: &str| made.iter().map(|s| value(s, name).unwrap()).collect::<Vec<_>>();
    assert_eq!(values("faces"), [0.5, 0.0, 0.5]);
    // 3 / (3 + 2), 2.5 / (2.5 + 2), 1 / (1 + 2).
    for (found, expected) in values("motion").into_iter().zip([0.6, 2.5 / 4.5, 1.0 / 3.0]) {
        assert!((found - expected).abs() < 1e-9, "{found}");
    }
    for (found, expected) in values("chapter").into_iter().zip([1.0, 0.7 * 0.75, 0.7]) {
        assert!((found - expected).abs() < 1e-9, "{found}");
    }
}
