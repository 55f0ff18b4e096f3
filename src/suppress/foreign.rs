//! Suppressions that other tools obey: a finding of the same check says that ecslint does not.

use super::layout::Layout;
use super::{File, FileId, Finding, SourceMap, Span};
use crate::rules;
use crate::value::Value;
use aho_corasick::{AhoCorasick, MatchKind};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// A suppression of another tool.
pub struct Foreign {
    /// The check that it is for.
    id: String,
    /// As it is written.
    written: String,
    in_metadata: bool,
    /// Whatever is written or declared in here is meant.
    covers: Vec<Span>,
}

/// What stands before the id in a comment.
const MARKS: [&str; 4] = [
    "checkov:skip=",
    "bridgecrew:skip=",
    "trivy:ignore:",
    "tfsec:ignore:",
];

static ANY_MARK: LazyLock<AhoCorasick> = LazyLock::new(|| {
    // The kind of match for which the bytes of all marks are looked for at once.
    let builder = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(MARKS);
    builder.expect("a few short marks fit")
});

/// The lists of ids in `Metadata`: the way to each, and the member of an element that is the id.
const LISTS: [(&[&str], Option<&str>); 5] = [
    (&["checkov", "skip"], Some("id")),
    (&["guard", "SuppressedRules"], None),
    (&["cfn-lint", "config", "ignore_checks"], None),
    (&["cfn_nag", "rules_to_suppress"], Some("id")),
    (&["cdk_nag", "rules_to_suppress"], Some("id")),
];

/// The suppressions in the metadata of a task definition that is declared at `declared`.
pub fn in_metadata(metadata: &Value, declared: Span) -> Vec<Foreign> {
    let mut found = Vec::new();
    for (way, member) in LISTS {
        let mut value = metadata.clone();
        for name in way {
            let next = value.as_object().and_then(|object| object.member(name));
            value = match next {
                Some(next) => next.value.get(),
                None => Value::null(declared),
            };
        }
        for element in value.as_list().into_iter().flat_map(|list| list.iter()) {
            let id = match member {
                Some(member) => element
                    .as_object()
                    .and_then(|object| object.member(member))
                    .map(|id| id.value.get()),
                None => Some(element),
            };
            if let Some(id) = id.as_ref().and_then(Value::as_str) {
                found.push(Foreign {
                    written: format!("{}: {id}", way.join(".")),
                    id: id.into_owned(),
                    in_metadata: true,
                    covers: vec![declared],
                });
            }
        }
    }
    found
}

/// Adds a note to each finding at whose place the same check is suppressed for another tool.
pub fn add_notes(sources: &SourceMap, in_metadata: Vec<Foreign>, findings: &mut [Finding]) {
    let files: HashSet<FileId> = findings.iter().flat_map(places).map(|at| at.file).collect();
    let in_files: HashMap<FileId, Vec<Foreign>> = files
        .into_par_iter()
        .map(|file| (file, in_comments(&sources.file(file))))
        .collect();
    for finding in findings {
        let places: Vec<Span> = places(finding).collect();
        let Some(rule) = rules::find(finding.rule) else {
            continue;
        };
        let comments = places.iter().flat_map(|place| &in_files[&place.file]);
        let same = in_metadata.iter().chain(comments).find(|foreign| {
            let mut covers = foreign.covers.iter();
            rule.elsewhere.iter().any(|id| is_check(&foreign.id, id))
                && covers.any(|cover| places.iter().any(|place| cover.contains(*place)))
        });
        if let Some(foreign) = same {
            finding.notes.push(foreign.note(rule.id));
        }
    }
}

/// Where a suppression of the finding may stand, or about.
fn places(finding: &Finding) -> impl Iterator<Item = Span> {
    std::iter::once(finding.primary.place.span).chain(finding.about.iter().copied())
}

impl Foreign {
    fn note(&self, rule: &str) -> String {
        let instead = match self.in_metadata {
            true => format!("`ecslint: {{ignore: [{{rule: {rule}, reason: …}}]}}` beside it"),
            false => format!("`# ecslint: ignore[{rule}] reason`"),
        };
        format!(
            "`{}` is for another tool and is not obeyed here: write {instead}",
            self.written
        )
    }
}

/// Whether an id is that of a check, alone or after the name of a set of checks.
fn is_check(id: &str, check: &str) -> bool {
    let Some(at) = id.len().checked_sub(check.len()) else {
        return false;
    };
    let (Some(set), Some(name)) = (id.get(..at), id.get(at..)) else {
        return false;
    };
    name.eq_ignore_ascii_case(check) && (set.is_empty() || set.ends_with('-'))
}

/// Those of checkov stand in the block that they are for, those of trivy above it or in it.
fn in_comments(file: &File) -> Vec<Foreign> {
    if !ANY_MARK.is_match(file.text()) {
        return Vec::new();
    }
    let Some(layout) = Layout::of(file) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for comment in &layout.comments {
        let text = file.slice(*comment);
        for mark in MARKS {
            let Some((_, rest)) = text.split_once(mark) else {
                continue;
            };
            let of_id = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
            let length = rest.find(|letter| !of_id(letter)).unwrap_or(rest.len());
            let subject = layout.subject(file, *comment);
            found.push(Foreign {
                id: rest[..length].to_owned(),
                written: format!("{mark}{}", &rest[..length]),
                in_metadata: false,
                covers: subject
                    .into_iter()
                    .chain(layout.heads(file, *comment))
                    .collect(),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_match_alone_or_after_a_set() {
        let check = "ECSTaskDefinitionUserForHostMode";
        for id in [
            check,
            "ecstaskdefinitionuserforhostmode",
            "HIPAA.Security-ECSTaskDefinitionUserForHostMode",
        ] {
            assert!(is_check(id, check), "{id}");
        }
        for id in [
            "",
            "é",
            "XECSTaskDefinitionUserForHostMode",
            "HIPAA.Security-",
        ] {
            assert!(!is_check(id, check), "{id}");
        }
    }
}
