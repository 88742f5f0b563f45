//! OpenTimelineIO's JSON.

use serde_json::{Value, json};

use super::{Cut, Edit, Footage};
use crate::error::{Error, ErrorCode, Result};

pub(super) fn write(edit: &Edit, footage: &Footage) -> Result<Vec<u8>> {
    let mut tracks = vec![track("Video", edit, footage)];
    tracks.extend(footage.sound.map(|_| track("Audio", edit, footage)));
    let timeline = json!({
        "OTIO_SCHEMA": "Timeline.1",
        "name": edit.title,
        "global_start_time": null,
        "metadata": {},
        "tracks": {
            "OTIO_SCHEMA": "Stack.1", "name": "tracks", "source_range": null, "enabled": true,
            "effects": [], "markers": [], "metadata": {}, "children": tracks,
        },
    });
    serde_json::to_vec_pretty(&timeline)
        .map_err(|error| Error::new(ErrorCode::Internal, format!("cannot write the timeline: {error}")))
}

fn track(kind: &str, edit: &Edit, footage: &Footage) -> Value {
    let clips: Vec<Value> = edit.cuts.iter().map(|cut| clip(*cut, footage)).collect();
    json!({
        "OTIO_SCHEMA": "Track.1", "name": kind, "kind": kind, "source_range": null, "enabled": true,
        "effects": [], "markers": [], "metadata": {}, "children": clips,
    })
}

fn clip(cut: Cut, footage: &Footage) -> Value {
    let media = json!({
        "OTIO_SCHEMA": "ExternalReference.1", "name": footage.name, "target_url": footage.url,
        "available_range": range(0, footage.frames, footage), "available_image_bounds": null, "metadata": {},
    });
    json!({
        "OTIO_SCHEMA": "Clip.2", "name": footage.name, "source_range": range(cut.start, cut.frames(), footage),
        "media_references": {"DEFAULT_MEDIA": media}, "active_media_reference_key": "DEFAULT_MEDIA", "enabled": true,
        "effects": [], "markers": [], "metadata": {},
    })
}

fn range(start: u64, frames: u64, footage: &Footage) -> Value {
    let time =
        |frames: u64| json!({"OTIO_SCHEMA": "RationalTime.1", "rate": footage.rate.0.value(), "value": frames as f64});
    json!({"OTIO_SCHEMA": "TimeRange.1", "start_time": time(start), "duration": time(frames)})
}
