//! The table: medians and spread, each a multiple of its floor in the same round.

use crate::{measure::Plan, workload::Workload};

/// The figures of one contender, one a round.
pub(crate) type Series = Vec<f64>;

/// How it was measured, and the table's head.
pub(crate) fn begin(plan: &Plan, processor: &str) {
    println!(
        "{processor}; {} rounds, {} ms of load over {} connections, {} streams.\n",
        plan.rounds,
        plan.load.as_millis(),
        plan.connections,
        plan.streams
    );
    println!("| workload | server | median | × floor, median (min–max) |");
    println!("|---|---|---|---|");
}

/// A row a contender.
pub(crate) fn rows(workload: &Workload, all: &[Series]) {
    let Some(floor) = all.first() else { return };
    let unit = workload.kind.unit();
    for (contender, series) in workload.contenders.iter().zip(all) {
        let ratios: Vec<f64> = series.iter().zip(floor).map(|(a, b)| a / b).collect();
        let (low, middle, high) = spread(&ratios);
        let (_, median, _) = spread(series);
        println!(
            "| {} | {} | {median:.1} {unit} | {middle:.2} ({low:.2}–{high:.2}) |",
            workload.name, contender.name
        );
    }
}

fn spread(values: &[f64]) -> (f64, f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let pick = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    (
        pick(0),
        pick(sorted.len() / 2),
        pick(sorted.len().saturating_sub(1)),
    )
}
