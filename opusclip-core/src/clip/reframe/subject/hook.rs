//! A detector of the caller's own: MediaPipe, YOLO, anything.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::{Crop, Detect, Picture, Subject, distinct};
use crate::clip::callback::{Hook, guarded};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

/// Finds what is to be kept in the frame in a small picture, in shares of its width and height.
///
/// ```
/// use std::sync::Arc;
/// use opusclip_core::clip::{Picture, Subject, SubjectHook, SubjectKind};
/// let left: SubjectHook = Arc::new(|_: Picture| {
///     Ok(vec![Subject { x: 0.1, y: 0.2, width: 0.1, height: 0.2, score: 1.0, kind: SubjectKind::Face }])
/// });
/// # let _ = left;
/// ```
pub type SubjectHook = Hook<Picture, Vec<Subject>>;

/// Longer side of the pictures that a callback gets, in pixels.
pub(super) const SIDE: u32 = 640;

/// A detector of another language as one of ours: it answers with a list of objects, each a [`Subject`] as JSON, or with
/// nothing for a picture without any.
///
/// ```
/// use std::sync::Arc;
/// use opusclip_core::clip::{Picture, json_subjects};
/// let hook = json_subjects(Arc::new(|_| Ok(serde_json::json!([{"x": 0.1, "y": 0.2, "width": 0.1, "height": 0.2}]))));
/// let found = hook(Picture { time: 0.0, width: 2, height: 1, rgb: vec![0; 6] })?;
/// assert_eq!(found[0].score, 1.0);
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn json_subjects(hook: Hook<Picture, Value>) -> SubjectHook {
    Arc::new(move |picture| match hook(picture)? {
        Value::Null => Ok(Vec::new()),
        answer => serde_path_to_error::deserialize(answer).map_err(|failure| {
            let place = match failure.path().to_string().as_str() {
                "." => "subjects".to_owned(),
                path => format!("subjects.{path}"),
            };
            let message = format!("subjects gave something else: {}", failure.inner());
            Error::new(ErrorCode::CallbackInvalid, message).field(place)
        }),
    })
}

/// Asks a callback, and checks what it answers.
pub(super) struct Asked<'a> {
    hook: &'a SubjectHook,
    limit: Option<Duration>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(hook: &'a SubjectHook, limit: Option<Duration>) -> Self {
        Self { hook, limit }
    }
}

impl Detect for Asked<'_> {
    fn detect(&mut self, picture: &Picture, _: &[u8], control: &Control) -> Result<Vec<Subject>> {
        let (hook, given) = (Arc::clone(self.hook), picture.clone());
        let found = guarded("subjects", self.limit, control, move || hook(given))?;
        let checked = found.into_iter().enumerate().map(|(at, subject)| checked(at, subject, picture.time));
        Ok(distinct(checked.collect::<Result<_>>()?))
    }
}

/// A face at the edge may reach over it; what lies outside altogether is a mistake, mostly pixels in place of shares.
fn checked(at: usize, subject: Subject, time: f64) -> Result<Subject> {
    let refused = |field: &str, message: String| {
        let error = Error::new(ErrorCode::CallbackInvalid, message).field(format!("subjects.[{at}]{field}")).time(time);
        Err(error.hint("give shares of the picture's width and height, 0 to 1"))
    };
    let Subject { x, y, width, height, score, kind } = subject;
    for (field, value) in [("x", x), ("y", y), ("width", width), ("height", height), ("score", score)] {
        if !value.is_finite() {
            return refused(&format!(".{field}"), format!("{field} is {value}, not a number"));
        }
    }
    if width <= 0.0 || height <= 0.0 {
        return refused("", format!("a subject of {width} x {height} has no size"));
    }
    if !(0.0..=1.0).contains(&score) {
        return refused(".score", format!("score is {score}, not 0 to 1"));
    }
    let inside = subject.area().intersection(&Crop::WHOLE);
    if inside.width * inside.height < 0.25 * width * height {
        return refused("", format!("{x}, {y}, {width} x {height} lies outside of the picture"));
    }
    Ok(Subject { x: inside.x, y: inside.y, width: inside.width, height: inside.height, score, kind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ask(answer: Value) -> Result<Vec<Subject>> {
        let hook = json_subjects(Arc::new(move |_| Ok(answer.clone())));
        let picture = Picture { time: 2.5, width: 2, height: 1, rgb: vec![0; 6] };
        Asked::new(&hook, None).detect(&picture, &[], &Control::new())
    }

    #[test]
    fn answers_are_checked_and_named() {
        assert!(ask(json!(null)).unwrap().is_empty());
        let over = ask(json!([{"x": -0.05, "y": 0.2, "width": 0.2, "height": 0.3, "score": 0.5}])).unwrap()[0];
        assert_eq!((over.x, (over.width * 100.0).round()), (0.0, 15.0), "what reaches over the edge is cut");
        for (answer, field) in [
            (json!([{"x": 200, "y": 80, "width": 40, "height": 40}]), "subjects.[0]"),
            (json!([{"x": 0.2, "y": 0.2, "width": 0, "height": 0.1}]), "subjects.[0]"),
            (json!([{"x": 0.2, "y": 0.2, "width": 0.1, "height": 0.1, "score": 7}]), "subjects.[0].score"),
            (json!([{"x": 0.2, "y": "top", "width": 0.1, "height": 0.1}]), "subjects.[0].y"),
            (json!("none"), "subjects"),
        ] {
            let error = ask(answer).unwrap_err();
            assert_eq!((error.code(), error.field_name()), (ErrorCode::CallbackInvalid, Some(field)));
        }
        let nan: SubjectHook = Arc::new(|_| {
            Ok(vec![Subject { x: f64::NAN, y: 0.0, width: 0.1, height: 0.1, score: 1.0, kind: Default::default() }])
        });
        let picture = Picture { time: 2.5, width: 2, height: 1, rgb: vec![0; 6] };
        let error = Asked::new(&nan, None).detect(&picture, &[], &Control::new()).unwrap_err();
        assert_eq!((error.field_name(), error.media_time()), (Some("subjects.[0].x"), Some(2.5)));
    }
}
