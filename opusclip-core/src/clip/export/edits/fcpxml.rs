//! Final Cut Pro XML 1.10: one event with a project for each clip.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{Edit, Footage};

type Xml = Writer<Vec<u8>>;

pub(super) fn write(edits: &[Edit], footage: &Footage) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.write_event(Event::DocType(BytesText::new("fcpxml")))?;
    xml.create_element("fcpxml").with_attribute(("version", "1.10")).write_inner_content(|xml| {
        xml.create_element("resources").write_inner_content(|xml| resources(xml, footage))?;
        xml.create_element("library").write_inner_content(|xml| {
            let event = xml.create_element("event").with_attribute(("name", footage.name.as_str()));
            event.write_inner_content(|xml| edits.iter().try_for_each(|edit| project(xml, edit, footage)))?;
            Ok(())
        })?;
        Ok(())
    })?;
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn resources(xml: &mut Xml, footage: &Footage) -> io::Result<()> {
    xml.create_element("format")
        .with_attributes([
            ("id", "r1"),
            ("frameDuration", &time(1, footage)),
            ("width", &footage.width.to_string()),
            ("height", &footage.height.to_string()),
        ])
        .write_empty()?;
    let mut asset = xml.create_element("asset").with_attributes([
        ("id", "r2"),
        ("name", footage.name.as_str()),
        ("start", "0s"),
        ("duration", &time(footage.frames, footage)),
        ("hasVideo", "1"),
        ("format", "r1"),
        ("videoSources", "1"),
    ]);
    if let Some((rate, channels)) = footage.sound {
        asset = asset.with_attributes([
            ("hasAudio", "1"),
            ("audioSources", "1"),
            ("audioChannels", &channels.to_string()),
            ("audioRate", &rate.to_string()),
        ]);
    }
    asset.write_inner_content(|xml| {
        let media = [("kind", "original-media"), ("src", footage.url.as_str())];
        xml.create_element("media-rep").with_attributes(media).write_empty()?;
        Ok(())
    })?;
    Ok(())
}

fn project(xml: &mut Xml, edit: &Edit, footage: &Footage) -> io::Result<()> {
    let format = if footage.rate.drops() { "DF" } else { "NDF" };
    let frames = edit.cuts.iter().map(|cut| cut.frames()).sum();
    xml.create_element("project").with_attribute(("name", edit.title.as_str())).write_inner_content(|xml| {
        let sequence = xml.create_element("sequence").with_attributes([
            ("format", "r1"),
            ("duration", &time(frames, footage)),
            ("tcStart", "0s"),
            ("tcFormat", format),
        ]);
        sequence.write_inner_content(|xml| {
            xml.create_element("spine").write_inner_content(|xml| {
                let mut at = 0;
                for cut in &edit.cuts {
                    let attributes = [
                        ("ref", "r2"),
                        ("name", footage.name.as_str()),
                        ("offset", &time(at, footage)),
                        ("start", &time(cut.start, footage)),
                        ("duration", &time(cut.frames(), footage)),
                        ("format", "r1"),
                        ("tcFormat", format),
                    ];
                    xml.create_element("asset-clip").with_attributes(attributes).write_empty()?;
                    at += cut.frames();
                }
                Ok(())
            })?;
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(())
}

/// A number of frames as an exact fraction of seconds.
fn time(frames: u64, footage: &Footage) -> String {
    let rate = footage.rate.0;
    match frames {
        0 => "0s".to_owned(),
        _ => format!("{}/{}s", i128::from(frames) * i128::from(rate.den), rate.num),
    }
}
