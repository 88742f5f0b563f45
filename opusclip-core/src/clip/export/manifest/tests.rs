use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn valid() -> Value {
    let clip = |index: usize| {
        json!({
            "index": index, "start": 1.0, "end": 5.0, "duration": 3.0,
            "ranges": [{"start": 1.0, "end": 2.0}, {"start": 3.0, "end": 5.0}],
            "score": 0.5, "features": [{"name": "hook", "value": 0.5, "weight": 1.0}], "reason": "", "text": "the sea",
            "words": [{"start": 1.1, "end": 1.4, "text": "the"}, {"start": 3.1, "end": 3.4, "text": "sea"}],
            "context": [{"start": 2.2, "end": 2.5, "text": "um"}],
            "framing": {"layout": "fill", "crop": {"x": 0, "y": 0, "width": 1, "height": 1}, "reason": ""},
            "video": format!("clip-{index}.mp4"), "thumbnail": format!("clip-{index}.jpg"),
            "width": 108, "height": 192, "frame_rate": {"num": 30, "den": 1}, "encoder": "",
            "loudness": {"integrated": -14.0, "true_peak": null, "gain": 1.0}, "rendered": "12-34",
        })
    };
    json!({
        "version": 1, "generator": "test", "source": {"path": "/talk.mp4", "size": 9, "duration": 60.0},
        "render": RenderOptions::default(), "clips": [clip(1), clip(2)], "notes": ["a note"],
    })
}

#[test]
fn the_one_that_is_spoilt_below_is_sound() {
    let manifest = Manifest::parse(&valid().to_string()).unwrap();
    assert_eq!(manifest.clips[0].span(), Span::new(1.0, 5.0));
    assert_eq!(
        manifest.clips[0].said().iter().map(|word| word.text.as_str()).collect::<Vec<_>>(),
        ["the", "um", "sea"]
    );
}

#[test]
fn a_manifest_without_the_newer_fields_is_read() {
    let mut older = valid();
    for name in ["context", "rendered"] {
        older["clips"][0].as_object_mut().unwrap().remove(name);
    }
    assert_eq!(Manifest::parse(&older.to_string()).unwrap().clips[0].rendered, None);
}

#[test]
fn a_field_that_stands_twice_has_the_line_of_the_second() {
    let text = serde_json::to_string_pretty(&valid()).unwrap();
    let twice = text.replacen("\"generator\": \"test\",", "\"generator\": \"test\",\n  \"version\": 1,", 1);
    let error = Manifest::parse(&twice).unwrap_err();
    assert_eq!((error.code(), error.line_number()), (ErrorCode::ManifestInvalid, Some(4)), "{error}");
}

#[test]
fn values_within_values_within_values_are_refused() {
    let text = valid().to_string().replacen("[\"a note\"]", &"[".repeat(100_000), 1);
    let error = Manifest::parse(&text).unwrap_err();
    assert_eq!((error.code(), error.line_number()), (ErrorCode::ManifestInvalid, Some(1)), "{error}");
}

#[test]
fn many_ranges_are_refused_or_checked_quickly() {
    let mut many = valid();
    let ranges = |count: u32| (0..count).map(|n| json!({"start": n, "end": f64::from(n) + 0.05})).collect::<Value>();
    many["clips"][0]["ranges"] = ranges(200_000);
    assert_eq!(Manifest::parse(&many.to_string()).unwrap_err().field_name(), Some("clips[0].ranges"));
    many["source"]["duration"] = json!(0.0);
    many["clips"][0]["ranges"] = ranges(10_000);
    Manifest::parse(&many.to_string()).unwrap();
}

/// Paths to all values of a manifest.
fn paths(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(name, inner)| paths(inner, &format!("{at}/{name}"), found)),
        Value::Array(list) => (0..).zip(list).for_each(|(n, inner)| paths(inner, &format!("{at}/{n}"), found)),
        _ => {}
    }
}

/// What an editor, or a program, may put in the place of a value.
fn replacement() -> impl Strategy<Value = Value> {
    let number = prop_oneof![any::<f64>(), -10.0f64..1e6].prop_map(|n| json!(n));
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{"start": 2.0, "end": 1.0}])),
    ]
}

/// Every failure is one of the manifest, or of a render option in it, and knows its line.
fn check(text: &str) -> std::result::Result<(), TestCaseError> {
    if let Err(error) = Manifest::parse(text) {
        let code = error.code().as_str();
        prop_assert!(code == "manifest.invalid" || code.starts_with("config."), "{error}");
        let lines = text.lines().count().max(1) as u64;
        prop_assert!(error.line_number().is_some_and(|line| line <= lines + 1), "{error}: there are {lines} lines");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        check(&text)?;
    }

    #[test]
    fn any_value_in_any_place_is_read_or_refused(
        edits in prop::collection::vec((any::<prop::sample::Index>(), replacement(), any::<bool>()), 1..4),
    ) {
        let mut manifest = valid();
        for (index, value, remove) in edits {
            let mut all = Vec::new();
            paths(&manifest, "", &mut all);
            let path = index.get(&all);
            let parent = path.rsplit_once('/').and_then(|(parent, name)| Some((manifest.pointer_mut(parent)?, name)));
            match parent {
                Some((Value::Object(map), name)) if remove => drop(map.shift_remove(name)),
                _ => if let Some(place) = manifest.pointer_mut(path) { *place = value },
            }
        }
        check(&serde_json::to_string_pretty(&manifest).unwrap())?;
    }

    #[test]
    fn any_byte_in_any_place_is_read_or_refused(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0usize..3), 1..6),
    ) {
        let mut bytes = serde_json::to_string_pretty(&valid()).unwrap().into_bytes();
        for (index, byte, kind) in edits {
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => bytes.truncate(at.max(1)),
            }
        }
        check(&String::from_utf8_lossy(&bytes))?;
    }
}
