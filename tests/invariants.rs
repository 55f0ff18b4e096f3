//! The invariants of `src/lib.rs`, read from the sources: which file names which module or crate.
//!
//! Only code counts: comments, strings and tests are left out.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A source file, as its path below `src` and its code.
struct Source {
    path: String,
    text: String,
    code: String,
}

impl Source {
    fn is(&self, paths: &[&str]) -> bool {
        paths.iter().any(|path| match path.strip_suffix('/') {
            Some(directory) => {
                let below = self.path.strip_prefix(directory);
                below.is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
            }
            None => self.path == *path,
        })
    }

    /// The lines whose code has `word` as a whole path or name.
    fn names(&self, word: &str) -> Vec<usize> {
        let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
        let lines = self.code.lines().enumerate();
        let found = lines.filter(|(_, line)| {
            line.match_indices(word).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                let after = line[at + word.len()..].chars().next();
                let starts = !word.starts_with(part_of_name) || !before.is_some_and(part_of_name);
                let ends = !word.ends_with(part_of_name) || !after.is_some_and(part_of_name);
                starts && ends
            })
        });
        found.map(|(line, _)| line + 1).collect()
    }
}

/// Fails with every place at which one of `words` is named outside of the files `only`.
fn named_only_in(words: &[&str], only: &[&str]) {
    let mut faults = Vec::new();
    for source in sources() {
        if source.is(only) {
            continue;
        }
        for word in words {
            for line in source.names(word) {
                faults.push(format!("src/{}:{line} names {word}", source.path));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "only {only:?} may:\n{}",
        faults.join("\n")
    );
}

#[test]
fn rules_see_the_model_values_findings_and_questions_only() {
    let others = modules().into_iter().filter(|module| {
        !["rules", "model", "value", "finding", "worlds", "source"].contains(&module.as_str())
    });
    for module in others {
        not_named(&["rules/"], &format!("crate::{module}"));
        not_named(&["rules/"], &format!("{module}::"));
    }
    // A span is data; the files behind it are not a rule's business.
    for word in ["SourceMap", "SourceKind", "Store", "std::fs"] {
        not_named(&["rules/"], word);
    }
}

#[test]
fn the_front_ends_never_use_each_other() {
    for one in ["terraform", "cloudformation", "api"] {
        for other in ["terraform", "cloudformation", "api"] {
            if one != other {
                not_named(&[&format!("{one}/")], &format!("crate::{other}"));
            }
        }
    }
}

#[test]
fn the_front_ends_do_not_know_rules_and_reports() {
    for module in ["rules", "check", "report", "cli", "config", "discover"] {
        for front_end in ["terraform/", "cloudformation/", "api/", "value/", "model/"] {
            // What is a Terraform file by its name is told in one place.
            let names = module == "discover" && front_end == "terraform/";
            if !names {
                not_named(&[front_end], &format!("crate::{module}"));
            }
        }
    }
}

#[test]
fn each_parser_is_named_in_one_place() {
    named_only_in(&["hcl_edit"], &["terraform/syntax/"]);
    named_only_in(&["saphyr_parser"], &["yaml/"]);
    named_only_in(&["serde_yaml"], &["config.rs"]);
    named_only_in(&["miette"], &["report/"]);
    named_only_in(&["clap"], &["cli.rs", "bin/"]);
    named_only_in(&["indicatif"], &["bin/"]);
}

#[test]
fn nothing_but_the_binary_prints_or_exits() {
    let words = [
        "println!",
        "print!",
        "eprintln!",
        "eprint!",
        "dbg!",
        "process::exit",
        "process::abort",
        "io::stdout",
        "io::stderr",
        "stdout()",
        "stderr()",
    ];
    named_only_in(&words, &["bin/"]);
}

#[test]
fn few_touch_the_file_system() {
    named_only_in(
        &[
            "std::fs",
            "fs::",
            "File::open",
            ".is_file()",
            ".is_dir()",
            ".canonicalize()",
            "std::env",
            "TcpStream",
            "UdpSocket",
            "std::process",
        ],
        &["source/", "discover.rs", "config.rs", "bin/"],
    );
}

#[test]
fn nothing_is_unwrapped_and_nothing_is_left_to_do() {
    named_only_in(&[".unwrap()", "todo!", "unimplemented!"], &[]);
}

#[test]
fn each_file_opens_with_a_sentence_about_itself() {
    for source in sources() {
        let first = source.text.lines().next().unwrap_or_default();
        let sentence = first.strip_prefix("//! ").unwrap_or_default();
        assert!(
            sentence.starts_with(|c: char| c.is_uppercase() || c == '`' || c.is_numeric()),
            "src/{}:1: the first line is no `//!` sentence: {first}",
            source.path
        );
    }
}

#[test]
fn modules_stand_beside_their_directories() {
    for source in sources() {
        assert!(!source.path.ends_with("mod.rs"), "src/{}", source.path);
        let directory = source.path.rsplit_once('/').map(|(directory, _)| directory);
        // Cargo looks for the files of a binary in a directory of its own.
        if let Some(directory) = directory.filter(|directory| !directory.starts_with("bin/")) {
            let beside = root().join(format!("{directory}.rs"));
            assert!(beside.is_file(), "src/{} has no parent", source.path);
        }
    }
}

#[test]
fn each_rule_is_one_file_and_registered() {
    let mut files: Vec<String> = sources()
        .iter()
        .filter_map(|source| source.path.strip_prefix("rules/"))
        .filter_map(|name| name.strip_suffix(".rs"))
        .map(|name| name.replace('_', "-"))
        .collect();
    let mut ids: Vec<&str> = ecslint::rules::ALL.iter().map(|rule| rule.id).collect();
    files.sort();
    ids.sort_unstable();
    assert_eq!(files, ids);
}

fn not_named(files: &[&str], word: &str) {
    for source in sources() {
        if source.is(files) {
            let lines = source.names(word);
            assert!(
                lines.is_empty(),
                "src/{}:{lines:?} names {word}",
                source.path
            );
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The modules that `src/lib.rs` declares.
fn modules() -> Vec<String> {
    let text = fs::read_to_string(root().join("lib.rs")).expect("the crate has a root");
    let declared = text.lines().filter_map(|line| {
        let name = line.trim_start_matches("pub ").strip_prefix("mod ")?;
        name.strip_suffix(';')
    });
    declared.map(str::to_owned).collect()
}

fn sources() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(read_sources)
}

fn read_sources() -> Vec<Source> {
    let mut sources = Vec::new();
    let mut open = vec![root()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).expect("src can be listed") {
            let path = entry.expect("src can be listed").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            if path.extension().is_none_or(|ending| ending != "rs") {
                continue;
            }
            let text = fs::read_to_string(&path).expect("sources are text");
            let below = path.strip_prefix(root()).expect("it was found there");
            let below = below.to_string_lossy().replace('\\', "/");
            sources.push(Source {
                path: below,
                code: code(&text),
                text,
            });
        }
    }
    let tests: Vec<String> = sources.iter().flat_map(modules_of_tests).collect();
    sources.retain(|source| !tests.contains(&source.path));
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!sources.is_empty());
    sources
}

/// The files of the modules that a file declares for tests only.
fn modules_of_tests(source: &Source) -> Vec<String> {
    let directory = match source.path.as_str() {
        "lib.rs" => "",
        path => path.trim_end_matches(".rs"),
    };
    let lines = source.text.lines().zip(source.text.lines().skip(1));
    let declared = lines.filter_map(|(attribute, module)| {
        let name = module.trim().strip_prefix("mod ")?.strip_suffix(';')?;
        (attribute.trim() == "#[cfg(test)]").then_some(name)
    });
    declared
        .map(|name| match directory {
            "" => format!("{name}.rs"),
            directory => format!("{directory}/{name}.rs"),
        })
        .collect()
}

/// The text with comments, the insides of strings and test modules blanked, line for line.
fn code(text: &str) -> String {
    let blanked = blank_comments_and_strings(text);
    let mut kept = String::with_capacity(blanked.len());
    let mut lines = blanked.lines();
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        // What the attribute is on: to the end of its braces, or of its line.
        kept.push('\n');
        let mut depth = 0_i32;
        for line in lines.by_ref() {
            kept.push('\n');
            depth += line.matches('{').count() as i32 - line.matches('}').count() as i32;
            if depth <= 0 && (line.contains('}') || line.trim_end().ends_with(';')) {
                break;
            }
        }
    }
    kept
}

fn blank_comments_and_strings(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw_string(rest, &out) {
            let close = format!("\"{}", "#".repeat(hashes));
            let body = hashes + 2;
            rest[body..]
                .find(&close)
                .map_or(rest.len(), |end| body + end + close.len())
        } else if first == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c: char| match (escaped, c) {
                (true, _) => {
                    escaped = false;
                    false
                }
                (false, '\\') => {
                    escaped = true;
                    false
                }
                (false, c) => c == '"',
            });
            end.map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = character(rest) {
            length
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        let (blank, after) = rest.split_at(length);
        out.extend(blank.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = after;
    }
    out
}

/// How many `#` a raw string that begins here has.
fn raw_string(rest: &str, before: &str) -> Option<usize> {
    if before.ends_with(|c: char| c.is_alphanumeric() || c == '_') && !before.ends_with('b') {
        return None;
    }
    let after = rest.strip_prefix('r')?;
    let hashes = after.bytes().take_while(|byte| *byte == b'#').count();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// The length of a character literal that begins here, as opposed to a lifetime.
fn character(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('\'')?;
    let mut chars = body.char_indices();
    match chars.next()? {
        (_, '\\') => {
            chars.next()?;
            body.get(2..)?.find('\'').map(|end| end + 4)
        }
        _ => {
            let (at, next) = chars.next()?;
            (next == '\'').then_some(at + 2)
        }
    }
}

#[test]
fn strings_comments_and_tests_are_no_code() {
    let text = "a // b\n\"c \\\" d\" e 'f' '\\'' r#\"g \" h\"# 'i j\n#[cfg(test)]\nmod tests {\n k\n}\nl\n";
    let found = code(text);
    let words: Vec<&str> = found.split_whitespace().collect();
    assert_eq!(words, ["a", "e", "'i", "j", "l"]);
    assert_eq!(found.lines().count(), text.lines().count());
}
