//! One connection to say something on, for all of this process.

use std::sync::Arc;

use redis::{
    Client, Cmd, FromRedisValue, RedisError, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use crate::session::Locked;

/// The connection. redis makes one again that breaks, but keeps one on which nothing is answered: to a
/// host that is gone the kernel would go on sending for a quarter of an hour. So a command without an
/// answer is the last one on its connection.
#[derive(Clone)]
pub(super) struct Commands {
    client: Client,
    current: Arc<Locked<Connection>>,
}

#[derive(Clone)]
struct Connection {
    manager: ConnectionManager,
    /// So that of many commands without an answer one replaces the connection.
    number: u64,
}

impl Commands {
    pub(super) async fn connect(client: Client) -> RedisResult<Self> {
        let manager = client.get_connection_manager().await?;
        let current = Locked::new(Connection { manager, number: 0 });
        Ok(Self {
            client,
            current: Arc::new(current),
        })
    }

    pub(super) async fn run<T: FromRedisValue>(&self, command: Cmd) -> RedisResult<T> {
        let Connection {
            mut manager,
            number,
        } = self.current.lock().clone();
        let answer = command.query_async(&mut manager).await;
        if answer.as_ref().is_err_and(RedisError::is_timeout) {
            self.replace(number)?;
        }
        answer
    }

    fn replace(&self, number: u64) -> RedisResult<()> {
        let mut current = self.current.lock();
        if current.number == number {
            let config = ConnectionManagerConfig::new();
            current.manager = self.client.get_connection_manager_lazy(config)?;
            current.number += 1;
        }
        Ok(())
    }
}
