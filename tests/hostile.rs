//! Hostile names, files and large runs in every format, as its consumers read them.

#[allow(dead_code, reason = "shared between tests that use parts of it")]
#[path = "support/schema.rs"]
mod schema;
#[allow(dead_code, reason = "shared between tests that use parts of it")]
#[path = "support/scratch.rs"]
mod scratch;

use ecslint::report::Format;
use scratch::Scratch;
use serde_json::Value;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What could end a line, an attribute, a cell, a command or a string, or become markup. No
/// system takes a `/` in a name, and Windows few of these.
const NAME: &str =
    "::error file=a,b::%0A\n::warning::x\r'\"\u{1b}[2J]]>|`<script>@z ##[error]&amp;#1\u{202e}";

/// A directory of this name whose module declares containers, instances and families of it.
fn hostile() -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile");
    let _ = fs::remove_dir_all(&root);
    let unit = root.join(NAME);
    fs::create_dir_all(&unit).expect("the target directory can be written");
    let quoted = Value::from(NAME).to_string().replace("\\u001b", "\u{1b}");
    let quoted = quoted.replace("${", "$${").replace("%{", "%%{");
    let text = format!(
        "resource \"aws_ecs_task_definition\" \"x\" {{
  for_each = {{ {quoted} = 1 }}
  family   = {quoted}
  network_mode = \"host\"
  container_definitions = jsonencode([
    {{ name = {quoted}, image = \"a\", privileged = true }},
    {{ name = \"open\", image = \"a\", user = data.aws_ssm_parameter.uid.value }},
  ])
}}
data \"aws_ssm_parameter\" \"uid\" {{
  name = \"uid\"
}}
"
    );
    fs::write(unit.join(format!("{NAME}.tf")), text).expect("the directory can be written");
    fs::write(
        unit.join(format!("{NAME}.yaml")),
        "Resources: {A: {Type: AWS::ECS::TaskDefinition",
    )
    .expect("the directory can be written");
    root
}

/// A thousand containers, and each more than one finding in some formats.
fn large() -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("large");
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(&root).expect("the target directory can be written");
    let mut text = String::new();
    for at in 0..1000 {
        text.push_str(&format!(
            "resource \"aws_ecs_task_definition\" \"t{at}\" {{
  family = \"t\"
  container_definitions = jsonencode([{{ name = \"c\", image = \"a\", privileged = true }}])
}}
"
        ));
    }
    fs::write(root.join("main.tf"), text).expect("the directory can be written");
    root
}

/// What a check of a directory gives in a format.
fn report(directory: &Path, format: Format) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ecslint"))
        .args(["check", "--format", format.as_str()])
        .current_dir(directory)
        .env_clear()
        .output()
        .expect("the binary was built");
    assert_eq!(output.status.code(), Some(1), "{format:?}");
    String::from_utf8(output.stdout).expect("reports are UTF-8")
}

fn json(directory: &Path, format: Format) -> Value {
    let text = report(directory, format);
    assert!(
        !text.contains('\u{1b}') && !text.contains('\u{202e}'),
        "{format:?}"
    );
    serde_json::from_str(&text).expect("JSON")
}

/// How many findings, undetermined ones and problems there are, and the paths of the findings.
fn told(directory: &Path) -> (usize, Vec<String>) {
    let report = json(directory, Format::Json);
    let list = |name: &str| report[name].as_array().expect("a list").clone();
    let lists = ["findings", "undetermined", "problems"];
    let paths = list("findings")
        .iter()
        .map(|finding| {
            let path = finding["location"]["path"].as_str();
            path.expect("a finding has a path").to_owned()
        })
        .collect();
    (lists.map(|name| list(name).len()).iter().sum(), paths)
}

#[test]
#[cfg(unix)]
fn hostile_names_inject_nothing() {
    let directory = hostile();
    let (count, paths) = told(&directory);
    assert_eq!(
        count, 4,
        "a finding, something undetermined, a file and a name that is refused"
    );
    assert_eq!(paths, [format!("{NAME}/{NAME}.tf")]);
    for format in Format::ALL {
        let text = report(&directory, format);
        for character in ['\u{1b}', '\r', '\u{202e}'] {
            assert!(!text.contains(character), "{format:?}: {text}");
        }
        // What GitHub's runner reads as a command, in whatever it logs.
        let commands = text.lines().filter(|line| {
            let is_new = line.trim_start().starts_with("::");
            is_new || line.contains("##[")
        });
        let wanted = if format == Format::Github { count } else { 0 };
        assert_eq!(commands.count(), wanted, "{format:?}: {text}");
    }

    let concise = report(&directory, Format::Concise);
    assert_eq!(concise.lines().count(), count + 1, "{concise}");

    let github = report(&directory, Format::Github);
    let commands: Vec<&str> = github
        .lines()
        .filter(|line| line.starts_with("::"))
        .collect();
    assert_eq!((commands.len(), github.lines().count()), (count, count + 1));
    for command in commands {
        let (properties, _) = command[2..].split_once("::").expect("a command ends");
        let (level, properties) = properties.split_once(' ').expect("it has properties");
        assert!(["error", "warning", "notice"].contains(&level), "{command}");
        for property in properties.split(',') {
            let (name, _) = property.split_once('=').expect("a property has a value");
            let known = ["file", "line", "endLine", "col", "endColumn", "title"];
            assert!(known.contains(&name), "{command}");
        }
    }

    let gitlab = json(&directory, Format::Gitlab);
    assert_eq!(gitlab[0]["location"]["path"], paths[0]);

    let sarif = json(&directory, Format::Sarif);
    assert_sarif(&sarif);
    let run = &sarif["runs"][0];
    let location = &run["results"][0]["locations"][0]["physicalLocation"];
    let uri = location["artifactLocation"]["uri"].as_str().expect("a URI");
    assert_eq!(decoded(uri), paths[0]);

    let junit = report(&directory, Format::Junit);
    let document = roxmltree::Document::parse(&junit).expect("XML");
    let elements = document.descendants().filter(roxmltree::Node::is_element);
    let names: HashSet<&str> = elements.map(|element| element.tag_name().name()).collect();
    assert!(
        names.iter().all(|name| {
            [
                "testsuites",
                "testsuite",
                "testcase",
                "failure",
                "error",
                "skipped",
                "system-out",
            ]
            .contains(name)
        }),
        "{names:?}"
    );

    let markdown = report(&directory, Format::Markdown);
    let rows = markdown.lines().filter(|line| line.starts_with('|'));
    let rows: Vec<&str> = rows.collect();
    assert_eq!(rows.len(), count + 2);
    for row in rows {
        assert_eq!(row.matches('|').count(), 5, "{row}");
        assert!(!row.contains("<script"), "{row}");
    }
}

#[test]
fn a_thousand_findings_fit_every_format() {
    let directory = large();
    let (count, _) = told(&directory);
    assert_eq!(count, 1000);

    let sarif = json(&directory, Format::Sarif);
    assert_sarif(&sarif);
    let results = sarif["runs"][0]["results"].as_array().expect("a list");
    assert_eq!(results.len(), 1000);
    let hashes = results
        .iter()
        .map(|result| &result["partialFingerprints"]["primaryLocationLineHash"]);
    assert_eq!(hashes.collect::<HashSet<_>>().len(), 1000);

    let gitlab = json(&directory, Format::Gitlab);
    let violations = gitlab.as_array().expect("a list");
    let fingerprints = violations.iter().map(|one| one["fingerprint"].as_str());
    assert_eq!(fingerprints.collect::<HashSet<_>>().len(), 1000);
    for one in violations {
        let severity = one["severity"].as_str().unwrap_or_default();
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity));
        assert_eq!(one["location"]["path"], "main.tf");
        assert!(one["location"]["positions"]["begin"]["line"].is_u64());
    }

    let github = report(&directory, Format::Github);
    assert_eq!(github.matches("::error ").count(), 10);
    assert!(github.contains("Not annotated: 990 errors"), "{github}");

    let junit = report(&directory, Format::Junit);
    let options = roxmltree::ParsingOptions {
        nodes_limit: u32::MAX,
        ..Default::default()
    };
    let document = roxmltree::Document::parse_with_options(&junit, options).expect("XML");
    let failures = document
        .descendants()
        .filter(|node| node.has_tag_name("failure"));
    assert_eq!(failures.count(), 1000);

    let markdown = report(&directory, Format::Markdown);
    assert!(markdown.len() < 65_536, "a comment on GitHub holds no more");
    assert!(markdown.contains("\nNot in this table: "), "{markdown}");

    for format in [Format::Full, Format::Concise] {
        let text = report(&directory, format);
        assert!(
            text.matches("[privileged-container]").count() == 1000,
            "{format:?}"
        );
    }
}

/// What the schema says and GitHub adds to it.
fn assert_sarif(log: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/sarif-2.1.0.schema.json");
    let text = fs::read_to_string(path).expect("the schema is there");
    let schema = serde_json::from_str(&text).expect("the schema is JSON");
    let faults = schema::faults(&schema, log);
    assert!(faults.is_empty(), "{faults:#?}");
    for result in log["runs"][0]["results"].as_array().expect("a list") {
        assert_eq!(result["locations"].as_array().map(Vec::len), Some(1));
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().expect("a URI");
        assert!(!uri.starts_with('/') && !uri.contains("::"), "{uri}");
        for member in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][member].as_u64() >= Some(1), "{place}");
        }
    }
}

/// The text that a URI stands for.
fn decoded(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first == b'%' {
            let hex = std::str::from_utf8(&after[..2]).expect("two digits");
            bytes.push(u8::from_str_radix(hex, 16).expect("two digits"));
            rest = &after[2..];
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// A pipe that nobody writes to: whoever opens it waits for ever.
#[cfg(unix)]
#[test]
fn a_pipe_is_told_and_not_waited_for() {
    let scratch = Scratch::new("hostile-pipe");
    scratch.write("r/main.tf", "locals {}\n");
    for path in ["r/pipe.tf", "pipe.yaml"] {
        let made = std::process::Command::new("mkfifo")
            .arg(scratch.root.join(path))
            .status();
        if !made.is_ok_and(|status| status.success()) {
            eprintln!("skipped: no pipe can be made here");
            return;
        }
    }
    let run = scratch.ecslint("", "check --format concise .");
    let (mut places, code) = run.places();
    places.sort_unstable();
    assert_eq!((places, code), (vec!["pipe.yaml:1:1", "r/pipe.tf:1:1"], 3));
}

/// Terraform fails at each of these, so a task definition may hide in them.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_opened_is_told() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    let scratch = Scratch::new("hostile-names");
    scratch.write("r/main.tf", "locals {}\n");
    let nowhere = |link: &str| {
        symlink("nowhere", scratch.root.join(link)).expect("the directory can be written");
    };
    // Emacs locks a file that is edited with a link that leads nowhere.
    for link in ["r/a.tf", "c.yaml", "r/.#main.tf", ".#c.yaml"] {
        nowhere(link);
    }
    symlink("d.tf", scratch.root.join("r/d.tf")).expect("the directory can be written");
    let name = scratch.root.join("r").join(OsStr::from_bytes(b"e\xff.tf"));
    let has_bytes = fs::write(name, "locals {}\n").is_ok();
    let run = scratch.ecslint("", "check --format concise .");
    let (mut places, code) = run.places();
    places.sort_unstable();
    let mut wanted = vec!["c.yaml:1:1", "r/a.tf:1:1", "r/d.tf:1:1"];
    // Not every file system takes a name that is no text.
    wanted.extend(has_bytes.then_some("r/e\u{fffd}.tf:1:1"));
    assert_eq!((places, code), (wanted, 3), "{}", run.stdout);
}
