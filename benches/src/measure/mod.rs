//! Rounds: every server in turn, so that what else the machine does hits all of them alike.

pub(crate) mod instructions;
mod load;
mod plan;
mod process;
mod streams;

use std::{io::Write, time::Duration};

pub(crate) use plan::{Args, Plan};
use process::Server;
pub(crate) use streams::{listen, session, sse};
use tokio::time::timeout;

use crate::{
    machine,
    report::{self, Series},
    workload::{Kind, Problem, Workload},
};

/// Measures, and prints the table row by row.
pub(crate) async fn run(args: Args) -> Result<(), Problem> {
    let plan = Plan::new(args)?;
    report::begin(&plan, &machine::processor());
    for workload in &plan.workloads {
        report::rows(workload, &rounds(workload, &plan).await?);
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// One figure a contender and round. Each is of a process of its own, so that neither what a server
/// did before nor where its memory happens to lie stays the same for all rounds.
async fn rounds(workload: &'static Workload, plan: &Plan) -> Result<Vec<Series>, Problem> {
    let contenders = workload.contenders;
    let mut all = vec![Series::new(); contenders.len()];
    for round in 0..plan.rounds {
        for offset in 0..contenders.len() {
            let index = (round + offset) % contenders.len();
            let name = contenders[index].name;
            let said = |problem| format!("{} at {}: {problem}", name, workload.name);
            let server = Server::start(workload.name, name, plan.server_core).map_err(said)?;
            let figure = patiently(figure(&workload.kind, &server, plan)).await;
            all[index].push(figure.map_err(said)?);
        }
    }
    Ok(all)
}

/// A server that says nothing answers wrongly, too.
async fn patiently(figure: impl Future<Output = Result<f64, Problem>>) -> Result<f64, Problem> {
    const LONG: Duration = Duration::from_secs(120);
    timeout(LONG, figure)
        .await
        .unwrap_or_else(|_| Err("no answer for two minutes".into()))
}

async fn figure(kind: &Kind, server: &Server, plan: &Plan) -> Result<f64, Problem> {
    match kind {
        Kind::Answer(ask) => load::answers(server, ask, plan).await,
        Kind::Event(ask) => load::events(server, ask, plan).await,
        Kind::Idle(open) => streams::memory(server, *open, plan).await,
        Kind::FanOut {
            open,
            announce,
            heard,
        } => streams::fan_out(server, *open, announce, heard, plan).await,
    }
}
