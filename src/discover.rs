//! Paths and patterns to what may hold units of work.
//!
//! Nothing is read here but names: which file is a template, and which directory a root module,
//! is told by content, in parallel, when the candidates are opened.

use crate::config::suggest;
use crate::source::{EntryKind, SourceMap};
use crate::terraform::{is_values_file, terragrunt};
use foldhash::HashSet;
use ignore::{WalkBuilder, WalkState};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, mpsc};

/// What was found below the paths of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    /// Directories that hold Terraform configuration files.
    pub modules: HashSet<PathBuf>,
    /// The one that was added last: a walk meets the files of a directory together.
    last_module: PathBuf,
    /// Those of them that the command line names.
    pub named_modules: BTreeSet<PathBuf>,
    /// Those of the named ones of which only a file is named.
    pub modules_of_files: BTreeSet<PathBuf>,
    /// Files that may be templates or API JSON by their name.
    pub files: BTreeSet<PathBuf>,
    /// Files that the command line names: each must turn out to be something.
    pub named_files: BTreeSet<PathBuf>,
    /// Named files that Terraform may read by their names: the modules that do are meant.
    pub read_files: BTreeSet<PathBuf>,
    /// Named files of values that Terraform does not read by itself.
    pub given_values: BTreeSet<PathBuf>,
    /// Files of Terragrunt, which may give modules values.
    pub terragrunt: BTreeSet<PathBuf>,
    /// What is wrong with paths at which there is nothing.
    pub missing: Vec<UsageError>,
    /// Paths that could not be walked, with the reason.
    pub unreadable: Vec<(PathBuf, String)>,
}

impl Candidates {
    /// Takes back a named file of values: it is of units elsewhere. Where it lies beside a module,
    /// that stays.
    pub fn forget_file(&mut self, sources: &SourceMap, file: &Path) {
        self.files.remove(file);
        self.named_files.remove(file);
        self.read_files.remove(file);
        self.given_values.remove(file);
        if let Some(module) = file.parent()
            && !holds_terraform(sources, module)
        {
            self.modules.remove(module);
            self.named_modules.remove(module);
            self.modules_of_files.remove(module);
        }
    }

    /// Adds the module that a named file belongs to.
    pub fn name_module(&mut self, directory: PathBuf) {
        self.modules.insert(directory.clone());
        self.named_modules.insert(directory.clone());
        self.modules_of_files.insert(directory);
    }

    /// Names what the configuration says to judge on its own.
    fn name_units(&mut self, scope: &Scope) {
        let modules = self.modules.iter().filter(|path| scope.is_unit(path));
        self.named_modules.extend(modules.cloned());
        let files = self.files.iter().filter(|path| scope.is_unit(path));
        self.named_files.extend(files.cloned());
    }

    /// Adds a named file that must turn out to be a document.
    pub fn name_itself(&mut self, path: &Path) {
        self.files.insert(path.to_path_buf());
        self.named_files.insert(path.to_path_buf());
    }
}

/// Where the callers of a module are looked for: the root of its repository, else the working
/// directory if it lies below that.
pub fn around(sources: &SourceMap, directory: &Path) -> Option<PathBuf> {
    let repository = directory
        .ancestors()
        .find(|above| sources.kind(&above.join(".git")).is_some());
    let working = sources.working_directory();
    let working = directory.starts_with(working).then_some(working);
    repository.or(working).map(Path::to_path_buf)
}

/// A path argument that means nothing: exit code 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageError(pub String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// What the configuration says of paths, by patterns that are relative to its directory.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub root: PathBuf,
    /// What is looked at when directories are walked; empty: all.
    pub include: Vec<glob::Pattern>,
    /// What is passed over when directories are walked.
    pub exclude: Vec<glob::Pattern>,
    /// What is judged as if the command line named it.
    pub units: Vec<glob::Pattern>,
}

impl Scope {
    /// Whether a path, or a directory that it is in, is looked at.
    fn includes(&self, path: &Path) -> bool {
        let mut around = path.ancestors();
        self.include.is_empty() || around.any(|path| self.matches(&self.include, path))
    }

    fn excludes(&self, path: &Path) -> bool {
        !self.exclude.is_empty() && path != self.root && self.matches(&self.exclude, path)
    }

    fn is_unit(&self, path: &Path) -> bool {
        self.matches(&self.units, path)
    }

    fn matches(&self, patterns: &[glob::Pattern], path: &Path) -> bool {
        let options = glob::MatchOptions {
            require_literal_separator: true,
            ..glob::MatchOptions::new()
        };
        let Ok(relative) = path.strip_prefix(&self.root) else {
            return false;
        };
        // The directory itself is `.`.
        let here = relative.as_os_str().is_empty();
        let relative = if here { Path::new(".") } else { relative };
        let mut patterns = patterns.iter();
        patterns.any(|pattern| pattern.matches_path_with(relative, options))
    }
}

/// Looks at every file below some directories that is Terraform's by its name and, where
/// `documents` are wanted, at those that may be templates: on all threads of the walk, so that
/// nothing waits for its end. Gives what `look` makes of them, in no order.
pub fn look_at_files<T: Send>(
    sources: &SourceMap,
    directories: &BTreeSet<PathBuf>,
    scope: &Scope,
    documents: bool,
    look: impl Fn(PathBuf) -> T + Sync,
) -> Vec<T> {
    let is_wanted = |path: &Path| {
        let name = &file_name(path);
        is_terraform(name) || (documents && is_document(name) && scope.includes(path))
    };
    let is_inner = |path: &Path| {
        let mut above = path.ancestors().skip(1);
        above.any(|above| directories.contains(above))
    };
    let mut found = Vec::new();
    for directory in directories.iter().filter(|path| !is_inner(path)) {
        let (send, walked) = mpsc::channel();
        // As many threads as there are cores: they read, and not only walk.
        walker(directory, scope)
            .threads(0)
            .build_parallel()
            .run(|| {
                let send = send.clone();
                let (is_wanted, look) = (&is_wanted, &look);
                Box::new(move |entry| {
                    // What cannot be walked is told where it is asked for.
                    if let Ok(entry) = entry
                        && entry.file_type().is_some_and(|kind| !kind.is_dir())
                        && is_wanted(entry.path())
                        && !sources.hides(entry.path())
                    {
                        // The receiver outlives the walk.
                        let _ = send.send(look(entry.into_path()));
                    }
                    WalkState::Continue
                })
            });
        drop(send);
        found.extend(walked);
        let added = added(sources, directory, scope);
        found.extend(added.filter(|path| is_wanted(path)).cloned().map(&look));
    }
    found
}

/// Finds the candidates below the paths of the command line: directories, files, and patterns on
/// shells that do not expand them.
///
/// # Errors
/// What is not a pattern.
pub fn discover(
    sources: &SourceMap,
    paths: &[PathBuf],
    scope: &Scope,
) -> Result<Candidates, UsageError> {
    let mut found = Candidates::default();
    for path in paths {
        match sources.kind(path) {
            Some(EntryKind::Directory) => {
                let directory = sources.absolute(path);
                walk(sources, &directory, scope, &mut found);
                if found.modules.contains(&directory) {
                    found.named_modules.insert(directory);
                }
            }
            Some(EntryKind::File) => named_file(sources, &sources.absolute(path), &mut found),
            None => expand(sources, path, scope, &mut found)?,
        }
    }
    found.name_units(scope);
    Ok(found)
}

/// A pattern that the shell has left as it is.
fn expand(
    sources: &SourceMap,
    path: &Path,
    scope: &Scope,
    found: &mut Candidates,
) -> Result<(), UsageError> {
    let text = path.to_string_lossy();
    let missing = format!("there is nothing at `{text}`");
    if !text.contains(['*', '?', '[']) {
        let missing = match near(sources, &sources.absolute(path)) {
            Some(near) => format!("{missing}: did you mean `{}`?", sources.display(&near)),
            None => missing,
        };
        found.missing.push(UsageError(missing));
        return Ok(());
    }
    let absolute = sources.absolute(path);
    let faulty =
        |error: glob::PatternError| UsageError(format!("`{text}` is not a pattern: {}", error.msg));
    let matches = glob::glob(&absolute.to_string_lossy()).map_err(faulty)?;
    let mut matches: Vec<PathBuf> = matches.flatten().collect();
    matches.retain(|path| !sources.hides(path));
    if !sources.adds().is_empty() {
        let pattern = glob::Pattern::new(&absolute.to_string_lossy()).map_err(faulty)?;
        let added = sources.adds().iter();
        let above = added.flat_map(|path| path.ancestors());
        let above: BTreeSet<&Path> = above.filter(|path| pattern.matches_path(path)).collect();
        matches.extend(above.into_iter().map(Path::to_path_buf));
    }
    if matches.is_empty() {
        found.missing.push(UsageError(missing));
    }
    for path in matches {
        if sources.kind(&path) == Some(EntryKind::Directory) {
            walk(sources, &path, scope, found);
        } else if scope.includes(&path) && !scope.excludes(&path) {
            classify(&path, found);
        }
    }
    Ok(())
}

/// What may have been meant by a path at which there is nothing: the first name on the way that is
/// not there is taken for one that is.
fn near(sources: &SourceMap, path: &Path) -> Option<PathBuf> {
    let (above, below) =
        path.ancestors()
            .zip(path.ancestors().skip(1))
            .find_map(|(path, above)| {
                let is_directory = sources.kind(above) == Some(EntryKind::Directory);
                is_directory.then_some((above, path))
            })?;
    let entries = sources.list(above).ok()?;
    let names = entries.iter().map(|entry| entry.name.as_str());
    let near = above.join(suggest(&file_name(below), names)?);
    let rest = path.strip_prefix(below).ok()?;
    let whole = match rest.as_os_str().is_empty() {
        true => near.clone(),
        false => near.join(rest),
    };
    Some(if sources.kind(&whole).is_some() {
        whole
    } else {
        near
    })
}

/// A file that the command line names means the units that it belongs to: a Terraform file its
/// module, a file of values the module beside or above it, a document itself, and each but the
/// first the modules that read it.
fn named_file(sources: &SourceMap, path: &Path, found: &mut Candidates) {
    let name = &*file_name(path);
    if is_terraform(name) {
        let directory = path.parent().map(Path::to_path_buf);
        directory.into_iter().for_each(|one| found.name_module(one));
        return;
    }
    if is_values(name) {
        if !is_values_file(name) {
            found.given_values.insert(path.to_path_buf());
        }
        match module_above(sources, path) {
            Some(directory) => found.name_module(directory),
            None => found.name_itself(path),
        }
        return;
    }
    if name == terragrunt::FILE_NAME {
        found.terragrunt.insert(path.to_path_buf());
    }
    found.read_files.insert(path.to_path_buf());
    if is_document(name) {
        found.name_itself(path);
    }
}

/// The directory of Terraform configuration in which or below which a file lies, in its
/// repository.
pub fn module_above(sources: &SourceMap, path: &Path) -> Option<PathBuf> {
    for directory in path.ancestors().skip(1) {
        if holds_terraform(sources, directory) {
            return Some(directory.to_path_buf());
        }
        if sources.kind(&directory.join(".git")).is_some() {
            break;
        }
    }
    None
}

/// Whether files of Terraform lie in a directory.
pub fn holds_terraform(sources: &SourceMap, directory: &Path) -> bool {
    sources.list(directory).is_ok_and(|entries| {
        entries
            .iter()
            .any(|entry| !entry.directory && is_terraform(&entry.name))
    })
}

/// Entries of a tree that is walked before threads for it have started.
const SMALL_TREE: usize = 500;

/// Walks a directory as git sees it. Symbolic links are not followed to directories, so that no
/// tree is walked twice or for ever; a linked file counts.
fn walk(sources: &SourceMap, directory: &Path, scope: &Scope, found: &mut Candidates) {
    for path in added(sources, directory, scope).filter(|path| scope.includes(path)) {
        classify(path, found);
    }
    if !sources.adds().is_empty() && !directory.is_dir() {
        return;
    }
    let walk = walker(directory, scope);
    let mut entries = walk.build();
    let mut small = Candidates::default();
    for entry in entries.by_ref().take(SMALL_TREE) {
        small.add_entry(sources, entry, scope);
    }
    if entries.next().is_none() {
        found.extend(small);
    } else {
        let shared = Mutex::new(&mut *found);
        walk.build_parallel().run(|| {
            // Each thread gathers its own and adds them when it ends.
            let mut gathered = Gathered {
                own: Candidates::default(),
                all: &shared,
            };
            Box::new(move |entry| {
                gathered.own.add_entry(sources, entry, scope);
                WalkState::Continue
            })
        });
    }
    found.unreadable.sort();
    found.unreadable.dedup();
}

fn walker(directory: &Path, scope: &Scope) -> WalkBuilder {
    let skip = scope.clone();
    let mut walk = WalkBuilder::new(directory);
    walk.hidden(false).threads(2).filter_entry(move |entry| {
        let passed_over = entry.depth() > 0 && is_passed_over(entry.file_name());
        !passed_over && !skip.excludes(entry.path())
    });
    walk
}

/// Directories of git, Terraform and Terragrunt themselves.
fn is_passed_over(name: &OsStr) -> bool {
    name == ".git" || name == ".terraform" || name == ".terragrunt-cache"
}

/// The files below a directory that no walk of the file system meets.
fn added<'a>(
    sources: &'a SourceMap,
    directory: &'a Path,
    scope: &'a Scope,
) -> impl Iterator<Item = &'a PathBuf> {
    sources.adds().iter().filter(move |path| {
        let Ok(below) = path.strip_prefix(directory) else {
            return false;
        };
        let mut parts = below.iter();
        let mut above = path.ancestors().take(below.iter().count());
        !parts.any(is_passed_over) && !above.any(|above| scope.excludes(above))
    })
}

impl Candidates {
    fn add_entry(
        &mut self,
        sources: &SourceMap,
        entry: Result<ignore::DirEntry, ignore::Error>,
        scope: &Scope,
    ) {
        match entry {
            Ok(entry) => {
                let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
                let path = entry.path();
                if !is_directory && scope.includes(path) && !sources.hides(path) {
                    classify(entry.path(), self);
                }
            }
            Err(error) => self.unreadable.push(describe(&error)),
        }
    }

    fn extend(&mut self, walked: Candidates) {
        self.modules.extend(walked.modules);
        self.files.extend(walked.files);
        self.terragrunt.extend(walked.terragrunt);
        self.unreadable.extend(walked.unreadable);
    }
}

struct Gathered<'a, 'b> {
    own: Candidates,
    all: &'a Mutex<&'b mut Candidates>,
}

impl Drop for Gathered<'_, '_> {
    fn drop(&mut self) {
        let own = std::mem::take(&mut self.own);
        let mut all = self
            .all
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        all.extend(own);
    }
}

fn describe(error: &ignore::Error) -> (PathBuf, String) {
    match error {
        ignore::Error::WithPath { path, err } => (path.clone(), describe(err).1),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            describe(err)
        }
        _ => match error.io_error() {
            Some(io) => (PathBuf::new(), io.to_string()),
            None => (PathBuf::new(), error.to_string()),
        },
    }
}

fn classify(path: &Path, found: &mut Candidates) {
    let name = &*file_name(path);
    if is_terraform(name) {
        if let Some(directory) = path.parent()
            && found.last_module.as_os_str() != directory.as_os_str()
        {
            found.last_module = directory.to_path_buf();
            found.modules.insert(directory.to_path_buf());
        }
    } else if is_document(name) {
        found.files.insert(path.to_path_buf());
    } else if name == terragrunt::FILE_NAME {
        found.terragrunt.insert(path.to_path_buf());
    }
}

/// Whether walks look for files of this name.
pub fn is_candidate(path: &Path) -> bool {
    let name = &*file_name(path);
    is_terraform(name) || is_document(name) || name == terragrunt::FILE_NAME
}

/// The last part of a path; empty where it has none.
pub fn file_name(path: &Path) -> Cow<'_, str> {
    path.file_name()
        .map_or(Cow::Borrowed(""), OsStr::to_string_lossy)
}

/// Whether Terraform or OpenTofu reads a file of this name as configuration. Editors' own files
/// (`.x.tf`, `#x.tf#`, `x.tf~`) are not.
pub fn is_terraform(name: &str) -> bool {
    let endings = [".tf", ".tf.json", ".tofu", ".tofu.json"];
    endings.iter().any(|ending| name.ends_with(ending)) && !name.starts_with('.')
}

fn is_values(name: &str) -> bool {
    name.ends_with(".tfvars") || name.ends_with(".tfvars.json")
}

/// Whether a file of this name may be a CloudFormation template or JSON of the ECS API. Emacs's lock
/// of a file that is edited is none: a link that leads nowhere.
fn is_document(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or("");
    let lower = ending.to_ascii_lowercase();
    matches!(
        lower.as_str(),
        "yaml" | "yml" | "json" | "template" | "cfn" | "cform" | "sam"
    ) && !is_values(name)
        && !name.starts_with(".#")
}

#[cfg(test)]
mod tests;
