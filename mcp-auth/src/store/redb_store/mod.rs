mod codec;
mod writer;

use std::{fmt, path::Path, sync::Arc};

use redb::{
    Database, DatabaseError, ReadableDatabase as _, TableDefinition, TableError,
    backends::FileBackend,
};
use tokio::{sync::oneshot, task};

use self::writer::{Change, Command, Writer};
use super::{RecordKey, StoreError, StoredRecord, TokenStore, Version};
use crate::clock::Timestamp;

/// Key text → version ‖ expiry ‖ sealed value.
const RECORDS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("records");
/// (expiry, key text): what the sweep walks along.
const EXPIRIES: TableDefinition<'_, (u64, &str), ()> = TableDefinition::new("expiries");

/// A [`TokenStore`] in one file, for one process.
///
/// One thread writes. It commits whatever has queued up in one durable transaction (fsync), so that
/// load makes commits larger, not more frequent, and a write that has returned survives `kill -9` and
/// power loss. Reads see the last commit and never wait for the writer. Expired records are swept
/// once a minute, along with other writes.
///
/// Clones share the file; it is closed with the last of them.
#[derive(Clone)]
pub struct RedbStore(Arc<Open>);

struct Open {
    database: Arc<Database>,
    writer: Writer,
}

impl RedbStore {
    /// Opens the file, or makes it (mode 0600) if it does not exist.
    ///
    /// # Errors
    /// [`OpenStoreError::Locked`] when another process holds the file; otherwise what is wrong with
    /// it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenStoreError> {
        let path = path.as_ref();
        let at = || path.display().to_string();
        let database = open_database(path).map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => OpenStoreError::Locked { path: at() },
            error => OpenStoreError::Database {
                path: at(),
                source: Box::new(error),
            },
        })?;
        let database = Arc::new(database);
        writer::create_tables(&database).map_err(|error| OpenStoreError::Database {
            path: at(),
            source: Box::new(error),
        })?;
        let writer = Writer::spawn(database.clone()).map_err(|error| OpenStoreError::Database {
            path: at(),
            source: Box::new(error),
        })?;
        Ok(Self(Arc::new(Open { database, writer })))
    }

    async fn write(&self, key: &RecordKey, change: Change) -> Result<(), StoreError> {
        let (done, answer) = oneshot::channel();
        let command = Command {
            key: key.to_string(),
            change,
            done,
        };
        self.0.writer.send(command).await?;
        answer.await.map_err(|_| writer::stopped())?
    }
}

fn open_database(path: &Path) -> Result<Database, DatabaseError> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    Database::builder().create_with_backend(FileBackend::new(file)?)
}

impl TokenStore for RedbStore {
    async fn create(
        &self,
        key: &RecordKey,
        record: StoredRecord,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(key, Change::Create { record, now }).await
    }

    async fn read(
        &self,
        key: &RecordKey,
        now: Timestamp,
    ) -> Result<Option<StoredRecord>, StoreError> {
        let (database, key) = (self.0.database.clone(), key.to_string());
        let stored = task::spawn_blocking(move || read(&database, &key))
            .await
            .map_err(|error| StoreError::Unavailable(error.into()))??;
        Ok(stored.filter(|stored| !stored.is_expired(now)))
    }

    async fn replace(
        &self,
        key: &RecordKey,
        expected: Version,
        record: StoredRecord,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let change = Change::Replace {
            expected,
            record,
            now,
        };
        self.write(key, change).await
    }

    async fn delete(&self, key: &RecordKey, expected: Version) -> Result<(), StoreError> {
        self.write(key, Change::Delete { expected }).await
    }
}

fn read(database: &Database, key: &str) -> Result<Option<StoredRecord>, StoreError> {
    let transaction = database.begin_read().map_err(unavailable)?;
    let table = match transaction.open_table(RECORDS) {
        Ok(table) => table,
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(unavailable(error)),
    };
    let Some(value) = table.get(key).map_err(unavailable)? else {
        return Ok(None);
    };
    codec::decode(value.value()).map(Some)
}

fn unavailable(error: impl Into<redb::Error>) -> StoreError {
    StoreError::Unavailable(Box::new(error.into()))
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStore").finish_non_exhaustive()
    }
}

/// Why a [`RedbStore`] was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenStoreError {
    /// Another process has it.
    #[error(
        "{path} is in use by another process: stop that one, or give this one a file of its own"
    )]
    Locked {
        /// The file.
        path: String,
    },
    /// It cannot be read or written, or is no such store.
    #[error(
        "{path} cannot be used as a token store: {source}; name a file that such a server made, or a \
         new one in a folder that is there"
    )]
    Database {
        /// The file.
        path: String,
        /// What the database says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl From<OpenStoreError> for crate::ConfigError {
    fn from(error: OpenStoreError) -> Self {
        Self::new("store", error.to_string())
    }
}
