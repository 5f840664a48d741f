// mcp-remote: the bridge that stdio-only hosts use. Its browser is walk.mjs, through $BROWSER.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { CALLS, check, checkResult, checkTools, report, required, untilRefreshRotates, url } from "./lib.mjs";

const here = dirname(fileURLToPath(import.meta.url));
/** Options of mcp-remote beside the URL, and what this run is called. */
const OPTIONS = (process.env.INTEROP_OPTIONS ?? "").split(" ").filter(Boolean);
const NAME = process.env.INTEROP_NAME ?? "mcp-remote";

const proxy = join(required("INTEROP_NODE"), "node_modules/mcp-remote/dist/proxy.js");
const config = mkdtempSync(join(tmpdir(), "portcullis-mcp-remote-"));
const opened = join(config, "opened");
const browser = join(config, "browser.sh");
writeFileSync(
  browser,
  `#!/bin/sh\necho "$1" >>"${opened}"\nexec "${process.execPath}" "${join(here, "walk.mjs")}" --deliver "$1" >>"${config}/browser.log" 2>&1\n`,
  { mode: 0o755 },
);

/** One run of the bridge; `work` gets a function that sends a request and waits for its result. */
async function session(work) {
  const { DISPLAY, WAYLAND_DISPLAY, ...env } = process.env;
  const child = spawn(process.execPath, [proxy, url, ...OPTIONS], {
    env: { ...env, BROWSER: browser, MCP_REMOTE_CONFIG_DIR: config },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk) => (log += chunk));
  const waiting = new Map();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = JSON.parse(line);
    waiting.get(message.id)?.(message);
  });
  const ended = new Promise((_, reject) => {
    child.on("exit", (code) => reject(new Error(`mcp-remote ended with ${code}:\n${log}${browserLog()}`)));
  });
  ended.catch(() => {});
  let last = 0;
  const send = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const request = async (method, params) => {
    const id = ++last;
    const answered = new Promise((resolve) => waiting.set(id, resolve));
    send({ id, method, params });
    const { result, error } = await Promise.race([answered, ended]);
    check(!error, `${method}: ${JSON.stringify(error)}`);
    return result;
  };
  try {
    await request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "interop-mcp-remote", version: "1.0.0" },
    });
    send({ method: "notifications/initialized" });
    return await work(request);
  } finally {
    child.kill("SIGTERM");
    await ended.catch(() => {});
  }
}

function browserLog() {
  try {
    return readFileSync(join(config, "browser.log"), "utf8");
  } catch {
    return "(no browser was opened)";
  }
}

function tokensFile() {
  const folder = readdirSync(config).find((name) => name.startsWith("mcp-remote-"));
  const name = readdirSync(join(config, folder)).find((file) => file.endsWith("_tokens.json"));
  return join(config, folder, name);
}

const logins = () => readFileSync(opened, "utf8").trim().split("\n").length;

try {
  const tools = await session(async (request) => {
    const count = checkTools((await request("tools/list", {})).tools);
    for (const call of CALLS) checkResult(call, await request("tools/call", call));
    return count;
  });
  check(logins() === 1, `a browser was opened ${logins()} times`);

  await untilRefreshRotates();
  // The next run finds an access token that the server refuses, and a good refresh token.
  const before = JSON.parse(readFileSync(tokensFile(), "utf8"));
  check(before.refresh_token, "mcp-remote was given no refresh token");
  writeFileSync(tokensFile(), JSON.stringify({ ...before, access_token: "spoilt" }));
  await session(async (request) => checkResult(CALLS[0], await request("tools/call", CALLS[0])));
  const after = JSON.parse(readFileSync(tokensFile(), "utf8"));
  check(logins() === 1, "mcp-remote had to sign in again");
  check(after.access_token !== "spoilt" && after.access_token !== before.access_token, "no new access token");
  check(after.refresh_token !== before.refresh_token, "the refresh token was not rotated");
  report(NAME, { tools, calls: CALLS.length, refresh: 1 });
} finally {
  rmSync(config, { recursive: true, force: true });
}
