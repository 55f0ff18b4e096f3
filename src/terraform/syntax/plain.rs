//! The expressions that need no parser: strings without escapes and templates, references by names
//! alone, whole numbers, and the words that are values. Most arguments are one of these.

use super::literals::{Segment, Written};
use super::source::Source;
use super::{Expr, ExprKind, Expression, MAX_DEPTH, Name};
use std::ops::Range;
use std::sync::Arc;

/// Digits of a number that any parser reads as it is written.
const MAX_DIGITS: usize = 15;

impl Source<'_> {
    /// The expression in a range without blanks around it, if it is a plain one: just what the
    /// parser would make of it.
    pub(super) fn plain(&self, range: Range<usize>, depth: usize) -> Option<Expr> {
        let text = &self.text[range.clone()];
        let kind = match text.as_bytes() {
            [b'"', inner @ .., b'"'] if inner.iter().all(is_as_it_is) => {
                let inside = Segment {
                    range: range.start + 1..range.end - 1,
                    written: Written::AsIs,
                };
                ExprKind::String(self.literal(&[inside], range.clone()))
            }
            b"0" => ExprKind::Number(text.into()),
            [b'1'..=b'9', digits @ ..] if digits.len() < MAX_DIGITS => {
                digits.iter().all(u8::is_ascii_digit).then_some(())?;
                ExprKind::Number(text.into())
            }
            b"null" => ExprKind::Null,
            b"true" => ExprKind::Bool(true),
            b"false" => ExprKind::Bool(false),
            _ => return self.reference(range, depth),
        };
        let span = self.span(range);
        Some(Arc::new(Expression { kind, span }))
    }

    /// Names joined with dots: `var.image`, `aws_iam_role.task.arn`.
    fn reference(&self, range: Range<usize>, depth: usize) -> Option<Expr> {
        let mut parts = self.text[range.clone()].split('.');
        let mut start = range.start;
        let mut name = |text: &str| {
            let place = start..start + text.len();
            start = place.end + 1;
            is_name(text).then(|| Name {
                text: text.into(),
                span: self.span(place),
            })
        };
        let root = name(parts.next()?)?;
        let mut expr = Arc::new(Expression {
            span: root.span,
            kind: ExprKind::Variable(root),
        });
        for (before, part) in parts.enumerate() {
            // Values have no attributes, and what is too deep is for the parser to say.
            if depth + before + 2 >= MAX_DEPTH {
                return None;
            }
            let attribute = name(part)?;
            expr = Arc::new(Expression {
                span: expr.span.to(attribute.span),
                kind: ExprKind::Attribute(expr, attribute),
            });
        }
        Some(expr)
    }
}

/// Whether a byte between quotes stands for itself.
fn is_as_it_is(byte: &u8) -> bool {
    !matches!(byte, b'"' | b'\\' | b'$' | b'%' | 0x7f) && *byte >= b' '
}

fn is_name(text: &str) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    let [first, rest @ ..] = text.as_bytes() else {
        return false;
    };
    let is_value = matches!(text, "null" | "true" | "false");
    let mut rest = rest.iter();
    !is_value
        && is_letter(first)
        && rest.all(|byte| is_letter(byte) || byte.is_ascii_digit() || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::super::source::Origin;
    use super::*;
    use crate::source::{Memory, SourceMap};
    use proptest::prelude::*;
    use std::path::Path;

    /// What is made here of a text, and what by the parser.
    fn both(text: &str) -> (Option<String>, Option<String>) {
        let map = SourceMap::new(Memory::new([("/w/a.tf", text)]), "/w");
        let file = map.open(Path::new("a.tf")).expect("it is in memory");
        let source = Source {
            text: file.text(),
            origin: Origin::File(&file),
        };
        let plain = source.plain(0..text.len(), 0);
        let parsed = source.parsed(0..text.len(), 0);
        let show = |expr: Expr| format!("{expr:?}");
        (plain.map(show), parsed.ok().map(show))
    }

    #[test]
    fn plain_expressions_need_no_parser() {
        for text in [
            "\"\"",
            "\"a b\"",
            "\"é\u{301}#\"",
            "0",
            "17",
            "null",
            "true",
            "a",
            "var.a-b.c_1",
        ] {
            let (plain, parsed) = both(text);
            assert!(plain.is_some(), "{text}");
            assert_eq!(plain, parsed, "{text}");
        }
    }

    #[test]
    fn what_may_mean_more_is_left_to_the_parser() {
        for text in [
            "\"$a\"", "\"\\n\"", "\"a\" ", "07", "1.5", "-1", "a.0", "null.a", "a[0]", "a.b()",
            "a.",
        ] {
            assert_eq!(both(text).0, None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_parser_agrees(text in "\"?([a-z_0-9.é\\- \"#$%\\\\]|true|null|for|in|if){0,12}\"?") {
            let text = text.trim_ascii();
            prop_assume!(!text.is_empty());
            let (plain, parsed) = both(text);
            if plain.is_some() {
                prop_assert_eq!(plain, parsed);
            }
        }
    }
}
