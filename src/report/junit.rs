//! JUnit XML: a test for each rule and instance of a task definition, in a suite for each unit.
//!
//! What fails the run is a failure or an error; what the command line lets pass is skipped.

use super::Content;
use super::entry::Entry;
use super::terminal::shown;
use crate::finding::{Instance, ProblemKind, Verdict};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io;

/// Writes the report.
///
/// # Errors
/// Those of `out`.
pub fn write(content: &Content, out: &mut dyn io::Write) -> io::Result<()> {
    let suites = suites(content);
    let all = || suites.values().flatten();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"ecslint\" {}>", counts(all()))?;
    for (unit, tests) in &suites {
        let (unit, counts) = (escape(unit), counts(tests.iter()));
        writeln!(out, "  <testsuite name=\"{unit}\" {counts}>")?;
        for test in tests {
            write_test(test, content, out)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// One test case.
struct Test<'a> {
    /// The address of the task definition.
    class: &'a str,
    name: String,
    path: &'a str,
    line: usize,
    /// Nothing: it has passed.
    told: Option<(Outcome, Entry<'a>)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Failure,
    Error,
    Skipped,
}

impl Outcome {
    fn element(self) -> &'static str {
        match self {
            Outcome::Failure => "failure",
            Outcome::Error => "error",
            Outcome::Skipped => "skipped",
        }
    }
}

/// The tests by unit.
fn suites<'a>(content: &'a Content<'_>) -> BTreeMap<&'a str, Vec<Test<'a>>> {
    let entries = content.entries;
    let mut suites: BTreeMap<&str, Vec<Test>> = BTreeMap::new();
    for judged in &entries.task_definitions {
        for (rule, verdict) in &judged.verdicts {
            if *verdict == Verdict::Pass {
                suites.entry(&judged.unit).or_default().push(Test {
                    class: &judged.address,
                    name: named(rule, None, judged.environment.as_deref()),
                    path: &judged.place.location.path,
                    line: judged.place.location.start.line,
                    told: None,
                });
            }
        }
    }
    for entry in content.entries_by_instance() {
        let outcome = outcome(entry, content);
        let mut add = |unit, class, container: Option<&str>, environment: Option<&str>| {
            suites.entry(unit).or_default().push(Test {
                class,
                name: named(entry.id(), container, environment),
                path: entry.path(),
                line: entry.start().0,
                told: Some((outcome, entry)),
            });
        };
        match entry {
            Entry::Finding(finding) => {
                for Instance {
                    unit,
                    address,
                    environment,
                    ..
                } in &finding.instances
                {
                    let container = finding.container.as_deref();
                    add(unit, address, container, environment.as_deref());
                }
            }
            Entry::Undetermined(one) => {
                let environments = one.environments.iter().map(|name| Some(&**name));
                let environments: Vec<Option<&str>> = environments.collect();
                let alone: &[Option<&str>] = &[None];
                for environment in match environments.is_empty() {
                    true => alone,
                    false => &environments,
                } {
                    let container = one.container.as_deref();
                    add(&one.unit, &one.address, container, *environment);
                }
            }
            // A problem may be that of several units.
            Entry::Problem(_) => add("sources", entry.path(), None, None),
        }
    }
    suites.values_mut().for_each(|tests| tell_apart(tests));
    suites
}

/// Readers show one of two tests that have one name: the second and each further one get a number.
fn tell_apart(tests: &mut [Test]) {
    let mut met: HashMap<(&str, String), usize> = HashMap::new();
    for test in tests {
        let count = met.entry((test.class, test.name.clone())).or_default();
        *count += 1;
        if *count > 1 {
            write!(test.name, " ({count})").expect("a string takes any text");
        }
    }
}

/// The name of a test.
fn named(id: &str, container: Option<&str>, environment: Option<&str>) -> String {
    let container = container.map(|name| format!(": container {name}"));
    let environment = environment.map(|name| format!(" in {name}"));
    let more = container.into_iter().chain(environment);
    std::iter::once(id.to_owned()).chain(more).collect()
}

/// As the exit code has it.
fn outcome(entry: Entry, content: &Content) -> Outcome {
    let leniency = content.leniency;
    let (counts, outcome) = match entry {
        Entry::Finding(finding) => (finding.severity >= leniency.fail_on, Outcome::Failure),
        Entry::Undetermined(_) => (!leniency.allow_undetermined, Outcome::Error),
        Entry::Problem(problem) => match problem.kind {
            ProblemKind::Undetermined => (!leniency.allow_undetermined, Outcome::Error),
            ProblemKind::Note => (false, Outcome::Error),
            ProblemKind::FaultyIgnore => (true, Outcome::Error),
            ProblemKind::Unreadable
            | ProblemKind::ModuleNotRead
            | ProblemKind::EnvironmentNotChecked
            | ProblemKind::Refused => (!leniency.allow_unread, Outcome::Error),
        },
    };
    if counts { outcome } else { Outcome::Skipped }
}

fn counts<'a>(tests: impl Iterator<Item = &'a Test<'a>>) -> String {
    let (mut all, mut of_outcome) = (0_usize, [0_usize; 3]);
    for test in tests {
        all += 1;
        if let Some((outcome, _)) = test.told {
            of_outcome[outcome as usize] += 1;
        }
    }
    let [failures, errors, skipped] = of_outcome;
    format!("tests=\"{all}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
}

fn write_test(test: &Test, content: &Content, out: &mut dyn io::Write) -> io::Result<()> {
    let file = content.rooted(test.path);
    write!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\"",
        escape(test.class),
        escape(&test.name),
        escape(&file),
        test.line
    )?;
    let Some((outcome, entry)) = test.told else {
        return writeln!(out, "/>");
    };
    let (line, column) = entry.start();
    let mut text = format!("{}:{line}:{column}", escape(&file));
    for more in entry.label().into_iter().chain(entry.help()) {
        write!(text, "\n{}", escape(more)).expect("a string takes any text");
    }
    let element = outcome.element();
    writeln!(
        out,
        ">\n      <{element} type=\"{}\" message=\"{}\">{text}</{element}>\n    </testcase>",
        entry.word(),
        escape(&entry.message())
    )
}

/// A text as it may stand in an attribute or between tags.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    for character in shown(text).chars() {
        match character {
            // `##` begins commands in the logs of some CI servers.
            '#' if before == '#' => out.push_str("&#35;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Of what XML 1.0 has no notation for, only these can be shown.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            plain => out.push(plain),
        }
        before = character;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;
    use crate::report::Format;
    use crate::report::samples::*;
    use proptest::prelude::*;

    /// Fails unless the text is well-formed, as far as this format goes.
    fn assert_well_formed(text: &str) {
        let body = text
            .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
            .expect("it begins as XML does");
        let token = regex::Regex::new(
            r#"^(?:<([a-z]+)(?: [a-z]+="(?:[^<>&"\x00-\x1f\x{fffe}\x{ffff}]|&(?:amp|lt|gt|quot|#35);)*")*(/?)>|</([a-z]+)>|(?:[^<>&\x00-\x09\x0b-\x1f\x{fffe}\x{ffff}]|&(?:amp|lt|gt|quot|#35);)+)"#,
        )
        .expect("an expression");
        let (mut rest, mut open) = (body, Vec::new());
        while !rest.is_empty() {
            let found = token.captures(rest);
            let found = found.unwrap_or_else(|| panic!("not XML from here on: {rest}"));
            if let (Some(name), Some("")) = (found.get(1), found.get(2).map(|end| end.as_str())) {
                open.push(name.as_str());
            } else if let Some(name) = found.get(3) {
                assert_eq!(open.pop(), Some(name.as_str()));
            }
            rest = &rest[found[0].len()..];
        }
        assert!(open.is_empty(), "{open:?} is not closed");
    }

    #[test]
    fn passes_failures_and_what_is_let_pass() {
        let mut sample = Sample::new(&[("a/main.tf", "x\n  user = \"0\"\n")]);
        let zero = sample.label("a/main.tf", "\"0\"", "UID 0 is root");
        let finding = sample.finding(zero.clone(), Vec::new());
        let mut low = finding.clone();
        low.severity = Severity::Low;
        sample.entries.findings.extend([finding, low]);
        let place = sample.label("a/main.tf", "x", "").place;
        let undetermined = sample.undetermined("db", zero);
        sample.entries.undetermined.push(undetermined);
        for verdict in [Verdict::Pass, Verdict::NotApplicable] {
            let judged = sample.judged("aws_ecs_task_definition.web", place.clone(), verdict);
            sample.entries.task_definitions.push(judged);
        }
        let text = sample.render(Format::Junit, &STYLE);
        assert_well_formed(&text);
        assert_eq!(
            text.lines().skip(1).take(7).collect::<Vec<_>>(),
            [
                "<testsuites name=\"ecslint\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\">",
                "  <testsuite name=\".\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\">",
                "    <testcase classname=\"aws_ecs_task_definition.web\" \
                 name=\"host-network-root-user\" file=\"a/main.tf\" line=\"1\"/>",
                "    <testcase classname=\"aws_ecs_task_definition.web\" \
                 name=\"host-network-root-user: container api\" file=\"a/main.tf\" line=\"2\">",
                "      <failure type=\"high\" message=\"container `api` runs as root on the \
                 host's network\">a/main.tf:2:10",
                "UID 0 is root",
                "set `user` to the UID the image is built for</failure>",
            ]
        );
    }

    #[test]
    fn no_two_tests_have_one_name() {
        let mut sample = Sample::new(&[("main.tf", "x")]);
        for _ in 0..3 {
            let finding = sample.finding(sample.label("main.tf", "x", ""), Vec::new());
            sample.entries.findings.push(finding);
        }
        let text = sample.render(Format::Junit, &STYLE);
        let name = regex::Regex::new(r#"testcase classname="([^"]*" name="[^"]*)""#);
        let name = name.expect("an expression");
        let names: Vec<&str> = name
            .captures_iter(&text)
            .map(|found| found.get(1).map_or("", |name| name.as_str()))
            .collect();
        let first = "aws_ecs_task_definition.web\" name=\"host-network-root-user: container api";
        assert_eq!(
            names,
            [
                first.to_owned(),
                format!("{first} (2)"),
                format!("{first} (3)")
            ]
        );
    }

    #[test]
    fn hostile_names_stay_text() {
        let sample = Sample::hostile();
        let text = sample.render(Format::Junit, &STYLE);
        assert_well_formed(&text);
        // The finding has two instances.
        let tests = format!("tests=\"{}\"", sample.entry_count() + 1);
        assert!(text.contains(&tests), "{text}");
    }

    proptest! {
        #[test]
        fn any_text_can_be_told(text in r#"([#&<>"\x00\n\x{ffff}]|\PC)*"#) {
            let escaped = escape(&text);
            assert_well_formed(&format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"{escaped}\">{escaped}</a>"
            ));
        }
    }
}
