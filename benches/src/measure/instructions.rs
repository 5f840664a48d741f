//! Instructions per request, counted by callgrind. The count repeats to about one in a thousand
//! whatever else the machine does, so it decides what a timed ratio is too coarse for.
//!
//! A server runs under callgrind with one connection. A dump after the warm-up sets the counters to
//! zero, so that neither start-up nor what is filled in once counts; a second dump ends the count.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tokio::time::timeout;

use super::process::Server;
use crate::{
    client::Client,
    table::WORKLOADS,
    workload::{Ask, Kind, Problem, Workload},
};

/// The contender that another build is compared with.
const OURS: &str = "portcullis";
/// Longer than any server takes under callgrind.
const LONGEST: Duration = Duration::from_secs(300);

/// What to count, and beside what.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Workloads of single requests.
    #[arg(default_values = ["call", "call-with-token", "list"])]
    workloads: Vec<String>,
    /// The `bench` of another build, whose server is counted in the same run.
    #[arg(long, value_name = "BENCH")]
    beside: Option<PathBuf>,
    /// Requests that are counted.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    requests: u32,
    /// Requests before the count begins.
    #[arg(long, default_value_t = 300)]
    warm_up: u32,
    /// Fails if this build's server takes more than this above the other build's, in per cent.
    #[arg(long, requires = "beside", value_name = "PER_CENT")]
    at_most: Option<f64>,
}

/// Counts, and prints the table row by row.
pub(crate) async fn run(args: &Args) -> Result<(), Problem> {
    println!("| workload | server | instructions/request | above the floor | × floor | beside |");
    println!("|---|---|---|---|---|---|");
    let mut over = Vec::new();
    for name in &args.workloads {
        let (workload, ask) = single_requests(name)?;
        let growth = rows(workload, ask, args).await?;
        if growth.zip(args.at_most).is_some_and(|(is, most)| is > most) {
            over.push(workload.name);
        }
    }
    if over.is_empty() {
        return Ok(());
    }
    Err(format!("more instructions than allowed: {}", over.join(", ")).into())
}

fn single_requests(name: &str) -> Result<(&'static Workload, &'static Ask), Problem> {
    let workload = WORKLOADS.iter().find(|workload| workload.name == name);
    let workload = workload.ok_or_else(|| format!("no such workload: {name}"))?;
    match &workload.kind {
        Kind::Answer(ask) => Ok((workload, ask)),
        _ => Err(format!("{name} does not consist of single requests").into()),
    }
}

/// Prints a row per server; gives by how many per cent ours exceeds the other build's.
async fn rows(workload: &Workload, ask: &Ask, args: &Args) -> Result<Option<f64>, Problem> {
    let this = std::env::current_exe()?;
    let (mut floor, mut growth) = (None, None);
    for contender in workload.contenders {
        let is = count(&this, workload, contender.name, ask, args).await?;
        let floor = *floor.get_or_insert(is);
        let row = |server: &str, is: f64, beside: &str| {
            let (above, ratio) = (is - floor, is / floor);
            let name = workload.name;
            println!("| {name} | {server} | {is:.0} | {above:.0} | {ratio:.2} | {beside} |");
        };
        let Some(other) = args.beside.as_ref().filter(|_| contender.name == OURS) else {
            row(contender.name, is, "");
            continue;
        };
        let was = count(other, workload, contender.name, ask, args).await?;
        let per_cent = (is / was - 1.0) * 100.0;
        growth = Some(per_cent);
        row("portcullis, the other build", was, "");
        row(contender.name, is, &format!("{per_cent:+.2} %"));
    }
    Ok(growth)
}

/// The instructions per request of a server, in user space.
async fn count(
    bench: &Path,
    workload: &Workload,
    contender: &str,
    ask: &Ask,
    args: &Args,
) -> Result<f64, Problem> {
    let dumps = Dumps::new()?;
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "-q"]);
    command.arg(format!("--callgrind-out-file={}", dumps.prefix().display()));
    command.arg(bench).args(["serve", workload.name, contender]);
    let server = Server::spawn(command).map_err(|problem| format!("valgrind: {problem}"))?;
    let load = async {
        let mut client = Client::connect(server.target.port).await?;
        let request = (ask.request)(&server.target);
        let mut send = async |times: u32| {
            for _ in 0..times {
                ask.right.check(client.exchange(&request).await?)?;
            }
            Ok::<(), Problem>(())
        };
        send(args.warm_up).await?;
        dump(&server)?;
        send(args.requests).await?;
        dump(&server)
    };
    timeout(LONGEST, load).await.map_err(|_| "no answer")??;
    Ok(dumps.total(2)? / f64::from(args.requests))
}

/// Writes the counters to the next file and sets them to zero.
fn dump(server: &Server) -> Result<(), Problem> {
    let done = Command::new("callgrind_control")
        .args(["--dump", &server.id().to_string()])
        .output()?;
    if done.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&done.stderr).into_owned().into())
}

/// callgrind's files of one server, numbered from 1.
struct Dumps(PathBuf);

impl Dumps {
    fn new() -> Result<Self, Problem> {
        let name = format!("portcullis-bench-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    fn prefix(&self) -> PathBuf {
        self.0.join("callgrind")
    }

    fn total(&self, number: u32) -> Result<f64, Problem> {
        let file = self.0.join(format!("callgrind.{number}"));
        let text = fs::read_to_string(&file)?;
        let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
        Ok(total.ok_or("callgrind wrote no total")?.trim().parse()?)
    }
}

impl Drop for Dumps {
    fn drop(&mut self) {
        // What is left lies among other temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}
