//! Finds the parts of a list or object in a file without reading what is inside of them.

use super::block::{self, Block, Strings};
use super::lexical::{
    escape, find_in_string, find_quote, is_token, skip_blanks, skip_token, unescape,
};
use super::{RawMember, SyntaxError};
use crate::source::{File, Span};
use std::ops::Range;
use std::sync::Arc;

pub(super) fn members(file: &File, range: Range<usize>) -> Result<Vec<RawMember>, SyntaxError> {
    let mut outline = Outline::new(file, range);
    let members = outline.object(|outline, _| outline.value())?;
    outline.end()?;
    Ok(members)
}

/// The members, and those of the last one with the name `inner` where that is an object.
pub(super) fn members_and_inner(
    file: &File,
    range: Range<usize>,
    inner: &str,
) -> Result<(Vec<RawMember>, Option<Vec<RawMember>>), SyntaxError> {
    let mut outline = Outline::new(file, range);
    let mut found = None;
    let members = outline.object(|outline, name| {
        if name != inner {
            return outline.value();
        }
        let start = outline.at;
        if outline.bytes.get(start) != Some(&b'{') {
            found = None;
            return outline.value();
        }
        found = Some(outline.object(|outline, _| outline.value())?);
        Ok(outline.file.span(start, outline.at))
    })?;
    outline.end()?;
    Ok((members, found))
}

pub(super) fn elements(file: &File, range: Range<usize>) -> Result<Vec<Span>, SyntaxError> {
    let mut outline = Outline::new(file, range);
    let mut elements = Vec::new();
    outline.each(b'[', b']', |outline| {
        elements.push(outline.value()?);
        Ok(())
    })?;
    outline.end()?;
    Ok(elements)
}

struct Outline<'a> {
    file: &'a File,
    /// The file up to the end of the range.
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Outline<'a> {
    fn new(file: &'a File, range: Range<usize>) -> Outline<'a> {
        Outline {
            file,
            bytes: &file.text().as_bytes()[..range.end],
            at: range.start,
        }
    }

    /// The members of the object that starts here; `value` moves past the value of the member that
    /// it is told the name of, and gives its span.
    fn object(
        &mut self,
        mut value: impl FnMut(&mut Self, &str) -> Result<Span, SyntaxError>,
    ) -> Result<Vec<RawMember>, SyntaxError> {
        let mut members = Vec::new();
        self.each(b'{', b'}', |outline| {
            let open = outline.at;
            let (name, name_span) = outline.name()?;
            outline.blanks();
            if outline.bytes.get(outline.at) != Some(&b':') {
                let span = outline.file.span(open, name_span.end as usize);
                return Err(SyntaxError {
                    message: "expected `:` after this property name".to_owned(),
                    span,
                });
            }
            outline.at += 1;
            outline.blanks();
            let value = value(outline, &name)?;
            members.push(RawMember {
                name,
                name_span,
                value,
            });
            Ok(())
        })?;
        Ok(members)
    }

    /// Calls `item` at the start of each part of the list or object that starts here, and moves
    /// past its end.
    fn each(
        &mut self,
        open: u8,
        close: u8,
        mut item: impl FnMut(&mut Self) -> Result<(), SyntaxError>,
    ) -> Result<(), SyntaxError> {
        self.blanks();
        let start = self.at;
        if self.bytes.get(start) != Some(&open) {
            let kind = if open == b'{' { "an object" } else { "a list" };
            return self.unexpected(&format!("{kind} that starts with `{}`", open as char));
        }
        self.at += 1;
        self.blanks();
        let mut comma = None;
        loop {
            match (self.bytes.get(self.at), comma) {
                (None, _) => return self.not_closed(start),
                (Some(byte), None) if *byte == close => break,
                (Some(byte), Some(comma)) if *byte == close => {
                    let message = match open {
                        b'{' => "expected a property name in double quotes after this comma",
                        _ => "expected another element after this comma",
                    };
                    return self.error(message, comma..comma + 1);
                }
                _ => item(self)?,
            }
            self.blanks();
            match self.bytes.get(self.at) {
                Some(b',') => comma = Some(self.at),
                Some(byte) if *byte == close => break,
                Some(_) => return self.unexpected(&format!("`,` or `{}`", close as char)),
                None => return self.not_closed(start),
            }
            self.at += 1;
            self.blanks();
        }
        self.at += 1;
        Ok(())
    }

    /// Nothing but blanks may be left.
    fn end(&mut self) -> Result<(), SyntaxError> {
        self.blanks();
        match self.at == self.bytes.len() {
            true => Ok(()),
            false => self.error("expected nothing after the JSON value", self.here()),
        }
    }

    fn name(&mut self) -> Result<(Arc<str>, Span), SyntaxError> {
        let open = self.at;
        if self.bytes.get(open) != Some(&b'"') {
            return self.unexpected("a property name in double quotes");
        }
        let mut at = open + 1;
        loop {
            match find_in_string(self.bytes, at).map(|found| (found, self.bytes[found])) {
                None => return self.no_quote(open),
                Some((found, b'"')) => {
                    at = found;
                    break;
                }
                Some((found, b'\\')) => match escape(&self.bytes[found..]) {
                    Ok((_, length)) => at = found + length,
                    Err(wrong) => return self.no_escape(open, found, found + wrong),
                },
                Some((found, byte)) => {
                    return self.error(super::control_character(byte), found..found + 1);
                }
            }
        }
        self.at = at + 1;
        let name = unescape(&self.file.text()[open + 1..at]);
        Ok((name.into(), self.file.span(open, self.at)))
    }

    /// Moves past a value and gives its span.
    fn value(&mut self) -> Result<Span, SyntaxError> {
        let start = self.at;
        match self.bytes.get(start) {
            Some(b'"') => self.at = self.skip_string(start)?,
            Some(b'{' | b'[') => self.at = self.skip_nested(start)?,
            Some(&byte) if is_token(byte) => self.at = skip_token(self.bytes, start),
            _ => return self.unexpected("a JSON value"),
        }
        Ok(self.file.span(start, self.at))
    }

    /// The end of the string whose quote is at `open`.
    fn skip_string(&self, open: usize) -> Result<usize, SyntaxError> {
        let mut at = open + 1;
        while let Some(found) = find_quote(self.bytes, at) {
            if self.bytes[found] == b'"' {
                return Ok(found + 1);
            }
            // A backslash, and what it escapes.
            at = found + 2;
        }
        self.no_quote(open)
    }

    /// The end of the list or object whose bracket is at `open`.
    fn skip_nested(&self, open: usize) -> Result<usize, SyntaxError> {
        match self.skip_well_nested(open) {
            Some(end) => Ok(end),
            None => self.skip_any_nested(open),
        }
    }

    /// The same where nothing is wrong and few brackets are open at once: of each it is remembered,
    /// by a bit, which of the two kinds it is.
    fn skip_well_nested(&self, open: usize) -> Option<usize> {
        let mut strings = Strings::default();
        let (mut kinds, mut depth) = (0_u64, 0_u32);
        for start in (open..self.bytes.len()).step_by(block::BYTES) {
            let mut brackets = strings.brackets(&Block::at(self.bytes, start), start);
            while brackets != 0 {
                let found = start + brackets.trailing_zeros() as usize;
                brackets &= brackets - 1;
                let bracket = self.bytes[found];
                let kind = u64::from(matches!(bracket, b'{' | b'}'));
                if matches!(bracket, b'{' | b'[') {
                    if depth == u64::BITS {
                        return None;
                    }
                    kinds = kinds << 1 | kind;
                    depth += 1;
                    continue;
                }
                if kinds & 1 != kind {
                    return None;
                }
                kinds >>= 1;
                depth -= 1;
                if depth == 0 {
                    return Some(found + 1);
                }
            }
        }
        None
    }

    /// The same where brackets are open in any number, and what is wrong is to be told.
    fn skip_any_nested(&self, open: usize) -> Result<usize, SyntaxError> {
        let mut open_brackets = Vec::new();
        let mut strings = Strings::default();
        for start in (open..self.bytes.len()).step_by(block::BYTES) {
            let mut brackets = strings.brackets(&Block::at(self.bytes, start), start);
            while brackets != 0 {
                let found = start + brackets.trailing_zeros() as usize;
                brackets &= brackets - 1;
                let bracket = self.bytes[found];
                if matches!(bracket, b'{' | b'[') {
                    open_brackets.push(found);
                    continue;
                }
                let opened = open_brackets.pop().map(|at| self.bytes[at]);
                if opened != Some(if bracket == b'}' { b'{' } else { b'[' }) {
                    let expected = match bracket {
                        b'}' => "`,` or `]`",
                        _ => "`,` or `}`",
                    };
                    let message = format!("expected {expected}, found `{}`", bracket as char);
                    return self.error(message, found..found + 1);
                }
                if open_brackets.is_empty() {
                    return Ok(found + 1);
                }
            }
        }
        match strings.open() {
            Some(quote) => self.no_quote(quote),
            None => self.not_closed(open_brackets.last().copied().unwrap_or(open)),
        }
    }

    fn blanks(&mut self) {
        self.at = skip_blanks(self.bytes, self.at);
    }

    fn here(&self) -> Range<usize> {
        let end = skip_token(self.bytes, self.at);
        let one = self.file.text()[self.at..self.bytes.len()].chars().next();
        self.at..end.max(self.at + one.map_or(0, char::len_utf8))
    }

    fn error<T>(&self, message: impl Into<String>, range: Range<usize>) -> Result<T, SyntaxError> {
        Err(SyntaxError {
            message: message.into(),
            span: self.file.span(range.start, range.end),
        })
    }

    fn unexpected<T>(&self, expected: &str) -> Result<T, SyntaxError> {
        let here = self.here();
        self.error(
            super::found(expected, &self.file.text()[here.clone()]),
            here,
        )
    }

    /// The escape at `at` goes wrong at `cut`.
    fn no_escape<T>(&self, open: usize, at: usize, cut: usize) -> Result<T, SyntaxError> {
        match self.file.text()[cut..self.bytes.len()].chars().next() {
            Some(wrong) => {
                let message = super::no_escape(&self.bytes[at..]);
                self.error(message, at..cut + wrong.len_utf8())
            }
            None => self.no_quote(open),
        }
    }

    fn no_quote<T>(&self, open: usize) -> Result<T, SyntaxError> {
        self.error("this string has no closing quote", open..open + 1)
    }

    fn not_closed<T>(&self, open: usize) -> Result<T, SyntaxError> {
        let message = format!("this `{}` is not closed", self.bytes[open] as char);
        self.error(message, open..open + 1)
    }
}
