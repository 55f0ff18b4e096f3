//! The expressions that need no parser: strings without escapes and templates, references by names
//! alone, whole numbers, the words that are values, and lists and calls of these. Most arguments are
//! one of these.

use super::literals::{Segment, Written};
use super::source::Source;
use super::{Call, Expr, ExprKind, Expression, MAX_DEPTH, Name};
use std::ops::Range;
use std::sync::Arc;

/// Digits of a number that any parser reads as it is written.
const MAX_DIGITS: usize = 15;

/// Bytes between brackets that are read here: no bound of the parser is near.
const MAX_BETWEEN: usize = 4096;

/// Levels of brackets that are read here.
const MAX_LEVELS: usize = 8;

impl Source<'_> {
    /// The expression in a range without blanks around it, if it is a plain one: just what the
    /// parser would make of it.
    pub(super) fn plain(&self, range: Range<usize>, depth: usize) -> Option<Expr> {
        self.plain_within(range, depth, 0)
    }

    fn plain_within(&self, range: Range<usize>, depth: usize, level: usize) -> Option<Expr> {
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
            [b'[', .., b']'] => {
                let inside = range.start + 1..range.end - 1;
                ExprKind::Tuple(self.items(inside, true, depth, level)?)
            }
            [b'a'..=b'z', .., b')'] => {
                let opening = range.start + text.find('(')?;
                let name = range.start..opening;
                is_name(&self.text[name.clone()]).then_some(())?;
                let inside = opening + 1..range.end - 1;
                ExprKind::Call(Call {
                    name: Name {
                        text: self.text[name.clone()].into(),
                        span: self.span(name),
                    },
                    arguments: self.items(inside, false, depth, level)?,
                    expand: false,
                })
            }
            _ => return self.reference(range, depth),
        };
        let span = self.span(range);
        Some(Arc::new(Expression { kind, span }))
    }

    /// What stands between brackets, set apart by commas. Behind the last of a list may be a comma,
    /// too.
    fn items(
        &self,
        range: Range<usize>,
        is_list: bool,
        depth: usize,
        level: usize,
    ) -> Option<Vec<Expr>> {
        if range.len() > MAX_BETWEEN || level == MAX_LEVELS || depth + 2 * MAX_LEVELS > MAX_DEPTH {
            return None;
        }
        let mut items = Vec::new();
        let mut start = range.start;
        loop {
            let end = self.item_end(start..range.end)?;
            let item = self.without_blanks(start..end);
            let is_last = end == range.end;
            if item.is_empty() {
                let may_be = is_last && (is_list || items.is_empty());
                return may_be.then_some(items);
            }
            items.push(self.plain_within(item, depth + 1, level + 1)?);
            if is_last {
                return Some(items);
            }
            start = end + 1;
        }
    }

    /// Where the first comma stands outside of strings and brackets, or the end of the range.
    fn item_end(&self, range: Range<usize>) -> Option<usize> {
        let mut open = 0_usize;
        let mut is_string = false;
        for at in range.clone() {
            match self.text.as_bytes()[at] {
                b'"' => is_string = !is_string,
                // A quote behind it may be one of the string's own.
                b'\\' => return None,
                _ if is_string => {}
                b'[' | b'(' => open += 1,
                b']' | b')' => open = open.checked_sub(1)?,
                b',' if open == 0 => return Some(at),
                _ => {}
            }
        }
        (open == 0 && !is_string).then_some(range.end)
    }

    fn without_blanks(&self, range: Range<usize>) -> Range<usize> {
        let text = &self.text[range.clone()];
        let is_blank = [' ', '\t', '\n'];
        let start = range.start + (text.len() - text.trim_start_matches(is_blank).len());
        let text = text.trim_matches(is_blank);
        start..start + text.len()
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
            "[]",
            "[ ]",
            "[\"a\", \"],(\", var.b]",
            "[\n  1,\n  [true, null,],\n]",
            "f()",
            "list(string)",
            "merge(local.a, f([1], \"b\"))",
            "f(\n  a,\n  b\n)",
        ] {
            let (plain, parsed) = both(text);
            assert!(plain.is_some(), "{text}");
            assert_eq!(plain, parsed, "{text}");
        }
    }

    #[test]
    fn what_may_mean_more_is_left_to_the_parser() {
        for text in [
            "\"$a\"",
            "\"\\n\"",
            "\"a\" ",
            "07",
            "1.5",
            "-1",
            "a.0",
            "null.a",
            "a[0]",
            "a.b()",
            "a.",
            "[a][0]",
            "f(a)[0]",
            "f(a) + f(b)",
            "f(a)(b)",
            "f(a,)",
            "[,]",
            "[a b]",
            "[for a in b : a]",
            "f(a...)",
            "[a # b\n]",
            "[\"${a}\"]",
            "[\"\\\"\"]",
            "{a = 1}",
        ] {
            assert_eq!(both(text).0, None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_parser_agrees_on_lists_and_calls(
            text in "(f\\(|\\[)(a|f\\(|\\[|\\]|\\)|, ?|\"|\"b\"|\n| |1|\\.|-|#|\\.\\.\\.){0,10}(\\)|\\])"
        ) {
            let (plain, parsed) = both(&text);
            if plain.is_some() {
                prop_assert_eq!(plain, parsed);
            }
        }

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
