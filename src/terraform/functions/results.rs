//! The types of what functions give where the value is not known, told from the types of their
//! arguments: a number beside a list of strings becomes one.

use super::*;

impl Call<'_> {
    /// The type of what a function gives, as far as its arguments tell more of it than its name.
    pub(super) fn type_of_result(&self, function: &str) -> Option<Hint> {
        let text = || Some(Rc::new(Hint::Text));
        Some(match function {
            "chunklist" => Hint::List(Some(Rc::new(self.type_as_list(0)?))),
            "distinct" | "matchkeys" | "reverse" | "slice" => self.type_as_list(0)?,
            "keys" => match self.peek(0).hint()? {
                Hint::Map(_) => Hint::List(text()),
                Hint::Object(parts) => Hint::Tuple(vec![Some(Hint::Text); parts.len()].into()),
                _ => return None,
            },
            "one" => (*self.type_of_elements(0)?).clone(),
            "setintersection" | "setsubtract" | "setunion" => {
                let first = self.type_of_elements(0)?;
                let mut others = (1..self.len()).map(|at| self.type_of_elements(at));
                let is_same = |of: Option<Rc<Hint>>| of.is_some_and(|of| of.is_same(&first));
                others
                    .all(is_same)
                    .then(|| Hint::Set(Some(first.clone())))?
            }
            "setproduct" => {
                let of =
                    (0..self.len()).map(|at| Some(Some((*self.type_of_elements(at)?).clone())));
                let of: Option<Rc<[Option<Hint>]>> = of.collect();
                Hint::List(Some(Rc::new(Hint::Tuple(of?))))
            }
            "values" => match self.peek(0).hint()? {
                Hint::Map(of) => Hint::List(of.clone()),
                Hint::Object(parts) => {
                    Hint::Tuple(parts.iter().map(|part| part.hint.clone()).collect())
                }
                _ => return None,
            },
            "zipmap" => Hint::Map(Some(self.type_of_elements(1)?)),
            _ => return None,
        })
    }

    /// The type of the elements that an argument which is a list or set has.
    fn type_of_elements(&self, at: usize) -> Option<Rc<Hint>> {
        let value = self.peek(at);
        match (&value.kind, value.hint()) {
            (Kind::List(list), _) if list.shape != ListShape::Tuple => list.element(),
            (Kind::List(list), _) => {
                // A tuple becomes a list where its elements have one type.
                let types: Vec<Option<Hint>> = list.iter().map(|item| scalar_hint(&item)).collect();
                let first = types.first()?.clone()?;
                let mut types = types.iter();
                let is_same = |of: &Option<Hint>| of.as_ref().is_some_and(|of| of.is_same(&first));
                types.all(is_same).then(|| Rc::new(first.clone()))
            }
            (_, Some(Hint::List(of) | Hint::Set(of))) => of.clone(),
            _ => None,
        }
    }

    /// The type of an argument that is a list, or the list that a set becomes.
    fn type_as_list(&self, at: usize) -> Option<Hint> {
        let is_tuple = match &self.peek(at).kind {
            Kind::List(list) => list.shape == ListShape::Tuple,
            _ => false,
        };
        if is_tuple {
            return None;
        }
        Some(Hint::List(Some(self.type_of_elements(at)?)))
    }
}
