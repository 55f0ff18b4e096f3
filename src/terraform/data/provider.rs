//! Which configuration a block has from its provider.

use super::super::environment::ModuleInstance;
use super::super::module::{BlockRef, Merged};
use super::super::syntax::{Expr, ExprKind, ObjectKey};
use std::rc::Rc;
use std::sync::Arc;

/// The block that configures the provider of AWS for a block in a module, and the module that it
/// stands in.
pub fn aws(owner: &Rc<ModuleInstance>, body: &Merged) -> Option<(Rc<ModuleInstance>, BlockRef)> {
    let wanted = match body.argument("provider") {
        Some(provider) => ProviderName::of(&provider.expr().ok()?)?,
        None => ProviderName {
            local: "aws".into(),
            alias: None,
        },
    };
    let (at, block) = configuration(owner, wanted)?;
    // One configuration for each region, which only OpenTofu has.
    block.argument("for_each").is_none().then_some((at, block))
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
        owner.reads_outside();
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
