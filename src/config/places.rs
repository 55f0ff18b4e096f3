//! Where something of the configuration stands in its text, for faults that show after it was read.

use crate::source::{File, Memory, SourceMap, Span};
use crate::yaml;
use std::path::Path;

/// A step from a collection into it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// The place of what the steps lead to, from the root of the document.
pub fn span(file: &File, steps: &[Step]) -> Option<Span> {
    let all = 0..file.text().len();
    let document = yaml::read(file, all, &mut |_, value| value).ok()?;
    let mut value = document.root;
    for step in steps {
        value = match step {
            Step::Key(name) => value.as_object()?.member(name)?.value.get(),
            Step::Index(index) => value.as_list()?.iter().nth(*index)?,
        };
    }
    Some(value.span)
}

/// Line and column, from one, of what the steps lead to in a text.
pub fn position(text: &str, steps: &[Step]) -> Option<(usize, usize)> {
    let sources = SourceMap::new(Memory::new([("/config", text)]), "/");
    let file = sources.open(Path::new("/config")).ok()?;
    let start = file.position(span(&file, steps)?.start as usize);
    Some((start.line, start.column))
}

/// Line and column, from one, of a key where it stands again in its mapping.
pub fn again(text: &str, key: &str) -> Option<(usize, usize)> {
    let sources = SourceMap::new(Memory::new([("/config", text)]), "/");
    let file = sources.open(Path::new("/config")).ok()?;
    let document = yaml::read(&file, 0..text.len(), &mut |_, value| value).ok()?;
    let is_again = |note: &&yaml::Note| {
        note.kind == yaml::NoteKind::DuplicateKey && file.slice(note.span) == key
    };
    let note = document.notes.iter().find(is_again)?;
    let start = file.position(note.span.start as usize);
    Some((start.line, start.column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_lead_to_a_value() {
        let text = "a:\n- b: 1\n  c:\n    - x\n    - y\n";
        let found = |steps: &[Step]| position(text, steps);
        use Step::{Index, Key};
        assert_eq!(found(&[Key("a"), Index(0), Key("b")]), Some((2, 6)));
        assert_eq!(
            found(&[Key("a"), Index(0), Key("c"), Index(1)]),
            Some((5, 7))
        );
        assert_eq!(found(&[Key("a"), Index(1)]), None);
        assert_eq!(found(&[Index(0)]), None);
        assert_eq!(position("[", &[]), None);
    }

    #[test]
    fn a_key_that_stands_again_is_found() {
        let text = "a: 1\nb: {c: 1, c: 2}\na: 2\n";
        assert_eq!(again(text, "a"), Some((3, 1)));
        assert_eq!(again(text, "c"), Some((2, 11)));
        assert_eq!(again(text, "b"), None);
    }
}
