//! What HTTP says about sending a request again (RFC 9110), for transports: the same in all languages.
//!
//! ```
//! use opusclip_core::balance::http::{is_idempotent, is_retryable, retry_after};
//! assert!(is_idempotent("PUT") && !is_idempotent("POST"));
//! assert!(is_retryable(503) && !is_retryable(404));
//! assert_eq!(retry_after("120", 0.0), Some(120.0));
//! assert_eq!(retry_after("Fri, 31 Dec 1999 23:59:59 GMT", 946_684_789.0), Some(10.0));
//! assert_eq!(retry_after("soon", 0.0), None);
//! ```

use std::time::UNIX_EPOCH;

/// Whether a request of this method may be sent twice: what it does to the server is the same once or twice (RFC 9110,
/// section 9.2.2). Names of methods are in capitals.
pub fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE")
}

/// Whether another instance may answer better than with this status: 429, 500, 502, 503, 504. Others, such as 501, would be the
/// same anywhere.
pub fn is_retryable(status: u16) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504)
}

/// For how many seconds from now (Unix seconds) a field `Retry-After` asks for patience, given as seconds or as a date in any
/// of the three forms that HTTP has (RFC 9110, sections 10.2.3 and 5.6.7). A date that is past asks for none; a value that
/// is neither is no such field.
pub fn retry_after(value: &str, now: f64) -> Option<f64> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number can hold are still a wait that has an end.
        return value.parse::<f64>().ok().map(|seconds| seconds.min(super::options::LONGEST));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let seconds = date.duration_since(UNIX_EPOCH).ok()?.as_secs_f64();
    now.is_finite().then(|| (seconds - now).clamp(0.0, super::options::LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_all_three_forms_are_the_same_moment() {
        // RFC 9110, section 5.6.7: the same date in the three forms; 784111777 by `date -d ... +%s`.
        for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(retry_after(date, 784_111_747.0), Some(30.0), "{date}");
            assert_eq!(retry_after(date, 784_111_777.5), Some(0.0), "{date}");
        }
    }

    #[test]
    fn what_is_no_wait_is_none() {
        for text in ["", " ", "-1", "1.5", "1e3", "0x10", "NaN", "Infinity", "tomorrow", "Sun, 06 Nov 1994"] {
            assert_eq!(retry_after(text, 0.0), None, "{text}");
        }
        assert_eq!(retry_after(" 7 ", 0.0), Some(7.0));
        assert!(retry_after(&"9".repeat(400), 0.0).is_some_and(f64::is_finite));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", f64::NAN), None);
    }
}
