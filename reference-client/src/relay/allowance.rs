//! How many new handles one user can make the relay keep in a day (`DS-28`). A user is whoever has a token; without tokens all
//! are one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Seconds after which it begins anew.
const DAY: u64 = 86_400;

/// What was used of it, in memory alone: a number for each token, of this day.
#[derive(Default)]
pub struct Allowance {
    used: Mutex<(u64, HashMap<usize, u32>)>,
}

impl Allowance {
    /// Takes one of a user's `most` of a day; false where none is left.
    pub fn take(&self, user: usize, most: u32, now: u64) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.0 != now / DAY {
            *used = (now / DAY, HashMap::new());
        }
        let of_user = used.1.entry(user).or_default();
        let left = *of_user < most;
        *of_user += u32::from(left);
        left
    }

    /// Gives one back that was taken and not used.
    pub fn give_back(&self, user: usize, now: u64) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.0 == now / DAY {
            used.1.entry(user).and_modify(|used| *used = used.saturating_sub(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_his_own_and_a_new_one_each_day() {
        let allowance = Allowance::default();
        let take = |user, now| allowance.take(user, 2, now);
        assert!(take(1, 100) && take(1, 101) && !take(1, 102));
        assert!(take(2, 102), "another user");
        allowance.give_back(1, 103);
        assert!(take(1, 104) && !take(1, DAY - 1));
        assert!(take(1, DAY));
        allowance.give_back(1, 5);
        assert!(take(1, DAY + 1) && !take(1, DAY + 2), "what is of another day is not given back");
    }
}
