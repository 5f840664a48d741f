// Judges one run of the conformance suite by the files that it writes with `--output-dir`: its own
// summary is silent about warnings and about checks that it skipped.
//
//     node verdict.mjs RUN RESULTS [fails:SCENARIO | proves-less:SCENARIO]…
//
// Prints `conformance RUN passed=N failed=M`. A scenario must pass: no check fails, warns or is
// skipped, and at least one is its own. The others must be exactly those that are named, else what is
// different is printed, and the exit code is 1, or 2 if nothing is worse than a warning.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [run, results, ...expected] = process.argv.slice(2);
// Every scenario ends with this one, also where it has checked nothing of its own.
const ALWAYS = "wire-schema-valid";

if (!existsSync(results)) {
  console.log(`conformance ${run}: the suite ran nothing`);
  process.exit(1);
}
const scenarios = readdirSync(results).sort().map(scenario);
const all = scenarios.flatMap(({ checks }) => checks);
const count = (status) => all.filter((check) => check.status === status).length;
console.log(`conformance ${run} passed=${count("SUCCESS")} failed=${count("FAILURE")}`);

const imperfect = scenarios.filter(({ verdict }) => verdict !== "passes");
const unexpected = imperfect.filter((it) => !expected.includes(`${it.verdict}:${it.name}`));
const found = imperfect.map(({ verdict, name }) => `${verdict}:${name}`);
const outdated = expected.filter((it) => !found.includes(it));

for (const { verdict, name, odd } of unexpected) {
  console.log(`  ${verdict}: ${name}`);
  for (const { status, id, description, errorMessage } of odd) {
    console.log(`    ${status} ${id}: ${(errorMessage ?? description).slice(0, 300)}`);
  }
}
for (const it of outdated) console.log(`  not so any more, take it off the list in .ci/conformance: ${it}`);
const wrong = outdated.length > 0 || unexpected.some(({ verdict }) => verdict === "fails");
process.exit(wrong ? 1 : unexpected.length > 0 ? 2 : 0);

function scenario(folder) {
  const [, name] = /^(?:authorization-)?server-(.*)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(folder);
  const checks = checksOf(join(results, folder, "checks.json"));
  const odd = checks.filter(({ status }) => status !== "SUCCESS" && status !== "INFO");
  const own = checks.some(({ status, id }) => status === "SUCCESS" && id !== ALWAYS);
  const failed = odd.some(({ status }) => status === "FAILURE");
  const verdict = failed ? "fails" : odd.length > 0 || !own ? "proves-less" : "passes";
  return { name, checks, odd, verdict };
}

// A scenario that broke off has left no file.
function checksOf(file) {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  return [{ status: "FAILURE", id: "scenario", description: "it broke off" }];
}
