//! FFmpeg's messages go to `tracing`, never to the user's terminal.
#![allow(unsafe_code, reason = "FFmpeg hands its log line to a C callback")]

use std::ffi::{CStr, c_char, c_int, c_void};

use ffmpeg_next::ffi;

/// Longest line that is passed on; FFmpeg cuts the rest.
const LINE: usize = 1024;

pub(super) fn capture() {
    // SAFETY: the callback is a plain function that lives as long as the program, and it keeps to the C signature.
    unsafe { ffi::av_log_set_callback(Some(forward)) };
}

#[cfg(all(target_arch = "x86_64", not(windows)))]
type VaList = *mut ffi::__va_list_tag;
#[cfg(not(all(target_arch = "x86_64", not(windows))))]
type VaList = ffi::va_list;

unsafe extern "C" fn forward(source: *mut c_void, level: c_int, format: *const c_char, arguments: VaList) {
    if level > ffi::AV_LOG_VERBOSE || format.is_null() {
        return;
    }
    let mut line = [0 as c_char; LINE];
    let mut print_prefix: c_int = 1;
    // SAFETY: FFmpeg passes a live context (or null), its own format and the matching arguments; the buffer's length is
    // given and FFmpeg ends the line with a zero byte.
    let text = unsafe {
        ffi::av_log_format_line2(source, level, format, arguments, line.as_mut_ptr(), LINE as c_int, &mut print_prefix);
        CStr::from_ptr(line.as_ptr())
    };
    let text = text.to_string_lossy();
    let text = text.trim_end();
    if text.is_empty() {
        return;
    }
    // Damage in a stranger's file is no error of the host, so nothing is louder than a warning.
    match level {
        ..=ffi::AV_LOG_ERROR => tracing::warn!(target: "opusclip::ffmpeg", "{text}"),
        ffi::AV_LOG_WARNING => tracing::info!(target: "opusclip::ffmpeg", "{text}"),
        ffi::AV_LOG_INFO => tracing::debug!(target: "opusclip::ffmpeg", "{text}"),
        _ => tracing::trace!(target: "opusclip::ffmpeg", "{text}"),
    }
}
