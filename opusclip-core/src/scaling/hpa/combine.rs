//! What several metrics ask for together.

/// The largest proposal; `None`, which holds the count, where every metric failed, or one of them and the others ask for
/// fewer than there are: nothing is removed on partial data.
pub fn combine(current: u32, proposals: &[Option<u32>]) -> Option<u32> {
    let largest = proposals.iter().flatten().copied().max()?;
    let partial = proposals.iter().any(Option::is_none);
    (!partial || largest >= current).then_some(largest)
}

/// A count outside of its bounds is corrected before any metric is read; `None` where it lies within.
pub fn bounds_first(current: u32, min: u32, max: u32) -> Option<u32> {
    let within = current.clamp(min, max.max(min));
    (within != current).then_some(within)
}
