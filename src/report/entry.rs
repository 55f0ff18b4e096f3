//! What the formats have in common: an entry's words, its fingerprint, its place on other scales.

use crate::environments::words::{environments, environments_of};
use crate::finding::{
    Finding, Instance, Label, Problem, ProblemKind, Severity, Undetermined, hash,
};
use crate::source::Location;
use std::borrow::Cow;

/// Labels that are shown besides the primary one.
const MAX_LABELS: usize = 5;
/// Of these, the most that are kept for premises where the deciding value took a long way.
const MAX_PREMISES: usize = 2;
/// Members of a list that are named before "and 12 more".
const MAX_NAMED: usize = 5;

/// One entry of a report, for the formats that show no source.
#[derive(Clone, Copy)]
pub enum Entry<'a> {
    Finding(&'a Finding),
    Undetermined(&'a Undetermined),
    Problem(&'a Problem),
}

impl<'a> Entry<'a> {
    /// What makes a run incomplete counts as medium.
    pub fn severity(self) -> Severity {
        match self {
            Entry::Finding(finding) => finding.severity,
            Entry::Problem(problem) if problem.kind == ProblemKind::Note => Severity::Info,
            Entry::Undetermined(_) | Entry::Problem(_) => Severity::Medium,
        }
    }

    /// The severity, or why there is none.
    pub fn word(self) -> &'static str {
        match self {
            Entry::Finding(finding) => finding.severity.as_str(),
            Entry::Undetermined(_) => "undetermined",
            Entry::Problem(problem) if problem.kind == ProblemKind::Note => "note",
            Entry::Problem(_) => "problem",
        }
    }

    pub fn rule(self) -> Option<&'static str> {
        match self {
            Entry::Finding(finding) => Some(finding.rule),
            Entry::Undetermined(one) => Some(one.rule),
            Entry::Problem(_) => None,
        }
    }

    /// The rule, or the kind of a problem.
    pub fn id(self) -> &'static str {
        match self {
            Entry::Problem(problem) => problem.kind.as_str(),
            Entry::Finding(finding) => finding.rule,
            Entry::Undetermined(one) => one.rule,
        }
    }

    /// One line. Nobody knows the logical ids that the CDK makes up: what they stand for is said.
    pub fn message(self) -> Cow<'a, str> {
        let (message, address, cdk_path) = match self {
            Entry::Finding(finding) => (
                Cow::Borrowed(&*finding.message),
                &finding.address,
                &finding.cdk_path,
            ),
            Entry::Undetermined(one) => (
                Cow::Owned(format!("{}: {}", one.message, one.reason)),
                &one.address,
                &one.cdk_path,
            ),
            Entry::Problem(problem) => return Cow::Borrowed(&problem.message),
        };
        match cdk_path {
            Some(path) => format!("{message} (task `{address}`, `{path}` in the CDK)").into(),
            None => message,
        }
    }

    /// What the underlined text says of a finding.
    pub fn label(self) -> Option<&'a str> {
        match self {
            Entry::Finding(finding) => Some(&finding.primary.message),
            Entry::Undetermined(_) | Entry::Problem(_) => None,
        }
    }

    pub fn help(self) -> Option<&'a str> {
        match self {
            Entry::Finding(finding) => Some(&finding.help),
            Entry::Undetermined(_) => None,
            Entry::Problem(problem) => problem.help.as_deref(),
        }
    }

    pub fn location(self) -> Option<&'a Location> {
        match self {
            Entry::Finding(finding) => Some(&finding.primary.place.location),
            Entry::Undetermined(one) => Some(&one.place.location),
            Entry::Problem(problem) => problem.place.as_ref().map(|place| &place.location),
        }
    }

    /// The file, or where there is none the path that it is about; else the working directory.
    pub fn path(self) -> &'a str {
        match (self.location(), self) {
            (Some(location), _) => &location.path,
            (None, Entry::Problem(problem)) => problem.path.as_deref().unwrap_or("."),
            (None, _) => ".",
        }
    }

    /// Line and column of its start; of what has no place: those of the file's start.
    pub fn start(self) -> (usize, usize) {
        match self.location() {
            Some(location) => (location.start.line, location.start.column),
            None => (1, 1),
        }
    }

    /// Stays the same when lines move. Problems may share one.
    pub fn fingerprint(self) -> String {
        let hash = match self {
            Entry::Finding(finding) => return finding.fingerprint.clone(),
            Entry::Undetermined(one) => hash([
                "undetermined",
                one.rule,
                &one.unit,
                &one.address,
                one.container.as_deref().unwrap_or(""),
            ]),
            Entry::Problem(problem) => hash([problem.kind.as_str(), self.path(), &problem.message]),
        };
        format!("{hash:016x}")
    }
}

/// A severity on the scales of other programs.
pub struct Scale {
    /// Of problem matchers in editors.
    pub matcher: &'static str,
    /// The workflow command of GitHub.
    pub github: &'static str,
    /// The level of a SARIF result.
    pub sarif: &'static str,
    /// `security-severity` of GitHub's code scanning: high from 7.0, medium from 4.0.
    pub security: &'static str,
    /// Of GitLab's Code Quality, whose "blocker" is left to those who decide what blocks.
    pub gitlab: &'static str,
}

pub fn scale(severity: Severity) -> Scale {
    let [matcher, github, sarif, security, gitlab] = match severity {
        Severity::High => ["error", "error", "error", "8.0", "critical"],
        Severity::Medium => ["warning", "warning", "warning", "5.0", "major"],
        Severity::Low => ["info", "notice", "note", "3.0", "minor"],
        Severity::Info => ["info", "notice", "note", "1.0", "info"],
    };
    Scale {
        matcher,
        github,
        sarif,
        security,
        gitlab,
    }
}

/// The page that describes a rule.
pub fn rule_page(id: &str) -> String {
    let repository = env!("CARGO_PKG_REPOSITORY");
    format!("{repository}/blob/main/docs/rules/{id}.md")
}

/// The primary label and at most five others: the steps of the deciding value and the premises.
/// Of a long way the middle is left out; the second number tells how many labels were.
pub fn choose_labels(finding: &Finding) -> (Vec<Label>, usize) {
    let mut all: Vec<&Label> = Vec::new();
    for label in finding.labels.iter().chain(&finding.trail) {
        let at_primary = label.place.span == finding.primary.place.span;
        if !at_primary && !all.iter().any(|other| other.place.span == label.place.span) {
            all.push(label);
        }
    }
    let count = all.len();
    if count > MAX_LABELS {
        let is_step = |label: &Label| finding.trail.iter().any(|step| step == label);
        let (steps, premises): (Vec<&Label>, Vec<&Label>) =
            all.iter().copied().partition(|label| is_step(label));
        let kept_premises = match steps.len() {
            few if few < MAX_LABELS - MAX_PREMISES => MAX_LABELS - few,
            _ => premises.len().min(MAX_PREMISES),
        };
        let kept_steps = MAX_LABELS - kept_premises;
        let head = kept_steps.div_ceil(2);
        let tail = steps.len().saturating_sub(kept_steps - head);
        let kept_steps = steps.iter().enumerate();
        let kept_steps = kept_steps.filter(|(at, _)| *at < head || *at >= tail);
        all = kept_steps
            .map(|(_, step)| *step)
            .chain(premises.into_iter().take(kept_premises))
            .collect();
    }
    let dropped = count - all.len();
    let labels = std::iter::once(&finding.primary).chain(all);
    (labels.cloned().collect(), dropped)
}

/// A task definition, with the CDK's name for it.
pub fn task(address: &str, cdk_path: Option<&str>, unit: &str) -> String {
    let mut text = format!("`{address}`");
    if let Some(path) = cdk_path {
        text.push_str(&format!(" (`{path}` in the CDK)"));
    }
    if unit != "." {
        text.push_str(&format!(" in `{unit}`"));
    }
    text
}

/// The further instances, by their units alone where those are all that differs, with their
/// environments where those are others than the first one's.
pub fn also(finding: &Finding) -> Option<String> {
    let [first, others @ ..] = &finding.instances[..] else {
        return None;
    };
    let is_another = |a: &Instance, b: &Instance| (&a.unit, &a.address) != (&b.unit, &b.address);
    let mut instances: Vec<&Instance> = Vec::new();
    for other in others.iter().filter(|other| is_another(other, first)) {
        // They are sorted.
        if instances.last().is_none_or(|last| is_another(last, other)) {
            instances.push(other);
        }
    }
    if instances.is_empty() {
        return None;
    }
    let of = |one: &Instance| environments_of(finding, &one.unit, &one.address);
    let own = of(first);
    let told = |one: &Instance, text: String| match of(one) {
        same if same == own => text,
        none if none.is_empty() => text,
        others => format!("{text} ({})", environments(&others)),
    };
    let of_units = instances.iter().all(|one| one.address == first.address);
    let all = instances.into_iter().map(|one| match of_units {
        true => told(one, format!("`{}`", one.unit)),
        false => told(one, task(&one.address, None, &one.unit)),
    });
    let all = some_of(&all.collect::<Vec<String>>());
    Some(if of_units { format!("in {all}") } else { all })
}

pub fn some_of(all: &[String]) -> String {
    let mut text = all[..all.len().min(MAX_NAMED)].join(", ");
    if all.len() > MAX_NAMED {
        text.push_str(&format!(" and {} more", all.len() - MAX_NAMED));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::Sample;

    #[test]
    fn other_instances_tell_their_environments_where_they_differ() {
        let sample = Sample::new(&[("main.tf", "x")]);
        let mut finding = sample.finding(sample.label("main.tf", "x", ""), Vec::new());
        let mut told = |instances: &[(&str, Option<&str>)]| {
            let one = finding.instances[0].clone();
            let instances = instances.iter().map(|(unit, environment)| Instance {
                unit: (*unit).into(),
                environment: environment.map(Into::into),
                ..one.clone()
            });
            finding.instances = instances.collect();
            also(&finding)
        };
        let (dev, prod) = (Some("dev"), Some("prod"));
        assert_eq!(told(&[("a", None)]), None);
        assert_eq!(told(&[("a", dev), ("a", prod)]), None);
        assert_eq!(told(&[("a", None), ("b", None)]).as_deref(), Some("in `b`"));
        let all = [
            ("a", dev),
            ("a", prod),
            ("b", prod),
            ("c", dev),
            ("c", prod),
            ("d", None),
        ];
        assert_eq!(
            told(&all).as_deref(),
            Some("in `b` (environment `prod`), `c`, `d`")
        );
    }
}
