//! Excerpts of files around labels, small whatever the size of the files and of their lines.
//!
//! The diagnostics library labels one source, prints whole lines, panics on a label past column
//! 65,535 and slows down with the size of the source. So it is handed excerpts of several files
//! laid end to end: each is a few whole lines, cut to the width of the terminal around the labels,
//! with hostile characters escaped, and knows which file and line it begins with.

use super::terminal::{Style, cells, is_hostile, push_shown, wrap};
use crate::finding::{Label, Place};
use crate::source::{File, FileId};
use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::ops::Range;
use std::sync::Arc;

/// Excerpts with the labels in them, in the order in which they are shown.
#[derive(Debug, Default)]
pub struct Snippets {
    text: String,
    windows: Vec<Window>,
    pub marks: Vec<Mark>,
}

/// A label in an excerpt.
#[derive(Clone, Debug)]
pub struct Mark {
    /// In the text of the excerpts.
    pub range: Range<usize>,
    pub message: String,
    pub primary: bool,
    /// Zero-based, in the file.
    line: usize,
    column: usize,
}

/// Some lines of one file.
#[derive(Debug)]
struct Window {
    range: Range<usize>,
    path: String,
    /// Zero-based.
    first_line: usize,
    lines: usize,
}

/// A line break is looked for this far from a label; beyond, the line counts as cut.
const MAX_REACH: usize = 8 << 10;
/// Labels at most this many lines apart share an excerpt.
const MAX_GAP: usize = 3;
/// Cells between tab stops.
const TAB: usize = 4;

impl Snippets {
    /// Excerpts around `labels`, the first of which is the primary one: its own excerpt comes
    /// first, then the others of its file, then those of other files. Returned beside them are
    /// the labels that no excerpt shows, since their file has changed or others cover them.
    pub fn new<'a>(
        labels: &'a [Label],
        style: &Style,
        mut file: impl FnMut(FileId) -> Arc<File>,
    ) -> (Snippets, Vec<&'a Label>) {
        let mut ids: Vec<FileId> = Vec::new();
        for label in labels {
            if !ids.contains(&label.place.span.file) {
                ids.push(label.place.span.file);
            }
        }
        let mut snippets = Snippets::default();
        let mut left_over = Vec::new();
        for id in ids {
            let file = file(id);
            let of_file = labels.iter().enumerate();
            let of_file = of_file.filter(|(_, label)| label.place.span.file == id);
            let mut lines = Vec::new();
            for (at, label) in of_file {
                Line::add(&mut lines, file.text(), at == 0, label, &mut left_over);
            }
            lines.sort_by_key(|line| line.number);
            let mut excerpts = group(file.text(), lines);
            // Stable: the others keep their order.
            excerpts.sort_by_key(|excerpt| !excerpt.iter().any(Line::is_primary));
            for excerpt in excerpts {
                snippets.push(&file, excerpt, style);
            }
        }
        (snippets, left_over)
    }

    /// The lines of all excerpts, as they are shown.
    #[cfg(test)]
    pub fn lines(&self) -> std::str::Lines<'_> {
        self.text.lines()
    }

    fn push(&mut self, file: &File, lines: Vec<Line>, style: &Style) {
        let start = self.text.len();
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
            return;
        };
        let (first, count) = (first.number, lines.len());
        // What stands before the text: ` 12 │ `.
        let gutter = last.number.to_string().len() + 4;
        let room = style.width.saturating_sub(gutter).max(20);
        for line in &lines {
            let from = self.text.len();
            let spots = line.render(file.text(), room, style.ellipsis(), &mut self.text);
            for (piece, spot) in line.pieces.iter().zip(spots) {
                let before = cells(&self.text[from..spot.start]);
                let middle = before + cells(&self.text[spot.clone()]) / 2;
                self.marks.push(Mark {
                    message: fold(piece.label, room.saturating_sub(middle + 4)),
                    range: spot,
                    primary: piece.primary,
                    line: piece.label.place.location.start.line.saturating_sub(1),
                    column: piece.label.place.location.start.column.saturating_sub(1),
                });
            }
            self.text.push('\n');
        }
        self.windows.push(Window {
            range: start..self.text.len(),
            path: super::terminal::shown(&file.shown).into_owned(),
            first_line: first.saturating_sub(1),
            lines: count,
        });
    }
}

/// A label's text, in several lines where there is room for that.
fn fold(label: &Label, room: usize) -> String {
    let text = super::terminal::shown(&label.message);
    if room < 24 || cells(&text) <= room {
        return text.into_owned();
    }
    wrap(&text, room).join("\n")
}

impl SourceCode for Snippets {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let range = span.offset()..span.offset() + span.len();
        let window = self
            .windows
            .iter()
            .find(|window| window.range.start <= range.start && range.end <= window.range.end)
            .ok_or(MietteError::OutOfBounds)?;
        // Without lines around it, the position of a label itself is asked for.
        let mark = match (lines_before, lines_after) {
            (0, 0) => self.marks.iter().find(|mark| mark.range == range),
            _ => None,
        };
        let (line, column) = match mark {
            Some(mark) => (mark.line, mark.column),
            None => (window.first_line, 0),
        };
        let shown = window.range.clone();
        Ok(Box::new(MietteSpanContents::new_named(
            window.path.clone(),
            &self.text.as_bytes()[shown.clone()],
            shown.into(),
            line,
            column,
            window.lines,
        )))
    }
}

/// One line of a file, or as much of it as lies within reach of a label.
struct Line<'a> {
    /// One-based.
    number: usize,
    range: Range<usize>,
    cut_before: bool,
    cut_after: bool,
    /// Sorted; no two overlap.
    pieces: Vec<Piece<'a>>,
}

/// The part of a label's span that is underlined.
struct Piece<'a> {
    range: Range<usize>,
    label: &'a Label,
    primary: bool,
}

impl<'a> Line<'a> {
    /// The line around an offset.
    fn around(text: &str, number: usize, offset: usize) -> Line<'a> {
        let (start, cut_before) = line_start(text, offset);
        let (end, cut_after) = line_end(text, offset);
        Line {
            number,
            range: start..end.max(start),
            cut_before,
            cut_after,
            pieces: Vec::new(),
        }
    }

    fn is_primary(&self) -> bool {
        self.pieces.iter().any(|piece| piece.primary)
    }

    /// Adds a label to its line. Of a span of several lines the first one is underlined; where
    /// spans overlap, the earlier label has the text and the later one what is left of its own.
    fn add(
        lines: &mut Vec<Line<'a>>,
        text: &str,
        primary: bool,
        label: &'a Label,
        left_over: &mut Vec<&'a Label>,
    ) {
        let Place { span, location } = &label.place;
        let span = span.range();
        if text.get(span.clone()).is_none() || text.is_empty() {
            left_over.push(label);
            return;
        }
        let number = location.start.line;
        let at = match lines.iter().position(|line| line.number == number) {
            Some(at) => at,
            None => {
                lines.push(Line::around(text, number, span.start));
                lines.len() - 1
            }
        };
        let line = &mut lines[at];
        // Another label's part of a line that is too long to be one excerpt.
        let around = Line::around(text, number, span.start);
        if around.range.start < line.range.start {
            (line.range.start, line.cut_before) = (around.range.start, around.cut_before);
        }
        if around.range.end > line.range.end {
            (line.range.end, line.cut_after) = (around.range.end, around.cut_after);
        }
        let end = span.end.min(around.range.end).max(span.start);
        // Of blanks, such as the end of a line, the start is pointed at.
        let free = match text[span.start..end].trim().is_empty() {
            true => line.is_free(span.start).then_some(span.start..span.start),
            false => line.free(text, span.start..end),
        };
        match free {
            Some(range) => {
                let at = line
                    .pieces
                    .partition_point(|piece| piece.range.start < range.start);
                let piece = Piece {
                    range,
                    label,
                    primary,
                };
                line.pieces.insert(at, piece);
            }
            None => left_over.push(label),
        }
    }

    fn is_free(&self, offset: usize) -> bool {
        let taken = |piece: &Piece| piece.range.start == offset || piece.range.contains(&offset);
        !self.pieces.iter().any(taken)
    }

    /// The first part of a range that no label has, without blanks at its ends.
    fn free(&self, text: &str, range: Range<usize>) -> Option<Range<usize>> {
        let mut start = range.start;
        let taken = self.pieces.iter().map(|piece| piece.range.clone());
        for next in taken.chain(std::iter::once(range.end..range.end)) {
            let end = next.start.min(range.end);
            if start < end {
                let part = &text[start..end];
                let blanks = part.len() - part.trim_start().len();
                let part = part.trim();
                if !part.is_empty() {
                    return Some(start + blanks..start + blanks + part.len());
                }
            }
            start = start.max(next.end);
        }
        None
    }

    /// Adds the line's text to `out`, cut around the labels if there is no room for all of it,
    /// and returns where each label stands there.
    fn render(
        &self,
        text: &str,
        room: usize,
        ellipsis: &str,
        out: &mut String,
    ) -> Vec<Range<usize>> {
        let from = out.len();
        let mut spots: Vec<Range<usize>> = vec![from..from; self.pieces.len()];
        let segments = self.segments(text, room, cells(ellipsis));
        for (at, segment) in segments.iter().enumerate() {
            if at > 0 || self.cut_before || segment.start > self.range.start {
                out.push_str(ellipsis);
            }
            for (offset, character) in text[segment.clone()].char_indices() {
                self.note(&mut spots, segment.start + offset, out.len());
                match character {
                    '\t' => {
                        let column = cells(&out[from..]);
                        out.extend(std::iter::repeat_n(' ', TAB - column % TAB));
                    }
                    other => push_shown(out, other),
                }
            }
            self.note(&mut spots, segment.end, out.len());
            // A label that is cut ends where its segment does.
            for (piece, spot) in self.pieces.iter().zip(&mut spots) {
                if segment.contains(&piece.range.start) && piece.range.end > segment.end {
                    spot.end = out.len();
                }
            }
        }
        let last = segments.last().map_or(self.range.end, |last| last.end);
        if self.cut_after || last < self.range.end {
            out.push_str(ellipsis);
        }
        spots
    }

    fn note(&self, spots: &mut [Range<usize>], offset: usize, shown_at: usize) {
        for (piece, spot) in self.pieces.iter().zip(spots) {
            if piece.range.start == offset {
                *spot = shown_at..shown_at;
            }
            if piece.range.end == offset {
                spot.end = shown_at.max(spot.start);
            }
        }
    }

    /// The parts of the line that are shown: all of it, or a part around each label, or, without
    /// labels, its beginning.
    fn segments(&self, text: &str, room: usize, ellipsis: usize) -> Vec<Range<usize>> {
        let line = self.range.clone();
        let whole = !self.cut_before && !self.cut_after;
        if whole && forward(text, line.start, line.end, room).0 == line.end {
            return vec![line];
        }
        if self.pieces.is_empty() {
            let (end, _) = forward(text, line.start, line.end, room - ellipsis);
            let beginning = line.start..end;
            return vec![beginning];
        }
        let count = self.pieces.len();
        let share = (room.saturating_sub(ellipsis * (count + 1)) / count).max(12);
        let mut segments: Vec<Range<usize>> = Vec::new();
        for piece in &self.pieces {
            let (end, taken) = forward(text, piece.range.start, piece.range.end, share);
            let (start, before) =
                backward(text, line.start, piece.range.start, (share - taken) / 2);
            let (end, after) = match end == piece.range.end {
                true => forward(text, end, line.end, share - taken - before),
                false => (end, 0),
            };
            let rest = share - taken - before - after;
            let (start, _) = backward(text, line.start, start, rest);
            match segments.last_mut() {
                Some(last) if start <= last.end => last.end = last.end.max(end),
                _ => segments.push(start..end),
            }
        }
        segments
    }
}

/// Lines with labels to excerpts: each with a line before and after it, near ones together.
fn group<'a>(text: &str, lines: Vec<Line<'a>>) -> Vec<Vec<Line<'a>>> {
    let mut excerpts: Vec<Vec<Line>> = Vec::new();
    for line in lines {
        if let Some(excerpt) = excerpts.last_mut()
            && join(text, excerpt, line.number)
        {
            excerpt.push(line);
            continue;
        }
        let before = before(text, &line);
        excerpts.push(before.into_iter().chain([line]).collect());
    }
    for excerpt in &mut excerpts {
        let after = excerpt.last().and_then(|last| after(text, last));
        excerpt.extend(after.filter(|line| !is_blank(text, line)));
    }
    excerpts
}

/// Extends an excerpt up to the line before `number`, if that is near.
fn join(text: &str, excerpt: &mut Vec<Line>, number: usize) -> bool {
    let length = excerpt.len();
    let Some(last) = excerpt.last().map(|line| line.number) else {
        return false;
    };
    if number > last + MAX_GAP {
        return false;
    }
    for _ in last + 1..number {
        match excerpt.last().and_then(|line| after(text, line)) {
            Some(line) => excerpt.push(line),
            None => {
                excerpt.truncate(length);
                return false;
            }
        }
    }
    true
}

fn before<'a>(text: &str, line: &Line) -> Option<Line<'a>> {
    if line.cut_before || line.range.start == 0 || line.number < 2 {
        return None;
    }
    let before = Line::around(text, line.number - 1, line.range.start - 1);
    (!before.cut_before && !is_blank(text, &before)).then_some(before)
}

fn after<'a>(text: &str, line: &Line) -> Option<Line<'a>> {
    if line.cut_after {
        return None;
    }
    let rest = &text[line.range.end..];
    let rest = rest.strip_prefix('\r').unwrap_or(rest);
    let next = text.len() - rest.strip_prefix('\n')?.len();
    (next < text.len()).then(|| Line::around(text, line.number + 1, next))
}

fn is_blank(text: &str, line: &Line) -> bool {
    text[line.range.clone()].trim().is_empty()
}

/// The start of the line that holds an offset, past a byte order mark, and whether it was out of
/// reach.
fn line_start(text: &str, offset: usize) -> (usize, bool) {
    let mut reach = offset.saturating_sub(MAX_REACH);
    if let Some(newline) = memchr::memrchr(b'\n', &text.as_bytes()[reach..offset]) {
        return (reach + newline + 1, false);
    }
    if reach > 0 {
        while !text.is_char_boundary(reach) {
            reach += 1;
        }
        return (reach, true);
    }
    let mark = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    (mark.min(offset), false)
}

/// The end of the line that holds an offset, before CR LF, and whether it was out of reach.
fn line_end(text: &str, offset: usize) -> (usize, bool) {
    let mut reach = text.len().min(offset + MAX_REACH);
    if let Some(newline) = memchr::memchr(b'\n', &text.as_bytes()[offset..reach]) {
        let line = &text[..offset + newline];
        return (line.strip_suffix('\r').unwrap_or(line).len(), false);
    }
    while !text.is_char_boundary(reach) {
        reach -= 1;
    }
    (reach, reach < text.len())
}

/// How far from `start` the characters fit in `room` cells, and the cells that they take.
fn forward(text: &str, start: usize, end: usize, room: usize) -> (usize, usize) {
    let mut taken = 0;
    for (offset, character) in text[start..end].char_indices() {
        let wide = width(character);
        if taken + wide > room {
            return (start + offset, taken);
        }
        taken += wide;
    }
    (end, taken)
}

/// The same backwards from `end`.
fn backward(text: &str, start: usize, end: usize, room: usize) -> (usize, usize) {
    let mut taken = 0;
    for (offset, character) in text[start..end].char_indices().rev() {
        let wide = width(character);
        if taken + wide > room {
            return (start + offset + character.len_utf8(), taken);
        }
        taken += wide;
    }
    (start, taken)
}

/// The most cells that a character takes as it is shown.
fn width(character: char) -> usize {
    match character {
        '\t' => TAB,
        hostile if is_hostile(hostile) => {
            let mut shown = String::new();
            push_shown(&mut shown, hostile);
            shown.len()
        }
        plain => unicode_width::UnicodeWidthChar::width(plain).unwrap_or(0),
    }
}
