// Two weather-sse processes and one Valkey or Redis server, behind a proxy that takes them in turns.
//
//   node replicas.mjs weather-sse redis-server
//
// Four sessions, 200 calls, each of which may reach the wrong replica; then one is killed.
import { spawn } from "node:child_process";
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import http from "node:http";
import net from "node:net";

const [program, store] = process.argv.slice(2);
const SESSIONS = 4;
const CALLS = 200;
const PATH = "/weather-python/sse";
const children = [];

const issuer = await signIn();
const storePort = await freePort();
start(store, ["--port", String(storePort), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], {});
await listening(storePort);

const replicas = [];
const proxy = await roundRobin(replicas);
for (let i = 0; i < 2; i++) {
  const port = await freePort();
  const child = start(program, [], {
    BIND: "127.0.0.1",
    PORT: String(port),
    PUBLIC_URL: proxy.origin,
    AUTH_ISSUER: issuer.url,
    AUTH_JWKS_URI: `${issuer.url}/jwks.json`,
    VALKEY_URL: `redis://127.0.0.1:${storePort}`,
    WEATHER: "recorded",
  });
  await listening(port);
  replicas.push({ port, child });
}
const authorization = `Bearer ${issuer.token(`${proxy.origin}${PATH}`)}`;

try {
  const sessions = [];
  for (let i = 0; i < SESSIONS; i++) sessions.push(await open());
  let delivered = 0;
  const refused = {};
  for (let id = 0; id < CALLS; id++) {
    const session = sessions[id % SESSIONS];
    const status = await session.post({ jsonrpc: "2.0", id, method: "tools/list" });
    if (status !== 202) refused[status] = (refused[status] ?? 0) + 1;
    else if (await session.answered(id)) delivered++;
  }
  if (delivered !== CALLS) fail(`lost ${CALLS - delivered} answers; refused: ${JSON.stringify(refused)}`);

  // Only the sessions of the killed replica end, and a message to one of them is answered with 404.
  const killed = replicas.shift();
  killed.child.kill("SIGKILL");
  await until(() => sessions.filter((session) => session.closed).length === SESSIONS / 2);
  for (const session of sessions) {
    const id = CALLS + sessions.indexOf(session);
    const status = await session.post({ jsonrpc: "2.0", id, method: "tools/list" });
    if (session.closed ? status !== 404 : status !== 202 || !(await session.answered(id)))
      fail(`${session.closed ? "a lost" : "a kept"} session answers ${status}`);
  }
  const again = await open();
  await again.post({ jsonrpc: "2.0", id: 0, method: "tools/list" });
  if (!(await again.answered(0))) fail("a new session is not answered");
  const closed = sessions.filter((session) => session.closed).length;
  console.log(`replicas ok delivered=${delivered} lost=0 closed=${closed} kept=${SESSIONS - closed}`);
} finally {
  for (const child of children) child.kill("SIGKILL");
}
process.exit(process.exitCode ?? 0);

function fail(reason) {
  throw new Error(`replicas: ${reason}`);
}

async function open() {
  const session = { answers: new Set(), closed: false, url: undefined };
  const request = http.get(`${proxy.origin}${PATH}`, { headers: { authorization, accept: "text/event-stream" }, agent: false });
  request.on("error", () => (session.closed = true));
  request.on("response", (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk) => {
      text += chunk;
      const events = text.split("\n\n");
      text = events.pop();
      for (const event of events) {
        const data = event.match(/^data: (.*)$/m)?.[1];
        if (event.startsWith("event: endpoint")) session.url = new URL(data, proxy.origin);
        else if (data) session.answers.add(JSON.parse(data).id);
      }
    });
    for (const end of ["end", "aborted", "error"]) response.on(end, () => (session.closed = true));
  });
  await until(() => session.url);
  session.post = async (message) => {
    const headers = { authorization, "content-type": "application/json" };
    const response = await fetch(session.url, { method: "POST", headers, body: JSON.stringify(message) });
    await response.arrayBuffer();
    return response.status;
  };
  session.answered = (id) => until(() => session.answers.has(id));
  return session;
}

// No stickiness: each request goes to the next replica.
async function roundRobin(targets) {
  let turn = 0;
  const server = http.createServer((incoming, outgoing) => {
    const { port } = targets[turn++ % targets.length];
    const { method, url: path, headers } = incoming;
    const forwarded = http.request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.rawHeaders);
      outgoing.flushHeaders();
      answer.on("error", () => outgoing.destroy());
      answer.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { origin: `http://localhost:${server.address().port}` };
}

// An issuer of its own, so that nothing else has to run.
async function signIn() {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = { ...publicKey.export({ format: "jwk" }), kid: "replicas", use: "sig", alg: "ES256" };
  const server = http.createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: [key] }));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://localhost:${server.address().port}`;
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = (aud) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: url, sub: "somebody", client_id: "replicas", aud, scope: "mcp-server/read",
      iat: now, exp: now + 600, jti: randomUUID(),
    };
    const signed = `${encode({ alg: "ES256", typ: "at+jwt", kid: key.kid })}.${encode(claims)}`;
    return `${signed}.${sign("sha256", signed, { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
  };
  return { url, token };
}

function start(command, args, env) {
  const child = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", "ignore", "inherit"] });
  children.push(child);
  return child;
}

async function freePort() {
  const server = net.createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

function listening(port) {
  return until(
    () =>
      new Promise((answer) => {
        const socket = net.connect(port, "127.0.0.1");
        socket.on("connect", () => (socket.destroy(), answer(true)));
        socket.on("error", () => answer(false));
      }),
  );
}

async function until(condition) {
  const deadline = Date.now() + 15_000;
  while (Date.now() < deadline) {
    if (await condition()) return true;
    await new Promise((next) => setTimeout(next, 5));
  }
  for (const child of children) child.kill("SIGKILL");
  fail(`waited in vain: ${condition}`);
}
