//! The runner of `tests/vectors/clip/*.json`; `tests/vectors/README.md` says how.

use std::path::{Path, PathBuf};

use opusclip_core::clip::text::segment;
use opusclip_core::clip::{
    self, AnalysisPart, Export, ExportFormat, Extract, Limits, Preset, Render, RenderChanges, TranscriptInput,
    transcript,
};
use opusclip_core::config::from_json;
use opusclip_core::{Control, Error, Result};
use serde_json::{Map, Value, json};

use super::support::{media_dir, options, root, sample, scratch};

fn folder() -> PathBuf {
    root().join("tests/vectors/clip")
}

macro_rules! tables {
    ($($name:ident),* $(,)?) => {
        mod table {
            $(#[test] fn $name() { super::run(stringify!($name)); })*
        }

        #[test]
        fn every_table_is_run() {
            let mut found: Vec<String> = std::fs::read_dir(folder())
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.extension().is_some_and(|e| e == "json"))
                .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
                .collect();
            found.sort();
            assert_eq!(found, [$(stringify!($name)),*]);
        }
    };
}

tables!(
    analyze,
    analyze_cache,
    analyze_csv,
    analyze_parts,
    choosing,
    errors,
    extract,
    handover,
    options,
    probe,
    render,
    select,
    topics,
    transcript,
);

fn run(table: &str) {
    let path = folder().join(format!("{table}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let table: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut failures = Vec::new();
    let cases = table["cases"].as_array().expect("a table has cases");
    assert!(!cases.is_empty());
    for case in cases {
        if let Err(why) = check(case) {
            failures.push(format!("{}: {why}", case["name"]));
        }
    }
    assert!(failures.is_empty(), "{} of {} cases failed:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn check(case: &Value) -> std::result::Result<(), String> {
    let folder = scratch();
    let Some(arguments) = resolve(&case["args"], folder.path()) else { return Ok(()) };
    let got = call(case["call"].as_str().unwrap(), &arguments);
    let expect = &case["expect"];
    if let Some(same) = expect.get("same") {
        let Some(arguments) = resolve(&same["args"], folder.path()) else { return Ok(()) };
        let failed = |error: Error| format!("failed with {} {error}", error.code());
        let got = got.map_err(failed)?;
        let other = call(same["call"].as_str().unwrap(), &arguments).map_err(failed)?;
        return if got == other { Ok(()) } else { Err(format!("{got} is not the same as {other}")) };
    }
    match (got, expect.get("error")) {
        (Ok(got), None) => {
            let tolerance = case["tolerance"].as_f64().unwrap_or(1e-6);
            matches(&got, &expect["value"], tolerance, "value")
        }
        (Ok(got), Some(error)) => Err(format!("wanted the error {error}, got {got}")),
        (Err(error), None) => Err(format!("failed with {} {error}", error.code())),
        (Err(error), Some(wanted)) => same_error(&error, wanted),
    }
}

fn same_error(error: &Error, wanted: &Value) -> std::result::Result<(), String> {
    let got = error.to_json();
    let keys = wanted.as_object().unwrap().keys();
    match keys.clone().find(|key| got[key.as_str()] != wanted[key.as_str()]) {
        None => Ok(()),
        Some(key) => Err(format!("{key} of {got} is not that of {wanted}")),
    }
}

/// Paths in place of their short forms; `None` where an optional file is missing.
fn resolve(value: &Value, scratch: &Path) -> Option<Value> {
    Some(match value {
        Value::String(text) => match text.split_once(':') {
            Some(("media", name)) => json!(media_dir().join(name)),
            Some(("file", name)) => json!(root().join("tests/vectors/files").join(name)),
            Some(("sample", name)) => json!(sample(name)?),
            Some(("tmp", name)) => json!(scratch.join(name)),
            _ => value.clone(),
        },
        Value::Object(map) => {
            let resolved = map.iter().map(|(key, value)| Some((key.clone(), resolve(value, scratch)?)));
            Value::Object(resolved.collect::<Option<Map<_, _>>>()?)
        }
        Value::Array(items) => Value::Array(items.iter().map(|v| resolve(v, scratch)).collect::<Option<_>>()?),
        other => other.clone(),
    })
}

fn call(name: &str, arguments: &Value) -> Result<Value> {
    let control = Control::new();
    let path = |key: &str| PathBuf::from(arguments[key].as_str().unwrap_or_else(|| panic!("{name} needs {key}")));
    let mut flat = arguments.get("options").cloned().unwrap_or_else(|| json!({}));
    if let Some(transcript) = arguments.get("transcript") {
        flat["transcript"] = transcript.clone();
    }
    let value = |made: serde_json::Result<Value>| made.unwrap();
    match name {
        "probe" => Ok(value(serde_json::to_value(clip::probe(path("video"), Limits::default(), &control)?))),
        "analyze" => {
            let wanted = opusclip_core::config::from_json(flat)?;
            let made = clip::analyze_with(path("video"), &wanted, Limits::default(), &control)?;
            Ok(value(serde_json::to_value(made)))
        }
        "analyze_parts" => {
            let wanted = from_json(flat)?;
            let number = |value: &Value| value.as_f64();
            let cuts = arguments["cuts"].as_array().unwrap().iter().map(number);
            let from = arguments.get("from").map_or(Some(0.0), number);
            let edges: Vec<_> =
                std::iter::once(from).chain(cuts).chain([arguments.get("to").and_then(number)]).collect();
            let part = |pair: &[Option<f64>]| {
                clip::analyze_part(path("video"), pair[0].unwrap(), pair[1], &wanted, Limits::default(), &control)
            };
            let parts: Vec<AnalysisPart> = edges.windows(2).map(part).collect::<Result<_>>()?;
            Ok(value(serde_json::to_value(AnalysisPart::merge(parts)?.finish()?)))
        }
        "analysis_csv" => {
            Ok(json!(clip::analyze_with(path("video"), &from_json(flat)?, Limits::default(), &control)?.to_csv()))
        }
        "cache_info" => Ok(value(serde_json::to_value(clip::cache_info(Some(&path("dir")))?))),
        "clear_cache" => Ok(value(serde_json::to_value(clip::clear_cache(Some(&path("dir")))?))),
        "select" => {
            let video = arguments["video"].as_str();
            let job = video.map_or_else(Extract::without_video, Extract::from).options(options(&flat)?);
            Ok(value(serde_json::to_value(job.select(&control)?)))
        }
        "extract" => {
            let made = clip::extract_clips(path("video"), path("out_dir"), options(&flat)?, &control)?;
            Ok(value(serde_json::to_value(made)))
        }
        "render" => {
            let only: Vec<usize> = from_json(flat.get("only").cloned().unwrap_or_else(|| json!([])))?;
            let is = |key: &str| flat[key].as_bool().unwrap_or(false);
            let (overwrite, force) = (is("overwrite"), is("force"));
            let own = ["only", "overwrite", "force"];
            let changes: Map<String, Value> = flat
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(name, _)| !own.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            let changes: RenderChanges = from_json(Value::Object(changes))?;
            let mut job = Render::file(path("manifest")).only(only).overwrite(overwrite).force(force).changes(changes);
            if arguments.get("out_dir").is_some() {
                job = job.out_dir(path("out_dir"));
            }
            Ok(value(serde_json::to_value(job.run(&control)?)))
        }
        "export" => {
            let job = Export::file(path("manifest")).out_dir(path("out_dir"));
            let format: ExportFormat = from_json(arguments["format"].clone()).map_err(|error| error.field("format"))?;
            Ok(value(serde_json::to_value(job.run(format, &control)?)))
        }
        "check_upload" => {
            let platform: Preset = from_json(arguments["platform"].clone()).map_err(|error| error.field("platform"))?;
            Ok(value(serde_json::to_value(clip::check_upload(path("video"), platform, &control)?)))
        }
        "read_transcript" => Ok(value(serde_json::to_value(transcript::read(&path("transcript"))?))),
        "read_subtitles" => {
            let stream = flat["stream"].as_u64().map(|stream| stream as usize);
            let read = transcript::embedded(&path("video"), stream, Limits::default(), &control)?;
            Ok(value(serde_json::to_value(read)))
        }
        "to_srt" => Ok(json!(TranscriptInput::from(path("transcript")).read()?.to_srt())),
        "to_vtt" => Ok(json!(TranscriptInput::from(path("transcript")).read()?.to_vtt())),
        "segment_topics" => {
            let sentences: Vec<&str> =
                arguments["sentences"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            Ok(json!(segment(&sentences, &from_json(flat)?)?))
        }
        other => panic!("there is no call {other}"),
    }
}

fn matches(got: &Value, wanted: &Value, tolerance: f64, at: &str) -> std::result::Result<(), String> {
    let wrong = || Err(format!("{at} is {got}, wanted {wanted}"));
    match wanted {
        Value::Object(map) if map.contains_key("$any") => {
            if got.is_null() {
                return wrong();
            }
        }
        Value::Object(map) if map.contains_key("$length") => {
            let length = got.as_array().map(Vec::len);
            if length.map(|l| json!(l)).as_ref() != map.get("$length") {
                return wrong();
            }
        }
        Value::Object(map) if map.contains_key("$min") || map.contains_key("$max") => {
            let limit = |key: &str, none: f64| map.get(key).and_then(Value::as_f64).unwrap_or(none);
            let inside = |n: f64| limit("$min", f64::NEG_INFINITY) <= n && n <= limit("$max", f64::INFINITY);
            if !got.as_f64().is_some_and(inside) {
                return wrong();
            }
        }
        Value::Object(map) => {
            for (key, wanted) in map {
                matches(got.get(key).unwrap_or(&Value::Null), wanted, tolerance, &format!("{at}.{key}"))?;
            }
        }
        Value::Array(items) => {
            let Some(list) = got.as_array().filter(|list| list.len() == items.len()) else { return wrong() };
            for (position, (got, wanted)) in list.iter().zip(items).enumerate() {
                matches(got, wanted, tolerance, &format!("{at}[{position}]"))?;
            }
        }
        Value::Number(number) => {
            let close = |n: f64| number.as_f64().is_some_and(|w| (n - w).abs() <= tolerance);
            if !got.as_f64().is_some_and(close) {
                return wrong();
            }
        }
        plain => {
            if got != plain {
                return wrong();
            }
        }
    }
    Ok(())
}

#[test]
fn matching_is_as_strict_as_the_readme_says() {
    let fits = |got: Value, wanted: Value| matches(&got, &wanted, 1e-6, "value").is_ok();
    assert!(fits(json!({"a": 1, "b": 2}), json!({"a": 1.0000001})));
    assert!(!fits(json!({"a": 1}), json!({"a": 1.1})));
    assert!(!fits(json!({"a": 1}), json!({"b": 1})));
    assert!(fits(json!([1, 2]), json!({"$length": 2})) && !fits(json!([1]), json!({"$length": 2})));
    assert!(!fits(json!([1, 2]), json!([1])));
    assert!(fits(json!(3), json!({"$min": 3, "$max": 3})) && !fits(json!(null), json!({"$min": 3})));
    assert!(fits(json!(false), json!({"$any": true})) && !fits(json!(null), json!({"$any": true})));
    assert!(fits(json!(null), json!(null)) && !fits(json!("x"), json!("y")));
}
