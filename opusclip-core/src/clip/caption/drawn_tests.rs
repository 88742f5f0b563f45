//! Captions as libass draws them: through FFmpeg's own program, in ten scripts and more, and measured by their pixels.
use std::io::Read as _;
use std::process::{Command, Stdio};

use super::layout::{Caption, captions};
use super::*;

/// Words that captions are made of; some scripts put no blanks between them.
const WORDS: &[(&str, &str)] = &[
    (
        "latin",
        "the lighthouse keeper of a Jüngling climbed two hundred steps every night, extraordinary and nobody asked why. Ångström",
    ),
    ("cyrillic", "смотритель маяка каждую ночь поднимался на двести ступеней, и никто никогда не спросил почему. Щёки"),
    ("greek", "ο φαροφύλακας ανέβαινε διακόσια σκαλοπάτια κάθε νύχτα, και κανείς δεν ρώτησε γιατί. Ύδωρ"),
    ("arabic", "حارس المنارة كان يصعد مئتي درجة كل ليلة، ولم يسأله أحد لماذا. المحيط"),
    ("hebrew", "שומר המגדלור טיפס מאתיים מדרגות בכל לילה, ואיש לא שאל אותו מדוע. הים"),
    ("devanagari", "प्रकाशस्तंभ का रखवाला हर रात दो सौ सीढ़ियाँ चढ़ता था, और किसी ने कभी नहीं पूछा क्यों। समुद्र"),
    ("bengali", "বাতিঘরের রক্ষক প্রতি রাতে দুইশ সিঁড়ি উঠতেন, কেউ কখনো জিজ্ঞাসা করেনি কেন। সমুদ্র"),
    ("thai", "คนเฝ้าประภาคาร ปีนบันได สองร้อยขั้น ทุกคืน และไม่มีใคร เคยถามว่า ทำไม"),
    ("chinese", "灯塔 的 看守人 每天晚上 都要 爬 两百 级 台阶， 从来 没有人 问过 为什么。 大海"),
    ("japanese", "灯台 の 番人は 毎晩 二百段の 階段を 登り、 誰も 理由を 尋ねなかった。 カメラ"),
    ("korean", "등대 지기는 매일 밤 이백 개의 계단을 올랐고, 아무도 이유를 묻지 않았다. 바다"),
];

const SIZE: (u32, u32) = (540, 960);
const RATE: f64 = 25.0;

/// Soft edges and drawing to whole pixels, as the layout allows for on both sides.
const SLACK: f64 = 4.0;

/// A small generator of numbers (Knuth's MMIX), so that runs repeat.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }
}

/// Base colour grey, the word that is said white, no stroke: each can be told by its brightness.
fn told(preset: CaptionPreset) -> Look {
    let style = CaptionStyle {
        color: Some("#606060".into()),
        highlight_color: Some("#ffffff".into()),
        outline: Some(0.0),
        shadow: Some(0.0),
        ..CaptionStyle::default()
    };
    Look::new(preset, &style).unwrap()
}

/// Words of one script, said at odd times.
fn said(script: &str, count: usize, dice: &mut Dice) -> Vec<Shown> {
    let known: Vec<&str> = script.split(' ').collect();
    let mut at = 0.0;
    let mut word = || {
        let start = at + dice.below(3) as f64 * 0.013 + if dice.below(9) == 0 { 0.7 } else { 0.0 };
        at = start + 0.1 + dice.below(40) as f64 * 0.01;
        Shown { start, end: at, text: known[dice.below(known.len())].to_owned() }
    };
    (0..count).map(|_| word()).collect()
}

/// A drawn frame: brightness of each pixel.
struct Drawn(Vec<u8>);

impl Drawn {
    /// Left, top, right and bottom of all that is brighter.
    fn ink(&self, brighter: u8) -> Option<(f64, f64, f64, f64)> {
        let mut found: Option<(usize, usize, usize, usize)> = None;
        let width = SIZE.0 as usize;
        for (at, _) in self.0.iter().enumerate().filter(|(_, light)| **light > brighter) {
            let (x, y) = (at % width, at / width);
            let (a, b, c, d) = found.unwrap_or((x, y, x, y));
            found = Some((a.min(x), b.min(y), c.max(x), d.max(y)));
        }
        found.map(|(a, b, c, d)| (a as f64, b as f64, c as f64 + 1.0, d as f64 + 1.0))
    }
}

/// Draw a script with FFmpeg's program and show each frame.
fn draw(burning: &Burning, frames: u64, seen: &mut dyn FnMut(u64, &Drawn)) {
    let [script, fonts] = burning.paths();
    let size = format!("{}x{}", SIZE.0, SIZE.1);
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &format!("color=black:s={size}:r={RATE},format=gray")])
        .args(["-frames:v", &frames.to_string(), "-vf"])
        .arg(format!("ass=filename={}:fontsdir={}", script.display(), fonts.display()))
        .args(["-f", "rawvideo", "-pix_fmt", "gray", "-"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffmpeg is installed");
    let mut pipe = ffmpeg.stdout.take().unwrap();
    let mut drawn = Drawn(vec![0; (SIZE.0 * SIZE.1) as usize]);
    for number in 0..frames {
        pipe.read_exact(&mut drawn.0).unwrap();
        seen(number, &drawn);
    }
    assert!(ffmpeg.wait().unwrap().success());
}

#[test]
fn a_thousand_cues_in_eleven_scripts_stay_where_they_belong() {
    let wanted: usize = 1000;
    let mut dice = Dice(6);
    let (mut cues, mut words_seen) = (0, 0);
    for (name, script) in WORDS {
        let preset = [CaptionPreset::Highlight, CaptionPreset::Bold][dice.below(2)];
        let look = told(preset);
        let (mut of_script, want) = (0, wanted.div_ceil(WORDS.len()));
        while of_script < want {
            let words = said(script, 200, &mut dice);
            let duration = words.last().unwrap().end + 0.5;
            let clock = Clock { rate: RATE, duration, cuts: &[] };
            let frame = Frame { width: SIZE.0, height: SIZE.1, clock, faces: &[], language: None };
            let written = write(&Writing { words: &words, hook: "", look: &look }, &frame).unwrap().unwrap();
            assert_eq!(written.notes, [""; 0], "{name}");
            let fonts = font_set(&look, script).unwrap();
            let mut laid = captions(&words, &look, &fonts, &frame);
            laid.truncate(want - of_script);
            of_script += laid.len();
            in_time(name, &words, &laid, &clock);
            let rtl = measure::right_to_left(script);
            let frames = laid.last().unwrap().stand.until;
            draw(&written.burning().unwrap(), frames, &mut |number, drawn| {
                check(name, number, drawn, &laid, rtl, &mut words_seen);
            });
        }
        cues += of_script;
    }
    assert!(cues >= wanted && words_seen > cues);
}

/// Words that are not cut by a dictionary light up within a frame of when they are said.
fn in_time(name: &str, words: &[Shown], laid: &[Caption], clock: &Clock<'_>) {
    let pieces = laid.iter().flat_map(|caption| &caption.lines).flat_map(|line| &line.pieces);
    let whole =
        words.iter().zip(pieces).take_while(|(word, piece)| word.text.to_uppercase() == piece.text.to_uppercase());
    for (word, piece) in whole {
        let exact = word.start * RATE;
        assert!(
            (piece.said.from as f64 - exact).abs() <= 1.0,
            "{name}: {} begins at {}, not {exact:.2}",
            word.text,
            piece.said.from
        );
        assert!(piece.said.until > piece.said.from && clock.seconds(piece.said.until) <= clock.duration);
    }
}

fn check(name: &str, number: u64, drawn: &Drawn, laid: &[Caption], rtl: bool, words: &mut usize) {
    let standing: Vec<&Caption> =
        laid.iter().filter(|caption| (caption.stand.from..caption.stand.until).contains(&number)).collect();
    assert!(standing.len() <= 1, "{name}, frame {number}: captions overlap");
    let ink = drawn.ink(40);
    let Some(caption) = standing.first() else {
        assert_eq!(ink, None, "{name}, frame {number}: something is drawn where no caption stands");
        return;
    };
    let text: Vec<&str> = caption.lines.iter().map(|line| line.text.as_str()).collect();
    let (left, top, right, bottom) = ink.unwrap_or_else(|| panic!("{name}, frame {number}: {text:?} is not drawn"));
    // The figures of the platforms, for a frame of half their size.
    let (low, high) = if rtl { (81.0, 486.0) } else { (54.0, 459.0) };
    assert!(
        low <= left && right <= high && 192.0 <= top && bottom <= 624.0,
        "{name}, frame {number}: {text:?} at {left}, {top} to {right}, {bottom}"
    );
    let measured = caption.lines.iter().map(|line| line.extent.width()).fold(0.0, f64::max) * caption.em;
    let off = (right - left) - measured;
    assert!(off <= SLACK, "{name}, frame {number}: {text:?} is {} wide, not {measured:.1}", right - left);
    said_word(name, number, drawn, caption, words);
}

/// The word that is said is the bright one, and stands where the line has it.
fn said_word(name: &str, number: u64, drawn: &Drawn, caption: &Caption, words: &mut usize) {
    for line in &caption.lines {
        let mut before = 0.0;
        for piece in &line.pieces {
            let blank = if piece.spaced { 0.25 } else { 0.0 };
            let middle = before + blank + piece.extent.advance / 2.0;
            before += blank + piece.extent.advance;
            if number != piece.said.from {
                continue;
            }
            *words += 1;
            let Some((left, _, right, bottom)) = drawn.ink(150) else {
                panic!("{name}, frame {number}: {} is not lit", piece.text)
            };
            let whole = line.extent.advance * caption.em;
            let from_left = if caption.right_to_left { whole - middle * caption.em } else { middle * caption.em };
            let expected = line.middle - whole / 2.0 + from_left;
            let width = piece.extent.advance * caption.em;
            assert!(
                (f64::midpoint(left, right) - expected).abs() < width / 2.0 + 6.0 && right - left <= width + 8.0,
                "{name}, frame {number}: {} is lit from {left} to {right}, not around {expected:.0}",
                piece.text
            );
            assert!(
                (bottom - line.baseline).abs() < caption.em,
                "{name}, frame {number}: {} is in another line",
                piece.text
            );
        }
    }
}

#[test]
fn looks_differ_and_the_hook_goes_after_three_seconds() {
    let mut dice = Dice(1);
    let words = said(WORDS[0].1, 30, &mut dice);
    let clock = Clock { rate: RATE, duration: 8.0, cuts: &[] };
    let frame = Frame { width: SIZE.0, height: SIZE.1, clock, faces: &[], language: Some("en") };
    let mut pictures: Vec<Vec<u8>> = Vec::new();
    for preset in CaptionPreset::ALL {
        let look = Look::of(preset);
        let written =
            write(&Writing { words: &words, hook: "Why does nobody ask?", look: &look }, &frame).unwrap().unwrap();
        let mut last = Vec::new();
        draw(&written.burning().unwrap(), 100, &mut |number, drawn| {
            // The box of the hook is white, at the top of the safe area.
            let row = 215 * SIZE.0 as usize;
            let white = drawn.0[row..row + SIZE.0 as usize].iter().any(|light| *light > 200);
            assert_eq!(white, number < 75, "{preset:?}, frame {number}");
            if number == 30 {
                last = drawn.0.clone();
            }
        });
        assert!(!pictures.contains(&last), "{preset:?} looks like another");
        pictures.push(last);
    }
}

#[test]
fn letters_that_no_font_has_are_named() {
    let look = Look::of(CaptionPreset::Highlight);
    let words = [Shown { start: 0.0, end: 1.0, text: "a\u{E123}b".into() }];
    let clock = Clock { rate: RATE, duration: 2.0, cuts: &[] };
    let frame = Frame { width: SIZE.0, height: SIZE.1, clock, faces: &[], language: None };
    let written = write(&Writing { words: &words, hook: "", look: &look }, &frame).unwrap().unwrap();
    assert!(written.notes[0].contains("U+E123"), "{:?}", written.notes);
}
