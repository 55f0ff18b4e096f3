//! Entries as a terminal shows them, and that no text breaks out of its lines.

use super::*;
use crate::report::Format;
use crate::report::samples::*;
use crate::report::terminal::{cells, is_hostile};
use proptest::prelude::*;

const MAIN: &str = "\
resource \"aws_ecs_task_definition\" \"web\" {
  family       = \"web\"
  network_mode = \"host\"
  container_definitions = jsonencode([
    {
      name  = \"api\"
      image = \"api:1\"
      user  = var.uid
    },
  ])
}
";

fn findings(sample: &mut Sample, findings: Vec<Finding>) -> String {
    sample.entries.findings = findings;
    sample.render(Format::Full, &STYLE)
}

fn lines(text: &str, range: std::ops::Range<usize>) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[range].join("\n")
}

#[test]
fn a_finding_shows_every_place_in_the_file_where_it_stands() {
    let variables = "variable \"uid\" {\n  default = \"0\"\n}\n";
    let mut sample = Sample::new(&[("main.tf", MAIN), ("variables.tf", variables)]);
    let zero = sample.label("variables.tf", "\"0\"", "UID 0 is root");
    let finding = sample.finding(
        zero,
        vec![
            sample.label("main.tf", "var.uid", "`var.uid`"),
            sample.label(
                "main.tf",
                "\"host\"",
                "the task uses the host's network here",
            ),
        ],
    );
    let text = findings(&mut sample, vec![finding]);
    assert_eq!(
        text,
        "  × high[host-network-root-user]: container `api` runs as root on the host's network
   ╭─[variables.tf:2:13]
 1 │ variable \"uid\" {
 2 │   default = \"0\"
   ·             ─┬─
   ·              ╰── UID 0 is root
 3 │ }
   ╰────
   ╭─[main.tf:3:18]
 2 │   family       = \"web\"
 3 │   network_mode = \"host\"
   ·                  ───┬──
   ·                     ╰── the task uses the host's network here
 4 │   container_definitions = jsonencode([
   ╰────
   ╭─[main.tf:8:15]
 7 │       image = \"api:1\"
 8 │       user  = var.uid
   ·               ───┬───
   ·                  ╰── `var.uid`
 9 │     },
   ╰────
  task: `aws_ecs_task_definition.web`
  help: set `user` to the UID the image is built for

no task definitions in 1 unit. 1 finding: 1 high. Exit code 1: 1 finding at or above medium.
"
    );
}

#[test]
fn a_long_line_is_cut_around_its_labels() {
    let pad = |n: usize| "\"x\":\"yyyyyyyyy\",".repeat(n);
    let line = format!(
        "{{{}\"networkMode\":\"host\",{}\"user\":\"0\",{}}}",
        pad(5000),
        pad(3000),
        pad(5000)
    );
    let mut sample = Sample::new(&[("task.json", &line)]);
    let finding = sample.finding(
        sample.label("task.json", "\"0\"", "UID 0 is root"),
        vec![sample.label(
            "task.json",
            "\"host\"",
            "the task uses the host's network here",
        )],
    );
    let text = findings(&mut sample, vec![finding]);
    assert_eq!(
            lines(&text, 1..6),
            "   ╭─[task.json:1:128030]
 1 │ …yyyy\",\"networkMode\":\"host\",\"x\":\"yyyyyyyyy\",\"x\"…\":\"yyyyyyyyy\",\"user\":\"0\",\"x\":\"yyyyyyyyy\",\"x\":\"…
   ·                      ───┬──                                          ─┬─
   ·                         │                                             ╰── UID 0 is root
   ·                         ╰── the task uses the host's network here"
        );
}

#[test]
fn tabs_wide_characters_and_line_ends_keep_the_underline_in_place() {
    let mut sample = Sample::new(&[(
        "t.tf",
        "\u{feff}before\r\n\tname = \"漢字é\"\tuser = \"0\"\r\nnext\r\n",
    )]);
    let finding = sample.finding(sample.label("t.tf", "\"0\"", "UID 0 is root"), Vec::new());
    let text = findings(&mut sample, vec![finding]);
    assert_eq!(
        lines(&text, 1..7),
        "   ╭─[t.tf:2:22]
 1 │ before
 2 │     name = \"漢字é\"  user = \"0\"
   ·                            ─┬─
   ·                             ╰── UID 0 is root
 3 │ next"
    );
}

#[test]
fn the_end_of_a_line_is_pointed_at() {
    for end in ["\n", "\r\n"] {
        let mut sample = Sample::new(&[("t.tf", &format!("a = [{end}b"))]);
        let label = sample.label("t.tf", end, "expected an element");
        let finding = sample.finding(label, Vec::new());
        let text = findings(&mut sample, vec![finding]);
        assert_eq!(
            lines(&text, 1..6),
            "   ╭─[t.tf:1:6]
 1 │ a = [
   ·      ▲
   ·      ╰── expected an element
 2 │ b"
        );
    }
}

#[test]
fn overlapping_labels_leave_the_primary_its_text() {
    let mut sample = Sample::new(&[("t.tf", "user = \"0\" # why\n")]);
    let finding = sample.finding(
        sample.label("t.tf", "\"0\"", "UID 0 is root"),
        vec![
            sample.label("t.tf", "user = \"0\"", "set here"),
            sample.label("t.tf", "0", "zero"),
        ],
    );
    let text = findings(&mut sample, vec![finding]);
    assert_eq!(
        lines(&text, 2..8),
        " 1 │ user = \"0\" # why
   · ───┬── ─┬─
   ·    │    ╰── UID 0 is root
   ·    ╰── set here
   ╰────
  at: t.tf:1:9  zero"
    );
}

#[test]
fn hostile_names_and_source_are_escaped() {
    let mut sample = Sample::new(&[(
        "a\u{1b}[31m.tf",
        "user = \"0\" # \u{1b}[2J \u{202e} \u{9b}\r x\n",
    )]);
    let path = "a\u{1b}[31m.tf";
    let mut finding = sample.finding(sample.label(path, "\"0\"", "a\nb"), Vec::new());
    finding.message = "container `x\u{1b}]0;\u{7}\ny` runs as root".to_owned();
    finding.address = "a\u{2028}b".into();
    let text = findings(&mut sample, vec![finding]);
    assert!(text.contains("x\\u{1b}]0;\\u{7}\\ny"), "{text}");
    assert!(text.contains("[a\\u{1b}[31m.tf:1:8]"), "{text}");
    assert!(
        text.contains("# \\u{1b}[2J \\u{202e} \\u{9b}\\r x\n"),
        "{text}"
    );
    assert!(!text.contains(|c: char| c != '\n' && is_hostile(c)));
}

#[test]
fn a_long_way_shows_its_ends_and_the_premises() {
    let words: Vec<String> = (0..12).map(|n| format!("step{n:02}")).collect();
    let sample = Sample::new(&[("t.tf", &words.join("\n")), ("m.tf", "host")]);
    let steps: Vec<Label> = words.iter().map(|w| sample.label("t.tf", w, w)).collect();
    let mut finding = sample.finding(steps[11].clone(), steps[..11].to_vec());
    finding.labels.push(sample.label("m.tf", "host", "premise"));
    finding.trail = steps[..11].to_vec();
    let (labels, dropped) = choose_labels(&finding);
    let shown: Vec<&str> = labels.iter().map(|label| label.message.as_str()).collect();
    assert_eq!(
        shown,
        ["step11", "step00", "step01", "step09", "step10", "premise"]
    );
    assert_eq!(dropped, 7);
}

#[test]
fn instances_defaults_and_remarks_stand_below_the_source() {
    let mut sample = Sample::new(&[("t.tf", "user = \"0\"\n")]);
    let mut finding = sample.finding(sample.label("t.tf", "\"0\"", "root"), Vec::new());
    finding.severity = Severity::Medium;
    finding.unit = "envs/dev".into();
    let first = finding.instances[0].clone();
    finding
        .instances
        .extend((0..17).map(|n| crate::finding::Instance {
            unit: format!("envs/{n}").into(),
            ..first.clone()
        }));
    finding.when = vec!["`IsProd` is false".to_owned()];
    finding.assumes = vec!["`Env` is \"dev\"".to_owned()];
    finding.notes = vec!["Fargate refuses network mode `host`".to_owned()];
    let text = findings(&mut sample, vec![finding]);
    assert_eq!(
        lines(&text, 6..12),
        "  when: `IsProd` is false
  assumes: `Env` is \"dev\"
  task: `aws_ecs_task_definition.web` in `envs/dev`
  also: in `envs/0`, `envs/1`, `envs/2`, `envs/3`, `envs/4` and 12 more
  note: Fargate refuses network mode `host`
  help: set `user` to the UID the image is built for"
    );
}

#[test]
fn undetermined_entries_of_one_cause_are_one() {
    let mut sample = Sample::new(&[("t.tf", "user = var.uid\n")]);
    for container in ["db", "api"] {
        let unknown = sample.label("t.tf", "var.uid", "`var.uid` has no value");
        let one = sample.undetermined(container, unknown);
        sample.entries.undetermined.push(one);
    }
    sample.entries.undetermined[1].rule = "privileged-container";
    sample.entries.problems.push(Problem {
        kind: ProblemKind::ModuleNotRead,
        message: "module `x` is not on disk, so its task definitions were not checked".into(),
        place: None,
        path: Some("modules/x".to_owned()),
        help: Some("run `terraform init`".to_owned()),
    });
    let text = sample.render(Format::Full, &STYLE);
    assert_eq!(
            text,
            "  ⚠ undetermined[host-network-root-user, privileged-container]: cannot tell which user container
  │ `db` runs as
   ╭─[t.tf:1:8]
 1 │ user = var.uid
   ·        ───┬───
   ·           ╰── `var.uid` has no value
   ╰────
  task: `aws_ecs_task_definition.web`
  also: which user container `api` runs as
  help: give the value in the source, on the command line or in an environment of the configuration,
        or accept what cannot be known with `--allow-undetermined`

  ⚠ problem: module `x` is not on disk, so its task definitions were not checked
  at: modules/x
  help: run `terraform init`

no task definitions in 1 unit; 1 module not read. No findings. Exit code 3: incomplete: 1 module not
read.
"
        );
}

#[test]
fn what_is_refused_is_to_be_mended_not_given() {
    let mut sample = Sample::new(&[("t.tf", "user = uid\n")]);
    let wrong = sample.label("t.tf", "uid", "there is no `uid`");
    let one = Undetermined {
        is_refused: true,
        ..sample.undetermined("db", wrong)
    };
    sample.entries.undetermined.push(one);
    let text = sample.render(Format::Full, &STYLE);
    assert!(text.contains("help: mend it"), "{text}");
    assert!(!text.contains("--allow-undetermined"), "{text}");
}

#[test]
fn a_file_that_has_changed_since_costs_its_excerpt_only() {
    let mut sample = Sample::new(&[("t.tf", "user = \"0\"\n")]);
    let mut label = sample.label("t.tf", "\"0\"", "root");
    label.place.span = label.place.span.within(900, 903);
    let finding = sample.finding(label, Vec::new());
    let text = findings(&mut sample, vec![finding]);
    assert_eq!(lines(&text, 1..2), "  at: t.tf:1:8  root");
}

#[test]
fn a_thousand_findings_in_one_long_line_are_quick() {
    let line = "{\"user\":\"0\",\"x\":\"host\"},".repeat(20_000);
    let mut sample = Sample::new(&[("t.json", &line)]);
    let finding = sample.finding(
        sample.label("t.json", "\"0\"", "root"),
        vec![sample.label("t.json", "\"host\"", "the host's network")],
    );
    let started = std::time::Instant::now();
    findings(&mut sample, vec![finding; 1000]);
    let elapsed = started.elapsed();
    assert!(
        elapsed < std::time::Duration::from_secs(2),
        "{elapsed:?} in a debug build"
    );
}

#[test]
fn colours_only_where_they_are_wanted_and_ascii_where_nothing_else_is() {
    let mut sample = Sample::new(&[("t.tf", &format!("{} = \"0\"\n", "x".repeat(200)))]);
    let finding = sample.finding(sample.label("t.tf", "\"0\"", "root"), Vec::new());
    sample.entries.findings.push(finding);
    let plain = Style {
        colour: false,
        width: 60,
        unicode: false,
    };
    assert!(sample.render(Format::Full, &plain).is_ascii());
    let coloured = Style {
        colour: true,
        ..STYLE
    };
    let text = sample.render(Format::Full, &coloured);
    assert!(
        text.contains("\u{1b}[31mhigh[host-network-root-user]\u{1b}[0m"),
        "{text:?}"
    );
}

proptest! {
    #[test]
    fn any_text_and_any_labels_render(
        text in "(\\PC|[\\x00-\\x20\t\r\n\u{202e}漢é\"]){0,300}",
        spans in prop::collection::vec((0usize..400, 0usize..40), 1..7),
        width in 20usize..120,
    ) {
        let mut sample = Sample::new(&[("t.tf", &text)]);
        let file = sample.sources.open(std::path::Path::new("t.tf")).expect("in memory");
        let floor = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let mut labels: Vec<Label> = spans
            .iter()
            .map(|(start, length)| {
                let start = floor(*start);
                let place = sample.place(file.span(start, floor(start + length)));
                Label { message: format!("label {length}"), place }
            })
            .collect();
        let primary = labels.remove(0);
        let style = Style { width, ..STYLE };
        let finding = sample.finding(primary.clone(), labels.clone());
        sample.entries.findings.push(finding);
        let shown = sample.render(Format::Full, &style);
        prop_assert!(!shown.contains(|c: char| c != '\n' && is_hostile(c)));
        labels.insert(0, primary);
        // The plain fallback has no excerpt: it must not have been needed.
        let (snippets, left_over) = Snippets::new(&labels, &style, |_| file.clone());
        prop_assert_eq!(snippets.marks.len() + left_over.len(), labels.len());
        let entry = of_finding(&sample.entries.findings[0]);
        prop_assert!(render(&entry, &snippets, &style).is_some());
        let room = (width - 5).max(20) + 12 * labels.len();
        for line in snippets.lines() {
            prop_assert!(cells(line) <= room, "{}", line);
        }
    }
}
