//! Terragrunt: which modules its files deploy from elsewhere, and which they give values. Neither
//! is read, which is told.

use super::module::local_directory;
use super::registry;
use super::scan::{AttributeItem, BlockItem, Index};
use super::syntax::{ExprKind, TemplatePart};
use crate::discover::holds_terraform;
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
        let Some(given) = deployment.inputs else {
            continue;
        };
        let mut judged = judged.iter();
        if let Some(module) = judged.find(|module| deployment.source.is(module)) {
            inputs.entry(module).or_default().push(given);
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

/// A remark on the modules that files of Terragrunt deploy from elsewhere, unless these are known
/// to hold no task definitions, as the patterns have it or by themselves.
pub fn unread_modules(
    sources: &SourceMap,
    files: &BTreeSet<PathBuf>,
    without: &[glob::Pattern],
) -> Option<Gap> {
    let unread = files.iter().filter_map(|path| {
        let file = sources.open(path).ok()?;
        let Deployment { source, at, .. } = Deployment::of(sources, &file)?;
        match source {
            Source::Elsewhere(source) => {
                let source = source.strip_prefix("tfr:///").unwrap_or(&source);
                let source = source.split("?version=").next().unwrap_or(source);
                let is_known = registry::holds_no_task_definitions(source)
                    || without.iter().any(|pattern| pattern.matches(source));
                (!is_known).then_some(at)
            }
            Source::Directory(directory) => {
                // Of a module beside it, a file that is brought in may say that it is another.
                let is_there = path.starts_with(&directory) || holds_terraform(sources, &directory);
                (!is_there).then_some(at)
            }
            Source::EndsWith(_) | Source::Unknown => None,
        }
    });
    let unread: Vec<Span> = unread.collect();
    let others = match unread.len().saturating_sub(1) {
        0 => String::new(),
        1 => ", nor that of 1 other file".to_owned(),
        count => format!(", nor those of {count} other files"),
    };
    let message = format!(
        "ecslint does not read the module that Terragrunt deploys from elsewhere here{others}, so \
         its task definitions were not checked"
    );
    let gap = Gap::new(ProblemKind::Note, message, *unread.first()?);
    Some(gap.help(
        "Terragrunt puts it into `.terragrunt-cache`: name the directory there, or add the source \
         to `modules.no-task-definitions` in the configuration if it holds none",
    ))
}

/// What one file deploys.
struct Deployment {
    source: Source,
    /// Where that is said.
    at: Span,
    /// What gives values, or brings in a file that may.
    inputs: Option<Span>,
}

/// Where the module is.
enum Source {
    Directory(PathBuf),
    /// Below a directory that functions of Terragrunt tell.
    EndsWith(PathBuf),
    /// On no path: the source as it is written.
    Elsewhere(String),
    /// Terragrunt makes it of values.
    Unknown,
}

impl Source {
    fn is(&self, module: &Path) -> bool {
        match self {
            Source::Directory(directory) => directory == module,
            Source::EndsWith(path) => module.ends_with(path),
            Source::Elsewhere(_) | Source::Unknown => false,
        }
    }
}

impl Deployment {
    /// Nothing where a file deploys no module.
    fn of(sources: &SourceMap, file: &File) -> Option<Deployment> {
        let index = Index::of(file)?;
        let inputs = argument(index, "inputs").map(|inputs| inputs.name.span);
        let include = || index.blocks("include").next().map(BlockItem::header);
        let inputs = inputs.or_else(include);
        let directory = file.path.parent()?;
        let mut blocks = index.blocks("terraform");
        let source = blocks.find_map(|block| argument(block.body(file), "source"));
        let Some(source) = source else {
            // The module beside it, or that of a file that is brought in.
            return Some(Deployment {
                source: Source::Directory(directory.to_path_buf()),
                at: inputs?,
                inputs,
            });
        };
        Some(Deployment {
            at: source.name.span,
            source: Source::of(sources, directory, &source.parse(file).ok()?.kind),
            inputs,
        })
    }
}

impl Source {
    /// As a file in a directory writes it.
    fn of(sources: &SourceMap, directory: &Path, source: &ExprKind) -> Source {
        match source {
            ExprKind::String(literal) => {
                let path = plain(literal.as_str());
                match local_directory(sources, directory, &path) {
                    Some(directory) => Source::Directory(directory),
                    None => Source::Elsewhere(literal.as_str().to_owned()),
                }
            }
            ExprKind::Template(template) => {
                let Some(TemplatePart::Literal(end)) = template.parts.last() else {
                    return Source::Unknown;
                };
                // What climbs up starts somewhere that is not known.
                let end = plain(end.as_str());
                match end.rsplit("../").next().map(|end| end.trim_matches('/')) {
                    None | Some("") => Source::Unknown,
                    Some(end) => Source::EndsWith(end.into()),
                }
            }
            _ => Source::Unknown,
        }
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
    fn modules_from_elsewhere_are_told() {
        let deploying = |sources: &[&str], without: &[&str]| {
            let files = sources.iter().enumerate().map(|(at, source)| {
                let text = format!("terraform {{\n  source = \"{source}\"\n}}\n");
                (PathBuf::from(format!("/w/live/{at}/terragrunt.hcl")), text)
            });
            let mut files: Vec<(PathBuf, String)> = files.collect();
            let paths = files.iter().map(|(path, _)| path.clone()).collect();
            files.push(("/w/modules/app/main.tf".into(), String::new()));
            let sources = SourceMap::new(Memory::new(files), "/w");
            let patterns = without.iter().map(|text| glob::Pattern::new(text));
            let patterns: Vec<glob::Pattern> = patterns.collect::<Result<_, _>>().expect("right");
            unread_modules(&sources, &paths, &patterns).map(|gap| gap.message)
        };
        let git = "git::https://example.com/modules.git//app?ref=v1";
        let message = deploying(&[git], &[]).expect("it is told");
        assert!(
            message.contains("deploys from elsewhere here, so"),
            "{message}"
        );
        let message = deploying(&["../../modules/app", "../../nowhere", git], &[]);
        let message = message.expect("it is told");
        assert!(message.contains("nor that of 1 other file"), "{message}");
        assert_eq!(deploying(&[git], &["*example.com/*"]), None);
        for source in [
            "../../modules/app",
            "../../modules//app",
            "${get_repo_root()}/modules/app",
            "${local.source}",
            "tfr:///terraform-aws-modules/vpc/aws?version=5.0.0",
        ] {
            assert_eq!(deploying(&[source], &[]), None, "{source}");
        }
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
