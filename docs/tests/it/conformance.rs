//! docs/conformance.md and docs/threat-model.md name tests; they must exist.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const MAP: &str = include_str!("../../conformance.md");
const THREATS: &str = include_str!("../../threat-model.md");

/// The crates whose tests the map may name.
const CRATES: [&str; 3] = ["mcp-auth", "mcp-core", "mcp-transport"];

#[test]
fn every_test_that_the_map_names_exists() {
    let known = tests_of_the_workspace();
    let named = named_tests();
    assert!(named.len() > 50, "the map was not read: {named:?}");

    let missing: Vec<_> = named.difference(&known).collect();
    assert!(
        missing.is_empty(),
        "docs/conformance.md names tests that do not exist; follow the renaming there: {missing:#?}"
    );
}

/// The threat model names tests by the id that their names hold: `t17_*`.
#[test]
fn every_threat_that_the_model_names_is_tested() {
    let known = tests_of_the_workspace();
    let ids: Vec<_> = THREATS
        .split('`')
        .filter_map(|span| span.strip_suffix("_*"))
        .collect();
    assert!(ids.len() > 30, "the model was not read: {ids:?}");
    for id in ids {
        let id = format!("{id}_");
        let is_tested = |test: &String| test.starts_with(&id) || test.contains(&format!("_{id}"));
        assert!(known.iter().any(is_tested), "no test is named {id}*");
    }
}

/// Code spans in the last column that are written like tests: lower-case words between underscores.
/// Scenarios of the suite have hyphens.
fn named_tests() -> BTreeSet<String> {
    let rows = MAP
        .lines()
        .filter(|line| line.starts_with("| T-") || line.starts_with("| A-"));
    let proofs = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    let spans = proofs.flat_map(|proof| proof.split('`').skip(1).step_by(2));
    let is_test = |span: &&str| {
        let mut letters = span.chars();
        span.contains('_') && letters.all(|c| matches!(c, '_' | 'a'..='z' | '0'..='9'))
    };
    spans.filter(is_test).map(str::to_owned).collect()
}

fn tests_of_the_workspace() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut tests = BTreeSet::new();
    for folder in CRATES {
        for file in rust_files(&root.join(folder)) {
            let source = fs::read_to_string(file).unwrap();
            let functions = source.split("fn ").skip(1);
            tests.extend(functions.filter_map(|rest| Some(rest.split_once('(')?.0.to_owned())));
        }
    }
    tests
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
