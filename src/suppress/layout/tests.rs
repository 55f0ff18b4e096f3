//! Which line a comment is about.

use super::*;
use crate::source::{Memory, SourceMap};
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;

fn open(name: &str, text: &str) -> Arc<File> {
    SourceMap::new(Memory::new([(format!("/{name}"), text)]), "/")
        .open(Path::new(name))
        .expect("in memory")
}

/// Each comment and the text that it is about.
fn told(name: &str, text: &str) -> Vec<(String, Option<String>)> {
    let file = open(name, text);
    let layout = Layout::of(&file).expect("it has comments");
    let comments = layout.comments.iter();
    comments
        .map(|comment| {
            let subject = layout.subject(&file, *comment);
            let subject = subject.map(|subject| file.slice(subject).to_owned());
            (file.slice(*comment).to_owned(), subject)
        })
        .collect()
}

fn pairs(told: &[(String, Option<String>)]) -> Vec<(&str, Option<&str>)> {
    let told = told.iter();
    told.map(|(comment, subject)| (comment.as_str(), subject.as_deref()))
        .collect()
}

#[test]
fn a_comment_in_hcl_is_about_its_line_or_the_next() {
    let text =
        "# top\n\na \"b\" {\n  # above\n  // too\n  c = [{\n    d = 1 # end\n  }]\n}\n# last\n";
    let told = told("m.tf", text);
    assert_eq!(
        pairs(&told),
        [
            ("# top", None),
            ("# above", Some("  c = [{\n    d = 1 # end\n  }]")),
            ("// too", Some("  c = [{\n    d = 1 # end\n  }]")),
            ("# end", Some("    d = 1 # end")),
            ("# last", None),
        ]
    );
    let heads = open("m.tf", text);
    let layout = Layout::of(&heads).expect("it has comments");
    let found: Vec<&str> = layout
        .heads(&heads, layout.comments[3])
        .map(|head| heads.slice(head))
        .collect();
    assert!(found.contains(&"a \"b\" {"), "{found:?}");
    assert!(layout.is_on_top(layout.comments[0]));
    assert!(!layout.is_on_top(layout.comments[1]));
}

#[test]
fn a_heredoc_belongs_to_the_line_that_opens_it() {
    let told = told("m.tf", "# x\r\na = <<E\r\n# no\r\nE\r\nb = 1\r\n");
    assert_eq!(pairs(&told), [("# x\r", Some("a = <<E\r\n# no\r\nE"))]);
}

#[test]
fn a_comment_in_yaml_is_about_its_line_or_the_next() {
    let text = "# top\nA:\n  # list\n  B:\n    # one\n    - N: x # end\n      U: 'it # is'\n    - N: y\n  C: |\n    # no\n  D: a#b # yes\n  E: \"\n    # no\n    \"\n";
    let told = told("t.yaml", text);
    assert_eq!(
        pairs(&told),
        [
            ("# top", Some(text.trim_start_matches("# top\n").trim_end())),
            (
                "# list",
                Some("  B:\n    # one\n    - N: x # end\n      U: 'it # is'\n    - N: y")
            ),
            ("# one", Some("    - N: x # end\n      U: 'it # is'")),
            ("# end", Some("    - N: x # end\n      U: 'it # is'")),
            ("# yes", Some("  D: a#b # yes")),
        ]
    );
}

#[test]
fn lines_may_end_with_carriage_returns() {
    let told = told("t.yaml", "# x\r\n# y\r\nA: 1 # z\r\nB: 2\r\n");
    let subject = Some("A: 1 # z");
    assert_eq!(
        pairs(&told),
        [("# x", subject), ("# y", subject), ("# z", subject)]
    );
}

#[test]
fn files_without_comments_have_no_layout() {
    for (name, text) in [
        ("a.json", "{}"),
        ("a.tftpl", "# x"),
        ("a.yaml", "a: [\n# x"),
    ] {
        assert!(Layout::of(&open(name, text)).is_none(), "{name}");
    }
}

proptest! {
    #[test]
    fn any_text_has_a_layout(
        name in prop_oneof![Just("a.tf"), Just("a.yaml"), Just("a.yml.tpl")],
        text in "[a#/*: \r\n\\-\\[\\]{}\"'|<E\té]{0,60}",
    ) {
        let file = open(name, &text);
        if let Some(layout) = Layout::of(&file) {
            for comment in &layout.comments {
                layout.subject(&file, *comment);
                layout.is_on_top(*comment);
                layout.heads(&file, *comment).for_each(drop);
            }
        }
    }
}
