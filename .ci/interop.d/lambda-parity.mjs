// One set of requests to weather-http, and as events of every front to the real weather-lambda, with
// the real runtime against a stand-in of Lambda's runtime API: the same answers.
import { spawn } from "node:child_process";
import { request as httpRequest } from "node:http";
import { freePort, startIssuer } from "./issuer.mjs";
import { check, report, required } from "./lib.mjs";
import { FRONTS, HOSTS, responseOf, startFunction } from "./lambda.mjs";

const BASE_PATH = "/weather-nodejs-lambda";
const MCP = `${BASE_PATH}/mcp`;
const PUBLIC_URL = "https://mcp.example.com";

const bin = required("INTEROP_BIN");

function corpus(token) {
  const reader = token({ scope: "mcp-server/read" });
  const rpc = (method, params, id = 1) => ({ jsonrpc: "2.0", id, method, params });
  const call = (name, args) => rpc("tools/call", { name, arguments: args });
  const post = (body, headers = {}, rest = {}) => ({
    method: "POST",
    path: MCP,
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${reader}`,
      ...headers,
    },
    ...rest,
  });
  const get = (path, headers = {}) => ({ method: "GET", path, body: "", headers });
  const alerts = call("get_alerts", { state: "CA" });
  const forecast = call("get_forecast", { latitude: 37.7749, longitude: -122.4194 });
  const client = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "interop", version: "1" } };
  const modern = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  return [
    [200, post(rpc("initialize", client, 0))],
    [202, post({ jsonrpc: "2.0", method: "notifications/initialized" })],
    [200, post(rpc("tools/list"))],
    [200, post(alerts)],
    [200, post(forecast, { "mcp-protocol-version": "2025-11-25" })],
    [200, post(forecast, {}, { base64: true })],
    [200, post(alerts, { accept: "text/event-stream" })],
    [200, post(call("get_alerts", { state: "California" }))],
    [200, post(call("get_weather", {}))],
    [200, post([alerts, rpc("ping", undefined, 2)])],
    [200, post(rpc("tools/call", { name: "get_alerts", arguments: { state: "CA" }, _meta: modern }), {
      "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "get_alerts" })],
    [400, post(rpc("tools/call", { name: "get_alerts", arguments: { state: "CA" }, _meta: modern }), {
      "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "get_forecast" })],
    [400, post("{")],
    [400, post('{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}')],
    [415, post(alerts, { "content-type": "text/plain" })],
    [401, post(alerts, { authorization: undefined })],
    [401, post(alerts, { authorization: "Bearer none" })],
    [401, post(alerts, { authorization: `Bearer ${token({ aud: `${PUBLIC_URL}/other/mcp`, scope: "mcp-server/read" })}` })],
    [403, post(alerts, { authorization: `Bearer ${token({ scope: "mcp-server/write" })}` })],
    [403, post([rpc("ping"), alerts], { authorization: `Bearer ${token({})}` })],
    [403, post(alerts, { host: "evil.example" })],
    [403, post(alerts, { origin: "https://evil.example" })],
    [405, get(MCP, { authorization: `Bearer ${reader}` })],
    [405, { ...get(MCP, { authorization: `Bearer ${reader}` }), method: "DELETE" }],
    [200, get(`/.well-known/oauth-protected-resource${MCP}`)],
    [200, get(`${BASE_PATH}/`, { host: "10.0.0.7" })],
    [200, get("/healthz", { host: "10.0.0.7" })],
    [404, get("/weather-nodejs/mcp")],
  ];
}

function overHttp(port, { method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, method, path, headers, setHost: false }, async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      const headers = new Map(Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(", ")]));
      resolve({ status: response.statusCode, headers, body: Buffer.concat(chunks).toString() });
    });
    request.once("error", reject).end(body);
  });
}

async function ready(port) {
  for (let attempt = 0; attempt < 150; attempt++) {
    const answer = await overHttp(port, { method: "GET", path: "/healthz", headers: { host: "localhost" }, body: "" }).catch(() => {});
    if (answer?.status === 200) return;
    await new Promise((later) => setTimeout(later, 100));
  }
  throw new Error("weather-http did not start");
}

/** Headers of a connection, or of one answer only, are no part of it. */
const CHANGING = new Set(["connection", "content-length", "date", "keep-alive", "transfer-encoding", "x-request-id"]);

/** Where nothing is sent, its type is none either: Lambda's runtime adds one to a streamed answer. */
const typed = (name, body) => name !== "content-type" || body !== "";

function lasting({ status, headers, body }) {
  const kept = [...headers].filter(([name]) => !CHANGING.has(name) && typed(name, body));
  return JSON.stringify({ status, headers: kept.sort(), body });
}

/** Drops what is not to be sent, and adds the front's Host. */
function withHost(asked, host) {
  const headers = Object.entries({ host, ...asked.headers }).filter(([, value]) => value !== undefined);
  return { ...asked, headers: Object.fromEntries(headers) };
}

const { server, issuer, jwks, token } = await startIssuer(PUBLIC_URL + MCP);
const environment = {
  PUBLIC_URL,
  BASE_PATH,
  AUTH_ISSUER: issuer,
  AUTH_JWKS_URI: jwks,
  ALLOWED_HOSTS: HOSTS.join(),
  WEATHER: "recorded",
  RUST_LOG: "error",
};
const port = await freePort();
const http = spawn(`${bin}/weather-http`, { env: { ...environment, PORT: String(port) }, stdio: ["ignore", "ignore", "inherit"] });
const functions = [];
try {
  await ready(port);
  const start = (mode) => startFunction(`${bin}/weather-lambda`, { ...environment, LAMBDA_INVOKE_MODE: mode });
  const buffering = await start("BUFFERED");
  functions.push(buffering);
  const streaming = await start("RESPONSE_STREAM");
  functions.push(streaming);

  const fronts = Object.entries(FRONTS).map(([name, front]) => ({ name, ...front, function: buffering, streams: false }));
  const url = fronts.at(-1);
  fronts.push({ ...url, name: `${url.name}, streamed`, function: streaming, streams: true });

  const counts = { requests: 0, identical: 0 };
  for (const [status, asked] of corpus(token)) {
    const expected = await overHttp(port, withHost(asked, "mcp.example.com"));
    check(expected.status === status, `${asked.method} ${asked.path} ${asked.body}: ${expected.status} ${expected.body}`);
    for (const front of fronts) {
      const returned = await front.function.invoke(front.event(withHost(asked, front.host)));
      check(returned.streaming === front.streams, `${front.name}: streaming is ${returned.streaming}`);
      counts.requests += 1;
      const [got, wanted] = [lasting(responseOf(returned)), lasting(expected)];
      if (got === wanted) counts.identical += 1;
      else console.error(`${front.name}: ${asked.method} ${asked.path} ${asked.body}\n  lambda: ${got}\n  http:   ${wanted}`);
    }
  }
  check(counts.requests === counts.identical, `identical=${counts.identical} of requests=${counts.requests}`);
  report("lambda-parity", counts);
} finally {
  for (const it of functions) it.stop();
  http.kill();
  server.close();
  server.closeAllConnections();
}
