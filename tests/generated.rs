//! What is generated from the rules and committed: it must be what would be generated now.
//!
//! `UPDATE=1 cargo test --test generated` writes it again.

#[allow(dead_code, reason = "shared between tests that use parts of it")]
#[path = "support/markers.rs"]
mod markers;

use ecslint::rules::{ALL, OptionValues, Rule};
use ecslint::schema::Published;
use std::collections::{BTreeSet, HashSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a committed file with what it should be, or writes it.
fn must_be(path: &str, text: &str) {
    let file = root().join(path);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(file.parent().expect("a file is in a directory"))
            .and_then(|()| fs::write(&file, text))
            .expect("the repository can be written");
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == text,
        "{path} is out of date: run `UPDATE=1 cargo test --test generated`"
    );
}

#[test]
fn the_readme_is_up_to_date() {
    let readme = fs::read_to_string(root().join("README.md")).expect("there is a README");
    let readme = between(
        &readme,
        "<!-- rules:begin -->\n",
        "<!-- rules:end -->",
        &table(),
    );
    let example = format!("```text\n{}```\n", run(&["check", "testdata/examples"]));
    let readme = between(
        &readme,
        "<!-- output: check testdata/examples -->\n",
        "<!-- output: end -->",
        &example,
    );
    must_be("README.md", &readme);
}

#[test]
fn the_page_of_each_rule_is_up_to_date() {
    for rule in ALL {
        must_be(&format!("docs/rules/{}.md", rule.id), &page(rule));
    }
    let pages = fs::read_dir(root().join("docs/rules")).expect("there are pages");
    for page in pages {
        let name = page.expect("pages can be listed").file_name();
        let name = name.to_string_lossy();
        let id = name.trim_end_matches(".md");
        assert!(
            ecslint::rules::find(id).is_some(),
            "docs/rules/{name} is of no rule"
        );
    }
}

#[test]
fn the_schemas_are_up_to_date() {
    for published in Published::ALL {
        must_be(published.path(), &run(&["schema", published.as_str()]));
    }
    let committed = fs::read_dir(root().join("schemas")).expect("there are schemas");
    assert_eq!(committed.count(), Published::ALL.len());
}

/// An id that somebody has in a configuration or a comment never goes away.
#[test]
fn no_rule_id_disappears() {
    let path = "testdata/rule-ids.txt";
    let known = fs::read_to_string(root().join(path)).unwrap_or_default();
    let ids: BTreeSet<&str> = ALL.iter().map(|rule| rule.id).collect();
    for id in known.lines() {
        assert!(ids.contains(id), "`{id}` is in {path} but no rule any more");
    }
    let all = ids
        .into_iter()
        .fold(String::new(), |all, id| all + id + "\n");
    must_be(path, &all);
}

#[test]
fn each_rule_is_fully_described() {
    let mut ids = HashSet::new();
    for rule in ALL {
        let id = rule.id;
        assert!(ids.insert(id), "two rules have the id `{id}`");
        let of_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(id.chars().all(of_id), "`{id}` is not in kebab-case");
        let summary = rule.summary;
        assert!(summary.len() <= 80, "the summary of `{id}` is too long");
        assert!(
            summary.starts_with(|c: char| c.is_lowercase()) && !summary.ends_with('.'),
            "the summary of `{id}` is not one lower-case clause"
        );
        let docs = &rule.docs;
        for (name, prose) in [
            ("what", docs.what),
            ("why", docs.why),
            ("fix_terraform", docs.fix_terraform),
            ("fix_cloudformation", docs.fix_cloudformation),
            ("fix_aws_cli", docs.fix_aws_cli),
            ("limits", docs.limits),
        ] {
            assert!(!prose.trim().is_empty(), "`{name}` of `{id}` says nothing");
            assert!(
                prose.trim_end().ends_with(['.', '`', ':', '|']),
                "`{name}` of `{id}` does not end a sentence"
            );
        }
        for option in rule.options {
            assert!(
                !option.about.is_empty() && !option.about.ends_with('.'),
                "option `{}` of `{id}`",
                option.name
            );
        }
        for group in ["bad", "good"] {
            for (language, file) in EXAMPLES {
                let path = example(rule, group, language, file);
                assert!(path.is_file(), "there is no {}", path.display());
            }
        }
    }
}

/// The language of an example, and the file of its fixture.
const EXAMPLES: [(&str, &str); 2] = [
    ("terraform", "main.tf"),
    ("cloudformation", "template.yaml"),
];

fn example(rule: &Rule, group: &str, language: &str, file: &str) -> PathBuf {
    let rules = root().join("testdata/rules").join(rule.id);
    rules.join(group).join(language).join(file)
}

fn table() -> String {
    let mut table = String::from("| rule | severity | on | flags |\n|---|---|---|---|\n");
    for rule in ALL {
        let on = if rule.on_by_default { "yes" } else { "no" };
        let (id, severity, summary) = (rule.id, rule.severity, rule.summary);
        writeln!(
            table,
            "| [`{id}`](docs/rules/{id}.md) | {severity} | {on} | {summary} |"
        )
        .expect("a string can be written");
    }
    table
}

fn page(rule: &Rule) -> String {
    let mut page = format!(
        "<!-- Generated from src/rules/{}.rs and its fixtures. -->\n\n# {}\n\n",
        rule.id.replace('-', "_"),
        rule.id
    );
    let mut add = |text: &str| {
        page.push_str(text.trim_end());
        page.push_str("\n\n");
    };
    add(&format!("{}.", first_upper(rule.summary)));
    let on = if rule.on_by_default { "on" } else { "off" };
    add(&format!(
        "Severity: {} · by default: {on} · since: {}",
        rule.severity, rule.since
    ));
    add(&format!("## What it flags\n\n{}", rule.docs.what));
    add(&format!("## Why\n\n{}", rule.docs.why));
    add("## Examples");
    for (group, title) in [("bad", "Flagged"), ("good", "Not flagged")] {
        add(&format!("{title}:"));
        for (language, file) in EXAMPLES {
            let path = example(rule, group, language, file);
            let text = fs::read_to_string(&path).expect("a rule has examples");
            let name = if language == "terraform" {
                "hcl"
            } else {
                "yaml"
            };
            add(&format!("```{name}\n{}```", markers::strip(&text)));
        }
    }
    add(&format!(
        "## How to fix it\n\n### Terraform\n\n{}\n\n### CloudFormation\n\n{}\n\n### AWS CLI\n\n{}",
        rule.docs.fix_terraform, rule.docs.fix_cloudformation, rule.docs.fix_aws_cli
    ));
    if let Some(exceptions) = rule.exceptions() {
        add(&format!("## Exceptions\n\n{exceptions}"));
    }
    if !rule.options.is_empty() {
        let mut options =
            String::from("## Options\n\n| option | values | meaning |\n|---|---|---|");
        for option in rule.options {
            let values = match &option.values {
                OptionValues::Flag { default } => format!("`{default}` (default), `{}`", !default),
                OptionValues::Choice(values) => {
                    let mut shown: Vec<String> =
                        values.iter().map(|value| format!("`{value}`")).collect();
                    shown[0].push_str(" (default)");
                    shown.join(", ")
                }
            };
            write!(
                options,
                "\n| `{}` | {values} | {} |",
                option.name, option.about
            )
            .expect("a string can be written");
        }
        add(&options);
    }
    add(&format!("## What it cannot see\n\n{}", rule.docs.limits));
    let mut sources = String::new();
    if let Some(policy) = &rule.policy {
        writeln!(
            sources,
            "- Policy *{}* (*{}*), `{}`, {}, {}",
            policy.name, policy.contextual_name, policy.id, policy.kind, policy.category
        )
        .expect("a string can be written");
    }
    for control in rule.controls {
        writeln!(sources, "- {control}").expect("a string can be written");
    }
    if !sources.is_empty() {
        add(&format!("## Who asks for it\n\n{sources}"));
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn first_upper(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}

/// `text` with `new` between two marks that stand in it.
fn between(text: &str, begin: &str, end: &str, new: &str) -> String {
    let missing = |mark: &str| format!("README.md has no `{}`", mark.trim());
    let (before, rest) = text
        .split_once(begin)
        .unwrap_or_else(|| panic!("{}", missing(begin)));
    let (_, after) = rest
        .split_once(end)
        .unwrap_or_else(|| panic!("{}", missing(end)));
    format!("{before}{begin}{new}{end}{after}")
}

/// What a run in the repository's root prints.
fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ecslint"))
        .args(arguments)
        .current_dir(root())
        .env_clear()
        .output()
        .expect("the binary was built");
    String::from_utf8(output.stdout).expect("it prints text")
}
