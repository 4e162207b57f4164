//! The clock of client and relay.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970 by the system's clock.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs())
}

/// A time as `YYYY-MM-DD HH:MM` in UTC.
#[must_use]
pub fn shown(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", rest / 3600, rest % 3600 / 60)
}

/// Year, month and day of a number of days since 1970 in the Gregorian calendar.
fn civil(days: u64) -> (u64, u64, u64) {
    // Years that begin in March, in eras of 400 years (146,097 days) since 0000-03-01.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let leaps = day_of_era / 36_524 - day_of_era / 146_096;
    let year_of_era = (day_of_era - day_of_era / 1_460 + leaps) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(shown(0), "1970-01-01 00:00");
        assert_eq!(shown(951_782_400), "2000-02-29 00:00");
        assert_eq!(shown(1_800_000_000), "2027-01-15 08:00");
        assert_eq!(shown(4_107_542_399), "2100-02-28 23:59");
    }
}
