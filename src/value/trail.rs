//! The way of a value, of which reports print the steps.

use crate::source::Span;
use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

/// The steps a value took from where it was written to where it is used, first step first.
#[derive(Clone, Default)]
pub struct Trail(Option<Rc<Step>>);

#[derive(Clone, Debug)]
pub struct Step {
    /// A clause such as "argument `mode` of module `api`".
    pub text: Cow<'static, str>,
    pub span: Span,
    before: Trail,
}

impl Trail {
    pub fn then(&self, text: impl Into<Cow<'static, str>>, span: Span) -> Trail {
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
            .entries(self.steps().iter().map(|step| &step.text))
            .finish()
    }
}
