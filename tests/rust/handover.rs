//! Clips for editing programs. What other programs read in these files is tested in `tests/e2e/test_exports.py`.

use opusclip_core::clip::{Export, ExportFormat, Exported, Manifest};
use opusclip_core::{Control, ErrorCode, Result};
use serde_json::json;

use super::support::{failure, ffprobe, manifest, media, scratch, tree};

fn export(ranges: &[(f64, f64)], format: ExportFormat, out: &std::path::Path) -> Result<Exported> {
    let manifest: Manifest = serde_json::from_value(manifest(&media("talk.mp4"), ranges, &json!({}))).unwrap();
    Export::from(manifest).out_dir(out).run(format, &Control::new())
}

const ALL: [ExportFormat; 5] =
    [ExportFormat::Otio, ExportFormat::Edl, ExportFormat::Fcpxml, ExportFormat::Csv, ExportFormat::Segments];

#[test]
fn segments_say_how_early_they_begin() {
    let folder = scratch();
    let done = export(&[(12.0, 15.0), (20.0, 22.0)], ExportFormat::Segments, &folder.path().join("out")).unwrap();
    let keys = ffprobe(&media("talk.mp4"), "-select_streams v:0 -skip_frame nokey -show_entries frame=pts_time");
    let keys: Vec<f64> =
        keys["frames"].as_array().unwrap().iter().map(|f| f["pts_time"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(done.segments.len(), 2);
    for (segment, (start, end)) in done.segments.iter().zip([(12.0, 15.0), (20.0, 22.0)]) {
        let key = keys.iter().copied().filter(|key| *key <= start + 1e-6).fold(0.0, f64::max);
        assert!((segment.start - key).abs() < 1e-3, "{segment:?}, the keyframe lies at {key}");
        assert!((segment.early - (start - key)).abs() < 1e-3, "{segment:?}");
        let told = ffprobe(&segment.file, "-show_entries format=duration");
        let duration: f64 = told["format"]["duration"].as_str().unwrap().parse().unwrap();
        assert!((duration - (end - key)).abs() < 0.15, "{segment:?} lasts {duration}");
    }
    assert_eq!(done.notes.len(), done.segments.iter().filter(|segment| segment.early > 0.0).count());
}

#[test]
fn what_exists_is_kept_unless_it_is_to_be_replaced() {
    let folder = scratch();
    let out = folder.path().join("out");
    for format in ALL {
        let first = export(&[(12.0, 15.0)], format, &out).unwrap();
        let before = tree(&out);
        let error = failure(export(&[(13.0, 15.0)], format, &out), "a second time");
        assert_eq!((error.code(), error.field_name()), (ErrorCode::OutputExists, Some("out_dir")), "{format:?}");
        assert_eq!(tree(&out), before);
        assert!(first.files.iter().all(|file| file.is_file()));
    }
}

#[test]
fn an_export_that_fails_leaves_nothing() {
    let folder = scratch();
    let out = folder.path().join("out");
    for format in ALL {
        let token = opusclip_core::CancelToken::new();
        token.cancel();
        let wanted = manifest(&media("talk.mp4"), &[(12.0, 15.0)], &json!({}));
        let manifest: Manifest = serde_json::from_value(wanted).unwrap();
        let control = Control::new().with_cancel(token);
        let error = failure(Export::from(manifest).out_dir(&out).run(format, &control), "cancelled");
        assert_eq!(error.code(), ErrorCode::Cancelled, "{format:?}");
        assert!(!out.exists(), "{format:?}");
    }
}
