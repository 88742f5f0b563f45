//! Fades: the picture goes to one colour, or comes out of it, and keeps its structure on the way.

use super::compare;
use super::sketch::COARSE;
use super::window::Window;

/// Deviations of luma and of colour under which a picture is of one colour, and that of luma in the darkest scenes.
const CONTRAST: f32 = 7.0;
const COLOUR: f32 = 5.0;
const FAINT: f32 = 0.8;

/// The same as a share of the most contrast within so many seconds.
const OF_CONTRAST: f32 = 0.25;
const BESIDE: f64 = 1.0;

/// Longest stretch of one colour between two halves of one fade, in seconds; a longer one separates two fades.
const HOLD: f64 = 1.2;

/// Longest half, and longest fade, in seconds.
const HALF: f64 = 1.6;
pub(super) const LONGEST: f64 = 3.0;

/// Correlation from which the pictures on either side are of one scene.
const SAME: f32 = 0.65;

/// How surely they must be of two scenes where only one half is gradual.
const APART: f32 = 0.5;

/// Luma under which one colour is black, and over which it is white, and how far from grey either may be.
const DARK: f32 = 60.0;
const BRIGHT: f32 = 195.0;
const TINT: f32 = 24.0;

/// A fade from the last frame of the old picture to the first whole one of the new.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fade {
    pub(super) first: usize,
    pub(super) last: usize,
    /// Are both halves gradual? Otherwise one of them is a cut.
    pub(super) both: bool,
}

/// One half, seen from the frame of one colour beside it.
struct Half {
    /// The frame where the picture is whole.
    whole: usize,
    contrast: f32,
    gradual: bool,
}

/// Is a frame of one colour? In a dark scene that takes less contrast.
pub(super) fn plain(w: &Window<'_>, at: usize) -> bool {
    let frame = w.frame(at);
    if frame.contrast >= CONTRAST || frame.colour >= COLOUR {
        return false;
    }
    let beside = w.within(frame.time - BESIDE, frame.time + BESIDE);
    let most = beside.map(|n| w.frame(n).contrast).fold(0.0, f32::max);
    frame.contrast < FAINT || frame.contrast < most * OF_CONTRAST
}

/// Is it black or white? Many a picture is of one colour until something comes into it.
fn empty(w: &Window<'_>, at: usize) -> bool {
    let frame = w.frame(at);
    let tint = frame.cells[COARSE..].iter().map(|value| f32::from(*value) - 128.0);
    let tint = tint.map(f32::abs).sum::<f32>() / (2 * COARSE) as f32;
    (frame.mean < DARK || frame.mean > BRIGHT) && tint < TINT
}

/// The fade whose stretch of one colour begins at frame `at`, or ends there if it is a long one.
pub(super) fn fade(w: &Window<'_>, at: usize) -> Option<Fade> {
    if at == 0 || !plain(w, at) {
        return None;
    }
    if !plain(w, at - 1) {
        let limit = w.time(at) + HOLD;
        let last = (at..w.len()).take_while(|n| plain(w, *n) && w.time(*n) <= limit).last()?;
        let closed = last + 1 < w.len() && !plain(w, last + 1);
        return if closed { through(w, at, last) } else { out(w, at) };
    }
    let from = w.place(w.time(at) - HOLD).saturating_sub(1);
    let long = (from..at).all(|n| plain(w, n));
    if long && at + 1 < w.len() && !plain(w, at + 1) { into(w, at) } else { None }
}

/// Through one colour from `from` to `to`.
fn through(w: &Window<'_>, from: usize, to: usize) -> Option<Fade> {
    let (before, after) = (half(w, from, -1)?, half(w, to, 1)?);
    let least = (from..=to).map(|n| w.frame(n).contrast).fold(f32::MAX, f32::min);
    let long = w.time(after.whole) - w.time(before.whole) > LONGEST;
    if long || least > before.contrast.min(after.contrast) * 0.3 {
        return None;
    }
    let (old, new) = (w.frame(before.whole), w.frame(after.whole));
    let same = compare::correlation(old, new) > SAME;
    let both = before.gradual && after.gradual;
    // Where only one half is gradual and all is as before, it was a flash that died away.
    let half = before.gradual || after.gradual;
    let fades = if both {
        !same || w.frame(from).mean < DARK
    } else {
        half && !same && empty(w, from) && compare::apart(old, new) > APART
    };
    fades.then_some(Fade { first: before.whole, last: after.whole, both })
}

/// Into a long stretch of one colour that begins at `at`.
fn out(w: &Window<'_>, at: usize) -> Option<Fade> {
    let before = half(w, at, -1)?;
    let gone = before.gradual && empty(w, at) && w.frame(at).contrast < before.contrast * 0.3;
    gone.then_some(Fade { first: before.whole, last: at, both: false })
}

/// Out of a long stretch of one colour that ends at `at`.
fn into(w: &Window<'_>, at: usize) -> Option<Fade> {
    let after = half(w, at, 1)?;
    let comes = after.gradual && empty(w, at) && w.frame(at).contrast < after.contrast * 0.3;
    comes.then_some(Fade { first: at, last: after.whole, both: false })
}

/// Walk away from a frame of one colour, back or on, to where the contrast grows no more.
fn half(w: &Window<'_>, from: usize, step: isize) -> Option<Half> {
    let origin = w.time(from);
    let nearest = w.beside(from, step)?;
    let (mut at, mut top) = (nearest, nearest);
    let mut contrast = w.frame(nearest).contrast;
    while let Some(next) = w.beside(at, step) {
        let now = w.frame(next).contrast;
        if (w.time(next) - origin).abs() > HALF || now < contrast * 0.8 {
            break;
        }
        at = next;
        if now > contrast * 1.02 {
            (contrast, top) = (now, next);
        } else if (w.time(next) - w.time(top)).abs() > 0.13 {
            break;
        }
    }
    let mut whole = nearest;
    while whole != top && w.frame(whole).contrast < contrast * 0.96 {
        whole = w.beside(whole, step)?;
    }
    Some(Half { whole, contrast, gradual: gradual(w, from, whole, step, contrast) })
}

/// Do the frames from one colour to the whole picture show it more and more?
fn gradual(w: &Window<'_>, from: usize, whole: usize, step: isize, contrast: f32) -> bool {
    let (mut kept, mut partly) = (0, 0);
    let mut at = from;
    while let Some(next) = w.beside(at, step).filter(|_| at != whole) {
        let frame = w.frame(at);
        if (contrast * 0.1..contrast * 0.85).contains(&frame.contrast) && at != from {
            partly += 1;
            // Faint pictures carry more of the encoder's errors.
            let enough = if frame.contrast > 12.0 { 0.85 } else { 0.6 };
            kept += usize::from(compare::correlation(frame, w.frame(next)) > enough);
        }
        at = next;
    }
    let length = (w.time(whole) - w.time(from)).abs();
    length > 0.09 && partly >= 1 && kept * 4 >= partly * 3 && (partly >= 2 || length < 0.25)
}
