//! Terraform's own answers to a table of expressions, and whether the installed one still gives
//! them.
//!
//! A file of `testdata/terraform/console` holds an expression a line, and below it, indented,
//! what `terraform console` of 1.11.4 answers to `jsonencode` of it in the directory `module`:
//! JSON, `error`, or `unknown`. `ASK_TERRAFORM=1 UPDATE=1 cargo test --lib conformance` writes the
//! answers, also of expressions that have none yet. With `EXPRESSIONS=DIRECTORY`, the files of that
//! directory are asked and compared instead, to try expressions before they are recorded.

use super::tests::{Case, show};
use crate::value::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/terraform/console")
}

/// Where expressions are that are only tried.
fn tried() -> Option<PathBuf> {
    std::env::var_os("EXPRESSIONS").map(PathBuf::from)
}

/// The recorded files by their names, and in each the expressions with their answers, which are
/// empty where none is recorded.
fn files() -> Vec<(PathBuf, Vec<(String, String)>)> {
    let of = tried().unwrap_or_else(directory);
    let mut files: Vec<PathBuf> = fs::read_dir(of)
        .expect("the table is there")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).expect("readable");
        let mut rows: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            match (line.strip_prefix("    "), rows.last_mut()) {
                (Some(answer), Some((_, of))) => answer.clone_into(of),
                _ => rows.push((line.to_owned(), String::new())),
            }
        }
        (file, rows)
    };
    files.into_iter().map(read).collect()
}

/// All expressions with their answers.
fn table() -> Vec<(String, String)> {
    files().into_iter().flat_map(|(_, rows)| rows).collect()
}

/// A value in Terraform's words, which gives up all of a string where a part is not known.
fn shown(value: &Value) -> String {
    match show(value) {
        error if error == "error" => error,
        known => match crate::json::render(value).first_hole() {
            // What JSON cannot hold.
            Some(hole) if hole.is_refused() => "error".to_owned(),
            Some(_) => "unknown".to_owned(),
            None => known,
        },
    }
}

/// What is answered differently, and why.
const KNOWN_GAPS: &[(&str, &str)] = &[
    (
        "ephemeralasnull([var.ephemeral] == null)",
        "what is compared with null is not looked into for its marks",
    ),
    (
        "issensitive([sensitive(1)] == null)",
        "what is compared with null is not looked into for its marks",
    ),
    (
        "[[1],[2]].1.0",
        "the parser reads two indices where Terraform reads one number",
    ),
    (
        "yamldecode(\"[=, <<, '<<', a b, -, --, 1 2, 1a, 0x, 1e, e1, ., .., +, 1_0]\")",
        "the parser takes a lone dash in a flow sequence for a fault",
    ),
    (
        "yamldecode(\"\\ta: b\")",
        "the parser lets a tab indent the first line",
    ),
    (
        "-1[*]",
        "the parser takes the sign for a part of the number",
    ),
];

/// Nothing may be known wrongly, and little may be unknown that Terraform knows or refuses; ecslint
/// may know more.
#[test]
fn answers_as_terraform_does() {
    let table = table();
    assert!(
        table.len() >= 1000 || tried().is_some(),
        "{} expressions",
        table.len()
    );
    let (mut wrong, mut unknown, mut not_refused) = (Vec::new(), Vec::new(), Vec::new());
    for (text, answer) in &table {
        let own = match Case::in_module(text, &directory().join("module")) {
            Ok(case) => shown(&case.eval()),
            Err(_) => "error".to_owned(),
        };
        let agrees = own == *answer || answer == "unknown";
        if let Some((_, why)) = KNOWN_GAPS.iter().find(|(gap, _)| gap == text) {
            assert!(!agrees, "no longer a gap ({why}): {text}");
            continue;
        }
        if agrees {
            continue;
        }
        let row = format!("{text}\n    {answer}\n    not {own}");
        match (&*own, &**answer) {
            ("unknown", "error") => not_refused.push(row),
            ("unknown", _) => unknown.push(row),
            _ => wrong.push(row),
        }
    }
    let summary = format!(
        "{} wrong, {} not known and {} not refused of {}:\n{}\n{}\n{}",
        wrong.len(),
        unknown.len(),
        not_refused.len(),
        table.len(),
        wrong.join("\n"),
        unknown.join("\n"),
        not_refused.join("\n"),
    );
    println!("{summary}");
    let few = |rows: &[String]| rows.len() * 100 < table.len();
    assert!(
        wrong.is_empty() && few(&unknown) && few(&not_refused),
        "{summary}"
    );
}

/// Asks the installed Terraform in one call for many expressions, and halves them where one
/// cannot even be asked.
fn ask(rows: &[(String, String)]) -> Option<Vec<String>> {
    let list: Vec<String> = rows
        .iter()
        .map(|(text, _)| format!("base64encode(try(nonsensitive(jsonencode({text})), \"error\"))"))
        .collect();
    let mut console = Command::new("terraform")
        .arg("console")
        .current_dir(directory().join("module"))
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = console.stdin.take().expect("piped");
    stdin
        .write_all(format!("[{}]\n", list.join(", ")).as_bytes())
        .expect("it reads");
    drop(stdin);
    let output = console.wait_with_output().expect("it ends");
    let answers: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(','))
        .map(ToOwned::to_owned)
        .collect();
    if output.status.success() && answers.len() == rows.len() {
        return Some(answers);
    }
    if rows.len() == 1 {
        return Some(vec![base64("error")]);
    }
    let (first, second) = rows.split_at(rows.len() / 2);
    let mut answers = ask(first)?;
    answers.extend(ask(second)?);
    Some(answers)
}

/// What the console has printed of an answer.
fn answer(printed: &str) -> String {
    if printed == "(known after apply)" {
        return "unknown".to_owned();
    }
    let decoded = Case::new(&format!("base64decode({printed})"), &[]).eval();
    let text = decoded.as_str().expect("Terraform has encoded it");
    text.into_owned()
}

/// An answer as the console prints it.
fn base64(text: &str) -> String {
    let case = Case::new(&format!("base64encode({})", hcl_string(text)), &[]);
    show(&case.eval())
}

fn hcl_string(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace("${", "$${").replace("%{", "%%{"))
}

#[test]
fn the_installed_terraform_gives_the_recorded_answers() {
    if std::env::var_os("ASK_TERRAFORM").is_none() {
        eprintln!("skipped: it takes half a minute; set ASK_TERRAFORM to have it");
        return;
    }
    let is_update = std::env::var_os("UPDATE").is_some();
    let one = ask(&[("1".to_owned(), String::new())]);
    assert!(
        one.is_none_or(|answers| answer(&answers[0]) == "1"),
        "Terraform does not take the module"
    );
    let mut different = Vec::new();
    for (file, rows) in files() {
        let mut written = String::new();
        for rows in rows.chunks(60) {
            let Some(answers) = ask(rows) else {
                eprintln!("skipped: there is no `terraform` on the path");
                return;
            };
            for ((text, recorded), printed) in rows.iter().zip(answers) {
                let found = answer(&printed);
                written.push_str(&format!("{text}\n    {found}\n"));
                if found != *recorded {
                    different.push(format!("{text}\n    {recorded}\n    not {found}"));
                }
            }
        }
        if is_update {
            fs::write(file, written).expect("writable");
        }
    }
    assert!(
        is_update || different.is_empty(),
        "{}",
        different.join("\n")
    );
}
