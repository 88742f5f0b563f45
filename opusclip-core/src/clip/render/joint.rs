//! Where sound begins, ends and goes over from one range to the next, without a click. All samples are interleaved stereo.

use std::f32::consts::FRAC_PI_2;

use crate::clip::media::SAMPLE_RATE;

/// Fade at the beginning and the end of a clip: 10 ms, in samples a channel.
const FADE: usize = SAMPLE_RATE as usize / 100;

/// How far a crossfade reaches to either side of a joint: 7.5 ms, in samples a channel.
pub(super) const REACH: usize = SAMPLE_RATE as usize * 3 / 400;

/// Begin a clip in silence, of which `lead` samples a channel are never heard.
pub(super) fn begin(samples: &mut [f32], lead: usize) {
    let (silent, heard) = samples.split_at_mut((lead * 2).min(samples.len()));
    silent.fill(0.0);
    fade_in(heard);
}

/// Begin in silence.
fn fade_in(samples: &mut [f32]) {
    let length = FADE.min(samples.len() / 4);
    for (n, pair) in samples.chunks_exact_mut(2).take(length).enumerate() {
        let gain = n as f32 / length as f32;
        pair.iter_mut().for_each(|sample| *sample *= gain);
    }
}

/// End in silence.
pub(super) fn fade_out(samples: &mut [f32]) {
    let length = FADE.min(samples.len() / 4);
    for (n, pair) in samples.rchunks_exact_mut(2).take(length).enumerate() {
        let gain = n as f32 / length as f32;
        pair.iter_mut().for_each(|sample| *sample *= gain);
    }
}

/// Crossfade around the joint between `earlier` and `later`, which are played one after the other. `after` is what the
/// source has right after `earlier`, `before` what it has right before `later`; both may be short or empty.
///
/// Where little of that is there, the sound goes out and comes in again.
pub(super) fn cross(earlier: &mut [f32], after: &[f32], before: &[f32], later: &mut [f32]) {
    // Half of a range at most belongs to each of its joints.
    let room = |samples: &[f32], range: &[f32]| (samples.len() / 2).min(range.len() / 4) * 2;
    let (left, right) = (room(before, earlier), room(after, later));
    // Half of the usual length is still no click; a few samples would be one.
    if left + right < REACH * 2 {
        fade_out(earlier);
        fade_in(later);
        return;
    }
    let from = earlier.len() - left;
    let outgoing: Vec<f32> = earlier[from..].iter().chain(&after[..right]).copied().collect();
    let incoming: Vec<f32> = before[before.len() - left..].iter().chain(&later[..right]).copied().collect();
    let mixed = mix(&outgoing, &incoming);
    earlier[from..].copy_from_slice(&mixed[..left]);
    later[..right].copy_from_slice(&mixed[left..]);
}

/// A crossfade that keeps the power: of sounds that have nothing in common, the squares of both gains sum to one. What
/// they have in common adds up louder than that, and is turned down by as much.
fn mix(outgoing: &[f32], incoming: &[f32]) -> Vec<f32> {
    let common = likeness(outgoing, incoming);
    let count = outgoing.len() / 2;
    let mixed = outgoing.iter().zip(incoming).enumerate().map(|(at, (out, into))| {
        let angle = ((at / 2) as f32 + 0.5) / count as f32 * FRAC_PI_2;
        (out * angle.cos() + into * angle.sin()) / (1.0 + common * (2.0 * angle).sin()).sqrt()
    });
    mixed.collect()
}

/// 1 for the same sound, 0 for sounds that have nothing in common. Sounds that cancel each other are not made up for.
fn likeness(a: &[f32], b: &[f32]) -> f32 {
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let power = (product(a, a) * product(b, b)).sqrt();
    if power > 0.0 { (product(a, b) / power).clamp(0.0, 1.0) as f32 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tone(hertz: f32, phase: f32, count: usize) -> Vec<f32> {
        let value = |n: usize| (n as f32 / SAMPLE_RATE as f32 * hertz * std::f32::consts::TAU + phase).sin() * 0.5;
        (0..count).flat_map(|n| [value(n), value(n)]).collect()
    }

    fn largest_step(samples: &[f32]) -> f32 {
        samples.windows(3).map(|pair| (pair[2] - pair[0]).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn clips_begin_and_end_in_silence() {
        let mut short = vec![1.0; 6];
        begin(&mut short, 1024);
        assert_eq!(short, [0.0; 6]);
        let mut samples = vec![1.0; 9600];
        begin(&mut samples, 100);
        assert_eq!((samples[199], samples[200], samples[203] > 0.0), (0.0, 0.0, true));
        fade_out(&mut samples);
        assert_eq!((samples[0], samples[1], samples[9598], samples[9599]), (0.0, 0.0, 0.0, 0.0));
        assert_eq!(samples[4800], 1.0);
    }

    #[test]
    fn a_joint_between_what_belongs_together_changes_nothing() {
        let whole = tone(440.0, 0.3, 9600);
        let (mut earlier, mut later) = (whole[..9600].to_vec(), whole[9600..].to_vec());
        cross(&mut earlier, &whole[9600..9600 + REACH * 2], &whole[9600 - REACH * 2..9600], &mut later);
        let joined = [earlier, later].concat();
        assert!(whole.iter().zip(&joined).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn power_is_kept_where_sounds_have_nothing_in_common() {
        // Two noises, repeatable: a linear congruential generator by Knuth (TAOCP 2, 3.3.4).
        let mut state = 1u64;
        let mut noise = |count: usize| -> Vec<f32> {
            let next = |_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
            };
            (0..count * 2).map(next).collect()
        };
        let power = |samples: &[f32]| samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32;
        let mut off = 0.0;
        for _ in 0..50 {
            let (a, b) = (noise(REACH * 2), noise(REACH * 2));
            off += 10.0 * (power(&mix(&a, &b)) / (power(&a) / 2.0 + power(&b) / 2.0)).log10() / 50.0;
        }
        assert!(off.abs() < 0.2, "the crossfade is {off} dB louder");
    }

    #[test]
    fn without_more_sound_it_goes_out_and_comes_in() {
        let (mut earlier, mut later) = (vec![1.0; 9600], vec![-1.0; 9600]);
        cross(&mut earlier, &[], &[], &mut later);
        assert_eq!((earlier[9599], later[0]), (0.0, 0.0));
        assert_eq!((earlier[0], later[9599]), (1.0, -1.0));
    }

    proptest! {
        #[test]
        fn no_joint_of_tones_clicks(
            hertz in 50.0f32..4000.0, a in 0.0f32..6.3, b in 0.0f32..6.3, before in 0usize..=REACH, after in 0usize..=REACH,
        ) {
            let (out, into) = (tone(hertz, a, 4800 + REACH), tone(hertz, b, 4800 + REACH));
            let (mut earlier, mut later) = (out[..9600].to_vec(), into[REACH * 2..].to_vec());
            let (tail, head) = (&out[9600..9600 + after * 2], &into[(REACH - before) * 2..REACH * 2]);
            cross(&mut earlier, tail, head, &mut later);
            prop_assert_eq!((earlier.len(), later.len()), (9600, 9600));
            let joined = [earlier, later].concat();
            // The derivative of a mix with gains cos and sin over `length` samples, at most: both tones' own steps, and
            // both levels (0.5) times the steps of the gains and of what turns likeness down.
            let length = if before + after < REACH { FADE } else { before + after };
            let gains = 2.0 * FRAC_PI_2 / length as f32 * 0.5;
            let (step, own) = (largest_step(&joined), largest_step(&tone(hertz, 0.0, 9600)));
            prop_assert!(step <= 2f32.sqrt() * (own + gains), "a step of {step}, of {own} in the tone itself");
            prop_assert!(joined.iter().all(|sample| sample.abs() <= 0.75));
        }
    }
}
