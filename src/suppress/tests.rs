//! Exceptions over whole runs.

use super::*;
use crate::finding::Severity;
use crate::ledger::Leniency;
use crate::source::Memory;
use crate::{Report, Request, config::Config};

/// The run over files below `/w`, which is the working directory.
fn run(files: &[(&str, &str)], options: Options, paths: &[&str]) -> (Report, Arc<SourceMap>) {
    let files = files
        .iter()
        .map(|(path, text)| (format!("/w/{path}"), text.as_bytes()));
    let sources = Arc::new(SourceMap::new(Memory::new(files), "/w"));
    let request = Request {
        paths: paths.iter().map(PathBuf::from).collect(),
        scope: Default::default(),
        settings: Default::default(),
        leniency: Leniency {
            fail_on: Severity::Low,
            allow_undetermined: false,
            allow_unread: false,
        },
        suppress: Options {
            today: Date::parse("2026-01-01").expect("a day"),
            ..options
        },
        terraform: Default::default(),
        cloudformation: Default::default(),
        ..Default::default()
    };
    let report = crate::run(&sources, &request, &|_, _| {}).expect("the paths are there");
    (report, sources)
}

/// Each finding as `path:line rule container`, the faults, and how many are hidden.
fn told(report: &Report) -> Vec<String> {
    let findings = report.entries.findings.iter().map(|finding| {
        let location = &finding.primary.place.location;
        let container = finding.container.as_deref().unwrap_or(finding.evidence);
        let line = location.start.line;
        format!("{}:{line} {} {container}", location.path, finding.rule)
    });
    let problems = report.entries.problems.iter();
    let problems = problems.map(|problem| problem.message.clone());
    let hidden =
        (report.entries.ignored > 0).then(|| format!("{} ignored", report.entries.ignored));
    let known = (report.entries.known > 0).then(|| format!("{} known", report.entries.known));
    findings
        .chain(problems)
        .chain(hidden)
        .chain(known)
        .collect()
}

fn of(path: &str, text: &str) -> Vec<String> {
    told(&run(&[(path, text)], Options::default(), &[path]).0)
}

/// A resource with privileged containers `a` and `b`; `{1}` stands above it, `{2}` above `a`, `{3}`
/// at the end of its line.
fn terraform(one: &str, two: &str, three: &str) -> String {
    format!(
        "{one}\nresource \"aws_ecs_task_definition\" \"x\" {{\n  family = \"x\"\n  container_definitions = jsonencode([\n    {two}\n    {{ name = \"a\", image = \"a\", privileged = true }}, {three}\n    {{ name = \"b\", image = \"b\", privileged = true }},\n  ])\n}}\n"
    )
}

const IGNORE: &str = "# ecslint: ignore[privileged-container] it must";
const FOUND_A: &str = "main.tf:6 privileged-container a";
const FOUND_B: &str = "main.tf:7 privileged-container b";

#[test]
fn a_comment_covers_its_line_or_what_starts_below_it() {
    let of = |one, two, three| of("main.tf", &terraform(one, two, three));
    assert_eq!(of("", "", ""), [FOUND_A, FOUND_B]);
    assert_eq!(of("", IGNORE, ""), [FOUND_B, "1 ignored"]);
    assert_eq!(of("", "", IGNORE), [FOUND_B, "1 ignored"]);
    assert_eq!(of(IGNORE, "", ""), ["2 ignored"]);
    assert_eq!(
        of(
            "",
            "",
            "# ecslint: ignore[privileged-container] until=2026-01-01 today"
        ),
        [FOUND_B, "1 ignored"]
    );
    assert_eq!(
        of("# ecslint: ignore-file[privileged-container] all", "", ""),
        ["2 ignored"]
    );
}

#[test]
fn what_hides_nothing_is_found() {
    let of = |one, two, three| of("main.tf", &terraform(one, two, three));
    assert_eq!(
        of("# ecslint: ignore[host-network-root-user] it must", "", ""),
        ["main.tf:1 unused-ignore unused", FOUND_A, FOUND_B,]
    );
    assert_eq!(
        of(
            "# ecslint: ignore[privileged-container,host-network-root-user] x",
            "",
            ""
        ),
        ["main.tf:1 unused-ignore unused", "2 ignored"]
    );
    assert_eq!(
        of(
            "",
            "",
            "# ecslint: ignore[privileged-container] until=2025-12-31 for a while"
        ),
        [FOUND_A, "main.tf:6 unused-ignore ended", FOUND_B,]
    );
    assert_eq!(
        of("# ecslint: ignore[privileged-container]", "", ""),
        [
            FOUND_A,
            FOUND_B,
            "an ignore needs a reason, so nothing is ignored",
        ]
    );
}

#[test]
fn no_ignores_shows_all() {
    let text = terraform(IGNORE, "# ecslint: ignore[x]", "");
    let options = Options {
        no_ignores: true,
        ..Options::default()
    };
    let (report, _) = run(&[("main.tf", &text)], options, &["main.tf"]);
    assert_eq!(told(&report), [FOUND_A, FOUND_B]);
}

/// `module` calls are judged each: a comment at the declaration covers all, an address one.
const MODULE: [(&str, &str); 2] = [
    (
        "main.tf",
        "module \"one\" {\n  source = \"./m\"\n}\nmodule \"two\" {\n  source = \"./m\"\n}\n",
    ),
    (
        "m/main.tf",
        "resource \"aws_ecs_task_definition\" \"x\" {\n  family = \"x\"\n  container_definitions = <<EOF\n[{\"name\": \"a\", \"image\": \"a\", \"privileged\": true}]\nEOF\n}\n",
    ),
];

fn configured(text: &str) -> Options {
    Options {
        ignores: Config::parse_text(text).expect(text).ignores,
        config: Some("/w/.ecslint.yaml".into()),
        ..Options::default()
    }
}

#[test]
fn a_shared_finding_is_hidden_where_all_its_instances_are() {
    let one = "ignore:\n- rule: privileged-container\n  address: module.one.*\n  reason: it must\n";
    let (report, _) = run(&MODULE, configured(one), &["main.tf"]);
    assert_eq!(
        told(&report),
        ["m/main.tf:4 privileged-container a", "1 ignored"]
    );
    let instances = &report.entries.findings[0].instances;
    assert_eq!(instances.len(), 1);
    assert_eq!(
        &*instances[0].address,
        "module.two.aws_ecs_task_definition.x"
    );

    let all =
        "ignore:\n- rule: privileged-container\n  path: .\n  container: a\n  reason: it must\n";
    assert_eq!(
        told(&run(&MODULE, configured(all), &["main.tf"]).0),
        ["1 ignored"]
    );

    let above = format!("{IGNORE}\n{}", MODULE[1].1);
    let files = [MODULE[0], ("m/main.tf", above.as_str())];
    assert_eq!(
        told(&run(&files, Options::default(), &["main.tf"]).0),
        ["1 ignored"]
    );
}

#[test]
fn a_comment_at_a_module_call_covers_what_it_makes() {
    let called = |one: &str, two: &str| {
        let main = format!(
            "{one}\nmodule \"one\" {{\n  source = \"./m\"\n}}\nmodule \"two\" {{ {two}\n  source = \"./m\"\n}}\n"
        );
        let files = [("main.tf", main.as_str()), MODULE[1]];
        let (report, _) = run(&files, Options::default(), &["main.tf"]);
        let findings = report.entries.findings.iter();
        let addresses = findings.flat_map(|finding| &finding.instances);
        let addresses: Vec<String> = addresses.map(|one| one.address.to_string()).collect();
        (addresses, told(&report))
    };
    let (addresses, said) = called(IGNORE, "");
    assert_eq!(addresses, ["module.two.aws_ecs_task_definition.x"]);
    assert_eq!(said, ["m/main.tf:4 privileged-container a", "1 ignored"]);
    let (addresses, _) = called("", IGNORE);
    assert_eq!(addresses, ["module.one.aws_ecs_task_definition.x"]);
    assert_eq!(called(IGNORE, IGNORE).1, ["1 ignored"]);
    let ended = "# ecslint: ignore[privileged-container] until=2025-12-31 for a while";
    assert_eq!(
        called(ended, IGNORE).1,
        [
            "m/main.tf:4 privileged-container a",
            "main.tf:1 unused-ignore ended",
            "1 ignored"
        ]
    );

    // The call may be the outer one of several.
    let outer = format!("{IGNORE}\nmodule \"o\" {{\n  source = \"./o\"\n}}\n");
    let files = [
        ("main.tf", outer.as_str()),
        ("o/main.tf", "module \"i\" {\n  source = \"../m\"\n}\n"),
        MODULE[1],
    ];
    assert_eq!(
        told(&run(&files, Options::default(), &["main.tf"]).0),
        ["1 ignored"]
    );

    // It may be written beside another tool's, which is pointed at.
    let skip = "# checkov:skip=CKV_AWS_334:it must";
    let main = format!("module \"one\" {{\n  {skip}\n  source = \"./m\"\n}}\n");
    let files = [("main.tf", main.as_str()), MODULE[1]];
    let (report, _) = run(&files, Options::default(), &["main.tf"]);
    assert_eq!(report.entries.findings[0].notes.len(), 1);
}

#[test]
fn an_exception_at_a_nested_stack_covers_what_it_makes() {
    let outer = |comment: &str, metadata: &str| {
        format!(
            "Resources:\n  {comment}\n  N:\n    Type: AWS::CloudFormation::Stack\n    Metadata: {metadata}\n    Properties:\n      TemplateURL: ./t.yaml\n"
        )
    };
    let inner = template("{}");
    let of = |outer: &str| {
        let files = [("o.yaml", outer), ("t.yaml", inner.as_str())];
        told(&run(&files, Options::default(), &["o.yaml"]).0)
    };
    assert_eq!(of(&outer("", "{}")).len(), 2);
    assert_eq!(of(&outer(IGNORE, "{}")), ["2 ignored"]);
    let entry =
        "{ecslint: {ignore: [{rule: privileged-container, reason: it must, containers: a}]}}";
    assert_eq!(
        of(&outer("", entry)),
        ["t.yaml:11 privileged-container b", "1 ignored"]
    );
}

#[test]
fn comments_in_what_a_module_reads_count_where_the_format_has_them() {
    let main = "resource \"aws_ecs_task_definition\" \"x\" {\n  family = \"x\"\n  container_definitions = jsonencode(yamldecode(READ))\n}\n";
    let yaml = format!(
        "{IGNORE}\n- name: a\n  image: a\n  privileged: true\n- name: b\n  image: b\n  privileged: true\n"
    );
    let template = yaml.replace("image: a", "image: ${image}");
    for (read, path, text) in [
        ("file(\"c.yaml\")", "c.yaml", yaml.clone()),
        (
            "templatefile(\"c.yaml.tftpl\", { image = \"a\" })",
            "c.yaml.tftpl",
            template.clone(),
        ),
        (
            "templatefile(\"c.yml.tpl\", { image = \"a\" })",
            "c.yml.tpl",
            format!("{template}%{{ if false }}\n- name: c\n%{{ endif }}\n"),
        ),
    ] {
        let main = main.replace("READ", read);
        let files = [("main.tf", main.as_str()), (path, text.as_str())];
        let (report, _) = run(&files, Options::default(), &["main.tf"]);
        assert_eq!(
            told(&report),
            [
                format!("{path}:7 privileged-container b"),
                "1 ignored".to_owned()
            ],
            "{read}"
        );
    }
    // JSON has no comments: what stands above the resource covers what it reads.
    let json = "[{\"name\": \"a\", \"image\": \"a\", \"privileged\": true}]";
    let main = main.replace("jsonencode(yamldecode(READ))", "file(\"c.json\")");
    let above = format!("{IGNORE}\n{main}");
    let files = [("main.tf", above.as_str()), ("c.json", json)];
    assert_eq!(
        told(&run(&files, Options::default(), &["main.tf"]).0),
        ["1 ignored"]
    );
}

#[test]
fn an_entry_of_the_configuration_that_hides_nothing_is_found() {
    let config = "fail-on: low\nignore:\n- rule: privileged-container\n  address: module.three.*\n  reason: it must\n- rule: privileged-container\n  address: module.*\n  until: 2025-01-01\n  reason: it must\n";
    let files = [MODULE[0], MODULE[1], (".ecslint.yaml", config)];
    assert_eq!(
        told(&run(&files, configured(config), &["main.tf"]).0),
        [
            ".ecslint.yaml:3 unused-ignore unused",
            ".ecslint.yaml:6 unused-ignore ended",
            "m/main.tf:4 privileged-container a",
        ]
    );
    // What the run was not asked for may be what it is for.
    let (report, _) = run(&files, configured(config), &["m/main.tf"]);
    assert_eq!(told(&report), ["m/main.tf:4 privileged-container a"]);
}

#[test]
fn an_address_is_no_pattern_but_for_its_stars() {
    for (pattern, address, wanted) in [
        ("a.x[\"k\"]", "a.x[\"k\"]", true),
        ("a.x[\"k\"]", "a.xk", false),
        ("a.x[*]", "a.x[0]", true),
        ("**.x***", "module.m.x[0]", true),
        ("*", "", true),
        ("a?", "ab", false),
    ] {
        let text =
            format!("ignore:\n- rule: privileged-container\n  address: '{pattern}'\n  reason: x\n");
        let config = Config::parse_text(&text).expect(&text);
        let pattern = config.ignores[0].address.as_ref().expect("it is set");
        assert_eq!(pattern.matches(address), wanted, "{pattern} {address}");
    }
}

/// A template with the task definition `X` and the containers `a` and `b`, with `Metadata`.
fn template(metadata: &str) -> String {
    let text = "Metadata: {1}\nResources:\n  X:\n    Type: AWS::ECS::TaskDefinition\n    Metadata: {2}\n    Properties:\n      ContainerDefinitions:\n        - Name: a\n          Privileged: true\n        - Name: b\n          Privileged: true\n";
    text.replace("{1}", "{}").replace("{2}", metadata)
}

#[test]
fn metadata_covers_its_resource_and_the_containers_it_names() {
    let of = |metadata: &str| of("t.yaml", &template(metadata));
    let entry = |more: &str| {
        format!("{{ecslint: {{ignore: [{{rule: privileged-container, reason: it must{more}}}]}}}}")
    };
    let (a, b) = (
        "t.yaml:9 privileged-container a",
        "t.yaml:11 privileged-container b",
    );
    assert_eq!(of(&entry("")), ["2 ignored"]);
    assert_eq!(of(&entry(", containers: [b]")), [a, "1 ignored"]);
    assert_eq!(
        of(&entry(", containers: [c]")),
        ["t.yaml:5 unused-ignore unused", a, b]
    );
    // Each name is to be of use.
    assert_eq!(
        of(&entry(", containers: [b, c, d]")),
        [
            "t.yaml:5 unused-ignore unused",
            "t.yaml:5 unused-ignore unused",
            a,
            "1 ignored"
        ]
    );
    assert_eq!(
        of(&entry(", until: 2025-01-01")),
        ["t.yaml:5 unused-ignore ended", a, b]
    );
    for (metadata, wanted) in [
        (
            entry(", contaners: [c]"),
            "`contaners` is not a key here, so nothing is ignored: did you mean `containers`?",
        ),
        (
            "{ecslint: {ignore: [{rule: privileged-container}]}}".to_owned(),
            "an ignore needs a reason, so nothing is ignored",
        ),
        (
            "{ecslint: {ignore: x}}".to_owned(),
            "`ignore` must be a list, this is a string, so nothing is ignored",
        ),
        (
            entry(", containers: []"),
            "`containers` must be a list of names, this is a list, so nothing is ignored",
        ),
    ] {
        assert_eq!(of(&metadata), [a, b, wanted], "{metadata}");
    }
    let general = template("{}").replacen("{}", &entry(""), 1);
    assert_eq!(super::tests::of("t.yaml", &general), ["2 ignored"]);
}

#[test]
fn metadata_works_in_json() {
    let json = "{\"Resources\": {\"X\": {\"Type\": \"AWS::ECS::TaskDefinition\", \"Metadata\": {1},\n\"Properties\": {\"ContainerDefinitions\": [{\"Name\": \"a\", \"Privileged\": true}]}}}}";
    let entry = "{\"ecslint\": {\"ignore\": [{\"rule\": \"privileged-container\", \"reason\": \"it must\"}]}}";
    let of = |metadata: &str| super::tests::of("t.json", &json.replace("{1}", metadata));
    assert_eq!(of("{}"), ["t.json:2 privileged-container a"]);
    assert_eq!(of(entry), ["1 ignored"]);
}

#[test]
fn comments_in_yaml_cover_members_and_elements() {
    let text = template("{}").replace(
        "        - Name: b",
        &format!("        {IGNORE}\n        - Name: b"),
    );
    assert_eq!(
        of("t.yaml", &text),
        ["t.yaml:9 privileged-container a", "1 ignored"]
    );
}

#[test]
fn other_files_may_say_what_they_like() {
    let workflow =
        "# ecslint: runs below\non: push\njobs: {}\n# AWS::ECS::TaskDefinition Resources\n";
    let template = template("{}");
    let files = [("t.yaml", template.as_str()), ("w.yaml", workflow)];
    let (report, _) = run(&files, Options::default(), &["t.yaml", "w.yaml"]);
    assert!(
        !told(&report).iter().any(|told| told.contains("ignored")),
        "{:?}",
        told(&report)
    );
}

#[test]
fn suppressions_of_other_tools_are_pointed_at() {
    let notes = |path: &str, text: &str| -> Vec<String> {
        let (report, _) = run(&[(path, text)], Options::default(), &[path]);
        let findings = report.entries.findings.iter();
        findings.map(|finding| finding.notes.join(" ")).collect()
    };
    let skip = "# checkov:skip=CKV_AWS_334:it must";
    let note = "`checkov:skip=CKV_AWS_334` is for another tool and is not obeyed here: write `# ecslint: ignore[privileged-container] reason`";
    let inside = terraform("", "", "").replace("  family", &format!("  {skip}\n  family"));
    assert_eq!(notes("main.tf", &inside), [note, note]);
    assert_eq!(notes("main.tf", &terraform("", "", skip)), [note, note]);
    assert_eq!(
        notes("main.tf", &terraform("# checkov:skip=CKV_AWS_336", "", "")),
        ["", ""]
    );
    for mark in ["bridgecrew:skip=", "trivy:ignore:", "tfsec:ignore:"] {
        let above = format!("#{mark}CKV_AWS_334 it must");
        let found = notes("main.tf", &terraform(&above, "", ""));
        assert!(found[0].contains(mark), "{mark}: {found:?}");
    }
    for metadata in [
        "{checkov: {skip: [{id: CKV_AWS_334, comment: x}]}}",
        "{cfn-lint: {config: {ignore_checks: [CKV_AWS_334]}}}",
        "{cfn_nag: {rules_to_suppress: [{id: CKV_AWS_334, reason: x}]}}",
        "{cdk_nag: {rules_to_suppress: [{id: AwsSolutions-CKV_AWS_334, reason: x}]}}",
    ] {
        let found = notes("t.yaml", &template(metadata));
        assert!(
            found[0].contains("not obeyed here"),
            "{metadata}: {found:?}"
        );
    }
    let metadata = "{guard: {SuppressedRules: [ECS_CONTAINERS_NONPRIVILEGED]}}";
    let note = "`guard.SuppressedRules: ECS_CONTAINERS_NONPRIVILEGED` is for another tool and is not obeyed here: write `ecslint: {ignore: [{rule: privileged-container, reason: …}]}` beside it";
    assert_eq!(notes("t.yaml", &template(metadata)), [note, note]);
}

fn baseline_of(files: &[(&str, &str)]) -> String {
    let options = Options {
        baseline: BaselineUse::Write {
            path: "/w/known.json".into(),
            before: None,
        },
        ..Options::default()
    };
    let (report, _) = run(files, options, &[files[0].0]);
    assert!(report.entries.findings.is_empty());
    let mut text = Vec::new();
    let baseline = report.baseline.expect("it was asked for");
    baseline.write(&mut text).expect("a vector takes all bytes");
    String::from_utf8(text).expect("UTF-8")
}

/// The baseline that a run of some of the files writes over an older one, and what it says.
fn rewritten(files: &[(&str, &str)], before: &str, paths: &[&str]) -> (String, Vec<String>) {
    let path = Path::new("/w/known.json");
    let before = Baseline::parse(before, path, "known.json".to_owned()).expect(before);
    let options = Options {
        baseline: BaselineUse::Write {
            path: path.to_owned(),
            before: Some(before),
        },
        ..Options::default()
    };
    let (report, _) = run(files, options, paths);
    let mut text = Vec::new();
    let baseline = report.baseline.as_ref().expect("it was asked for");
    baseline.write(&mut text).expect("a vector takes all bytes");
    (String::from_utf8(text).expect("UTF-8"), told(&report))
}

#[test]
fn a_baseline_keeps_what_is_not_judged_again() {
    let both = terraform("", "", "");
    let one = both.replace(
        "\"b\", image = \"b\", privileged = true",
        "\"b\", image = \"b\"",
    );
    let files = [("s/main.tf", both.as_str()), ("t/main.tf", both.as_str())];
    let (whole, _) = rewritten(
        &files,
        "{\"schema\": \"ecslint/baseline/v1\", \"findings\": []}",
        &["s/main.tf", "t/main.tf"],
    );
    assert_eq!(whole.matches("\"unit\"").count(), 4, "{whole}");

    // A part of it is judged and has not changed.
    let (same, said) = rewritten(&files, &whole, &["t/main.tf"]);
    assert_eq!((same, said), (whole.clone(), vec!["2 known".to_owned()]));

    // One is mended, and its unit is judged.
    let mended = [("s/main.tf", both.as_str()), ("t/main.tf", one.as_str())];
    let (less, said) = rewritten(&mended, &whole, &["t/main.tf"]);
    assert_eq!(less.matches("\"unit\": \"s\"").count(), 2);
    assert_eq!(less.matches("\"unit\": \"t\"").count(), 1);
    assert_eq!(
        said,
        [
            "an entry of the baseline is not found any more: container `b` of `aws_ecs_task_definition.x` in `t`",
            "1 known",
        ]
    );
    let (same, _) = rewritten(&mended, &whole, &["s/main.tf"]);
    assert_eq!(same, whole, "`t` was not judged");

    // A unit has gone.
    let (less, _) = rewritten(&files[..1], &whole, &["s/main.tf"]);
    assert_eq!(less.matches("\"unit\": \"t\"").count(), 0);

    // What cannot be decided or read any more may be there still.
    let open = both.replace("= true", "= var.open") + "variable \"open\" { type = bool }\n";
    let (same, _) = rewritten(&[("s/main.tf", &open), files[1]], &whole, &["s/main.tf"]);
    assert!(
        same == whole || same.matches("\"unit\": \"s\"").count() == 2,
        "{same}"
    );
    let (same, _) = rewritten(
        &[("s/main.tf", "resource {{"), files[1]],
        &whole,
        &["s/main.tf"],
    );
    assert_eq!(same, whole);
}

fn knowing(text: &str) -> Options {
    let path = Path::new("/w/known.json");
    let baseline = Baseline::parse(text, path, "known.json".to_owned()).expect(text);
    Options {
        baseline: BaselineUse::Known(baseline),
        ..Options::default()
    }
}

#[test]
fn known_findings_are_hidden_wherever_their_lines_are() {
    let text = terraform("", "", "");
    let baseline = baseline_of(&[("s/main.tf", &text)]);
    assert!(baseline.contains("\"unit\": \"s\""), "{baseline}");
    let moved = format!("\n\n{text}");
    let (report, _) = run(&[("s/main.tf", &moved)], knowing(&baseline), &["s/main.tf"]);
    assert_eq!(told(&report), ["2 known"]);

    let renamed = text.replace("\"b\"", "\"c\"");
    let (report, _) = run(
        &[("s/main.tf", &renamed)],
        knowing(&baseline),
        &["s/main.tf"],
    );
    assert_eq!(
        told(&report),
        [
            "s/main.tf:7 privileged-container c",
            "an entry of the baseline is not found any more: container `b` of `aws_ecs_task_definition.x` in `s`",
            "1 known",
        ]
    );
    // Of two of one name, one is new.
    let twice = text.replace("\"b\"", "\"a\"");
    let (report, _) = run(&[("s/main.tf", &twice)], knowing(&baseline), &["s/main.tf"]);
    assert_eq!(told(&report)[0], "s/main.tf:7 privileged-container a");

    // An entry that is excepted, or whose unit was not asked for, is not stale.
    let excepted = terraform(IGNORE, "", "");
    let (report, _) = run(
        &[("s/main.tf", &excepted)],
        knowing(&baseline),
        &["s/main.tf"],
    );
    assert_eq!(told(&report), ["2 ignored"]);
    let files = [("s/main.tf", text.as_str()), ("t/main.tf", "")];
    let (report, _) = run(&files, knowing(&baseline), &["t/main.tf"]);
    assert_eq!(told(&report), [""; 0]);
}

#[test]
fn a_path_of_module_calls_has_keys_or_none() {
    let address = "module.a[\"x.]\\\"y\"].module.b[0].aws_ecs_task_definition.t[\"module.c\"]";
    let is_in = |pattern: &str| {
        let pattern = glob::Pattern::new(pattern).expect("a pattern");
        is_in_module(&Some(pattern), address)
    };
    for path in [
        "module.a",
        "module.a.module.b",
        "module.a[[]\"x.]\\\"y\"]",
        "module.*",
        "*.module.b[[]0]",
    ] {
        assert!(is_in(path), "{path}");
    }
    for path in [
        "module.b",
        "module.c",
        "module",
        "module.a.module.b.module.c",
        "a",
        "aws_*",
    ] {
        assert!(!is_in(path), "{path}");
    }
    assert!(!is_in_module(
        &glob::Pattern::new("*").ok(),
        "aws_ecs_task_definition.t"
    ));
    for address in [
        "module.",
        "module.a",
        "module.a[",
        "module.a[\"",
        "module.é[\"\\",
    ] {
        is_in_module(&glob::Pattern::new("x").ok(), address);
    }
}

#[test]
fn a_new_caller_of_a_known_module_shows() {
    let before = "module \"one\" {\n  source = \"./m\"\n}\n";
    let baseline = baseline_of(&[("main.tf", before), MODULE[1]]);
    let (report, _) = run(&MODULE, knowing(&baseline), &["main.tf"]);
    assert_eq!(
        told(&report),
        ["m/main.tf:4 privileged-container a", "1 known"]
    );
    let instances = &report.entries.findings[0].instances;
    assert_eq!(
        &*instances[0].address,
        "module.two.aws_ecs_task_definition.x"
    );
}

#[test]
fn a_file_that_is_no_baseline_is_refused_with_its_place() {
    let path = Path::new("/w/b.json");
    for (text, wanted) in [
        (
            "",
            "b.json:1:1: this is no baseline: EOF while parsing a value",
        ),
        (
            "{\"schema\": \"x\", \"findings\": []}",
            "b.json:1:1: expected the schema `ecslint/baseline/v1`, found `x`",
        ),
        (
            "{\"schema\":\n \"ecslint/baseline/v1\", \"findings\": [1]}",
            "b.json:2:38: this is no baseline: invalid type: integer `1`, expected a known finding",
        ),
    ] {
        let error = Baseline::parse(text, path, "b.json".to_owned()).expect_err(text);
        assert_eq!(error, wanted);
    }
}
