//! The HCL parser's tree as ours.

use super::super::scan::Lexer;
use super::literals::{Literals, TemplateForm, Token};
use super::source::{Source, grow};
use super::*;
use hcl_edit::expr as hcl;
use hcl_edit::template::{Directive, Element};
use hcl_edit::{Decorated, Ident, Span as _};

/// Turns the parser's tree into ours.
pub(super) struct Tree<'a> {
    pub(super) source: &'a Source<'a>,
    /// Where the text that was parsed starts in the source.
    pub(super) base: usize,
    /// The objects in whose places the parser found empty strings.
    pub(super) objects: &'a [Range<usize>],
}

impl Tree<'_> {
    fn range(&self, range: Option<Range<usize>>) -> Range<usize> {
        let range = range.unwrap_or(0..0);
        self.base + range.start..self.base + range.end
    }

    fn span(&self, of: &impl hcl_edit::Span) -> Span {
        self.source.span(self.range(of.span()))
    }

    fn name(&self, ident: &Decorated<Ident>) -> Name {
        Name {
            text: ident.as_str().into(),
            span: self.span(ident),
        }
    }

    pub(super) fn expression(
        &self,
        expr: &hcl::Expression,
        depth: usize,
    ) -> Result<Expr, SyntaxError> {
        grow(|| self.convert(expr, depth))
    }

    fn convert(&self, expr: &hcl::Expression, depth: usize) -> Result<Expr, SyntaxError> {
        let range = self.range(expr.span());
        self.source.check_depth(depth, &range)?;
        let inner = |expr| self.expression(expr, depth + 1);
        let span = || self.source.span(range.clone());
        let make = |kind, span| Ok(Arc::new(Expression { kind, span }));
        match expr {
            hcl::Expression::Null(_) => make(ExprKind::Null, span()),
            hcl::Expression::Bool(value) => make(ExprKind::Bool(*value.value()), span()),
            hcl::Expression::Number(_) => self.number(range),
            hcl::Expression::String(_) => self.string(range, depth),
            hcl::Expression::StringTemplate(template) => {
                let template = self.template(template, TemplateForm::Quoted, depth)?;
                make(ExprKind::Template(template), span())
            }
            hcl::Expression::HeredocTemplate(heredoc) => self.heredoc(heredoc, range, depth),
            hcl::Expression::Array(array) => {
                let items = array.iter().map(inner).collect::<Result<_, _>>()?;
                make(ExprKind::Tuple(items), span())
            }
            hcl::Expression::Object(object) => {
                let items = object.iter().map(|(key, value)| {
                    let key = match key {
                        hcl::ObjectKey::Ident(name) => ObjectKey::Name(self.name(name)),
                        hcl::ObjectKey::Expression(key) => ObjectKey::Expression(inner(key)?),
                    };
                    let value = inner(value.expr())?;
                    Ok(ObjectItem { key, value })
                });
                make(ExprKind::Object(items.collect::<Result<_, _>>()?), span())
            }
            hcl::Expression::Parenthesis(parenthesis) => {
                make(ExprKind::Parentheses(inner(parenthesis.inner())?), span())
            }
            hcl::Expression::Variable(name) => {
                let (text, span) = (name.as_str().into(), span());
                make(ExprKind::Variable(Name { text, span }), span)
            }
            hcl::Expression::Conditional(conditional) => {
                let condition = inner(&conditional.cond_expr)?;
                let then = inner(&conditional.true_expr)?;
                let otherwise = inner(&conditional.false_expr)?;
                let span = condition.span.to(otherwise.span);
                let kind = ExprKind::Conditional {
                    condition,
                    then,
                    otherwise,
                };
                make(kind, span)
            }
            hcl::Expression::FuncCall(call) => {
                let arguments = call.args.iter().map(inner).collect::<Result<_, _>>()?;
                let call = Call {
                    name: self.function(&call.name),
                    arguments,
                    expand: call.args.expand_final(),
                };
                make(ExprKind::Call(call), span())
            }
            hcl::Expression::Traversal(traversal) => self.traversal(traversal, depth),
            hcl::Expression::UnaryOp(operation) => {
                let operator = match operation.operator.value() {
                    hcl::UnaryOperator::Neg => UnaryOperator::Negate,
                    hcl::UnaryOperator::Not => UnaryOperator::Not,
                };
                let operand = inner(&operation.expr)?;
                let span = self.span(&operation.operator).to(operand.span);
                make(ExprKind::Unary(operator, operand), span)
            }
            hcl::Expression::BinaryOp(operation) => {
                let left = inner(&operation.lhs_expr)?;
                let right = inner(&operation.rhs_expr)?;
                let span = left.span.to(right.span);
                let operator = binary_operator(*operation.operator.value());
                make(ExprKind::Binary(operator, left, right), span)
            }
            hcl::Expression::ForExpr(each) => {
                let intro = &each.intro;
                let condition = each.cond.as_ref().map(|condition| &condition.expr);
                let each = For {
                    key_variable: intro.key_var.as_ref().map(|name| self.name(name)),
                    value_variable: self.name(&intro.value_var),
                    collection: inner(&intro.collection_expr)?,
                    key: each.key_expr.as_ref().map(inner).transpose()?,
                    value: inner(&each.value_expr)?,
                    group: each.grouping,
                    condition: condition.map(inner).transpose()?,
                };
                make(ExprKind::For(Box::new(each)), span())
            }
        }
    }

    /// A quoted string without templates, or the object in whose place the parser found it.
    fn string(&self, range: Range<usize>, depth: usize) -> Result<Expr, SyntaxError> {
        let start = |object: &Range<usize>| object.start;
        if let Ok(object) = self.objects.binary_search_by_key(&range.start, start) {
            return self.source.object(self.objects[object].clone(), depth);
        }
        let mut parts = Literals::default();
        let inside = range.start + 1..range.end - 1;
        self.source
            .read_literal(inside, TemplateForm::Quoted, &mut parts)?;
        Ok(Arc::new(Expression {
            kind: ExprKind::String(self.source.literal(&parts.segments, range.clone())),
            span: self.source.span(range),
        }))
    }

    fn heredoc(
        &self,
        heredoc: &hcl_edit::template::HeredocTemplate,
        range: Range<usize>,
        depth: usize,
    ) -> Result<Expr, SyntaxError> {
        let form = match self.source.text.as_bytes().get(range.start + 2) {
            Some(b'-') => TemplateForm::Indented,
            _ => TemplateForm::Bare,
        };
        let template = &heredoc.template;
        let kind = if template.iter().all(Element::is_literal) {
            let parts = self.literals(template, form)?;
            ExprKind::String(self.source.literal(&parts.segments, range.clone()))
        } else {
            ExprKind::Template(self.template(template, form, depth)?)
        };
        let span = self.source.span(range);
        Ok(Arc::new(Expression { kind, span }))
    }

    /// The name of a function with its namespaces: `provider::aws::arn_parse`.
    fn function(&self, name: &hcl::FuncName) -> Name {
        let names = name.namespace.iter().chain([&name.name]);
        let text: Vec<&str> = names.map(|name| name.as_str()).collect();
        let first = name.namespace.first().unwrap_or(&name.name);
        Name {
            text: text.join("::").into(),
            span: self.span(first).to(self.span(&name.name)),
        }
    }

    /// A number as it is written; the parser reads a sign into it.
    fn number(&self, range: Range<usize>) -> Result<Expr, SyntaxError> {
        let source = self.source;
        let negative = source.text[range.clone()].starts_with('-');
        let start = match negative {
            true => Lexer::new(source.text)
                .blank(range.start + 1, range.end)
                .map_err(|fault| source.fault(fault))?,
            false => range.start,
        };
        let number = Arc::new(Expression {
            kind: ExprKind::Number(source.text[start..range.end].into()),
            span: source.span(start..range.end),
        });
        if !negative {
            return Ok(number);
        }
        Ok(Arc::new(Expression {
            kind: ExprKind::Unary(UnaryOperator::Negate, number),
            span: source.span(range),
        }))
    }

    /// A full splat `[*]` takes all that follows it into each element, the legacy `.*` only the
    /// attributes and legacy indices right after it.
    fn traversal(&self, traversal: &hcl::Traversal, depth: usize) -> Result<Expr, SyntaxError> {
        let operators = &traversal.operators;
        let range = self.range(traversal.span());
        self.source.check_depth(depth + operators.len(), &range)?;
        let depth = depth + operators.len();
        let mut expr = self.expression(&traversal.expr, depth + 1)?;
        let mut splats: Vec<Splat> = Vec::new();
        for operator in operators {
            let span = self.span(operator);
            let legacy = splats.last().is_some_and(|splat| !splat.full);
            match operator.value() {
                hcl::TraversalOperator::GetAttr(name) => {
                    let name = self.name(name);
                    let whole = expr.span.to(name.span);
                    expr = Arc::new(Expression {
                        kind: ExprKind::Attribute(expr, name),
                        span: whole,
                    });
                }
                hcl::TraversalOperator::LegacyIndex(index) => {
                    let place = self.range(index.span());
                    let key = Arc::new(Expression {
                        kind: ExprKind::Number(self.source.text[place.clone()].into()),
                        span: self.source.span(place),
                    });
                    expr = indexed(expr, key, span);
                }
                hcl::TraversalOperator::Index(key) => {
                    if legacy {
                        expr = close(&mut splats, expr);
                    }
                    let key = self.expression(key, depth + 1)?;
                    expr = indexed(expr, key, span);
                }
                hcl::TraversalOperator::FullSplat(_) => {
                    if legacy {
                        expr = close(&mut splats, expr);
                    }
                    expr = open(&mut splats, expr, true, span);
                }
                hcl::TraversalOperator::AttrSplat(_) => {
                    if legacy {
                        let message = "a splat cannot follow a splat that is written `.*`";
                        return Err(SyntaxError::new(message, span));
                    }
                    expr = open(&mut splats, expr, false, span);
                }
            }
        }
        while !splats.is_empty() {
            expr = close(&mut splats, expr);
        }
        Ok(expr)
    }

    /// The literals of a template and all templates inside it, with strip markers and indent
    /// applied.
    fn literals(
        &self,
        template: &hcl_edit::template::Template,
        form: TemplateForm,
    ) -> Result<Literals, SyntaxError> {
        let mut literals = Literals::default();
        self.flatten(template, form, &mut literals)?;
        literals.strip(self.source.text);
        if form == TemplateForm::Indented {
            literals.dedent(self.source.text);
        }
        Ok(literals)
    }

    fn flatten(
        &self,
        template: &hcl_edit::template::Template,
        form: TemplateForm,
        out: &mut Literals,
    ) -> Result<(), SyntaxError> {
        for element in template.iter() {
            match element {
                Element::Literal(_) => {
                    self.source
                        .read_literal(self.range(element.span()), form, out)?;
                }
                Element::Interpolation(interpolation) => out.control(interpolation.strip),
                Element::Directive(directive) => match &**directive {
                    Directive::If(directive) => {
                        out.control(directive.if_expr.strip);
                        self.flatten(&directive.if_expr.template, form, out)?;
                        if let Some(otherwise) = &directive.else_expr {
                            out.control(otherwise.strip);
                            self.flatten(&otherwise.template, form, out)?;
                        }
                        out.control(directive.endif_expr.strip);
                    }
                    Directive::For(directive) => {
                        out.control(directive.for_expr.strip);
                        self.flatten(&directive.for_expr.template, form, out)?;
                        out.control(directive.endfor_expr.strip);
                    }
                },
            }
        }
        Ok(())
    }

    pub(super) fn template(
        &self,
        template: &hcl_edit::template::Template,
        form: TemplateForm,
        depth: usize,
    ) -> Result<Template, SyntaxError> {
        let literals = self.literals(template, form)?;
        let mut tokens = &literals.tokens[..];
        self.build(template, &literals, &mut tokens, depth)
    }

    /// Builds a template from its elements and the tokens that [`Tree::flatten`] made of them, in
    /// the same order.
    fn build(
        &self,
        template: &hcl_edit::template::Template,
        literals: &Literals,
        tokens: &mut &[Token],
        depth: usize,
    ) -> Result<Template, SyntaxError> {
        let mut parts = Vec::with_capacity(template.len());
        for element in template.iter() {
            match element {
                Element::Literal(_) => {
                    let count = tokens
                        .iter()
                        .take_while(|token| matches!(token, Token::Literal(_)))
                        .count();
                    let (taken, rest) = tokens.split_at(count);
                    *tokens = rest;
                    if let (Some(Token::Literal(first)), Some(Token::Literal(last))) =
                        (taken.first(), taken.last())
                    {
                        self.source
                            .push_literals(&literals.segments[first.start..last.end], &mut parts);
                    }
                }
                Element::Interpolation(interpolation) => {
                    skip_control(tokens);
                    let expr = self.expression(&interpolation.expr, depth + 1)?;
                    parts.push(TemplatePart::Interpolation(expr));
                }
                Element::Directive(directive) => {
                    let span = self.source.span(self.range(element.span()));
                    skip_control(tokens);
                    parts.push(match &**directive {
                        Directive::If(directive) => {
                            let condition =
                                self.expression(&directive.if_expr.cond_expr, depth + 1)?;
                            let then = &directive.if_expr.template;
                            let then = self.build(then, literals, tokens, depth + 1)?;
                            let otherwise = match &directive.else_expr {
                                Some(otherwise) => {
                                    skip_control(tokens);
                                    let otherwise = &otherwise.template;
                                    self.build(otherwise, literals, tokens, depth + 1)?
                                }
                                None => Template { parts: Vec::new() },
                            };
                            TemplatePart::If {
                                condition,
                                then,
                                otherwise,
                                span,
                            }
                        }
                        Directive::For(directive) => {
                            let each = &directive.for_expr;
                            TemplatePart::For {
                                key_variable: each.key_var.as_ref().map(|name| self.name(name)),
                                value_variable: self.name(&each.value_var),
                                collection: self.expression(&each.collection_expr, depth + 1)?,
                                body: self.build(&each.template, literals, tokens, depth + 1)?,
                                span,
                            }
                        }
                    });
                    skip_control(tokens);
                }
            }
        }
        Ok(Template { parts })
    }
}

/// A splat whose `each` is still being built.
struct Splat {
    of: Expr,
    full: bool,
}

fn indexed(of: Expr, key: Expr, operator: Span) -> Expr {
    let span = of.span.to(operator);
    Arc::new(Expression {
        kind: ExprKind::Index(of, key),
        span,
    })
}

fn open(splats: &mut Vec<Splat>, of: Expr, full: bool, operator: Span) -> Expr {
    let span = of.span.to(operator);
    splats.push(Splat { of, full });
    Arc::new(Expression {
        kind: ExprKind::SplatElement,
        span,
    })
}

fn close(splats: &mut Vec<Splat>, each: Expr) -> Expr {
    match splats.pop() {
        Some(Splat { of, full }) => Arc::new(Expression {
            span: each.span,
            kind: ExprKind::Splat { of, each, full },
        }),
        None => each,
    }
}

fn binary_operator(operator: hcl::BinaryOperator) -> BinaryOperator {
    match operator {
        hcl::BinaryOperator::Eq => BinaryOperator::Equal,
        hcl::BinaryOperator::NotEq => BinaryOperator::NotEqual,
        hcl::BinaryOperator::LessEq => BinaryOperator::LessOrEqual,
        hcl::BinaryOperator::GreaterEq => BinaryOperator::GreaterOrEqual,
        hcl::BinaryOperator::Less => BinaryOperator::Less,
        hcl::BinaryOperator::Greater => BinaryOperator::Greater,
        hcl::BinaryOperator::Plus => BinaryOperator::Add,
        hcl::BinaryOperator::Minus => BinaryOperator::Subtract,
        hcl::BinaryOperator::Mul => BinaryOperator::Multiply,
        hcl::BinaryOperator::Div => BinaryOperator::Divide,
        hcl::BinaryOperator::Mod => BinaryOperator::Modulo,
        hcl::BinaryOperator::And => BinaryOperator::And,
        hcl::BinaryOperator::Or => BinaryOperator::Or,
    }
}

fn skip_control(tokens: &mut &[Token]) {
    if let [Token::Control { .. }, rest @ ..] = *tokens {
        *tokens = rest;
    }
}
