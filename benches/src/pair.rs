//! What two people do with each other, whatever the library: so that each is asked for exactly the same.

/// Two people in an established session, each of whom has had a message of the other.
pub trait Pair: Sized {
    /// A message as it travels.
    type Sent;

    /// They meet.
    fn established() -> Self;
    /// The same two, as after a restart of both.
    #[must_use]
    fn copy(&self) -> Self;
    /// From a body to the bytes that travel.
    fn ada_sends(&mut self, body: &[u8]) -> Self::Sent;
    /// From a body to the bytes that travel.
    fn bob_sends(&mut self, body: &[u8]) -> Self::Sent;
    /// From the bytes that travelled to the body.
    fn ada_gets(&mut self, sent: &Self::Sent) -> Vec<u8>;
    /// From the bytes that travelled to the body.
    fn bob_gets(&mut self, sent: &Self::Sent) -> Vec<u8>;

    /// Bob answers: Ada's next message begins a chain.
    fn turn(&mut self) {
        let answer = self.bob_sends(b"yes");
        self.ada_gets(&answer);
    }
}
