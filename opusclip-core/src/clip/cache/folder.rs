//! Where kept results lie.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

/// Says where, over the platform's convention.
const VARIABLE: &str = "OPUSCLIP_CACHE_DIR";

/// The folder that was asked for, or the platform's own; `None` where that is not known.
pub(super) fn find(asked: Option<&Path>) -> Option<PathBuf> {
    let folder = match asked {
        Some(folder) => folder.to_owned(),
        None => {
            let convention = etcetera::base_strategy::choose_native_strategy().ok();
            default(std::env::var_os(VARIABLE), convention.map(|convention| convention.cache_dir()))?
        }
    };
    Some(std::path::absolute(&folder).unwrap_or(folder))
}

fn default(variable: Option<OsString>, caches: Option<PathBuf>) -> Option<PathBuf> {
    let chosen = variable.filter(|value| !value.is_empty()).map(PathBuf::from);
    let own = || {
        // Without a home the convention may lead anywhere.
        let caches = caches.filter(|folder| folder.is_absolute())?;
        Some(if cfg!(windows) { caches.join("opusclip").join("cache") } else { caches.join("opusclip") })
    };
    // Paths travel to other languages as text.
    chosen.or_else(own).filter(|folder| folder.to_str().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_goes_before_the_convention() {
        let caches = std::env::temp_dir();
        let own = default(None, Some(caches.clone())).unwrap();
        assert!(own.starts_with(&caches) && own != caches);
        assert_eq!(default(Some("/elsewhere".into()), Some(caches.clone())), Some("/elsewhere".into()));
        assert_eq!(default(Some("".into()), Some(caches)), Some(own));
    }

    #[test]
    fn no_home_means_no_folder() {
        assert_eq!(default(None, None), None);
        assert_eq!(default(None, Some(".cache".into())), None);
        assert_eq!(find(Some(Path::new("kept"))), Some(std::env::current_dir().unwrap().join("kept")));
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_text_counts_as_none() {
        use std::os::unix::ffi::OsStringExt as _;
        assert_eq!(default(Some(OsString::from_vec(b"/\xff".to_vec())), None), None);
    }
}
