//! A cache with a budget: what has been there longest goes first.

use foldhash::HashMap;
use std::borrow::Borrow;
use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard};

/// Values by key, of which the newest stay as long as all together are within a budget.
pub struct Kept<K, V> {
    entries: HashMap<K, (V, usize)>,
    /// From the oldest to the newest.
    order: VecDeque<K>,
    weight: usize,
    budget: usize,
}

impl<K: Hash + Eq + Clone, V> Kept<K, V> {
    /// `budget` counts in whatever unit [`Kept::insert`] is told weights in.
    pub fn new(budget: usize) -> Kept<K, V> {
        Kept {
            entries: HashMap::default(),
            order: VecDeque::new(),
            weight: 0,
            budget,
        }
    }

    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entries.get(key).map(|(value, _)| value)
    }

    /// Keeps a value, however heavy it is alone, and returns those that had to go for it: to be
    /// dropped where nobody waits for a lock.
    pub fn insert(&mut self, key: K, value: V, weight: usize) -> Vec<V> {
        let mut let_go = Vec::new();
        self.weight += weight;
        match self.entries.insert(key.clone(), (value, weight)) {
            Some((old, weight)) => {
                self.weight -= weight;
                let_go.push(old);
            }
            None => self.order.push_back(key),
        }
        while self.weight > self.budget && self.order.len() > 1 {
            let oldest = self.order.pop_front().expect("there is more than one");
            if let Some((old, weight)) = self.entries.remove(&oldest) {
                self.weight -= weight;
                let_go.push(old);
            }
        }
        let_go
    }
}

/// Such a cache, shared by threads. Values are handed out as clones.
pub struct Shared<K, V>(Mutex<Kept<K, V>>);

impl<K: Hash + Eq + Clone, V: Clone> Shared<K, V> {
    /// See [`Kept::new`].
    pub fn new(budget: usize) -> Shared<K, V> {
        Shared(Mutex::new(Kept::new(budget)))
    }

    pub fn get(&self, key: &K) -> Option<V> {
        self.lock().get(key).cloned()
    }

    /// Keeps a value, and lets go of those that had to go for it.
    pub fn insert(&self, key: K, value: V, weight: usize) {
        let mut kept = self.lock();
        let let_go = kept.insert(key, value, weight);
        // Others need not wait while they are taken apart.
        drop(kept);
        drop(let_go);
    }

    /// How many are kept.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.lock().entries.len()
    }

    fn lock(&self) -> MutexGuard<'_, Kept<K, V>> {
        // A panic while the lock was held leaves a cache that is still a cache.
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_when_the_budget_is_passed() {
        let mut kept = Kept::new(10);
        assert!(kept.insert("a", 1, 4).is_empty());
        assert!(kept.insert("b", 2, 4).is_empty());
        assert_eq!(kept.insert("c", 3, 4), [1]);
        assert_eq!(
            [kept.get("a"), kept.get("b"), kept.get("c")],
            [None, Some(&2), Some(&3)]
        );
        assert_eq!(
            kept.insert("d", 4, 100),
            [2, 3],
            "what is too heavy stays alone"
        );
        assert_eq!(kept.get("d"), Some(&4));
    }

    #[test]
    fn a_value_that_is_replaced_weighs_no_more() {
        let mut kept = Kept::new(10);
        kept.insert("a", 1, 9);
        assert_eq!(kept.insert("a", 2, 5), [1]);
        assert!(kept.insert("b", 3, 5).is_empty());
        assert_eq!(kept.get("a"), Some(&2));
    }
}
