//! Where one shot gives way to the next, told from decoded frames.
//!
//! A [`Sketcher`] makes a small copy of every frame; a [`Finder`] takes the copies in order and says the boundaries,
//! each with its kind: hard cuts, dissolves, wipes, and fades through, to or from one colour.
//!
//! - A *cut* is a change from one frame to the next that stands out from the changes around it, and after which nothing
//!   looks as it did before (else it is a flash).
//! - A *dissolve* or *wipe* leads every cell of the picture from what it was to what it becomes without a detour. That
//!   is how it differs from pans, zooms and shakes, whose cells show other things on the way, and the two shots differ,
//!   which tells it from a change of light.
//! - A *fade* loses its contrast but keeps its structure until the picture is of one colour, or the other way round.
//!
//! What is measured on a candidate is weighed by a logistic model (`model.rs` says how it was fitted). Then every
//! candidate stands that no stronger one contradicts.
//!
//! **Locality.** What is said about a time depends on the frames within [`REACH`] seconds of it, and on the next frame
//! beyond on either side, never on what was said before. So parts of a video can be looked at separately, each with
//! frames for [`REACH`] around it, and give what one pass gives.

mod compare;
mod cuts;
mod describe;
mod fades;
mod finder;
mod gradual;
mod model;
mod sketch;
mod tables;
#[cfg(test)]
mod tests;
mod window;

pub(super) use finder::{Finder, REACH};
#[cfg(test)]
pub(super) use sketch::made;
pub(super) use sketch::{Sketch, Sketcher};
