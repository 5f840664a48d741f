//! What the machine must lend: a core for each side, and open files.

use std::fs;

use rustix::{
    process::{Resource, Rlimit, getrlimit, setrlimit},
    thread::{CpuSet, sched_getaffinity, sched_setaffinity},
};

use crate::workload::Problem;

/// A core for the servers and one for the load; `None` where there is only one.
pub(crate) fn two_cores() -> Result<Option<(usize, usize)>, Problem> {
    let allowed = sched_getaffinity(None)?;
    let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
    Ok(cores.next().zip(cores.next()))
}

/// Keeps this thread, and what it starts, on a core.
pub(crate) fn stay_on(core: usize) -> Result<(), Problem> {
    let mut cores = CpuSet::new();
    cores.set(core);
    Ok(sched_setaffinity(None, &cores)?)
}

/// Raises the limit of open files, of this process and of the ones that it starts, so that each can
/// hold one end of so many streams.
pub(crate) fn allow_streams(streams: usize) -> Result<(), Problem> {
    const OTHERS: u64 = 100;
    let limit = getrlimit(Resource::Nofile);
    let needed = u64::try_from(streams)? + OTHERS;
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    if let Some(most) = limit.maximum.filter(|most| *most < needed) {
        let possible = most.saturating_sub(OTHERS);
        return Err(format!(
            "{streams} streams need {needed} open files, but the hard limit of this process is \
             {most}: raise it (`ulimit -Hn {needed}` as root), or say `--streams {possible}`"
        )
        .into());
    }
    let raised = Rlimit {
        current: Some(needed),
        maximum: limit.maximum,
    };
    Ok(setrlimit(Resource::Nofile, raised)?)
}

/// The processor, as the kernel names it.
pub(crate) fn processor() -> String {
    let about = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = about
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or("unknown", |(_, name)| name).to_owned()
}
