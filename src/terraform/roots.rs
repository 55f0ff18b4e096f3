//! Which directories are root modules, and which are modules that others call.

use super::inputs::is_values_file;
use super::module::{FileName, local_directory};
use super::scan::{BlockItem, Index};
use super::syntax::ExprKind;
use crate::source::{File, SourceMap};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A root module: one unit of work.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Root {
    directory: PathBuf,
}

impl Root {
    pub fn new(directory: PathBuf) -> Root {
        Root { directory }
    }

    /// Absolute.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

/// What tells a root from a module that is only called.
#[derive(Default)]
struct Survey {
    /// Directories of local calls, this one itself left out.
    calls: Vec<PathBuf>,
    /// Has a backend, or files that give values.
    is_configured: bool,
}

/// Finds the roots among directories that hold configuration: those that no other of them calls,
/// and of the called ones those that have a backend or files of values, or that are `named`. What
/// is left over calls itself in a circle; the first of each circle is a root too, so that
/// nothing goes unread.
pub fn find(
    sources: &SourceMap,
    directories: &BTreeSet<PathBuf>,
    named: &BTreeSet<PathBuf>,
) -> Vec<Root> {
    let own: Vec<&PathBuf> = directories
        .iter()
        .filter(|directory| {
            !directory
                .components()
                .any(|part| part.as_os_str() == ".terraform")
        })
        .collect();
    let surveys: BTreeMap<&Path, Survey> = own
        .par_iter()
        .map(|directory| (directory.as_path(), survey(sources, directory)))
        .collect();
    let called: BTreeSet<&Path> = surveys
        .values()
        .flat_map(|survey| survey.calls.iter().map(PathBuf::as_path))
        .collect();
    let mut roots: BTreeSet<&Path> = surveys
        .iter()
        .filter(|(directory, survey)| {
            !called.contains(*directory) || survey.is_configured || named.contains(**directory)
        })
        .map(|(directory, _)| *directory)
        .collect();
    let mut reached = BTreeSet::new();
    for root in &roots {
        reach(root, &surveys, &mut reached);
    }
    for directory in surveys.keys() {
        if !reached.contains(directory) {
            roots.insert(directory);
            reach(directory, &surveys, &mut reached);
        }
    }
    roots
        .into_iter()
        .map(|directory| Root::new(directory.to_path_buf()))
        .collect()
}

fn reach<'a>(
    from: &'a Path,
    surveys: &'a BTreeMap<&Path, Survey>,
    reached: &mut BTreeSet<&'a Path>,
) {
    let mut waiting = vec![from];
    while let Some(directory) = waiting.pop() {
        if !reached.insert(directory) {
            continue;
        }
        if let Some(survey) = surveys.get(directory) {
            waiting.extend(survey.calls.iter().map(PathBuf::as_path));
        }
    }
}

/// Reads what matters here of one directory. What can't be read is said when the unit is loaded.
fn survey(sources: &SourceMap, directory: &Path) -> Survey {
    let mut survey = Survey::default();
    for entry in sources.list(directory).unwrap_or_default() {
        if entry.directory {
            continue;
        }
        survey.is_configured |= is_values_file(&entry.name);
        let Some(name) = FileName::of(&entry.name) else {
            continue;
        };
        let Ok(file) = sources.open(&directory.join(&name.name)) else {
            continue;
        };
        let holds = |word: &str| memchr::memmem::find(file.text().as_bytes(), word.as_bytes());
        let calls = holds("module").is_some() && holds("./").is_some();
        let backend = holds("backend").is_some() || holds("cloud").is_some();
        if !(calls || backend) {
            continue;
        }
        for block in Index::of(&file).iter().flat_map(|index| &index.blocks) {
            match &*block.kind.text {
                "module" => survey
                    .calls
                    .extend(local_call(sources, directory, &file, block)),
                "terraform" => survey.is_configured |= has_backend(&file, block),
                _ => {}
            }
        }
    }
    survey.calls.retain(|called| called != directory);
    survey
}

fn local_call(
    sources: &SourceMap,
    directory: &Path,
    file: &File,
    block: &BlockItem,
) -> Option<PathBuf> {
    let attributes = &block.body(file).attributes;
    let source = attributes
        .iter()
        .find(|attribute| &*attribute.name.text == "source")?;
    match &source.parse(file).ok()?.kind {
        ExprKind::String(source) => local_directory(sources, directory, source.as_str()),
        _ => None,
    }
}

fn has_backend(file: &File, block: &BlockItem) -> bool {
    let mut kinds = block
        .body(file)
        .blocks
        .iter()
        .map(|inner| &*inner.kind.text);
    kinds.any(|kind| matches!(kind, "backend" | "cloud"))
}
