//! What a device can do, whichever of the two sides it is of, and how it answers.

use super::tape::Tape;

/// What a step gives, by name; the encoded changes among it.
pub type Out = Vec<(&'static str, Vec<u8>)>;

/// What a step gives, or the class of its refusal.
pub type Answer = Result<Out, String>;

/// Type and data.
pub type Extensions = Vec<(u16, Vec<u8>)>;

/// A frame to be sent.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub content_type: u8,
    pub critical: Extensions,
    pub non_critical: Extensions,
    pub body: Vec<u8>,
}

/// The id and the bytes of an external PSK.
pub type Psk<'a> = Option<(&'a [u8], &'a [u8])>;

/// A device of either side.
pub trait Side {
    fn export(&self) -> Vec<u8>;
    fn import(&mut self, state: &[u8], least_changes: u64) -> Answer;
    fn create_batch(
        &mut self,
        one_time: u32,
        kem: u32,
        lifetime: u64,
        now: u64,
        tape: &mut Tape,
    ) -> Answer;
    fn check_bundle(&mut self, account: &[u8], bundle: &[u8], now: u64) -> Answer;
    #[allow(clippy::too_many_arguments)]
    fn initiate(
        &mut self,
        account: &[u8],
        bundle: &[u8],
        psk: Psk,
        recovery: bool,
        now: u64,
        tape: &mut Tape,
    ) -> Answer;
    fn send(&mut self, session: &[u8], frame: &Frame, data: &[u8], now: u64) -> Answer;
    #[allow(clippy::too_many_arguments)]
    fn receive(
        &mut self,
        mailbox: &[u8],
        message: &[u8],
        data: &[u8],
        account: Option<&[u8]>,
        psk: Psk,
        now: u64,
        tape: &mut Tape,
    ) -> Answer;
    fn decide(&mut self, session: &[u8], accept: bool, now: u64) -> Answer;
    fn renew(&mut self, not_after: u64, attested: bool, now: u64) -> Answer;
    fn apply_lists(&mut self, account: &[u8], lists: &[u8], now: u64) -> Answer;
    fn expire(&mut self, now: u64) -> Answer;
    /// Mailboxes, an export, whatever a caller can look at; changes nothing.
    fn observe(&mut self, session: &[u8], peer_keys: &[u8], now: u64) -> Answer;
}
