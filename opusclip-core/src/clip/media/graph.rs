//! A chain of FFmpeg filters with one end to push into and one to pull from.
#![allow(unsafe_code, reason = "pushing a frame without giving it away is only possible through FFmpeg's C API")]

use std::ffi::CString;

use ffmpeg_next as ffmpeg;
use ffmpeg_next::ffi;

use super::failure;
use crate::error::{Error, ErrorCode, Result};
use crate::time::TimeBase;

const SOURCE: &str = "in";
const SINK: &str = "out";

/// A configured filter graph. Frees everything when dropped.
pub(super) struct Graph(ffmpeg::filter::Graph);

impl Graph {
    /// `source` and `sink` name FFmpeg's buffer filters, `arguments` configure the source, `chain` is what lies between.
    pub(super) fn new(source: &str, arguments: &str, sink: &str, chain: &str) -> Result<Self> {
        let failed = |error| failure::internal(&format!("cannot set up the filters {chain:?}"), error);
        let find = |name: &str| {
            ffmpeg::filter::find(name)
                .ok_or_else(|| Error::new(ErrorCode::Internal, format!("the linked FFmpeg lacks the filter {name}")))
        };
        let mut graph = ffmpeg::filter::Graph::new();
        graph.add(&find(source)?, SOURCE, arguments).map_err(failed)?;
        graph.add(&find(sink)?, SINK, "").map_err(failed)?;
        graph
            .output(SOURCE, 0)
            .and_then(|parser| parser.input(SINK, 0))
            .and_then(|parser| parser.parse(chain))
            .map_err(failed)?;
        graph.validate().map_err(failed)?;
        Ok(Self(graph))
    }

    /// Push a frame, which stays the caller's; `None` says that no more will come.
    pub(super) fn push(&mut self, frame: Option<&ffmpeg::Frame>) -> Result<()> {
        let mut context = self.0.get(SOURCE).ok_or_else(lost)?;
        let pushed = match frame {
            // SAFETY: context and frame are alive; FFmpeg takes a reference of its own.
            Some(frame) => match unsafe { ffi::av_buffersrc_write_frame(context.as_mut_ptr(), frame.as_ptr()) } {
                0.. => Ok(()),
                error => Err(ffmpeg::Error::from(error)),
            },
            None => context.source().flush(),
        };
        pushed.map_err(|error| failure::internal("a filter failed", error))
    }

    /// Set an option of a filter that takes commands, by the filter's name.
    pub(super) fn command(&mut self, filter: &str, option: &str, value: &str) -> Result<()> {
        let text = |text: &str| {
            CString::new(text).map_err(|_| Error::new(ErrorCode::Internal, "a filter command has a zero byte"))
        };
        let (filter, option, value) = (text(filter)?, text(option)?, text(value)?);
        // SAFETY: the graph is alive and the three texts outlive the call; no answer is asked for.
        let sent = unsafe {
            ffi::avfilter_graph_send_command(
                self.0.as_mut_ptr(),
                filter.as_ptr(),
                option.as_ptr(),
                value.as_ptr(),
                std::ptr::null_mut(),
                0,
                0,
            )
        };
        if sent < 0 { Err(failure::internal("a filter refused a command", ffmpeg::Error::from(sent))) } else { Ok(()) }
    }

    /// Length of a tick of the frames that are pulled; a filter may count otherwise than its source.
    pub(super) fn time_base(&mut self) -> Option<TimeBase> {
        let base = self.0.get(SINK)?.sink().time_base();
        TimeBase::new(u32::try_from(base.numerator()).ok()?, u32::try_from(base.denominator()).ok()?)
    }

    /// Pull a frame; `false` when there is none yet, or none left.
    pub(super) fn pull(&mut self, frame: &mut ffmpeg::Frame) -> Result<bool> {
        let mut context = self.0.get(SINK).ok_or_else(lost)?;
        match context.sink().frame(frame) {
            Ok(()) => Ok(true),
            Err(ffmpeg::Error::Eof) => Ok(false),
            Err(error) if failure::wants_more(error) => Ok(false),
            Err(error) => Err(failure::internal("a filter failed", error)),
        }
    }
}

fn lost() -> Error {
    Error::new(ErrorCode::Internal, "a filter graph lost its end")
}
