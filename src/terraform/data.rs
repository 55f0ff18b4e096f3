//! Data sources whose attributes follow from the source alone, without asking anybody.

mod aws;
mod lifecycle;
mod policy;
mod provider;
mod reader;

use super::environment::{ModuleInstance, member};
use super::eval::{Scope, eval_template};
use super::functions::{TemplateVariables, read_text};
use super::module::{Merged, broken};
use super::syntax;
use super::types::Constraint;
use crate::source::Span;
use crate::value::{Kind, Member, Object, Unknown, Value};
use std::rc::Rc;
use std::sync::Arc;

/// What is known of one instance of a data source; all else is read when Terraform plans.
pub fn attributes(
    owner: &Rc<ModuleInstance>,
    kind: &str,
    body: &Arc<Merged>,
    scope: &Scope,
    span: Span,
) -> Vec<Member> {
    match kind {
        "template_file" => {
            let (body, scope) = (body.clone(), scope.clone());
            vec![put_off(owner, "rendered", span, move || {
                rendered_template(&body, &scope, span)
            })]
        }
        "null_data_source" => {
            let (body, scope) = (body.clone(), scope.clone());
            vec![put_off(owner, "outputs", span, move || {
                let inputs = body.argument("inputs");
                let inputs = inputs.map_or_else(|| Value::null(span), |it| it.eval(&scope));
                Ok(Constraint::Map(Rc::new(Constraint::String)).convert(inputs))
            })]
        }
        // What it waits for may write the file.
        "local_file" if body.argument("depends_on").is_none() => {
            let (body, scope) = (body.clone(), scope.clone());
            vec![put_off(owner, "content", span, move || {
                let missing = || Unknown::invalid("`filename` is not set", span);
                let name = body.argument("filename").ok_or_else(missing)?;
                read_text(&name.eval(&scope), name.span, &scope)
            })]
        }
        "aws_ecr_lifecycle_policy_document" => lifecycle::attributes(owner, body, scope, span),
        "aws_iam_policy_document" => policy::attributes(owner, body, scope, span),
        kind => {
            let source = aws::DataSource {
                owner,
                body,
                scope,
                span,
            };
            source.attributes(kind).unwrap_or_default()
        }
    }
}

fn put_off(
    owner: &Rc<ModuleInstance>,
    name: &str,
    span: Span,
    compute: impl Fn() -> Result<Value, Unknown> + 'static,
) -> Member {
    let compute = move || compute().unwrap_or_else(Value::unknown);
    member(name, span, owner.thunk(span, compute))
}

/// What `data.template_file` renders: its `template` with its `vars`.
fn rendered_template(body: &Merged, scope: &Scope, span: Span) -> Result<Value, Unknown> {
    let Some(template) = body.argument("template") else {
        return Err(Unknown::invalid("`template` is not set", span));
    };
    let at = template.span;
    let template = Constraint::String.convert(template.eval(scope));
    let text = match &template.kind {
        Kind::Text(text) => text,
        Kind::Unknown(unknown) => return Err(unknown.clone()),
        _ => return Err(Unknown::invalid("`template` is null", at)),
    };
    let parsed =
        syntax::parse_template_text(&text.render()?, at).map_err(|fault| broken(&fault))?;
    let vars = match body.argument("vars") {
        Some(vars) => Constraint::Map(Rc::new(Constraint::String)).convert(vars.eval(scope)),
        None => Value::new(Kind::Object(Object::new(Vec::new())), span),
    };
    if let Kind::Unknown(unknown) = &vars.kind {
        return Err(unknown.clone());
    }
    let names = TemplateVariables {
        unit: scope.unit().clone(),
        variables: vars,
        around: scope.environment().clone(),
    };
    let value = eval_template(&parsed, at, &Scope::new(Rc::new(names)))?;
    let marks = template.marks;
    Ok(value.step("rendered by this data source", span).mark(marks))
}
