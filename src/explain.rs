//! The rules as text for people: the list of all, and everything there is to say about one.

use crate::report::terminal::{Colour, Style, cells, hang, wrap};
use crate::rules::{ALL, OptionSpec, OptionValues, Rule, Settings};
use std::io;

/// Lines of prose are hard to follow beyond this.
const MAX_WIDTH: usize = 100;

/// Writes a line for each rule: its id, severity, whether it is on, and its summary.
///
/// # Errors
/// Those of `out`.
pub fn write_list(settings: &Settings, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let widest = ALL.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in ALL {
        let severity = settings.severity(rule.id).unwrap_or(rule.severity);
        let on = if settings.is_on(rule) { "on" } else { "off" };
        let id = style.paint(Colour::Bold, rule.id);
        let blanks = " ".repeat(widest - rule.id.len());
        let severity = severity.as_str();
        writeln!(
            out,
            "{id}{blanks}  {severity:<6}  {on:<3}  {}",
            rule.summary
        )?;
    }
    Ok(())
}

/// Writes what a rule flags, why, how to fix it, and where it comes from.
///
/// # Errors
/// Those of `out`.
pub fn write_rule(rule: &Rule, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page {
        style,
        width: style.width.min(MAX_WIDTH),
        out,
    };
    let id = style.paint(Colour::Bold, rule.id);
    let on = if rule.on_by_default { "on" } else { "off" };
    writeln!(page.out, "{id}")?;
    page.lines(rule.summary)?;

    page.heading("About")?;
    page.pairs(&[
        ("severity", rule.severity.as_str()),
        ("by default", on),
        ("since", rule.since),
    ])?;
    if let Some(policy) = &rule.policy {
        page.heading("Policy")?;
        page.pairs(&[
            ("id", policy.id),
            ("name", policy.name),
            ("contextual name", policy.contextual_name),
            ("type", policy.kind),
            ("category", policy.category),
        ])?;
    }
    if !rule.controls.is_empty() {
        page.heading("Related controls")?;
        for control in rule.controls {
            page.lines(&format!("- {control}"))?;
        }
    }
    for (heading, prose) in [
        ("What it flags", rule.docs.what),
        ("Why", rule.docs.why),
        ("Fix in Terraform", rule.docs.fix_terraform),
        ("Fix in CloudFormation", rule.docs.fix_cloudformation),
        ("Fix with the AWS CLI", rule.docs.fix_aws_cli),
        ("Exceptions", &rule.exceptions().unwrap_or_default()),
        ("Limits", rule.docs.limits),
    ] {
        if !prose.is_empty() {
            page.heading(heading)?;
            page.lines(prose)?;
        }
    }
    if !rule.options.is_empty() {
        page.heading("Options")?;
        for option in rule.options {
            page.lines(&format!("- `{}`: {}", option.name, values(option)))?;
        }
    }
    Ok(())
}

fn values(option: &OptionSpec) -> String {
    let values = match option.values {
        OptionValues::Flag { default: false } => "`false` (default) or `true`".to_owned(),
        OptionValues::Flag { default: true } => "`true` (default) or `false`".to_owned(),
        OptionValues::Choice([default, others @ ..]) => {
            let others: Vec<String> = others.iter().map(|word| format!("`{word}`")).collect();
            format!("`{default}` (default) or {}", others.join(" or "))
        }
        OptionValues::Choice([]) => String::new(),
    };
    format!("{values}; {}", option.about)
}

/// A page with headings and indented text.
struct Page<'a> {
    style: &'a Style,
    width: usize,
    out: &'a mut dyn io::Write,
}

impl Page<'_> {
    fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "\n{}", self.style.paint(Colour::Bold, text))
    }

    /// Markdown without its marks' meaning: each line is wrapped, items of lists hang.
    fn lines(&mut self, prose: &str) -> io::Result<()> {
        for line in prose.lines() {
            let text = match item(line) {
                Some((mark, rest)) => hang(&format!("  {mark}"), rest, self.width),
                None if line.is_empty() => "\n".to_owned(),
                None => hang("  ", line, self.width),
            };
            self.out.write_all(text.as_bytes())?;
        }
        Ok(())
    }

    fn pairs(&mut self, pairs: &[(&str, &str)]) -> io::Result<()> {
        let widest = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in pairs {
            let first = format!("  {name:<widest$}  ");
            // An id is one word, to be copied: it is never broken.
            let width = self.width.max(cells(&first) + 20);
            for (at, line) in wrap(value, width - cells(&first)).iter().enumerate() {
                match at {
                    0 => writeln!(self.out, "{first}{line}")?,
                    _ => writeln!(self.out, "{}{line}", " ".repeat(cells(&first)))?,
                }
            }
        }
        Ok(())
    }
}

/// The mark of an item of a list, with its blank, and the item.
fn item(line: &str) -> Option<(&str, &str)> {
    let (mark, rest) = line.split_once(' ')?;
    let number = mark.strip_suffix('.').is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    (number || mark == "-").then(|| (&line[..=mark.len()], rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style {
        colour: false,
        width: 80,
        unicode: true,
    };

    fn rendered(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).expect("a vector takes all bytes");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn every_rule_is_listed_and_explained_within_the_width() {
        let list = rendered(|out| write_list(&Settings::default(), &STYLE, out));
        for rule in ALL {
            assert!(
                list.contains(rule.id) && list.contains(rule.summary),
                "{list}"
            );
            let page = rendered(|out| write_rule(rule, &STYLE, out));
            let policy = rule.policy.as_ref();
            for wanted in [rule.id, rule.summary, rule.since]
                .into_iter()
                .chain(policy.map(|policy| policy.id))
                .chain(rule.options.iter().map(|option| option.name))
            {
                assert!(page.contains(wanted), "{wanted} in {page}");
            }
            for line in page.lines().filter(|line| line.contains(' ')) {
                assert!(cells(line) <= 80 || !line.trim().contains(' '), "{line}");
            }
        }
    }

    #[test]
    fn items_of_lists_hang() {
        assert_eq!(item("- a b"), Some(("- ", "a b")));
        assert_eq!(item("12. a b"), Some(("12. ", "a b")));
        assert_eq!(item("and. a"), None);
    }
}
