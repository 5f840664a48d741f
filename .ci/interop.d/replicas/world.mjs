// The store, an issuer, replicas and the proxy before them: everything of a run, which ends with it.
import { execFileSync, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes, randomUUID, sign } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const children = new Set();

/** Runs `story` with a store that is reached by TCP and by TLS, and an issuer. */
export async function inAWorld(program, story) {
  const folder = mkdtempSync(join(tmpdir(), "replicas-"));
  try {
    const issuer = await signIn();
    const keys = `k1:${randomBytes(32).toString("base64url")}`;
    return await story({ issuer, keys, store: await startStore(program, folder) });
  } finally {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

export function fail(reason) {
  throw new Error(`replicas: ${reason}`);
}

export async function until(condition) {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    if (await condition()) return true;
    await new Promise((next) => setTimeout(next, 5));
  }
  fail(`waited in vain: ${condition}`);
}

/** Replicas of `program` behind one proxy. */
export async function startReplicas({ issuer }, count, program, environment) {
  const proxy = await roundRobin();
  for (let i = 0; i < count; i++) {
    const port = await freePort();
    const child = start(program, [], {
      PUBLIC_URL: proxy.origin,
      AUTH_ISSUER: issuer.url,
      AUTH_JWKS_URI: `${issuer.url}/jwks.json`,
      ...environment(port),
    });
    await listening(port);
    proxy.targets.push({ port, child });
  }
  return proxy;
}

/** What a program says that does not start. */
export async function complaint(program, environment) {
  const child = start(program, [], environment, "pipe");
  let text = "";
  child.stderr.on("data", (chunk) => (text += chunk));
  await until(() => child.exitCode !== null);
  return text;
}

// No stickiness: each request goes to the next replica.
async function roundRobin() {
  const targets = [];
  let turn = 0;
  const server = http.createServer((incoming, outgoing) => {
    const { port } = targets[turn++ % targets.length];
    proxy.last = port;
    const { method, url: path, headers } = incoming;
    const forwarded = http.request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.rawHeaders);
      outgoing.flushHeaders();
      answer.on("error", () => outgoing.destroy());
      answer.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const proxy = {
    origin: `http://localhost:${server.address().port}`,
    targets,
    /** The port of the replica that got the newest request. */
    last: undefined,
    /** Lets another replica than the one on `port` have the next request. */
    avoid: (port) => (turn = targets.findIndex((target) => target.port !== port)),
    /** Kills the replica on `port`; as load balancers do, the proxy no longer asks it. */
    kill: (port) => {
      const [killed] = targets.splice(targets.findIndex((target) => target.port === port), 1);
      killed.child.kill("SIGKILL");
    },
  };
  return proxy;
}

async function startStore(program, folder) {
  const openssl = (...args) => execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority");
  openssl(
    ...["req", "-x509", ...key, "-keyout", "server.key", "-out", "server.pem", "-subj", "/CN=localhost"],
    ...["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
  );
  const [port, tlsPort] = [await freePort(), await freePort()];
  const settings = {
    port, bind: "127.0.0.1", save: "", appendonly: "no", "tls-port": tlsPort, "tls-auth-clients": "no",
    "tls-cert-file": join(folder, "server.pem"), "tls-key-file": join(folder, "server.key"),
    "tls-ca-cert-file": join(folder, "ca.pem"),
  };
  start(program, Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]), {});
  await listening(port);
  await listening(tlsPort);
  return {
    url: `redis://127.0.0.1:${port}`,
    tlsUrl: `rediss://localhost:${tlsPort}`,
    authority: join(folder, "ca.pem"),
    ask: (command) => ask(port, command),
  };
}

/** The store's answer to a command, as it is on the wire. */
function ask(port, command) {
  return new Promise((answer, refuse) => {
    const socket = net.connect(port, "127.0.0.1", () => socket.write(`${command}\r\n`));
    socket.setEncoding("utf8");
    socket.on("error", refuse);
    socket.on("data", (text) => (socket.destroy(), answer(text)));
  });
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
  const token = (aud, scope) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: url, sub: "somebody", client_id: "replicas", aud, scope,
      iat: now, exp: now + 600, jti: randomUUID(),
    };
    const signed = `${encode({ alg: "ES256", typ: "at+jwt", kid: key.kid })}.${encode(claims)}`;
    return `${signed}.${sign("sha256", signed, { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
  };
  return { url, token };
}

function start(command, args, env, stderr = "inherit") {
  const child = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", "ignore", stderr] });
  child.on("error", (error) => console.error(`${command}: ${error.message}`));
  children.add(child);
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
