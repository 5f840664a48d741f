use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::{
    machine,
    table::WORKLOADS,
    workload::{Problem, Workload},
};

/// What to measure, how long and how often.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these workloads.
    #[arg(value_parser = names())]
    workloads: Vec<String>,
    /// Interleaved rounds; the table shows the median.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Milliseconds of load per server and round.
    #[arg(long, default_value_t = 600)]
    millis: u64,
    /// Keep-alive connections.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Streams that are open at once.
    #[arg(long, default_value_t = 5000)]
    streams: usize,
    /// Whether the servers are right, rather than what they cost: a few requests of each kind.
    #[arg(long, conflicts_with_all = ["rounds", "millis", "connections", "streams"])]
    quick: bool,
}

fn names() -> PossibleValuesParser {
    let named = |workload: &Workload| PossibleValue::new(workload.name).help(workload.about);
    PossibleValuesParser::new(WORKLOADS.iter().map(named))
}

/// The same, ready to be carried out.
pub(crate) struct Plan {
    pub(crate) workloads: Vec<&'static Workload>,
    pub(crate) rounds: usize,
    pub(crate) warm_up: Duration,
    pub(crate) load: Duration,
    pub(crate) connections: usize,
    pub(crate) streams: usize,
    pub(crate) server_core: Option<usize>,
}

impl Plan {
    pub(crate) fn new(args: Args) -> Result<Self, Problem> {
        let chosen = |workload: &&Workload| {
            let name = |chosen: &String| chosen == workload.name;
            args.workloads.is_empty() || args.workloads.iter().any(name)
        };
        let workloads = WORKLOADS.iter().filter(chosen).collect();
        if args.quick {
            return Ok(Self {
                workloads,
                rounds: 1,
                warm_up: Duration::ZERO,
                load: Duration::ZERO,
                connections: 2,
                streams: 10,
                server_core: None,
            });
        }
        machine::allow_streams(args.streams)?;
        let cores = machine::two_cores()?;
        if let Some((_, load)) = cores {
            machine::stay_on(load)?;
        }
        Ok(Self {
            workloads,
            rounds: args.rounds,
            warm_up: Duration::from_millis(300),
            load: Duration::from_millis(args.millis),
            connections: args.connections,
            streams: args.streams,
            server_core: cores.map(|(server, _)| server),
        })
    }
}
