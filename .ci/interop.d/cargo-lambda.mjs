// The real weather-lambda under the emulator of cargo-lambda, buffered and streaming: requests by its
// function URL, and a load balancer's event by its invoke API.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { check, checkResult, CALLS, report, required } from "./lib.mjs";
import { freePort, startIssuer } from "./issuer.mjs";
import { FRONTS, responseOf } from "./lambda.mjs";

const BASE_PATH = "/weather-nodejs-lambda";
const MCP = `${BASE_PATH}/mcp`;
const PUBLIC_URL = "https://mcp.example.com";
const HOST = new URL(PUBLIC_URL).host;
/** On a loaded machine the emulator loses an answer now and then. A fault is there each time. */
const ATTEMPTS = 2;

const bin = required("INTEROP_BIN");
const emulator = required("INTEROP_CARGO_LAMBDA");
const folder = `${required("INTEROP_WORK")}/emulated`;

/** The emulator reads the names of functions from a package, though it builds none of them here. */
mkdirSync(`${folder}/src`, { recursive: true });
writeFileSync(`${folder}/src/main.rs`, "fn main() {}\n");
writeFileSync(`${folder}/Cargo.toml`, '[package]\nname = "f"\nversion = "0.1.0"\nedition = "2024"\n\n[workspace]\n');

/** An emulator of its own for a function of that mode. */
async function emulate(mode, environment) {
  const port = await freePort();
  const args = ["lambda", "watch", "--only-lambda-apis", "--invoke-address", "127.0.0.1", "--invoke-port", String(port)];
  const children = [spawn(emulator, args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] })];
  const stop = () => children.forEach((child) => child.kill());
  try {
    await until(() => connected(port));
    children.push(spawn(`${bin}/weather-lambda`, {
      env: {
        ...environment,
        LAMBDA_INVOKE_MODE: mode,
        AWS_LAMBDA_RUNTIME_API: `http://127.0.0.1:${port}/.rt`,
        AWS_LAMBDA_FUNCTION_NAME: "_",
        AWS_LAMBDA_FUNCTION_VERSION: "1",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "4096",
      },
      stdio: ["ignore", "ignore", "inherit"],
    }));
  } catch (error) {
    stop();
    throw error;
  }
  return { port, stop };
}

async function until(attempt) {
  for (let left = 300; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((later) => setTimeout(later, 100));
    }
  }
}

function connected(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket.destroy()));
    socket.once("error", reject);
  });
}

function send(port, { method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, method, path, headers, timeout: 8_000 }, async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() });
    });
    request.once("timeout", () => request.destroy(new Error(`${path}: no answer`)));
    request.once("error", reject).end(body);
  });
}

async function ask(port, asked) {
  for (let left = ATTEMPTS; ; left--) {
    const answer = await send(port, asked).catch((error) => error);
    const lost = answer instanceof Error || isLost(answer);
    if (lost && left > 1) continue;
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

/** The emulator's own words, when it has no answer of the function that it understands. */
function isLost({ status, body }) {
  return status === 500 && body.includes("https://httpstatuses.com/500");
}

const byUrl = ({ path, headers, ...rest }) => ({ ...rest, path: `/lambda-url/_${path}`, headers: { host: HOST, ...headers } });

const byInvocation = (event) => ({
  method: "POST",
  path: "/2015-03-31/functions/_/invocations",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(event),
});

/** The result in a body that is JSON or an event stream. */
function resultOf({ body }) {
  const text = body.includes("data: ") ? body.split("data: ").at(-1) : body;
  return JSON.parse(text).result;
}

function expectStatus(status, answer, what) {
  check(answer.status === status, `${what}: ${answer.status} ${answer.body}`);
  return answer;
}

const { server, issuer, jwks, token } = await startIssuer(PUBLIC_URL + MCP);
const environment = {
  PUBLIC_URL, BASE_PATH, AUTH_ISSUER: issuer, AUTH_JWKS_URI: jwks, WEATHER: "recorded", RUST_LOG: "error",
};
const calling = (call, headers = {}) => ({
  method: "POST",
  path: MCP,
  body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: call }),
  headers: {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    authorization: `Bearer ${token({ scope: "mcp-server/read" })}`,
    ...headers,
  },
});

const running = [];
try {
  const buffering = await emulate("BUFFERED", environment);
  running.push(buffering);
  const { port } = buffering;
  const health = await ask(port, byUrl({ method: "GET", path: `${BASE_PATH}/`, headers: {}, body: "" }));
  expectStatus(200, health, "health");
  const challenge = await ask(port, byUrl(calling(CALLS[0], { authorization: "Bearer none" })));
  expectStatus(401, challenge, "no token");
  check(challenge.headers["www-authenticate"]?.startsWith("Bearer "), "the 401 has no challenge");
  let called;
  for (const call of CALLS) {
    called = expectStatus(200, await ask(port, byUrl(calling(call))), call.name);
    checkResult(call, resultOf(called));
    for (const name of ["load balancer", "load balancer, multi-value headers"]) {
      const { headers, ...asked } = calling(call);
      const event = FRONTS[name].event({ ...asked, headers: { host: HOST, ...headers } });
      const invoked = expectStatus(200, await ask(port, byInvocation(event)), `invocation by a ${name}`);
      const returned = responseOf({ streaming: false, bytes: invoked.body });
      expectStatus(200, returned, `${call.name} by a ${name}`);
      checkResult(call, resultOf(returned));
    }
  }

  const streaming = await emulate("RESPONSE_STREAM", environment);
  running.push(streaming);
  for (const call of CALLS) {
    const asked = byUrl(calling(call, { accept: "text/event-stream" }));
    const streamed = expectStatus(200, await ask(streaming.port, asked), `${call.name}, streamed`);
    // The emulator passes on what the function tells the runtime API of its answer.
    check(streamed.headers["lambda-runtime-function-response-mode"] === "streaming", "the answer was not streamed");
    check(streamed.headers["content-type"] === "text/event-stream", `streamed as ${streamed.headers["content-type"]}`);
    checkResult(call, resultOf(streamed));
  }
  report("cargo-lambda", { health: health.status, call: called.status, stream: "ok" });
} finally {
  for (const it of running) it.stop();
  server.close();
  server.closeAllConnections();
}
