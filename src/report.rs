//! Reports: one file a format. A report is written to whatever `io::Write` it is handed.

pub mod concise;
mod entry;
pub mod full;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
pub mod markdown;
#[cfg(test)]
pub(crate) mod samples;
pub mod sarif;
pub mod snippet;
mod summary;
pub mod terminal;

use crate::finding::Finding;
use crate::ledger::{Entries, Leniency, Summary};
use crate::source::SourceMap;
use entry::Entry;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::Path;
pub use summary::summary_text;
pub use terminal::Style;

/// The formats of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// For people: the source with the places underlined.
    Full,
    /// For people and editors: a line each.
    Concise,
    /// For programs: one object, `ecslint/check/v1`.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For GitHub Actions: workflow commands.
    Github,
    /// For GitLab: Code Quality.
    Gitlab,
    /// For CI servers that show test results.
    Junit,
    /// For a comment on a pull request.
    Markdown,
}

impl Format {
    pub const ALL: [Format; 8] = [
        Format::Full,
        Format::Concise,
        Format::Json,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
        Format::Markdown,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Format::Full => "full",
            Format::Concise => "concise",
            Format::Json => "json",
            Format::Sarif => "sarif",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Junit => "junit",
            Format::Markdown => "markdown",
        }
    }

    /// For the help text of the command line.
    pub fn about(self) -> &'static str {
        match self {
            Format::Full => "the source with the places underlined",
            Format::Concise => "a line for each finding",
            Format::Json => "one object, ecslint/check/v1",
            Format::Sarif => "SARIF 2.1.0, for code scanning",
            Format::Github => "annotations of GitHub Actions, and a job summary",
            Format::Gitlab => "GitLab Code Quality",
            Format::Junit => "JUnit XML: a test for each rule and task definition",
            Format::Markdown => "a table for a comment on a pull request",
        }
    }
}

/// What a report is made of.
#[derive(Clone, Copy)]
pub struct Content<'a> {
    pub entries: &'a Entries,
    pub summary: &'a Summary,
    pub leniency: &'a Leniency,
    /// The texts to show; positions are in the entries already.
    pub sources: &'a SourceMap,
    /// The directory that formats for CI give paths from: the checkout.
    pub root: &'a Path,
    /// The environments that were asked for, which tell runs apart too.
    pub environments: &'a BTreeSet<String>,
    /// The Terraform workspace that was asked for: tells the runs of one commit apart.
    pub workspace: Option<&'a str>,
}

impl Content<'_> {
    /// A path that is printed from the working directory, from the root.
    fn rooted(&self, shown: &str) -> String {
        let path = self.sources.absolute(Path::new(shown));
        match path.strip_prefix(self.root) {
            Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
            Ok(below) => below.to_string_lossy().replace('\\', "/"),
            Err(_) => shown.to_owned(),
        }
    }

    /// Everything that is told, in the order of the report. What cannot be told of several
    /// instances for one reason is one entry, as a finding is.
    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut told = HashSet::new();
        self.entries_by_instance().filter(move |entry| match entry {
            Entry::Undetermined(one) => told.insert((
                one.rule,
                one.place.span,
                &one.message,
                &one.reason,
                &one.cdk_path,
            )),
            Entry::Finding(_) | Entry::Problem(_) => true,
        })
    }

    /// The same, but what is undetermined is an entry for each instance.
    fn entries_by_instance(&self) -> impl Iterator<Item = Entry<'_>> {
        let findings = self.entries.findings.iter().map(Entry::Finding);
        let undetermined = self.entries.undetermined.iter().map(Entry::Undetermined);
        let problems = self.entries.untold_problems().map(Entry::Problem);
        findings.chain(undetermined).chain(problems)
    }

    /// The findings of the commit that the run is compared with which are none any more.
    fn fixed(&self) -> &[Finding] {
        let since = self.entries.since.as_ref();
        since.map_or(&[], |since| &since.fixed)
    }

    /// Everything that is told, by falling severity: for formats of which readers see the start.
    fn worst_first(&self) -> Vec<Entry<'_>> {
        let mut entries: Vec<Entry> = self.entries().collect();
        entries.sort_by_key(|entry| Reverse(entry.severity()));
        entries
    }
}

/// Writes a report.
///
/// # Errors
/// Those of `out`.
pub fn write(
    format: Format,
    content: &Content,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Full => full::write(content, style, out),
        Format::Concise => concise::write(content, out),
        Format::Json => json::write(content, out),
        Format::Sarif => sarif::write(content, out),
        Format::Github => github::write(content, out),
        Format::Gitlab => gitlab::write(content, out),
        Format::Junit => junit::write(content, out),
        Format::Markdown => markdown::write(content, out),
    }
}
