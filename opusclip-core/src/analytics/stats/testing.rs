//! For tests: noise, the same on every machine, and how often chance may show something in it.

/// How many of so many independent cases a test of this level may find at most: its mean and three standard deviations
/// of the binomial distribution.
pub(crate) fn at_most(level: f64, cases: usize) -> usize {
    let mean = level * cases as f64;
    (mean + 3.0 * (mean * (1.0 - level)).sqrt()) as usize
}

/// A generator with a seed: SplitMix64 (Steele, Lea, Flood 2014), normal numbers by Box and Muller.
pub(crate) struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xD134_2543_DE82_EF95))
    }

    /// From 0 to below 1.
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    pub fn white(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.normal()).collect()
    }

    /// Noise that keeps `phi` of the value before; 1 is a random walk.
    pub fn autoregressive(&mut self, n: usize, phi: f64) -> Vec<f64> {
        let mut last = if phi < 1.0 { self.normal() / (1.0 - phi * phi).sqrt() } else { 0.0 };
        let next = |_| {
            last = phi * last + self.normal();
            last
        };
        (0..n).map(next).collect()
    }
}
