//! In which line of a manifest's text a field stands.

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// The line, counted from 1, of the field at a path such as `clips[1].ranges[0].end`. What is missing stands where the
/// object begins that lacks it. `None` where the text is no JSON.
pub(super) fn line_of(text: &str, path: &str) -> Option<u64> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()).ok()?;
    let mut value = parsed.value.as_ref()?;
    let mut place = value.start();
    let steps = path.replace('[', ".").replace(']', "");
    for step in steps.split('.').filter(|step| !step.is_empty()) {
        let found = match value {
            Value::Object(object) => object.get(step).map(|property| (property.start(), &property.value)),
            Value::Array(array) => {
                step.parse().ok().and_then(|at: usize| array.elements.get(at)).map(|element| (element.start(), element))
            }
            _ => None,
        };
        let Some((start, inner)) = found else { break };
        (place, value) = (start, inner);
    }
    let before = text.as_bytes().get(..place)?;
    Some(before.iter().filter(|byte| **byte == b'\n').count() as u64 + 1)
}

#[cfg(test)]
mod tests {
    use super::line_of;

    #[test]
    fn fields_are_found_by_their_paths() {
        let text = "{\n \"a\": [\n  {\"b\": 1},\n  {\n   \"c\": [1,\n 2]}],\n \"é\": \"\\n[\"\n}";
        let lines = ["a", "a[0].b", "a[1]", "a[1].c", "a[1].c[1]", "é"].map(|path| line_of(text, path));
        assert_eq!(lines, [Some(2), Some(3), Some(4), Some(5), Some(6), Some(7)]);
        // What is not there stands in what is.
        assert_eq!([line_of(text, "a[1].d"), line_of(text, "x"), line_of(text, "a[9].b")], [Some(4), Some(1), Some(2)]);
        assert_eq!([line_of("", "a"), line_of("{", "a"), line_of("[[[", "")], [None; 3]);
    }
}
