//! Fades: the picture goes to one colour, or comes out of it, and keeps its structure on the way.

use super::compare;
use super::window::Window;

/// Deviations of luma and of colour under which a picture is of one colour.
const CONTRAST: f32 = 7.0;
const COLOUR: f32 = 5.0;

/// Longest stretch of one colour between two halves of one fade, in seconds; a longer one separates two fades.
const HOLD: f64 = 1.2;

/// Longest half, and longest fade, in seconds.
const HALF: f64 = 1.6;
pub(super) const LONGEST: f64 = 3.0;

/// Correlation from which the pictures on either side are of one scene.
const SAME: f32 = 0.65;

/// Luma under which one colour is dark.
const DARK: f32 = 60.0;

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

/// Is a frame of one colour?
pub(super) fn plain(w: &Window<'_>, at: usize) -> bool {
    w.frame(at).contrast < CONTRAST && w.frame(at).colour < COLOUR
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
    let same = compare::correlation(w.frame(before.whole), w.frame(after.whole)) > SAME;
    let both = before.gradual && after.gradual;
    // Where only one half is gradual and all is as before, it was a flash that died away.
    let fades = if both { !same || w.frame(from).mean < DARK } else { !same && (before.gradual || after.gradual) };
    fades.then_some(Fade { first: before.whole, last: after.whole, both })
}

/// Into a long stretch of one colour that begins at `at`.
fn out(w: &Window<'_>, at: usize) -> Option<Fade> {
    let before = half(w, at, -1)?;
    let gone = before.gradual && w.frame(at).contrast < before.contrast * 0.3;
    gone.then_some(Fade { first: before.whole, last: at, both: false })
}

/// Out of a long stretch of one colour that ends at `at`.
fn into(w: &Window<'_>, at: usize) -> Option<Fade> {
    let after = half(w, at, 1)?;
    let comes = after.gradual && w.frame(at).contrast < after.contrast * 0.3;
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
