//! What people do with a group, whatever the library: so that each is asked for exactly the same.

/// A library, with one cipher suite and one provider of cryptography.
///
/// Members are told apart by their names; whatever travels is an encoded `MLSMessage`, and handshake messages travel
/// as private ones. A commit always has a path.
pub trait Library: 'static {
    /// Its name in the table.
    const NAME: &'static str;

    /// Somebody with a published key package.
    type Person;
    /// A member's view of a group.
    type Member;
    /// A member's group as it is stored.
    type Stored;

    /// Somebody, and a key package.
    fn person(name: &str) -> Self::Person;

    /// The key package.
    fn key_package(person: &Self::Person) -> Vec<u8>;

    /// A new group of this person, with all of these added by one commit, which is merged. Gives the Welcome, which
    /// has the tree.
    fn create(person: &Self::Person, key_packages: &[Vec<u8>]) -> (Self::Member, Vec<u8>);

    /// A copy of somebody who has not joined yet: joining may use up a key package.
    fn before_joining(person: &Self::Person) -> Self::Person;

    /// Joins.
    fn join(person: &Self::Person, welcome: &[u8]) -> Self::Member;

    /// New keys for a member: a commit, which waits for being merged.
    fn commit(member: &mut Self::Member) -> Vec<u8>;

    /// Drops the commit that waits.
    fn clear(member: &mut Self::Member);

    /// Merges the commit that waits.
    fn merge(member: &mut Self::Member);

    /// Whatever a member should do now and then and that is not measured.
    fn settle(_: &mut Self::Member) {}

    /// Receives another's commit and merges it.
    fn process(member: &mut Self::Member, commit: &[u8]);

    /// Application data for the group.
    fn encrypt(member: &mut Self::Member, data: &[u8]) -> Vec<u8>;

    /// And back.
    fn decrypt(member: &mut Self::Member, message: &[u8]) -> Vec<u8>;

    /// The whole state as it is stored.
    fn store(member: &mut Self::Member) -> Self::Stored;

    /// And back.
    fn load(stored: &Self::Stored) -> Self::Member;

    /// One message, read by a device that has nothing in memory yet.
    fn decrypt_stored(stored: &Self::Stored, message: &[u8]) -> Vec<u8> {
        Self::decrypt(&mut Self::load(stored), message)
    }

    /// Bytes of what is stored.
    fn stored_bytes(stored: &Self::Stored) -> usize;
}

/// A second since 1970 in which all key packages are valid: now, since not every library can be told another.
#[must_use]
pub fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
