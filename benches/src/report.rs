//! The table: medians and spread, each a multiple of its floor in the same round.

use crate::{measure::Series, server::Variant};

/// Prints a row a variant.
pub(crate) fn print(all: &[Series]) {
    println!("| server | CPU µs/request | × floor, median (min–max) | RSS MiB |");
    println!("|---|---|---|---|");
    for series in all {
        let Some(floor) = floor_of(series.variant, all) else {
            continue;
        };
        let ratios: Vec<f64> = series
            .micros
            .iter()
            .zip(&floor.micros)
            .map(|(a, b)| a / b)
            .collect();
        let (low, middle, high) = spread(&ratios);
        let (_, micros, _) = spread(&series.micros);
        let mebibytes = series.resident_kib / 1024;
        println!(
            "| {} | {micros:.1} | {middle:.2} ({low:.2}–{high:.2}) | {mebibytes} |",
            series.variant.name()
        );
    }
}

/// The floor gets the same headers: with a bearer where the variant has one.
fn floor_of(variant: Variant, all: &[Series]) -> Option<&Series> {
    let floor = if variant.has_bearer() {
        Variant::FloorBearer
    } else {
        Variant::Floor
    };
    all.iter().find(|series| series.variant == floor)
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
