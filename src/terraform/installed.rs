//! The modules that `terraform init` has put on disk, and whether one is what a call asks for.

use crate::finding::ProblemKind;
use crate::ledger::Gap;
use crate::source::{Directory, EntryKind, SourceMap};
use foldhash::HashMap;
use std::path::Path;

/// `.terraform/modules/modules.json`: where `terraform init` has put the modules.
#[derive(Default)]
pub struct Manifest {
    /// By the names of the calls, joined with dots.
    pub modules: HashMap<String, (Directory, Installed)>,
}

#[derive(serde::Deserialize)]
struct ManifestFile {
    #[serde(rename = "Modules")]
    modules: Vec<ManifestEntry>,
}

#[derive(serde::Deserialize)]
struct ManifestEntry {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "Dir")]
    directory: String,
    #[serde(rename = "Source", default)]
    source: String,
    #[serde(rename = "Version")]
    version: Option<String>,
}

impl Manifest {
    /// That of a root module; none where `terraform init` has not run.
    pub fn read(sources: &SourceMap, root: &Path) -> (Manifest, Option<Gap>) {
        let path = root.join(".terraform/modules/modules.json");
        let names = sources.list(root).unwrap_or_default();
        let is_initialised = names.iter().any(|entry| entry.name == ".terraform");
        if !is_initialised || sources.kind(&path) != Some(EntryKind::File) {
            return (Manifest::default(), None);
        }
        let read = sources
            .open(&path)
            .map_err(|error| error.reason)
            .and_then(|file| {
                serde_json::from_str::<ManifestFile>(file.text()).map_err(|error| error.to_string())
            });
        match read {
            Ok(file) => {
                let entries = file.modules.into_iter();
                let modules = entries
                    .map(|entry| {
                        let directory = entry.directory.replace('\\', "/");
                        let installed = Installed {
                            source: entry.source,
                            version: entry.version,
                        };
                        let directory = sources.absolute(&root.join(directory)).into();
                        (entry.key, (directory, installed))
                    })
                    .collect();
                (Manifest { modules }, None)
            }
            Err(reason) => {
                let message = format!("the list of installed modules could not be read: {reason}");
                let shown = sources.display(&path);
                let gap = Gap::of_path(ProblemKind::Unreadable, message, shown);
                (Manifest::default(), Some(gap))
            }
        }
    }
}

/// A module as the list of installed modules has it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Installed {
    /// As Terraform completes it: with the host of the registry, or the way to get it.
    pub source: String,
    /// Of a module from a registry.
    pub version: Option<String>,
}

impl Installed {
    /// Why it is not what a call asks for, as far as that can be told: Terraform refuses it then
    /// until `terraform init` has run again.
    pub fn is_not(&self, source: &str, version: Option<&str>) -> Option<String> {
        if self.source.is_empty() {
            return None;
        }
        let (asked, installed) = (Source::of(source), Source::of(&self.source));
        let same = match (asked.registry, installed.registry) {
            (Some(asked), Some(installed)) => asked == installed,
            // One is completed to the other in ways that only Terraform knows.
            (None, None) => asked.reference == installed.reference,
            _ => true,
        };
        if !same {
            return Some(format!("what is on disk is `{}`", self.source));
        }
        let (installed, asked) = (self.version.as_deref()?, version?);
        (satisfies(installed, asked) == Some(false))
            .then(|| format!("version {installed} is on disk and `{asked}` is asked for"))
    }
}

/// What is compared of the address of a module.
struct Source<'a> {
    /// The name in a registry with its directory, without the host that is meant by default.
    registry: Option<&'a str>,
    /// The branch, tag or commit.
    reference: Option<&'a str>,
}

impl Source<'_> {
    fn of(text: &str) -> Source<'_> {
        let hosts = ["registry.terraform.io/", "registry.opentofu.org/"];
        let name = hosts.iter().find_map(|host| text.strip_prefix(host));
        let name = name.unwrap_or(text);
        let package = name.split("//").next().unwrap_or(name);
        let parts = package.split('/').count();
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        // `github.com/a/b` is the short form of a repository.
        let forge = ["github.com/", "bitbucket.org/", "gitlab.com/"];
        let is_forge = forge.iter().any(|forge| package.starts_with(forge));
        let is_registry = matches!(parts, 3 | 4) && package.chars().all(is_name) && !is_forge;
        let query = text.split_once('?').map_or("", |(_, query)| query);
        let mut pairs = query.split('&');
        Source {
            registry: is_registry.then_some(name),
            reference: pairs.find_map(|pair| pair.strip_prefix("ref=")),
        }
    }
}

/// Whether a version meets constraints such as `>= 1.2, < 2.0.0` and `~> 1.4`. Nothing where one
/// of them has more than numbers.
///
/// <https://developer.hashicorp.com/terraform/language/expressions/version-constraints>
fn satisfies(version: &str, constraints: &str) -> Option<bool> {
    let version = numbers(version)?;
    let mut all = true;
    for constraint in constraints.split(',') {
        let constraint = constraint.trim();
        let at = constraint.find(|c: char| !"=!<>~".contains(c))?;
        let (operator, asked) = constraint.split_at(at);
        let asked = numbers(asked.trim())?;
        let order = compare(&version, &asked);
        all &= match operator {
            "" | "=" => order.is_eq(),
            "!=" => order.is_ne(),
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            // Only the last of the numbers may rise.
            "~>" => {
                let fixed = asked.len() - 1;
                let own: Vec<u64> = (0..fixed).map(|at| number(&version, at)).collect();
                order.is_ge() && own == asked[..fixed]
            }
            _ => return None,
        };
    }
    Some(all)
}

fn numbers(version: &str) -> Option<Vec<u64>> {
    let version = version.strip_prefix('v').unwrap_or(version);
    version.split('.').map(|part| part.parse().ok()).collect()
}

/// What is not written is 0.
fn number(version: &[u64], at: usize) -> u64 {
    version.get(at).copied().unwrap_or_default()
}

fn compare(a: &[u64], b: &[u64]) -> std::cmp::Ordering {
    let longest = a.len().max(b.len());
    let numbers = (0..longest).map(|at| number(a, at).cmp(&number(b, at)));
    numbers
        .into_iter()
        .find(|order| order.is_ne())
        .unwrap_or(std::cmp::Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_compared(source in ".{0,40}", version in "[0-9.,<>=!~ v-]{0,20}") {
            let installed = Installed {
                source: source.clone(),
                version: Some(version.clone()),
            };
            let same = installed.is_not(&source, None);
            prop_assert_eq!(same, None);
            installed.is_not("a/b/aws", Some(&version));
        }
    }

    #[test]
    fn versions_meet_constraints_as_terraform_has_it() {
        for (version, constraints, met) in [
            ("1.4.2", "~> 1.4", Some(true)),
            ("2.0.0", "~> 1.4", Some(false)),
            ("1.4.2", "~> 1.4.3", Some(false)),
            ("1.5.0", "~> 1.4.3", Some(false)),
            ("3.0.0", "~> 2", Some(true)),
            ("1.4.2", ">= 1.2, < 1.4", Some(false)),
            ("1.4.0", "1.4", Some(true)),
            ("1.4.0", "!= 1.4.0", Some(false)),
            ("1.4.0-beta", ">= 1.0", None),
            ("1.4.0", "latest", None),
            ("1.4.0", "", None),
        ] {
            assert_eq!(
                satisfies(version, constraints),
                met,
                "{version} {constraints}"
            );
        }
    }

    #[test]
    fn only_what_certainly_differs_is_another_module() {
        let installed = |source: &str, version: Option<&str>| Installed {
            source: source.to_owned(),
            version: version.map(str::to_owned),
        };
        for (source, version, asked, constraint, same) in [
            (
                "registry.terraform.io/a/b/aws",
                Some("1.0.0"),
                "a/b/aws",
                None,
                true,
            ),
            (
                "registry.terraform.io/a/b/aws",
                Some("1.0.0"),
                "a/b/aws",
                Some("~> 2.0"),
                false,
            ),
            (
                "registry.terraform.io/a/b/aws",
                Some("1.0.0"),
                "a/c/aws",
                None,
                false,
            ),
            (
                "registry.terraform.io/a/b/aws//x",
                None,
                "a/b/aws//y",
                None,
                false,
            ),
            (
                "git::https://github.com/a/b.git?ref=v1",
                None,
                "github.com/a/b?ref=v1",
                None,
                true,
            ),
            (
                "git::https://github.com/a/b.git?ref=v1",
                None,
                "github.com/a/b?ref=v2",
                None,
                false,
            ),
            ("git::ssh://git@x/a.git", None, "git@x:a.git", None, true),
            ("", None, "a/b/aws", Some("1.0.0"), true),
        ] {
            let told = installed(source, version).is_not(asked, constraint);
            assert_eq!(told.is_none(), same, "{source} {asked}: {told:?}");
        }
    }
}
