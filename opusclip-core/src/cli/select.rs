//! `opusclip select`: in which form, and where to.

use std::io::Write;
use std::path::Path;

use super::progress::Bar;
use super::tree::Select;
use super::{Stop, output, print, to_json};
use crate::clip::export::file_url;
use crate::clip::files::write_whole;
use crate::clip::{Extract, Selection, SelectionPage};
use crate::control::Control;
use crate::error::{Error, ErrorCode};

pub(super) fn run(out: &mut dyn Write, json: bool, wanted: Select, control: &Control, bar: &Bar) -> Result<(), Stop> {
    let Select { video, explain, html, out: file, options } = wanted;
    if json && html {
        let error = Error::new(ErrorCode::ConfigInvalid, "--json and --html ask for two forms at once");
        return Err(error.field("html").hint("leave one of them out").into());
    }
    let source = video.as_deref().or(options.transcript.as_deref()).unwrap_or(Path::new("")).to_owned();
    if let Some(file) = &file {
        output::check_free(file, &source, options.overwrite)?;
    }
    let job = video.clone().map_or_else(Extract::without_video, Extract::from);
    let selection = job.options(options.extract_options()?).select(control);
    bar.finish();
    let selection = selection?;
    let mut bytes = Vec::new();
    if html {
        let media = video.as_deref().map(file_url);
        let title = source.file_name().unwrap_or(source.as_os_str()).to_string_lossy();
        let page =
            SelectionPage { title: &title, video: video.as_deref(), media: media.as_deref(), ..Default::default() };
        writeln!(bytes, "{}", selection.to_html(&page, control)?)?;
    } else {
        print_selection(&mut bytes, json, &selection, explain)?;
    }
    match file {
        Some(file) => Ok(write_whole(&file, |file| file.write_all(&bytes))?),
        None => Ok(out.write_all(&bytes)?),
    }
}

fn print_selection(out: &mut dyn Write, json: bool, selection: &Selection, explain: bool) -> Result<(), Stop> {
    if json { to_json(out, selection) } else { Ok(print::selection(out, selection, explain)?) }
}
