//! The lowest point of a function of a few numbers, by the simplex of Nelder and Mead (1965).
//!
//! With the usual coefficients (reflection 1, expansion 2, contraction and shrinkage 1/2), as in Lagarias et al.
//! (1998). The likelihoods here have three or four parameters and no awkward corners, so that no derivative is worth
//! its code.

/// Steps of one search; the likelihoods take about 200.
const MOST_STEPS: usize = 4000;
/// The search ends when all corners are this near to each other, in value (relative) and in place.
const NEAR: f64 = 1e-9;

/// The lowest point found from `start`, and the value there. A value that is NaN counts as the highest.
///
/// A search that has ended begins anew around what it found, until that helps no more: a simplex may collapse early.
pub(super) fn minimum<const N: usize>(start: [f64; N], value: impl Fn(&[f64; N]) -> f64) -> ([f64; N], f64) {
    let value = |point: &[f64; N]| {
        let value = value(point);
        if value.is_nan() { f64::INFINITY } else { value }
    };
    let mut best = (start, value(&start));
    for _ in 0..10 {
        let found = search(best.0, &value);
        let gain = best.1 - found.1;
        if found.1 <= best.1 {
            best = found;
        }
        if gain.is_nan() || gain <= NEAR * best.1.abs() {
            break;
        }
    }
    best
}

fn search<const N: usize>(start: [f64; N], value: &impl Fn(&[f64; N]) -> f64) -> ([f64; N], f64) {
    let mut corners: Vec<([f64; N], f64)> = vec![(start, value(&start))];
    for axis in 0..N {
        let mut corner = start;
        corner[axis] += 0.5;
        corners.push((corner, value(&corner)));
    }
    for _ in 0..MOST_STEPS {
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (low, high, next) = (corners[0], corners[N], corners[N - 1]);
        let spread = corners.iter().flat_map(|corner| corner.0.iter().zip(&low.0).map(|(a, b)| (a - b).abs()));
        if spread.fold(0.0, f64::max) < NEAR.sqrt() && high.1 - low.1 <= NEAR * low.1.abs() {
            break;
        }
        let mut middle = [0.0; N];
        for corner in &corners[..N] {
            middle.iter_mut().zip(&corner.0).for_each(|(sum, place)| *sum += place / N as f64);
        }
        // On the line from the highest corner through the middle of the others; 1 is as far behind it.
        let along = |far: f64| {
            let mut place = middle;
            place.iter_mut().zip(&high.0).for_each(|(place, high)| *place += far * (*place - high));
            (place, value(&place))
        };
        let reflected = along(1.0);
        let better = if reflected.1 < low.1 {
            let expanded = along(2.0);
            Some(if expanded.1 < reflected.1 { expanded } else { reflected })
        } else if reflected.1 < next.1 {
            Some(reflected)
        } else if reflected.1 < high.1 {
            Some(along(0.5)).filter(|outside| outside.1 <= reflected.1)
        } else {
            Some(along(-0.5)).filter(|inside| inside.1 < high.1)
        };
        match better {
            Some(better) => corners[N] = better,
            None => {
                for corner in &mut corners[1..] {
                    corner.0.iter_mut().zip(&low.0).for_each(|(place, low)| *place = low + (*place - low) / 2.0);
                    corner.1 = value(&corner.0);
                }
            }
        }
    }
    corners.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((start, f64::INFINITY))
}

#[cfg(test)]
mod tests {
    use super::minimum;

    #[test]
    fn the_valley_of_rosenbrock_is_followed_to_its_end() {
        let banana = |p: &[f64; 2]| (1.0 - p[0]).powi(2) + 100.0 * (p[1] - p[0] * p[0]).powi(2);
        let (place, value) = minimum([-1.2, 1.0], banana);
        assert!((place[0] - 1.0).abs() < 1e-3 && (place[1] - 1.0).abs() < 1e-3 && value < 1e-7, "{place:?} {value}");
        let bowl = |p: &[f64; 4]| p.iter().enumerate().map(|(at, x)| (x - at as f64).powi(2) * (at + 1) as f64).sum();
        let (place, _) = minimum([9.0, -9.0, 5.0, 0.0], bowl);
        assert!(place.iter().enumerate().all(|(at, x)| (x - at as f64).abs() < 1e-3), "{place:?}");
    }

    #[test]
    fn what_is_nan_is_avoided() {
        let (place, _) = minimum([2.0], |p: &[f64; 1]| if p[0] < 1.0 { f64::NAN } else { p[0] });
        assert!((place[0] - 1.0).abs() < 1e-3);
    }
}
