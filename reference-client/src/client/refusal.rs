//! What a relay's refusal means for the person, and what its clock has to do with it.

use crate::error::Error;
use std::time::UNIX_EPOCH;

/// Seconds by which two clocks may differ before it is spoken of: `clock_skew`.
const SKEW: u64 = 300;

/// Seconds by which `now` is ahead of an HTTP date; none for what is no date.
#[must_use]
pub fn ahead_of(date: &str, now: u64) -> Option<i64> {
    let date = httpdate::parse_http_date(date).ok()?.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let apart = i64::try_from(now.abs_diff(date)).ok()?;
    Some(if now >= date { apart } else { -apart })
}

/// What to say of a clock that differs too much from the relay's.
#[must_use]
pub fn clock(ahead: i64) -> Option<String> {
    if ahead.unsigned_abs() <= SKEW {
        return None;
    }
    let minutes = (ahead.unsigned_abs() + 30) / 60;
    let apart = match minutes {
        0..=120 => format!("{minutes} minutes"),
        121..=2_880 => format!("{} hours", (minutes + 30) / 60),
        _ => format!("{} days", (minutes + 720) / 1_440),
    };
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    Some(format!(
        "this machine's clock is {apart} {side} the relay's: set it right, or tell the relay's operator if that one is wrong"
    ))
}

/// For an answer that no relay gives.
#[must_use]
pub fn not_a_relay(url: &str) -> Error {
    Error::refused(format!("{url} does not answer as a relay does")).next("check the address")
}

/// What a relay's refusal means for the person; `ahead` as of [`ahead_of`].
#[must_use]
pub fn refusal(url: &str, status: u16, class: &str, ahead: i64) -> Error {
    // Which of these a wrong clock may bring about.
    let times = ["not_yet_valid", "stale_list", "expired"].into_iter().find(|time| *time == class);
    let (mut error, class) = match (status, class) {
        (401, _) => (
            Error::refused(format!("the relay {url} wants an access token, or another one")).next(
                "ask its operator for it, and give it with `sceau init --token FILE`; where there is an account already, \
                 with `sceau set --token FILE`",
            ),
            "unauthorised",
        ),
        (400 | 413, _) => (
            Error::refused(format!("the relay {url} refused the request"))
                .next("it stays here; tell the relay's operator if it happens again"),
            "malformed",
        ),
        (403, _) => {
            let error = Error::refused(format!("the relay {url} refused the signature"));
            let next = "use the address that its operator gave you (`sceau set --relay URL`); if that is this one, its \
                        operator names its host with --name";
            (error.next(next), "bad_signature")
        }
        (409, "unauthorised_device") => (
            Error::refused(format!("the relay {url} serves accounts of its organisation alone")).next(
                "enrol with that organisation, in another folder (--home): `sceau init --issuer FILE --issuer-command …`; \
                 an account that was withdrawn is served nowhere there",
            ),
            "unauthorised_device",
        ),
        (409, "rollback") => (
            Error::refused(format!("the relay {url} has something newer of this device")).next(
                "run `sceau receive` again; if it stays so, another copy of this store was used: enrol anew",
            ),
            "rollback",
        ),
        (409, _) if times.is_some() => (
            Error::refused(format!("the relay {url} refused what this device publishes, for its times"))
                .next("run `sceau receive`, which makes it anew"),
            times.unwrap_or("refused"),
        ),
        (408, _) => (
            Error::unreachable(format!("the request came in too slowly at the relay {url}"))
                .next("try again later: nothing is lost"),
            "busy",
        ),
        (429, _) => (
            Error::unreachable("the recipient's mailbox is full")
                .next("it is kept here, and goes when the recipient has fetched some"),
            "limit",
        ),
        (503, _) => (
            Error::unreachable(format!("the relay {url} has too much to do"))
                .next("try again later: nothing is lost"),
            "busy",
        ),
        (507, _) => (
            Error::unreachable(format!("the relay {url} can't write: its store fails, or its disk is full"))
                .next("tell its operator, and try again later: nothing is lost"),
            "unavailable",
        ),
        (301..=308 | 404 | 405, _) => (not_a_relay(url), "refused"),
        (status, class) => {
            let class: String = class.chars().filter(char::is_ascii_graphic).take(80).collect();
            let error = Error::refused(format!("the relay {url} answered {status} {class}"));
            (error.next("tell its operator"), "refused")
        }
    };
    error.class = Some(class);
    match clock(ahead) {
        Some(clock) if times.is_some() || class == "malformed" => error.next(clock),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_wrong_is_spoken_of() {
        let date = "Fri, 15 Jan 2027 08:00:00 GMT";
        assert_eq!(ahead_of(date, 1_800_000_060), Some(60));
        assert_eq!(ahead_of(date, 1_799_999_990), Some(-10));
        assert_eq!(ahead_of("yesterday", 1_800_000_000), None);
        assert_eq!((clock(300), clock(-300)), (None, None));
        assert!(clock(-3_600).unwrap().contains("60 minutes behind"));
        assert!(clock(86_400 * 3).unwrap().contains("3 days ahead"), "{:?}", clock(86_400 * 3));
        let next = |class: &str, ahead| {
            refusal("https://r", 409, class, ahead).what_next().unwrap_or_default().to_owned()
        };
        assert!(next("not_yet_valid", 3_960).contains("66 minutes ahead"));
        assert!(next("stale_list", -3_960).contains("66 minutes behind"));
        assert!(!next("stale_list", 0).contains("clock"));
        assert!(!next("unauthorised_device", 4_000).contains("clock"));
    }

    #[test]
    fn a_slow_line_is_no_refusal() {
        let said = refusal("https://r", 408, "", 0);
        assert_eq!(said.kind, crate::error::Kind::Unreachable);
        assert!(said.to_string().contains("came in too slowly"), "{said}");
        assert_eq!(said.what_next(), Some("try again later: nothing is lost"));
    }

    #[test]
    fn each_refusal_says_what_next() {
        for status in [302, 400, 401, 403, 404, 408, 409, 413, 418, 429, 500, 503, 507] {
            for class in ["", "rollback", "unauthorised_device", "expired", "\u{1b}[2J"] {
                let said = refusal("https://r", status, class, 0);
                assert!(
                    said.what_next().is_some() && !said.to_string().contains('\u{1b}'),
                    "{said}"
                );
            }
        }
    }
}
