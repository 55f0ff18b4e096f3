//! What a value hands on to all that is computed from it.

use std::ops::{BitOr, BitOrAssign};

/// A set of marks. None is ever lost on the way, unless a function takes it off.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Marks(u8);

impl Marks {
    pub const NONE: Marks = Marks(0);
    /// Never printed: `sensitive` in Terraform, `NoEcho` in CloudFormation.
    pub const SENSITIVE: Marks = Marks(1);
    /// Kept in no plan and no state: `ephemeral` in Terraform.
    pub const EPHEMERAL: Marks = Marks(2);

    /// These marks where a condition holds, else none.
    #[must_use]
    pub fn when(self, condition: bool) -> Marks {
        if condition { self } else { Marks::NONE }
    }

    #[must_use]
    pub fn without(self, other: Marks) -> Marks {
        Marks(self.0 & !other.0)
    }

    pub fn is_empty(self) -> bool {
        self == Marks::NONE
    }

    pub fn is_sensitive(self) -> bool {
        self.without(Marks::SENSITIVE) != self
    }

    pub fn is_ephemeral(self) -> bool {
        self.without(Marks::EPHEMERAL) != self
    }

    /// Whether what has them must not be shown.
    pub fn is_hidden(self) -> bool {
        self.is_sensitive() || self.is_ephemeral()
    }
}

impl BitOr for Marks {
    type Output = Marks;

    fn bitor(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }
}

impl BitOrAssign for Marks {
    fn bitor_assign(&mut self, other: Marks) {
        *self = *self | other;
    }
}
