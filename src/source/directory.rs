//! Directories, compared by their bytes.

use std::borrow::Borrow;
use std::ffi::OsStr;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory by its absolute path without `.` and `..`. Two are the same where their bytes are:
/// to compare and hash these takes a tenth of what the parts of a path take.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Directory(Arc<OsStr>);

impl Default for Directory {
    fn default() -> Directory {
        Directory(OsStr::new("").into())
    }
}

impl From<&Path> for Directory {
    fn from(path: &Path) -> Directory {
        Directory(path.as_os_str().into())
    }
}

impl From<PathBuf> for Directory {
    fn from(path: PathBuf) -> Directory {
        Directory(path.into_os_string().into())
    }
}

impl Deref for Directory {
    type Target = Path;

    fn deref(&self) -> &Path {
        Path::new(&*self.0)
    }
}

impl Borrow<OsStr> for Directory {
    fn borrow(&self) -> &OsStr {
        &self.0
    }
}
