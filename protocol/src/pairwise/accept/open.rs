//! Steps 2 and 4 to 8 of `accept`: the keys that a first message names, who sent it, and the key schedule as far as
//! it goes without the identity key. Nothing here changes the state.

use super::PendingReceive;
use crate::crypto::{AgreementRequest, Secret, Suite, kdf};
use crate::error::{Error, Peer};
use crate::pairwise::account::{Account, Batch, StoredPrekey};
use crate::pairwise::credential::{Credential, choose_suite, verify_credential};
use crate::pairwise::device_list::apply_initiators_lists;
use crate::pairwise::handshake::{
    HandshakeMessage, IdentityKey, Prologue, Psk, PskId, check_prekey_types, resumption_psk,
    transcript_hash,
};
use crate::pairwise::identity::AccountId;
use crate::pairwise::prekeys::{Prekey, PrekeyType};
use crate::pairwise::receive::ReceiveOptions;
use crate::pairwise::session::SessionId;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The own keys that a handshake names, with their public parts.
pub(super) struct Named<'a> {
    batch: &'a Batch,
    signed: (&'a Secret, Prekey),
    one_time: Option<(&'a Secret, Prekey)>,
    /// The decapsulation key of the KEM prekey, in the provider's form.
    kem: (Secret, Prekey),
}

impl Account {
    /// Step 2: the own keys that a handshake names.
    pub(super) fn named<'a>(
        &'a self,
        batch: &'a Batch,
        handshake: &HandshakeMessage,
    ) -> Result<Named<'a>, Error> {
        let find = |id: u32| batch.prekeys.get(&id).ok_or(Peer::UnknownPrekey);
        let signed = find(handshake.signed_prekey_id)?;
        let one_time = handshake.one_time_prekey_id.map(|id| find(id).map(|key| (id, key)));
        let one_time = one_time.transpose()?;
        let kem = find(handshake.kem_prekey_id)?;
        let one_time_type = one_time.as_ref().map(|(_, key)| key.prekey_type);
        check_prekey_types(signed.prekey_type, one_time_type, kem.prekey_type)?;
        let agreement = batch.suite.agreement();
        let with_public = |id: u32, stored: &'a StoredPrekey| -> Result<_, Error> {
            let public = match &stored.public {
                Some(public) => public.clone(),
                None => kdf::agreement_public(&self.provider, agreement, &stored.private)?,
            };
            Ok((&stored.private, Prekey::new(stored.prekey_type, id, public)))
        };
        let (kem_public, decapsulation_key) =
            self.provider.get().kem_key_pair(batch.suite.kem(), kem.private.as_bytes())?;
        let kem_prekey = Prekey::new(kem.prekey_type, handshake.kem_prekey_id, kem_public);
        Ok(Named {
            batch,
            signed: with_public(handshake.signed_prekey_id, signed)?,
            one_time: one_time.map(|(id, key)| with_public(id, key)).transpose()?,
            kem: (decapsulation_key, kem_prekey),
        })
    }
}

/// What steps 4 to 8 look at.
pub(super) struct Accept<'a> {
    pub(super) account: &'a Account,
    pub(super) options: &'a ReceiveOptions,
    pub(super) now: u64,
    pub(super) suite: Suite,
    pub(super) handshake_ref: Vec<u8>,
}

impl Accept<'_> {
    pub(super) fn open(
        self,
        named: Named<'_>,
        handshake: HandshakeMessage,
        message: Vec<u8>,
        authenticated_data: &[u8],
    ) -> Result<Box<PendingReceive>, Error> {
        let (provider, suite, now) = (&self.account.provider, self.suite, self.now);
        let agreement = suite.agreement();
        let ephemeral = &handshake.ephemeral_key;
        // 4.
        let (signed_private, signed_prekey) = &named.signed;
        let dh3 = kdf::agree(provider, agreement, signed_private, ephemeral)?;
        let (decapsulation_key, kem_prekey) = &named.kem;
        let ciphertext = &handshake.kem_ciphertext;
        let shared = provider.get().kem_decapsulate(suite.kem(), decapsulation_key, ciphertext)?;
        let prologue_hash = Prologue {
            suite,
            responder_credential: &named.batch.credential,
            batch: &named.batch.batch,
            signed_prekey,
            one_time_prekey: named.one_time.as_ref().map(|(_, prekey)| prekey),
            kem_prekey,
            ephemeral_key: ephemeral,
            kem_ciphertext: ciphertext,
        }
        .hash(provider)?;
        let sealed = &handshake.sealed_identity;
        let (identity, encoding) =
            IdentityKey::derive(provider, suite, &shared, &dh3, &prologue_hash)?.open(
                provider,
                suite,
                &prologue_hash,
                sealed,
            )?;
        let recovery = identity.recovery()?;
        // 5.
        self.check_reflection(&identity.credential, &named.batch.credential)?;
        // 6.
        let lists = &identity.device_lists;
        let account = match &self.options.expected_account {
            Some(account) => account.clone(),
            None => lists.last()?.tbs().account_keys.account_id(provider)?,
        };
        let policy = &self.account.policy;
        let pinned = self.account.pinned(&account);
        let device_list =
            apply_initiators_lists(provider, pinned, &account, lists, now, policy)?.clone();
        let credential =
            verify_credential(provider, identity.credential, &device_list, now, policy)?;
        let own_suites = &named.batch.credential.tbs().suites;
        if choose_suite(own_suites, &credential.credential().tbs().suites)? != suite {
            return Err(Peer::UnsupportedSuite.into()); // SUI-08
        }
        let (signing, agreeing) = suite.identity_key_types();
        let _ = credential.credential().identity_key(signing)?; // ID-14
        let peer_key = credential.credential().identity_key(agreeing)?.to_vec();
        // 7.
        let psk = self.find_psk(&identity.psk, &account, credential.serial())?;
        // 8., as far as it goes
        let dh1 = kdf::agree(provider, agreement, signed_private, &peer_key)?;
        let with_one_time =
            |(private, _): &(&Secret, Prekey)| kdf::agree(provider, agreement, private, ephemeral);
        let dh4 = named.one_time.as_ref().map(with_one_time).transpose()?;
        let transcript_hash = transcript_hash(provider, suite, &prologue_hash, &encoding, sealed)?;
        let key_type = agreeing;
        let requests = alloc::vec![
            AgreementRequest { key_type, peer: ephemeral.clone() },
            AgreementRequest { key_type, peer: peer_key },
        ];
        Ok(Box::new(PendingReceive {
            message,
            authenticated_data: authenticated_data.to_vec(),
            handshake_ref: self.handshake_ref,
            suite,
            account,
            credential,
            device_list,
            psk,
            recovery,
            last_resort: kem_prekey.prekey_type == PrekeyType::KemLastResort,
            shared,
            dh1,
            dh3,
            dh4,
            signed_prekey: signed_private.duplicate(),
            signed_prekey_public: signed_prekey.key.clone(),
            transcript_hash,
            requests,
            now,
            changes: self.account.head.changes,
            handshake,
        }))
    }

    /// Step 5: an initiator with own identity keys, or that is the own device.
    fn check_reflection(&self, theirs: &Credential, published: &Credential) -> Result<(), Error> {
        let (signing, agreeing) = self.suite.identity_key_types();
        let same_key = |key_type: u16| {
            let key = theirs.tbs().identity_keys.get(key_type);
            [published, &self.account.credential]
                .iter()
                .any(|own| key.is_some() && own.tbs().identity_keys.get(key_type) == key)
        };
        let own = self.account.account_id.as_bytes() == theirs.tbs().account_id
            && self.account.serial() == theirs.tbs().serial;
        if own || same_key(signing) || same_key(agreeing) {
            return Err(Peer::Reflection.into());
        }
        Ok(())
    }

    /// Step 7.
    fn find_psk(&self, id: &PskId, account: &AccountId, serial: u64) -> Result<Psk, Error> {
        match id {
            PskId::None => Ok(Psk::none()),
            PskId::External(external) => {
                let psk = self.options.psks.iter().find(|psk| psk.id == *external);
                let key = psk.filter(|psk| psk.key.len() > 0).ok_or(Peer::UnknownPsk)?;
                Ok(Psk { id: id.clone(), key: key.key.duplicate() })
            }
            PskId::Resumption(resumption) => {
                let session_id = resumption.as_slice().try_into().map(SessionId::new);
                let session = session_id.ok().and_then(|id| self.account.alive(&id, self.now));
                let session = session
                    .filter(|s| s.peer_account == *account && s.peer_serial == serial)
                    .ok_or(Peer::UnknownPsk)?;
                let (suite, exporter) = (session.suite, &session.exporter_secret);
                resumption_psk(&self.account.provider, suite, exporter, &session.id)
            }
        }
    }
}
