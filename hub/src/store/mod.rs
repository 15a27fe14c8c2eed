//! Owns the database: every line of SQL, the numbered migrations, and the types that stand for authority over rows. Leaves
//! files (`attachment`), rules (`service-tool-contract`) and words to others.
//!
//! Invariants: nobody reads or writes a firm's rows without a [`TenantScope`] (an agent: a [`ProviderScope`], the command
//! line: an [`AdminScope`]); all writing goes through one connection, in a [`Change`] that is kept whole or not at all.

pub mod audit;
pub mod credential;
pub mod event;
pub mod form;
pub mod history;
pub mod hub;
pub mod idempotency;
pub mod person;
pub mod request;
pub mod revision;
mod scope;
pub mod tenant;
pub mod upload;

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};
use service_tool_contract::id::{Day, Moment};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Row, Sqlite, SqliteConnection, Transaction};
use tokio::sync::watch;

pub use scope::{AdminScope, ProviderScope, TenantScope};

/// A connection in a transaction, opaque outside this module.
pub type Connection = SqliteConnection;

/// What the database could not do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is gone, full, or busy for too long.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// It was made by a newer hub, or not by a hub.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row holds what no hub of this version has written.
    #[error("damaged row: {0}")]
    Damaged(&'static str),
}

impl StoreError {
    /// Whether a row with the same unique value is there already.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

/// Short for what all functions here answer with.
pub type Result<T> = std::result::Result<T, StoreError>;

/// All migrations, in order. A released one is never changed.
const MIGRATIONS: &[(i64, &str, &str)] = &[(1, "initial", include_str!("migration/0001_initial.sql"))];

/// The database of one hub.
#[derive(Debug, Clone)]
pub struct Store {
    write: SqlitePool,
    read: SqlitePool,
    changed: watch::Sender<u64>,
}

impl Store {
    /// Opens the database, makes it where it is missing, and brings it to the present form.
    pub async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options.clone())
            .await?;
        migrator().run(&write).await?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options.create_if_missing(false).read_only(true))
            .await?;
        Ok(Self { write, read, changed: watch::Sender::new(0) })
    }

    /// Begins a change. Nobody else writes until it is committed or dropped; dropped, nothing of it was.
    pub async fn change(&self) -> Result<Change> {
        let transaction = self.write.begin_with("begin immediate").await?;
        Ok(Change { transaction, changed: self.changed.clone() })
    }

    /// Begins to read, on one state of the database for as long as the answer lives.
    pub async fn read(&self) -> Result<Reading> {
        Ok(Reading { transaction: self.read.begin().await? })
    }

    /// Counts up whenever something was committed here, or [`Store::announce`] was called.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Wakes those who wait for changes; for changes that another process has made.
    pub fn announce(&self) {
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Authority over all rows, for the command line and the hub's own work.
    pub fn administrator(&self) -> AdminScope {
        AdminScope::new()
    }

    /// Ends all connections; what was committed is on disk.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

fn migrator() -> Migrator {
    let migrations = MIGRATIONS
        .iter()
        .map(|(number, name, sql)| {
            Migration::new(*number, Cow::Borrowed(*name), MigrationType::Simple, sqlx::SqlStr::from_static(sql), false)
        })
        .collect();
    Migrator::with_migrations(migrations)
}

/// A transaction that reads one state.
pub struct Reading {
    transaction: Transaction<'static, Sqlite>,
}

impl Deref for Reading {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

impl DerefMut for Reading {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.transaction
    }
}

/// A transaction that writes: a state change, its audit entry and its events are one.
pub struct Change {
    transaction: Transaction<'static, Sqlite>,
    changed: watch::Sender<u64>,
}

impl Change {
    /// Keeps all of it; it is on disk when this returns. Those who wait for changes are woken.
    pub async fn commit(self) -> Result<()> {
        self.transaction.commit().await?;
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
        Ok(())
    }
}

impl Deref for Change {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

impl DerefMut for Change {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.transaction
    }
}

// --- values in columns

/// A plain enum as the word that it has on the wire.
fn word<T: Serialize>(value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(StoreError::Damaged("not a word")),
    }
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| StoreError::Damaged("not JSON"))
}

fn from_word<T: DeserializeOwned>(row: &SqliteRow, column: &'static str) -> Result<T> {
    let word: String = row.try_get(column)?;
    serde_json::from_value(serde_json::Value::String(word)).map_err(|_| StoreError::Damaged(column))
}

fn from_json<T: DeserializeOwned>(row: &SqliteRow, column: &'static str) -> Result<T> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|_| StoreError::Damaged(column))
}

fn millis(moment: Moment) -> i64 {
    moment.0.as_millisecond()
}

fn to_moment(millis: i64) -> Result<Moment> {
    jiff::Timestamp::from_millisecond(millis).map(Moment).map_err(|_| StoreError::Damaged("time"))
}

fn moment(row: &SqliteRow, column: &'static str) -> Result<Moment> {
    to_moment(row.try_get(column)?)
}

fn maybe_moment(row: &SqliteRow, column: &'static str) -> Result<Option<Moment>> {
    row.try_get::<Option<i64>, _>(column)?.map(to_moment).transpose()
}

fn maybe_day(row: &SqliteRow, column: &'static str) -> Result<Option<Day>> {
    row.try_get::<Option<String>, _>(column)?
        .map(|text| text.parse().map(Day).map_err(|_| StoreError::Damaged(column)))
        .transpose()
}

fn number(row: &SqliteRow, column: &'static str) -> Result<u32> {
    u32::try_from(row.try_get::<i64, _>(column)?).map_err(|_| StoreError::Damaged(column))
}

fn large_number(row: &SqliteRow, column: &'static str) -> Result<u64> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|_| StoreError::Damaged(column))
}

fn stored(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| StoreError::Damaged("number too large"))
}
