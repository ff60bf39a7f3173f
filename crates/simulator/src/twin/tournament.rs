/// Numbered keys of which the smallest is known at once: a complete binary tree of comparisons, changed in log₂ n steps without
/// allocating. Of equal keys the smallest number wins.
#[derive(Clone, Debug)]
pub(super) struct Tournament {
    keys: Vec<f64>,
    /// `winners[1]` is the number of the smallest key; the players of node i are 2i and 2i + 1.
    winners: Vec<u32>,
}

impl Tournament {
    pub(super) fn new(players: usize) -> Self {
        let places = players.next_power_of_two().max(2);
        let mut tree = Self { keys: vec![f64::INFINITY; places], winners: vec![0; places] };
        for node in (1..places).rev() {
            tree.play(node);
        }
        tree
    }

    fn play(&mut self, node: usize) {
        let places = self.keys.len();
        let player = |at: usize| if at < places { self.winners[at] } else { (at - places) as u32 };
        let (left, right) = (player(2 * node), player(2 * node + 1));
        self.winners[node] = if self.keys[right as usize] < self.keys[left as usize] { right } else { left };
    }

    /// Makes room for this many.
    pub(super) fn grow(&mut self, players: usize) {
        if players > self.keys.len() {
            let mut larger = Self::new(players);
            for (at, key) in self.keys.iter().enumerate().filter(|(_, key)| key.is_finite()) {
                larger.set(at, *key);
            }
            *self = larger;
        }
    }

    #[inline]
    pub(super) fn set(&mut self, player: usize, key: f64) {
        if self.keys[player] == key {
            return;
        }
        self.keys[player] = key;
        let mut node = (player + self.keys.len()) / 2;
        while node >= 1 {
            self.play(node);
            node /= 2;
        }
    }

    /// The smallest key and whose it is; infinity where nobody has one.
    #[inline]
    pub(super) fn first(&self) -> (f64, usize) {
        let player = self.winners[1] as usize;
        (self.keys[player], player)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_smallest_is_always_known(changes in prop::collection::vec((0_usize..40, 0.0..10.0_f64), 1..200)) {
            let (mut tree, mut keys) = (Tournament::new(3), vec![f64::INFINITY; 40]);
            for (player, key) in changes {
                tree.grow(player + 1);
                tree.set(player, key);
                keys[player] = key;
                let least = keys.iter().copied().fold(f64::INFINITY, f64::min);
                let (found, who) = tree.first();
                prop_assert_eq!(found, least);
                prop_assert_eq!(keys[who], least);
            }
        }
    }
}
