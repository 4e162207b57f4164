//! What the tests share.
#![allow(dead_code, clippy::unwrap_used)]

use sceau_client::relay::sqlite::Sqlite;
use sceau_client::relay::store::Store;
use tempfile::TempDir;

/// A time, in seconds since 1970.
pub const NOW: u64 = 1_800_000_123;

/// Where a store can be opened again and again.
#[allow(async_fn_in_trait)]
pub trait Bench {
    /// The store.
    type Store: Store;
    /// Opens it, as a relay does when it starts.
    async fn open(&mut self) -> Self::Store;
}

/// A folder with a SQLite store.
pub struct SqliteBench(TempDir);

impl SqliteBench {
    /// An empty one.
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

impl Bench for SqliteBench {
    type Store = Sqlite;
    async fn open(&mut self) -> Sqlite {
        Sqlite::open(self.0.path()).unwrap()
    }
}
