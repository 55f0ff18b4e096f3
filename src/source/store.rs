//! Where bytes come from.

use super::normalise;
use foldhash::HashMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What stands at a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryKind {
    File,
    Directory,
}

/// One name in a directory. Symbolic links are followed; a broken one is a file that cannot be read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Entry {
    /// With U+FFFD for what is not UTF-8: of such a file it is known that it is there, no more.
    pub name: String,
    pub directory: bool,
}

/// Where bytes come from: the disk, an editor's unsaved buffer over it, or memory in tests.
/// Paths are normalised by the caller: no `.` or `..` inside.
pub trait Store: Send + Sync {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// The names in a directory, in no particular order.
    fn list(&self, path: &Path) -> io::Result<Vec<Entry>>;
    fn kind(&self, path: &Path) -> Option<EntryKind>;
    /// The path with its symbolic links resolved, for telling whether two paths are one file.
    fn resolve(&self, path: &Path) -> PathBuf {
        path.to_path_buf()
    }
    /// Whether a file of the file system is not in this store, for walks of the former.
    fn hides(&self, _path: &Path) -> bool {
        false
    }
    /// The files of this store that walks of the file system do not meet.
    fn adds(&self) -> &[PathBuf] {
        &[]
    }
}

/// The file system.
pub struct Disk;

impl Store for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let file = open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound if is_approximate(path) => {
                io::Error::other("its name is not UTF-8")
            }
            _ => error,
        })?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        if metadata.len() > MAX_FILE {
            return Err(io::Error::other("it is larger than 1 GiB"));
        }
        match metadata.len() as usize {
            // Some file systems don't tell a length.
            0 => {
                let mut bytes = Vec::new();
                io::Read::take(file, MAX_FILE).read_to_end(&mut bytes)?;
                Ok(bytes)
            }
            length => read_at_once(file, length),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            let directory = if kind.is_symlink() {
                std::fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_dir())
            } else {
                kind.is_dir()
            };
            let name = entry.file_name().to_string_lossy().into_owned();
            entries.push(Entry { name, directory });
        }
        Ok(entries)
    }

    fn kind(&self, path: &Path) -> Option<EntryKind> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(if metadata.is_dir() {
            EntryKind::Directory
        } else {
            EntryKind::File
        })
    }

    fn resolve(&self, path: &Path) -> PathBuf {
        std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
    }
}

/// Whether a path may be that of a file whose name is not UTF-8.
fn is_approximate(path: &Path) -> bool {
    path.to_str()
        .is_some_and(|path| path.contains(char::REPLACEMENT_CHARACTER))
}

/// So many bytes of a file, or all where it has become shorter: in one call where the system lets
/// it, and without looking for the end behind them.
fn read_at_once(mut file: std::fs::File, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while filled < length {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// Opens a file, and does not wait for somebody to write to it if it is a pipe.
fn open(path: &Path) -> io::Result<std::fs::File> {
    let mut options = std::fs::File::options();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    options.open(path)
}

impl<S: Store> Store for Arc<S> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        (**self).read(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        (**self).list(path)
    }

    fn kind(&self, path: &Path) -> Option<EntryKind> {
        (**self).kind(path)
    }

    fn resolve(&self, path: &Path) -> PathBuf {
        (**self).resolve(path)
    }

    fn hides(&self, path: &Path) -> bool {
        (**self).hides(path)
    }

    fn adds(&self) -> &[PathBuf] {
        (**self).adds()
    }
}

/// No source file is this large; a span counts in 32 bits.
pub(super) const MAX_FILE: u64 = 1 << 30;

/// Files held in memory, alone or in front of another store.
#[derive(Default)]
pub struct Memory {
    files: HashMap<PathBuf, Vec<u8>>,
    under: Option<Box<dyn Store>>,
}

impl Memory {
    pub fn new<P: Into<PathBuf>, B: Into<Vec<u8>>>(
        files: impl IntoIterator<Item = (P, B)>,
    ) -> Memory {
        Memory {
            files: files
                .into_iter()
                .map(|(path, bytes)| (normalise(&path.into()), bytes.into()))
                .collect(),
            under: None,
        }
    }

    /// These files, and everything else from `store`.
    pub fn over(self, store: impl Store + 'static) -> Memory {
        Memory {
            under: Some(Box::new(store)),
            ..self
        }
    }
}

impl Store for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match (self.files.get(path), &self.under) {
            (Some(bytes), _) => Ok(bytes.clone()),
            (None, Some(store)) => store.read(path),
            (None, None) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = match &self.under {
            Some(store) => store.list(path).unwrap_or_default(),
            None => Vec::new(),
        };
        for file in self.files.keys() {
            let Ok(rest) = file.strip_prefix(path) else {
                continue;
            };
            let mut parts = rest.components();
            if let Some(first) = parts.next() {
                entries.push(Entry {
                    name: first.as_os_str().to_string_lossy().into_owned(),
                    directory: parts.next().is_some(),
                });
            }
        }
        entries.sort();
        entries.dedup();
        if entries.is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(entries)
    }

    fn kind(&self, path: &Path) -> Option<EntryKind> {
        if self.files.contains_key(path) {
            return Some(EntryKind::File);
        }
        if self.files.keys().any(|file| file.starts_with(path)) {
            return Some(EntryKind::Directory);
        }
        self.under.as_ref()?.kind(path)
    }

    fn resolve(&self, path: &Path) -> PathBuf {
        match &self.under {
            Some(store) if !self.files.contains_key(path) => store.resolve(path),
            _ => path.to_path_buf(),
        }
    }
}
