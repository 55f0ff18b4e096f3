//! One file's text, its lines, and what was made of it.

use super::{FileId, Position, Span};
use std::any::Any;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// One file as it was read. Its text is always valid UTF-8 of the same length as the file: each
/// byte that is not UTF-8 is replaced by `?`, and `invalid` tells where these stood.
pub struct File {
    pub id: FileId,
    pub path: Arc<Path>,
    /// The path as it is printed.
    pub shown: Arc<str>,
    text: Box<str>,
    invalid: Box<[usize]>,
    lines: OnceLock<Lines>,
    derived: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl File {
    pub(super) fn new(id: FileId, path: Arc<Path>, shown: Arc<str>, bytes: Vec<u8>) -> File {
        let (text, invalid) = match String::from_utf8(bytes) {
            Ok(text) => (text, Vec::new()),
            Err(error) => mask_invalid(error.into_bytes()),
        };
        File {
            id,
            path,
            shown,
            text: text.into_boxed_str(),
            invalid: invalid.into_boxed_slice(),
            lines: OnceLock::new(),
            derived: OnceLock::new(),
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The offsets at which sequences of bytes start that are not UTF-8, in the order of the text.
    pub fn invalid(&self) -> &[usize] {
        &self.invalid
    }

    /// The offset of the first byte that is not UTF-8.
    pub fn invalid_at(&self) -> Option<usize> {
        self.invalid.first().copied()
    }

    /// What is ASCII in a file in UTF-16, as shells of Windows write what a program prints; nothing
    /// for any other file.
    pub fn utf16_letters(&self) -> Option<String> {
        let is_utf16 = self.invalid_at() == Some(0) && self.text.get(2..)?.contains('\0');
        is_utf16.then(|| self.text.replace('\0', ""))
    }

    /// Length in bytes of a byte order mark at the start: 0 or 3.
    pub fn bom(&self) -> usize {
        if self.text.starts_with('\u{feff}') {
            3
        } else {
            0
        }
    }

    pub fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.id, start, end)
    }

    /// The text under a span, or nothing where the span does not fit (the file changed on disk).
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// What one front end has made of this file, kept as long as the file is: a module that two
    /// thousand roots call is scanned once. The first caller's type is the file's.
    pub fn derived<T: Any + Send + Sync>(&self, make: impl FnOnce(&File) -> T) -> Option<&T> {
        self.derived
            .get_or_init(|| Box::new(make(self)))
            .downcast_ref()
    }

    /// The position of a byte offset. A byte order mark takes no column.
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let lines = self.lines.get_or_init(|| Lines::of(&self.text, self.bom()));
        let before = lines.before(self.text.as_bytes(), offset);
        Position {
            line: before.lines + 1,
            column: before.characters + 1,
            offset,
        }
    }
}

/// What stands before each block of a text: few numbers, quickly made, from which the position of
/// any place is told by looking at one block, however long its line is.
struct Lines {
    blocks: Vec<Before>,
    /// Where the first line starts.
    start: usize,
}

/// What stands before a place.
#[derive(Clone, Copy, Default)]
struct Before {
    /// Lines that have ended.
    lines: usize,
    /// Characters of the line that has not, without a byte order mark.
    characters: usize,
}

impl Before {
    /// What stands before the end of some bytes that follow.
    fn and(self, bytes: &[u8]) -> Before {
        match memchr::memrchr(b'\n', bytes) {
            None => Before {
                characters: self.characters + characters(bytes),
                ..self
            },
            Some(last) => Before {
                lines: self.lines + memchr::memchr_iter(b'\n', bytes).count(),
                characters: characters(&bytes[last + 1..]),
            },
        }
    }
}

impl Lines {
    const BLOCK: usize = 4 << 10;

    fn of(text: &str, start: usize) -> Lines {
        let mut before = Before::default();
        let blocks = text.as_bytes().chunks(Lines::BLOCK).zip(0..);
        let blocks = blocks.map(|(block, at)| {
            let here = before;
            let start = if at == 0 { start } else { 0 };
            before = before.and(&block[start..]);
            here
        });
        Lines {
            blocks: blocks.collect(),
            start,
        }
    }

    fn before(&self, text: &[u8], offset: usize) -> Before {
        // The end of a text that fills its blocks belongs to the last of them.
        let block = (offset / Lines::BLOCK).min(self.blocks.len().saturating_sub(1));
        let before = self.blocks.get(block).copied().unwrap_or_default();
        let start = (block * Lines::BLOCK).max(self.start);
        before.and(&text[start.min(offset)..offset])
    }
}

/// Characters that start in bytes of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    let starts = bytes.iter().filter(|byte| **byte & 0xc0 != 0x80);
    starts.count()
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({:?}, {})", self.id, self.path.display())
    }
}

/// Puts `?` in the place of what is not UTF-8, and tells where each sequence of that starts.
fn mask_invalid(mut bytes: Vec<u8>) -> (String, Vec<usize>) {
    let mut starts = Vec::new();
    let mut from = 0;
    while let Err(error) = std::str::from_utf8(&bytes[from..]) {
        let bad = from + error.valid_up_to();
        let length = error.error_len().unwrap_or(bytes.len() - bad);
        bytes[bad..bad + length].fill(b'?');
        starts.push(bad);
        from = bad + length;
    }
    let text = String::from_utf8(bytes).expect("every invalid sequence was masked");
    (text, starts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Memory, SourceMap};

    fn open(bytes: &[u8]) -> Arc<File> {
        SourceMap::new(Memory::new([("/w/a", bytes)]), "/w")
            .open(Path::new("a"))
            .expect("it is in memory")
    }

    #[test]
    fn positions_count_scalars_and_skip_the_byte_order_mark() {
        let file = open("\u{feff}aé😀b\r\nx".as_bytes());
        let at = |offset| {
            let p = file.position(offset);
            (p.line, p.column)
        };
        assert_eq!(at(3), (1, 1));
        assert_eq!(at(4), (1, 2));
        assert_eq!(at(6), (1, 3));
        assert_eq!(at(10), (1, 4));
        assert_eq!(at(11), (1, 5), "the carriage return is on the first line");
        assert_eq!(at(13), (2, 1));
        assert_eq!(at(99), (2, 2), "past the end is the end");
    }

    #[test]
    fn lines_are_told_across_blocks() {
        let text = "ab\n".repeat(Lines::BLOCK);
        let file = open(text.as_bytes());
        for offset in [
            0,
            2,
            3,
            Lines::BLOCK - 1,
            Lines::BLOCK,
            Lines::BLOCK + 1,
            text.len(),
        ] {
            let position = file.position(offset);
            let told = (position.line, position.column);
            assert_eq!(told, (offset / 3 + 1, offset % 3 + 1), "at {offset}");
        }
        assert_eq!(open(b"").position(0).line, 1);

        // One line, whose characters lie across the ends of blocks.
        let text = format!("\u{feff}{}", "é漢".repeat(Lines::BLOCK));
        let file = open(text.as_bytes());
        for (column, (offset, _)) in text.char_indices().skip(1).enumerate() {
            let position = file.position(offset);
            assert_eq!((position.line, position.column), (1, column + 1));
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_keep_their_places() {
        let file = open(b"a\xe9b\xff\xfec");
        assert_eq!(file.text(), "a?b??c");
        assert_eq!(file.invalid(), [1, 3, 4]);
        assert_eq!(file.utf16_letters(), None);
        let letters = open(b"\xff\xfea\0:\0").utf16_letters();
        assert_eq!(letters.as_deref(), Some("??a:"));
    }
}
