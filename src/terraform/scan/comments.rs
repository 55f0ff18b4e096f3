//! The comments of a file, and the brackets and heredocs around which they stand.

use super::lexer::{EXPRESSION, Lexer};
use crate::source::File;
use std::ops::Range;

/// What tells which lines a comment is about.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// In the order of the text; a line comment ends before its new line.
    pub comments: Vec<Range<usize>>,
    /// Those inside of templates, likewise.
    pub in_templates: Vec<Range<usize>>,
    /// Every pair of brackets outside of strings, and every heredoc.
    pub enclosed: Vec<Range<usize>>,
}

impl Comments {
    /// Reads a file up to the first place at which its text cannot be told apart.
    pub fn of(file: &File) -> Comments {
        let text = file.text();
        let mut lexer = Lexer::new(text);
        let mut found = Comments::default();
        let mut open = Vec::new();
        let mut at = file.bom();
        loop {
            at = lexer.skip(&EXPRESSION, at, text.len());
            let Some(&byte) = text.as_bytes().get(at) else {
                found.in_templates = lexer.comments_in_templates;
                return found;
            };
            let next = match byte {
                b'"' => lexer.quoted(at),
                b'<' => match lexer.heredoc(at) {
                    Ok(Some(end)) => {
                        found.enclosed.push(at..end);
                        Ok(end)
                    }
                    other => other.map(|_| at + 1),
                },
                b'#' | b'/' => match lexer.comment(at, text.len()) {
                    Ok(Some(end)) => {
                        found.comments.push(at..end);
                        Ok(end)
                    }
                    other => other.map(|_| at + 1),
                },
                b'{' | b'(' | b'[' => {
                    open.push(at);
                    Ok(at + 1)
                }
                b'}' | b')' | b']' => {
                    let pair = open.pop().map(|open| open..at + 1);
                    found.enclosed.extend(pair);
                    Ok(at + 1)
                }
                _ => Ok(at + 1),
            };
            match next {
                Ok(next) => at = next,
                Err(_) => {
                    found.in_templates = lexer.comments_in_templates;
                    return found;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Memory, SourceMap};
    use std::path::Path;

    #[test]
    fn comments_stand_outside_of_strings_and_heredocs() {
        let text = "a { # one\n b = \"# no ${ 1 /* no */ }\" // two\n c = <<E\n# no\nE\n d = [ /* three */ ]\n}\nx = 1 / 2\n# four";
        let sources = SourceMap::new(Memory::new([("/m.tf", text)]), "/");
        let file = sources.open(Path::new("/m.tf")).expect("in memory");
        let found = Comments::of(&file);
        let texts = |ranges: &[Range<usize>]| -> Vec<String> {
            ranges
                .iter()
                .map(|range| text[range.clone()].to_owned())
                .collect()
        };
        assert_eq!(
            texts(&found.comments),
            ["# one", "// two", "/* three */", "# four"]
        );
        assert_eq!(texts(&found.in_templates), ["/* no */"]);
        let enclosed = texts(&found.enclosed);
        assert_eq!(enclosed[0], "<<E\n# no\nE");
        assert_eq!(enclosed[1], "[ /* three */ ]");
        assert!(enclosed[2].starts_with("{ # one") && enclosed[2].ends_with("]\n}"));
        assert_eq!(enclosed.len(), 3);
    }
}
