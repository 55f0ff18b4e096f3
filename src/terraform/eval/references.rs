//! What expressions refer to, which Terraform looks at before it evaluates anything: a name that
//! nothing declares is refused where no value is ever asked for, and no `try` catches it.

use super::super::syntax::{Expr, ExprKind, For, Name, ObjectKey, Template, TemplatePart};
use super::{Outcome, Scope};
use crate::source::Span;
use crate::value::Unknown;

/// Refuses an expression with a name in it that means nothing.
pub fn check(expr: &Expr, scope: &Scope) -> Outcome<()> {
    each(expr, &mut |reference| look_up(reference, scope))
}

/// A name that no `for` inside of the expression binds, with what is read of it.
pub struct Reference<'a> {
    pub root: &'a Name,
    /// The names behind it, as far as they go without an index.
    pub names: &'a [&'a Name],
    /// An index behind them, where it is a literal.
    pub key: Option<&'a Expr>,
    /// It and the names.
    pub span: Span,
}

/// Each reference of an expression, until one is refused.
pub fn each<'a>(expr: &'a Expr, found: &mut dyn FnMut(&Reference) -> Outcome<()>) -> Outcome<()> {
    Walk {
        found,
        bound: Vec::new(),
    }
    .expression(expr)
}

struct Walk<'a, 'b> {
    found: &'b mut dyn FnMut(&Reference) -> Outcome<()>,
    /// What is bound by each `for` around, inside of the expression.
    bound: Vec<&'a Name>,
}

impl<'a> Walk<'a, '_> {
    fn expression(&mut self, expr: &'a Expr) -> Outcome<()> {
        match &expr.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::String(_)
            | ExprKind::SplatElement => Ok(()),
            ExprKind::Variable(_) | ExprKind::Attribute(..) => self.traversal(expr, None),
            ExprKind::Index(of, key) => {
                self.expression(key)?;
                let is_literal = matches!(key.kind, ExprKind::Number(_) | ExprKind::String(_));
                match of.kind {
                    ExprKind::Attribute(..) if is_literal => self.traversal(of, Some(key)),
                    _ => self.expression(of),
                }
            }
            ExprKind::Template(template) => self.template(template),
            ExprKind::Tuple(items) => items.iter().try_for_each(|item| self.expression(item)),
            ExprKind::Object(items) => items.iter().try_for_each(|item| {
                if let ObjectKey::Expression(key) = &item.key {
                    self.expression(key)?;
                }
                self.expression(&item.value)
            }),
            ExprKind::Splat { of, each, .. } => {
                self.expression(of)?;
                self.expression(each)
            }
            ExprKind::Call(call) => call
                .arguments
                .iter()
                .try_for_each(|argument| self.expression(argument)),
            ExprKind::Parentheses(inner) | ExprKind::Unary(_, inner) => self.expression(inner),
            ExprKind::Binary(_, left, right) => {
                self.expression(left)?;
                self.expression(right)
            }
            ExprKind::Conditional {
                condition,
                then,
                otherwise,
            } => [condition, then, otherwise]
                .into_iter()
                .try_for_each(|part| self.expression(part)),
            ExprKind::For(of) => self.each_element(of),
        }
    }

    fn each_element(&mut self, of: &'a For) -> Outcome<()> {
        self.expression(&of.collection)?;
        let names = of.key_variable.iter().chain([&of.value_variable]);
        self.binding(names, |walk| {
            let parts = of.key.iter().chain([&of.value]).chain(&of.condition);
            parts.into_iter().try_for_each(|part| walk.expression(part))
        })
    }

    fn template(&mut self, template: &'a Template) -> Outcome<()> {
        template.parts.iter().try_for_each(|part| match part {
            TemplatePart::Literal(_) => Ok(()),
            TemplatePart::Interpolation(expr) => self.expression(expr),
            TemplatePart::If {
                condition,
                then,
                otherwise,
                ..
            } => {
                self.expression(condition)?;
                self.template(then)?;
                self.template(otherwise)
            }
            TemplatePart::For {
                key_variable,
                value_variable,
                collection,
                body,
                ..
            } => {
                self.expression(collection)?;
                let names = key_variable.iter().chain([value_variable]);
                self.binding(names, |walk| walk.template(body))
            }
        })
    }

    fn binding(
        &mut self,
        names: impl Iterator<Item = &'a Name>,
        inside: impl FnOnce(&mut Self) -> Outcome<()>,
    ) -> Outcome<()> {
        let before = self.bound.len();
        self.bound.extend(names);
        let result = inside(self);
        self.bound.truncate(before);
        result
    }

    /// A chain of attributes, as far as it goes from its root to an index.
    fn traversal(&mut self, expr: &'a Expr, key: Option<&'a Expr>) -> Outcome<()> {
        let mut names = Vec::new();
        let mut of = expr;
        while let ExprKind::Attribute(inner, name) = &of.kind {
            names.push(name);
            of = inner;
        }
        names.reverse();
        match &of.kind {
            ExprKind::Variable(root) => self.reference(&Reference {
                root,
                names: &names,
                key,
                span: expr.span,
            }),
            _ => self.expression(of),
        }
    }

    fn reference(&mut self, reference: &Reference) -> Outcome<()> {
        let mut bound = self.bound.iter();
        match bound.any(|name| name.text == reference.root.text) {
            true => Ok(()),
            false => (self.found)(reference),
        }
    }
}

fn look_up(reference: &Reference, scope: &Scope) -> Outcome<()> {
    let Reference {
        root, names, span, ..
    } = *reference;
    if scope.variable(&root.text).is_some() {
        return Ok(());
    }
    let environment = scope.environment();
    let Some(mut value) = environment.root(&root.text) else {
        return Err(undeclared(root));
    };
    let names_needed = environment.names_after(&root.text);
    for at in 0..names_needed {
        let Some(name) = names.get(at) else {
            let reason = format!("`{}` is no value without a name after it", root.text);
            return Err(Unknown::invalid(reason, span));
        };
        let Some(object) = value.as_object() else {
            return Ok(());
        };
        let found = match object.member(&name.text) {
            Some(_) if at + 1 == names_needed => {
                return environment.refused(reference).map_or(Ok(()), Err);
            }
            Some(member) => member.value.get(),
            None if object.rest.is_some() => return Ok(()),
            None => return Err(environment.missing(&root.text, &name.text, span)),
        };
        value = found;
    }
    Ok(())
}

/// What to say of a name that means nothing here.
pub fn undeclared(name: &Name) -> Unknown {
    let reason = format!("nothing named `{}` is declared here", name.text);
    Unknown::invalid(reason, name.span)
}
