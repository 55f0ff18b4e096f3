//! Files, spans and positions: the only gate to the file system for everything that reads input.

pub mod asked;
mod file;
pub mod git;
mod span;
mod store;

use crate::kept::Kept;
use asked::Asked;
use foldhash::HashMap;
use memchr::memmem::Finder;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

pub use file::File;
pub use span::{FileId, Location, Position, Span};
pub use store::{Disk, Entry, EntryKind, Memory, Store};

/// Why a file could not be read, in words that follow "could not be read: ".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenError {
    pub path: PathBuf,
    pub reason: String,
    /// Nothing stands at the path, as opposed to something that may not be read.
    pub missing: bool,
}

/// Every file of a run. Shared by all threads; texts are kept within a budget of bytes and read
/// again when a report wants one that was let go.
pub struct SourceMap {
    store: Box<dyn Store>,
    working_directory: PathBuf,
    state: Mutex<State>,
    asked: Asked,
}

struct State {
    /// By normalised path; its bytes are compared, which its parts need not be.
    ids: HashMap<Box<OsStr>, FileId>,
    paths: Vec<Arc<Path>>,
    files: Kept<FileId, Arc<File>>,
    /// By normalised directory.
    listings: Kept<Box<OsStr>, Arc<[Entry]>>,
    naming_us: BTreeSet<FileId>,
}

/// What every comment that is for ecslint holds.
static OUR_NAME: LazyLock<Finder> = LazyLock::new(|| Finder::new("ecslint"));

/// Bytes of source that stay in memory beside the files that are in use.
const KEPT_BYTES: usize = 8 << 20;

/// What a file takes beside its text: its paths, and what a front end has made of it.
const FILE_OVERHEAD: usize = 1 << 10;

/// Names of listed directories that stay in memory.
const KEPT_NAMES: usize = 10_000;

impl SourceMap {
    /// `working_directory`: absolute; relative paths are meant from here, and printed so.
    pub fn new(store: impl Store + 'static, working_directory: impl Into<PathBuf>) -> SourceMap {
        SourceMap {
            store: Box::new(store),
            working_directory: normalise(&working_directory.into()),
            state: Mutex::new(State {
                ids: HashMap::default(),
                paths: Vec::new(),
                files: Kept::new(KEPT_BYTES),
                listings: Kept::new(KEPT_NAMES),
                naming_us: BTreeSet::new(),
            }),
            asked: Asked::default(),
        }
    }

    /// Notes what is asked of the store.
    pub fn noting(mut self) -> SourceMap {
        self.asked.start();
        self
    }

    /// What has been asked of the store, if that was noted.
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    pub fn working_directory(&self) -> &Path {
        &self.working_directory
    }

    /// The absolute path, without `.` and `..`.
    pub fn absolute(&self, path: &Path) -> PathBuf {
        self.located(path).into_owned()
    }

    fn located<'a>(&self, path: &'a Path) -> Cow<'a, Path> {
        match is_normal(path) {
            true => path.into(),
            false => normalise(&self.working_directory.join(path)).into(),
        }
    }

    /// The path as it is printed: relative to the working directory where it lies below it (or
    /// beside it, with `..`), with `/`. The working directory itself is `.`.
    pub fn display(&self, path: &Path) -> String {
        let path = self.located(path);
        // Both are normal, so that the bytes tell.
        if let Some(whole) = path.to_str()
            && let Some(working) = self.working_directory.to_str()
            && let Some(below) = whole.strip_prefix(working)
            && let Some(shown) = below.strip_prefix('/')
            && !shown.is_empty()
            && !shown.contains('\\')
        {
            return shown.to_owned();
        }
        let common = self
            .working_directory
            .components()
            .zip(path.components())
            .take_while(|(a, b)| a == b)
            .count();
        let ups = self.working_directory.components().count() - common;
        let shown: PathBuf = if common <= 1 && ups > 0 {
            path.into_owned()
        } else {
            std::iter::repeat_n(Component::ParentDir, ups)
                .chain(path.components().skip(common))
                .collect()
        };
        match shown.to_string_lossy().replace('\\', "/") {
            empty if empty.is_empty() => ".".to_owned(),
            shown => shown,
        }
    }

    /// Opens a file, or finds it open.
    pub fn open(&self, path: &Path) -> Result<Arc<File>, OpenError> {
        let path = self.located(path);
        {
            let state = self.lock();
            if let Some(file) = state
                .ids
                .get(path.as_os_str())
                .and_then(|id| state.files.get(id))
            {
                return Ok(file.clone());
            }
        }
        self.asked.read(&path);
        let bytes = self.store.read(&path).map_err(|error| OpenError {
            reason: describe(&error),
            missing: error.kind() == io::ErrorKind::NotFound,
            path: path.to_path_buf(),
        })?;
        let shown = self.display(&path).into();
        let (id, path) = self.identify(&path);
        Ok(self.keep(File::new(id, path, shown, bytes)))
    }

    /// The bytes of a file that is looked through and not kept.
    pub fn bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
        let path = self.located(path);
        self.asked.read(&path);
        self.store.read(&path)
    }

    /// Whether a file that a walk of the file system has met is not here.
    pub fn hides(&self, path: &Path) -> bool {
        self.store.hides(path)
    }

    /// The files that walks of the file system do not meet.
    pub fn adds(&self) -> &[PathBuf] {
        self.store.adds()
    }

    /// The number of a path, and the path as it is shared.
    fn identify(&self, path: &Path) -> (FileId, Arc<Path>) {
        let mut state = self.lock();
        match state.ids.get(path.as_os_str()) {
            Some(id) => (*id, state.paths[id.0 as usize].clone()),
            None => {
                let path: Arc<Path> = path.into();
                let id = FileId(state.paths.len() as u32);
                state.paths.push(path.clone());
                state.ids.insert(path.as_os_str().into(), id);
                (id, path)
            }
        }
    }

    fn keep(&self, file: File) -> Arc<File> {
        let file = Arc::new(file);
        let ours = OUR_NAME.find(file.text().as_bytes()).is_some();
        let mut state = self.lock();
        if ours {
            state.naming_us.insert(file.id);
        }
        let weight = file.text().len() + FILE_OVERHEAD;
        let let_go = state.files.insert(file.id, file.clone(), weight);
        drop(state);
        // Others need not wait while it is taken apart.
        drop(let_go);
        file
    }

    /// The files read so far that have the name of ecslint in them, in no order that means
    /// anything.
    pub fn naming_us(&self) -> Vec<FileId> {
        self.lock().naming_us.iter().copied().collect()
    }

    /// A file that was opened before; empty where it has gone since.
    pub fn file(&self, id: FileId) -> Arc<File> {
        let path = {
            let state = self.lock();
            if let Some(file) = state.files.get(&id) {
                return file.clone();
            }
            state.paths[id.0 as usize].clone()
        };
        let bytes = self.store.read(&path).unwrap_or_default();
        let shown = self.display(&path).into();
        self.keep(File::new(id, path, shown, bytes))
    }

    pub fn path(&self, id: FileId) -> Arc<Path> {
        self.lock().paths[id.0 as usize].clone()
    }

    pub fn location(&self, span: Span) -> Location {
        let file = self.file(span.file);
        Location {
            path: file.shown.clone(),
            start: file.position(span.start as usize),
            end: file.position(span.end as usize),
        }
    }

    /// The names in a directory, sorted.
    pub fn list(&self, path: &Path) -> Result<Arc<[Entry]>, OpenError> {
        let path = self.located(path);
        if let Some(entries) = self.lock().listings.get(path.as_os_str()) {
            return Ok(entries.clone());
        }
        self.asked.listed(&path);
        let mut entries = self.store.list(&path).map_err(|error| OpenError {
            reason: describe(&error),
            missing: error.kind() == io::ErrorKind::NotFound,
            path: path.to_path_buf(),
        })?;
        entries.sort();
        let entries: Arc<[Entry]> = entries.into();
        let mut state = self.lock();
        let weight = entries.len() + 1;
        let let_go = state
            .listings
            .insert(path.as_os_str().into(), entries.clone(), weight);
        drop(state);
        drop(let_go);
        Ok(entries)
    }

    pub fn kind(&self, path: &Path) -> Option<EntryKind> {
        let path = self.located(path);
        self.asked.kind(&path);
        self.store.kind(&path)
    }

    /// Whether a directory stands at a path. One whose names are at hand need not be looked for.
    pub fn is_directory(&self, path: &Path) -> bool {
        let path = self.located(path);
        let is_listed = self.lock().listings.get(path.as_os_str()).is_some();
        is_listed || self.kind(&path) == Some(EntryKind::Directory)
    }

    /// The path with its symbolic links resolved.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        let path = self.located(path);
        self.asked.resolved(&path);
        self.store.resolve(&path)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic while the lock was held leaves a map that is still a map.
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        _ => error.to_string(),
    }
}

/// Whether a path is certainly absolute and without `.` and `..`, as most are that are asked for.
fn is_normal(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    let after = |at: usize| bytes.get(at + 1);
    let mut slashes = memchr::memchr2_iter(b'/', b'\\', bytes);
    path.is_absolute()
        && slashes.all(|at| bytes[at] == b'/' && !matches!(after(at), None | Some(b'/' | b'.')))
}

/// Takes `.` and `..` out of a path by its text alone.
fn normalise(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !out.pop() {
                    out.push(part);
                }
            }
            _ => out.push(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_from_the_working_directory() {
        let map = SourceMap::new(Memory::default(), "/w/repo");
        let shown = |path: &str| map.display(Path::new(path));
        assert_eq!(shown("/w/repo/a/../b.tf"), "b.tf");
        assert_eq!(shown("."), ".");
        assert_eq!(shown("../other/x"), "../other/x");
        assert_eq!(shown("/etc/x"), "/etc/x");
    }

    #[test]
    fn a_file_that_was_let_go_is_read_again_under_its_id() {
        let big = "x".repeat(KEPT_BYTES);
        let map = SourceMap::new(
            Memory::new([
                ("/w/a", "first".to_owned()),
                ("/w/b", big.clone()),
                ("/w/c", big),
            ]),
            "/w",
        );
        let a = map.open(Path::new("a")).expect("in memory").id;
        for other in ["b", "c"] {
            map.open(Path::new(other)).expect("in memory");
        }
        assert_eq!(map.file(a).text(), "first");
        assert_eq!(map.open(Path::new("a")).expect("in memory").id, a);
    }
}
