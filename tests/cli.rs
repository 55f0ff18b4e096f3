//! Runs of the command line as data: what is printed, where, and the exit code.
//!
//! A case is a directory below `testdata/cli` with the arguments in `cmd` (separated by blanks and
//! line breaks) and what is expected in `stdout`, `stderr` and `code`; a missing file is an empty
//! output, a missing `code` is 0. `stdin` is given where it is there. The case's directory is the
//! working directory. `UPDATE=1` writes what is expected.

#[allow(dead_code, reason = "shared between tests that use parts of it")]
#[path = "support/schema.rs"]
mod schema;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[derive(PartialEq, Eq, Debug)]
struct Output {
    stdout: String,
    stderr: String,
    code: String,
}

#[test]
fn every_run_prints_what_is_recorded() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut differences = Vec::new();
    for case in cases() {
        let found = run(&case, &arguments(&case));
        if update {
            found.write(&case);
        }
        let expected = Output::read(&case);
        for (what, expected, found) in [
            ("stdout", &expected.stdout, &found.stdout),
            ("stderr", &expected.stderr, &found.stderr),
            ("code", &expected.code, &found.code),
        ] {
            if expected != found {
                let file = case.join(what);
                differences.push(format!(
                    "{}: expected\n{expected}\nfound\n{found}",
                    file.display()
                ));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.join("\n\n")
    );
}

#[test]
fn the_exit_code_is_the_same_in_every_format() {
    for case in cases() {
        let arguments = arguments(&case);
        if !takes_a_format(&arguments) {
            continue;
        }
        for format in ecslint::report::Format::ALL.map(|format| format.as_str()) {
            let mut arguments = arguments.clone();
            arguments.extend(["--format".to_owned(), format.to_owned()]);
            let found = run(&case, &arguments).code;
            let expected = Output::read(&case).code;
            assert_eq!(found, expected, "{} as {format}", case.display());
        }
    }
}

#[test]
fn json_is_json_whatever_happens() {
    for case in cases() {
        let mut arguments = arguments(&case);
        if !takes_a_format(&arguments) {
            continue;
        }
        arguments.push("--format=json".to_owned());
        let found = run(&case, &arguments);
        if found.code == "2\n" {
            continue;
        }
        let json: serde_json::Value = serde_json::from_str(&found.stdout)
            .unwrap_or_else(|error| panic!("{}: {error}", case.display()));
        let code = json["summary"]["exit_code"].as_u64();
        assert_eq!(
            code.map(|code| format!("{code}\n")),
            Some(found.code),
            "{}",
            case.display()
        );
    }
}

/// The tasks that the page about editors gives for VS Code, on what is really printed.
#[test]
fn each_line_is_read_by_the_problem_matchers_of_editors() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/editors.md");
    let page = fs::read_to_string(page).expect("there is a page");
    let (_, rest) = page.split_once("```json\n").expect("tasks of VS Code");
    let (tasks, _) = rest.split_once("```").expect("the block ends");
    let tasks: serde_json::Value = serde_json::from_str(tasks).expect("JSON");
    for task in tasks["tasks"].as_array().expect("a list") {
        assert_eq!(task["command"], "ecslint");
        let pattern = &task["problemMatcher"]["pattern"];
        let expression = pattern["regexp"].as_str().expect("an expression");
        let expression = regex::Regex::new(expression).expect("an expression");
        let group = |name: &str| pattern[name].as_u64().expect("a group") as usize;
        let mut read = 0;
        for case in cases() {
            if !takes_a_format(&arguments(&case)) {
                continue;
            }
            let mut arguments = arguments(&case);
            let own = task["args"].as_array().expect("a list").iter();
            let own = own.map(|one| one.as_str().expect("a text").to_owned());
            arguments.extend(own.filter(|one| one != "check" && one != "${file}"));
            let found = run(&case, &arguments);
            let lines: Vec<&str> = found.stdout.lines().collect();
            let entries = lines.split_last().map_or(&[][..], |(_, entries)| entries);
            for line in entries {
                let found = expression.captures(line);
                let found = found.unwrap_or_else(|| panic!("{}: {line}", case.display()));
                let text = |name: &str| found.get(group(name)).map_or("", |found| found.as_str());
                let number =
                    |name: &str| text(name).parse::<usize>().is_ok_and(|number| number > 0);
                assert!(number("line") && number("column"), "{line}");
                assert!(
                    ["error", "warning", "info"].contains(&text("severity")),
                    "{line}"
                );
                assert!(
                    !text("message").is_empty() && !text("code").is_empty(),
                    "{line}"
                );
                let file = Path::new(text("file"));
                let is_there = case.join(file).exists() || case.join("stdin").exists();
                assert!(is_there, "{line}");
                read += 1;
            }
        }
        assert!(read > 20, "only {read} lines were read");
    }
}

#[test]
fn sarif_is_what_its_schema_says() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/sarif-2.1.0.schema.json");
    let schema = fs::read_to_string(schema).expect("the schema is there");
    let schema = serde_json::from_str(&schema).expect("the schema is JSON");
    for case in cases() {
        let mut arguments = arguments(&case);
        if !takes_a_format(&arguments) {
            continue;
        }
        arguments.push("--format=sarif".to_owned());
        let found = run(&case, &arguments);
        if found.code == "2\n" {
            continue;
        }
        let log = serde_json::from_str(&found.stdout).expect("JSON");
        let faults = schema::faults(&schema, &log);
        assert!(faults.is_empty(), "{}: {faults:#?}", case.display());
    }
    let wrong = serde_json::json!({"version": "2.1.0", "runs": [{"columnKind": "bytes"}]});
    let faults = schema::faults(&schema, &wrong);
    assert_eq!(faults.len(), 2, "{faults:?}");
}

/// What is published lets members be added; here none may be written that it does not name.
#[test]
fn json_is_what_its_schemas_say() {
    let [check, inspect, settings] = ["check", "inspect", "settings"].map(schema_of);
    let (mut checks, mut inspections, mut configurations) = (0, 0, 0);
    for case in cases() {
        let mut arguments = arguments(&case);
        let (schema, count) = match arguments[0].as_str() {
            "check" if takes_a_format(&arguments) => {
                arguments.push("--format=json".to_owned());
                (&check, &mut checks)
            }
            "inspect" => (&inspect, &mut inspections),
            "config" if !arguments.contains(&"--help".to_owned()) => {
                if !arguments.iter().any(|one| one.starts_with("--format")) {
                    arguments.push("--format=json".to_owned());
                }
                (&settings, &mut configurations)
            }
            _ => continue,
        };
        let found = run(&case, &arguments);
        if found.code == "2\n" {
            continue;
        }
        let report = serde_json::from_str(&found.stdout).expect("JSON");
        let faults = schema::faults(&schema::strict(schema), &report);
        assert!(faults.is_empty(), "{}: {faults:#?}", case.display());
        *count += 1;
        let mut longer = report;
        longer["added"] = true.into();
        assert!(schema::faults(schema, &longer).is_empty());
        longer["schema"] = "ecslint/check/v2".into();
        assert_eq!(schema::faults(schema, &longer).len(), 1);
    }
    let counts = (checks, inspections, configurations);
    assert!(
        checks > 30 && inspections > 1 && configurations > 1,
        "{counts:?}"
    );
    for wrong in [
        serde_json::json!({}),
        serde_json::json!({"schema": "ecslint/inspect/v1", "task_definitions": [{}]}),
    ] {
        assert!(schema::faults(&check, &wrong).len() > 1);
        assert!(!schema::faults(&inspect, &wrong).is_empty());
    }
}

#[test]
fn a_baseline_is_what_its_schema_says() {
    let schema = schema_of("baseline");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("baseline-of-a-case.json");
    let mut known = 0;
    for case in cases() {
        let mut arguments = arguments(&case);
        let is_plain = !arguments
            .iter()
            .any(|one| one.contains("baseline") || one == "--since");
        if arguments[0] != "check" || !is_plain || !takes_a_format(&arguments) {
            continue;
        }
        let _ = fs::remove_file(&path);
        arguments.push(format!("--write-baseline={}", path.display()));
        if run(&case, &arguments).code == "2\n" {
            continue;
        }
        let written = fs::read_to_string(&path).expect("it was written");
        let written = serde_json::from_str(&written).expect("JSON");
        let faults = schema::faults(&schema::strict(&schema), &written);
        assert!(faults.is_empty(), "{}: {faults:#?}", case.display());
        known += written["findings"].as_array().map_or(0, Vec::len);
    }
    assert!(known > 20, "{known}");
    for wrong in [
        serde_json::json!({"schema": "ecslint/baseline/v2", "findings": []}),
        serde_json::json!({"schema": "ecslint/baseline/v1"}),
        serde_json::json!({
            "schema": "ecslint/baseline/v1",
            "findings": [{"rule": "x", "unit": "x", "address": "x", "line": 1}],
        }),
    ] {
        assert_eq!(schema::faults(&schema, &wrong).len(), 1, "{wrong}");
    }
}

/// The schema of the configuration lets editors say what ecslint says.
#[test]
fn the_schema_takes_the_configurations_that_ecslint_takes() {
    let schema = schema_of("config");
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("configurations");
    fs::create_dir_all(&directory).expect("the target directory can be written");
    let mut texts: Vec<String> = cases()
        .iter()
        .filter_map(|case| fs::read_to_string(case.join(".ecslint.yaml")).ok())
        .collect();
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).expect("there is a README");
    let blocks = readme.split("```yaml\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split("```").next());
    texts.extend(blocks.map(str::to_owned));
    texts.extend(
        [
            "rules:",
            "rules: {privileged-container: off, host-network-root-user: {missing-user: info}}",
            "include: [a]\nexclude: []\nunits: ['*/b']",
            "fail_on: high",
            "fail-on: hgih",
            "rules: {privileged: on}",
            "rules: {privileged-container: maybe}",
            "rules: {privileged-container: {sevrity: high}}",
            "rules: {host-network-root-user: {missing-user: pass}}",
            "exclude: vendor",
            "units: {a: b}",
            "modules: {no-task-definition: []}",
            "- a",
            "ignore:\n- {rule: privileged-container, address: x}",
            "ignore:\n- {rule: privileged-container, address: x, reason: ''}",
            "ignore:\n- {rule: privileged-container, reason: y}",
            "ignore:\n- {rule: unused-ignore, address: x, reason: y}",
            "ignore:\n- {rule: privileged-container, adress: x, reason: y}",
            "ignore:\n- {rule: privileged-container, path: x, reason: y, until: soon}",
        ]
        .map(str::to_owned),
    );
    let mut refused = 0;
    for text in &texts {
        let file = directory.join("config.yaml");
        fs::write(&file, text).expect("the target directory can be written");
        let arguments = ["config".to_owned(), format!("--config={}", file.display())];
        let found = run(&directory, &arguments);
        let is_right = found.code == "0\n";
        let faults = match serde_yaml::from_str::<serde_json::Value>(text) {
            Ok(document) => schema::faults(&schema, &document),
            Err(error) => vec![error.to_string()],
        };
        let stderr = &found.stderr;
        assert_eq!(is_right, faults.is_empty(), "{text}\n{stderr}\n{faults:#?}");
        refused += usize::from(!is_right);
    }
    assert!(
        refused > 15 && texts.len() > refused + 5,
        "{refused} of {}",
        texts.len()
    );
}

/// A key that ecslint reads and its schema does not know would be a fault in every editor.
#[test]
fn the_schema_knows_every_key() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = directory.join("unknown.yaml");
    fs::write(&file, "xxxxxxxxxxxxxxxx: 1\n").expect("the target directory can be written");
    let arguments = ["config".to_owned(), format!("--config={}", file.display())];
    let told = run(directory, &arguments).stderr;
    let (_, known) = told.split_once("there are ").expect("it lists the keys");
    let schema = schema_of("config");
    let properties = schema["properties"].as_object().expect("it has properties");
    let mut keys: Vec<String> = properties.keys().map(|key| format!("`{key}`")).collect();
    let mut known: Vec<&str> = known.trim().split(", ").collect();
    keys.sort();
    known.sort_unstable();
    assert_eq!(keys, known);
}

/// What `ecslint schema` prints.
fn schema_of(name: &str) -> serde_json::Value {
    let found = run(
        Path::new(env!("CARGO_TARGET_TMPDIR")),
        &["schema".to_owned(), name.to_owned()],
    );
    serde_json::from_str(&found.stdout).expect("a schema is JSON")
}

#[test]
fn completions_and_manual_pages_have_all_commands_and_flags() {
    let print = |arguments: &[&str]| {
        let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
        let found = run(Path::new(env!("CARGO_TARGET_TMPDIR")), &arguments);
        assert_eq!(found.code, "0\n", "{arguments:?}: {}", found.stderr);
        found.stdout
    };
    use clap::CommandFactory;
    let mut program = ecslint::cli::Cli::command();
    program.build();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = print(&["completions", shell]);
        for command in program.get_subcommands() {
            assert!(
                script.contains(command.get_name()),
                "{shell}: {}",
                command.get_name()
            );
        }
        assert!(script.contains("write-baseline"), "{shell}");
    }
    let page = print(&["man"]);
    assert!(page.contains(".TH ECSLINT 1 "), "{page}");
    for command in program.get_subcommands() {
        let name = command.get_name();
        assert!(
            page.contains(&format!("ecslint\\-{name}(1)")),
            "{name}: {page}"
        );
        let page = print(&["man", name]);
        for flag in command.get_arguments().filter_map(clap::Arg::get_long) {
            let flag = format!("\\-\\-{}", flag.replace('-', "\\-"));
            assert!(page.contains(&flag), "{name}: {flag}");
        }
    }
    let (_, codes) = print(&["man", "check"])
        .split_once(".SH \"EXIT STATUS\"\n")
        .map(|(before, codes)| (before.to_owned(), codes.to_owned()))
        .expect("a page has the exit codes");
    let codes = codes.lines().filter(|line| line.parse::<u8>().is_ok());
    assert_eq!(codes.collect::<Vec<_>>(), ["0", "1", "2", "3"]);
    let nothing = run(Path::new("."), &["man".to_owned(), "nothing".to_owned()]);
    assert_eq!(
        (nothing.code.as_str(), nothing.stdout.as_str()),
        ("2\n", "")
    );
}

#[test]
fn reports_go_to_files_beside_standard_output() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cli/check-fail");
    let files = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outputs");
    let _ = fs::remove_dir_all(&files);
    fs::create_dir_all(&files).expect("the target directory can be written");
    let output = |format: &str| format!("--output={format}={}", files.join(format).display());
    let arguments = ["check".to_owned(), output("junit"), output("full")];
    let found = run(&case, &arguments);
    assert_eq!(found, Output::read(&case));
    let read = |name: &str| fs::read_to_string(files.join(name)).expect("it was written");
    assert!(read("junit").starts_with("<?xml"));
    assert_eq!(read("full"), found.stdout);

    let nowhere = "--output=json=there/is/no/such/directory".to_owned();
    let found = run(&case, &["check".to_owned(), nowhere]);
    assert_eq!((found.code.as_str(), found.stdout.as_str()), ("2\n", ""));
}

/// In GitHub Actions: paths are those of the checkout, and the summary is added to what is there.
#[test]
fn github_gets_paths_of_the_checkout_and_a_job_summary() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cli/check-fail");
    let summary = Path::new(env!("CARGO_TARGET_TMPDIR")).join("summary.md");
    fs::write(&summary, "before\n").expect("the target directory can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecslint"));
    command
        .args(["check", "--format=github"])
        .current_dir(&case);
    command.env(
        "GITHUB_WORKSPACE",
        case.parent().expect("cases are in a directory"),
    );
    command.env("GITHUB_STEP_SUMMARY", &summary);
    let output = command.output().expect("the binary was built");
    assert_eq!(output.status.code(), Some(1));
    let stdout = String::from_utf8(output.stdout).expect("it prints text");
    assert!(
        stdout.starts_with("::error file=check-fail/main.tf,line=5,"),
        "{stdout}"
    );
    let added = fs::read_to_string(&summary).expect("it was written");
    assert!(added.starts_with("before\n### ecslint\n"), "{added}");
    assert!(
        added.contains("<code>check-fail/main.tf:5:45</code>"),
        "{added}"
    );

    // GitHub drops a summary of more than 1 MiB as a whole.
    let before = "x".repeat(1_000_000);
    fs::write(&summary, &before).expect("the target directory can be written");
    command.output().expect("the binary was built");
    let added = fs::read_to_string(&summary).expect("it was written");
    assert!(added.len() < 1 << 20, "{}", added.len());
    assert!(added.ends_with("\nNot in this table: 1 more.\n"));
}

/// GitHub shows nothing at a symbolic link.
#[test]
#[cfg(unix)]
fn sarif_names_the_file_behind_a_link() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("linked");
    let _ = fs::remove_dir_all(&directory);
    let unit = directory.join("unit");
    fs::create_dir_all(&unit).expect("the target directory can be written");
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cli/check-fail/main.tf");
    fs::copy(case, directory.join("shared file.tf")).expect("the target directory can be written");
    std::os::unix::fs::symlink("../shared file.tf", unit.join("main.tf")).expect("it is new");
    let place = |arguments: &[&str]| {
        let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
        let found = run(&directory, &arguments);
        let log: serde_json::Value = serde_json::from_str(&found.stdout).expect("JSON");
        log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            .clone()
    };
    assert_eq!(
        place(&["check", "--format=sarif", "unit"]),
        "shared%20file.tf"
    );
}

fn cases() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cli");
    let mut cases: Vec<PathBuf> = fs::read_dir(&all)
        .expect("the cases can be listed")
        .map(|entry| entry.expect("the cases can be listed").path())
        .filter(|path| path.join("cmd").is_file())
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "there are no cases");
    cases
}

/// A check that leaves open how to report.
fn takes_a_format(arguments: &[String]) -> bool {
    let has = |start: &str| arguments.iter().any(|one| one.starts_with(start));
    has("check") && !has("--format") && !has("--help")
}

fn arguments(case: &Path) -> Vec<String> {
    let text = fs::read_to_string(case.join("cmd")).expect("a case has a `cmd`");
    text.split_whitespace().map(str::to_owned).collect()
}

fn run(case: &Path, arguments: &[String]) -> Output {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("home");
    fs::create_dir_all(&home).expect("the target directory can be written");
    let mut child = Command::new(env!("CARGO_BIN_EXE_ecslint"))
        .args(arguments)
        .current_dir(case)
        .env_clear()
        .env("HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built");
    let stdin = fs::read(case.join("stdin")).unwrap_or_default();
    let mut pipe = child.stdin.take().expect("standard input is a pipe");
    // A run that does not read it may be over already.
    let _ = pipe.write_all(&stdin);
    drop(pipe);
    let output = child.wait_with_output().expect("the run ends");
    let code = output.status.code();
    Output {
        stdout: plain(&output.stdout),
        stderr: plain(&output.stderr),
        code: format!("{}\n", code.expect("nothing kills the run")),
    }
}

/// Without the version, which changes with every release.
fn plain(bytes: &[u8]) -> String {
    let version = concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), "\"");
    let name = concat!("ecslint ", env!("CARGO_PKG_VERSION"));
    let semantic = concat!("\"semanticVersion\": \"", env!("CARGO_PKG_VERSION"), "\"");
    String::from_utf8_lossy(bytes)
        .replace(version, "\"version\": \"[VERSION]\"")
        .replace(semantic, "\"semanticVersion\": \"[VERSION]\"")
        .replace(name, "ecslint [VERSION]")
}

impl Output {
    fn read(case: &Path) -> Output {
        let file = |name: &str| fs::read_to_string(case.join(name)).unwrap_or_default();
        let code = match file("code") {
            empty if empty.is_empty() => "0\n".to_owned(),
            code => code,
        };
        Output {
            stdout: file("stdout"),
            stderr: file("stderr"),
            code,
        }
    }

    fn write(&self, case: &Path) {
        for (name, text) in [
            ("stdout", &self.stdout),
            ("stderr", &self.stderr),
            ("code", &self.code),
        ] {
            let file = case.join(name);
            let written = match text.as_str() {
                "" | "0\n" if file.exists() => fs::remove_file(file),
                "" | "0\n" => Ok(()),
                text => fs::write(file, text),
            };
            written.expect("the case can be written");
        }
    }
}
