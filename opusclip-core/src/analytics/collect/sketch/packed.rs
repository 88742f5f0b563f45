//! Sketches at rest: counts as variable-length numbers, runs of neighbouring bins together.

use serde::{Deserialize, Serialize};

use super::{Bins, MOST_BINS, Sketch};

/// No value of any accuracy that is allowed falls into a bin farther out: 0.7 / ln(1.0001 / 0.9999) * 1075 doublings.
const FARTHEST_BIN: u64 = 4_000_000;

/// A sketch that only takes as many bytes as it has to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Packed(Box<[u8]>);

impl Packed {
    /// Bytes on the heap.
    #[cfg(test)]
    pub(in super::super) fn bytes(&self) -> usize {
        self.0.len()
    }

    /// Whether packing may have made it.
    pub(in super::super) fn is_sound(&self) -> bool {
        let mut bytes = &self.0[..];
        if bytes.is_empty() {
            return true;
        }
        read(&mut bytes);
        (0..2).all(|_| skip_bins(&mut bytes).is_some()) && bytes.is_empty()
    }

    pub(super) fn pack(sketch: &Sketch) -> Self {
        let mut bytes = Vec::with_capacity(64);
        write(&mut bytes, sketch.zeros);
        pack_bins(&mut bytes, &sketch.positive);
        pack_bins(&mut bytes, &sketch.negative);
        Self(bytes.into_boxed_slice())
    }

    /// Change the counts of a sketch by those that are packed.
    pub(super) fn apply(&self, sketch: &mut Sketch, change: impl Fn(&mut u64, u64) + Copy) {
        let mut bytes = &self.0[..];
        if bytes.is_empty() {
            return;
        }
        change(&mut sketch.zeros, read(&mut bytes));
        unpack_bins(&mut bytes, &mut sketch.positive, change);
        unpack_bins(&mut bytes, &mut sketch.negative, change);
    }
}

/// The number of runs; of each its distance from the end of the last, its length, its counts.
fn pack_bins(bytes: &mut Vec<u8>, bins: &Bins) {
    let runs = bins.counts.chunk_by(|a, b| (*a == 0) == (*b == 0));
    write(bytes, runs.clone().filter(|run| run[0] != 0).count() as u64);
    let (mut at, mut end) = (bins.first, 0);
    for run in runs {
        if run[0] != 0 {
            write(bytes, zigzag(i64::from(at) - i64::from(end)));
            write(bytes, run.len() as u64);
            run.iter().for_each(|count| write(bytes, *count));
            end = at + run.len() as i32;
        }
        at += run.len() as i32;
    }
}

fn unpack_bins(bytes: &mut &[u8], bins: &mut Bins, change: impl Fn(&mut u64, u64)) {
    let runs = read(bytes);
    let mut at = 0_i64;
    for _ in 0..runs {
        at += unzigzag(read(bytes));
        let length = read(bytes);
        // One look at the borders for the whole run.
        bins.reach(at as i32);
        bins.reach((at + length as i64 - 1) as i32);
        for _ in 0..length {
            bins.change(at as i32, |old| change(old, read(bytes)));
            at += 1;
        }
    }
}

/// Pass over packed bins; `None` where they cannot be those of a sketch.
fn skip_bins(bytes: &mut &[u8]) -> Option<()> {
    let mut at = 0_i64;
    for _ in 0..read(bytes) {
        at = at.checked_add(unzigzag(read(bytes)))?;
        let length = read(bytes);
        // A count has a byte at least, also one that a broken number of runs promises.
        if length == 0 || length > MOST_BINS as u64 || length as usize > bytes.len() || at.unsigned_abs() > FARTHEST_BIN
        {
            return None;
        }
        for _ in 0..length {
            read(bytes);
        }
        at += length as i64;
    }
    Some(())
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// LEB128.
fn write(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// What [`write`] wrote; 0 behind the end.
#[inline]
fn read(bytes: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let Some((byte, rest)) = bytes.split_first() else { return number };
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            break;
        }
    }
    number
}
