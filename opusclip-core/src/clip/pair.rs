//! Two halves of a work at the same time.

use crate::error::{Error, ErrorCode, Result};

/// Do one half on this thread and the other on one of its own. If both fail, the error of the first counts.
pub(crate) fn at_once<A, B: Send>(
    here: impl FnOnce() -> Result<A>,
    there: impl FnOnce() -> Result<B> + Send,
) -> Result<(A, B)> {
    std::thread::scope(|scope| {
        let other = scope.spawn(there);
        let first = here();
        let second = other.join();
        Ok((first?, second.unwrap_or_else(|_| Err(Error::new(ErrorCode::Internal, "half of the work panicked")))?))
    })
}
