//! Boundaries in frames made by hand: each kind is found where it is, each distractor is none.

use proptest::prelude::*;

use super::finder::{Finder, REACH};
use super::sketch::made::{mixed, plain, scene};
use super::sketch::{FINE, Sketch, WIDTH};
use crate::clip::analysis::{Boundary, BoundaryKind};
use crate::clip::media::Shrunk;

const RATE: f64 = 25.0;

fn found(frames: impl IntoIterator<Item = Sketch>) -> Vec<Boundary> {
    let mut finder = Finder::new();
    frames.into_iter().for_each(|frame| finder.push(frame));
    finder.finish()
}

/// `count` frames, made from their number and their time.
fn film(count: usize, make: impl Fn(usize, f64) -> Sketch) -> Vec<Sketch> {
    (0..count).map(|n| make(n, n as f64 / RATE)).collect()
}

/// A shot whose camera moves slowly.
fn shot(seed: u32, n: usize, time: f64) -> Sketch {
    scene(seed, n as f32 * 0.03, time)
}

/// From one shot to the next in frames 50 to 75: `share` of the new one at a place of the picture, for how far it has
/// gone from 0 to 1.
fn transition(share: impl Fn(f32, f32, f32) -> f32) -> Vec<Sketch> {
    film(130, |n, time| {
        let gone = ((n as f32 - 50.0) / 25.0).clamp(0.0, 1.0);
        mixed(&shot(1, n, time), &shot(2, n, time), |x, y| share(gone, x, y))
    })
}

fn one(boundaries: &[Boundary], kind: BoundaryKind, start: f64, end: f64, within: f64) {
    let [found] = boundaries else { panic!("not one boundary: {boundaries:?}") };
    assert_eq!(found.kind, kind, "{found:?}");
    assert!((found.start - start).abs() <= within && (found.end - end).abs() <= within, "{found:?}");
    assert!(found.confidence > 0.5 && found.confidence <= 1.0);
}

#[test]
fn a_cut_is_the_first_frame_of_the_new_shot() {
    let frames = film(100, |n, time| shot(if n < 50 { 1 } else { 2 }, n, time));
    one(&found(frames), BoundaryKind::Cut, 2.0, 2.0, 0.0);
}

#[test]
fn cuts_near_the_ends_are_found() {
    let frames = film(100, |n, time| shot(if n < 2 { 1 } else { 2 }, n, time));
    one(&found(frames), BoundaryKind::Cut, 0.08, 0.08, 0.0);
    let frames = film(100, |n, time| shot(if n < 98 { 1 } else { 2 }, n, time));
    one(&found(frames), BoundaryKind::Cut, 3.92, 3.92, 0.0);
}

#[test]
fn a_dissolve_is_found_with_its_ends() {
    one(&found(transition(|gone, _, _| gone)), BoundaryKind::Dissolve, 2.0, 3.0, 0.13);
}

#[test]
fn wipes_are_found_in_any_direction() {
    let sharp = |edge: f32| edge.signum().max(0.0);
    one(&found(transition(|gone, x, _| sharp(gone - x))), BoundaryKind::Wipe, 2.0, 3.0, 0.2);
    one(&found(transition(|gone, _, y| sharp(gone - (1.0 - y)))), BoundaryKind::Wipe, 2.0, 3.0, 0.2);
}

#[test]
fn fades_through_one_colour_are_one_boundary() {
    for colour in [0, 255] {
        let frames = film(130, |n, time| {
            let seen = if n < 62 { (60.0 - n as f32) / 10.0 } else { (n as f32 - 66.0) / 10.0 };
            mixed(&plain(colour, time), &shot(if n < 62 { 1 } else { 2 }, n, time), |_, _| seen)
        });
        one(&found(frames), BoundaryKind::Fade, 2.0, 3.04, 0.13);
    }
}

#[test]
fn fades_to_and_from_long_black_are_two() {
    let frames = film(200, |n, time| {
        let seen = if n < 100 { (60.0 - n as f32) / 10.0 } else { (n as f32 - 120.0) / 10.0 };
        mixed(&plain(0, time), &shot(if n < 100 { 1 } else { 2 }, n, time), |_, _| seen)
    });
    let boundaries = found(frames);
    assert_eq!(boundaries.len(), 2, "{boundaries:?}");
    one(&boundaries[..1], BoundaryKind::Fade, 2.0, 2.4, 0.13);
    one(&boundaries[1..], BoundaryKind::Fade, 4.8, 5.2, 0.13);
}

#[test]
fn light_is_no_boundary() {
    let lit = |light: &dyn Fn(usize) -> f32, colour: u8| {
        film(130, |n, time| mixed(&shot(1, n, time), &plain(colour, time), |_, _| light(n)))
    };
    let flash = |n: usize| if (50..52).contains(&n) { 0.9 } else { 0.0 };
    let strobe = |n: usize| if (50..70).contains(&n) && n.is_multiple_of(5) { 0.9 } else { 0.0 };
    let drift = |n: usize| 0.45 * (1.0 - ((n as f32 - 65.0) / 20.0).abs()).max(0.0);
    let dies = |n: usize| if n < 50 { 0.0 } else { (1.0 - (n - 50) as f32 / 12.0).max(0.0).powi(2) };
    for (name, frames) in [
        ("flash", lit(&flash, 255)),
        ("strobe", lit(&strobe, 255)),
        ("drift", lit(&drift, 0)),
        ("a flash that dies away", lit(&dies, 255)),
    ] {
        assert_eq!(found(frames), [], "{name}");
    }
}

#[test]
fn motion_is_no_boundary() {
    let shake = |n: usize| if (50..70).contains(&n) { 3.0 * (n as f32 * 2.3).sin() } else { 0.0 };
    let pan = |n: usize| (n as f32 - 50.0).clamp(0.0, 20.0) * 2.5;
    let moving = |by: &dyn Fn(usize) -> f32| film(130, |n, time| scene(1, by(n), time));
    assert_eq!(found(moving(&shake)), [], "shake");
    assert_eq!(found(moving(&pan)), [], "pan");
    let passing = film(130, |n, time| {
        let left = (n as f32 - 50.0) / 15.0 - 0.4;
        mixed(&shot(1, n, time), &plain(40, time), |x, _| if (left..left + 0.4).contains(&x) { 1.0 } else { 0.0 })
    });
    assert_eq!(found(passing), [], "somebody passes");
}

#[test]
fn a_flash_beside_a_cut_does_not_hide_it() {
    let frames = film(130, |n, time| {
        let flash = if n == 52 { 0.9 } else { 0.0 };
        mixed(&shot(if n < 60 { 1 } else { 2 }, n, time), &plain(255, time), |_, _| flash)
    });
    one(&found(frames), BoundaryKind::Cut, 2.4, 2.4, 0.0);
}

#[test]
fn repeated_frames_and_any_rate_are_no_obstacle() {
    for rate in [10.0, 24.0, 60.0, 120.0] {
        let frames = (0..(rate * 4.0) as usize).map(|n| {
            let time = n as f64 / rate;
            scene(if time < 2.0 { 1 } else { 2 }, (time * 10.0).floor() as f32 * 0.2, time)
        });
        one(&found(frames), BoundaryKind::Cut, 2.0, 2.0, 1e-9);
        let frames = (0..(rate * 5.0) as usize).map(|n| {
            let time = n as f64 / rate;
            let (a, b) = (scene(1, time as f32, time), scene(2, time as f32, time));
            mixed(&a, &b, |_, _| (time as f32 - 2.0) / 1.2)
        });
        one(&found(frames), BoundaryKind::Dissolve, 2.0, 3.2, 0.25);
    }
}

#[test]
fn odd_input_is_no_obstacle() {
    assert_eq!(found([]), []);
    assert_eq!(found([plain(0, 1.0)]), []);
    assert_eq!(found(film(300, |_, time| plain(80, time))), []);
    let backwards = film(100, |n, time| {
        let time = if n % 3 == 0 { time - 1.0 } else { time };
        shot(1, n, if n == 40 { f64::NAN } else { time })
    });
    assert_eq!(found(backwards), []);
    let slides = (0..20).map(|n| scene(n, 0.0, f64::from(n) * 9.0));
    assert!(found(slides).iter().all(|boundary| boundary.kind == BoundaryKind::Cut));
}

/// A film of shots, transitions and distractors, as far as `plan` goes: what comes, and for how many frames.
fn planned(plan: &[(u8, usize)], rate: f64) -> Vec<Sketch> {
    let mut frames: Vec<Sketch> = Vec::new();
    let mut seed = 1;
    for (what, count) in plan {
        for k in 0..*count {
            let (n, gone) = (frames.len(), (k + 1) as f32 / *count as f32);
            let time = n as f64 / rate;
            let (old, new) = (shot(seed, n, time), shot(seed + 1, n, time));
            frames.push(match what {
                0 => old,
                1 => mixed(&old, &new, |_, _| gone),
                2 => mixed(&old, &new, |x, _| if x < gone { 1.0 } else { 0.0 }),
                3 => mixed(if gone < 0.5 { &old } else { &new }, &plain(0, time), |_, _| 2.0 * gone.min(1.0 - gone)),
                4 => mixed(&old, &plain(255, time), |_, _| if k < 2 { 0.9 } else { 0.0 }),
                5 => scene(seed, k as f32 * 3.0, time),
                _ => noise(n, time),
            });
        }
        seed += u32::from(matches!(what, 1..=3));
        seed += u32::from(*what == 0 && count % 2 == 0);
    }
    frames
}

fn noise(n: usize, time: f64) -> Sketch {
    let value = |c: usize| ((c * 7919 + n * 104_729 + c * n % 251) % 256) as u8;
    let side = || (0..FINE / 4).map(value).collect();
    Sketch::new(time, Shrunk { luma: (0..FINE).map(|c| value(c + WIDTH)).collect(), blue: side(), red: side() })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn what_is_said_depends_on_near_frames_only(
        plan in prop::collection::vec((0u8..7, 4usize..40), 30..40),
        rate in prop::sample::select(vec![12.5, 25.0, 40.0]),
        from in 0.0f64..6.0,
        length in 17.0f64..25.0,
    ) {
        let frames = planned(&plan, rate);
        let to = from + length;
        let whole = found(frames.clone());
        let part = found(frames.iter().filter(|frame| (from..=to).contains(&frame.time)).cloned());
        let inside = |boundaries: &[Boundary]| -> Vec<Boundary> {
            let far = |time: f64| time >= from + REACH && time < to - REACH;
            boundaries.iter().filter(|boundary| far(boundary.start)).copied().collect()
        };
        prop_assert_eq!(inside(&whole), inside(&part));
        for pair in whole.windows(2) {
            prop_assert!(pair[0].end < pair[1].start, "{:?}", pair);
        }
    }
}
