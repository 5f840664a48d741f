//! Rounds: every server in turn, so that what else the machine does hits all of them alike.

use std::{
    error::Error,
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use clap::ValueEnum;

use crate::{load, request, server::Variant};

/// How long and how often.
#[derive(clap::Args)]
pub(crate) struct Plan {
    /// Interleaved rounds; the table shows the median.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Milliseconds of load per server and round.
    #[arg(long, default_value_t = 1500)]
    millis: u64,
    /// Keep-alive connections.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Only these variants (and their floors).
    #[arg(long)]
    only: Vec<Variant>,
}

/// CPU microseconds per request of one variant, a value a round.
pub(crate) struct Series {
    pub(crate) variant: Variant,
    pub(crate) micros: Vec<f64>,
    pub(crate) resident_kib: u64,
}

/// Runs the plan.
pub(crate) async fn run(plan: &Plan) -> Result<Vec<Series>, Box<dyn Error>> {
    let mut servers = start(&plan.only)?;
    let mut all: Vec<Series> = servers
        .iter()
        .map(|s| Series {
            variant: s.variant,
            micros: Vec::new(),
            resident_kib: 0,
        })
        .collect();
    let warm_up = Duration::from_millis(200);
    for round in 0..plan.rounds {
        for offset in 0..servers.len() {
            let index = (round + offset) % servers.len();
            let (server, series) = (&servers[index], &mut all[index]);
            load::run(server.port, &server.request, plan.connections, warm_up).await?;
            let before = cpu_nanos(server.child.id())?;
            let time = Duration::from_millis(plan.millis);
            let answered = load::run(server.port, &server.request, plan.connections, time).await?;
            let spent = cpu_nanos(server.child.id())? - before;
            #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
            series.micros.push(spent as f64 / 1000.0 / answered as f64);
            series.resident_kib = resident_kib(server.child.id())?;
        }
    }
    for server in &mut servers {
        server.child.kill()?;
        server.child.wait()?;
    }
    Ok(all)
}

struct Server {
    variant: Variant,
    child: Child,
    port: u16,
    request: Vec<u8>,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone after a good run.
        let _ = self.child.kill();
    }
}

/// Starts each variant on core 0; the load has core 1 (`taskset` in README's command).
fn start(only: &[Variant]) -> Result<Vec<Server>, Box<dyn Error>> {
    let wanted = |v: &Variant| only.is_empty() || v.is_floor() || only.contains(v);
    let mut servers = Vec::new();
    for variant in Variant::value_variants().iter().copied().filter(wanted) {
        let name = variant.name();
        let mut child = Command::new("taskset")
            .args(["-c", "0"])
            .arg(std::env::current_exe()?)
            .args(["serve", &name])
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let mut words = line.split_whitespace();
        let port = words
            .next()
            .ok_or_else(|| format!("{name} did not start"))?
            .parse()?;
        let bearer = words.next();
        servers.push(Server {
            variant,
            child,
            port,
            request: request::bytes(port, bearer),
        });
    }
    Ok(servers)
}

/// Time on a CPU of all threads, from the scheduler's own accounting.
fn cpu_nanos(pid: u32) -> Result<u64, Box<dyn Error>> {
    let mut nanos = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        nanos += text
            .split(' ')
            .next()
            .ok_or("empty schedstat")?
            .parse::<u64>()?;
    }
    Ok(nanos)
}

fn resident_kib(pid: u32) -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|l| l.strip_prefix("VmRSS:"))
        .ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
}
