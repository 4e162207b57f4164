//! The bucket of challenges. It is in the server's memory, so it is gone when the server has been restarted: whoever finds
//! none makes it again. What was given out before is good no more, and its device asks again.

use super::cover::Cover;
use super::failed;
use crate::relay::auth::fresh;
use crate::relay::store::StoreError;
use async_nats::jetstream;
use async_nats::jetstream::kv::{self, Operation};
use async_nats::jetstream::stream::{self, DiscardPolicy, StorageType};
use std::time::Duration;

const CHALLENGES: &str = "SCEAU_CHALLENGES";
/// Longest time that the server keeps a challenge, and bytes of them; above that the oldest goes first.
const CHALLENGE_TIME: Duration = Duration::from_secs(600);
const CHALLENGE_BYTES: i64 = 64 << 20;

/// The challenges that the relays on one cluster have given out.
pub(super) struct Challenges {
    context: jetstream::Context,
    replicas: usize,
    bucket: kv::Store,
}

impl Challenges {
    pub(super) async fn open(
        context: &jetstream::Context,
        replicas: usize,
    ) -> Result<Self, StoreError> {
        make(context, replicas).await?;
        let bucket = context.get_key_value(CHALLENGES).await.map_err(failed)?;
        Ok(Self { context: context.clone(), replicas, bucket })
    }

    pub(super) async fn give(
        &self,
        cover: &Cover,
        challenge: &[u8; 32],
        now: u64,
    ) -> Result<(), StoreError> {
        let key = cover.name("challenge", challenge);
        let value = cover.seal(&key, &now.to_be_bytes())?;
        if self.bucket.create(&key, value.clone().into()).await.is_ok() {
            return Ok(());
        }
        make(&self.context, self.replicas).await?;
        self.bucket.create(&key, value.into()).await.map(|_| ()).map_err(failed)
    }

    pub(super) async fn take(
        &self,
        cover: &Cover,
        challenge: &[u8; 32],
        now: u64,
        age: u64,
    ) -> Result<bool, StoreError> {
        let key = cover.name("challenge", challenge);
        let entry = match self.bucket.entry(key.as_str()).await {
            Ok(entry) => entry,
            Err(_) => {
                make(&self.context, self.replicas).await?;
                self.bucket.entry(key.as_str()).await.map_err(failed)?
            }
        };
        let Some(entry) = entry.filter(|entry| entry.operation == Operation::Put) else {
            return Ok(false);
        };
        let at = cover.open(&key, &entry.value)?;
        // Whoever takes it off first has used it.
        let taken = self.bucket.purge_expect_revision(key, Some(entry.revision)).await.is_ok();
        let at = at.as_slice().try_into().map(u64::from_be_bytes).map_err(failed)?;
        Ok(taken && fresh(at, now, age))
    }
}

/// Makes the bucket where it is not there.
async fn make(context: &jetstream::Context, replicas: usize) -> Result<(), StoreError> {
    // Read where it is written: a copy could miss the challenge of a moment ago.
    let bucket = stream::Config {
        name: format!("KV_{CHALLENGES}"),
        subjects: vec![format!("$KV.{CHALLENGES}.>")],
        storage: StorageType::Memory,
        num_replicas: replicas,
        discard: DiscardPolicy::Old,
        max_messages_per_subject: 1,
        max_age: CHALLENGE_TIME,
        max_bytes: CHALLENGE_BYTES,
        allow_rollup: true,
        deny_delete: true,
        ..stream::Config::default()
    };
    context.get_or_create_stream(bucket).await.map(|_| ()).map_err(failed)
}
