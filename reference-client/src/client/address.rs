//! A relay's address, as a person gives it: its name, and the certificates that vouch for it.

use crate::error::{Error, Result};
use crate::text::one_line;
use sceau::delivery::RelayName;
use std::path::Path;
use ureq::tls::Certificate;

/// The name of the relay at an address that a person has given.
///
/// # Errors
/// What is more or less than scheme, host and port.
pub fn name_of(url: &str) -> Result<RelayName> {
    host_of(url).filter(|_| is_base(url)).ok_or_else(|| {
        Error::usage(format!("{} is no address of a relay", one_line(url)))
            .next("give one such as https://relay.example.org: http or https, a host, and nothing behind it")
    })
}

/// Whether a URL is a scheme, a host and perhaps a port.
fn is_base(url: &str) -> bool {
    let Ok(uri) = url.parse::<ureq::http::Uri>() else { return false };
    let user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    let plain =
        matches!(uri.path(), "" | "/") && uri.query().is_none() && !url.contains('#') && !user;
    plain && matches!(uri.scheme_str(), Some("http" | "https"))
}

/// The certificates in a file.
///
/// # Errors
/// A file without any, or with a private key.
pub fn certificates(ca: &Path) -> Result<Vec<Certificate<'static>>> {
    let about = || format!("the certificates in {}", ca.display());
    let next =
        "name the file of the authority that the relay's certificate comes from (PEM) with --ca";
    let pem = std::fs::read(ca)
        .map_err(|error| Error::usage(format!("{}: {error}", about())).next(next))?;
    let items: Vec<_> = ureq::tls::parse_pem(&pem).collect();
    if items.iter().any(|item| matches!(item, Ok(ureq::tls::PemItem::PrivateKey(_)))) {
        return Err(Error::usage(format!(
            "{} holds a private key, which is the operator's alone",
            ca.display()
        ))
        .next(next));
    }
    let certificate = |item| match item {
        Ok(ureq::tls::PemItem::Certificate(certificate)) => {
            let certificate: Certificate<'_> = certificate;
            Some(certificate.to_owned())
        }
        _ => None,
    };
    let found: Vec<_> = items.into_iter().filter_map(certificate).collect();
    match found.is_empty() {
        true => Err(Error::usage(format!("{} holds no certificate", ca.display())).next(next)),
        false => Ok(found),
    }
}

/// The name by which the channel to a URL authenticates the relay: its host; none for what is no URL.
#[must_use]
pub fn host_of(url: &str) -> Option<RelayName> {
    let url: ureq::http::Uri = url.parse().ok()?;
    RelayName::host(url.host()?).ok()
}

/// The address at which TLS finds the relay of a name; none for a name that is no host's, in the form of [`RelayName::host`].
#[must_use]
pub fn url_of(name: &RelayName) -> Option<String> {
    let host = std::str::from_utf8(name.as_bytes()).ok()?;
    let url =
        if host.contains(':') { format!("https://[{host}]") } else { format!("https://{host}") };
    (host_of(&url).as_ref() == Some(name)).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_url_is_the_relays_name() {
        let name = |url: &str| host_of(url).map(|name| name.as_bytes().to_vec());
        let expected = |name: &[u8]| Some(name.to_vec());
        assert_eq!(name("https://Relay.Example.org:8443/path"), expected(b"relay.example.org"));
        assert_eq!(name("https://relay.example.org./"), expected(b"relay.example.org"));
        assert_eq!(name("http://127.0.0.1:7400"), expected(b"127.0.0.1"));
        assert_eq!(name("http://[::1]:7400"), expected(b"::1"));
        assert_eq!(name("https://user@relay.example.org/"), expected(b"relay.example.org"));
        for right in ["http://127.0.0.1:7400", "https://relay.example.org/", "https://[::1]:1"] {
            assert!(is_base(right), "{right}");
        }
        for wrong in [
            "relay.example.org",
            "ftp://relay.example.org",
            "https://relay.example.org/path",
            "https://relay.example.org/?a",
            "https://relay.example.org/#a",
            "https://user@relay.example.org/",
        ] {
            assert!(!is_base(wrong), "{wrong}");
        }
        for wrong in ["", "/path", "https://", "https://r\u{e9}lais.example/"] {
            assert_eq!(name(wrong), None, "{wrong}");
        }
    }

    /// GDS-02
    #[test]
    fn a_name_that_others_give_is_a_hosts() {
        let url = |name: &[u8]| url_of(&RelayName::new(name).unwrap());
        assert_eq!(url(b"relay.example.org").unwrap(), "https://relay.example.org");
        assert_eq!(url(b"127.0.0.1").unwrap(), "https://127.0.0.1");
        assert_eq!(url(b"::1").unwrap(), "https://[::1]");
        let wrong: [&[u8]; 9] = [
            b"r\x1b[2J",
            b"r\n",
            b"r/path",
            b"r:80",
            b"u@r",
            b"r.",
            b"[::1]",
            b"R.example",
            b"\xff",
        ];
        for wrong in wrong {
            assert_eq!(url(wrong), None, "{}", wrong.escape_ascii());
        }
    }
}
