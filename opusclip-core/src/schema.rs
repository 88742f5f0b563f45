//! JSON Schemas of everything that crosses a language border, from the types themselves.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use crate::clip::text::TopicOptions;
use crate::clip::{
    Analysis, AnalyzeOptions, CacheInfo, Contender, ExportFormat, Exported, ExtractOptions, Manifest, MediaInfo,
    PostEdit, PostRequest, RenderOptions, Report, Selection, Subject, TranscribeOptions, Transcript, UploadCheck,
};

/// One JSON Schema (draft 2020-12) whose `$defs` hold every public data type by its name.
///
/// ```
/// let schema = opusclip_core::schema::all();
/// assert!(schema["$defs"]["Clip"]["properties"]["score"].is_object());
/// ```
pub fn all() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    fn add<T: JsonSchema>(generator: &mut schemars::SchemaGenerator) {
        // The schema itself goes into the generator's definitions; the reference to it is not needed.
        let _ = generator.subschema_for::<T>();
    }
    add::<MediaInfo>(&mut generator);
    add::<Analysis>(&mut generator);
    add::<AnalyzeOptions>(&mut generator);
    add::<CacheInfo>(&mut generator);
    add::<Transcript>(&mut generator);
    add::<TranscribeOptions>(&mut generator);
    add::<TopicOptions>(&mut generator);
    add::<Selection>(&mut generator);
    add::<Contender>(&mut generator);
    add::<PostRequest>(&mut generator);
    add::<PostEdit>(&mut generator);
    add::<Report>(&mut generator);
    add::<ExportFormat>(&mut generator);
    add::<Exported>(&mut generator);
    add::<UploadCheck>(&mut generator);
    add::<Manifest>(&mut generator);
    add::<RenderOptions>(&mut generator);
    add::<Subject>(&mut generator);
    add::<ExtractOptions>(&mut generator);
    let mut root = Map::new();
    root.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    root.insert("title".into(), "opusclip".into());
    root.insert("$defs".into(), generator.take_definitions(true).into());
    root.into()
}
