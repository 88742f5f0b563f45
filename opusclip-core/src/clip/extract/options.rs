//! All options of the main job, flat, as every language takes them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clip::media::Limits;
use crate::clip::render::RenderOptions;
use crate::clip::select::SelectOptions;
use crate::config::{number, optional_number, refuse_unknown, within};
use crate::error::Result;

/// Options of [`super::extract_clips`]. In other languages they are one flat set of names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ExtractOptions {
    /// An SRT or WebVTT file. Without one, clips are cut at pauses and carry no captions.
    pub transcript: Option<PathBuf>,
    /// Replace output that exists. Default false: existing output is kept and reported as an error.
    pub overwrite: bool,
    /// Give up after this many seconds. Default none.
    #[serde(alias = "timeLimit", deserialize_with = "optional_number")]
    pub time_limit: Option<f64>,
    /// Share of damaged packets or pictures, 0 to 1, above which a file is given up. Default 0.2.
    #[serde(alias = "maxDamage", deserialize_with = "number")]
    pub max_damage: f64,
    /// What is chosen.
    #[serde(flatten)]
    pub select: SelectOptions,
    /// How it looks and sounds.
    #[serde(flatten)]
    pub render: RenderOptions,
    /// Names that nobody knows, to be refused.
    #[serde(flatten, skip_serializing)]
    #[schemars(skip)]
    unknown: BTreeMap<String, serde::de::IgnoredAny>,
}

impl Default for ExtractOptions {
    fn default() -> Self {
        Self {
            transcript: None,
            overwrite: false,
            time_limit: None,
            max_damage: Limits::default().damage,
            select: SelectOptions::default(),
            render: RenderOptions::default(),
            unknown: BTreeMap::new(),
        }
    }
}

impl ExtractOptions {
    /// Check every option and how they fit together.
    ///
    /// # Errors
    /// `config.*`, naming the option.
    pub fn validate(&self) -> Result<()> {
        refuse_unknown(self.unknown.keys())?;
        self.select.validate()?;
        self.render.validate()?;
        if let Some(limit) = self.time_limit {
            within("time_limit", limit, 0.0, 1e7)?;
        }
        within("max_damage", self.max_damage, 0.0, 1.0)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::from_json;
    use crate::error::ErrorCode;
    use serde_json::json;

    #[test]
    fn options_are_flat_and_take_both_spellings() {
        let options: ExtractOptions =
            from_json(json!({"count": 2, "minDuration": 5, "max_duration": 9.5, "layout": "fit", "lufs": -16}))
                .unwrap();
        assert_eq!((options.select.count, options.select.min_duration, options.select.max_duration), (2, 5.0, 9.5));
        assert_eq!(options.render.lufs, -16.0);
        options.validate().unwrap();
    }

    #[test]
    fn unknown_names_and_impossible_values_are_refused_by_name() {
        let refused = |value: serde_json::Value| {
            let error = from_json::<ExtractOptions>(value).and_then(|o| o.validate()).unwrap_err();
            (error.code(), error.field_name().map(str::to_owned))
        };
        assert_eq!(refused(json!({"cuont": 2})), (ErrorCode::ConfigInvalid, Some("cuont".into())));
        assert_eq!(refused(json!({"count": 0})), (ErrorCode::ConfigOutOfRange, Some("count".into())));
        assert_eq!(refused(json!({"min_duration": "NaN"})), (ErrorCode::ConfigNotFinite, Some("min_duration".into())));
        assert_eq!(
            refused(json!({"min_duration": 60, "max_duration": 30})),
            (ErrorCode::ConfigOutOfRange, Some("min_duration".into()))
        );
        assert_eq!(refused(json!({"width": 1081})), (ErrorCode::ConfigOutOfRange, Some("width".into())));
        assert_eq!(refused(json!({"preset": "fastest"})), (ErrorCode::ConfigInvalid, Some("preset".into())));
    }
}
