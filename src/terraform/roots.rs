//! Which directories are root modules, and which are modules that others call.

use super::Engine;
use super::inputs::is_values_file;
use super::module::{FileNames, MODULE, local_directory};
use super::scan::{BlockItem, Index};
use super::syntax::ExprKind;
use crate::source::{Directory, File, SourceMap};
use foldhash::HashSet;
use memchr::memmem::Finder;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

/// A root module: one unit of work.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Root {
    directory: Directory,
}

impl Root {
    /// The root module in a directory, which is absolute.
    pub fn new(directory: impl Into<Directory>) -> Root {
        let directory = directory.into();
        Root { directory }
    }

    /// Absolute.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }
}

/// A directory of configuration with what tells whether it is a root or a module that is only
/// called.
pub struct Surveyed {
    directory: Directory,
    /// Directories of local calls, this one itself left out.
    calls: Vec<Directory>,
    /// It has a backend or files of values, or the command line names it: whoever calls it, it is
    /// a root too.
    is_certain: bool,
}

impl Surveyed {
    /// The root module that it certainly is, whoever calls it.
    pub fn certain_root(&self) -> Option<Root> {
        self.is_certain.then(|| self.root())
    }

    /// Whether it looks like a module that others call: it takes variables, and has neither values
    /// for them nor a provider or backend of its own. `directory` is named, so it is certain.
    pub fn looks_called(sources: &SourceMap, directory: &Path, engine: Engine) -> bool {
        let entries = sources.list(directory).unwrap_or_default();
        if entries.iter().any(|entry| is_values_file(&entry.name)) {
            return false;
        }
        let names = entries.iter().filter(|entry| !entry.directory);
        let names = FileNames::of(names.map(|entry| entry.name.as_str()), engine).read;
        let mut takes_variables = false;
        let files = names.iter();
        for file in files.filter_map(|name| sources.open(&directory.join(&name.name)).ok()) {
            for block in Index::of(&file).iter().flat_map(|index| &index.blocks) {
                match &*block.kind.text {
                    "provider" => return false,
                    "terraform" if has_backend(&file, block) => return false,
                    "variable" => takes_variables = true,
                    _ => {}
                }
            }
        }
        takes_variables
    }

    fn root(&self) -> Root {
        Root::new(self.directory.clone())
    }
}

/// Reads what matters here of one directory. What can't be read is said when the unit is loaded.
/// Nothing for a directory that `terraform init` has made.
pub fn survey(
    sources: &SourceMap,
    directory: &Path,
    is_named: bool,
    engine: Engine,
) -> Option<Surveyed> {
    let mut parts = directory.components();
    if parts.any(|part| part.as_os_str() == ".terraform") {
        return None;
    }
    let mut surveyed = Surveyed {
        directory: directory.into(),
        calls: Vec::new(),
        is_certain: is_named,
    };
    let entries = sources.list(directory).unwrap_or_default();
    let names = entries.iter().filter(|entry| !entry.directory);
    let names = names.map(|entry| entry.name.as_str());
    surveyed.is_certain |= names.clone().any(is_values_file);
    for name in FileNames::of(names, engine).read {
        if let Ok(file) = sources.open(&directory.join(&name.name)) {
            surveyed.add_file(&file);
        }
    }
    let Surveyed {
        directory, calls, ..
    } = &mut surveyed;
    calls.retain(|called| called != directory);
    Some(surveyed)
}

/// The roots among the directories that are not certain to be: those that no other directory
/// calls. What is left over calls itself in a circle; the first of each circle is a root too,
/// so that nothing goes unread.
pub fn uncalled(surveyed: &[Surveyed]) -> Vec<Root> {
    let surveyed: BTreeMap<&Directory, &Surveyed> = surveyed
        .iter()
        .map(|surveyed| (&surveyed.directory, surveyed))
        .collect();
    let called: HashSet<&Directory> = surveyed
        .values()
        .flat_map(|surveyed| &surveyed.calls)
        .collect();
    let mut roots = Vec::new();
    let mut reached = HashSet::default();
    for (directory, at) in &surveyed {
        if at.is_certain {
            reach(directory, &surveyed, &mut reached);
        } else if !called.contains(directory) {
            roots.push(at.root());
            reach(directory, &surveyed, &mut reached);
        }
    }
    for (directory, at) in &surveyed {
        if !reached.contains(directory) {
            roots.push(at.root());
            reach(directory, &surveyed, &mut reached);
        }
    }
    roots
}

/// The roots among `surveyed` whose calls lead to one of the `called` directories.
pub fn callers(surveyed: &[Surveyed], called: &BTreeSet<Directory>) -> Vec<Root> {
    let by_directory: BTreeMap<&Directory, &Surveyed> = surveyed
        .iter()
        .map(|surveyed| (&surveyed.directory, surveyed))
        .collect();
    let certain = surveyed.iter().filter_map(Surveyed::certain_root);
    let leads_there = |root: &Root| {
        let mut reached = HashSet::default();
        reach(root.directory(), &by_directory, &mut reached);
        let mut called = called.iter();
        called.any(|called| called != root.directory() && reached.contains(called))
    };
    let roots: BTreeSet<Root> = certain.chain(uncalled(surveyed)).collect();
    roots.into_iter().filter(leads_there).collect()
}

fn reach<'a>(
    from: &'a Directory,
    surveyed: &BTreeMap<&'a Directory, &'a Surveyed>,
    reached: &mut HashSet<&'a Directory>,
) {
    let mut waiting = vec![from];
    while let Some(directory) = waiting.pop() {
        if !reached.insert(directory) {
            continue;
        }
        if let Some(surveyed) = surveyed.get(directory) {
            waiting.extend(&surveyed.calls);
        }
    }
}

/// What every file is looked through for, made ready once.
static HERE: LazyLock<Finder> = LazyLock::new(|| Finder::new("./"));
static BACKEND: LazyLock<Finder> = LazyLock::new(|| Finder::new("backend"));
static CLOUD: LazyLock<Finder> = LazyLock::new(|| Finder::new("cloud"));

impl Surveyed {
    fn add_file(&mut self, file: &File) {
        let text = file.text().as_bytes();
        let holds = |word: &Finder| word.find(text).is_some();
        let calls = holds(&MODULE) && holds(&HERE);
        let backend = !self.is_certain && (holds(&BACKEND) || holds(&CLOUD));
        if !(calls || backend) {
            return;
        }
        for block in Index::of(file).iter().flat_map(|index| &index.blocks) {
            match &*block.kind.text {
                "module" => {
                    let called = local_call(&self.directory, file, block);
                    self.calls.extend(called);
                }
                "terraform" => self.is_certain |= has_backend(file, block),
                _ => {}
            }
        }
    }
}

fn local_call(directory: &Path, file: &File, block: &BlockItem) -> Option<Directory> {
    let attributes = &block.body(file).attributes;
    let source = attributes
        .iter()
        .find(|attribute| &*attribute.name.text == "source")?;
    match &source.parse(file).ok()?.kind {
        ExprKind::String(source) => local_directory(directory, source.as_str()),
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
