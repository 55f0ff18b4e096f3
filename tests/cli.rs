//! Runs of the command line as data: what is printed, where, and the exit code.
//!
//! A case is a directory below `testdata/cli` with the arguments in `cmd` (separated by blanks and
//! line breaks) and what is expected in `stdout`, `stderr` and `code`; a missing file is an empty
//! output, a missing `code` is 0. `stdin` is given where it is there. The case's directory is the
//! working directory. `UPDATE=1` writes what is expected.

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
    let summary = fs::read_to_string(summary).expect("it was written");
    assert!(summary.starts_with("before\n### ecslint\n"), "{summary}");
    assert!(
        summary.contains("<code>check-fail/main.tf:5:45</code>"),
        "{summary}"
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
