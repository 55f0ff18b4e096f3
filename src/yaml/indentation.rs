//! Lines in brackets and quotes that stand further left than the YAML specification allows.
//!
//! PyYAML does not look at the indentation there, and real templates rely on that. The parser here
//! does look, so it is given the text with the line breaks blanked out. No character moves.

/// Blanks the line breaks of a text in quotes that begins at `at`; or those around a token at `at`
/// inside of brackets, with the comments between, on to the end of the collection that it stands
/// in. Whether there were any.
pub fn join_lines(text: &mut [char], at: usize) -> bool {
    if matches!(text.get(at), Some('"' | '\'')) {
        let end = end_of_quoted(text, at);
        let breaks = text[at..end]
            .iter_mut()
            .filter(|character| is_break(**character));
        if breaks.map(|character| *character = ' ').count() > 0 {
            return true;
        }
    }
    let before = join_before(text, at);
    let after = join_after(text, at);
    before || after
}

fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r')
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

fn join_before(text: &mut [char], at: usize) -> bool {
    let mut joined = false;
    let mut end = at;
    loop {
        while end > 0 && is_blank(text[end - 1]) {
            end -= 1;
        }
        if end == 0 || !is_break(text[end - 1]) {
            return joined;
        }
        end -= 1;
        text[end] = ' ';
        joined = true;
        let line = text[..end]
            .iter()
            .rposition(|&character| is_break(character));
        let line = line.map_or(0, |at| at + 1);
        if let Some(comment) = comment_in(&text[line..end]) {
            text[line + comment..end].fill(' ');
        }
    }
}

/// Where a comment begins in a line.
fn comment_in(line: &[char]) -> Option<usize> {
    let mut quote = None;
    for (at, &character) in line.iter().enumerate() {
        let starts = at == 0 || is_blank(line[at - 1]);
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (Some(_), _) => {}
            (None, '#') if starts => return Some(at),
            (None, '"' | '\'') if starts || opens(line[at - 1]) => quote = Some(character),
            (None, _) => {}
        }
    }
    None
}

/// Whether a token can begin right after this character.
fn opens(character: char) -> bool {
    matches!(character, '[' | '{' | ',' | ':')
}

fn join_after(text: &mut [char], from: usize) -> bool {
    let mut joined = false;
    let mut depth = 0_usize;
    // The last character that is neither blank nor in a comment, and whether a token ends with it.
    let mut last = '[';
    let mut token_ended = true;
    let mut at = from;
    while let Some(&character) = text.get(at) {
        let starts = at == 0 || is_blank(text[at - 1]) || is_break(text[at - 1]);
        match character {
            ' ' | '\t' => {
                at += 1;
                continue;
            }
            '#' if starts => {
                let length = text[at..].iter().position(|&character| is_break(character));
                let end = length.map_or(text.len(), |length| at + length);
                // It would swallow the next line.
                if token_ended || is_followed_by_end(text, end) {
                    text[at..end].fill(' ');
                }
                at = end;
                continue;
            }
            '\n' | '\r' => {
                // The lines of a plain scalar are for the parser to fold.
                if token_ended || is_followed_by_end(text, at) {
                    text[at] = ' ';
                    joined = true;
                }
                at += 1;
                continue;
            }
            '"' | '\'' if starts || opens(last) => {
                at = end_of_quoted(text, at);
                last = character;
                token_ended = true;
                continue;
            }
            '[' | '{' => depth += 1,
            ']' | '}' => match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => return joined,
            },
            _ => {}
        }
        token_ended = matches!(character, '[' | ']' | '{' | '}' | ',' | ':');
        last = character;
        at += 1;
    }
    joined
}

/// Whether the next token after `at` ends an entry.
fn is_followed_by_end(text: &[char], at: usize) -> bool {
    let mut rest = text[at..].iter();
    let next = rest.find(|&&character| !is_blank(character) && !is_break(character));
    matches!(next, Some(']' | '}' | ','))
}

fn end_of_quoted(text: &[char], from: usize) -> usize {
    let quote = text[from];
    let mut at = from + 1;
    while let Some(&character) = text.get(at) {
        at += match character {
            '\\' if quote == '"' => 2,
            _ if character == quote => return at + 1,
            _ => 1,
        };
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::join_lines;

    fn joined(text: &str, at: &str) -> String {
        let at = text.find(at).expect("it is in the text");
        let at = text[..at].chars().count();
        let mut characters: Vec<char> = text.chars().collect();
        join_lines(&mut characters, at);
        assert_eq!(characters.len(), text.chars().count());
        characters.into_iter().collect()
    }

    #[test]
    fn lines_between_tokens_are_joined() {
        assert_eq!(
            joined("a: [x,\ny,\nz]\nb: 1\n", "y"),
            "a: [x, y, z]\nb: 1\n"
        );
        assert_eq!(
            joined("a: {\r\n\"k\": 1\r\n}\n", "\"k\""),
            "a: {  \"k\": 1  }\n"
        );
        assert_eq!(joined("[[\na\n],\nb]", "a"), "[[ a ],\nb]");
    }

    #[test]
    fn comments_between_them_go_too() {
        assert_eq!(
            joined("[x, # é, one\n# two\n\ny # three\n]", "y"),
            "[x,                 y         ]"
        );
        assert_eq!(
            joined("['x # no', \"a#\",\ny]", "y"),
            "['x # no', \"a#\", y]"
        );
        assert_eq!(joined("[a#b,\ny]", "y"), "[a#b, y]");
    }

    #[test]
    fn scalars_of_several_lines_keep_them() {
        assert_eq!(joined("[x,\ny\nz]", "y"), "[x, y\nz]");
        assert_eq!(
            joined("[x,\n\"a\nb\",\n'c\nd',\ne's\nf]", "\"a"),
            "[x,\n\"a b\",\n'c\nd',\ne's\nf]"
        );
    }
}
