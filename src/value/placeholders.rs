//! Text that another tool fills in before the source is read.

use super::{Kind, Piece, Text, Unknown, UnknownKind, Value};

/// Finds where text has the first mark of a tool.
pub type Signs = fn(&str) -> Option<usize>;

/// The marks of template engines (Jinja, Mustache, ERB) and the variables of the Serverless
/// Framework. CloudFormation's own `{{resolve:…}}` and `${Name}` are none.
pub fn engines(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let serverless = |inside: &str| {
        let name = inside.trim_start_matches(|letter: char| letter.is_ascii_lowercase());
        let is_named = !inside.starts_with(['(', ':']);
        is_named && (name.starts_with('(') || name.starts_with(':') && !name.starts_with("::"))
    };
    // Each of them has one of these, and most texts have none.
    memchr::memchr2_iter(b'{', b'%', bytes).find_map(|at| {
        let before = at.checked_sub(1);
        let rest = &text[at..];
        match (bytes[at], before.map(|before| bytes[before])) {
            (b'%', Some(b'<')) => before,
            (b'{', Some(b'$')) if serverless(&rest[1..]) => before,
            (b'{', _) => {
                let is_engine = rest.starts_with("{{") && !rest.starts_with("{{resolve:");
                (is_engine || rest.starts_with("{%")).then_some(at)
            }
            _ => None,
        }
    })
}

/// Besides the marks of engines those with which files are made ready that no other tool reads:
/// the variables of shells (`$UID`, `${UID}`), and names in brackets of some kind (`<UID>`,
/// `#{UID}`, `__UID__`, `%UID%`, `@UID@`).
pub fn all(text: &str) -> Option<usize> {
    let is_first = |next: char| next.is_ascii_alphabetic() || next == '_';
    let is_name =
        |next: char| next.is_ascii_alphanumeric() || matches!(next, '_' | '-' | '.' | ' ');
    let bracketed = |open: &'static str, close: &'static str| {
        let found = text.match_indices(open).map(|(at, _)| at);
        found.filter(move |&at| {
            let inside = &text[at + open.len()..];
            let rest = inside.trim_start_matches(is_name);
            // The underscores that close it are a part of a name, too.
            let (name, is_closed) = match close {
                "__" => {
                    let name = inside.split("__").next().unwrap_or_default();
                    (name, inside.len() > name.len() && name.chars().all(is_name))
                }
                _ => (
                    &inside[..inside.len() - rest.len()],
                    rest.starts_with(close),
                ),
            };
            is_closed && name.starts_with(is_first)
        })
    };
    let shells = text.match_indices('$').map(|(at, _)| at).filter(|&at| {
        let next = text[at + 1..].chars().next();
        next.is_some_and(|next| is_first(next) || matches!(next, '{' | '('))
    });
    let found = bracketed("<", ">")
        .chain(bracketed("#{", "}"))
        .chain(bracketed("__", "__"))
        .chain(bracketed("%", "%"))
        .chain(bracketed("@", "@"))
        .chain(shells);
    found.chain(engines(text)).min()
}

/// Members that rules judge or of which ECS takes some values only. They hold no text that looks
/// like a mark. (Others do: `{{.Name}}` is an option of log drivers.)
const JUDGED: [&str; 10] = [
    "cpuArchitecture",
    "family",
    "ipcMode",
    "networkMode",
    "operatingSystemFamily",
    "pidMode",
    "privileged",
    "readonlyRootFilesystem",
    "requiresCompatibilities",
    "user",
];

/// Whether marks count in a member of a task definition, by its name in the API.
pub const fn count_in(member: &str) -> bool {
    let mut at = 0;
    while at < JUDGED.len() {
        if is_same(JUDGED[at].as_bytes(), member.as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

/// Equality that can be told when this is compiled.
const fn is_same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([first, rest @ ..], [own, own_rest @ ..]) = (a, b) {
        if *first != *own {
            return false;
        }
        (a, b) = (rest, own_rest);
    }
    a.is_empty() && b.is_empty()
}

/// Why a text is not known that is filled in first; nothing for any other. `reader`: who reads it
/// then.
pub fn unknown(value: &Value, signs: Signs, reader: &str) -> Option<Unknown> {
    let text = value.as_str()?;
    signs(&text)?;
    let reason = format!("`{text}` is filled in before {reader} reads it");
    Some(Unknown::new(UnknownKind::AfterApply, reason, value.span))
}

/// A value with what is filled in first not known: all of a text from its first mark on. In a list
/// that goes for its elements.
pub fn taken_out(value: Value, signs: Signs, reader: &'static str) -> Value {
    let kind = match (&value.kind, unknown(&value, signs, reader)) {
        (Kind::Text(text), Some(unknown)) => match before(text, signs) {
            Some(known) => Kind::Text(known.concat(&Text::hole(unknown))),
            None => Kind::Unknown(unknown),
        },
        (Kind::List(_), _) => {
            return value.map_parts(|item| item.map(move |item| taken_out(item, signs, reader)));
        }
        _ => return value,
    };
    Value { kind, ..value }
}

/// The text before its first mark, if there is any.
fn before(text: &Text, signs: Signs) -> Option<Text> {
    let rendered = text.render().ok()?;
    let at = signs(&rendered.text).filter(|&at| at > 0)?;
    let known = rendered.slice(0..at).into_iter().map(Piece::literal);
    Some(known.collect())
}

#[cfg(test)]
mod tests {
    use super::{all, engines};

    #[test]
    fn what_engines_fill_in_is_told() {
        for (text, at) in [
            ("{{ user }}", 0),
            ("a{{user}}", 1),
            ("{% if x %}root{% endif %}", 0),
            ("<%= user %>", 0),
            ("1:${self:custom.user}", 2),
            ("${opt:stage, 'dev'}", 0),
            ("${file(./x.yml):user}", 0),
            ("{{resolve:ssm:a}}{{ b }}", 17),
        ] {
            assert_eq!(engines(text), Some(at), "{text}");
            assert_eq!(all(text), Some(at.min(all(text).expect("it has some"))));
        }
        for text in [
            "root",
            "{{resolve:ssm:user}}",
            "${Uid}",
            "${AWS::Region}",
            "${Nested.Outputs.Uid}",
            "${",
            "${:x}",
            "<UID>",
        ] {
            assert_eq!(engines(text), None, "{text}");
        }
    }

    #[test]
    fn what_shells_and_pipelines_fill_in_is_told() {
        for (text, at) in [
            ("$UID", 0),
            ("1000:${GID}", 5),
            ("$(id -u)", 0),
            ("<APP_USER>", 0),
            ("<the user>", 0),
            ("app-#{Octopus.Uid}", 4),
            ("__UID__", 0),
            ("__APP_UID__:__GID__", 0),
            ("%UID%", 0),
            ("@uid@", 0),
            ("{{ must_env `UID` }}", 0),
        ] {
            assert_eq!(all(text), Some(at), "{text}");
        }
        for text in [
            "root",
            "0",
            "1000:1000",
            "machine$",
            "a__b",
            "__",
            "a@b",
            "<",
            "<>",
            "50%",
            "a$1",
            "_apt",
        ] {
            assert_eq!(all(text), None, "{text}");
        }
    }
}
