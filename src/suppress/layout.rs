//! Where the comments of a file stand, and which text each of them is about.

use crate::source::{File, Span};
use crate::terraform::scan::comments::Comments;
use crate::value::{Kind, Value};
use crate::yaml;
use std::collections::HashSet;

/// The comments of a file and the parts that they can be about.
pub struct Layout {
    /// In the order of the text.
    pub comments: Vec<Span>,
    /// Brackets and heredocs of HCL; members and elements of YAML, from their first letter. In the
    /// order in which they start.
    parts: Vec<Span>,
    /// For each comment the line below it, or below those that stand under it; nothing where that
    /// is blank.
    below: Vec<Option<usize>>,
    /// Where something else than comments stands first.
    top: usize,
}

/// Whether a file is HCL, by its name.
pub fn is_hcl(path: &str) -> bool {
    let endings = [".tf", ".tofu", ".tfvars"];
    endings.iter().any(|ending| path.ends_with(ending))
}

/// The name of what a template file makes: `a.json` for `a.json.tftpl`.
fn template_of(path: &str) -> &str {
    let endings = [".tftpl", ".tpl", ".tmpl"];
    let mut made = endings
        .iter()
        .filter_map(|ending| path.strip_suffix(ending));
    made.next().unwrap_or(path)
}

impl Layout {
    /// Nothing where the file has no comments by its kind, or is not what it seems.
    pub fn of(file: &File) -> Option<Layout> {
        if is_hcl(&file.shown) {
            let Comments {
                comments, enclosed, ..
            } = Comments::of(file);
            let span = |range: std::ops::Range<usize>| file.span(range.start, range.end);
            return Some(Layout::new(
                file,
                comments.into_iter().map(span).collect(),
                enclosed.into_iter().map(span).collect(),
            ));
        }
        let name = template_of(&file.shown);
        let is_template = name.len() < file.shown.len();
        let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
        if name.ends_with(".json") || (is_template && !is_yaml) {
            return None;
        }
        match yaml::read(file, 0..file.text().len(), &mut |_, value| value) {
            Ok(document) => Some(of_yaml(file, document.root)),
            // Directives make a template of YAML something else.
            Err(_) if is_template => Some(of_lines(file)),
            Err(_) => None,
        }
    }

    fn new(file: &File, comments: Vec<Span>, mut parts: Vec<Span>) -> Layout {
        parts.sort_unstable_by_key(|part| part.start);
        let mut layout = Layout {
            below: vec![None; comments.len()],
            comments,
            parts,
            top: file.bom(),
        };
        layout.top = layout.skip_blank(file.text(), layout.top, file.text().len());
        // From the last one up, so that each goes by what is known of the one behind or under it.
        let mut below = None;
        for (index, comment) in layout.comments.iter().enumerate().rev() {
            let next = layout.comments.get(index + 1).map(|next| next.range());
            let end = comment.end as usize;
            let until = next.map_or(file.text().len(), |next| next.end);
            if let Some(line) = after_line(&file.text()[..until], end) {
                below = layout.line_below(file.text(), line);
            }
            layout.below[index] = below;
        }
        layout
    }

    /// The line that starts at a place, or below the comments under one another there.
    fn line_below(&self, text: &str, start: usize) -> Option<usize> {
        let line = text.get(start..)?;
        let at = start + line.len() - line.trim_start_matches([' ', '\t']).len();
        match self.comment_at(at) {
            Some(under) => self.below[under],
            None if at >= line_end(text, start) => None,
            None => Some(start),
        }
    }

    /// What a comment is about: its line if something stands before it, else the line below, with
    /// everything that starts on that line.
    pub fn subject(&self, file: &File, comment: Span) -> Option<Span> {
        let text = file.text();
        let at = comment.start as usize;
        let start = line_start(text, at);
        let start = match self.skip_blank(text, start, at) < at {
            true => start,
            false => self.below[self.comment_at(at)?]?,
        };
        let end = line_end(text, start);
        let first = self
            .parts
            .partition_point(|part| (part.start as usize) < start);
        let parts = self.parts[first..].iter();
        let on_line = parts.take_while(|part| (part.start as usize) < end);
        let end = on_line.map(|part| part.end as usize).fold(end, usize::max);
        Some(file.span(start, end))
    }

    /// Whether nothing but comments stands above.
    pub fn is_on_top(&self, comment: Span) -> bool {
        comment.start as usize <= self.top
    }

    /// The first lines of the parts around a place.
    pub fn heads<'a>(&'a self, file: &'a File, inner: Span) -> impl Iterator<Item = Span> + 'a {
        let around = self.parts.iter().filter(move |part| part.contains(inner));
        around.map(|part| {
            let at = part.start as usize;
            file.span(line_start(file.text(), at), line_end(file.text(), at))
        })
    }

    /// Where something else than blanks and comments stands, or the end.
    fn skip_blank(&self, text: &str, start: usize, end: usize) -> usize {
        let mut at = start;
        loop {
            let rest = &text[at..end.max(at)];
            at += rest.len() - rest.trim_start().len();
            match self.comment_at(at) {
                Some(comment) if at < end => at = self.comments[comment].end as usize,
                _ => return at,
            }
        }
    }

    /// The index of the comment that starts at a place.
    fn comment_at(&self, at: usize) -> Option<usize> {
        let starts = |comment: &Span| (comment.start as usize).cmp(&at);
        self.comments.binary_search_by(starts).ok()
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// Where the line's break or the end of the text is.
fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or("");
    let end = memchr::memchr(b'\n', rest.as_bytes()).map_or(text.len(), |length| at + length);
    end - usize::from(end > at && text.as_bytes()[end - 1] == b'\r')
}

fn after_line(text: &str, at: usize) -> Option<usize> {
    let newline = memchr::memchr(b'\n', text.get(at..)?.as_bytes())?;
    Some(at + newline + 1)
}

fn of_yaml(file: &File, root: Value) -> Layout {
    let mut parts = Vec::new();
    let mut scalars = Vec::new();
    // An alias stands for what was seen at its anchor.
    let mut seen = HashSet::new();
    let mut open = vec![root];
    while let Some(value) = open.pop() {
        if !seen.insert(value.span) {
            continue;
        }
        match &value.kind {
            Kind::Object(object) => {
                for member in object.members() {
                    let value = member.value.get();
                    scalars.push(member.name_span);
                    // What an alias or a merge key brings stands elsewhere.
                    if member.name_span.start <= value.span.start {
                        parts.push(member.name_span.to(value.span));
                    }
                    open.push(value);
                }
            }
            Kind::List(list) => {
                for element in list.iter() {
                    parts.push(element.span);
                    open.push(element);
                }
            }
            _ => scalars.push(value.span),
        }
    }
    scalars.sort_unstable();
    Layout::new(file, comments_of_yaml(file, &scalars), parts)
}

/// Comments that have their lines for themselves, and what is indented deeper than the first line
/// below each: as much of YAML as can be told without reading it.
fn of_lines(file: &File) -> Layout {
    let text = file.text();
    let mut lines: Vec<(usize, &str)> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        lines.push((at, line.trim_end()));
        at += line.len();
    }
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_text = |line: &str| !line.is_empty() && !line.trim_start().starts_with(['#', '%']);
    let (mut comments, mut parts) = (Vec::new(), Vec::new());
    for (number, (start, line)) in lines.iter().enumerate() {
        if line.trim_start().starts_with('#') {
            comments.push(file.span(start + indent(line), start + line.len()));
        } else if is_text(line) {
            let below = lines[number + 1..].iter();
            let inside =
                below.take_while(|(_, below)| !is_text(below) || indent(below) > indent(line));
            let inside = inside.filter(|(_, below)| is_text(below));
            let (last, text) = inside.last().unwrap_or(&lines[number]);
            parts.push(file.span(start + indent(line), last + text.len()));
        }
    }
    Layout::new(file, comments, parts)
}

/// A comment starts with `#` at the start of a line or after a blank, outside of every scalar.
fn comments_of_yaml(file: &File, scalars: &[Span]) -> Vec<Span> {
    let text = file.text();
    let bytes = text.as_bytes();
    let mut comments = Vec::new();
    let mut free_from = 0;
    for at in memchr::memchr_iter(b'#', bytes) {
        let starts = at == 0 || matches!(bytes[at - 1], b' ' | b'\t' | b'\n' | b'\r');
        if at < free_from || !starts {
            continue;
        }
        let before = scalars.partition_point(|scalar| (scalar.start as usize) <= at);
        let inside = before > 0 && (scalars[before - 1].end as usize) > at;
        if !inside {
            free_from = line_end(text, at);
            comments.push(file.span(at, free_from));
        }
    }
    comments
}

#[cfg(test)]
mod tests;
