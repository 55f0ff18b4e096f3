//! Functions that read files or take paths apart.

use super::*;
use crate::source::{EntryKind, File};
use crate::value::{ListShape, Literal, Map, Member};
use glob::Pattern;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) const FUNCTIONS: &[Function] = &[
    function("abspath", 1..=1, abspath).gives(Gives::Text),
    function("basename", 1..=1, |call| {
        let path = call.chars(0)?;
        call.string(basename(&path).to_owned())
    })
    .gives(Gives::Text),
    function("dirname", 1..=1, |call| {
        let path = call.chars(0)?;
        call.string(dirname(&path))
    })
    .gives(Gives::Text),
    function("file", 1..=1, read).gives(Gives::Text),
    function("filebase64", 1..=1, |call| {
        call.string(super::encoding::to_base64(&read_bytes(call)?))
    })
    .gives(Gives::Text),
    function("fileexists", 1..=1, |call| {
        let path = path(call)?;
        match call.unit().sources.kind(&path) {
            Some(EntryKind::Directory) => Err(call.invalid(0, "this is a directory, not a file")),
            kind => Ok(call.of_bool(kind.is_some())),
        }
    })
    .gives(Gives::Bool),
    function("fileset", 2..=2, fileset).gives(Gives::SetOfTexts),
    function("pathexpand", 1..=1, |call| {
        let path = call.chars(0)?;
        if path.starts_with('~') {
            return Err(Unknown::unsupported(
                "the home directory is not asked for",
                call.span,
            ));
        }
        call.string(path)
    })
    .gives(Gives::Text),
    function("templatefile", 2..=2, templatefile).may_give_null(),
    function("templatestring", 2..=2, templatestring).may_give_null(),
];

/// A bare relative path starts at the root module's directory, Terraform's working directory.
fn path(call: &Call) -> Outcome<PathBuf> {
    let path = call.unit().directory.join(call.chars(0)?);
    call.scope.environment().reads_file(&path);
    Ok(path)
}

fn open(call: &Call) -> Outcome<Arc<File>> {
    open_at(call.unit(), &path(call)?, call.at(0))
}

fn open_at(unit: &Unit, path: &Path, span: Span) -> Outcome<Arc<File>> {
    let sources = &unit.sources;
    sources.open(path).map_err(|error| {
        let shown = sources.display(&error.path);
        if error.missing {
            return Unknown::invalid(format!("there is no file `{shown}`"), span);
        }
        if sources.kind(path) == Some(EntryKind::Directory) {
            return Unknown::invalid(format!("`{shown}` is a directory"), span);
        }
        let reason = format!("`{shown}` could not be read: {}", error.reason);
        Unknown::new(UnknownKind::NotRead, reason, span)
    })
}

fn read(call: &Call) -> Outcome<Value> {
    let text = text_at(call.unit(), &path(call)?, call.at(0))?;
    Ok(text.step("read by this call", call.span))
}

fn text_at(unit: &Unit, path: &Path, span: Span) -> Outcome<Value> {
    let file = open_at(unit, path, span)?;
    if file.invalid_at().is_some() {
        return Err(Unknown::invalid("the file must be text in UTF-8", span));
    }
    let text = file.text();
    unit.charge_bytes(text.len(), span)?;
    let whole = file.span(0, text.len());
    let literal = Literal::mapped(text.into(), Map::verbatim(whole, 0));
    Ok(Value::text(literal.into(), whole))
}

/// The text of a file that a data source names, as `file` reads it. `span` is where it is named.
pub(in crate::terraform) fn read_text(name: &Value, span: Span, scope: &Scope) -> Outcome<Value> {
    let name = constraints::to_text(name, span)?;
    let name = constraints::characters(&name)?.text;
    let path = scope.unit().directory.join(&*name);
    scope.environment().reads_file(&path);
    let text = text_at(scope.unit(), &path, span)?;
    Ok(text.step("read by this data source", span))
}

/// The bytes of a file; those of one that is not text are not kept.
pub(super) fn read_bytes(call: &Call) -> Outcome<Vec<u8>> {
    let file = open(call)?;
    if file.invalid_at().is_some() {
        return Err(Unknown::unsupported(
            "only files of text are read, and this is none",
            call.at(0),
        ));
    }
    call.unit().charge_bytes(file.text().len(), call.span)?;
    Ok(file.text().as_bytes().to_vec())
}

fn abspath(call: &Call) -> Outcome<Value> {
    let path = path(call)?;
    let path = call.unit().sources.absolute(&path);
    call.string(path.to_string_lossy().into_owned())
}

fn basename(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        Some("") | None => "/",
        Some(last) => last,
    }
}

/// All but the last part, cleaned as Go's `filepath.Dir` does.
fn dirname(path: &str) -> String {
    let Some(at) = path.rfind('/') else {
        return ".".to_owned();
    };
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path[..at].split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

/// What the names in a template mean: the variables that the call hands over.
pub(in crate::terraform) struct TemplateVariables {
    pub unit: Rc<Unit>,
    pub variables: Value,
    /// What names mean where it is called.
    pub around: Rc<dyn Environment>,
}

impl Environment for TemplateVariables {
    fn unit(&self) -> &Rc<Unit> {
        &self.unit
    }

    fn root(&self, name: &str) -> Option<Value> {
        let object = self.variables.as_object()?;
        let value = object.get(name, self.variables.span)?;
        Some(value.mark(self.variables.marks))
    }

    fn missing(&self, root: &str, member: &str, span: Span) -> Unknown {
        Unknown::invalid(format!("`{root}` has no attribute `{member}`"), span)
    }

    fn reads_file(&self, path: &Path) {
        self.around.reads_file(path);
    }

    fn names_after(&self, _root: &str) -> usize {
        0
    }

    fn is_template(&self) -> bool {
        true
    }
}

fn templatefile(call: &Call) -> Outcome<Value> {
    if call.scope.environment().is_template() {
        return Err(Unknown::invalid(
            "a template must not call `templatefile`",
            call.span,
        ));
    }
    let file = open(call)?;
    if file.invalid_at().is_some() {
        return Err(call.invalid(0, "the file must be text in UTF-8"));
    }
    call.unit().charge_bytes(file.text().len(), call.span)?;
    let text = file.text();
    let whole = file.span(0, text.len());
    if file.bom() == 0 {
        return render(call, syntax::parse_template(&file), whole);
    }
    let literal = Literal::mapped(text.into(), Map::verbatim(whole, 0));
    let text = Text::from(literal.slice(file.bom()..text.len()));
    let rendered = call.characters(&text)?;
    render(call, syntax::parse_template_text(&rendered, whole), whole)
}

/// Renders a string that lies elsewhere: a template written in the call itself is refused.
fn templatestring(call: &Call) -> Outcome<Value> {
    if call.scope.environment().is_template() {
        return Err(Unknown::invalid(
            "a template must not call `templatestring`",
            call.span,
        ));
    }
    if !call.arguments[0]
        .expr
        .as_ref()
        .is_some_and(|expr| expr.is_reference())
    {
        return Err(call.invalid(0, "the template must be a reference to a string"));
    }
    let value = call.value(0);
    let text = constraints::to_text(&value, call.at(0))?;
    call.unit()
        .charge_bytes(operators::known_length(&text), call.span)?;
    let rendered = call.characters(&text)?;
    render(
        call,
        syntax::parse_template_text(&rendered, value.span),
        value.span,
    )
}

fn render(
    call: &Call,
    template: Result<syntax::Template, syntax::SyntaxError>,
    whole: Span,
) -> Outcome<Value> {
    let variables = call.peek(1);
    match &variables.kind {
        Kind::Object(object) => {
            let unusable = |member: &&Member| !operators::is_identifier(&member.name);
            if let Some(member) = object.members().iter().find(unusable) {
                return Err(call.invalid(
                    1,
                    format!("`{}` is no name that a template can use", member.name),
                ));
            }
        }
        Kind::Unknown(unknown) => return Err(derived(unknown.clone())),
        _ => {
            return Err(call.invalid(
                1,
                format!("a map is needed, and this is {}", variables.describe()),
            ));
        }
    }
    let template = template.map_err(|fault| {
        fault.unknown(format!("the template does not parse: {}", fault.message))
    })?;
    let scope = Scope::new(Rc::new(TemplateVariables {
        unit: call.unit().clone(),
        variables,
        around: call.scope.environment().clone(),
    }));
    nested(call.span, || eval_template(&template, whole, &scope))
        .map(|value| value.step("rendered by this call", call.span))
}

/// Files below a directory whose paths match a pattern, as paths from that directory.
fn fileset(call: &Call) -> Outcome<Value> {
    let directory = path(call)?;
    let pattern = call.chars(1)?;
    if pattern.contains("..") {
        // It may lead anywhere.
        call.scope.environment().reads_file(&call.unit().directory);
    }
    let fault = || call.invalid(1, "a pattern of `*`, `**`, `?`, `[…]` and `{…}` is needed");
    let mut found = BTreeSet::new();
    for pattern in expand_braces(&pattern, call)? {
        let parts: Option<Vec<Part>> = pattern.split('/').map(Part::parse).collect();
        search(call, &directory, "", &parts.ok_or_else(fault)?, &mut found)?;
    }
    let items = found
        .into_iter()
        .map(|path| call.string(path).map(Slot::Ready))
        .collect::<Outcome<_>>()?;
    Ok(call.of_list(list_of(items, ListShape::Set, Rc::new(Hint::Text))))
}

/// One part of a pattern, between slashes.
enum Part {
    /// `**`: any number of directories, also none.
    Deep,
    Name(Pattern),
    /// `.` and `..`, which are in no directory's list.
    Step(String),
}

impl Part {
    fn parse(text: &str) -> Option<Part> {
        Some(match text {
            "**" => Part::Deep,
            "." | ".." => Part::Step(text.to_owned()),
            _ => Part::Name(Pattern::new(&Part::spell(text)).ok()?),
        })
    }

    /// As the crate spells it: two stars beside something else are one; a set is negated by `^`
    /// only, and an exclamation mark at its start is one of its characters.
    fn spell(text: &str) -> String {
        let mut out = String::new();
        let mut rest = &text.replace("**", "*")[..];
        while let Some(at) = rest.find('[') {
            out.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            if let Some(negated) = rest.strip_prefix('^') {
                out.push('!');
                rest = negated;
            } else if let (Some(set), Some(end)) = (rest.strip_prefix('!'), rest.find(']')) {
                out.push_str(&set[..end - 1]);
                out.push('!');
                rest = &rest[end..];
            }
        }
        out + rest
    }
}

/// `{a,b}` as the patterns it stands for.
fn expand_braces(pattern: &str, call: &Call) -> Outcome<Vec<String>> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(pattern) = open.pop() {
        call.charge(4)?;
        let Some(start) = pattern.find('{') else {
            done.push(pattern);
            continue;
        };
        let (mut depth, mut parts, mut from) = (0, Vec::new(), start + 1);
        let end = pattern[start..].char_indices().find_map(|(at, char)| {
            let at = start + at;
            match char {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => {
                    parts.push(&pattern[from..at]);
                    from = at + 1;
                }
                _ => {}
            }
            (depth == 0).then_some(at)
        });
        let end = end.ok_or_else(|| call.invalid(1, "a brace is not closed"))?;
        parts.push(&pattern[from..end]);
        for part in parts {
            open.push(format!(
                "{}{part}{}",
                &pattern[..start],
                &pattern[end + 1..]
            ));
        }
    }
    Ok(done)
}

/// Adds the files below `directory` whose paths from there match the parts.
fn search(
    call: &Call,
    directory: &Path,
    below: &str,
    parts: &[Part],
    found: &mut BTreeSet<String>,
) -> Outcome<()> {
    let Some((part, later)) = parts.split_first() else {
        return Ok(());
    };
    if let Part::Step(name) = part {
        let below = match &name[..] {
            "." => below.to_owned(),
            _ => format!("{below}{name}/"),
        };
        return search(call, &directory.join(name), &below, later, found);
    }
    if let Part::Deep = part
        && !later.is_empty()
    {
        search(call, directory, below, later, found)?;
    }
    // A directory that is not there holds no files.
    let Ok(entries) = call.unit().sources.list(directory) else {
        return Ok(());
    };
    call.charge(entries.len())?;
    for entry in &*entries {
        let matches = match part {
            Part::Name(pattern) => pattern.matches(&entry.name),
            _ => true,
        };
        let last = later.is_empty();
        if entry.directory {
            let next = match part {
                Part::Deep => parts,
                _ if matches && !last => later,
                _ => continue,
            };
            let below = format!("{below}{}/", entry.name);
            let directory = directory.join(&entry.name);
            nested(call.span, || search(call, &directory, &below, next, found))?;
        } else if matches && last {
            found.insert(format!("{below}{}", entry.name));
        }
    }
    Ok(())
}
