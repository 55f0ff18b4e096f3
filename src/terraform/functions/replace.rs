//! `replace`, also in texts of which not all is known.

use super::around::{self, Step};
use super::strings::{Builder, compile};
use super::*;
use crate::value::{Literal, PieceKind, Trail};
use regex::{Captures, Match, Regex};
use std::ops::Range;

pub(super) const FUNCTIONS: &[Function] = &[function("replace", 3..=3, replace).gives(Gives::Text)];

fn replace(call: &Call) -> Outcome<Value> {
    let pattern = call.chars(1)?;
    let replacement = call.text(2)?;
    let value = call.value(0);
    let text = call.as_text(&value, 0)?;
    if pattern.len() > 1 && pattern.starts_with('/') && pattern.ends_with('/') {
        let pattern = &pattern[1..pattern.len() - 1];
        let replacer = Replacer {
            pattern,
            regex: compile(call, 1, pattern)?,
            template: &call.rendered(&replacement)?,
            trail: &value.trail,
        };
        return replacer.replace(call, &text);
    }
    let replaced = replace_text(call, &text, &value.trail, &pattern, &replacement);
    let Some(template) = replacement.known().filter(|_| !pattern.is_empty()) else {
        return replaced;
    };
    // What a match may reach into is then the whole string of JSON.
    replaced.or_else(|unknown| {
        let pattern = &regex::escape(&pattern);
        let replacer = Replacer {
            pattern,
            regex: compile(call, 1, pattern)?,
            template: &template.replace('$', "$$"),
            trail: &value.trail,
        };
        replacer.replace(call, &text).map_err(|_| unknown)
    })
}

/// Puts a template in the place of what an expression matches.
struct Replacer<'a> {
    pattern: &'a str,
    regex: Regex,
    template: &'a str,
    trail: &'a Trail,
}

impl Replacer<'_> {
    fn replace(&self, call: &Call, text: &Text) -> Outcome<Value> {
        call.unit()
            .charge_bytes(operators::known_length(text), call.span)?;
        constraints::measure(text)?;
        let text = &text.expanded();
        let mut builder = Builder::new(call);
        if text.first_hole().is_some() {
            self.around_holes(&mut builder, text)?;
        } else {
            let rendered = call.characters(text)?;
            self.known(&mut builder, &rendered, 0..rendered.text.len())?;
        }
        Ok(builder.finish())
    }

    /// Replaces in a range of what is known.
    fn known(
        &self,
        builder: &mut Builder,
        rendered: &Rendered,
        range: Range<usize>,
    ) -> Outcome<()> {
        let start = range.start;
        let mut from = start;
        for captures in self.regex.captures_iter(&rendered.text[range.clone()]) {
            let found = captures.get(0).expect("the whole match").range();
            for literal in rendered.slice(from..start + found.start) {
                builder.literal(literal, self.trail)?;
            }
            match group_alone(self.template, &captures) {
                // What is taken over keeps its place.
                Some(group) => {
                    for literal in rendered.slice(start + group.start()..start + group.end()) {
                        builder.literal(literal, self.trail)?;
                    }
                }
                None => {
                    let mut expanded = String::new();
                    captures.expand(self.template, &mut expanded);
                    let literal = Literal::computed(expanded, builder.call.at(2));
                    builder.literal(literal, &Trail::default())?;
                }
            }
            from = start + found.end;
        }
        for literal in rendered.slice(from..range.end) {
            builder.literal(literal, self.trail)?;
        }
        Ok(())
    }

    /// Replaces in what is known around holes. Where a match may lie in a string of JSON with a
    /// hole, the whole string is a hole.
    fn around_holes(&self, builder: &mut Builder, text: &Text) -> Outcome<()> {
        let (runs, holes) = at_holes(text);
        let runs: Vec<Rendered> = rendered_runs(&runs)?;
        let islands = islands(&runs);
        let steps: usize = runs.iter().map(|run| run.text.len() + 1).sum();
        builder
            .call
            .unit()
            .charge_bytes(16 * steps, builder.call.span)?;
        let undecided = || derived(holes[0][0].clone());
        let pattern = re2::translate(self.pattern).ok_or_else(undecided)?;
        let touched = touched(&pattern, &runs, &islands).ok_or_else(undecided)?;
        if touched.contains(&true) && !stays_one_value(self.template) {
            return Err(undecided());
        }
        let mut at = Place { run: 0, offset: 0 };
        for (island, is_touched) in islands.iter().zip(touched) {
            let Island { start, end, .. } = *island;
            self.known(builder, &runs[at.run], at.offset..start.offset)?;
            if is_touched {
                builder.hole(derived(holes[start.run][0].clone()));
            } else {
                let mut from = start.offset;
                for run in start.run..end.run {
                    for literal in runs[run].slice(from..runs[run].text.len()) {
                        builder.literal(literal, self.trail)?;
                    }
                    for unknown in &holes[run] {
                        builder.hole(unknown.clone());
                    }
                    from = 0;
                }
                for literal in runs[end.run].slice(from..end.offset) {
                    builder.literal(literal, self.trail)?;
                }
            }
            at = end;
        }
        let last = &runs[at.run];
        self.known(builder, last, at.offset..last.text.len())
    }
}

/// A place in what is known of a text: between two runs is a hole.
#[derive(Clone, Copy)]
struct Place {
    run: usize,
    offset: usize,
}

/// A string of JSON with a hole in it, or a hole outside of strings.
struct Island {
    start: Place,
    end: Place,
    is_string: bool,
}

/// The islands of a text, in order; every hole lies in one.
fn islands(runs: &[Rendered]) -> Vec<Island> {
    let mut islands = Vec::new();
    let mut quote: Option<Place> = None;
    let mut has_hole = false;
    for (run, rendered) in runs.iter().enumerate() {
        let mut is_escaped = false;
        for (offset, byte) in rendered.text.bytes().enumerate() {
            match (byte, quote) {
                _ if std::mem::take(&mut is_escaped) => {}
                (b'\\', Some(_)) => is_escaped = true,
                (b'"', None) => (quote, has_hole) = (Some(Place { run, offset }), false),
                (b'"', Some(start)) => {
                    let offset = offset + 1;
                    let end = Place { run, offset };
                    if std::mem::take(&mut has_hole) {
                        let is_string = true;
                        islands.push(Island {
                            start,
                            end,
                            is_string,
                        });
                    }
                    quote = None;
                }
                _ => {}
            }
        }
        let end = rendered.text.len();
        match (run + 1 < runs.len(), quote) {
            (true, Some(_)) => has_hole = true,
            (true, None) => islands.push(Island {
                start: Place { run, offset: end },
                end: Place {
                    run: run + 1,
                    offset: 0,
                },
                is_string: false,
            }),
            (false, Some(start)) if has_hole => islands.push(Island {
                start,
                end: Place { run, offset: end },
                is_string: true,
            }),
            (false, _) => {}
        }
    }
    islands
}

fn touched(pattern: &str, runs: &[Rendered], islands: &[Island]) -> Option<Vec<bool>> {
    let is_json = |run: &Rendered| run.text.trim_start().starts_with(['[', '{']);
    let outside = match runs.first().is_some_and(is_json) {
        true => Step::Value,
        false => Step::Anything,
    };
    let mut steps = Vec::new();
    let mut starts = Vec::new();
    let mut around = islands.iter().peekable();
    for (run, rendered) in runs.iter().enumerate() {
        if run > 0 {
            while around.next_if(|island| island.end.run < run).is_some() {}
            steps.push(match around.peek()?.is_string {
                true => Step::InString,
                false => outside,
            });
        }
        starts.push(steps.len());
        steps.extend(rendered.text.bytes().map(Step::Byte));
    }
    let place = |place: Place| starts[place.run] + place.offset;
    let ranges: Vec<Range<usize>> = islands
        .iter()
        .map(|island| place(island.start)..place(island.end))
        .collect();
    around::touched(pattern, &steps, &ranges)
}

/// Whether a string of JSON in which a template was put in the place of matches is one value, by
/// what the template holds besides references to groups.
fn stays_one_value(template: &str) -> bool {
    may_be_in_hole(template)
        && !template.contains([',', ':', '[', ']'])
        && !template.replace("${", "").contains('{')
}

/// What has matched the group that a replacement is a reference to, and nothing else: `$1`.
fn group_alone<'t>(template: &str, captures: &Captures<'t>) -> Option<Match<'t>> {
    let name = template.strip_prefix('$')?;
    let braced = name
        .strip_prefix('{')
        .and_then(|name| name.strip_suffix('}'));
    let name = braced.unwrap_or(name);
    match name.parse() {
        Ok(number) if name.bytes().all(|byte| byte.is_ascii_digit()) => captures.get(number),
        _ => captures.name(name),
    }
}

/// Replaces outside holes; of holes it is taken that no quotes are in them. What a match may reach
/// into is a hole with it.
pub(super) fn replace_text(
    call: &Call,
    text: &Text,
    trail: &Trail,
    pattern: &str,
    replacement: &Text,
) -> Outcome<Value> {
    if pattern.is_empty() {
        let all = call.rendered(text)?;
        return call.string(all.replace("", &call.rendered(replacement)?));
    }
    constraints::measure(text)?;
    let (runs, holes) = at_holes(&text.expanded());
    let runs = rendered_runs(&runs)?;
    let undecided = |at: usize| derived(holes[at][0].clone());
    let may_be_put_in = replacement.pieces().iter().all(|piece| match &piece.kind {
        PieceKind::Literal(literal) => may_be_in_hole(literal.as_str()),
        PieceKind::Encoded(_) => false,
        PieceKind::Hole(_) => true,
    });
    if !holes.is_empty() && may_be_in_hole(pattern) && !may_be_put_in {
        return Err(undecided(0));
    }
    // How much of the runs belongs to the hole before, and to the one behind.
    let mut reaches = vec![(0, 0); runs.len()];
    for at in 0..holes.len() {
        let is_last = at + 1 == holes.len();
        let reach = reach(&runs[at].text, &runs[at + 1].text, pattern, is_last);
        let (before, behind) = reach.ok_or_else(|| undecided(at))?;
        reaches[at].1 = before;
        reaches[at + 1].0 = behind;
    }
    let mut builder = Builder::new(call);
    for (at, rendered) in runs.iter().enumerate() {
        let whole: &str = &rendered.text;
        call.unit().charge_bytes(whole.len(), call.span)?;
        let (start, end) = (reaches[at].0, whole.len() - reaches[at].1);
        if at > 0 {
            // With what reaches into it, a hole is one.
            let is_one = reaches[at - 1].1 > 0 || start > 0;
            let of = holes[at - 1].iter();
            for unknown in of.take(if is_one { 1 } else { usize::MAX }) {
                builder.hole(derived(unknown.clone()));
            }
        }
        let is_in_reach = |from: usize, to: usize| from < start || to > end;
        let beside = at.min(holes.len().saturating_sub(1));
        let mut from = start;
        for (found, _) in whole.match_indices(pattern) {
            if is_in_reach(found, found + pattern.len()) {
                return Err(undecided(beside));
            }
            for literal in rendered.slice(from..found) {
                builder.literal(literal, trail)?;
            }
            builder.text(replacement, &Trail::default())?;
            from = found + pattern.len();
        }
        if from > end {
            return Err(undecided(beside));
        }
        for literal in rendered.slice(from..end) {
            builder.literal(literal, trail)?;
        }
    }
    Ok(builder.finish())
}

/// A text without encoded pieces as runs of what is known and, between two of them, at least one
/// hole.
fn at_holes(expanded: &Text) -> (Vec<Text>, Vec<Vec<Unknown>>) {
    let mut runs = vec![Vec::new()];
    let mut holes: Vec<Vec<Unknown>> = Vec::new();
    for piece in expanded.pieces() {
        match (&piece.kind, runs.last_mut()) {
            (PieceKind::Hole(unknown), Some(run)) if run.is_empty() && !holes.is_empty() => {
                holes
                    .last_mut()
                    .expect("there is one")
                    .push(unknown.clone());
            }
            (PieceKind::Hole(unknown), _) => {
                holes.push(vec![unknown.clone()]);
                runs.push(Vec::new());
            }
            (_, Some(run)) => run.push(piece.clone()),
            (_, None) => unreachable!("there is a run from the start"),
        }
    }
    (runs.into_iter().map(Text::from_iter).collect(), holes)
}

fn rendered_runs(runs: &[Text]) -> Outcome<Vec<Rendered<'_>>> {
    runs.iter()
        .map(|run| run.render().map_err(derived))
        .collect()
}

/// A pattern that is longer is not looked for around holes.
const MAX_AROUND_HOLES: usize = 1 << 10;

/// How far before a hole and behind it a match of the pattern may reach that lies in it in part.
/// Nothing where that can't be told, or what it reaches is more than a hole may stand for.
fn reach(left: &str, right: &str, pattern: &str, is_last: bool) -> Option<(usize, usize)> {
    // A whole run between two holes may lie inside of a match.
    let is_inside = !is_last && pattern.len() > right.len() && pattern.contains(right);
    if pattern.len() > MAX_AROUND_HOLES || is_inside {
        return None;
    }
    let places = || (0..=pattern.len()).filter(|&at| pattern.is_char_boundary(at));
    let begun = places().filter(|&at| at < pattern.len() && left.ends_with(&pattern[..at]));
    let (mut before, mut behind) = (0, 0);
    for start in begun {
        let ended = places().filter(|&at| at >= start && right.starts_with(&pattern[at..]));
        for end in ended.filter(|&end| end > 0) {
            let is_around = start > 0 || end < pattern.len();
            if is_around && may_be_in_hole(&pattern[start..end]) {
                before = before.max(start);
                behind = behind.max(pattern.len() - end);
            }
        }
    }
    let (first, last) = (&left[left.len() - before..], &right[..behind]);
    let is_text =
        |part: &str| may_be_in_hole(part) && !part.contains([',', ':', '[', ']', '{', '}']);
    // A string of JSON is taken with its quotes.
    let unquoted = first.strip_prefix('"').zip(last.strip_suffix('"'));
    let is_taken = is_text(first) && is_text(last)
        || unquoted.is_some_and(|(first, last)| may_be_in_hole(first) && may_be_in_hole(last));
    is_taken.then_some((before, behind))
}

/// Whether a text has none of the characters that what is not known is taken not to have.
fn may_be_in_hole(text: &str) -> bool {
    !text
        .bytes()
        .any(|byte| matches!(byte, b'"' | b'\\' | ..=0x1f))
}
