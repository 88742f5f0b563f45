//! The sound of finished clips, measured by FFmpeg on the file.

use std::f64::consts::{FRAC_1_SQRT_2, TAU};
use std::path::{Path, PathBuf};

use opusclip_core::clip::{Clip, Report};
use serde_json::{Value, json};

use super::inspect::loudness;
use super::support::{ffmpeg, ffprobe, manifest, media, render, scratch, tool};

const RATE: f64 = 48_000.0;

/// A small and fast clip of a file.
fn clip(video: &Path, range: (f64, f64), more: &Value, out: &Path) -> Report {
    let mut options = json!({"width": 64, "height": 64});
    for (name, value) in more.as_object().unwrap() {
        options[name] = value.clone();
    }
    render(&manifest(video, &[range], &options), out).unwrap_or_else(|error| panic!("{}: {error}", video.display()))
}

/// A file of a still picture and this sound: input options, then filters.
fn heard(folder: &Path, name: &str, input: &str, filters: &str) -> PathBuf {
    let video = folder.join(format!("{name}.mov"));
    let inputs = format!("-f lavfi -i color=gray:s=64x64:r=25:d=12 {input}");
    let sound = format!("-map 0:v -map 1:a -af {filters} -c:a pcm_s24le -shortest");
    ffmpeg(&format!("{inputs} {sound} -c:v libx264 -preset ultrafast"), &video);
    video
}

/// Ten seconds of somebody speaking, through these filters.
fn speech(folder: &Path, name: &str, filters: &str) -> PathBuf {
    heard(folder, name, &format!("-ss 20 -t 10 -i {}", media("talk.mp4").display()), filters)
}

/// Ten seconds of a formula, through these filters.
fn formula(folder: &Path, name: &str, expression: &str, filters: &str) -> PathBuf {
    heard(folder, name, &format!("-f lavfi -i aevalsrc=exprs={expression}:s=48000:d=10"), filters)
}

/// Both channels of a file's sound.
fn samples(path: &Path) -> [Vec<f32>; 2] {
    let file = path.to_string_lossy();
    let words =
        ["-v", "error", "-nostdin", "-i", &file, "-map", "0:a:0", "-ar", "48000", "-f", "f32le", "-ac", "2", "-"];
    let bytes = tool("ffmpeg", &words).0;
    let values: Vec<f32> = bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
    [0, 1].map(|channel| values.iter().skip(channel).step_by(2).copied().collect())
}

/// RMS of a stretch in dBFS.
fn level(samples: &[f32], from: f64, to: f64) -> f64 {
    let part = &samples[(from * RATE) as usize..(to * RATE) as usize];
    10.0 * (part.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / part.len() as f64).log10()
}

/// Amplitude of one frequency in the middle of some samples: a Fourier coefficient over whole periods.
fn amplitude(samples: &[f32], hertz: f64) -> f64 {
    let part = &samples[48_000..96_000];
    let turn = |n: usize| n as f64 / RATE * hertz * TAU;
    let sum = |wave: fn(f64) -> f64| part.iter().enumerate().map(|(n, s)| f64::from(*s) * wave(turn(n))).sum::<f64>();
    sum(f64::cos).hypot(sum(f64::sin)) * 2.0 / part.len() as f64
}

fn check_level(clip: &Clip, name: &str, (lufs, peak): (f64, f64)) {
    let (loud, highest) = loudness(&clip.video);
    eprintln!("{name}: {loud} LUFS, {highest} dBTP, {:?}", clip.loudness);
    assert!((loud - lufs).abs() <= 0.5, "{name}: {loud} LUFS in place of {lufs}");
    assert!(highest <= peak, "{name}: {highest} dBTP, over {peak}");
}

#[test]
fn all_kinds_of_sound_have_their_loudness_and_stay_below_their_peak() {
    let folder = scratch();
    let at = folder.path();
    let videos = [
        ("speech", speech(at, "speech", "anull")),
        ("very quiet speech", speech(at, "quiet", "volume=-28dB")),
        ("clipped speech", speech(at, "clipped", "volume=30dB,aformat=sample_fmts=s16")),
        ("sparse speech", speech(at, "sparse", "volume='lt(mod(t,5),1.2)':eval=frame")),
        ("speech on the left", speech(at, "left", "pan=stereo|c0=c0|c1=0*c0")),
        ("mono speech", speech(at, "mono", "pan=mono|c0=c0")),
        ("speech in the centre of 5.1", speech(at, "centre", "pan=5.1|FC=c0")),
        ("speech out of phase", speech(at, "phase", "pan=stereo|c0=c0|c1=-1*c0")),
        ("speech at 8 kHz", speech(at, "8k", "aresample=8000")),
        ("speech at 96 kHz", speech(at, "96k", "aresample=96000")),
        ("noise", heard(at, "noise", "-f lavfi -i anoisesrc=c=pink:a=0.3:r=48000:d=10:s=1", "anull")),
        ("chords", formula(at, "chords", "(sin(1382*t)+sin(1741*t)+sin(2073*t))*(0.05+0.05*sin(6*t))", "anull")),
        ("a square wave", formula(at, "square", "0.99*sgn(sin(2764*t))", "anull")),
        ("a low tone", formula(at, "low", "0.1*sin(314*t)", "anull")),
        ("a high tone", formula(at, "high", "0.01*sin(94247*t)", "anull")),
        ("clicks over a tone", formula(at, "clicks", "0.05*sin(2764*t)+0.8*lt(mod(t\\,0.5)\\,0.0006)", "anull")),
    ];
    for (name, video) in &videos {
        let report = clip(video, (0.5, 8.5), &json!({}), &at.join("out").join(name));
        check_level(&report.clips[0], name, (-14.0, -1.0));
        assert!(report.notes.is_empty(), "{name}: {:?}", report.notes);
    }
    let report = clip(&videos[0].1, (1.0, 4.0), &json!({}), &at.join("out").join("short"));
    check_level(&report.clips[0], "three seconds", (-14.0, -1.0));
}

#[test]
fn other_loudness_and_peaks_are_kept_too() {
    let folder = scratch();
    let video = speech(folder.path(), "speech", "anull");
    for (lufs, peak) in [(-23.0, -1.0), (-16.0, -3.0), (-12.0, -0.5), (-30.0, -12.0)] {
        let name = format!("{lufs} LUFS, {peak} dBTP");
        let options = json!({"lufs": lufs, "true_peak": peak});
        let report = clip(&video, (0.5, 8.5), &options, &folder.path().join(&name));
        check_level(&report.clips[0], &name, (lufs, peak));
    }
}

#[test]
fn what_cannot_be_loud_is_not_crushed_and_said() {
    let folder = scratch();
    let video = formula(folder.path(), "click", "0.9*lt(abs(t-4)\\,0.0005)", "anull");
    let report = clip(&video, (0.5, 8.5), &json!({}), &folder.path().join("out"));
    let (loud, peak) = loudness(&report.clips[0].video);
    let said = report.clips[0].loudness.as_ref().unwrap();
    eprintln!("a click: {loud} LUFS, {peak} dBTP, {said:?}, {:?}", report.notes);
    assert!(loud < -14.5 && peak <= -1.0, "{loud} LUFS, {peak} dBTP");
    assert!((said.integrated.unwrap() - loud).abs() < 0.2);
    assert!(
        report.notes.iter().any(|note| note.starts_with("clip 1: ") && note.contains("LUFS")),
        "{:?}",
        report.notes
    );
}

#[test]
fn pauses_of_quiet_speech_stay_quiet() {
    let folder = scratch();
    // Speech of 1.2 s every 5 s at about -45 LUFS, in a room at -75 dBFS: a uniform noise of
    // amplitude a has a/sqrt(3) RMS, and FFmpeg takes 3 dB off where it puts one channel on two.
    let video = folder.path().join("room.mov");
    let talk = media("talk.mp4");
    let inputs = format!(
        "-f lavfi -i color=gray:s=64x64:r=25:d=12 -ss 20 -t 10 -i {} -f lavfi -i anoisesrc=a=0.000436:r=48000:d=10:s=3",
        talk.display()
    );
    let mix = "[1:a]loudnorm=I=-20,aresample=48000,volume='lt(mod(t,5),1.2)':eval=frame,volume=-25dB,\
               aformat=channel_layouts=stereo[a];[2:a]aformat=channel_layouts=stereo[b];\
               [a][b]amix=inputs=2:normalize=0:duration=first[m]";
    let output = "-map 0:v -map [m] -c:a pcm_f32le -shortest -c:v libx264 -preset ultrafast";
    ffmpeg(&format!("{inputs} -filter_complex {mix} {output}"), &video);
    let before = samples(&video);
    let room = level(&before[0], 2.5, 4.5);
    assert!((room + 75.0).abs() < 1.0, "the room is at {room} dBFS");
    let report = clip(&video, (0.0, 9.0), &json!({}), &folder.path().join("out"));
    check_level(&report.clips[0], "quiet speech in a room", (-14.0, -1.0));
    let gain = report.clips[0].loudness.as_ref().unwrap().gain;
    let after = samples(&report.clips[0].video);
    for (from, to) in [(2.0, 4.8), (7.0, 8.9)] {
        let pause = level(&after[0], from, to);
        eprintln!("gain {gain} dB, pause at {pause} dBFS");
        assert!(pause <= -50.0, "{pause} dBFS");
        assert!(pause >= room - 1.0, "{pause} dBFS is quieter than the room was");
    }
    // Words keep what the gain gives them.
    let word = level(&after[0], 0.1, 1.1) - level(&before[0], 0.1, 1.1);
    assert!((word - gain).abs() <= 1.5, "words became louder by {word} dB, not {gain}");
}

#[test]
fn digital_silence_between_words_stays_silent() {
    let folder = scratch();
    let video = speech(folder.path(), "sparse", "volume=-20dB,volume='lt(mod(t,5),1.2)':eval=frame");
    let report = clip(&video, (0.0, 9.0), &json!({}), &folder.path().join("out"));
    let pause = level(&samples(&report.clips[0].video)[0], 2.0, 4.5);
    assert!(pause < -80.0, "{pause} dBFS");
}

/// What ITU-R BS.775 makes of a channel on the left and on the right.
fn shares(channel: &str) -> [f64; 2] {
    match channel {
        "FL" => [1.0, 0.0],
        "FR" => [0.0, 1.0],
        "FC" => [FRAC_1_SQRT_2, FRAC_1_SQRT_2],
        "BL" | "SL" => [FRAC_1_SQRT_2, 0.0],
        "BR" | "SR" => [0.0, FRAC_1_SQRT_2],
        // One surround is split between the two, each at -3 dB.
        "BC" => [0.5, 0.5],
        "LFE" => [0.0, 0.0],
        other => panic!("{other}?"),
    }
}

/// A tone of its own in each channel, 400 Hz and up.
fn tones(count: usize) -> Vec<f64> {
    (0..count).map(|channel| 400.0 + 100.0 * channel as f64).collect()
}

/// Insist on how loud each tone is on either side, beside the first one on the left.
fn check_mix(name: &str, video: &Path, expected: &[[f64; 2]], out: &Path) {
    let report = clip(video, (0.0, 4.0), &json!({"audio_bit_rate": 320_000}), out);
    let sides = samples(&report.clips[0].video);
    let tones = tones(expected.len());
    let reference = amplitude(&sides[0], tones[0]);
    for (channel, (hertz, wanted)) in tones.iter().zip(expected).enumerate() {
        for side in 0..2 {
            let share = amplitude(&sides[side], *hertz) / reference;
            let wanted = wanted[side] / expected[0][0];
            assert!(
                (share - wanted).abs() < 0.02,
                "{name}: channel {channel} has {share} on side {side}, not {wanted}"
            );
        }
    }
}

#[test]
fn channels_are_mixed_down_as_the_standard_has_it() {
    let folder = scratch();
    for (layout, channels) in [
        ("2.1", "FL FR LFE"),
        ("3.0", "FL FR FC"),
        ("4.0", "FL FR FC BC"),
        ("quad", "FL FR BL BR"),
        ("3.1", "FL FR FC LFE"),
        ("5.0", "FL FR FC BL BR"),
        ("5.0(side)", "FL FR FC SL SR"),
        ("5.1", "FL FR FC LFE BL BR"),
        ("5.1(side)", "FL FR FC LFE SL SR"),
        ("6.1", "FL FR FC LFE BC SL SR"),
        ("7.0", "FL FR FC BL BR SL SR"),
        ("7.1", "FL FR FC LFE BL BR SL SR"),
    ] {
        let expected: Vec<[f64; 2]> = channels.split(' ').map(shares).collect();
        // Full scale in every channel: the sum is far above it, and must not clip.
        let tones: Vec<String> =
            tones(expected.len()).iter().map(|hertz| format!("0.99*sin(2*PI*{hertz}*t)")).collect();
        let video = folder.path().join("source.mov");
        let sound = format!("-f lavfi -i aevalsrc=exprs={}:c={layout}:s=48000:d=5", tones.join("|"));
        let picture = "-f lavfi -i color=gray:s=64x64:r=25:d=5";
        ffmpeg(&format!("{picture} {sound} -c:a pcm_s16le -c:v libx264 -preset ultrafast"), &video);
        let found = ffprobe(&video, "-select_streams a -show_entries stream=channel_layout");
        assert_eq!(found["streams"][0]["channel_layout"], layout);
        check_mix(layout, &video, &expected, &folder.path().join(layout));
    }
}

#[test]
fn channels_without_names_are_all_heard() {
    let folder = scratch();
    for count in [3, 4, 5] {
        let tones: Vec<String> = tones(count).iter().map(|hertz| format!("0.2*sin(2*PI*{hertz}*t)")).collect();
        // Matroska keeps no names for PCM.
        let video = folder.path().join("source.mkv");
        let sound = format!("-f lavfi -i aevalsrc=exprs={}:s=48000:d=5", tones.join("|"));
        let picture = "-f lavfi -i color=gray:s=64x64:r=25:d=5";
        ffmpeg(&format!("{picture} {sound} -c:a pcm_s16le -c:v libx264 -preset ultrafast"), &video);
        let mut expected = vec![[1.0, 0.0], [0.0, 1.0]];
        expected.resize(count, [FRAC_1_SQRT_2; 2]);
        check_mix(&format!("{count} channels"), &video, &expected, &folder.path().join(count.to_string()));
    }
}

#[test]
fn one_channel_is_heard_from_both_sides_at_its_level() {
    let folder = scratch();
    let video = formula(folder.path(), "mono", "0.05*sin(2*PI*500*t)", "anull");
    let report = clip(&video, (0.0, 4.0), &json!({}), &folder.path().join("out"));
    let gain = report.clips[0].loudness.as_ref().unwrap().gain;
    for side in samples(&report.clips[0].video) {
        let change = 20.0 * (amplitude(&side, 500.0) / 0.05).log10();
        assert!((change - gain).abs() < 0.1, "{change} dB, and the gain is {gain} dB");
    }
}

#[test]
fn clips_begin_and_end_without_a_click() {
    let folder = scratch();
    let video = formula(folder.path(), "tone", "0.8*sin(2*PI*220*t)", "anull");
    let report = clip(&video, (1.013, 5.777), &json!({}), &folder.path().join("out"));
    let heard = &samples(&report.clips[0].video)[0];
    let largest = |part: &[f32]| part.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
    let steady = largest(&heard[48_000..96_000]);
    for (name, part) in [("beginning", &heard[..4800]), ("end", &heard[heard.len() - 9600..])] {
        let step = largest(part);
        assert!(step <= 1.1 * steady, "{name}: a step of {step}, and of {steady} in the tone itself");
    }
    let first = heard[..24].iter().fold(0.0f32, |most, sample| most.max(sample.abs()));
    assert!(first < 0.02, "the first half a millisecond reaches {first}");
}

#[test]
fn clean_speech_turns_noise_down_and_keeps_the_rest_where_it_was() {
    let folder = scratch();
    let talk = media("talk.mp4");
    for (name, noise) in [
        ("white", "anoisesrc=c=white:a=0.01:r=48000:d=12:s=1"),
        ("pink", "anoisesrc=c=pink:a=0.04:r=48000:d=12:s=2"),
        ("hum", "aevalsrc=exprs=0.01*sin(2*PI*50*t)+0.005*sin(2*PI*100*t)+0.003*sin(2*PI*150*t):s=48000:d=12"),
    ] {
        let video = folder.path().join(format!("{name}.mov"));
        let inputs =
            format!("-f lavfi -i color=gray:s=64x64:r=25:d=12 -ss 20 -t 10 -i {} -f lavfi -i {noise}", talk.display());
        let mix = "[1:a]aresample=48000,volume='lt(mod(t,5),3.5)':eval=frame[a];\
                   [a][2:a]amix=inputs=2:normalize=0:duration=first[m]";
        let output = "-map 0:v -map [m] -c:a pcm_f32le -shortest -c:v libx264 -preset ultrafast";
        ffmpeg(&format!("{inputs} -filter_complex {mix} {output}"), &video);
        let of = |clean: bool| {
            let out = folder.path().join(format!("{name}-{clean}"));
            let report = clip(&video, (0.0, 9.8), &json!({"clean_speech": clean}), &out);
            check_level(&report.clips[0], name, (-14.0, -1.0));
            samples(&report.clips[0].video)[0].clone()
        };
        let (plain, clean) = (of(false), of(true));
        assert_eq!(plain.len(), clean.len());
        // Speech keeps its level, and so does the clip; what is left between the words is the noise.
        let pauses = level(&plain, 3.8, 4.8) - level(&clean, 3.8, 4.8);
        let words = level(&plain, 0.5, 3.0) - level(&clean, 0.5, 3.0);
        let lag = lag(&plain, &clean);
        eprintln!("{name}: pauses {pauses:.1} dB, words {words:.2} dB quieter, {lag} samples late");
        assert!(pauses >= 8.0, "{name}: noise went down by {pauses} dB only");
        assert!(words.abs() <= 1.0, "{name}: words went down by {words} dB");
        assert!(lag.abs() <= 48, "{name}: the sound moved by {lag} samples");
    }
}

/// By how many samples the second sound comes late: where the two are most alike.
fn lag(one: &[f32], other: &[f32]) -> i64 {
    let (from, length) = (60_000i64, 48_000i64);
    let alike = |late: i64| -> f64 {
        let pair = |n: i64| f64::from(one[n as usize]) * f64::from(other[(n + late) as usize]);
        (from..from + length).map(pair).sum()
    };
    (-2400..=2400).max_by(|a, b| alike(*a).total_cmp(&alike(*b))).unwrap_or(0)
}
