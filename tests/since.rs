//! `--since`: repositories are made, changed, and compared with what they were.
//!
//! Needs `git`; without it the tests are skipped and say so.

#[allow(dead_code, reason = "shared between tests that use parts of it")]
#[path = "support/scratch.rs"]
mod scratch;

use ecslint::Request;
use ecslint::report::{self, Content};
use ecslint::since::Base;
use ecslint::source::git::{Commit, Past};
use ecslint::source::{Disk, SourceMap};
use scratch::{Run, Scratch};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// A module, and a root that gives it the user.
const MODULE: &str = r#"variable "user" {
  default = "1000"
}
resource "aws_ecs_task_definition" "web" {
  family       = "web"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "web", image = "web:1", user = var.user },
  ])
}
"#;
const ROOT: &str = r#"variable "user" {
  default = "1000"
}
module "web" {
  source = "../../modules/web"
  user   = var.user
}
"#;

struct Repository(Scratch);

impl Repository {
    /// With [`MODULE`] and [`ROOT`] committed; nothing where there is no git.
    fn new(name: &str) -> Option<Repository> {
        if Command::new("git").arg("--version").output().is_err() {
            eprintln!("skipped: there is no `git` here");
            return None;
        }
        let repository = Repository::empty(name);
        repository.write("modules/web/main.tf", MODULE);
        repository.write("services/api/main.tf", ROOT);
        repository.commit("first");
        Some(repository)
    }

    fn empty(name: &str) -> Repository {
        let repository = Repository(Scratch::new(&format!("since-{name}")));
        repository.git("init --quiet --initial-branch=main .");
        repository
    }

    fn write(&self, path: &str, text: &str) {
        self.0.write(path, text);
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.0.root.join(path)).expect("it is there");
    }

    fn git(&self, arguments: &str) -> String {
        git(&self.0.root, arguments)
    }

    fn commit(&self, message: &str) {
        self.git("add --all");
        self.git(&format!("commit --quiet --message {message}"));
    }

    /// In the concise format, from the root.
    fn since(&self, rev: &str) -> Run {
        self.check("", &format!("--since {rev}"))
    }

    fn check(&self, directory: &str, more: &str) -> Run {
        self.report("concise", directory, more)
    }

    fn report(&self, format: &str, directory: &str, more: &str) -> Run {
        self.0
            .ecslint(directory, &format!("check --format {format} {more}"))
    }

    fn json(&self, more: &str) -> Value {
        let run = self.0.ecslint("", &format!("check --format json {more}"));
        serde_json::from_str(&run.stdout).expect("JSON")
    }
}

fn git(directory: &Path, arguments: &str) -> String {
    let output = Command::new("git")
        .args([
            "-c",
            "protocol.file.allow=always",
            "-c",
            "core.hooksPath=/dev/null",
        ])
        .args(arguments.split_whitespace())
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "a")))
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "a@example.com")))
        .output()
        .expect("git was there");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments}: {said}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn a_value_that_changes_far_away_shows_what_it_causes() {
    let Some(repository) = Repository::new("far-away") else {
        return;
    };
    repository.git("checkout --quiet -b change");
    repository.write("services/api/terraform.tfvars", "user = \"0\"\n");
    repository.commit("second");
    let run = repository.since("main");
    assert_eq!(run.places(), (vec!["services/api/terraform.tfvars:1:8"], 1));
    assert!(
        run.summary().contains("1 new finding: 1 high. Since "),
        "{}",
        run.summary()
    );

    // The module's default reaches a root that nobody touched.
    repository.write(
        "services/batch/main.tf",
        "module \"web\" {\n  source = \"../../modules/web\"\n}\n",
    );
    repository.commit("third");
    let module = MODULE.replace("1000", "root");
    repository.write("modules/web/main.tf", &module);
    let json = repository.json("--since HEAD services");
    let instances = &json["findings"][0]["instances"];
    assert_eq!(instances.as_array().map(Vec::len), Some(1), "{json}");
    assert_eq!(instances[0]["unit"], "services/batch");
    assert_eq!(json["findings"][0]["status"], "new");
    assert_eq!(json["since"]["unchanged"], 1);
    assert_eq!(json["since"]["rev"], "HEAD");
    assert_eq!(json["since"]["base"], repository.git("rev-parse HEAD"));

    // Only what the change has caused counts, wherever HEAD and the revision are now.
    repository.git("checkout --quiet main");
    repository.write("services/other/main.tf", &module);
    repository.commit("fourth");
    repository.git("checkout --quiet --force change");
    assert_eq!(
        repository.since("main").places().0,
        ["services/api/terraform.tfvars:1:8"]
    );
}

#[test]
fn old_findings_and_what_was_open_before_do_not_count() {
    let Some(repository) = Repository::new("old") else {
        return;
    };
    let open = MODULE.replace("default = \"1000\"", "type = string");
    repository.write("open/main.tf", &open);
    repository.write("bad/main.tf", &MODULE.replace("1000", "0"));
    repository.write("mended/main.tf", &MODULE.replace("1000", "0"));
    repository.write("torn/main.tf", "resource \"x\" \"y\" {\n");
    repository.commit("second");
    let whole = repository.check("", "");
    assert_eq!(whole.code, 1);

    // Nothing has changed.
    let run = repository.since("HEAD");
    assert_eq!(run.places(), (vec![], 0), "{}", run.stdout);
    let standing = "0 fixed, 2 unchanged; as before: 1 undetermined, 1 problem.";
    assert!(run.summary().ends_with(standing), "{}", run.summary());

    repository.write("mended/main.tf", MODULE);
    let run = repository.since("HEAD");
    // What is torn might have held it.
    let standing = "1 fixed, 1 unchanged; as before: 1 undetermined, 1 problem.";
    assert_eq!(run.places(), (vec![], 0), "{}", run.stdout);
    assert!(run.summary().ends_with(standing), "{}", run.summary());
    let json = repository.json("--since HEAD");
    assert_eq!(json["summary"]["complete"], false);
    assert_eq!(json["summary"]["exit_code"], 0);
    assert_eq!(json["since"]["unchanged_undetermined"], 1);
    assert_eq!(json["since"]["unchanged_problems"], 1);
    assert_eq!(json["findings"], serde_json::json!([]));
    // What is mended is listed, where it was.
    assert_eq!(json["since"]["fixed"], 1);
    let fixed = &json["since"]["fixed_findings"][0];
    assert_eq!(fixed["rule"], "host-network-root-user");
    assert_eq!(fixed["location"]["path"], "mended/main.tf");
    assert_eq!(fixed["location"]["start"]["line"], 2);
    for (format, line) in [
        (
            "full",
            "  fixed: high[host-network-root-user]: container `web` runs as root",
        ),
        ("markdown", "| fixed | [`host-network-root-user`]"),
    ] {
        let run = repository.report(format, "", "--since HEAD");
        assert!(run.stdout.contains(line), "{}", run.stdout);
        assert!(run.stdout.contains("mended/main.tf:2:13"), "{}", run.stdout);
    }

    // A file that cannot be read is another one once it has changed.
    repository.write("torn/main.tf", "resource \"x\" \"z\" {\n");
    assert_eq!(repository.since("HEAD").code, 3);
    repository.git("checkout --quiet torn");

    repository.write("bad/main.tf", &open);
    let run = repository.since("HEAD");
    assert_eq!(
        run.places(),
        (vec!["bad/main.tf:8:45"], 3),
        "{}",
        run.stdout
    );
    let fixed = "1 fixed, 0 unchanged; as before: 1 undetermined, 1 problem. Exit code 3: incomplete: 1 undetermined.";
    assert!(run.summary().ends_with(fixed), "{}", run.summary());
    assert_eq!(
        repository
            .check("", "--since HEAD --allow-undetermined")
            .code,
        0
    );
}

/// Instances that only their keys tell apart before a change, and one that differs after it.
#[test]
fn instances_are_compared_one_by_one() {
    let Some(repository) = Repository::new("instances") else {
        return;
    };
    let root = ROOT.replace("  user   = var.user", "  count  = 3\n  user   = var.user");
    repository.write("services/api/main.tf", &root);
    repository.commit("second");
    let changed = root.replace("= var.user", "= count.index == 1 ? \"0\" : var.user");
    repository.write("services/api/main.tf", &changed);
    let addresses = |json: Value| {
        let findings = json["findings"].as_array().expect("a list");
        let instances = findings.iter().flat_map(|one| one["instances"].as_array());
        let instances = instances.flatten().map(|one| one["address"].to_string());
        instances.collect::<Vec<String>>()
    };
    let one = "\"module.web[1].aws_ecs_task_definition.web\"";
    assert_eq!(addresses(repository.json("--since HEAD")), [one]);

    repository.commit("third");
    let all = root.replace("= var.user", "= \"0\"");
    repository.write("services/api/main.tf", &all);
    let new = addresses(repository.json("--since HEAD"));
    assert_eq!(new, [one.replace('1', "0"), one.replace('1', "2")]);
}

#[test]
fn a_finding_that_gets_worse_is_told() {
    let Some(repository) = Repository::new("worse") else {
        return;
    };
    let unset = MODULE.replace(", user = var.user", "");
    repository.write("modules/web/main.tf", &unset);
    repository.commit("second");
    repository.write(
        "modules/web/main.tf",
        &MODULE.replace("1000", "0").replace("var.user", "\"0\""),
    );
    let json = repository.json("--since HEAD");
    assert_eq!(json["findings"][0]["status"], "worse", "{json}");
    assert_eq!(json["since"]["new"], 1);
    let full = repository.0.ecslint("", "check --since HEAD");
    assert!(full.stdout.contains("it was medium at "), "{}", full.stdout);
    let sarif = repository
        .0
        .ecslint("", "check --since HEAD --format sarif");
    assert!(sarif.stdout.contains("\"baselineState\": \"updated\""));
    // The other way it is not.
    repository.commit("third");
    repository.write("modules/web/main.tf", &unset);
    assert_eq!(repository.since("HEAD").places(), (vec![], 0));
}

const FAR: &str = "module \"far\" {\n  source = \"example.com/a/far/aws\"\n}\n";

#[test]
fn what_git_ignores_is_the_same_on_both_sides() {
    let Some(repository) = Repository::new("ignored") else {
        return;
    };
    repository.write(".gitignore", "*.auto.tfvars\n.terraform/\n");
    let far = MODULE.replace("1000", "0");
    repository.write("services/far/main.tf", FAR);
    repository.commit("second");
    repository.write("services/api/own.auto.tfvars", "user = \"0\"\n");
    repository.write("services/far/.terraform/modules/far/main.tf", &far);
    let manifest = r#"{"Modules":[{"Key":"far","Source":"example.com/a/far/aws","Dir":".terraform/modules/far"}]}"#;
    repository.write("services/far/.terraform/modules/modules.json", manifest);
    assert_eq!(repository.check("", "").code, 1);
    repository.write("notes.txt", "");
    let run = repository.since("HEAD");
    assert_eq!(run.places(), (vec![], 0), "{}", run.stdout);
    assert!(
        run.summary().ends_with("0 fixed, 2 unchanged."),
        "{}",
        run.summary()
    );

    // What is on disk is not what the commit has asked for.
    repository.write(
        "services/far/main.tf",
        &FAR.replace("}", "  version = \"1.0.0\"\n}"),
    );
    repository.commit("third");
    repository.write(
        "services/far/main.tf",
        &FAR.replace("}", "  version = \"2.0.0\"\n}"),
    );
    let manifest = manifest.replace(",\"Dir\"", ",\"Version\":\"2.0.0\",\"Dir\"");
    repository.write("services/far/.terraform/modules/modules.json", &manifest);
    let run = repository.since("HEAD");
    assert_eq!(
        run.places(),
        (vec!["services/far/.terraform/modules/far/main.tf:2:13"], 1),
        "{}",
        run.stdout
    );

    // A file of values that the command line gives is as it was, if git knows it.
    repository.remove("services/api/own.auto.tfvars");
    repository.write("given.tfvars", "user = \"0\"\n");
    let given = "--since HEAD services/api --var-file given.tfvars";
    assert_eq!(repository.check("", given).code, 0, "both have it");
    repository.git("add given.tfvars");
    assert_eq!(repository.check("", given).code, 1, "it is new");
    repository.write("given.tfvars", "user = \"1\"\n");
    repository.commit("third");
    repository.write("given.tfvars", "user = \"0\"\n");
    assert_eq!(repository.check("", given).code, 1, "it has changed");
}

#[test]
fn exceptions_and_the_baseline_go_with_it() {
    let Some(repository) = Repository::new("hidden") else {
        return;
    };
    let bad = MODULE.replace("1000", "0");
    let excepted = bad.replace(
        "    { name",
        "    # ecslint: ignore[host-network-root-user] it must\n    { name",
    );
    repository.write("a/main.tf", &excepted);
    repository.write("b/main.tf", &bad);
    repository.write(
        ".ecslint.yaml",
        "ignore:\n  - {rule: host-network-root-user, path: b, reason: old}\n",
    );
    repository.commit("second");
    assert_eq!(repository.check("", "").code, 0);

    // Exceptions that are taken back.
    repository.write("a/main.tf", &bad);
    repository.remove(".ecslint.yaml");
    let run = repository.since("HEAD");
    assert_eq!(
        run.places(),
        (vec!["a/main.tf:2:13", "b/main.tf:2:13"], 1),
        "{}",
        run.stdout
    );
    let all = repository.check("", "--since HEAD --no-ignores");
    assert_eq!(all.places(), (vec![], 0), "{}", all.stdout);

    // What is known does not show, and is not fixed either.
    repository.commit("third");
    repository.check("", "--write-baseline known.json a");
    repository.write("c/main.tf", &bad);
    let run = repository.check("", "--since HEAD --baseline known.json");
    assert_eq!(run.places(), (vec!["c/main.tf:2:13"], 1), "{}", run.stdout);
    assert!(
        run.summary().contains("1 in the baseline. Since "),
        "{}",
        run.summary()
    );
    assert!(
        run.summary().contains(": 0 fixed, 1 unchanged."),
        "{}",
        run.summary()
    );
    assert_eq!(
        repository
            .check("", "--since HEAD --write-baseline x.json")
            .code,
        2
    );

    // An exception that hides nothing any more.
    repository.write("b/main.tf", &excepted.replace("\"0\"", "\"7\""));
    let run = repository.check("", "--since HEAD b --fail-on low");
    assert_eq!(run.places(), (vec!["b/main.tf:8:23"], 1), "{}", run.stdout);
    assert!(
        run.summary().contains("1 fixed, 0 unchanged"),
        "{}",
        run.summary()
    );
}

#[test]
fn every_format_has_the_new_ones_only() {
    let Some(repository) = Repository::new("formats") else {
        return;
    };
    repository.write("old/main.tf", &MODULE.replace("1000", "0"));
    repository.commit("second");
    repository.write("new/main.tf", &MODULE.replace("1000", "0"));
    for format in ecslint::report::Format::ALL.map(|format| format.as_str()) {
        let run = repository
            .0
            .ecslint("", &format!("check --since HEAD --format {format}"));
        assert_eq!(run.code, 1, "{format}");
        assert!(
            run.stdout.contains("new/main.tf"),
            "{format}: {}",
            run.stdout
        );
        let told = match format {
            // What was decided is listed; it has not failed.
            "json" | "junit" => {
                run.stdout.matches("sets").count() + run.stdout.matches("runs as root").count()
            }
            _ => run.stdout.matches("old/main.tf").count(),
        };
        let expected = match format {
            "json" | "junit" => 1,
            _ => 0,
        };
        assert_eq!(told, expected, "{format}: {}", run.stdout);
    }
    let output = repository.0.root.join("out.sarif");
    let run = repository.check(
        "",
        &format!("--since HEAD --output sarif={}", output.display()),
    );
    assert_eq!(run.code, 1);
    let sarif = fs::read_to_string(output).expect("it was written");
    assert!(sarif.contains("\"baselineState\": \"new\""));
    assert!(!sarif.contains("old/main.tf"));
}

#[test]
fn files_come_go_and_are_renamed() {
    let Some(repository) = Repository::new("renamed") else {
        return;
    };
    let bad = MODULE.replace("1000", "0");
    repository.write("a/main.tf", &bad);
    repository.write("a/torn.tf", "resource \"x\" \"y\" {\n");
    repository.write("stack.yaml", TEMPLATE);
    repository.commit("second");

    repository.git("mv a moved");
    repository.git("mv stack.yaml renamed.yaml");
    let run = repository.since("HEAD");
    assert_eq!(run.places(), (vec![], 0), "{}", run.stdout);
    assert!(
        run.summary().contains("0 fixed, 2 unchanged"),
        "{}",
        run.summary()
    );
    // In the directory that is new, too.
    assert_eq!(
        repository.check("", "--since HEAD moved renamed.yaml").code,
        1
    );

    repository.git("rm --quiet -r --force moved");
    let run = repository.since("HEAD");
    assert!(
        run.summary().contains("1 fixed, 1 unchanged"),
        "{}",
        run.summary()
    );

    // A file in place of a directory, and the other way round.
    repository.git("reset --quiet --hard");
    repository.git("rm --quiet -r a stack.yaml");
    repository.write("a", "");
    repository.write("stack.yaml/main.tf", &bad);
    let run = repository.since("HEAD");
    assert_eq!(
        run.places(),
        (vec!["stack.yaml/main.tf:2:13"], 1),
        "{}",
        run.stdout
    );
    assert!(
        run.summary().contains("2 fixed, 0 unchanged"),
        "{}",
        run.summary()
    );
}

const TEMPLATE: &str = "Resources:
  Web:
    Type: AWS::ECS::TaskDefinition
    Properties:
      NetworkMode: host
      ContainerDefinitions:
        - {Name: web, Image: web, User: root}
";

#[test]
fn symbolic_links_are_those_of_the_commit() {
    let Some(repository) = Repository::new("links") else {
        return;
    };
    let link = |to: &str, at: &str| {
        let at = repository.0.root.join(at);
        let _ = fs::remove_file(&at);
        #[cfg(unix)]
        std::os::unix::fs::symlink(to, at).expect("it can be written");
        #[cfg(not(unix))]
        let _ = (to, at);
    };
    if cfg!(not(unix)) {
        eprintln!("skipped: links need rights here");
        return;
    }
    repository.write(
        "shared/good.tf",
        "variable \"own\" {\n  default = \"1000\"\n}\n",
    );
    repository.write(
        "shared/bad.tf",
        "variable \"own\" {\n  default = \"0\"\n}\n",
    );
    repository.write("a/main.tf", &MODULE.replace("var.user", "var.own"));
    link("../shared/good.tf", "a/own.tf");
    link("modules", "linked");
    repository.write("b/main.tf", &ROOT.replace("../../modules", "../linked"));
    repository.commit("second");

    link("../shared/bad.tf", "a/own.tf");
    let run = repository.since("HEAD");
    assert_eq!(run.places().1, 1, "{}", run.stdout);
    assert!(
        run.summary().contains("0 fixed, 0 unchanged"),
        "{}",
        run.summary()
    );
    repository.commit("third");

    // Through a link to a directory, whose target changes.
    repository.write("modules/web/main.tf", &MODULE.replace("var.user", "\"0\""));
    let json = repository.json("--since HEAD b");
    assert_eq!(json["since"]["new"], 1, "{json}");
    assert_eq!(json["since"]["unchanged"], 0, "{json}");
    repository.git("checkout --quiet .");

    // And whose link changes.
    repository.write("others/web/main.tf", &MODULE.replace("var.user", "\"0\""));
    link("others", "linked");
    let json = repository.json("--since HEAD b");
    assert_eq!(json["since"]["new"], 1, "{json}");
    assert_eq!(json["since"]["unchanged"], 0, "{json}");
}

#[test]
fn clones_of_every_form() {
    let Some(repository) = Repository::new("forms") else {
        return;
    };
    repository.write("services/api/terraform.tfvars", "user = \"0\"\n");
    repository.commit("second");
    let told = (vec!["services/api/terraform.tfvars:1:8"], 1);
    assert_eq!(repository.since("HEAD~1").places(), told);

    repository.git("gc --quiet --aggressive --prune=now");
    assert_eq!(repository.since("HEAD~1").places(), told, "packed");
    assert_eq!(repository.since("main^").places(), told);

    // From a directory below, and told from there.
    let below = repository.check("services/api", "--since HEAD~1");
    assert_eq!(below.places(), (vec!["terraform.tfvars:1:8"], 1));

    repository.git("worktree add --quiet ../since-forms-worktree HEAD");
    let worktree = "../since-forms-worktree";
    assert_eq!(
        repository.check(worktree, "--since HEAD~1").places(),
        told,
        "worktree"
    );
    repository.git("worktree remove --force ../since-forms-worktree");

    repository.git("sparse-checkout set services/api modules");
    let sparse = repository.check("", "--since HEAD~1");
    assert_eq!(sparse.places(), told, "sparse: {}", sparse.stdout);
    repository.git("sparse-checkout disable");

    // Lines that end otherwise on the disk are no change.
    repository.git("config core.autocrlf true");
    repository.git("rm --quiet -r --cached .");
    repository.git("reset --quiet --hard");
    let text = fs::read_to_string(repository.0.root.join("modules/web/main.tf")).expect("text");
    assert!(text.contains("\r\n"));
    assert_eq!(
        repository.since("HEAD~1").places(),
        told,
        "carriage returns"
    );
    assert_eq!(repository.since("HEAD").places(), (vec![], 0));
}

#[test]
fn submodules_are_those_of_the_commit() {
    let Some(library) = Repository::new("library") else {
        return;
    };
    let repository = Repository::empty("submodules");
    repository.git(&format!(
        "submodule --quiet add {} library",
        library.0.root.display()
    ));
    repository.write(
        "main.tf",
        "module \"web\" {\n  source = \"./library/modules/web\"\n}\n",
    );
    repository.commit("first");
    library.write("modules/web/main.tf", &MODULE.replace("1000", "0"));
    library.commit("second");

    let inside = repository.0.root.join("library");
    git(&inside, "pull --quiet");
    let run = repository.since("HEAD");
    assert_eq!(
        run.places(),
        (vec!["library/modules/web/main.tf:2:13"], 1),
        "{}",
        run.stdout
    );
    assert!(
        run.summary().contains("0 fixed, 0 unchanged"),
        "{}",
        run.summary()
    );
    repository.commit("second");
    assert_eq!(repository.since("HEAD").places(), (vec![], 0));
    // Changed and not committed there.
    repository.write("library/modules/web/main.tf", MODULE);
    assert!(
        repository
            .since("HEAD")
            .summary()
            .contains("1 fixed, 0 unchanged")
    );
    // From within it is a repository of its own.
    let run = repository.check("library", "--since HEAD~1 --allow-undetermined");
    assert!(
        run.summary().contains("0 fixed, 0 unchanged"),
        "{}",
        run.stdout
    );
}

#[test]
fn unsaved_text_is_compared_too() {
    let Some(repository) = Repository::new("stdin") else {
        return;
    };
    let unsaved = |text: &str| {
        let arguments =
            "check --format concise --since HEAD - --stdin-filename modules/web/main.tf";
        repository.0.ecslint_reading("", arguments, text)
    };
    let bad = MODULE.replace("var.user", "\"0\"");
    assert_eq!(
        unsaved(&bad).places(),
        (vec!["modules/web/main.tf:8:45"], 1)
    );
    assert_eq!(unsaved(MODULE).places(), (vec![], 0));
    repository.write("modules/web/main.tf", &bad);
    assert_eq!(unsaved(MODULE).places(), (vec![], 0));
}

#[test]
fn what_cannot_be_compared_is_wrong_usage() {
    let Some(repository) = Repository::new("faults") else {
        return;
    };
    let refused = |run: Run, says: &str| {
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        assert!(run.stderr.contains(says), "{}", run.stderr);
    };
    refused(
        repository.since("nowhere"),
        "`nowhere` is no revision of this repository",
    );
    refused(
        repository.check("", "--since=--all"),
        "`--all` is no revision of this repository",
    );
    refused(
        repository.since("HEAD^{tree}"),
        "is no revision of this repository",
    );
    repository.git("checkout --quiet --orphan other");
    repository.git("commit --quiet --allow-empty --message other");
    refused(
        repository.since("main"),
        "HEAD and `main` have no common ancestor",
    );
    refused(repository.check("", "--since main none"), "common ancestor");
    repository.git("checkout --quiet main");
    refused(
        repository.check("", "--since HEAD none"),
        "there is nothing at `none`",
    );

    repository.git("checkout --quiet -b change");
    for at in ["one", "two"] {
        repository.git(&format!("commit --quiet --allow-empty --message {at}"));
    }
    repository.git("checkout --quiet main");
    repository.git("commit --quiet --allow-empty --message three");
    let url = format!("file://{}", repository.0.root.display());
    let clone = Scratch::new("since-faults-clone");
    git(
        &clone.root,
        &format!("clone --quiet --depth 1 --branch change --no-single-branch {url} ."),
    );
    let shallow = |rev: &str| clone.ecslint("", &format!("check --since {rev}"));
    refused(shallow("origin/main"), "`git fetch --deepen=100`");
    refused(shallow("origin/none"), "`fetch-depth: 0`");
    git(&clone.root, "fetch --quiet --deepen=100");
    assert_eq!(shallow("origin/main").code, 0);

    // Objects that are not in the clone.
    repository.write("services/api/terraform.tfvars", "user = \"0\"\n");
    repository.write("modules/web/main.tf", &MODULE.replace("web:1", "web:2"));
    repository.commit("four");
    repository.git("config uploadpack.allowFilter true");
    let partial = Scratch::new("since-faults-partial");
    git(
        &partial.root,
        &format!("clone --quiet --filter=blob:none {url} ."),
    );
    let run = partial.ecslint("", "check --since HEAD~1");
    refused(run, "it is not in this clone, which may be partial");

    let outside = Scratch::new("since-faults-outside");
    outside.write("main.tf", MODULE);
    let run = outside.ecslint("", "check --since HEAD");
    // The directory may lie in the repository of the project itself.
    assert!(run.code == 2 || run.code == 0, "{}", run.stderr);
    let nowhere = std::env::temp_dir();
    if !nowhere.ancestors().any(|above| above.join(".git").exists()) {
        let run = outside.ecslint(&nowhere.to_string_lossy(), "check --since HEAD none");
        refused(run, "not a git repository");
    }
}

#[test]
fn a_repository_without_git_installed() {
    let Some(repository) = Repository::new("no-git") else {
        return;
    };
    let output = Command::new(env!("CARGO_BIN_EXE_ecslint"))
        .args(["check", "--since", "HEAD"])
        .current_dir(&repository.0.root)
        .env("PATH", "")
        .output()
        .expect("the binary was built");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("there is no `git` here"), "{said}");
}

/// A repository in which what is read depends on more than the files that are read.
fn repository_of_all_kinds(name: &str) -> Option<Repository> {
    let repository = Repository::new(name)?;
    for (path, text) in [
        ("README.md", "about\n"),
        ("services/api/notes.txt", "x\n"),
        ("src/app.js", "x\n"),
        (".gitignore", "*.log\n"),
        (
            "services/files/main.tf",
            r#"
resource "aws_ecs_task_definition" "files" {
  family       = "files"
  network_mode = fileexists("${path.module}/awsvpc") ? "awsvpc" : "host"
  container_definitions = jsonencode([for name in fileset(path.module, "{users,more/*}/*") : {
    name  = basename(name)
    image = "a"
    user  = trimspace(file("${path.module}/${name}"))
  }])
}
"#,
        ),
        ("services/files/users/one", "0\n"),
        ("services/files/users/two", "1000\n"),
        ("services/files/more/deep/three", "0\n"),
        (
            "stacks/web.yaml",
            "Resources:\n  Web:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      NetworkMode: host\n      ContainerDefinitions: [{Name: web, Image: web, User: \"0\"}]\n",
        ),
    ] {
        repository.write(path, text);
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("users/two", repository.0.root.join("services/files/link"))
        .expect("it is new");
    repository.commit("second");
    Some(repository)
}

/// What is done to the working tree, in words, and whether the commit must be judged for it.
type Edit = (&'static str, bool, fn(&Repository));

const EDITS: &[Edit] = &[
    ("a text that nothing reads", false, |repository| {
        repository.write("README.md", "more\n")
    }),
    ("a text beside a module", false, |repository| {
        repository.write("services/api/notes.txt", "y\n")
    }),
    ("a new text in a new directory", false, |repository| {
        repository.write("docs/a/b.md", "x\n")
    }),
    ("a text that is gone", false, |repository| {
        repository.remove("src/app.js")
    }),
    ("what git ignores", false, |repository| {
        repository.write(".gitignore", "*.md\n")
    }),
    (
        "a new text in a directory that is listed",
        true,
        |repository| repository.write("services/api/new.txt", "x\n"),
    ),
    ("a module", true, |repository| {
        repository.write("modules/web/main.tf", &MODULE.replace("host", "awsvpc"))
    }),
    ("the module, with a blank line", true, |repository| {
        repository.write("modules/web/main.tf", &format!("\n{MODULE}"))
    }),
    ("a file that is read", true, |repository| {
        repository.write("services/files/users/two", "0\n")
    }),
    ("a file that a pattern finds", true, |repository| {
        repository.write("services/files/users/three", "0\n")
    }),
    ("a file that a pattern found", true, |repository| {
        repository.remove("services/files/users/one")
    }),
    ("a directory that a pattern found", true, |repository| {
        fs::remove_dir_all(repository.0.root.join("services/files/more/deep"))
            .expect("it is there");
    }),
    ("a directory that a pattern finds", true, |repository| {
        repository.write("services/files/more/new/three", "0\n")
    }),
    (
        "a file that is asked for and not read",
        true,
        |repository| repository.write("services/files/awsvpc", ""),
    ),
    ("a new document", true, |repository| {
        repository.write("src/package.json", "{}\n")
    }),
    ("a new root", true, |repository| {
        repository.write("services/new/main.tf", ROOT)
    }),
    ("a template that is gone", true, |repository| {
        repository.remove("stacks/web.yaml")
    }),
    ("a document with another ending", true, |repository| {
        repository.git("mv stacks/web.yaml stacks/web.txt");
    }),
    ("a directory of another name", true, |repository| {
        repository.git("mv services/files services/moved");
    }),
    #[cfg(unix)]
    ("a link that leads elsewhere", true, |repository| {
        repository.remove("services/files/link");
        let link = repository.0.root.join("services/files/link");
        std::os::unix::fs::symlink("users/one", link).expect("it is gone");
    }),
];

/// A run over the working tree of a repository, compared with its last commit: what it told, and
/// whether the commit had to be judged for it.
fn compared(repository: &Repository, notes: bool) -> (String, bool) {
    let root = &repository.0.root;
    let commit = Commit::merge_base(root, "HEAD").expect("there is a commit");
    let past = Arc::new(Past::open(&commit, &[]).expect("git can tell"));
    let request = |since| Request {
        may_miss: true,
        since,
        ..Request::default()
    };
    let base = Base {
        rev: "HEAD".to_owned(),
        commit: commit.id().to_owned(),
        sources: Arc::new(SourceMap::new(past.clone(), root)),
        past,
        request: request(None),
        is_asked_alike: true,
    };
    let sources = SourceMap::new(Disk, root);
    let sources = match notes {
        true => sources.noting(),
        false => sources,
    };
    let (sources, request) = (Arc::new(sources), request(Some(Box::new(base))));
    let report = ecslint::run(&sources, &request, &|_, _| {}).expect("it runs");
    let content = Content {
        entries: &report.entries,
        summary: &report.summary,
        leniency: &request.leniency,
        sources: &sources,
        root,
        environments: &BTreeSet::new(),
        workspace: None,
    };
    let mut told = Vec::new();
    report::json::write(&content, &mut told).expect("a vector takes all bytes");
    let told = String::from_utf8(told).expect("JSON is text");
    let is_judged = !request.since.is_some_and(|base| base.is_same(&sources));
    (told, is_judged)
}

#[test]
fn a_commit_is_judged_only_if_it_may_tell_something_else() {
    let Some(repository) = repository_of_all_kinds("alike") else {
        return;
    };
    for (what, must_be_judged, edit) in EDITS {
        edit(&repository);
        let (told, is_judged) = compared(&repository, true);
        assert_eq!(is_judged, *must_be_judged, "{what}");
        let (wanted, is_judged) = compared(&repository, false);
        assert!(is_judged, "nothing is known of what was asked");
        assert_eq!(told, wanted, "{what}");
        repository.git("reset --quiet --hard");
        repository.git("clean --quiet --force -d");
    }
    // What does not matter alone does not matter beside something else either.
    let idle = || {
        EDITS
            .iter()
            .filter(|(_, must_be_judged, _)| !must_be_judged)
    };
    for (at, (one, must_be_judged, edit)) in EDITS.iter().enumerate() {
        let (two, _, beside) = idle()
            .nth((at + 1) % idle().count())
            .expect("there are some");
        edit(&repository);
        beside(&repository);
        let (told, is_judged) = compared(&repository, true);
        assert_eq!(is_judged, *must_be_judged, "{one}, {two}");
        assert_eq!(told, compared(&repository, false).0, "{one}, {two}");
        repository.git("reset --quiet --hard");
        repository.git("clean --quiet --force -d");
    }
}
