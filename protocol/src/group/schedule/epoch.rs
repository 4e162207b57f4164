//! The key schedule (RFC 9420 §8): one type a secret, each derivation consumes what it uses up.
//!
//! ```text
//!                 init_secret_[n-1]
//!                       |
//! commit_secret --> Extract --> ExpandWithLabel "joiner", GroupContext_[n] = joiner_secret
//!                                                       |
//! psk_secret ---------------------------------------> Extract = member secret
//!                                                       +--> "welcome" = welcome_secret
//!                   ExpandWithLabel "epoch", GroupContext_[n] = epoch_secret --> EpochSecrets
//! ```

use crate::crypto::Secret;
use crate::crypto::labels::mls as labels;
use crate::error::{Error, ProviderFailed};
use crate::group::crypto::{Crypto, HpkeKeyPair};
use rand_core::CryptoRng;

type Result<T, E = ProviderFailed> = core::result::Result<T, E>;

macro_rules! secrets {
    ($($name:ident: $doc:literal;)*) => {
        $(
            #[doc = $doc]
            pub(crate) struct $name(pub(crate) Secret);
        )*
    };
}

secrets! {
    InitSecret: "`init_secret` of an epoch: one of the two inputs of the next.";
    CommitSecret: "`commit_secret`: what a commit's path gives.";
    PskSecret: "`psk_secret`: what the injected pre-shared keys give (§8.4).";
    JoinerSecret: "`joiner_secret`: what a newcomer is told.";
    MemberSecret: "What `welcome_secret` and `epoch_secret` are derived from.";
    WelcomeSecret: "`welcome_secret`: encrypts the group info in a Welcome.";
    EpochSecret: "`epoch_secret`: all else of an epoch is derived from it.";
    SenderDataSecret: "`sender_data_secret`: encrypts the senders of private messages (§6.3.2).";
    EncryptionSecret: "`encryption_secret`: the root of the secret tree (§9).";
    ExporterSecret: "`exporter_secret` (§8.5).";
    ExternalSecret: "`external_secret`: the group's own key pair (§8).";
    ConfirmationKey: "`confirmation_key` (§6.1).";
    MembershipKey: "`membership_key` (§6.2).";
    ResumptionPsk: "`resumption_psk` (§8.6).";
    EpochAuthenticator: "`epoch_authenticator` (§8.7).";
}

impl CommitSecret {
    /// Of a commit without a path: zeros.
    pub(crate) fn none(crypto: &Crypto) -> Self {
        Self(Secret::zeros(crypto.nh()))
    }
}

impl JoinerSecret {
    /// From the secrets of a commit and the new context.
    pub(crate) fn new(
        crypto: &Crypto,
        init_secret: &InitSecret,
        commit_secret: CommitSecret,
        group_context: &[u8],
    ) -> Result<Self> {
        let extracted = crypto.extract(init_secret.0.as_bytes(), commit_secret.0.as_bytes())?;
        Ok(Self(crypto.expand(&extracted, labels::JOINER, group_context, crypto.nh())?))
    }

    /// The secrets of the epoch's members: what opens a Welcome, and the epoch secret.
    pub(crate) fn member_secret(
        &self,
        crypto: &Crypto,
        psk_secret: PskSecret,
    ) -> Result<MemberSecret> {
        Ok(MemberSecret(crypto.extract(self.0.as_bytes(), psk_secret.0.as_bytes())?))
    }
}

impl MemberSecret {
    pub(crate) fn welcome_secret(&self, crypto: &Crypto) -> Result<WelcomeSecret> {
        Ok(WelcomeSecret(crypto.derive_secret(&self.0, labels::WELCOME)?))
    }

    pub(crate) fn epoch_secret(self, crypto: &Crypto, group_context: &[u8]) -> Result<EpochSecret> {
        Ok(EpochSecret(crypto.expand(&self.0, labels::EPOCH, group_context, crypto.nh())?))
    }
}

impl WelcomeSecret {
    /// Key and nonce for the group info (§12.4.3.1).
    pub(crate) fn key_and_nonce(self, crypto: &Crypto) -> Result<(Secret, Secret)> {
        let aead = crypto.suite().aead();
        let mut key = Secret::zeros(aead.key_len());
        let mut nonce = Secret::zeros(aead.nonce_len());
        let jobs = [(labels::KEY, key.as_mut()), (labels::NONCE, nonce.as_mut())];
        crypto.expand_into(self.0.as_bytes(), &[], jobs)?;
        Ok((key, nonce))
    }
}

impl EpochSecret {
    /// Of a new group: drawn (§11).
    pub(crate) fn draw(crypto: &Crypto, rng: &mut impl CryptoRng) -> Self {
        Self(crate::crypto::kdf::random(rng, crypto.nh()))
    }
}

/// What is derived from an epoch secret, without the `encryption_secret`, which goes into a secret tree.
pub(crate) struct EpochSecrets {
    pub(crate) init_secret: InitSecret,
    pub(crate) sender_data_secret: SenderDataSecret,
    pub(crate) exporter_secret: ExporterSecret,
    pub(crate) external_secret: ExternalSecret,
    pub(crate) confirmation_key: ConfirmationKey,
    pub(crate) membership_key: MembershipKey,
    pub(crate) resumption_psk: ResumptionPsk,
    pub(crate) epoch_authenticator: EpochAuthenticator,
}

impl EpochSecrets {
    /// Derives them all; the epoch secret is gone (`GRP-34`).
    pub(crate) fn derive(
        crypto: &Crypto,
        epoch_secret: EpochSecret,
    ) -> Result<(Self, EncryptionSecret)> {
        let zeros = || Secret::zeros(crypto.nh());
        let (mut init, mut sender_data, mut encryption) = (zeros(), zeros(), zeros());
        let (mut exporter, mut external, mut confirm) = (zeros(), zeros(), zeros());
        let (mut membership, mut resumption, mut authentication) = (zeros(), zeros(), zeros());
        let jobs = [
            (labels::INIT, init.as_mut()),
            (labels::SENDER_DATA, sender_data.as_mut()),
            (labels::ENCRYPTION, encryption.as_mut()),
            (labels::EXPORTER, exporter.as_mut()),
            (labels::EXTERNAL, external.as_mut()),
            (labels::CONFIRM, confirm.as_mut()),
            (labels::MEMBERSHIP, membership.as_mut()),
            (labels::RESUMPTION, resumption.as_mut()),
            (labels::AUTHENTICATION, authentication.as_mut()),
        ];
        crypto.expand_into(epoch_secret.0.as_bytes(), &[], jobs)?;
        let secrets = Self {
            init_secret: InitSecret(init),
            sender_data_secret: SenderDataSecret(sender_data),
            exporter_secret: ExporterSecret(exporter),
            external_secret: ExternalSecret(external),
            confirmation_key: ConfirmationKey(confirm),
            membership_key: MembershipKey(membership),
            resumption_psk: ResumptionPsk(resumption),
            epoch_authenticator: EpochAuthenticator(authentication),
        };
        Ok((secrets, EncryptionSecret(encryption)))
    }

    /// The key pair that the whole group has (§8).
    pub(crate) fn external_key_pair(&self, crypto: &Crypto) -> Result<HpkeKeyPair> {
        crypto.derive_key_pair(&self.external_secret.0)
    }
}

impl InitSecret {
    /// A new one for the group's external public key, with its KEM output (§8.3).
    pub(crate) fn to_group(
        crypto: &Crypto,
        external_pub: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<(Vec<u8>, Self), Error> {
        let label = [labels::PREFIX, labels::EXTERNAL_INIT];
        let (kem_output, secret) = crypto.export_to(external_pub, label, rng)?;
        Ok((kem_output, Self(secret)))
    }

    /// The one of a KEM output (`GJN-13`, §8.3).
    pub(crate) fn from_joiner(
        crypto: &Crypto,
        secrets: &EpochSecrets,
        kem_output: &[u8],
    ) -> Result<Self, Error> {
        let pair = secrets.external_key_pair(crypto)?;
        let label = [labels::PREFIX, labels::EXTERNAL_INIT];
        Ok(Self(crypto.export_from(&pair, kem_output, label)?))
    }
}

use alloc::vec::Vec;
