//! A server in a process of its own, whose costs the operating system keeps account of.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use crate::workload::{Problem, Target};

pub(super) struct Server {
    child: Child,
    pub(super) target: Target,
}

impl Server {
    /// Starts a contender, on a core where one is named.
    pub(super) fn start(
        workload: &str,
        contender: &str,
        core: Option<usize>,
    ) -> Result<Self, Problem> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", workload, contender]);
        if let Some(core) = core {
            command.args(["--core", &core.to_string()]);
        }
        Self::spawn(command)
    }

    /// Starts a command that serves a contender, and reads where.
    pub(super) fn spawn(mut command: Command) -> Result<Self, Problem> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take();
        let mut server = Self {
            child,
            target: Target::mcp(0),
        };
        let mut line = String::new();
        BufReader::new(stdout.ok_or("no stdout")?).read_line(&mut line)?;
        let mut words = line.split_whitespace();
        server.target.port = words.next().ok_or("it did not start")?.parse()?;
        if let Some(bearer) = words.next() {
            server.target.authorization = format!("Authorization: Bearer {bearer}\r\n");
        }
        Ok(server)
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Microseconds on a CPU of all threads, from the scheduler's own accounting.
    pub(super) fn cpu_micros(&self) -> Result<f64, Problem> {
        let mut nanos = 0.0;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = fs::read_to_string(task?.path().join("schedstat"))?;
            nanos += text
                .split(' ')
                .next()
                .ok_or("empty schedstat")?
                .parse::<f64>()?;
        }
        Ok(nanos / 1000.0)
    }

    pub(super) fn resident_kib(&self) -> Result<f64, Problem> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .ok_or("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
