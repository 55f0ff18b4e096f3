//! Exceptions in comments: `# ecslint: ignore[rule, …] until=2026-12-31 reason`.

use super::layout::Layout;
use super::{Exception, Fault, Written, day_of, is_reason, rule_of};
use crate::date::Date;
use crate::source::{File, Span};
use std::ops::Range;

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
            text: text[at..].trim_end(),
            start: comment.start as usize + at,
        })
    }

    fn read(&self, file: &File, layout: &Layout, comment: Span) -> Result<Vec<Exception>, Fault> {
        let (of_file, after) = self.scope(file)?;
        let list = self.list(file, after)?;
        let rules = self.rules(file, list.clone())?;
        let until = self.until(file, list.end + 1)?;
        if of_file && !layout.is_on_top(comment) {
            let message =
                "an `ignore-file` stands above everything else in its file, so nothing is ignored";
            return Err(self.fault(file, message));
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

    /// Whether it is for the whole file, and where its first word ends.
    fn scope(&self, file: &File) -> Result<(bool, usize), Fault> {
        let skip = self.text.len() - self.text.trim_start().len();
        let word = &self.text[skip..];
        let is_other = |letter: char| !letter.is_ascii_alphanumeric() && !"-_".contains(letter);
        let word = &word[..word.find(is_other).unwrap_or(word.len())];
        let after = skip + word.len();
        match word {
            "ignore" => Ok((false, after)),
            "ignore-file" => Ok((true, after)),
            "" => {
                let message = "nothing that ecslint knows follows its name, so nothing is ignored";
                Err(self.fault(file, message))
            }
            other => {
                let message =
                    format!("`{other}` is not `ignore` or `ignore-file`, so nothing is ignored");
                Err(self.fault(file, message))
            }
        }
    }

    /// What stands between the brackets after its first word.
    fn list(&self, file: &File, open: usize) -> Result<Range<usize>, Fault> {
        let rest = self.text[open..].strip_prefix('[');
        match rest.and_then(|rest| rest.find(']')) {
            Some(length) => Ok(open + 1..open + 1 + length),
            None => Err(self.nameless(file)),
        }
    }

    /// The rules of the list, each with its place.
    fn rules(&self, file: &File, list: Range<usize>) -> Result<Vec<(&'static str, Span)>, Fault> {
        let mut at = list.start;
        let rules = self.text[list].split(',').map(|part| {
            let start = at + part.len() - part.trim_start().len();
            at += part.len() + 1;
            let name = part.trim();
            if name.is_empty() {
                return Err(self.nameless(file));
            }
            let span = self.span(file, start, start + name.len());
            Ok((rule_of(name, span)?, span))
        });
        rules.collect()
    }

    fn nameless(&self, file: &File) -> Fault {
        let message = "an ignore names its rules in brackets, so nothing is ignored";
        self.fault(file, message)
    }

    /// The day, if one is given, once it is known that a reason follows.
    fn until(&self, file: &File, after: usize) -> Result<Option<Date>, Fault> {
        let rest = self.text[after..].trim_start();
        let (until, reason) = match rest.strip_prefix("until=") {
            Some(after) => {
                let start = self.text.len() - after.len();
                let length = after.find(char::is_whitespace).unwrap_or(after.len());
                let day = day_of(&after[..length], self.span(file, start, start + length))?;
                (Some(day), &after[length..])
            }
            None => (None, rest),
        };
        if until.is_none() && starts_with_a_day(reason) {
            let message =
                "the day stands before the reason as `until=2026-12-31`, so nothing is ignored";
            return Err(self.fault(file, message));
        }
        if !is_reason(reason) {
            let message = "an ignore needs a reason, so nothing is ignored";
            return Err(self.fault(file, message));
        }
        Ok(until)
    }

    fn span(&self, file: &File, from: usize, to: usize) -> Span {
        file.span(self.start + from, self.start + to)
    }

    /// A fault of the whole.
    fn fault(&self, file: &File, message: impl Into<String>) -> Fault {
        let skip = self.text.len() - self.text.trim_start().len();
        Fault {
            span: self.span(file, skip, self.text.len()),
            message: message.into(),
            help: Some(FORM.to_owned()),
        }
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
mod tests;
