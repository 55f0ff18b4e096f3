//! The way of a value, of which reports print the steps.

use crate::source::Span;
use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

/// The steps a value took from where it was written to where it is used, first step first.
#[derive(Clone, Default)]
pub struct Trail(Option<Rc<Step>>);

#[derive(Clone, Debug)]
pub struct Step {
    pub text: Words,
    pub span: Span,
    before: Trail,
}

/// What a step is: a clause such as "argument `mode` of module `api`". Most are never read, and so
/// those that are made most often are put together where somebody does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Words {
    Written(Cow<'static, str>),
    /// Something of a kind, by its name: "local `mode`".
    Named {
        kind: &'static str,
        name: Arc<str>,
    },
    Argument {
        name: Arc<str>,
        module: Arc<str>,
    },
}

impl Words {
    /// Something of a kind, by its name.
    pub fn named(kind: &'static str, name: &Arc<str>) -> Words {
        let name = name.clone();
        Words::Named { kind, name }
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Words {
    fn from(text: T) -> Words {
        Words::Written(text.into())
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Words::Written(text) => f.write_str(text),
            Words::Named { kind, name } => write!(f, "{kind} `{name}`"),
            Words::Argument { name, module } => {
                write!(f, "argument `{name}` of module `{module}`")
            }
        }
    }
}

impl Trail {
    pub fn then(&self, text: impl Into<Words>, span: Span) -> Trail {
        Trail(Some(Rc::new(Step {
            text: text.into(),
            span,
            before: self.clone(),
        })))
    }

    /// This way, and then the other.
    pub fn followed_by(&self, other: &Trail) -> Trail {
        if self.is_empty() {
            return other.clone();
        }
        let steps = other.steps().into_iter();
        steps.fold(self.clone(), |trail, step| {
            trail.then(step.text.clone(), step.span)
        })
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether both are one and the same way, told without comparing step by step.
    pub fn is(&self, other: &Trail) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        }
    }

    /// The steps in the order in which the value took them.
    pub fn steps(&self) -> Vec<&Step> {
        let mut steps = Vec::new();
        let mut next = self.0.as_deref();
        while let Some(step) = next {
            steps.push(step);
            next = step.before.0.as_deref();
        }
        steps.reverse();
        steps
    }
}

impl Drop for Step {
    /// A chain of ten thousand locals is let go without ten thousand nested calls.
    fn drop(&mut self) {
        let mut next = self.before.0.take();
        while let Some(mut step) = next.and_then(Rc::into_inner) {
            next = step.before.0.take();
        }
    }
}

impl fmt::Debug for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.steps().iter().map(|step| step.text.to_string()))
            .finish()
    }
}
