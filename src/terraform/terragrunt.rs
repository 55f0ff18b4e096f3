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

/// Remarks on the modules that files of Terragrunt deploy from elsewhere, or from where only
/// Terragrunt can tell, unless these are known to hold no task definitions, as the patterns have it
/// or by themselves.
pub fn unread_modules(
    sources: &SourceMap,
    files: &BTreeSet<PathBuf>,
    without: &[glob::Pattern],
) -> Vec<Gap> {
    let (mut elsewhere, mut untold) = (Vec::new(), Vec::new());
    let is_excepted = |source: &str| without.iter().any(|pattern| pattern.matches(source));
    for path in files {
        let Ok(file) = sources.open(path) else {
            continue;
        };
        let Some(Deployment { source, at, .. }) = Deployment::of(sources, &file) else {
            continue;
        };
        match source {
            Source::Elsewhere(source) => {
                let source = source.strip_prefix("tfr:///").unwrap_or(&source);
                let source = source.split("?version=").next().unwrap_or(source);
                if !registry::holds_no_task_definitions(source) && !is_excepted(source) {
                    elsewhere.push(at);
                }
            }
            Source::Directory(directory) => {
                let is_there = path.starts_with(&directory) || holds_terraform(sources, &directory);
                if !is_there {
                    elsewhere.push(at);
                }
            }
            Source::EndsWith { end, written } => {
                let holds = |above: &Path| holds_terraform(sources, &above.join(&end));
                if !path.ancestors().any(holds) && !is_excepted(&written) {
                    untold.push(at);
                }
            }
            Source::Unknown { written } if is_excepted(&written) => {}
            Source::Unknown { .. } => untold.push(at),
        }
    }
    let others = |spans: &[Span]| match spans.len().saturating_sub(1) {
        0 => String::new(),
        1 => " and in 1 other file".to_owned(),
        count => format!(" and in {count} other files"),
    };
    let remark = |spans: &[Span], message: String| {
        let gap = Gap::new(ProblemKind::Note, message, *spans.first()?);
        Some(gap.help(
            "Terragrunt puts it into `.terragrunt-cache`: name the directory there, or add the \
             source to `modules.no-task-definitions` in the configuration if it holds none",
        ))
    };
    let elsewhere_message = format!(
        "ecslint does not read the module that Terragrunt deploys from elsewhere here{}, so its task \
         definitions were not checked",
        others(&elsewhere)
    );
    let untold_message = format!(
        "ecslint cannot tell which module Terragrunt deploys here{}, so its task definitions were \
         not checked, unless it is one that was",
        others(&untold)
    );
    let remarks = [
        remark(&elsewhere, elsewhere_message),
        remark(&untold, untold_message),
    ];
    remarks.into_iter().flatten().collect()
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
    /// Below a directory that only Terragrunt can tell.
    EndsWith {
        end: PathBuf,
        written: String,
    },
    /// On no path: the source as it is written.
    Elsewhere(String),
    /// Made of values, or told by a file that is brought in.
    Unknown {
        written: String,
    },
}

impl Source {
    fn is(&self, module: &Path) -> bool {
        match self {
            Source::Directory(directory) => directory == module,
            Source::EndsWith { end, .. } => module.ends_with(end),
            Source::Elsewhere(_) | Source::Unknown { .. } => false,
        }
    }
}

impl Deployment {
    /// Nothing where a file deploys no module.
    fn of(sources: &SourceMap, file: &File) -> Option<Deployment> {
        let index = Index::of(file)?;
        let inputs = argument(index, "inputs").map(|inputs| inputs.name.span);
        let include = index.blocks("include").next().map(BlockItem::header);
        let inputs = inputs.or(include);
        let directory = file.path.parent()?;
        let mut blocks = index.blocks("terraform");
        let source = blocks.find_map(|block| argument(block.body(file), "source"));
        if let Some(source) = source {
            return Some(Deployment {
                at: source.name.span,
                source: Source::of(file, source)?,
                inputs,
            });
        }
        Some(Deployment {
            at: inputs?,
            // The module beside it, or that of a file that is brought in.
            source: match include {
                Some(_) if !holds_terraform(sources, directory) => Source::Unknown {
                    written: String::new(),
                },
                _ => Source::Directory(directory.to_path_buf()),
            },
            inputs,
        })
    }
}

impl Source {
    /// As a file writes it. Nothing where it is not valid.
    fn of(file: &File, source: &AttributeItem) -> Option<Source> {
        let expr = source.parse(file).ok()?;
        let written = || file.slice(source.value).trim_matches('"').to_owned();
        if let ExprKind::String(literal) = &expr.kind {
            let path = plain(literal.as_str());
            return Some(match local_directory(file.path.parent()?, &path) {
                Some(directory) => Source::Directory(directory.to_path_buf()),
                None => Source::Elsewhere(literal.as_str().to_owned()),
            });
        }
        let last = match &expr.kind {
            ExprKind::Template(template) => template.parts.last(),
            _ => None,
        };
        let end = match last {
            Some(TemplatePart::Literal(end)) => plain(end.as_str()),
            _ => String::new(),
        };
        // What climbs up starts somewhere that is not known.
        let end = end.rsplit("../").next().unwrap_or_default();
        Some(match end.trim_matches('/') {
            "" => Source::Unknown { written: written() },
            end => Source::EndsWith {
                end: end.into(),
                written: written(),
            },
        })
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
        let files = [(path, terragrunt), ("/w/live/prod/app/main.tf", "")];
        let sources = SourceMap::new(Memory::new(files), "/w");
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
            let gaps = unread_modules(&sources, &paths, &patterns).into_iter();
            gaps.map(|gap| gap.message).collect::<Vec<String>>()
        };
        let git = "git::https://example.com/modules.git//app?ref=v1";
        let one = |told: Vec<String>| match &told[..] {
            [message] => message.clone(),
            _ => panic!("{told:?}"),
        };
        let message = one(deploying(&[git], &[]));
        assert!(
            message.contains("deploys from elsewhere here, so"),
            "{message}"
        );
        let message = one(deploying(&["../../modules/app", "../../nowhere", git], &[]));
        assert!(
            message.contains("here and in 1 other file, so"),
            "{message}"
        );
        assert!(deploying(&[git], &["*example.com/*"]).is_empty());
        for source in [
            "../../modules/app",
            "../../modules//app",
            "${get_repo_root()}/modules/app",
            "tfr:///terraform-aws-modules/vpc/aws?version=5.0.0",
        ] {
            assert!(deploying(&[source], &[]).is_empty(), "{source}");
        }
        for source in [
            "${local.source}",
            "${local.base}//modules/other",
            "${include.envcommon.locals.base_source_url}?ref=v1",
        ] {
            let message = one(deploying(&[source], &[]));
            assert!(
                message.contains("cannot tell which module"),
                "{source}: {message}"
            );
            assert!(deploying(&[source], &["${*"]).is_empty(), "{source}");
        }
        assert_eq!(deploying(&["${local.source}", git], &[]).len(), 2);
    }

    #[test]
    fn a_module_that_is_brought_in_is_told() {
        let told = |beside: &str| {
            let text = "include \"env\" {\n  path = find_in_parent_folders(\"app.hcl\")\n}\n";
            let path = PathBuf::from("/w/live/app/terragrunt.hcl");
            let files = [
                (path.clone(), text.to_owned()),
                (beside.into(), String::new()),
            ];
            let sources = SourceMap::new(Memory::new(files), "/w");
            unread_modules(&sources, &BTreeSet::from([path]), &[]).len()
        };
        assert_eq!(told("/w/live/app/main.tf"), 0);
        assert_eq!(told("/w/modules/app/main.tf"), 1);
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
