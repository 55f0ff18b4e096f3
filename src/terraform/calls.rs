//! Where module calls lead, and which modules a root reaches through them.

use super::installed::Manifest;
use super::library::Library;
use super::module::{Declaration, Module, call_source, call_version, local_directory};
use super::syntax::Name;
use super::{Options, registry};
use crate::finding::ProblemKind;
use crate::ledger::Gap;
use crate::source::{Directory, SourceMap, Span};
use foldhash::{HashMap, HashSet};
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

/// Where a call leads.
pub enum Called {
    Directory(Directory),
    /// Where `terraform init` of the root module has put it.
    Installed(Directory),
    NotRead(NotRead),
}

/// Why nothing of a called module was read.
pub struct NotRead {
    pub reason: String,
    /// Of the source, where there is one.
    pub span: Option<Span>,
    pub source: Option<Arc<str>>,
    /// What mends it, where the source is a literal.
    pub remedy: String,
}

impl NotRead {
    /// A directory that is there and holds nothing, as that of a submodule which git has yet to fill.
    fn empty(sources: &SourceMap, directory: &Path, call: &Declaration) -> NotRead {
        let source = call_source(call.body());
        let shown = sources.display(directory);
        NotRead {
            reason: format!("there is no Terraform in `{shown}`"),
            span: source.as_ref().map(|(_, span)| *span),
            source: source.map(|(source, _)| source),
            remedy: "correct the path, or run `git submodule update --init` if it is a submodule"
                .to_owned(),
        }
    }
}

/// Where a call leads. `path` is the names of the calls from the root to it.
pub fn resolve(
    sources: &SourceMap,
    manifest: &Manifest,
    caller: &Path,
    path: &str,
    declaration: &Declaration,
) -> Called {
    if let Some(directory) = declaration.local_module(sources, caller) {
        return Called::Directory(directory.clone());
    }
    let body = declaration.body();
    let Some((source, span)) = call_source(body) else {
        return Called::NotRead(NotRead {
            reason: "its `source` is not a literal string".to_owned(),
            span: body.argument("source").map(|source| source.span),
            source: None,
            remedy: String::new(),
        });
    };
    let not_read = |reason: String, remedy: String| {
        Called::NotRead(NotRead {
            reason,
            span: Some(span),
            source: Some(source.clone()),
            remedy,
        })
    };
    if let Some(directory) = local_directory(caller, &source) {
        let reason = format!("there is no directory `{}`", sources.display(&directory));
        let from = sources.display(caller);
        let remedy = format!("correct the path, which starts in `{from}`");
        return not_read(reason, remedy);
    }
    let not_installed = |reason: String| {
        let reason = format!("{reason} (`terraform init` puts it there)");
        not_read(reason, "run `terraform init`".to_owned())
    };
    match manifest.modules.get(path) {
        Some((directory, installed)) => {
            if let Some(reason) = installed.is_not(&source, call_version(body).as_deref()) {
                return not_installed(reason);
            }
            if sources.is_directory(directory) {
                return Called::Installed(directory.clone());
            }
            let shown = sources.display(directory);
            not_installed(format!("there is no directory `{shown}`"))
        }
        None if sources.is_directory(&sources.absolute(&caller.join(&*source))) => not_read(
            "a source without `./` or `../` at its start is no directory of the project".to_owned(),
            format!("write `./{source}` if that directory is meant"),
        ),
        None => not_installed("its source is not on disk".to_owned()),
    }
}

/// What the modules that a root reaches hold, told from their blocks alone: nothing is evaluated.
pub struct Reached {
    pub modules: HashMap<Directory, Arc<Module>>,
    /// Directories of modules in which task definitions are, or which call such modules.
    pub holding: HashSet<Directory>,
    pub manifest: Manifest,
    pub gaps: Vec<Gap>,
}

impl Reached {
    /// Follows the calls of a root module, and those of the modules that they lead to.
    pub fn from(library: &Library, root: &Arc<Module>, options: &Options) -> Reached {
        let sources = &library.sources;
        let (manifest, gap) = match root.calls.is_empty() {
            true => (Manifest::default(), None),
            false => Manifest::read(sources, &root.directory),
        };
        let mut reached = Reached {
            modules: HashMap::from_iter([(root.directory.clone(), root.clone())]),
            holding: HashSet::default(),
            manifest,
            gaps: gap.into_iter().collect(),
        };
        let mut callers: HashMap<Directory, Vec<Directory>> = HashMap::default();
        let mut calls: HashMap<Directory, Vec<(Directory, Name)>> = HashMap::default();
        let mut waiting = vec![(root.clone(), String::new())];
        while let Some((module, path)) = waiting.pop() {
            for declaration in module.calls.iter() {
                let name = &declaration.name.text;
                let path = match &*path {
                    "" => name.to_string(),
                    path => format!("{path}.{name}"),
                };
                let Some(directory) = reached.follow(sources, &module, declaration, &path, options)
                else {
                    continue;
                };
                let from = module.directory.clone();
                callers
                    .entry(directory.clone())
                    .or_default()
                    .push(from.clone());
                let call = (directory.clone(), declaration.name.clone());
                calls.entry(from).or_default().push(call);
                if !reached.modules.contains_key(&directory) {
                    let called = library.called(&directory);
                    reached.gaps.extend(called.gaps.iter().cloned());
                    if called.is_empty() {
                        let missing = NotRead::empty(sources, &directory, declaration);
                        reached.miss(&declaration.name, missing, options);
                    }
                    reached.modules.insert(directory, called.clone());
                    waiting.push((called, path));
                }
            }
        }
        // From the modules that declare task definitions up to all that call them.
        let declaring = reached.modules.values();
        let mut waiting: Vec<Directory> = declaring
            .filter(|module| module.declares_task_definitions())
            .map(|module| module.directory.clone())
            .collect();
        while let Some(directory) = waiting.pop() {
            if let Some(callers) = callers.get(&directory) {
                waiting.extend(
                    callers
                        .iter()
                        .filter(|caller| !reached.holding.contains(*caller))
                        .cloned(),
                );
            }
            reached.holding.insert(directory);
        }
        reached.gaps.extend(circles(&root.directory, &calls));
        reached
    }

    /// Where a call leads; a gap where it leads nowhere and task definitions may be there.
    fn follow(
        &mut self,
        sources: &SourceMap,
        caller: &Module,
        declaration: &Declaration,
        path: &str,
        options: &Options,
    ) -> Option<Directory> {
        let (manifest, directory) = (&self.manifest, &caller.directory);
        match resolve(sources, manifest, directory, path, declaration) {
            Called::Directory(directory) | Called::Installed(directory) => Some(directory),
            Called::NotRead(missing) => {
                self.miss(&declaration.name, missing, options);
                None
            }
        }
    }

    /// Tells of a call that leads nowhere, unless it is known that no task definitions are there.
    fn miss(&mut self, call: &Name, missing: NotRead, options: &Options) {
        let NotRead {
            reason,
            span,
            source,
            remedy,
        } = missing;
        let message = format!(
            "module `{}` was not read: {reason}, so its task definitions were not checked",
            call.text
        );
        let gap = Gap::new(
            ProblemKind::ModuleNotRead,
            message,
            span.unwrap_or(call.span),
        );
        let Some(source) = source else {
            self.gaps.push(gap);
            return;
        };
        let mut patterns = options.no_task_definitions.iter();
        let is_configured = patterns.any(|pattern| pattern.matches(&source));
        if !is_configured && !registry::holds_no_task_definitions(&source) {
            self.gaps.push(gap.help(format!(
                "{remedy}, or add `{source}` to `modules.no-task-definitions` in the configuration \
                 if it holds none"
            )));
        }
    }
}

/// The calls that lead back into a module that leads to them.
fn circles(root: &Directory, calls: &HashMap<Directory, Vec<(Directory, Name)>>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut done: HashSet<&OsStr> = HashSet::default();
    // The modules from the root to here, each with the call to look at next.
    let mut way: Vec<(&Directory, usize)> = vec![(root, 0)];
    while let Some((directory, next)) = way.last_mut() {
        let call = calls.get(*directory).and_then(|calls| calls.get(*next));
        *next += 1;
        match call {
            None => {
                done.insert(directory.as_os_str());
                way.pop();
            }
            Some((called, name)) if way.iter().any(|(around, _)| *around == called) => {
                let message = format!(
                    "module `{}` calls itself, so what it calls there was not checked",
                    name.text
                );
                gaps.push(Gap::new(ProblemKind::Refused, message, name.span));
            }
            Some((called, _)) if done.contains(called.as_os_str()) => {}
            Some((called, _)) => way.push((called, 0)),
        }
    }
    gaps
}
