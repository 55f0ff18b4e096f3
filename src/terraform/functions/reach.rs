//! What a regular expression may match at all, to tell what it leaves alone in text that is not
//! wholly known.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind};

pub(super) struct Reach {
    /// The characters that a match is made of.
    characters: ClassUnicode,
    /// How many quotes are in a match at least.
    pub(super) quotes: usize,
}

impl Reach {
    /// Nothing for an expression that looks at what is around a match, or matches nothing at all.
    pub(super) fn of(pattern: &str) -> Option<Reach> {
        let expression = regex_syntax::parse(pattern).ok()?;
        let properties = expression.properties();
        if !properties.look_set().is_empty() || properties.minimum_len()? == 0 {
            return None;
        }
        let mut reach = Reach {
            characters: ClassUnicode::empty(),
            quotes: quotes(&expression),
        };
        reach.gather(&expression);
        Some(reach)
    }

    /// Whether no match goes on over this character.
    pub(super) fn ends_at(&self, char: char) -> bool {
        let mut ranges = self.characters.iter();
        !ranges.any(|range| (range.start()..=range.end()).contains(&char))
    }

    // The parser bounds how deep expressions nest.
    fn gather(&mut self, expression: &Hir) {
        match expression.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => {
                let chars: Vec<char> = String::from_utf8_lossy(&literal.0).chars().collect();
                let ranges = chars
                    .into_iter()
                    .map(|char| ClassUnicodeRange::new(char, char));
                self.characters.union(&ClassUnicode::new(ranges));
            }
            HirKind::Class(Class::Unicode(class)) => self.characters.union(class),
            HirKind::Class(Class::Bytes(class)) => {
                let range = |range: &regex_syntax::hir::ClassBytesRange| {
                    ClassUnicodeRange::new(range.start().into(), range.end().into())
                };
                self.characters
                    .union(&ClassUnicode::new(class.iter().map(range)));
            }
            HirKind::Repetition(repetition) => self.gather(&repetition.sub),
            HirKind::Capture(capture) => self.gather(&capture.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => {
                parts.iter().for_each(|part| self.gather(part));
            }
        }
    }
}

fn quotes(expression: &Hir) -> usize {
    match expression.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => 0,
        HirKind::Literal(literal) => literal.0.iter().filter(|&&byte| byte == b'"').count(),
        HirKind::Repetition(repetition) => {
            quotes(&repetition.sub).saturating_mul(repetition.min as usize)
        }
        HirKind::Capture(capture) => quotes(&capture.sub),
        HirKind::Concat(parts) => parts.iter().map(quotes).sum(),
        HirKind::Alternation(parts) => parts.iter().map(quotes).min().unwrap_or(0),
    }
}
