//! How the bodies of requests come in: none longer than its kind may be, none slower than a rate, and of the long ones no
//! more at a time than there is memory set aside for. A short one never waits for long ones.

use super::Refusal;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout, timeout_at};

/// Bytes that a body may have without a share of the memory for long ones: more than most messages.
const SHORT: usize = 16 << 10;
/// KiB of memory for long bodies; who finds none waits, and is refused after a while.
const MEMORY: usize = 256 << 10;
const PATIENCE: Duration = Duration::from_secs(2);
/// Time for a body to come in: this, and a second more for each so many bytes of it that are there.
const START: Duration = Duration::from_secs(10);
const RATE: usize = 16 << 10;

/// The memory for bodies.
pub struct Intake {
    memory: Semaphore,
}

/// A body that is in, with its share of the memory.
pub struct Incoming<'a> {
    /// The body.
    pub bytes: Bytes,
    _share: Option<SemaphorePermit<'a>>,
}

impl Default for Intake {
    fn default() -> Self {
        Self { memory: Semaphore::new(MEMORY) }
    }
}

impl Intake {
    /// Reads a body of at most `most` bytes.
    ///
    /// # Errors
    /// [`Refusal::TooLong`], at once where the head says so; [`Refusal::Slow`]; [`Refusal::Busy`] without memory;
    /// [`Refusal::Malformed`] for one that breaks off.
    pub async fn read(
        &self,
        headers: &HeaderMap,
        mut body: Body,
        most: usize,
    ) -> Result<Incoming<'_>, Refusal> {
        let said = headers.get(header::CONTENT_LENGTH).and_then(|said| said.to_str().ok());
        // What is no number was refused with the head.
        if said.and_then(|said| said.parse().ok()).is_some_and(|said: u64| said > most as u64) {
            return Err(Refusal::TooLong);
        }
        let (began, mut bytes, mut share) = (Instant::now(), Vec::new(), None);
        loop {
            let so_far = Duration::from_secs((bytes.len() / RATE) as u64);
            let frame = timeout_at(began + START + so_far, body.frame()).await;
            let Some(frame) = frame.map_err(|_| Refusal::Slow)? else { break };
            let Ok(data) = frame.map_err(|_| Refusal::Malformed)?.into_data() else { continue };
            if data.len() > most - bytes.len() {
                return Err(Refusal::TooLong);
            }
            let length = bytes.len() + data.len();
            if length > SHORT {
                self.grow(&mut share, length).await?;
            }
            bytes.extend_from_slice(&data);
        }
        Ok(Incoming { bytes: bytes.into(), _share: share })
    }

    /// Takes as much memory as a body of a length needs.
    async fn grow<'a>(
        &'a self,
        share: &mut Option<SemaphorePermit<'a>>,
        length: usize,
    ) -> Result<(), Refusal> {
        let held = share.as_ref().map_or(0, SemaphorePermit::num_permits);
        let more = u32::try_from(length.div_ceil(1_024).saturating_sub(held));
        let more = self.memory.acquire_many(more.map_err(|_| Refusal::TooLong)?);
        let Ok(Ok(more)) = timeout(PATIENCE, more).await else { return Err(Refusal::Busy) };
        match share {
            Some(share) => share.merge(more),
            None => *share = Some(more),
        }
        Ok(())
    }
}
