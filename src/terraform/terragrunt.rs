//! Terragrunt: which modules its files give values that are not read, which is told.

use super::module::local_directory;
use super::scan::{AttributeItem, BlockItem, Index};
use super::syntax::{ExprKind, TemplatePart};
use crate::finding::ProblemKind;
use crate::ledger::Gap;
use crate::source::{File, SourceMap, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What Terragrunt looks for in a directory.
pub const FILE_NAME: &str = "terragrunt.hcl";

/// A remark for each of some judged modules that files of Terragrunt give values.
pub fn unread_inputs(
    sources: &SourceMap,
    files: &BTreeSet<PathBuf>,
    judged: &BTreeSet<PathBuf>,
) -> Vec<Gap> {
    let mut inputs: BTreeMap<&Path, Vec<Span>> = BTreeMap::new();
    // What cannot be read gives nothing that anybody would miss here.
    for file in files.iter().filter_map(|path| sources.open(path).ok()) {
        let Some(deployment) = Deployment::of(sources, &file) else {
            continue;
        };
        let mut judged = judged.iter();
        if let Some(module) = judged.find(|module| deployment.source.is(module)) {
            inputs.entry(module).or_default().push(deployment.inputs);
        }
    }
    let remark = |(module, inputs): (&Path, Vec<Span>)| {
        let others = match inputs.len() - 1 {
            0 => String::new(),
            1 => ", and those of 1 other file".to_owned(),
            count => format!(", and those of {count} other files"),
        };
        let message = format!(
            "ecslint does not read the values that Terragrunt gives module `{}` here{others}, so \
             its variables were judged without them",
            sources.display(module)
        );
        let gap = Gap::new(ProblemKind::Note, message, *inputs.first()?);
        Some(gap.help(
            "`terragrunt plan --inputs-debug` writes them to `terragrunt-debug.tfvars.json`, which \
             `--var-file` and the environments of the configuration take",
        ))
    };
    inputs.into_iter().filter_map(remark).collect()
}

/// What one file deploys.
struct Deployment {
    source: Source,
    /// What gives values, or brings in a file that may.
    inputs: Span,
}

/// Where the module is.
enum Source {
    Directory(PathBuf),
    /// Below a directory that functions of Terragrunt tell.
    EndsWith(PathBuf),
}

impl Source {
    fn is(&self, module: &Path) -> bool {
        match self {
            Source::Directory(directory) => directory == module,
            Source::EndsWith(path) => module.ends_with(path),
        }
    }
}

impl Deployment {
    /// Nothing where a file gives no values, or to a module that is not in the tree.
    fn of(sources: &SourceMap, file: &File) -> Option<Deployment> {
        let index = Index::of(file)?;
        let inputs = argument(index, "inputs").map(|inputs| inputs.name.span);
        let include = || index.blocks("include").next().map(BlockItem::header);
        let inputs = inputs.or_else(include)?;
        let directory = file.path.parent()?;
        let mut blocks = index.blocks("terraform");
        let source = blocks.find_map(|block| argument(block.body(file), "source"));
        let source = match source {
            // The module beside it.
            None => Source::Directory(directory.to_path_buf()),
            Some(source) => match &source.parse(file).ok()?.kind {
                ExprKind::String(literal) => {
                    let path = plain(literal.as_str());
                    Source::Directory(local_directory(sources, directory, &path)?)
                }
                ExprKind::Template(template) => {
                    let Some(TemplatePart::Literal(end)) = template.parts.last() else {
                        return None;
                    };
                    // What climbs up starts somewhere that is not known.
                    let end = plain(end.as_str());
                    let end = end.rsplit("../").next()?.trim_matches('/');
                    (!end.is_empty()).then(|| Source::EndsWith(end.into()))?
                }
                _ => return None,
            },
        };
        Some(Deployment { source, inputs })
    }
}

fn argument<'i>(index: &'i Index, name: &str) -> Option<&'i AttributeItem> {
    let mut attributes = index.attributes.iter();
    attributes.find(|attribute| &*attribute.name.text == name)
}

/// A source as a path: `//` parts what is copied from the module in it.
fn plain(source: &str) -> String {
    let path = source.split('?').next().unwrap_or(source);
    path.replace("//", "/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::GapAt;
    use crate::source::Memory;

    /// The text that the remark about `/w/modules/app` is at, if there is one.
    fn remark(terragrunt: &str) -> Option<String> {
        let path = "/w/live/prod/app/terragrunt.hcl";
        let sources = SourceMap::new(Memory::new([(path, terragrunt)]), "/w");
        let judged = ["/w/modules/app", "/w/modules/db", "/w/live/prod/app"];
        let judged: BTreeSet<PathBuf> = judged.iter().map(PathBuf::from).collect();
        let gaps = unread_inputs(&sources, &BTreeSet::from([path.into()]), &judged);
        let gap = gaps.first()?;
        let GapAt::Span(span) = gap.at else {
            panic!("it has a place")
        };
        let module = gap.message.split('`').nth(1).unwrap_or_default();
        let text = sources.file(span.file).slice(span).to_owned();
        Some(format!("{module}: {text}"))
    }

    #[test]
    fn the_module_that_is_given_values_is_found() {
        let source = |source: &str| {
            remark(&format!(
                "terraform {{\n  source = \"{source}\"\n}}\ninputs = {{\n  user = \"0\"\n}}\n"
            ))
        };
        let app = Some("modules/app: inputs".to_owned());
        assert_eq!(source("../../../modules/app"), app);
        assert_eq!(source("../../../modules//app?ref=v1"), app);
        assert_eq!(source("${get_repo_root()}/modules//app"), app);
        assert_eq!(
            source("${dirname(find_in_parent_folders())}/../modules//app"),
            app
        );
        assert_eq!(source("git::https://example.com/modules.git//app"), None);
        assert_eq!(source("tfr:///a/b/aws?version=1.0.0"), None);
        assert_eq!(source("${local.source}"), None);
        assert_eq!(
            remark("include \"root\" {\n  path = find_in_parent_folders()\n}\n").as_deref(),
            Some("live/prod/app: include \"root\"")
        );
        assert_eq!(remark("remote_state {\n  backend = \"s3\"\n}\n"), None);
    }
}
