//! Who uses the files that the command line names: what they mean elsewhere in their repository.
//!
//! A file of a module means the root modules that call it, a file that Terraform may read the
//! modules that read it, and a file of values the units that the configuration deploys with it.
//! One walk and one search through the text of the configuration around them tell all of that; only
//! the few modules that may be concerned are surveyed.

use crate::discover::{self, Candidates};
use crate::environments::Opened;
use crate::finding::ProblemKind;
use crate::ledger::Gap;
use crate::source::{EntryKind, SourceMap};
use crate::terraform::{self, Mentions, Root, Surveyed};
use crate::{Request, environments};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Adds to what was found the modules that read named files and the templates that are deployed
/// with them, and returns the root modules to be judged besides. A module that others call is
/// judged through them alone, as it is when everything is.
pub fn find(
    sources: &SourceMap,
    request: &Request,
    environments: &Opened,
    paths: &[PathBuf],
    found: &mut Candidates,
) -> BTreeSet<Root> {
    let values = values(sources, environments, paths);
    for file in &values.files {
        found.forget_file(sources, file);
    }
    let engine = request.terraform.engine;
    let is_called = |directory: &&PathBuf| {
        !environments.names_root(directory) && Surveyed::looks_called(sources, directory, engine)
    };
    let read = std::mem::take(&mut found.read_files);
    let called = found.modules_of_files.iter().filter(is_called);
    let files = read.iter().filter_map(|file| file.parent());
    let around = called.map(PathBuf::as_path).chain(files);
    let around = around.filter_map(|directory| discover::around(sources, directory));
    let deployed = (!values.files.is_empty()).then(|| values.root().to_path_buf());
    let around: BTreeSet<PathBuf> = around.chain(deployed).collect();

    let search = terraform::Search::new(sources, &read);
    let look = |path: PathBuf| match discover::is_terraform(&discover::file_name(&path)) {
        true => Looked::Configuration(search.look_through(path)),
        false => Looked::Document(path),
    };
    let (wanted, scope) = (!values.files.is_empty(), &request.scope);
    let mut configuration = Vec::new();
    for one in discover::look_at_files(sources, &around, scope, wanted, look) {
        match one {
            Looked::Configuration(file) => configuration.push(file),
            Looked::Document(path) if values.has_template(&path) => _ = found.files.insert(path),
            Looked::Document(_) => {}
        }
    }
    let modules = configuration.iter().map(|one| &one.directory);
    let deployed = modules.filter(|directory| values.has_root(directory));
    let mut concerned: BTreeSet<PathBuf> = deployed.cloned().collect();
    let mentions: Mentions = configuration.into_iter().collect();
    name_readers(sources, &mentions, &read, found);

    let called = found.modules_of_files.iter().filter(is_called);
    let called: BTreeSet<PathBuf> = called.cloned().collect();
    concerned.extend(called.iter().cloned());
    let surveyed = mentions.leading_to(&concerned);
    let surveyed = surveyed.par_iter().filter_map(|directory| {
        let is_named = environments.names_root(directory);
        terraform::survey(sources, directory, is_named, engine)
    });
    let surveyed: Vec<Surveyed> = surveyed.collect();

    let certain = surveyed.iter().filter_map(Surveyed::certain_root);
    let roots = certain.chain(terraform::uncalled(&surveyed));
    let mut roots: BTreeSet<Root> = roots
        .filter(|root| values.has_root(root.directory()))
        .collect();
    for directory in called {
        let callers = terraform::callers(&surveyed, &BTreeSet::from([directory.clone().into()]));
        if !callers.is_empty() {
            found.modules.remove(&directory);
        }
        roots.extend(callers);
    }
    roots.retain(|root| !found.modules.contains(&**root.directory()));
    roots
}

/// A file that may use a named one.
enum Looked<'a> {
    Configuration(terraform::Mention<'a>),
    Document(PathBuf),
}

/// The units that are deployed with named files.
fn values<'a>(
    sources: &SourceMap,
    environments: &Opened<'a>,
    paths: &[PathBuf],
) -> environments::Readers<'a> {
    let files = paths.iter().map(|path| sources.absolute(path));
    let files = files.filter(|path| sources.kind(path) == Some(EntryKind::File));
    environments.readers(&files.collect::<Vec<PathBuf>>())
}

/// Names the modules that read named files. A file that nothing reads means the module around it,
/// or must be something by itself.
fn name_readers(
    sources: &SourceMap,
    mentions: &Mentions,
    read: &BTreeSet<PathBuf>,
    found: &mut Candidates,
) {
    for file in read {
        let mut readers: Vec<PathBuf> = mentions.readers(file).cloned().collect();
        if readers.is_empty() && !found.named_files.contains(file) {
            readers.extend(discover::module_above(sources, file));
        }
        match readers.is_empty() {
            true => found.name_itself(file),
            // It may be a document besides, and need not be one.
            false => _ = found.named_files.remove(file),
        }
        readers.into_iter().for_each(|one| found.name_module(one));
    }
}

/// A remark for each named file of values that changes nothing.
pub fn unused_values(sources: &SourceMap, request: &Request, found: &Candidates) -> Vec<Gap> {
    let is_given = |file: &PathBuf| {
        let mut inputs = request.terraform.inputs.iter();
        inputs.any(|input| match input {
            terraform::Input::File(path) => sources.absolute(path) == *file,
            terraform::Input::Value { .. } | terraform::Input::Configured { .. } => false,
        })
    };
    let unused = found.given_values.iter().filter(|file| !is_given(file));
    let remark = |file: &PathBuf| {
        let message = "these values were not used: Terraform does not read this file by itself";
        let shown = sources.display(file);
        let help = format!("give it with `--var-file {shown}`");
        Gap::of_path(ProblemKind::Note, message, shown).help(help)
    };
    unused.map(remark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Memory;
    use crate::terraform::Engine;
    use std::path::Path;
    use std::sync::Arc;

    #[test]
    fn the_callers_of_a_called_module_are_found() {
        let task = "variable \"user\" { default = \"1000\" }\nresource \"aws_ecs_task_definition\" \"t\" {\n  family = \"t\"\n  network_mode = \"host\"\n  container_definitions = jsonencode([{ name = \"a\", image = \"a\", user = var.user }])\n}\n";
        let call =
            |user: &str| format!("module \"m\" {{\n  source = \"../m\"\n  user = \"{user}\"\n}}\n");
        let files = [
            ("/w/m/main.tf", task.to_owned()),
            ("/w/a/main.tf", call("root")),
            ("/w/b/main.tf", call("1000")),
            ("/w/c/main.tf", "locals { x = 1 }".to_owned()),
        ];
        let sources = Arc::new(SourceMap::new(Memory::new(files), "/w"));
        let mut all = BTreeSet::new();
        all.extend(["/w/a", "/w/b", "/w/c", "/w/m"].map(PathBuf::from));
        let surveyed: Vec<_> = all
            .iter()
            .filter_map(|directory| {
                terraform::survey(&sources, directory, false, Engine::Terraform)
            })
            .collect();
        let called = BTreeSet::from([PathBuf::from("/w/m").into()]);
        let callers = terraform::callers(&surveyed, &called);
        let shown: Vec<String> = callers
            .iter()
            .map(|root| sources.display(root.directory()))
            .collect();
        assert_eq!(shown, ["a", "b"]);
        assert!(terraform::Surveyed::looks_called(
            &sources,
            Path::new("/w/m"),
            Engine::Terraform,
        ));
        assert!(!terraform::Surveyed::looks_called(
            &sources,
            Path::new("/w/c"),
            Engine::Terraform,
        ));
    }
}
