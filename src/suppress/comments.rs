//! Exceptions in comments: `# ecslint: ignore[rule, …] until=2026-12-31 reason`.

use super::layout::Layout;
use super::{Exception, Fault, Written, day_of, is_reason, rule_of};
use crate::date::Date;
use crate::source::{File, Span};

/// How a comment is to be written.
const FORM: &str = "write `# ecslint: ignore[rule] reason`";

/// Reads the exceptions in the comments of a file.
pub fn read(file: &File, exceptions: &mut Vec<Exception>, faults: &mut Vec<Fault>) {
    let Some(layout) = Layout::of(file) else {
        return;
    };
    for comment in &layout.comments {
        let Some(directive) = Directive::find(file, *comment) else {
            faults.extend(misnamed(file, *comment));
            continue;
        };
        match directive.read(file, &layout, *comment) {
            Ok(read) => exceptions.extend(read),
            Err(fault) => faults.push(fault),
        }
    }
}

/// A comment that is written for us as other tools have theirs: who wrote it takes it to hold.
fn misnamed(file: &File, comment: Span) -> Option<Fault> {
    let text = file.slice(comment);
    let body = text.trim_start_matches(['#', '/', '*']).trim_start();
    let forms = ["ecslint-ignore", "ecslint-disable", "ecslint ignore["];
    let is_block = text.starts_with("/*") && body.starts_with("ecslint:");
    let message = match is_block {
        true => "an ignore stands in a comment that begins with `#` or `//`, so nothing is ignored",
        false if forms.iter().any(|form| body.starts_with(form)) => {
            "an ignore begins with `ecslint:`, so nothing is ignored"
        }
        false => return None,
    };
    Some(Fault {
        span: comment,
        message: message.to_owned(),
        help: Some(FORM.to_owned()),
    })
}

/// What follows `ecslint:` in a comment, up to its end.
struct Directive<'a> {
    text: &'a str,
    /// Where that stands.
    start: usize,
}

impl<'a> Directive<'a> {
    /// A comment that starts with `ecslint:`, or has it after another sign of a comment.
    fn find(file: &'a File, comment: Span) -> Option<Directive<'a>> {
        let text = file.slice(comment);
        let found = memchr::memmem::find_iter(text.as_bytes(), b"ecslint:");
        let mut starts = found.filter(|at| {
            let before = text[..*at].trim_end_matches([' ', '\t']);
            let before = before.strip_suffix('#').or(before.strip_suffix("//"));
            // In quotation marks it is what somebody writes about.
            before.is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t']))
        });
        let at = starts.next()? + "ecslint:".len();
        Some(Directive {
            text: &text[at..],
            start: comment.start as usize + at,
        })
    }

    fn read(&self, file: &File, layout: &Layout, comment: Span) -> Result<Vec<Exception>, Fault> {
        let text = self.text.trim_end();
        let here = |from: usize, to: usize| file.span(self.start + from, self.start + to);
        let skip = text.len() - text.trim_start().len();
        let whole = here(skip.min(text.len()), text.len());
        let fault = |message: String, span: Span| Fault {
            span,
            message,
            help: Some(FORM.to_owned()),
        };
        let word = &text[skip..];
        let word = &word[..word
            .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_')
            .unwrap_or(word.len())];
        let of_file = match word {
            "ignore" => false,
            "ignore-file" => true,
            other => {
                let message = match other {
                    "" => {
                        "nothing that ecslint knows follows its name, so nothing is ignored".into()
                    }
                    other => {
                        format!("`{other}` is not `ignore` or `ignore-file`, so nothing is ignored")
                    }
                };
                return Err(fault(message, whole));
            }
        };
        let open = skip + word.len();
        let list = text[open..].strip_prefix('[').and_then(|rest| {
            let close = rest.find(']')?;
            Some((open + 1, open + 1 + close))
        });
        let Some((from, to)) = list else {
            let message = "an ignore names its rules in brackets, so nothing is ignored";
            return Err(fault(message.to_owned(), whole));
        };
        let mut rules = Vec::new();
        let mut at = from;
        for part in text[from..to].split(',') {
            let start = at + part.len() - part.trim_start().len();
            let name = part.trim();
            let span = here(start, start + name.len());
            if name.is_empty() {
                let message = "an ignore names its rules in brackets, so nothing is ignored";
                return Err(fault(message.to_owned(), whole));
            }
            rules.push((rule_of(name, span)?, span));
            at += part.len() + 1;
        }
        let rest = to + 1;
        let (until, reason) = match text[rest..].trim_start().strip_prefix("until=") {
            Some(after) => {
                let start = text.len() - after.len();
                let length = after.find(char::is_whitespace).unwrap_or(after.len());
                let day = day_of(&after[..length], here(start, start + length))?;
                (Some(day), &after[length..])
            }
            None => (None, &text[rest..]),
        };
        if until.is_none() && starts_with_a_day(reason) {
            let message =
                "the day stands before the reason as `until=2026-12-31`, so nothing is ignored";
            return Err(fault(message.to_owned(), whole));
        }
        if !is_reason(reason) {
            let message = "an ignore needs a reason, so nothing is ignored";
            return Err(fault(message.to_owned(), whole));
        }
        if of_file && !layout.is_on_top(comment) {
            let message =
                "an `ignore-file` stands above everything else in its file, so nothing is ignored";
            return Err(fault(message.to_owned(), whole));
        }
        let within = match of_file {
            true => Some(file.span(0, file.text().len())),
            false => layout.subject(file, comment),
        };
        let exceptions = rules.into_iter().map(|(rule, span)| Exception {
            rule,
            written: Written::At(span),
            until,
            within,
            container: None,
            used: false,
        });
        Ok(exceptions.collect())
    }
}

/// Whether a reason begins as the day of an exception that ends may be written elsewhere.
fn starts_with_a_day(reason: &str) -> bool {
    let reason = reason.trim_start();
    let day = ["until", "expires", "exp"]
        .iter()
        .find_map(|word| reason.strip_prefix(word))
        .map(|after| after.trim_start_matches([' ', '\t', ':', '=']));
    let day = day.and_then(|day| day.split_whitespace().next());
    day.is_some_and(|day| Date::parse(day).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Memory, SourceMap};
    use std::path::Path;

    /// Each exception as its rule, its name's text, its day and what it is about; and each fault.
    fn told(text: &str) -> Vec<String> {
        let sources = SourceMap::new(Memory::new([("/m.tf", text)]), "/");
        let file = sources.open(Path::new("/m.tf")).expect("in memory");
        let (mut exceptions, mut faults) = (Vec::new(), Vec::new());
        read(&file, &mut exceptions, &mut faults);
        let exceptions = exceptions.iter().map(|exception| {
            let Written::At(span) = exception.written else {
                panic!("it is a comment");
            };
            assert_eq!(file.slice(span), exception.rule);
            let within = exception.within.map(|within| file.slice(within));
            let until = exception.until.map(|day| day.to_string());
            format!("{} {until:?} {within:?}", exception.rule)
        });
        let faults = faults
            .iter()
            .map(|fault| format!("{}: {}", file.slice(fault.span), fault.message));
        exceptions.chain(faults).collect()
    }

    #[test]
    fn a_directive_names_rules_a_day_and_a_reason() {
        assert_eq!(
            told("a = 1 # ecslint: ignore[privileged-container] it must"),
            [
                "privileged-container None Some(\"a = 1 # ecslint: ignore[privileged-container] it must\")"
            ]
        );
        assert_eq!(
            told(
                "//ecslint:ignore[ privileged-container,host-network-root-user ] until=2026-01-31 why\na = 1"
            ),
            [
                "privileged-container Some(\"2026-01-31\") Some(\"a = 1\")",
                "host-network-root-user Some(\"2026-01-31\") Some(\"a = 1\")",
            ]
        );
        assert_eq!(
            told("# tflint-ignore: x # ecslint: ignore[privileged-container]: why\na = 1"),
            ["privileged-container None Some(\"a = 1\")"]
        );
        assert_eq!(
            told(
                "# about ecslint: it looks here\n# `# ecslint: ignore[x] y`\n# see ecslint\n# ecslint ignores this until 2026-01-31\na = \"# ecslint: x\""
            ),
            [""; 0]
        );
    }

    #[test]
    fn what_cannot_be_followed_is_said() {
        for (text, wanted) in [
            (
                "# ecslint: ignore[privileged-container]",
                "ignore[privileged-container]: an ignore needs a reason, so nothing is ignored",
            ),
            (
                "# ecslint: ignore[privileged-container] until=2026-01-31 --",
                "ignore[privileged-container] until=2026-01-31 --: an ignore needs a reason, so nothing is ignored",
            ),
            (
                "# ecslint: ignore[privileged-container] until=soon x",
                "soon: `soon` is not a day, so nothing is ignored",
            ),
            (
                "# ecslint: ignore[privileged-containr] x",
                "privileged-containr: `privileged-containr` is not a rule, so nothing is ignored: did you mean `privileged-container`?",
            ),
            (
                "# ecslint: ignore[unused-ignore] x",
                "unused-ignore: `unused-ignore` cannot be ignored: it is about exceptions themselves",
            ),
            (
                "# ecslint: ignore x",
                "ignore x: an ignore names its rules in brackets, so nothing is ignored",
            ),
            (
                "# ecslint: ignore[] x",
                "ignore[] x: an ignore names its rules in brackets, so nothing is ignored",
            ),
            (
                "# ecslint: disable x",
                "disable x: `disable` is not `ignore` or `ignore-file`, so nothing is ignored",
            ),
            (
                "# ecslint: ignore[privileged-container] until 2026-01-31 x",
                "ignore[privileged-container] until 2026-01-31 x: the day stands before the reason as `until=2026-12-31`, so nothing is ignored",
            ),
            (
                "# ecslint: ignore[privileged-container] expires: 2026-01-31",
                "ignore[privileged-container] expires: 2026-01-31: the day stands before the reason as `until=2026-12-31`, so nothing is ignored",
            ),
            (
                "# ecslint-ignore: privileged-container x",
                "# ecslint-ignore: privileged-container x: an ignore begins with `ecslint:`, so nothing is ignored",
            ),
            (
                "// ecslint ignore[privileged-container] x",
                "// ecslint ignore[privileged-container] x: an ignore begins with `ecslint:`, so nothing is ignored",
            ),
            (
                "/* ecslint: ignore[privileged-container] x */",
                "/* ecslint: ignore[privileged-container] x */: an ignore stands in a comment that begins with `#` or `//`, so nothing is ignored",
            ),
            (
                "# ecslint:",
                ": nothing that ecslint knows follows its name, so nothing is ignored",
            ),
            (
                "a = 1\n# ecslint: ignore-file[privileged-container] x",
                "ignore-file[privileged-container] x: an `ignore-file` stands above everything else in its file, so nothing is ignored",
            ),
        ] {
            assert_eq!(told(text), [wanted], "{text}");
        }
    }
}
