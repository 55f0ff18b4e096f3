//! Data sources whose attributes follow from the source alone, without asking anybody.

use super::environment::{ModuleInstance, member};
use super::eval::{Scope, eval_template};
use super::functions::{TemplateVariables, read_text};
use super::module::{BlockRef, Merged, broken};
use super::syntax::{self, Expr, ExprKind, ObjectKey};
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
        "aws_region" if body.argument("endpoint").is_none() => {
            let Some(region) = region(owner, body, scope) else {
                return Vec::new();
            };
            let names = ["id", "name", "region"].into_iter();
            names
                .map(|name| member(name, span, region.clone().into()))
                .collect()
        }
        "aws_arn" => {
            let parts = ARN.iter().map(|&(name, at)| {
                let (body, scope) = (body.clone(), scope.clone());
                put_off(owner, name, span, move || {
                    part_of_arn(&body, &scope, at, span)
                })
            });
            parts.collect()
        }
        "aws_service"
            if ["dns_name", "reverse_dns_name", "reverse_dns_prefix"]
                .iter()
                .all(|name| body.argument(name).is_none()) =>
        {
            service(owner, body, scope, span).unwrap_or_default()
        }
        "aws_partition" => {
            let Some(region) = region(owner, body, scope) else {
                return Vec::new();
            };
            let Some(partition) = region.as_str().and_then(|name| Partition::of(&name)) else {
                return Vec::new();
            };
            let attributes = [
                ("id", partition.name),
                ("partition", partition.name),
                ("dns_suffix", partition.dns_suffix),
                ("reverse_dns_prefix", partition.reverse_dns_prefix),
            ];
            let attributes = attributes.into_iter().map(|(name, text)| {
                let mut value = Value::string(text, region.span).mark(region.marks);
                value.trail = region.trail.clone();
                member(name, span, value.into())
            });
            attributes.collect()
        }
        _ => Vec::new(),
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
    };
    let value = eval_template(&parsed, at, &Scope::new(Rc::new(names)))?;
    let marks = template.marks;
    Ok(value.step("rendered by this data source", span).mark(marks))
}

/// The attributes of `data.aws_arn` and which part of the name each of them is, between colons; of
/// `None`, all of it.
const ARN: [(&str, Option<usize>); 7] = [
    ("arn", None),
    ("id", None),
    ("partition", Some(1)),
    ("service", Some(2)),
    ("region", Some(3)),
    ("account", Some(4)),
    ("resource", Some(5)),
];

fn part_of_arn(
    body: &Merged,
    scope: &Scope,
    part: Option<usize>,
    span: Span,
) -> Result<Value, Unknown> {
    let missing = || Unknown::invalid("`arn` is not set", span);
    let argument = body.argument("arn").ok_or_else(missing)?;
    let value = Constraint::String.convert(argument.eval(scope));
    let (Some(part), Kind::Text(text)) = (part, &value.kind) else {
        return Ok(value);
    };
    let rendered = text.render()?;
    let parts: Vec<&str> = rendered.text.splitn(6, ':').collect();
    match (parts.first(), parts.get(part)) {
        (Some(&"arn"), Some(found)) if parts.len() == 6 => {
            let found = Value::string(*found, value.span).mark(value.marks | rendered.marks);
            Ok(found.step("a part of this ARN", argument.span))
        }
        _ => Err(Unknown::invalid("this is no ARN", argument.span)),
    }
}

/// What `data.aws_service` tells of the names of a service in a region; whether the region has it
/// stands in a table of the provider's.
fn service(
    owner: &Rc<ModuleInstance>,
    body: &Merged,
    scope: &Scope,
    span: Span,
) -> Option<Vec<Member>> {
    let id = Constraint::String.convert(body.argument("service_id")?.eval(scope));
    let region = region(owner, body, scope)?;
    let (service, place) = (id.as_str()?, region.as_str()?);
    // The provider takes its own partition, whichever the region lies in.
    let partition = Partition::of(&provider_region(owner, body)?.as_str()?)?;
    let prefix = partition.reverse_dns_prefix;
    let reversed = format!("{prefix}.{place}.{service}");
    let attributes = [
        ("id", reversed.clone()),
        ("service_id", service.to_string()),
        ("region", place.to_string()),
        ("partition", partition.name.to_owned()),
        (
            "dns_name",
            format!("{service}.{place}.{}", partition.dns_suffix),
        ),
        ("reverse_dns_name", reversed),
        ("reverse_dns_prefix", prefix.to_owned()),
    ];
    let attributes = attributes.into_iter().map(|(name, text)| {
        let value = Value::string(text, id.span).mark(id.marks | region.marks);
        member(name, span, value.into())
    });
    Some(attributes.collect())
}

/// The region that a data source of AWS is read in: its own, else that of its provider.
fn region(owner: &Rc<ModuleInstance>, body: &Merged, scope: &Scope) -> Option<Value> {
    let own = body.argument("region").or_else(|| body.argument("name"));
    let value = match own {
        Some(own) => Constraint::String.convert(own.eval(scope)),
        None => provider_region(owner, body)?,
    };
    (!value.is_null()).then_some(value)
}

fn provider_region(owner: &Rc<ModuleInstance>, body: &Merged) -> Option<Value> {
    let wanted = match body.argument("provider") {
        Some(provider) => ProviderName::of(&provider.expr().ok()?)?,
        None => ProviderName {
            local: "aws".into(),
            alias: None,
        },
    };
    let (at, block) = configuration(owner, wanted)?;
    // One configuration for each region, which only OpenTofu has.
    if block.argument("for_each").is_some() {
        return None;
    }
    let region = block.argument("region")?;
    let value = Constraint::String.convert(region.eval(&at.scope()));
    Some(value.step("`region` of the provider", region.name.span))
}

/// What the regions of AWS are grouped by.
struct Partition {
    name: &'static str,
    dns_suffix: &'static str,
    reverse_dns_prefix: &'static str,
}

impl Partition {
    /// The one that a region lies in, by the names that AWS gives regions.
    fn of(region: &str) -> Option<Partition> {
        let (name, dns_suffix, reverse_dns_prefix) = match region {
            name if name.starts_with("cn-") => ("aws-cn", "amazonaws.com.cn", "cn.com.amazonaws"),
            name if name.starts_with("us-gov-") => ("aws-us-gov", "amazonaws.com", "com.amazonaws"),
            name if name.starts_with("us-iso") || name.starts_with("eu-iso") => return None,
            _ => ("aws", "amazonaws.com", "com.amazonaws"),
        };
        Some(Partition {
            name,
            dns_suffix,
            reverse_dns_prefix,
        })
    }
}

/// How a reference names a provider's configuration: `aws`, `aws.east`, or either as a string, as
/// JSON and older sources have it.
#[derive(PartialEq, Eq)]
struct ProviderName {
    local: Arc<str>,
    alias: Option<Arc<str>>,
}

impl ProviderName {
    fn of(expr: &Expr) -> Option<ProviderName> {
        match &expr.kind {
            ExprKind::Variable(name) => Some(ProviderName {
                local: name.text.clone(),
                alias: None,
            }),
            ExprKind::Attribute(of, alias) => match &of.kind {
                ExprKind::Variable(name) => Some(ProviderName {
                    local: name.text.clone(),
                    alias: Some(alias.text.clone()),
                }),
                _ => None,
            },
            ExprKind::String(literal) => {
                let (local, alias) = match literal.as_str().split_once('.') {
                    Some((local, alias)) => (local, Some(alias)),
                    None => (literal.as_str(), None),
                };
                Some(ProviderName {
                    local: local.into(),
                    alias: alias.map(Arc::from),
                })
            }
            _ => None,
        }
    }
}

/// The block that configures a provider in a module, and the module that it stands in: a module
/// without one of its own gets it from its caller.
fn configuration(
    owner: &Rc<ModuleInstance>,
    mut wanted: ProviderName,
) -> Option<(Rc<ModuleInstance>, BlockRef)> {
    let mut at = owner.clone();
    loop {
        let alias_of = |block: &BlockRef| {
            let alias = block.argument("alias")?.expr().ok()?;
            match &alias.kind {
                ExprKind::String(literal) => Some(Arc::from(literal.as_str())),
                _ => None,
            }
        };
        let blocks = at.module.providers.iter();
        let found = blocks
            .filter(|(local, _)| *local == wanted.local)
            .find(|(_, block)| alias_of(block) == wanted.alias);
        if let Some((_, block)) = found {
            return Some((at.clone(), block.clone()));
        }
        let call = at.call.as_ref()?;
        match call.body.argument("providers") {
            None if wanted.alias.is_some() => return None,
            None => {}
            Some(providers) => wanted = passed(&providers.expr().ok()?, &wanted)?,
        }
        let caller = call.caller.clone();
        at = caller;
    }
}

/// What `providers = { aws = aws.east }` of a call passes under a name.
fn passed(providers: &Expr, wanted: &ProviderName) -> Option<ProviderName> {
    let ExprKind::Object(items) = &providers.kind else {
        return None;
    };
    let item = items.iter().find(|item| {
        let name = match &item.key {
            ObjectKey::Name(name) => Some(ProviderName {
                local: name.text.clone(),
                alias: None,
            }),
            ObjectKey::Expression(key) => ProviderName::of(key),
        };
        name.as_ref() == Some(wanted)
    })?;
    ProviderName::of(&item.value)
}
