//! The working tree as it was at a commit: what has changed since comes from git's objects.
//!
//! Git itself tells what has changed and hands over the objects. It made the clone, so it knows
//! whatever form that has (worktrees, submodules, sparse and shallow ones, conversions of line
//! ends), it is there wherever there are commits to compare with, and a library for it would be as
//! large as everything else here together. It is asked for nothing but objects, reads no network
//! and writes nothing.
//!
//! Files that have not changed are those on the disk, as are those that git does not know because
//! it ignores them: values and installed modules. Both sides see the same there.

use super::asked::Questions;
use super::store::MAX_FILE;
use super::{Disk, Entry, EntryKind, Store};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

/// A commit that the working tree is compared with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commit {
    /// The root of the working tree.
    root: PathBuf,
    id: String,
}

impl Commit {
    /// Where HEAD and `rev` part, in the repository that `directory` is in.
    ///
    /// # Errors
    /// One clause, if there is no repository, no such revision, or no common ancestor.
    pub fn merge_base(directory: &Path, rev: &str) -> Result<Commit, String> {
        let mut repository = Repository::at(directory);
        let root = repository.ask(&["rev-parse", "--show-toplevel"])?;
        repository.root = PathBuf::from(line(&root));
        let git = |arguments: &[&str]| repository.ask(arguments);
        let shallow = || {
            let told = git(&["rev-parse", "--is-shallow-repository"]);
            told.is_ok_and(|told| line(&told) == "true")
        };
        if git(&["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]).is_err() {
            return Err("there is no commit yet to compare with".to_owned());
        }
        let wanted = format!("{rev}^{{commit}}");
        // What begins with a hyphen is an option to git, and no revision has such a name.
        let found = match rev.starts_with('-') {
            true => Err(String::new()),
            false => git(&["rev-parse", "--quiet", "--verify", &wanted]),
        };
        let Ok(found) = found else {
            return Err(match shallow() {
                true => format!(
                    "`{rev}` is no revision of this shallow clone: fetch it with its history \
                     (`fetch-depth: 0` in GitHub Actions, `GIT_DEPTH: 0` in GitLab CI)"
                ),
                false => format!("`{rev}` is no revision of this repository"),
            });
        };
        match git(&["merge-base", "HEAD", &line(&found)]) {
            Ok(base) => Ok(Commit {
                id: line(&base),
                root: repository.root.clone(),
            }),
            Err(_) if shallow() => Err(format!(
                "this shallow clone does not reach back to where HEAD and `{rev}` part: deepen it \
                 with `git fetch --deepen=100`, or fetch all (`fetch-depth: 0` in GitHub Actions, \
                 `GIT_DEPTH: 0` in GitLab CI)"
            )),
            Err(_) => Err(format!("HEAD and `{rev}` have no common ancestor")),
        }
    }

    /// The hexadecimal name.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// A working tree as it was at a commit.
pub struct Past {
    root: PathBuf,
    /// By absolute path: what has changed since, and what it was.
    changed: HashMap<PathBuf, Old>,
    /// Files that no walk of the disk meets any more.
    gone: Vec<PathBuf>,
    /// Directories that held something which has changed, with the names that lead there.
    directories: HashMap<PathBuf, BTreeSet<String>>,
    /// Some of what has changed was a symbolic link, or is a directory of which nothing was there.
    has_links: bool,
    has_new_directories: bool,
    /// Directories without symbolic links.
    real: Mutex<HashMap<PathBuf, PathBuf>>,
    /// Readers of objects that are at rest, each with its repository.
    readers: Mutex<Vec<(Arc<Repository>, Reader)>>,
    /// Why an object could not be read.
    fault: OnceLock<String>,
}

/// What stood at a path that has changed.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Old {
    /// Nothing, at this path and below it.
    Absent,
    /// A directory, where something else is now: all that was in it has changed.
    Directory,
    File(Object),
    Link(Object),
}

/// An object and the repository it is in.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Object {
    repository: Arc<Repository>,
    id: String,
}

impl Past {
    /// The working tree of a commit as it was then. `kept` names files that are the same for both
    /// if git does not know them: those that the command line gives.
    ///
    /// # Errors
    /// One clause, if git cannot tell.
    pub fn open(commit: &Commit, kept: &[PathBuf]) -> Result<Past, String> {
        let mut changed = HashMap::new();
        let repository = Arc::new(Repository::at(&commit.root));
        compare(&repository, &commit.id, kept, 0, &mut changed)?;
        let was_there = changed.iter().filter(|(_, old)| **old != Old::Absent);
        let mut directories: HashMap<PathBuf, BTreeSet<String>> = HashMap::new();
        let mut gone = Vec::new();
        for (path, _) in was_there {
            if !is_met(path) {
                gone.push(path.clone());
            }
            for below in path.ancestors().take_while(|below| **below != commit.root) {
                if let (Some(above), Some(name)) = (below.parent(), below.file_name()) {
                    let names = directories.entry(above.to_path_buf()).or_default();
                    names.insert(name.to_string_lossy().into_owned());
                }
            }
        }
        gone.sort();
        for (path, old) in &mut changed {
            if *old == Old::Absent && directories.contains_key(path) {
                *old = Old::Directory;
            }
        }
        let is_above = |(path, old): (&PathBuf, &Old)| match old {
            Old::Absent => path.is_dir(),
            Old::Directory => true,
            Old::File(_) | Old::Link(_) => false,
        };
        Ok(Past {
            root: commit.root.clone(),
            gone,
            directories,
            has_links: changed.values().any(|old| matches!(old, Old::Link(_))),
            has_new_directories: changed.iter().any(is_above),
            changed,
            real: Mutex::default(),
            readers: Mutex::default(),
            fault: OnceLock::new(),
        })
    }

    /// Whether nothing has changed at all.
    pub fn is_present(&self) -> bool {
        self.changed.is_empty()
    }

    /// Whether a file is as it was.
    pub fn has_still(&self, path: &Path) -> bool {
        self.find(path).1.is_none()
    }

    /// Whether all that was asked of the disk is answered alike here.
    pub fn answers_alike(&self, asked: &Questions) -> bool {
        // Most changes that matter are to files that were read by their own names.
        if self.changed.keys().any(|path| asked.read.contains(path)) {
            return false;
        }
        // A directory may have come or gone with what is in it.
        let above = |path| Path::ancestors(path).skip(1);
        let touched: HashSet<&Path> = self.changed.keys().flat_map(|path| above(path)).collect();
        let is_listed_alike = |path: &PathBuf| {
            let (real, old) = self.find(path);
            let is_untouched = old.is_none() && !touched.contains(&*real);
            is_untouched || names(self, path) == names(&Disk, path)
        };
        asked.read.par_iter().all(|path| self.has_still(path))
            && asked.listed.par_iter().all(is_listed_alike)
            && asked
                .kinds
                .par_iter()
                .all(|path| self.kind(path) == Disk.kind(path))
            && asked
                .resolved
                .par_iter()
                .all(|path| self.resolve(path) == Disk.resolve(path))
    }

    /// Files that a walk of the disk meets on one of both sides only; nothing where something else
    /// than files has changed its place.
    pub fn met_once(&self) -> Option<Vec<&Path>> {
        let mut met = Vec::new();
        for (path, old) in &self.changed {
            let now = path.symlink_metadata();
            let now = now.map_or(None, |found| Some(found.is_file()));
            match (old, now) {
                (Old::File(_), Some(true)) => {}
                (Old::File(_), None) | (Old::Absent, Some(true)) => met.push(&**path),
                _ => return None,
            }
        }
        Some(met)
    }

    /// The root of the working tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Why an object could not be read, if one could not: then nothing can be said of the commit.
    pub fn fault(&self) -> Option<&str> {
        self.fault.get().map(String::as_str)
    }

    /// What stood at a path, and the path without symbolic links; nothing where nothing changed.
    fn find(&self, path: &Path) -> (PathBuf, Option<&Old>) {
        let mut path = path.to_path_buf();
        for _ in 0..MAX_LINKS {
            let (real, old) = self.find_as_written(&path);
            let Some((at, link)) = self.link_in(&real) else {
                return (real, old);
            };
            let Ok(target) = self.object(link) else {
                return (real, Some(&Old::Absent));
            };
            let target = String::from_utf8_lossy(&target).into_owned();
            let below = real.strip_prefix(at).unwrap_or(Path::new(""));
            let above = at.parent().unwrap_or(at);
            path = super::normalise(&above.join(target).join(below));
        }
        (path, Some(&Old::Absent))
    }

    fn find_as_written(&self, path: &Path) -> (PathBuf, Option<&Old>) {
        if let Some(old) = self.of(path) {
            return (path.to_path_buf(), Some(old));
        }
        let real = self.real(path);
        let old = self.of(&real);
        (real, old)
    }

    /// The path without the links of the disk, as far as it is there.
    fn real(&self, path: &Path) -> PathBuf {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return path.to_path_buf();
        };
        let known = lock(&self.real).get(parent).cloned();
        let real = known.unwrap_or_else(|| {
            let mut above = parent.ancestors();
            let real = above.find_map(|above| Some((above, std::fs::canonicalize(above).ok()?)));
            let real = match real {
                Some((above, real)) => match parent.strip_prefix(above) {
                    Ok(below) if !below.as_os_str().is_empty() => real.join(below),
                    _ => real,
                },
                None => parent.to_path_buf(),
            };
            let mut known = lock(&self.real);
            if known.len() > KEPT_DIRECTORIES {
                known.clear();
            }
            known.insert(parent.to_path_buf(), real.clone());
            real
        });
        let real = real.join(name);
        match real.symlink_metadata() {
            Ok(found) if found.is_symlink() => std::fs::canonicalize(&real).unwrap_or(real),
            _ => real,
        }
    }

    fn of(&self, path: &Path) -> Option<&Old> {
        let own = self.changed.get(path);
        if own.is_some() || !self.has_new_directories {
            return own;
        }
        let mut above = path.ancestors().skip(1);
        match above.find_map(|above| self.changed.get(above)) {
            Some(Old::Absent | Old::Directory) => Some(&Old::Absent),
            _ => None,
        }
    }

    /// The first part of a path that was a link.
    fn link_in<'a>(&'a self, path: &'a Path) -> Option<(&'a Path, &'a Object)> {
        if !self.has_links {
            return None;
        }
        path.ancestors()
            .find_map(|above| match self.changed.get(above) {
                Some(Old::Link(object)) => Some((above, object)),
                _ => None,
            })
    }

    /// The bytes of an object.
    fn object(&self, object: &Object) -> io::Result<Vec<u8>> {
        let repository = &object.repository;
        let mut readers = lock(&self.readers);
        let at = readers.iter().position(|(of, _)| of == repository);
        let resting = at.map(|at| readers.swap_remove(at).1);
        drop(readers);
        let read = resting
            .map_or_else(|| Reader::start(repository), Ok)
            .and_then(|mut reader| Ok((reader.read(&object.id)?, reader)));
        match read {
            Ok((bytes, reader)) => {
                lock(&self.readers).push((repository.clone(), reader));
                Ok(bytes)
            }
            Err(error) => {
                let id = &object.id;
                let reason = format!("the object {id} of git could not be read: {error}");
                self.fault.get_or_init(|| reason.clone());
                Err(io::Error::other(reason))
            }
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The names in a directory, sorted; nothing where it cannot be listed.
fn names(store: &impl Store, path: &Path) -> Option<Vec<Entry>> {
    let mut entries = store.list(path).ok()?;
    entries.sort();
    Some(entries)
}

/// Directories of which it is remembered where they really are.
const KEPT_DIRECTORIES: usize = 100_000;

/// Links that lead to one another, as the systems bound them.
const MAX_LINKS: usize = 40;

impl Store for Past {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.find(path) {
            (_, Some(Old::File(object) | Old::Link(object))) => self.object(object),
            (_, Some(Old::Absent | Old::Directory)) => Err(io::ErrorKind::NotFound.into()),
            (real, None) => Disk.read(&real),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let (real, old) = self.find(path);
        let changed = self.directories.get(&real);
        let listed = match (old, changed) {
            (None, None) => Disk.list(&real)?,
            (None, Some(_)) => Disk.list(&real).unwrap_or_default(),
            (Some(Old::Directory), _) => Vec::new(),
            (Some(_), _) => return Err(io::ErrorKind::NotFound.into()),
        };
        let mut entries: BTreeMap<String, bool> = listed
            .into_iter()
            .filter(|entry| self.of(&real.join(&entry.name)) != Some(&Old::Absent))
            .map(|entry| (entry.name, entry.directory))
            .collect();
        for name in changed.into_iter().flatten() {
            // A link that leads nowhere is a file that cannot be read.
            let kind = self.kind(&real.join(name));
            entries.insert(name.clone(), kind == Some(EntryKind::Directory));
        }
        let entries = entries.into_iter();
        Ok(entries
            .map(|(name, directory)| Entry { name, directory })
            .collect())
    }

    fn kind(&self, path: &Path) -> Option<EntryKind> {
        match self.find(path) {
            (_, Some(Old::File(_))) => Some(EntryKind::File),
            (_, Some(Old::Directory)) => Some(EntryKind::Directory),
            (_, Some(Old::Absent | Old::Link(_))) => None,
            (real, None) if self.directories.contains_key(&real) => Some(EntryKind::Directory),
            (real, None) => Disk.kind(&real),
        }
    }

    fn resolve(&self, path: &Path) -> PathBuf {
        self.find(path).0
    }

    fn hides(&self, path: &Path) -> bool {
        match self.of(path) {
            None => !path.starts_with(&self.root) && self.kind(path).is_none(),
            Some(Old::File(_)) => false,
            Some(_) => self.kind(path) != Some(EntryKind::File),
        }
    }

    fn adds(&self) -> &[PathBuf] {
        &self.gone
    }
}

/// Submodules in submodules.
const MAX_DEPTH: usize = 10;

/// Adds what in the working tree at `root` differs from a commit.
fn compare(
    repository: &Arc<Repository>,
    commit: &str,
    kept: &[PathBuf],
    depth: usize,
    changed: &mut HashMap<PathBuf, Old>,
) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("submodules lie more than {MAX_DEPTH} deep"));
    }
    let root = &repository.root;
    let untracked = repository.ask(&["ls-files", "-z", "--others", "--exclude-standard"])?;
    for path in untracked
        .split(|byte| *byte == 0)
        .filter(|path| !path.is_empty())
    {
        let path = joined(root, path);
        let installed = path.iter().any(|part| part == ".terraform");
        if !installed && !kept.contains(&path) {
            changed.insert(path, Old::Absent);
        }
    }
    let differences = repository.ask(&[
        "diff-index",
        "-z",
        "--raw",
        "--no-renames",
        "--ignore-submodules=none",
        commit,
        "--",
    ])?;
    let mut fields = differences.split(|byte| *byte == 0);
    // `:100644 100644 <old> <new> M`, the path.
    while let (Some(header), Some(path)) = (fields.next(), fields.next()) {
        let header = String::from_utf8_lossy(header);
        let mut words = header.trim_start_matches(':').split(' ');
        let (Some(mode), Some(mode_now), Some(id)) = (words.next(), words.next(), words.next())
        else {
            return Err(format!("`git diff-index` said `{header}`"));
        };
        let path = joined(root, path);
        let object = || Object {
            repository: repository.clone(),
            id: id.to_owned(),
        };
        let old = match mode {
            SUBMODULE if path.join(".git").exists() => {
                let submodule = Arc::new(Repository {
                    root: path,
                    is_submodule: true,
                });
                compare(&submodule, id, kept, depth + 1, changed)?;
                continue;
            }
            SUBMODULE => continue,
            LINK => Old::Link(object()),
            mode if mode.starts_with("100") => Old::File(object()),
            // A path with conflicts is told twice, once without what it was.
            _ if changed.contains_key(&path) && mode_now == "000000" => continue,
            _ => Old::Absent,
        };
        changed.insert(path, old);
    }
    Ok(())
}

/// Modes of a tree's entries.
const SUBMODULE: &str = "160000";
const LINK: &str = "120000";

/// A path that git prints, which has `/` on every system and ends with it if it is a directory.
fn joined(root: &Path, path: &[u8]) -> PathBuf {
    let path = path.strip_suffix(b"/").unwrap_or(path);
    #[cfg(unix)]
    let path: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(path);
    #[cfg(not(unix))]
    let path = String::from_utf8_lossy(path).into_owned();
    root.join(path)
}

/// Whether a walk of the file system meets a file of this name: it enters no linked directory.
fn is_met(path: &Path) -> bool {
    let parent = path.parent().unwrap_or(path);
    std::fs::canonicalize(parent).is_ok_and(|real| real == parent)
        && path.symlink_metadata().is_ok_and(|found| !found.is_dir())
}

/// Where git is asked.
#[derive(PartialEq, Eq, Debug)]
struct Repository {
    root: PathBuf,
    is_submodule: bool,
}

/// What tells git which repository to use, as hooks have it: that is not a submodule.
const OF_ONE_REPOSITORY: [&str; 6] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_PREFIX",
];

impl Repository {
    fn at(directory: &Path) -> Repository {
        Repository {
            root: directory.to_path_buf(),
            is_submodule: false,
        }
    }

    /// The command, with no network, nothing written, and no program of the repository's started.
    fn git(&self) -> Command {
        let mut command = Command::new("git");
        if self.is_submodule {
            for name in OF_ONE_REPOSITORY {
                command.env_remove(name);
            }
        }
        command
            .arg("-C")
            .arg(&self.root)
            .args(["-c", "core.fsmonitor=false"])
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C");
        command
    }

    /// What git prints.
    ///
    /// # Errors
    /// What it says instead.
    fn ask(&self, arguments: &[&str]) -> Result<Vec<u8>, String> {
        let output = self
            .git()
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| not_started(&error))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said: Vec<&str> = said.split_whitespace().collect();
        Err(match said.is_empty() {
            true => format!("`git {}` failed", arguments.join(" ")),
            false => format!("git says: {}", said.join(" ")),
        })
    }
}

fn not_started(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no `git` here to read the commit with".to_owned(),
        _ => format!("`git` could not be started: {error}"),
    }
}

fn line(output: &[u8]) -> String {
    String::from_utf8_lossy(output)
        .trim_end_matches(['\r', '\n'])
        .to_owned()
}

/// A process that hands over one object after the other.
struct Reader {
    process: Child,
    ask: ChildStdin,
    told: BufReader<ChildStdout>,
}

impl Reader {
    fn start(repository: &Repository) -> io::Result<Reader> {
        let mut process = repository
            .git()
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| io::Error::other(not_started(&error)))?;
        let ask = process.stdin.take().expect("it is a pipe");
        let told = process.stdout.take().expect("it is a pipe");
        Ok(Reader {
            process,
            ask,
            told: BufReader::new(told),
        })
    }

    /// A reader that has failed must not be asked again.
    fn read(&mut self, id: &str) -> io::Result<Vec<u8>> {
        writeln!(self.ask, "{id}")?;
        // `<id> blob <size>`, the bytes, and the end of a line.
        let mut header = String::new();
        self.told.read_line(&mut header)?;
        let mut words = header.trim_end().rsplit(' ');
        let size = words.next().and_then(|size| size.parse::<u64>().ok());
        let (Some(size), Some("blob")) = (size, words.next()) else {
            let missing = "it is not in this clone, which may be partial";
            return Err(io::Error::other(missing));
        };
        if size > MAX_FILE {
            return Err(io::Error::other("it is larger than 1 GiB"));
        }
        let mut bytes = vec![0; size as usize];
        self.told.read_exact(&mut bytes)?;
        self.told.read_exact(&mut [0])?;
        Ok(bytes)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // It has nothing more to do, and one that is in the middle of an object would not end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
