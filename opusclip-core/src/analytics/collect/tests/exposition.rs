//! What is printed for Prometheus is read by its grammar: the text format 0.0.4 and OpenMetrics 1.0, section 5.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::str::Chars;

use super::*;
use crate::analytics::{Exposition, MetricType};

#[derive(Debug, PartialEq)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

type Read<T> = Result<T, String>;

/// A letter, `_` or, in metrics, `:`; then digits too.
fn identifier(text: &mut Peekable<Chars<'_>>, colon: bool) -> Read<String> {
    let mut name = String::new();
    while let Some(letter) = text.next_if(|letter| {
        letter.is_ascii_alphabetic()
            || *letter == '_'
            || (colon && *letter == ':')
            || (!name.is_empty() && letter.is_ascii_digit())
    }) {
        name.push(letter);
    }
    if name.is_empty() { Err(format!("no name before {:?}", text.collect::<String>())) } else { Ok(name) }
}

fn expect(text: &mut Peekable<Chars<'_>>, wanted: char) -> Read<()> {
    match text.next() {
        Some(found) if found == wanted => Ok(()),
        found => Err(format!("{found:?} where {wanted:?} belongs")),
    }
}

/// In quotes, with `\\`, `\"` and `\n` for what cannot stand there, and no other escape.
fn quoted(text: &mut Peekable<Chars<'_>>) -> Read<String> {
    expect(text, '"')?;
    let mut value = String::new();
    loop {
        match text.next().ok_or("a value without an end")? {
            '"' => return Ok(value),
            '\\' => value.push(match text.next() {
                Some('\\') => '\\',
                Some('"') => '"',
                Some('n') => '\n',
                other => return Err(format!("the escape {other:?}")),
            }),
            letter => value.push(letter),
        }
    }
}

fn labels(text: &mut Peekable<Chars<'_>>) -> Read<Vec<(String, String)>> {
    let mut labels = Vec::new();
    if text.next_if_eq(&'{').is_none() {
        return Ok(labels);
    }
    loop {
        let key = identifier(text, false)?;
        expect(text, '=')?;
        labels.push((key, quoted(text)?));
        if text.next_if_eq(&'}').is_some() {
            return Ok(labels);
        }
        expect(text, ',')?;
    }
}

fn sample(line: &str) -> Read<Sample> {
    let mut text = line.chars().peekable();
    let name = identifier(&mut text, true)?;
    let labels = labels(&mut text)?;
    let names: BTreeSet<&String> = labels.iter().map(|label| &label.0).collect();
    if names.len() < labels.len() {
        return Err(format!("a label stands twice in {line:?}"));
    }
    expect(&mut text, ' ')?;
    let rest: String = text.collect();
    let value = match rest.as_str() {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        "NaN" => f64::NAN,
        digits if digits.starts_with(|first: char| first.is_ascii_digit() || first == '-') => {
            digits.parse().map_err(|_| format!("the number {digits:?}"))?
        }
        other => return Err(format!("the number {other:?}")),
    };
    Ok(Sample { name, labels, value })
}

/// All samples of a text, each within the family that was announced before, each family once.
fn read(text: &str, format: Exposition) -> Read<Vec<Sample>> {
    let mut families: BTreeMap<String, String> = BTreeMap::new();
    let (mut samples, mut family, mut ended) = (Vec::new(), None, false);
    if !text.is_empty() && !text.ends_with('\n') {
        return Err("the last line has no end".into());
    }
    for line in text.split_terminator('\n') {
        if ended {
            return Err("a line after # EOF".into());
        }
        if line == "# EOF" && format == Exposition::OpenMetrics {
            ended = true;
            continue;
        }
        if let Some(announced) = line.strip_prefix("# TYPE ") {
            let (name, kind) = announced.split_once(' ').ok_or("no type")?;
            let mut letters = name.chars().peekable();
            let whole = identifier(&mut letters, true)?;
            if whole != name || !["counter", "gauge", "summary"].contains(&kind) {
                return Err(format!("the announcement {line:?}"));
            }
            if families.insert(name.to_owned(), kind.to_owned()).is_some() {
                return Err(format!("{name} is announced twice"));
            }
            family = Some((name.to_owned(), kind.to_owned()));
            continue;
        }
        let sample = sample(line)?;
        let (name, kind) = family.as_ref().ok_or("a sample before its family")?;
        let total = if format == Exposition::OpenMetrics { "_total" } else { "" };
        let suffixes: &[&str] = match kind.as_str() {
            "counter" => &[total],
            "gauge" => &[""],
            _ => &["", "_sum", "_count"],
        };
        let suffix = sample.name.strip_prefix(name.as_str()).ok_or_else(|| format!("{} in {name}", sample.name))?;
        if !suffixes.contains(&suffix) {
            return Err(format!("{} in the {kind} {name}", sample.name));
        }
        samples.push(sample);
    }
    if format == Exposition::OpenMetrics && !ended {
        return Err("no # EOF".into());
    }
    Ok(samples)
}

#[test]
fn the_reader_refuses_what_the_formats_do() {
    for (line, fits) in [
        ("a 1", true),
        ("a:b_c{d=\"\\\\ \\\" \\n }\",e=\"é\"} -1.5e-7", true),
        ("a NaN", true),
        ("1a 1", false),
        ("a{1b=\"c\"} 1", false),
        ("a{b:c=\"d\"} 1", false),
        ("a{b=\"\\t\"} 1", false),
        ("a{b=\"c} 1", false),
        ("a{b=\"c\",} ", false),
        ("a  1", false),
        ("a inf", false),
    ] {
        assert_eq!(sample(line).is_ok(), fits, "{line}");
    }
    for (text, fits) in [
        ("# TYPE a counter\na_total 1\n# EOF\n", true),
        ("# TYPE a counter\na 1\n# EOF\n", false),
        ("# TYPE a gauge\na 1\n", false),
        ("# TYPE a gauge\na 1\n# TYPE a gauge\n# EOF\n", false),
        ("# TYPE a gauge\na 1\n# EOF\na 2\n", false),
    ] {
        assert_eq!(read(text, Exposition::OpenMetrics).is_ok(), fits, "{text}");
    }
}

/// Any bytes that are text once what is no UTF-8 has been replaced, with those that need care among them often.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..6).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        prop::sample::select(vec![
            "\\", "\"", "\n", "\r\n", "{", "}", ",", "=", " ", "\\n", "é", "_total", "_sum", "quantile", "0", "a", "#"
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

fn any_series() -> impl Strategy<Value = (String, u8, Vec<(String, String)>, f64)> {
    let kinds = 0_u8..4;
    (any_text(), kinds, prop::collection::vec((any_text(), any_text()), 0..4), -1e12..1e12_f64)
}

#[test]
fn labels_that_the_format_has_no_letters_for_stay_apart() {
    let collector = collector();
    for key in ["a.b", "a_b", "a-b", "quantile"] {
        collector.counter("jobs", &[(key, "1")]).unwrap().inc();
    }
    let text = collector.exposition(Exposition::Prometheus, "5m", None).unwrap();
    let mut lines: Vec<&str> = text.lines().skip(1).collect();
    lines.sort_unstable();
    let wanted = ["a_b", "a_b_2", "a_b_3", "quantile_2"].map(|key| format!("jobs{{{key}=\"1\"}} 1"));
    assert_eq!(lines, wanted);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_names_and_labels_are_it_can_be_read(series in prop::collection::vec(any_series(), 1..6)) {
        let collector = collector();
        let mut values = Vec::new();
        for (name, kind, labels, value) in &series {
            let labels: Vec<(&str, &str)> = labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            let kind = [MetricType::Counter, MetricType::Gauge, MetricType::Histogram, MetricType::Summary][usize::from(*kind)];
            // Names that are empty, labels given twice and metrics of another type are refused, which others test.
            if collector.record_at(name, value.abs(), &labels, NOW, Some(kind)).is_ok() {
                values.extend(labels.iter().map(|(_, value)| (*value).to_owned()));
            }
        }
        for format in [Exposition::Prometheus, Exposition::OpenMetrics] {
            let text = collector.exposition(format, "5m", None).unwrap();
            let samples = read(&text, format).map_err(|failure| TestCaseError::fail(format!("{failure} in\n{text}")))?;
            let read: Vec<&String> = samples.iter().flat_map(|sample| sample.labels.iter().map(|label| &label.1)).collect();
            for value in &values {
                prop_assert!(read.contains(&value), "{value:?} is not in\n{text}");
            }
            let mut places: Vec<(&String, BTreeMap<&String, &String>)> = Vec::new();
            for sample in &samples {
                let place = (&sample.name, sample.labels.iter().map(|(key, value)| (key, value)).collect());
                prop_assert!(!places.contains(&place), "{place:?} is twice in\n{text}");
                places.push(place);
            }
        }
    }

    #[test]
    fn values_are_read_back_exactly(value in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO) {
        let collector = collector();
        collector.gauge("g", &[]).unwrap().record(value).unwrap();
        let text = collector.exposition(Exposition::Prometheus, "5m", None).unwrap();
        let samples = read(&text, Exposition::Prometheus).unwrap();
        prop_assert_eq!(samples.iter().map(|sample| sample.value).collect::<Vec<_>>(), vec![value]);
    }
}
