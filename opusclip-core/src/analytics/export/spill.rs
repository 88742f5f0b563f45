//! What grows old goes to files.

use std::path::{Path, PathBuf};

use super::HistoryFormat;
use crate::analytics::collect::Collector;
use crate::config::finite;
use crate::error::Result;

impl Collector {
    /// Move what is kept beyond the longest window ([`RetentionTier`](crate::analytics::RetentionTier)) into a new file in
    /// `folder` and forget it, so that memory stays and no history is lost: `metrics-<first>-<last>.parquet` by the
    /// first and the last slot's begin in Unix seconds. Each slot is in one file only; what comes late makes a further
    /// row in a later one. Gives no file where there is nothing to move.
    ///
    /// Save a snapshot afterwards: one from before still holds what was moved.
    ///
    /// # Errors
    /// [`OutputUnwritable`](crate::ErrorCode::OutputUnwritable) or [`OutputFull`](crate::ErrorCode::OutputFull);
    /// nothing is forgotten then.
    pub fn spill(&self, folder: impl AsRef<Path>, format: HistoryFormat, now: Option<f64>) -> Result<Option<PathBuf>> {
        let now = finite("now", now.unwrap_or_else(|| self.clock().now()))?;
        let mut file = None;
        self.hand_over(now, |history| {
            let (Some(first), Some(last)) = (history.start.iter().min(), history.start.iter().max()) else {
                return Ok(());
            };
            let path = free(folder.as_ref(), &format!("metrics-{first}-{last}"), format.ending());
            history.save(&path, Some(format))?;
            file = Some(path);
            Ok(())
        })?;
        Ok(file)
    }
}

/// A name that no file has: another spill may have begun and ended with the same slots.
fn free(folder: &Path, name: &str, ending: &str) -> PathBuf {
    let numbered = (2_u64..).map(|number| folder.join(format!("{name}-{number}.{ending}")));
    let mut names = std::iter::once(folder.join(format!("{name}.{ending}"))).chain(numbered);
    names.find(|path| !path.exists()).unwrap_or_else(|| folder.join(name))
}

impl HistoryFormat {
    const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "ndjson",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
        }
    }
}
