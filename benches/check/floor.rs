//! The floor: what it costs to walk a tree and to parse every byte of it with the usual parsers,
//! on all cores, and to know nothing afterwards.

use ignore::{WalkBuilder, WalkState};
use rayon::prelude::*;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

/// Walks, reads and parses a tree. Tells how many files did not parse: at a fault a parser stops,
/// and the floor is lower than it should be.
pub fn parse_everything(directory: &Path) -> usize {
    sources(directory)
        .par_iter()
        .filter(|path| !parse(path))
        .count()
}

/// The files that the floor parses, found as ecslint finds its own.
pub fn sources(directory: &Path) -> Vec<PathBuf> {
    let (sender, found) = mpsc::channel();
    WalkBuilder::new(directory)
        .hidden(false)
        .filter_entry(|entry| {
            let name = entry.file_name();
            name != ".git" && name != ".terraform"
        })
        .build_parallel()
        .run(|| {
            let sender = sender.clone();
            Box::new(move |entry| {
                let path = entry.expect("the tree can be walked").into_path();
                if language(&path).is_some() {
                    sender.send(path).expect("the receiver outlives the walk");
                }
                WalkState::Continue
            })
        });
    drop(sender);
    found.into_iter().collect()
}

enum Language {
    Hcl,
    Yaml,
    Json,
}

fn language(path: &Path) -> Option<Language> {
    match path.extension()?.to_str()? {
        "tf" => Some(Language::Hcl),
        "yaml" | "yml" => Some(Language::Yaml),
        "json" => Some(Language::Json),
        _ => None,
    }
}

fn parse(path: &Path) -> bool {
    let Ok(text) = fs::read_to_string(path) else {
        return false;
    };
    match language(path) {
        Some(Language::Hcl) => keep(hcl_edit::parser::parse_body(&text)),
        Some(Language::Yaml) => keep(serde_yaml::Value::deserialize(
            serde_yaml::Deserializer::from_str(&text),
        )),
        Some(Language::Json) => keep(serde_json::from_str::<serde_json::Value>(&text)),
        None => true,
    }
}

/// Makes sure that the parser's work is not optimised away.
fn keep<T, E>(parsed: Result<T, E>) -> bool {
    divan::black_box(parsed).is_ok()
}
