//! Files, spans and positions: the only gate to the file system for everything that reads input.

pub mod asked;
pub mod git;

use crate::kept::Kept;
use asked::Asked;
use foldhash::HashMap;
use std::any::Any;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::{fmt, io};

/// Names a file for the whole run. Numbers are given in the order of opening, so nothing that
/// is printed may be sorted by them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FileId(u32);

/// A half-open range of bytes in one file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(file: FileId, start: usize, end: usize) -> Span {
        debug_assert!(start <= end);
        Span {
            file,
            start: start as u32,
            end: end as u32,
        }
    }

    /// The smallest span that holds both. Spans of two files have none: `self` is returned.
    pub fn to(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// `start..end` counted in bytes from this span's own start.
    pub fn within(self, start: usize, end: usize) -> Span {
        Span::new(
            self.file,
            self.start as usize + start,
            self.start as usize + end,
        )
    }

    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// A place as people and other programs read it: lines and columns are 1-based, columns count
/// Unicode scalar values, `offset` counts bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Position {
    pub line: usize,
    pub column: usize,
    pub offset: usize,
}

/// A span with its path and positions: what a report prints.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Location {
    /// Relative to the working directory where the file lies below it, with `/`.
    pub path: Arc<str>,
    pub start: Position,
    pub end: Position,
}

/// One file as it was read. Its text is always valid UTF-8 of the same length as the file: each
/// byte that is not UTF-8 is replaced by `?`, and `invalid_at` tells where the first one stood.
pub struct File {
    pub id: FileId,
    pub path: Arc<Path>,
    /// The path as it is printed.
    pub shown: Arc<str>,
    text: Box<str>,
    invalid_at: Option<usize>,
    lines: OnceLock<Lines>,
    derived: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl File {
    fn new(id: FileId, path: Arc<Path>, shown: Arc<str>, bytes: Vec<u8>) -> File {
        let (text, invalid_at) = match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                (mask_invalid(error.into_bytes()), Some(at))
            }
        };
        File {
            id,
            path,
            shown,
            text: text.into_boxed_str(),
            invalid_at,
            lines: OnceLock::new(),
            derived: OnceLock::new(),
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The offset of the first byte that is not UTF-8.
    pub fn invalid_at(&self) -> Option<usize> {
        self.invalid_at
    }

    /// What is ASCII in a file in UTF-16, as shells of Windows write what a program prints; nothing
    /// for any other file.
    pub fn utf16_letters(&self) -> Option<String> {
        let is_utf16 = self.invalid_at == Some(0) && self.text.get(2..)?.contains('\0');
        is_utf16.then(|| self.text.replace('\0', ""))
    }

    /// Length in bytes of a byte order mark at the start: 0 or 3.
    pub fn bom(&self) -> usize {
        if self.text.starts_with('\u{feff}') {
            3
        } else {
            0
        }
    }

    pub fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.id, start, end)
    }

    /// The text under a span, or nothing where the span does not fit (the file changed on disk).
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// What one front end has made of this file, kept as long as the file is: a module that two
    /// thousand roots call is scanned once. The first caller's type is the file's.
    pub fn derived<T: Any + Send + Sync>(&self, make: impl FnOnce(&File) -> T) -> Option<&T> {
        self.derived
            .get_or_init(|| Box::new(make(self)))
            .downcast_ref()
    }

    /// The position of a byte offset. A byte order mark takes no column.
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let lines = self.lines.get_or_init(|| Lines::of(self.text.as_bytes()));
        let line = lines.before(self.text.as_bytes(), offset);
        let start = memchr::memrchr(b'\n', &self.text.as_bytes()[..offset]);
        let from = match start {
            None => self.bom().min(offset),
            Some(before) => before + 1,
        };
        Position {
            line: line + 1,
            column: self.text[from..offset].chars().count() + 1,
            offset,
        }
    }
}

/// How many lines end before each block of a text: few numbers, quickly made, from which the line
/// of any place is told by looking at one block.
struct Lines(Vec<u32>);

impl Lines {
    const BLOCK: usize = 4 << 10;

    fn of(text: &[u8]) -> Lines {
        let mut count = 0;
        let blocks = text.chunks(Lines::BLOCK).map(|block| {
            let before = count;
            count += line_ends(block);
            before as u32
        });
        Lines(blocks.collect())
    }

    fn before(&self, text: &[u8], offset: usize) -> usize {
        // The end of a text that fills its blocks belongs to the last of them.
        let block = (offset / Lines::BLOCK).min(self.0.len().saturating_sub(1));
        let before = self.0.get(block).copied().unwrap_or(0);
        before as usize + line_ends(&text[block * Lines::BLOCK..offset])
    }
}

fn line_ends(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count()
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({:?}, {})", self.id, self.path.display())
    }
}

fn mask_invalid(mut bytes: Vec<u8>) -> String {
    let mut from = 0;
    while let Err(error) = std::str::from_utf8(&bytes[from..]) {
        let bad = from + error.valid_up_to();
        let length = error.error_len().unwrap_or(bytes.len() - bad);
        bytes[bad..bad + length].fill(b'?');
        from = bad + length;
    }
    String::from_utf8(bytes).expect("every invalid sequence was masked")
}

/// What stands at a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryKind {
    File,
    Directory,
}

/// One name in a directory. Symbolic links are followed; a broken one is left out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Entry {
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
        let file = open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        if metadata.len() > MAX_FILE {
            return Err(io::Error::other("it is larger than 1 GiB"));
        }
        // Some file systems don't tell a length. Where one is told, the end need not be looked for.
        let length = match metadata.len() {
            0 => MAX_FILE,
            told => told,
        };
        let mut bytes = Vec::with_capacity(metadata.len() as usize);
        io::Read::read_to_end(&mut io::Read::take(file, length), &mut bytes)?;
        Ok(bytes)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            let directory = if kind.is_symlink() {
                match std::fs::metadata(entry.path()) {
                    Ok(metadata) => metadata.is_dir(),
                    Err(_) => continue,
                }
            } else {
                kind.is_dir()
            };
            // A name that is not UTF-8 cannot be written in any source that refers to it.
            if let Ok(name) = entry.file_name().into_string() {
                entries.push(Entry { name, directory });
            }
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
const MAX_FILE: u64 = 1 << 30;

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
const OUR_NAME: &[u8] = b"ecslint";

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
        if let Ok(below) = path.strip_prefix(&self.working_directory)
            && let Some(shown) = below.to_str()
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
        let ours = memchr::memmem::find(file.text.as_bytes(), OUR_NAME).is_some();
        let mut state = self.lock();
        if ours {
            state.naming_us.insert(file.id);
        }
        let weight = file.text.len() + FILE_OVERHEAD;
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

    fn open(bytes: &[u8]) -> Arc<File> {
        SourceMap::new(Memory::new([("/w/a", bytes)]), "/w")
            .open(Path::new("a"))
            .expect("it is in memory")
    }

    #[test]
    fn positions_count_scalars_and_skip_the_byte_order_mark() {
        let file = open("\u{feff}aé😀b\r\nx".as_bytes());
        let at = |offset| {
            let p = file.position(offset);
            (p.line, p.column)
        };
        assert_eq!(at(3), (1, 1));
        assert_eq!(at(4), (1, 2));
        assert_eq!(at(6), (1, 3));
        assert_eq!(at(10), (1, 4));
        assert_eq!(at(11), (1, 5), "the carriage return is on the first line");
        assert_eq!(at(13), (2, 1));
        assert_eq!(at(99), (2, 2), "past the end is the end");
    }

    #[test]
    fn lines_are_told_across_blocks() {
        let text = "ab\n".repeat(Lines::BLOCK);
        let file = open(text.as_bytes());
        for offset in [
            0,
            2,
            3,
            Lines::BLOCK - 1,
            Lines::BLOCK,
            Lines::BLOCK + 1,
            text.len(),
        ] {
            let position = file.position(offset);
            let told = (position.line, position.column);
            assert_eq!(told, (offset / 3 + 1, offset % 3 + 1), "at {offset}");
        }
        assert_eq!(open(b"").position(0).line, 1);
    }

    #[test]
    fn bytes_that_are_not_utf8_keep_their_places() {
        let file = open(b"a\xe9b\xff\xfec");
        assert_eq!(file.text(), "a?b??c");
        assert_eq!(file.invalid_at(), Some(1));
        assert_eq!(file.utf16_letters(), None);
        let letters = open(b"\xff\xfea\0:\0").utf16_letters();
        assert_eq!(letters.as_deref(), Some("??a:"));
    }

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
