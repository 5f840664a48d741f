//! `weather-demo` as a process that is started, asked and ended.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use serde_json::Value;

pub(crate) struct RunningDemo {
    child: Child,
    pub(crate) ready: Value,
}

impl RunningDemo {
    /// Starts the demo on a free port and reads its ready line.
    pub(crate) async fn start(data: &str) -> Self {
        let data = data.to_owned();
        blocking(move || Self::start_at("127.0.0.1:0", &data)).await
    }

    fn start_at(listen: &str, data: &str) -> Self {
        let mut child = command(&["--listen", listen, "--data", data])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready = serde_json::from_str(&line).unwrap();
        Self { child, ready }
    }

    /// A string of the ready line.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.ready[key].as_str().unwrap()
    }

    pub(crate) fn origin(&self) -> &str {
        self.text("origin")
    }

    pub(crate) fn mcp(&self) -> &str {
        self.ready["mcp"][0].as_str().unwrap()
    }

    pub(crate) fn port(&self) -> &str {
        self.origin().rsplit_once(':').unwrap().1
    }

    /// As an operator stops it.
    pub(crate) async fn terminate(mut self) -> ExitStatus {
        blocking(move || {
            let kill = format!("kill -TERM {}", self.child.id());
            assert!(
                Command::new("sh")
                    .args(["-c", &kill])
                    .status()
                    .unwrap()
                    .success()
            );
            self.child.wait().unwrap()
        })
        .await
    }

    /// As the power supply stops it, and started again on the same port.
    pub(crate) async fn crash_and_restart(mut self, data: &str) -> Self {
        let (listen, data) = (format!("127.0.0.1:{}", self.port()), data.to_owned());
        blocking(move || {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
            Self::start_at(&listen, &data)
        })
        .await
    }
}

impl Drop for RunningDemo {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for a process while connections go on, so that a client notices those that have ended.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// Runs the demo, which is expected to refuse, to its end.
pub(crate) fn refused(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weather-demo"));
    command
        .args(arguments)
        .args(["--weather", "recorded", "--ready", "json"])
        .env_remove("RUST_LOG");
    command
}
