//! One hash for keys and ids, the same in every process, language and release.

use xxhash_rust::xxh64::xxh64;

/// XXH64 (<https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md>), which Envoy and HAProxy hash with too.
pub(super) fn hash(bytes: &[u8], seed: u64) -> u64 {
    xxh64(bytes, seed)
}

/// The next of a sequence of well mixed numbers: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
#[inline]
pub(super) fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(STEP);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// 2^64 by the golden ratio: multiples of it are spread evenly.
pub(super) const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A number from 0 up to, but not including, 1.
#[inline]
pub(super) fn unit(number: u64) -> f64 {
    (number >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// A number below `limit`, evenly (Lemire, "Fast random integer generation in an interval", 2019, without the last
/// correction, whose bias is `limit` by 2^64). 0 where the limit is 0.
#[inline]
pub(super) fn below(number: u64, limit: usize) -> usize {
    ((u128::from(number) * limit as u128) >> 64) as usize
}
