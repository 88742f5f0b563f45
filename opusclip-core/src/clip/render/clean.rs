//! The clean-up of speech that can be asked for, by FFmpeg's own filters: rumble is cut off, and steady noise is learnt
//! from a pause and turned down.

use super::decibel::{decibels, power};
use crate::clip::media::{AudioFilter, SAMPLE_RATE, has_filter};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

/// Voices begin at about 85 Hz; what lies below is wind, steps and mains hum.
const RUMBLE: &str = "highpass=frequency=75";

/// What learns noise and turns it down.
const NOISE: &str = "afftdn";

/// By how much noise is turned down, in dB. With much more, what is left of it warbles.
const REDUCTION: f64 = 12.0;

/// A noise floor is right when the pause it is tried on loses this much, in dB.
const ENOUGH: f64 = 10.0;

/// Noise floors that the filter takes, in dB, and how closely the right one is looked for.
const FLOORS: (f64, f64) = (-80.0, -20.0);
const FLOOR_STEP: f64 = 2.0;

/// The quietest stretch is taken for a pause: 0.3 s, looked for in steps of 50 ms. In samples a channel.
const STEP: usize = SAMPLE_RATE as usize / 20;
const PAUSE_STEPS: usize = 6;

/// A pause is this much quieter than the whole; nothing can be learnt about the noise of what has none. In dB.
const BELOW: f64 = 10.0;

/// Noise under this needs no clean-up, in dBFS.
const INAUDIBLE: f64 = -75.0;

/// Fails where the linked FFmpeg lacks a filter.
pub(super) fn check() -> Result<()> {
    check_filters(&["highpass", NOISE])
}

fn check_filters(names: &[&str]) -> Result<()> {
    let missing: Vec<&str> = names.iter().copied().filter(|name| !has_filter(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("the linked FFmpeg lacks the filter {}, which cleans speech", missing.join(" and "));
    Err(Error::new(ErrorCode::ConfigInvalid, message)
        .field("clean_speech")
        .hint("use an FFmpeg with it, or leave `clean_speech` out"))
}

/// Clean interleaved stereo samples in place. Nothing is moved, and the speech stays as loud as it is.
pub(super) fn clean(samples: &mut [f32], control: &Control) -> Result<()> {
    AudioFilter::new(RUMBLE)?.rewrite(samples, 0, control)?;
    let Some(pause) = pause(samples) else { return Ok(()) };
    let noise = samples[pause].to_vec();
    let Some(floor) = floor(&noise, control)? else { return Ok(()) };
    let delay = delay()?;
    taught(floor, &noise)?.rewrite(samples, delay, control)?;
    samples.iter_mut().filter(|sample| !sample.is_finite()).for_each(|sample| *sample = 0.0);
    Ok(())
}

/// Where the quietest stretch is, if it is a pause with noise in it.
fn pause(samples: &[f32]) -> Option<std::ops::Range<usize>> {
    let steps: Vec<f64> = samples.chunks_exact(STEP * 2).map(power).collect();
    // The loudest step counts, so that a stretch is steady.
    let loudest = |window: &[f64]| window.iter().copied().fold(0.0, f64::max);
    let (at, quietest) =
        steps.windows(PAUSE_STEPS).map(loudest).enumerate().min_by(|(_, one), (_, other)| one.total_cmp(other))?;
    let level = decibels(quietest);
    let pause = level > INAUDIBLE && level + BELOW <= decibels(power(samples));
    pause.then(|| at * STEP * 2..(at + PAUSE_STEPS) * STEP * 2)
}

/// The lowest noise floor at which the filter takes this noise for noise; `None` where there is none.
fn floor(noise: &[f32], control: &Control) -> Result<Option<f64>> {
    let (mut low, mut high) = FLOORS;
    if lost(high, noise)? < ENOUGH {
        return Ok(None);
    }
    while high - low > FLOOR_STEP {
        control.check()?;
        let middle = (low + high) / 2.0;
        if lost(middle, noise)? < ENOUGH { low = middle } else { high = middle }
    }
    Ok(Some(high))
}

/// How much quieter noise becomes with a noise floor, in dB.
fn lost(floor: f64, noise: &[f32]) -> Result<f64> {
    let mut left = noise.to_vec();
    taught(floor, noise)?.rewrite(&mut left, 0, &Control::new())?;
    Ok(decibels(power(noise)) - decibels(power(&left)))
}

/// The filter, after it has learnt what noise sounds like.
fn taught(floor: f64, noise: &[f32]) -> Result<AudioFilter> {
    let mut filter = AudioFilter::new(&format!("{NOISE}=noise_reduction={REDUCTION}:noise_floor={floor}"))?;
    filter.command(NOISE, "sample_noise", "start")?;
    filter.push(noise, &mut |_| Ok(()))?;
    filter.command(NOISE, "sample_noise", "stop")?;
    // It learns from what it hears up to now and a little more.
    filter.push(noise, &mut |_| Ok(()))?;
    Ok(filter)
}

/// How late the filter hands out what goes in, in samples a channel: that differs from one FFmpeg to the next, so a click
/// goes through a filter that changes nothing.
fn delay() -> Result<usize> {
    const AT: usize = 4800;
    let mut click = vec![0.0; AT * 4];
    click[AT * 2] = 0.5;
    AudioFilter::new(&format!("{NOISE}=noise_reduction=0.01:noise_floor=-80"))?.rewrite(
        &mut click,
        0,
        &Control::new(),
    )?;
    let left = click.iter().step_by(2).enumerate();
    let loudest = left.max_by(|(_, one), (_, other)| one.abs().total_cmp(&other.abs()));
    Ok(loudest.map_or(0, |(at, _)| at.saturating_sub(AT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise that is the same each time, of -1 to 1: a linear congruential generator by Knuth (TAOCP 2, 3.3.4).
    fn noise() -> impl FnMut() -> f32 {
        let mut state = 1u64;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        }
    }

    /// Like vowels: harmonics of 120 Hz for 0.4 s, every second from 0.5 s on.
    fn voice(seconds: usize) -> Vec<f32> {
        let value = |n: usize| {
            let time = n as f32 / SAMPLE_RATE as f32;
            let within = (time % 1.0 - 0.5) / 0.4;
            let loud = if (0.0..1.0).contains(&within) { (within * std::f32::consts::PI).sin() } else { 0.0 };
            (1..20).map(|k| (time * 120.0 * k as f32 * std::f32::consts::TAU).sin() / k as f32).sum::<f32>()
                * loud
                * 0.2
        };
        (0..SAMPLE_RATE as usize * seconds).flat_map(|n| [value(n), value(n)]).collect()
    }

    fn part(samples: &[f32], from: f64, to: f64) -> f64 {
        let at = |time: f64| (time * f64::from(SAMPLE_RATE)) as usize * 2;
        decibels(power(&samples[at(from)..at(to)]))
    }

    #[test]
    fn noise_goes_and_speech_stays() {
        let speech = voice(6);
        for (name, level) in [("loud", 0.02f32), ("faint", 0.002)] {
            let mut next = noise();
            let noisy: Vec<f32> = speech.iter().map(|sample| sample + level * next()).collect();
            let mut cleaned = noisy.clone();
            clean(&mut cleaned, &Control::new()).unwrap();
            assert_eq!(cleaned.len(), noisy.len());
            let pauses = part(&noisy, 3.1, 3.4) - part(&cleaned, 3.1, 3.4);
            let said = part(&speech, 3.5, 3.9) - part(&cleaned, 3.5, 3.9);
            assert!(pauses >= 8.0, "{name}: noise went down by {pauses} dB");
            assert!(said.abs() <= 1.0, "{name}: speech went down by {said} dB");
        }
    }

    #[test]
    fn a_silent_side_stays_silent() {
        let mut next = noise();
        let mut sound: Vec<f32> = voice(4).iter().map(|sample| sample + 0.02 * next()).collect();
        sound.iter_mut().skip(1).step_by(2).for_each(|sample| *sample = 0.0);
        clean(&mut sound, &Control::new()).unwrap();
        assert!(sound.iter().all(|sample| sample.is_finite()));
        assert!(sound.iter().skip(1).step_by(2).all(|sample| sample.abs() < 1e-6));
    }

    #[test]
    fn a_filter_that_is_not_there_is_named() {
        check().unwrap();
        let error = check_filters(&["highpass", "no_such_filter"]).unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigInvalid, Some("clean_speech")));
        assert!(error.to_string().contains("no_such_filter"), "{error}");
    }

    #[test]
    fn nothing_moves() {
        let mut next = noise();
        let mut sound: Vec<f32> = voice(4).iter().map(|sample| sample * 0.2 + 0.005 * next()).collect();
        let at = SAMPLE_RATE as usize * 2 + 123;
        sound[at * 2] = 0.9;
        sound[at * 2 + 1] = 0.9;
        clean(&mut sound, &Control::new()).unwrap();
        let left = sound.iter().step_by(2).enumerate();
        let loudest = left.max_by(|(_, one), (_, other)| one.abs().total_cmp(&other.abs())).unwrap().0;
        assert_eq!(loudest, at);
    }

    #[test]
    fn what_has_no_noise_loses_only_rumble() {
        for sound in [vec![0.0; 48_000], Vec::new(), vec![0.5, -0.5], vec![1e-6; 48_000]] {
            let mut cleaned = sound.clone();
            clean(&mut cleaned, &Control::new()).unwrap();
            assert_eq!(cleaned.len(), sound.len());
            assert!(cleaned.iter().all(|sample| sample.is_finite() && sample.abs() <= 0.6));
        }
        let tone = |hertz: f32| -> Vec<f32> {
            let value = |n: usize| 0.3 * (n as f32 * hertz * std::f32::consts::TAU / SAMPLE_RATE as f32).sin();
            (0..96_000).flat_map(|n| [value(n), value(n)]).collect()
        };
        // A Butterworth filter of the second order takes 10 log10(1 + (75 / f)^4) dB.
        for (hertz, wanted) in [(30.0f32, 16.02), (75.0, 3.01), (1000.0, 0.0)] {
            let before = tone(hertz);
            let mut after = before.clone();
            clean(&mut after, &Control::new()).unwrap();
            let went = part(&before, 0.5, 1.5) - part(&after, 0.5, 1.5);
            assert!((went - wanted).abs() < 0.1, "{hertz} Hz went down by {went} dB, not {wanted}");
        }
    }
}
