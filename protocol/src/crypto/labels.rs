//! All labels of the protocol, laid out like the registry of page *Registries*.
//!
//! Each is used behind [`PREFIX`] (`ENC-09`); no label stands anywhere else in this crate.

/// What every label starts with.
pub(crate) const PREFIX: &str = "Sceau 1 ";

macro_rules! labels {
    ($($name:ident = $label:literal, $how:literal, $content:literal, $page:literal;)*) => {
        $(
            #[doc = concat!("`", $label, "`: ", $how, " over ", $content, ", page *", $page, "*.")]
            pub(crate) const $name: &str = $label;
        )*
        #[cfg(test)]
        const ALL: &[&str] = &[$($label),*];
    };
}

labels! {
    ACCOUNT                = "account",                "ref_hash", "account keys",          "Identities";
    ISSUER                 = "issuer",                 "ref_hash", "issuer keys",           "Identities";
    CREDENTIAL             = "credential",             "ref_hash", "Credential",            "Identities";
    DEVICE_LIST            = "device list",            "ref_hash", "DeviceList",            "Identities";
    CREDENTIAL_BY_ACCOUNT  = "credential by account",  "sign",     "CredentialTBS",         "Identities";
    CREDENTIAL_BY_ISSUER   = "credential by issuer",   "sign",     "CredentialTBS",         "Identities";
    DEVICE_LIST_BY_ACCOUNT = "device list by account", "sign",     "DeviceListTBS",         "Identities";
    DEVICE_LIST_BY_DEVICE  = "device list by device",  "sign",     "DeviceListTBS",         "Identities";
    DEVICE_LIST_BY_ISSUER  = "device list by issuer",  "sign",     "DeviceListTBS",         "Identities";
    PREKEY_BATCH           = "prekey batch",           "sign",     "PrekeyBatchTBS",        "Prekeys";
    SAFETY_NUMBER          = "safety number",          "expand",   "nothing",               "Verification";
    PROLOGUE               = "prologue",               "Prologue", "its fields",             "Handshake";
    HANDSHAKE              = "handshake",              "ref_hash", "HandshakeMessage", "Handshake";
    TRANSCRIPT             = "transcript",             "Transcript", "its fields",          "Handshake";
    IDENTITY_KEY           = "identity key",           "expand",   "prologue_hash",         "Handshake";
    IDENTITY_NONCE         = "identity nonce",         "expand",   "prologue_hash",         "Handshake";
    PSK                    = "psk",                    "expand",   "PskId",                 "Handshake";
    ROOT                   = "root",                   "expand",   "transcript_hash",       "Handshake";
    HEADER_INITIATOR       = "header initiator",       "expand",   "transcript_hash",       "Handshake";
    HEADER_RESPONDER       = "header responder",       "expand",   "transcript_hash",       "Handshake";
    PQ_RATCHET             = "pq ratchet",             "expand",   "transcript_hash",       "Handshake";
    SESSION_ID             = "session id",             "expand",   "transcript_hash",       "Handshake";
    EXPORTER               = "exporter",               "expand",   "transcript_hash",       "Handshake";
    RESUMPTION_PSK         = "resumption psk",         "expand",   "the session id",        "Handshake";
    ABSORB                 = "absorb",                 "expand",   "the winner's session id", "Replacement";
    RATCHET_ROOT           = "ratchet root",           "expand",   "RatchetContext",        "Ratchet";
    RATCHET_CHAIN          = "ratchet chain",          "expand",   "RatchetContext",        "Ratchet";
    RATCHET_HEADER         = "ratchet header",         "expand",   "RatchetContext",        "Ratchet";
    CHAIN                  = "chain",                  "expand",   "nothing",               "Ratchet";
    MESSAGE                = "message",                "expand and MessageAAD", "nothing",  "Ratchet";
    MESSAGE_KEY            = "message key",            "expand",   "nothing",               "Ratchet";
    MESSAGE_NONCE          = "message nonce",          "expand",   "nothing",               "Ratchet";
    HEADER                 = "header",                 "HeaderAAD", "its fields",           "Ratchet";
    EXPORT                 = "export",                 "expand",   "ExportContext",         "Ratchet";
    MAILBOX_SECRET         = "mailbox secret",         "expand",   "the session id",        "Envelope";
    MAILBOX                = "mailbox",                "expand",   "MailboxContext",        "Envelope";
    DELIVERY               = "delivery",               "sign",     "DeliveryAuthTBS",       "Delivery service";
    CONTACT_MAILBOX        = "contact mailbox",        "ref_hash", "account id, serial",    "Envelope";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_unique() {
        let mut all = ALL.to_vec();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
