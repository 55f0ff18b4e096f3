//! Exploring, witnesses and what is remembered.

use super::*;

fn text(value: &str) -> Answerable {
    Answerable::Text(value.into())
}

fn equals(symbol: &Symbol, value: &str) -> Question {
    Question::Equals(symbol.clone(), text(value))
}

fn ask(world: &World, question: &Question) -> bool {
    world.decide(question).expect("it is explored")
}

#[test]
fn what_was_not_asked_is_not_asked_by_who_remembers_it() {
    let world = World::new();
    let env = Symbol::new("Env", "Env");
    let memo = Memo::default();
    let question = equals(&env, "prod");
    let compute = || world.without_asking(|| world.decide(&question));
    let recalled = || memo.get(&world, compute).expect("no cycle");
    assert_eq!(world.explore(|| (recalled(), recalled())).leaves.len(), 1);
    let asked = world.explore(|| (ask(&world, &question), recalled()));
    let outcomes: Vec<_> = asked.leaves.iter().map(|leaf| leaf.outcome).collect();
    assert_eq!(outcomes, [(false, Some(false)), (true, Some(true))]);
}

#[test]
fn outside_an_exploration_nothing_is_answered() {
    let world = World::new();
    let env = Symbol::new("Env", "Env");
    assert_eq!(world.decide(&equals(&env, "prod")), None);
}

#[test]
fn correlated_questions_give_only_consistent_worlds() {
    let world = World::new();
    let env = Symbol::new("Env", "Env");
    let explored = world.explore(|| {
        let prod = ask(&world, &equals(&env, "prod"));
        let dev = ask(&world, &equals(&env, "dev"));
        (prod, dev)
    });
    let mut outcomes: Vec<_> = explored.leaves.iter().map(|leaf| leaf.outcome).collect();
    outcomes.sort();
    assert_eq!(outcomes, [(false, false), (false, true), (true, false)]);
}

#[test]
fn the_last_allowed_value_is_forced() {
    let world = World::new();
    let env = Symbol::new("Env", "Env").with_domain(vec![text("a"), text("b")]);
    let explored = world.explore(|| {
        (!ask(&world, &equals(&env, "a")))
            .then(|| (world.read(&env), ask(&world, &equals(&env, "b"))))
    });
    let outcomes: Vec<_> = explored.leaves.iter().map(|leaf| &leaf.outcome).collect();
    assert_eq!(outcomes, [&Some((Reading::Pinned(text("b")), true)), &None]);
}

#[test]
fn a_default_is_assumed_until_an_answer_speaks_against_it() {
    let world = World::new();
    let env = Symbol::new("Env", "Env").with_default(text("dev"));
    let explored = world.explore(|| {
        let before = world.read(&env);
        (before, ask(&world, &equals(&env, "prod")))
    });
    let [first, second] = &explored.leaves[..] else {
        panic!("two worlds: {explored:?}");
    };
    assert_eq!(first.outcome, (Reading::Default(text("dev")), false));
    assert_eq!(first.assumes, [(env.clone(), text("dev"))]);
    assert_eq!(second.outcome, (Reading::Pinned(text("prod")), true));
    assert!(second.assumes.is_empty());
}

#[test]
fn a_symbol_read_before_its_question_agrees_with_the_answer() {
    let world = World::new();
    let flag = Symbol::new("f", "var.f");
    let explored = world.explore(|| {
        let read = world.read(&flag);
        let yes = ask(&world, &Question::IsTrue(flag.clone()));
        (read, yes)
    });
    for leaf in &explored.leaves {
        let (read, yes) = &leaf.outcome;
        assert_eq!(*read, Reading::Pinned(Answerable::Bool(*yes)));
    }
    assert_eq!(explored.leaves.len(), 2);
}

#[test]
fn witnesses_hold_no_answer_that_does_not_matter() {
    let world = World::new();
    let symbols: Vec<Symbol> = (0..4).map(|i| Symbol::new(format!("s{i}"), "s")).collect();
    let explored = world.explore(|| {
        let answers: Vec<bool> = symbols
            .iter()
            .map(|symbol| ask(&world, &Question::IsTrue(symbol.clone())))
            .collect();
        answers[1] && !answers[3]
    });
    assert_eq!(explored.leaves.len(), 16);
    let at = explored
        .leaves
        .iter()
        .position(|leaf| leaf.outcome)
        .expect("one fails");
    let witness = explored.witness(at, |&fails| fails);
    let told: Vec<_> = witness
        .iter()
        .map(|answer| (answer.question.symbol().id(), answer.yes))
        .collect();
    assert_eq!(told, [("s1", true), ("s3", false)]);
}

#[test]
fn too_many_worlds_are_said_to_be_incomplete() {
    let world = World::new();
    let explored = world.explore(|| {
        for at in 0..20 {
            ask(
                &world,
                &Question::IsTrue(Symbol::new(format!("s{at}"), "s")),
            );
        }
    });
    assert!(!explored.complete);
    assert_eq!(explored.leaves.len(), MAX_WORLDS);
}

#[test]
fn what_is_remembered_is_used_only_in_worlds_that_agree() {
    let world = World::new();
    let flag = Symbol::new("f", "var.f");
    let memo = Memo::default();
    let computed = Cell::new(0);
    let value = || {
        memo.get(&world, || {
            computed.set(computed.get() + 1);
            world.decide(&Question::IsTrue(flag.clone()))
        })
        .expect("it does not read itself")
    };
    assert_eq!(value(), None, "remembered outside an exploration");
    for _ in 0..3 {
        let explored = world.explore(value);
        let outcomes: Vec<_> = explored.leaves.iter().map(|leaf| leaf.outcome).collect();
        assert_eq!(outcomes, [Some(false), Some(true)]);
    }
    assert_eq!(value(), None);
    assert_eq!(computed.get(), 3);
}

#[test]
fn a_computation_that_reads_itself_is_a_cycle() {
    let world = World::new();
    let memo = Memo::<bool>::default();
    let outcome = memo.get(&world, || memo.get(&world, || true).is_err());
    assert_eq!(outcome, Ok(true));
}
