//! The one thread that writes.

use std::{sync::Arc, thread, time::Duration};

use redb::{Database, ReadableTable as _, Table, WriteTransaction};
use tokio::sync::{mpsc, oneshot};

use super::{EXPIRIES, RECORDS, StoreError, StoredRecord, Version, codec, unavailable};
use crate::clock::Timestamp;

/// How many writes may wait for the writer before callers wait for room.
const QUEUE: usize = 1024;
/// The most writes in one commit, which bounds how long the first of them waits.
const MAX_BATCH: usize = 256;
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// The most records that one sweep deletes: sixteen times what one commit adds.
const MAX_SWEEP: usize = 4096;

pub(super) struct Command {
    pub(super) key: String,
    pub(super) change: Change,
    pub(super) done: oneshot::Sender<Result<(), StoreError>>,
}

pub(super) enum Change {
    Create {
        record: StoredRecord,
        now: Timestamp,
    },
    Replace {
        expected: Version,
        record: StoredRecord,
        now: Timestamp,
    },
    Delete {
        expected: Version,
    },
}

/// The handle to the thread. Dropping it waits until what has been queued is committed.
pub(super) struct Writer {
    /// `Some` until dropped.
    commands: Option<mpsc::Sender<Command>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    pub(super) fn spawn(database: Arc<Database>) -> std::io::Result<Self> {
        let (commands, queue) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new()
            .name("portcullis-redb".to_owned())
            .spawn(move || run(&database, queue))?;
        Ok(Self {
            commands: Some(commands),
            thread: Some(thread),
        })
    }

    pub(super) async fn send(&self, command: Command) -> Result<(), StoreError> {
        let commands = self.commands.as_ref().ok_or_else(stopped)?;
        commands.send(command).await.map_err(|_| stopped())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.commands.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported where it happened.
            let _ = thread.join();
        }
    }
}

pub(super) fn stopped() -> StoreError {
    StoreError::Unavailable("the store's writer has stopped".into())
}

fn run(database: &Database, mut queue: mpsc::Receiver<Command>) {
    let mut next_sweep = Timestamp::from_secs(0);
    while let Some(first) = queue.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < MAX_BATCH
            && let Ok(command) = queue.try_recv()
        {
            batch.push(command);
        }
        run_batch(database, batch, &mut next_sweep);
    }
}

pub(super) fn create_tables(database: &Database) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    transaction.open_table(RECORDS)?;
    transaction.open_table(EXPIRIES)?;
    transaction.commit()?;
    Ok(())
}

/// Applies the commands in order and answers each after the commit: nobody hears of a success that
/// a crash could undo.
fn run_batch(database: &Database, batch: Vec<Command>, next_sweep: &mut Timestamp) {
    let (answers, changes): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .map(|command| (command.done, (command.key, command.change)))
        .unzip();
    match commit(database, changes, next_sweep) {
        Ok(results) => {
            for (done, result) in answers.into_iter().zip(results) {
                let _ = done.send(result);
            }
        }
        Err(error) => {
            tracing::error!(
                error = error.to_string(),
                "the token store could not commit"
            );
            for done in answers {
                let _ = done.send(Err(StoreError::Unavailable("the commit failed".into())));
            }
        }
    }
}

fn commit(
    database: &Database,
    changes: Vec<(String, Change)>,
    next_sweep: &mut Timestamp,
) -> Result<Vec<Result<(), StoreError>>, StoreError> {
    let transaction = database.begin_write().map_err(unavailable)?;
    let mut results = Vec::with_capacity(changes.len());
    let mut latest = None;
    {
        let mut tables = Tables::open(&transaction)?;
        for (key, change) in changes {
            if let Change::Create { now, .. } | Change::Replace { now, .. } = &change {
                latest = latest.max(Some(*now));
            }
            match tables.apply(&key, change) {
                // A fault of the file may have left this change half done: drop the whole batch.
                Err(fault @ StoreError::Unavailable(_)) => return Err(fault),
                result => results.push(result),
            }
        }
        if let Some(now) = latest
            && now >= *next_sweep
        {
            let is_clean = tables.sweep(now)? < MAX_SWEEP;
            // What is left waits for the next commit, however soon that is: strangers may write faster
            // than one sweep a minute deletes.
            *next_sweep = if is_clean { now.plus(SWEEP_EVERY) } else { now };
        }
    }
    transaction.commit().map_err(unavailable)?;
    Ok(results)
}

struct Tables<'t> {
    records: Table<'t, &'static str, &'static [u8]>,
    expiries: Table<'t, (u64, &'static str), ()>,
}

impl<'t> Tables<'t> {
    fn open(transaction: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            records: transaction.open_table(RECORDS).map_err(unavailable)?,
            expiries: transaction.open_table(EXPIRIES).map_err(unavailable)?,
        })
    }

    fn apply(&mut self, key: &str, change: Change) -> Result<(), StoreError> {
        let stored = self.stored(key)?;
        match (change, stored) {
            // The repetition of a write that has happened.
            (Change::Create { record, .. } | Change::Replace { record, .. }, Some(stored))
                if stored.version == record.version =>
            {
                Ok(())
            }
            (Change::Create { record, now }, stored)
                if stored.as_ref().is_none_or(|stored| stored.is_expired(now)) =>
            {
                self.put(key, stored, &record)
            }
            (
                Change::Replace {
                    expected,
                    record,
                    now,
                },
                Some(stored),
            ) if stored.version == expected && !stored.is_expired(now) => {
                self.put(key, Some(stored), &record)
            }
            (Change::Delete { expected }, Some(stored)) if stored.version == expected => {
                self.records.remove(key).map_err(unavailable)?;
                self.forget_expiry(key, &stored)
            }
            _ => Err(StoreError::Conflict),
        }
    }

    fn stored(&self, key: &str) -> Result<Option<StoredRecord>, StoreError> {
        let Some(value) = self.records.get(key).map_err(unavailable)? else {
            return Ok(None);
        };
        codec::decode(value.value()).map(Some)
    }

    fn put(
        &mut self,
        key: &str,
        old: Option<StoredRecord>,
        new: &StoredRecord,
    ) -> Result<(), StoreError> {
        if let Some(old) = old {
            self.forget_expiry(key, &old)?;
        }
        self.records
            .insert(key, codec::encode(new).as_slice())
            .map_err(unavailable)?;
        self.expiries
            .insert((new.expires_at.as_secs(), key), ())
            .map_err(unavailable)?;
        Ok(())
    }

    fn forget_expiry(&mut self, key: &str, old: &StoredRecord) -> Result<(), StoreError> {
        self.expiries
            .remove((old.expires_at.as_secs(), key))
            .map_err(unavailable)?;
        Ok(())
    }

    /// Deletes what had expired at `now`, so that the file does not grow for ever; says how much.
    fn sweep(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let end = (now.as_secs().saturating_add(1), "");
        let mut expired = Vec::new();
        for entry in self.expiries.range(..end).map_err(unavailable)? {
            let (key, _) = entry.map_err(unavailable)?;
            let (expiry, key) = key.value();
            expired.push((expiry, key.to_owned()));
            if expired.len() == MAX_SWEEP {
                break;
            }
        }
        for (expiry, key) in &expired {
            self.records.remove(key.as_str()).map_err(unavailable)?;
            self.expiries
                .remove((*expiry, key.as_str()))
                .map_err(unavailable)?;
        }
        Ok(expired.len())
    }
}
