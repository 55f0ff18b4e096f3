//! Regular expressions in the syntax of RE2, as Go and so Terraform reads them, spelt for the
//! `regex` crate, which means nearly the same by nearly the same words.

/// How often something may be repeated in RE2.
const MAX_REPEAT: usize = 1000;

/// The pattern in the crate's syntax; nothing for what RE2 refuses and the crate does not.
pub(super) fn translate(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    // Whether something was just repeated, and may not be once more.
    let mut repeated = false;
    while let Some(char) = rest.chars().next() {
        let was_repeated = std::mem::take(&mut repeated);
        match char {
            '\\' => rest = escape(rest, false, &mut out)?,
            '[' => rest = class(rest, &mut out)?,
            '(' => rest = group(rest, &mut out)?,
            '*' | '+' | '?' | '{' => {
                let length = match char {
                    '{' => counted(rest)?,
                    _ => 1,
                };
                if length == 0 {
                    // A brace that counts nothing is one character.
                    out.push_str("\\{");
                    rest = &rest[1..];
                    continue;
                }
                let lazy = rest[length..].starts_with('?');
                if was_repeated {
                    return None;
                }
                let length = length + usize::from(lazy);
                out.push_str(&rest[..length]);
                rest = &rest[length..];
                repeated = true;
            }
            _ => {
                out.push(char);
                rest = &rest[char.len_utf8()..];
            }
        }
    }
    Some(out)
}

/// The length of `{2}`, `{2,}` or `{2,3}`; none where the brace stands for itself.
fn counted(text: &str) -> Option<usize> {
    let Some(end) = text.find('}') else {
        return Some(0);
    };
    let inside = &text[1..end];
    let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if least.is_empty() || !digits(least) || !digits(most) {
        return Some(0);
    }
    let count = |text: &str| text.parse().unwrap_or(usize::MAX);
    let most = if most.is_empty() { 0 } else { count(most) };
    (count(least) <= MAX_REPEAT && most <= MAX_REPEAT).then_some(end + 1)
}

/// A group's opening: RE2 has the flags `i`, `m`, `s` and `U`, and names.
fn group<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    out.push('(');
    let Some(inside) = text.strip_prefix("(?") else {
        return Some(&text[1..]);
    };
    let named = inside.starts_with("P<") || inside.starts_with('<');
    if named {
        return Some(&text[1..]);
    }
    let flags = &inside[..inside.find([':', ')'])?];
    let known = |flag: char| matches!(flag, 'i' | 'm' | 's' | 'U' | '-');
    flags.chars().all(known).then_some(&text[1..])
}

/// What a backslash begins, inside a class or outside.
fn escape<'a>(text: &'a str, inside: bool, out: &mut String) -> Option<&'a str> {
    let letter = text[1..].chars().next()?;
    let rest = &text[1 + letter.len_utf8()..];
    // In RE2 these are of ASCII only.
    let ascii = match letter {
        'd' => "0-9",
        'w' => "0-9A-Za-z_",
        's' => "\\t\\n\\f\\r ",
        'D' => "^0-9",
        'W' => "^0-9A-Za-z_",
        'S' => "^\\t\\n\\f\\r ",
        'Q' if !inside => {
            let end = rest.find("\\E");
            out.push_str(&regex::escape(&rest[..end.unwrap_or(rest.len())]));
            return Some(end.map_or("", |end| &rest[end + 2..]));
        }
        'b' | 'B' if !inside => {
            out.push_str("(?-u:\\");
            out.push(letter);
            out.push(')');
            return Some(rest);
        }
        _ => {
            out.push('\\');
            out.push(letter);
            return Some(rest);
        }
    };
    if !inside || ascii.starts_with('^') {
        out.push('[');
        out.push_str(ascii);
        out.push(']');
    } else {
        out.push_str(ascii);
    }
    Some(rest)
}

/// A class in brackets: the crate nests and intersects them, RE2 does not.
fn class<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    out.push('[');
    let mut rest = &text[1..];
    if let Some(negated) = rest.strip_prefix('^') {
        out.push('^');
        rest = negated;
    }
    let mut first = true;
    loop {
        let char = rest.chars().next()?;
        match char {
            ']' if !first => {
                out.push(']');
                return Some(&rest[1..]);
            }
            '\\' => rest = escape(rest, true, out)?,
            '[' if rest.starts_with("[:") && rest.contains(":]") => {
                let end = rest.find(":]")? + 2;
                out.push_str(&rest[..end]);
                rest = &rest[end..];
            }
            '[' | ']' | '&' | '~' => {
                out.push('\\');
                out.push(char);
                rest = &rest[1..];
            }
            '-' if rest.starts_with("--") => {
                out.push_str("\\-");
                rest = &rest[1..];
            }
            _ => {
                out.push(char);
                rest = &rest[char.len_utf8()..];
            }
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::translate;
    use proptest::prelude::*;

    #[test]
    fn what_means_something_else_is_spelt_differently() {
        for (pattern, spelt) in [
            (r"\d+", Some("[0-9]+")),
            (r"[\d\W]", Some("[0-9[^0-9A-Za-z_]]")),
            (r"\bx", Some(r"(?-u:\b)x")),
            (r"[a&&b[]", Some(r"[a\&\&b\[]")),
            (r"[]a]", Some(r"[\]a]")),
            (r"\Qa.b\E.", Some(r"a\.b.")),
            ("a{", Some(r"a\{")),
            ("a{2,}?", Some("a{2,}?")),
            ("(?P<n>a)", Some("(?P<n>a)")),
            ("a{1001}", None),
            ("a**", None),
            ("(?x)a", None),
        ] {
            assert_eq!(translate(pattern).as_deref(), spelt, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(pattern in "[a-c\\\\dQEb\\[\\](){}?*+:^&~,0-9é-]{0,16}") {
            let _ = translate(&pattern);
        }
    }
}
