//! Least squares with few unknowns.

/// What least squares needs to know of all rows: weighted sums of products.
#[derive(Debug, Clone)]
pub(super) struct Normal {
    size: usize,
    /// Upper triangle of the square, by rows.
    products: Vec<f64>,
    targets: Vec<f64>,
    weight: f64,
}

impl Normal {
    pub(super) fn new(size: usize) -> Self {
        Self { size, products: vec![0.0; size * size], targets: vec![0.0; size], weight: 0.0 }
    }

    /// Adds one row: what is explained, by what, and how much it counts.
    pub(super) fn add(&mut self, row: &[f64], target: f64, weight: f64) {
        self.weight += weight;
        let rows = self.products.chunks_exact_mut(self.size).zip(&mut self.targets);
        for (at, (&value, (products, targets))) in row.iter().zip(rows).enumerate() {
            let value = value * weight;
            *targets += value * target;
            let (Some(products), Some(others)) = (products.get_mut(at..), row.get(at..)) else { continue };
            products.iter_mut().zip(others).for_each(|(product, other)| *product += value * other);
        }
    }

    /// The factors that explain the targets best, small ones preferred by `ridge` times the weight of all rows; `None`
    /// where there is no answer in finite numbers. Cholesky decomposition.
    pub(super) fn solved(&self, ridge: f64) -> Option<Vec<f64>> {
        let size = self.size;
        let mut square = self.products.clone();
        for at in 0..size {
            *square.get_mut(at * size + at)? += ridge * self.weight;
        }
        // The upper triangle becomes R with R'R = square.
        for pivot in 0..size {
            let (above, below) = square.split_at_mut(pivot * size);
            let row = below.get_mut(pivot..size)?;
            for done in above.chunks_exact(size) {
                let factor = *done.get(pivot)?;
                row.iter_mut().zip(done.get(pivot..)?).for_each(|(value, other)| *value -= factor * other);
            }
            let head = *row.first()?;
            if !(head > 0.0 && head.is_finite()) {
                return None;
            }
            let root = head.sqrt();
            row.iter_mut().for_each(|value| *value /= root);
        }
        let mut answer = self.targets.clone();
        for at in 0..size {
            let row = square.get(at * size..(at + 1) * size)?;
            let value = answer.get(at)? / row.get(at)?;
            *answer.get_mut(at)? = value;
            let rest = answer.iter_mut().zip(row).skip(at + 1);
            rest.for_each(|(other, factor)| *other -= factor * value);
        }
        for at in (0..size).rev() {
            let row = square.get(at * size..(at + 1) * size)?;
            let known: f64 = answer.iter().zip(row).skip(at + 1).map(|(other, factor)| other * factor).sum();
            let value = (answer.get(at)? - known) / row.get(at)?;
            *answer.get_mut(at)? = value;
        }
        answer.iter().all(|value| value.is_finite()).then_some(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_through_points_is_found() {
        let mut normal = Normal::new(3);
        for (a, b) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (2.0, 3.0)] {
            normal.add(&[a, b, 1.0], 2.0 * a - 3.0 * b + 5.0, 0.5);
        }
        let answer = normal.solved(0.0).unwrap();
        for (found, expected) in answer.iter().zip([2.0, -3.0, 5.0]) {
            assert!((found - expected).abs() < 1e-9, "{answer:?}");
        }
    }

    #[test]
    fn equal_regressors_need_a_ridge() {
        let mut normal = Normal::new(2);
        (0..4).for_each(|at| normal.add(&[f64::from(at); 2], f64::from(at), 1.0));
        assert_eq!(normal.solved(0.0), None);
        let answer = normal.solved(1e-6).unwrap();
        assert!((answer[0] - 0.5).abs() < 1e-5 && (answer[1] - 0.5).abs() < 1e-5, "{answer:?}");
    }

    #[test]
    fn rows_count_by_their_weight() {
        let mut normal = Normal::new(1);
        normal.add(&[1.0], 0.0, 1.0);
        normal.add(&[1.0], 4.0, 3.0);
        assert!((normal.solved(0.0).unwrap()[0] - 3.0).abs() < 1e-12);
    }
}
