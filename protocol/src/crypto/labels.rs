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
    COMMIT_HANDLE          = "commit handle",          "MLS-Exporter", "nothing",           "Delivery of groups";
    COMMIT_KEY             = "commit key",             "MLS-Exporter", "nothing",           "Delivery of groups";
    LEAF_KEY               = "leaf key",               "sign",     "LeafKeyTBS",            "Groups";
    DELIVERY               = "delivery",               "sign",     "DeliveryAuthTBS",       "Delivery service";
    CONTACT_MAILBOX        = "contact mailbox",        "ref_hash", "account id, serial",    "Envelope";
}

/// What MLKEM768-X25519 hashes last (draft-connolly-cfrg-xwing-kem-10).
pub(crate) const XWING: &[u8] = br"\.//^\";

/// The labels of groups: RFC 9420 §17.6 to §17.8 and where the key schedule names them, each behind
/// [`PREFIX`](self::mls::PREFIX) (`GRP-19`); and those of HPKE (RFC 9180).
pub(crate) mod mls {
    /// What every label of MLS starts with (RFC 9420 §5.1.2, §5.1.3, §5.2, §8).
    pub(crate) const PREFIX: &str = "MLS 1.0 ";

    macro_rules! labels {
        ($($name:ident = $label:literal, $section:literal;)*) => {
            $(
                #[doc = concat!("`", $label, "`: RFC ", $section, ".")]
                pub(crate) const $name: &str = $label;
            )*
        };
    }

    labels! {
        // References (§5.2)
        KEY_PACKAGE_REFERENCE = "KeyPackage Reference", "9420 §5.2";
        PROPOSAL_REFERENCE    = "Proposal Reference",   "9420 §5.2";
        // Signatures (§17.6)
        FRAMED_CONTENT        = "FramedContentTBS",     "9420 §6.1";
        LEAF_NODE             = "LeafNodeTBS",          "9420 §7.2";
        KEY_PACKAGE           = "KeyPackageTBS",        "9420 §10";
        GROUP_INFO            = "GroupInfoTBS",         "9420 §12.4.3";
        // Public-key encryption (§17.7)
        UPDATE_PATH_NODE      = "UpdatePathNode",       "9420 §7.6";
        WELCOME_ENCRYPTION    = "Welcome",              "9420 §12.4.3.1";
        // Ratchet tree (§7.4)
        PATH                  = "path",                 "9420 §7.4";
        NODE                  = "node",                 "9420 §7.4";
        // Key schedule (§8)
        JOINER                = "joiner",               "9420 §8";
        WELCOME               = "welcome",              "9420 §8";
        EPOCH                 = "epoch",                "9420 §8";
        INIT                  = "init",                 "9420 §8";
        SENDER_DATA           = "sender data",          "9420 §8";
        ENCRYPTION            = "encryption",           "9420 §8";
        EXPORTER              = "exporter",             "9420 §8";
        EXTERNAL              = "external",             "9420 §8";
        CONFIRM               = "confirm",              "9420 §8";
        MEMBERSHIP            = "membership",           "9420 §8";
        RESUMPTION            = "resumption",           "9420 §8";
        AUTHENTICATION        = "authentication",       "9420 §8";
        EXTERNAL_INIT         = "external init secret", "9420 §8.3";
        DERIVED_PSK           = "derived psk",          "9420 §8.4";
        EXPORTED              = "exported",             "9420 §8.5";
        // Secret tree (§9)
        TREE                  = "tree",                 "9420 §9";
        HANDSHAKE             = "handshake",            "9420 §9";
        APPLICATION           = "application",          "9420 §9";
        SECRET                = "secret",               "9420 §9.1";
        KEY                   = "key",                  "9420 §6.3.2, §9.1, §12.4.3.1";
        NONCE                 = "nonce",                "9420 §6.3.2, §9.1, §12.4.3.1";
    }

    /// Contexts of [`TREE`] (RFC 9420 §9).
    pub(crate) const LEFT: &[u8] = b"left";
    /// See [`LEFT`].
    pub(crate) const RIGHT: &[u8] = b"right";

    /// HPKE (RFC 9180 §4 and §5.1): the version and the labels of its own forms.
    pub(crate) mod hpke {
        labels! {
            VERSION        = "HPKE-v1",        "9180 §4";
            DKP_PRK        = "dkp_prk",        "9180 §7.1.3";
            SK             = "sk",             "9180 §7.1.3";
            CANDIDATE      = "candidate",      "9180 §7.1.3";
            EAE_PRK        = "eae_prk",        "9180 §4.1";
            SHARED_SECRET  = "shared_secret",  "9180 §4.1";
            PSK_ID_HASH    = "psk_id_hash",    "9180 §5.1";
            INFO_HASH      = "info_hash",      "9180 §5.1";
            SECRET         = "secret",         "9180 §5.1";
            KEY            = "key",            "9180 §5.1";
            BASE_NONCE     = "base_nonce",     "9180 §5.1";
            EXP            = "exp",            "9180 §5.1";
            SEC            = "sec",            "9180 §5.3";
            DERIVE_KEY_PAIR = "DeriveKeyPair", "9180 §4, as draft-ietf-hpke-pq-04 uses it";
        }
    }
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
