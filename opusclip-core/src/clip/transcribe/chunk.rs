//! A piece of sound as speech engines want it.

use std::io::Cursor;

use crate::error::{Error, ErrorCode, Result};

/// Samples a second: what speech engines are trained on.
pub(super) const RATE: u32 = 16_000;

/// Below this level in dBFS nobody can be heard.
const SILENT: f32 = -65.0;
/// Samples that are looked at together: 20 ms.
const FRAME: usize = RATE as usize / 50;

/// A piece of the sound of a file: one channel at 16 kHz.
#[derive(Debug, Clone, PartialEq)]
pub struct AudioChunk {
    /// Where in the file it begins, in seconds.
    pub start: f64,
    /// Where it ends, in seconds.
    pub end: f64,
    /// Samples a second; 16,000 for what this library hands out.
    pub sample_rate: u32,
    /// The samples, between -1 and 1.
    pub samples: Vec<f32>,
}

impl AudioChunk {
    /// The piece as a WAV file (16-bit PCM, one channel), for engines that take files. 32 kB a second.
    ///
    /// # Errors
    /// [`ErrorCode::LimitExceeded`] for a piece that is too long for a WAV file (4 GB), and a rate of 0.
    ///
    /// ```
    /// use opusclip_core::clip::transcribe::AudioChunk;
    /// let chunk = AudioChunk { start: 0.0, end: 0.5, sample_rate: 16_000, samples: vec![0.25; 8000] };
    /// let wav = chunk.to_wav()?;
    /// assert_eq!((&wav[..4], &wav[8..12], wav.len()), (&b"RIFF"[..], &b"WAVE"[..], 44 + 16_000));
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    pub fn to_wav(&self) -> Result<Vec<u8>> {
        let most = (u32::MAX - 1024) as usize / 2;
        if self.sample_rate == 0 || self.samples.len() > most {
            return Err(
                Error::new(ErrorCode::LimitExceeded, "the sound does not fit a WAV file").hint("take shorter pieces")
            );
        }
        let format = hound::WavSpec {
            channels: 1,
            sample_rate: self.sample_rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = Vec::with_capacity(44 + 2 * self.samples.len());
        let written = hound::WavWriter::new(Cursor::new(&mut bytes), format).and_then(|mut writer| {
            for sample in &self.samples {
                // The cast saturates, and what is no number becomes silence.
                writer.write_sample((sample * f32::from(i16::MAX)).round() as i16)?;
            }
            writer.finalize()
        });
        written.map_err(|error| {
            Error::new(ErrorCode::Internal, format!("cannot make a WAV file: {error}")).caused_by(error)
        })?;
        Ok(bytes)
    }

    /// Is there nothing to hear, throughout?
    pub(super) fn is_silent(&self) -> bool {
        self.samples.chunks(FRAME).all(|frame| level(frame) < SILENT)
    }
}

/// The level of samples in dBFS, at least -120.
pub(super) fn level(samples: &[f32]) -> f32 {
    let power = samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32;
    // What is no number is not heard.
    (10.0 * power.log10()).max(-120.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_become_pcm_and_stay_in_range() {
        let samples = vec![0.0, 1.0, -1.0, 2.0, f32::NAN, 0.5];
        let chunk = AudioChunk { start: 0.0, end: 1.0, sample_rate: RATE, samples };
        let wav = chunk.to_wav().unwrap();
        let mut reader = hound::WavReader::new(Cursor::new(wav)).unwrap();
        assert_eq!((reader.spec().channels, reader.spec().sample_rate), (1, 16_000));
        let read: Vec<i16> = reader.samples::<i16>().map(Result::unwrap).collect();
        assert_eq!(read, [0, 32767, -32767, 32767, 0, 16384]);
    }

    #[test]
    fn silence_is_what_nobody_can_hear() {
        let chunk = |loud: f32| AudioChunk { start: 0.0, end: 1.0, sample_rate: RATE, samples: vec![loud; 16_000] };
        assert!(chunk(0.0).is_silent() && chunk(0.0003).is_silent());
        assert!(!chunk(0.001).is_silent());
        let mut once = chunk(0.0);
        once.samples[8000..8400].fill(0.1);
        assert!(!once.is_silent());
    }
}
