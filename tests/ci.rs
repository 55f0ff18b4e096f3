//! What is ready to be copied into CI: it is well-formed, pinned, runs, and uses flags that exist.

use clap::Parser;
use clap::error::ErrorKind;
use ecslint::cli::Cli;
use serde_yaml::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn yaml(path: &str) -> Value {
    serde_yaml::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

const WORKFLOWS: [&str; 2] = [".github/workflows/ci.yml", ".github/workflows/release.yml"];

/// Every file in which somebody is told what to run.
fn told() -> Vec<String> {
    let mut files: Vec<String> = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Dockerfile"]
        .map(str::to_owned)
        .to_vec();
    files.extend([".pre-commit-hooks.yaml", "action/check.sh"].map(str::to_owned));
    files.extend(WORKFLOWS.map(str::to_owned));
    for entry in fs::read_dir(root().join("docs")).expect("there are docs") {
        let name = entry.expect("docs can be listed").file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".md") {
            files.push(format!("docs/{name}"));
        }
    }
    files
}

#[test]
fn every_command_that_is_told_exists() {
    let mut count = 0;
    for file in told() {
        // A line that is continued is one.
        let text = read(&file).replace("\\\n", " ");
        let is_markdown = file.ends_with(".md");
        let mut in_code = !is_markdown;
        for line in text.lines() {
            if is_markdown && line.trim_start().starts_with("```") {
                in_code = !in_code;
                continue;
            }
            let commands = match in_code {
                true => vec![line],
                // In prose, what stands between backticks.
                false => line.split('`').skip(1).step_by(2).collect(),
            };
            for command in commands {
                let Some(words) = command_in(command) else {
                    continue;
                };
                if let Err(error) = Cli::try_parse_from(&words) {
                    let is_help = error.exit_code() == 0;
                    // Prose may name a command without all that it needs.
                    let is_named = !in_code && error.kind() == ErrorKind::MissingRequiredArgument;
                    assert!(is_help || is_named, "{file}: {line}\n{words:?}\n{error}");
                }
                count += 1;
            }
        }
    }
    assert!(count > 30, "{count} commands were found");
}

/// The words of a run of ecslint in a line, with a word for each variable and placeholder.
fn command_in(line: &str) -> Option<Vec<String>> {
    let starts = [
        "ecslint ",
        "/ecslint ",
        "cargo run --release -- ",
        "cargo run -- ",
    ];
    let (at, start) = starts.iter().find_map(|start| {
        let at = line.find(start)?;
        let before = line[..at].trim_start_matches([' ', '-']);
        let of_yaml = before.is_empty()
            || before == "run: "
            || before == "entry: "
            || before.ends_with("step ");
        of_yaml.then_some((at, *start))
    })?;
    let mut words = vec!["ecslint".to_owned()];
    for word in split(&line[at + start.len()..]) {
        // The shell takes what follows.
        if ["<", ">", "|", "||", "&&"].contains(&word.as_str()) || word.starts_with('#') {
            break;
        }
        words.push(match word.as_str() {
            "RULE" | "NAME" => "host-network-root-user".to_owned(),
            "SHELL" => "bash".to_owned(),
            word => word
                .replace("FORMAT=PATH", "json=x")
                .replace("FORMAT", "json"),
        });
    }
    let commands = [
        "check",
        "inspect",
        "rules",
        "explain",
        "config",
        "schema",
        "completions",
        "man",
    ];
    let is_command = words
        .get(1)
        .is_some_and(|word| commands.contains(&word.as_str()) || word.starts_with("--"));
    is_command.then_some(words)
}

/// Words as a shell splits them; expansions of arrays stand for any number of words, none here.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in text.chars() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (_, other) => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words.retain(|word| !word.contains("[@]"));
    words
}

#[test]
fn actions_are_pinned_by_commit_with_their_version() {
    let pinned =
        regex::Regex::new(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$").expect("right");
    let mut count = 0;
    for file in ["action.yml", "docs/ci.md"].iter().chain(&WORKFLOWS) {
        for line in read(file).lines() {
            let Some((_, used)) = line.split_once("uses: ") else {
                continue;
            };
            // Ours, by a commit that only its reader knows.
            let is_own = used.starts_with("ecslint/ecslint@COMMIT");
            assert!(is_own || pinned.is_match(used), "{file}: {used}");
            count += 1;
        }
    }
    assert!(count > 6);
}

#[test]
fn workflows_have_few_rights_and_take_no_text_into_their_scripts() {
    for file in WORKFLOWS {
        let workflow = yaml(file);
        let permissions = &workflow["permissions"];
        let rights = permissions.as_mapping().expect("the rights are listed");
        let few = rights
            .iter()
            .all(|(name, right)| name == "contents" && right == "read");
        assert!(few, "{file}: {permissions:?}");
        let jobs = workflow["jobs"].as_mapping().expect("there are jobs");
        for (name, job) in jobs {
            assert!(job["timeout-minutes"].is_u64(), "{file}: {name:?} may hang");
            check_steps(file, &job["steps"]);
        }
    }
    check_steps("action.yml", &yaml("action.yml")["runs"]["steps"]);
}

/// The scripts are shell, and get what is not ours through the environment.
fn check_steps(file: &str, steps: &Value) {
    for step in steps.as_sequence().expect("there are steps") {
        if let Some(script) = step["run"].as_str() {
            assert!(!script.contains("${{"), "{file}: {script}");
            assert_shell(file, script);
        }
        if step["uses"]
            .as_str()
            .is_some_and(|used| used.starts_with("actions/checkout@"))
        {
            assert_eq!(step["with"]["persist-credentials"], false, "{file}");
        }
    }
}

fn assert_shell(file: &str, script: &str) {
    let checked = Command::new("bash").args(["-n", "-c", script]).output();
    match checked {
        Ok(output) => assert!(output.status.success(), "{file}: {output:?}"),
        Err(_) => eprintln!("skipped: there is no bash"),
    }
}

#[test]
fn each_input_of_the_action_is_described_used_and_documented() {
    let text = read("action.yml");
    let action = yaml("action.yml");
    let docs = read("docs/ci.md");
    let inputs = action["inputs"].as_mapping().expect("there are inputs");
    for (name, input) in inputs {
        let name = name.as_str().expect("a name");
        assert!(
            input["description"].is_string() && input["default"].is_string(),
            "{name}"
        );
        let used = format!("inputs.{name} ");
        assert!(text.contains(&used), "`{name}` is not used");
        assert!(
            docs.contains(&format!("\n| `{name}` |")),
            "`{name}` is not documented"
        );
    }
    let used = regex::Regex::new(r"inputs\.([\w-]+)").expect("right");
    for found in used.captures_iter(&text) {
        assert!(inputs.contains_key(&found[1]), "{}", &found[0]);
    }
}

#[test]
fn hooks_run_one_at_a_time_for_the_files_that_matter() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    for hook in hooks.as_sequence().expect("there are hooks") {
        assert_eq!(hook["require_serial"], true);
        assert_eq!(hook["pass_filenames"], false);
        let files = hook["files"].as_str().expect("a pattern");
        let files = regex::Regex::new(files).expect("it is a pattern");
        for file in [
            "a.tf",
            "b/c.tf.json",
            "prod.tfvars",
            "x.json.tftpl",
            "t.yaml",
            "t.yml",
            "s.template",
            ".ecslint.yaml",
            "task.json",
        ] {
            assert!(files.is_match(file), "{file}");
        }
        for file in ["main.rs", "README.md", "tf", "a.tfstate"] {
            assert!(!files.is_match(file), "{file}");
        }
    }
}

#[test]
fn the_image_holds_the_binary_alone() {
    let file = read("Dockerfile");
    let (_, last) = file.rsplit_once("\nFROM ").expect("it has stages");
    assert!(last.starts_with("scratch\n"), "{last}");
    assert!(last.contains("COPY --from=build /src/target/release/ecslint /ecslint\n"));
    assert!(last.contains("ENTRYPOINT [\"/ecslint\"]"));
    // What it is built in is one image for ever, and takes nothing from elsewhere but crates.
    let pinned = regex::Regex::new(r"^FROM [\w./-]+:[\w.-]+@sha256:[0-9a-f]{64} AS build$");
    let pinned = pinned.expect("right");
    let bases = file.lines().filter(|line| line.starts_with("FROM "));
    let bases: Vec<&str> = bases.filter(|line| *line != "FROM scratch").collect();
    assert!(
        matches!(bases[..], [one] if pinned.is_match(one)),
        "{bases:?}"
    );
    let runs = file.lines().filter(|line| line.starts_with("RUN "));
    assert_eq!(
        runs.collect::<Vec<_>>(),
        ["RUN cargo build --release --locked"]
    );
    // What the build needs is not left out.
    let ignored = read(".dockerignore");
    for needed in [
        "src",
        "benches",
        "Cargo.toml",
        "Cargo.lock",
        "schemas",
        "README.md",
    ] {
        assert!(ignored.lines().all(|line| line != needed), "{needed}");
    }
}

/// A directory in which a step of the action runs, as the runner sets it up.
struct Runner {
    directory: PathBuf,
}

impl Runner {
    fn new(name: &str) -> Runner {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&directory);
        for below in ["bin", "temp", "work", "release"] {
            fs::create_dir_all(directory.join(below)).expect("the target directory can be written");
        }
        Runner { directory }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.directory.join(below)
    }

    fn write(&self, below: &str, text: &str) {
        fs::write(self.path(below), text).expect("the target directory can be written");
    }

    /// A program on the path.
    #[cfg(unix)]
    fn program(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        self.write(
            &format!("bin/{name}"),
            &format!("#!/usr/bin/env bash\n{script}\n"),
        );
        let path = self.path(&format!("bin/{name}"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }

    fn read(&self, below: &str) -> String {
        fs::read_to_string(self.path(below)).unwrap_or_default()
    }

    fn run(&self, script: &str, environment: &[(&str, &str)]) -> Output {
        let path = std::env::var("PATH").unwrap_or_default();
        Command::new("bash")
            .arg(root().join(script))
            .current_dir(self.path("work"))
            .env_clear()
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("HOME", self.path("temp"))
            .env("RUNNER_TEMP", self.path("temp"))
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .env("GITHUB_WORKSPACE", self.path("work"))
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_PATH", self.path("github-path"))
            .env("GITHUB_STEP_SUMMARY", self.path("summary.md"))
            .env("RELEASE", self.path("release"))
            .envs(environment.iter().copied())
            .output()
            .expect("there is bash")
    }
}

#[cfg(unix)]
const BAD: &str = "resource \"aws_ecs_task_definition\" \"x\" {
  family = \"x\"
  container_definitions = jsonencode([{ name = \"a\", image = \"a\", privileged = true }])
}
";

#[test]
#[cfg(unix)]
fn the_action_annotates_and_hands_on_the_exit_code() {
    let runner = Runner::new("action-check");
    let binary = env!("CARGO_BIN_EXE_ecslint");
    runner.program("ecslint", &format!("exec '{binary}' \"$@\""));
    fs::create_dir(runner.path("work/a b")).expect("it is new");
    runner.write("work/a b/main.tf", BAD);

    let output = runner.run("action/check.sh", &[("ECSLINT_PATHS", "a b\n\n")]);
    assert!(output.status.success(), "{output:?}");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        stdout.starts_with("::error file=a b/main.tf,line=3,"),
        "{stdout}"
    );
    let sarif = runner.path("temp/ecslint.sarif");
    assert_eq!(
        runner.read("output"),
        format!("exit-code=1\nsarif={}\n", sarif.display())
    );
    assert!(runner.read("temp/ecslint.sarif").contains("a%20b/main.tf"));
    assert!(runner.read("summary.md").starts_with("### ecslint\n"));

    // Arguments are lines; a run without a report has nothing to upload.
    for (arguments, wanted) in [
        ("--exclude-nothing", "exit-code=2\nsarif=\n"),
        ("--fail-on\nnonsense", "exit-code=2\nsarif=\n"),
    ] {
        runner.write("output", "");
        runner.run("action/check.sh", &[("ECSLINT_ARGS", arguments)]);
        assert_eq!(runner.read("output"), wanted, "{arguments}");
    }
    // A reasoned exception makes it green.
    runner.write("output", "");
    let reason = "# ecslint: ignore[privileged-container] it looks into the host, see OPS-7\n";
    runner.write("work/a b/main.tf", &format!("{reason}{BAD}"));
    runner.run(
        "action/check.sh",
        &[("ECSLINT_ARGS", "--fail-on\r\nhigh\n")],
    );
    assert!(runner.read("output").starts_with("exit-code=0\nsarif=/"));
}

/// Takes the last part of the address from the directory of the release.
#[cfg(unix)]
const CURL: &str = "while [[ $# -gt 1 ]]; do [[ $1 == --output ]] && to=$2; shift; done
printf '%s\\n' \"$1\" >>\"$RELEASE/asked\"
cp \"$RELEASE/${1##*/}\" \"$to\"";

#[test]
#[cfg(unix)]
fn the_action_installs_only_what_its_checksum_and_attestation_vouch_for() {
    let runner = Runner::new("action-install");
    runner.program("curl", CURL);
    runner.program(
        "gh",
        "[[ $1 == attestation && $2 == verify ]] && exit \"${ATTESTED:-0}\"",
    );
    let name = "ecslint-x86_64-unknown-linux-musl";
    let packed = Command::new("bash")
        .arg("-c")
        .arg("mkdir $0 && echo binary >$0/ecslint && tar -czf $0.tar.gz $0 && sha256sum $0.tar.gz >SHA256SUMS && rm -r $0")
        .arg(name)
        .current_dir(runner.path("release"))
        .status();
    assert!(packed.expect("there is bash").success());
    let sums = runner.read("release/SHA256SUMS");
    let sum = sums.split(' ').next().expect("a checksum").to_owned();

    let installed = |environment: &[(&str, &str)]| {
        let _ = fs::remove_dir_all(runner.path("temp/ecslint-bin"));
        let output = runner.run("action/install.sh", environment);
        let is_there = runner.path("temp/ecslint-bin/ecslint").is_file();
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.success(), is_there, "{output:?}");
        (is_there, stdout)
    };
    assert!(installed(&[]).0);
    let version = env!("CARGO_PKG_VERSION");
    let asked = runner.read("release/asked");
    assert!(
        asked.contains(&format!("/releases/download/v{version}/{name}.tar.gz\n")),
        "{asked}"
    );
    assert!(runner.read("github-path").ends_with("ecslint-bin\n"));
    assert!(installed(&[("ECSLINT_VERSION", "v1.2.3"), ("ECSLINT_SHA256", &sum)]).0);
    assert!(runner.read("release/asked").contains("/v1.2.3/"));

    assert!(!installed(&[("ATTESTED", "1")]).0);
    assert!(!installed(&[("ECSLINT_SHA256", &"0".repeat(64))]).0);
    assert!(!installed(&[("ECSLINT_VERSION", "1.0.0/../..")]).0);
    let (_, said) = installed(&[("RUNNER_ARCH", "RISCV")]);
    assert!(said.contains("set 'version' to 'source'"), "{said}");
    runner.write("release/SHA256SUMS", "");
    assert!(!installed(&[]).0);
}

/// What the release workflow makes is what the action installs.
#[test]
#[cfg(unix)]
fn a_release_is_packed_as_the_action_unpacks_it() {
    let workflow = yaml(".github/workflows/release.yml");
    let scripts = |job: &str| -> Vec<String> {
        let steps = workflow["jobs"][job]["steps"].as_sequence();
        let steps = steps.expect("a job has steps").iter();
        let scripts = steps.filter_map(|step| step["run"].as_str());
        scripts.map(str::to_owned).collect()
    };
    let with = |jobs: Vec<String>, word: &str| {
        let mut found = jobs.into_iter().filter(|script| script.contains(word));
        found.next().expect("there is such a step")
    };
    let target = "x86_64-unknown-linux-musl";
    let tag = concat!("v", env!("CARGO_PKG_VERSION"));
    let runner = Runner::new("release");
    let work = runner.path("work");
    let built = work.join("target").join(target).join("release");
    fs::create_dir_all(&built).expect("the directory is ours");
    fs::write(built.join("ecslint"), "binary").expect("the directory is ours");
    fs::create_dir(work.join("schemas")).expect("the directory is ours");
    fs::write(work.join("schemas/one.schema.json"), "{}").expect("the directory is ours");
    for file in ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "Cargo.toml"] {
        fs::copy(root().join(file), work.join(file)).expect("the directory is ours");
    }
    let run = |name: &str, script: &str, environment: &[(&str, &str)]| {
        runner.write(name, &format!("set -eo pipefail\n{script}"));
        let path = runner.path(name);
        runner.run(path.to_str().expect("the path is a text"), environment)
    };

    let is_the_version = with(scripts("build"), "GITHUB_REF_NAME");
    for (name, is_right) in [(tag, true), ("v0.0.0", false), ("", false)] {
        let output = run("tag.sh", &is_the_version, &[("GITHUB_REF_NAME", name)]);
        assert_eq!(output.status.success(), is_right, "{name}: {output:?}");
    }
    let pack = with(scripts("build"), "tar -czf");
    let output = run("pack.sh", &pack, &[("TARGET", target)]);
    assert!(output.status.success(), "{output:?}");
    // Artifacts are handed from job to job by their names.
    let archive = format!("ecslint-{target}.tar.gz");
    fs::remove_dir_all(work.join("dist")).expect("it was packed");
    fs::create_dir(work.join("dist")).expect("the directory is ours");
    fs::rename(work.join(&archive), work.join("dist").join(&archive)).expect("it was packed");
    let output = run("sums.sh", &with(scripts("release"), "sha256sum"), &[]);
    assert!(output.status.success(), "{output:?}");
    for file in [archive.as_str(), "SHA256SUMS", "one.schema.json"] {
        let from = work.join("dist").join(file);
        fs::copy(from, runner.path("release").join(file)).expect("it is released");
    }

    runner.program("curl", CURL);
    runner.program("gh", "exit 0");
    let output = runner.run("action/install.sh", &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(runner.read("temp/ecslint-bin/ecslint"), "binary");
}

/// What is in the code block of a language below a heading of the documentation.
fn snippet(page: &str, heading: &str, language: &str) -> String {
    let text = read(page);
    let heading = format!("\n## {heading}\n");
    let (_, below) = text.split_once(&heading).expect("the heading is there");
    let open = format!("```{language}\n");
    let (_, block) = below.split_once(&open).expect("there is a block");
    let (block, _) = block.split_once("\n```").expect("the block ends");
    block.to_owned()
}

#[test]
#[cfg(unix)]
fn the_job_of_gitlab_installs_what_has_its_checksum_and_reports_to_the_merge_request() {
    let job = snippet("docs/ci.md", "GitLab CI", "yaml");
    let job: Value = serde_yaml::from_str(&job).expect("YAML");
    let job = &job["ecslint"];
    let address = job["variables"]["ECSLINT"].as_str().expect("an address");
    let name = "ecslint-x86_64-unknown-linux-musl";
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        address.ends_with(&format!("/releases/download/v{version}/{name}.tar.gz")),
        "{address}"
    );

    let runner = Runner::new("gitlab");
    runner.program("wget", "cp \"$RELEASE/${4##*/}\" \"$3\"");
    runner.write("work/main.tf", BAD);
    let packed = Command::new("bash")
        .arg("-c")
        .arg("mkdir $0 && cd $0 && printf '#!/bin/sh\\nexec \"%s\" \"$@\"\\n' \"$1\" >ecslint && chmod +x ecslint && cd .. && tar -czf $0.tar.gz $0 && sha256sum $0.tar.gz")
        .args([name, env!("CARGO_BIN_EXE_ecslint")])
        .current_dir(runner.path("release"))
        .output()
        .expect("there is bash");
    let sum = String::from_utf8_lossy(&packed.stdout);
    let sum = sum.split(' ').next().expect("a checksum").to_owned();

    // Each line ends the job if it fails, as GitLab's runner has it.
    let mut script = "set -e\n".to_owned();
    for key in ["before_script", "script"] {
        for line in job[key].as_sequence().expect("lines") {
            script.push_str(line.as_str().expect("a line is a text"));
            script.push('\n');
        }
    }
    runner.write("job.sh", &script);
    let job_script = runner.path("job.sh");
    let run = |sum: &str| {
        let script = job_script.to_str().expect("the path is a text");
        let variables = [("ECSLINT", address), ("ECSLINT_SHA256", sum)];
        runner.run(script, &variables)
    };
    let other = run(&"0".repeat(64));
    assert!(!runner.path("work/ecslint.xml").exists(), "{other:?}");
    assert!(!other.status.success(), "{other:?}");
    let output = run(&sum);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let reports = &job["artifacts"]["reports"];
    for (kind, holds) in [
        ("codequality", "\"check_name\": \"privileged-container\""),
        ("junit", "<failure "),
    ] {
        let path = reports[kind].as_str().expect("a path");
        let text = runner.read(&format!("work/{path}"));
        assert!(text.contains(holds), "{path}: {text}");
    }
    assert_eq!(job["artifacts"]["when"], "always");
}
