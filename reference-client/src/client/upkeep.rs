//! What a device does from time to time, so that others find it.

use super::device::{BATCH_LIFETIME, CREDENTIAL_LIFETIME, Device, reissue_list, renew, restock};
use crate::error::Result;
use crate::time::now;
use sceau::limits::Limits;

/// What a device does from time to time: erases what is past its age, and makes new prekeys before the old ones
/// run out.
pub fn keep_up(device: &mut Device) -> Result<()> {
    device.step(|account, tx, profile| {
        let now = now();
        let changes = account.expire(now);
        tx.apply(&changes)?;
        tx.expire_parts(now)?;
        // ID-21: a list that is issued anew, or the credential with it before that ends. PRE-04: a new batch follows, so
        // that bundles carry the new list.
        let issued_at = account.device_list().tbs().issued_at;
        let ends = account.credential().tbs().not_after.saturating_sub(now);
        if ends < CREDENTIAL_LIFETIME / 4 {
            renew(account, tx, profile, now)?;
            profile.restock = true;
        } else if list_is_due(issued_at, now, &account.policy().limits) {
            reissue_list(account, tx, now)?;
            profile.restock = true;
        }
        let ends = profile.batch_expiry.saturating_sub(now) < BATCH_LIFETIME / 3;
        if profile.restock || ends {
            restock(account, tx, profile, now)?;
        }
        Ok(())
    })
}

/// Whether the list is to be signed anew: for its age (`ID-21`), or since it was signed by a clock that was ahead (`ID-09`).
fn list_is_due(issued_at: u64, now: u64, limits: &Limits) -> bool {
    now.saturating_sub(issued_at) > limits.max_list_age / 2
        || issued_at > now.saturating_add(limits.clock_skew)
}

/// Whether a new batch is due for want of one-time keys alone (`DS-08`); a relay that tells no number has none of them, and
/// neither list nor credential, since it has lost its store.
pub fn runs_low(left: Option<u32>, stock: u32, made_at: u64, now: u64) -> bool {
    left.is_none_or(|left| left.saturating_mul(4) < stock) && now.saturating_sub(made_at) >= 3600
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_batch_at_most_once_an_hour() {
        assert!(runs_low(Some(24), 100, 1_000, 4_600));
        assert!(!runs_low(Some(24), 100, 1_000, 4_599), "an hour has not passed");
        assert!(!runs_low(Some(25), 100, 1_000, 4_600), "a quarter is left");
        assert!(!runs_low(Some(0), 100, 1_000, 900), "a clock that was set back");
        assert!(runs_low(None, 100, 1_000, 4_600), "a relay that has lost its store");
        assert!(!runs_low(None, 100, 1_000, 4_599), "nor oftener then");
        assert!(runs_low(Some(0), 3, 1_000, 4_600), "the last of a few");
    }

    #[test]
    fn a_list_is_signed_anew_at_half_of_its_age_and_when_it_is_of_the_future() {
        let due = |issued_at| list_is_due(issued_at, 10_000_000, &Limits::default());
        assert!(!due(10_000_000) && !due(10_000_300) && !due(10_000_000 - 1_296_000));
        assert!(due(10_000_301) && due(10_000_000 - 1_296_001));
    }
}
