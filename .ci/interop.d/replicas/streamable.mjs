// Streamable HTTP: sessions, streams that are read on elsewhere, subscriptions; the store by TLS.
import net from "node:net";
import { events } from "./events.mjs";
import { complaint, fail, startReplicas, until } from "./world.mjs";

// Odd, so that the turns of the proxy and of the sessions cross.
const SESSIONS = 5;
const CALLS = 200;
const LISTENERS = 4;
const PINS = 20;
const STEPS = 5;
const CHANNEL = "portcullis:events:board";
const LEGACY = "2025-11-25";
const MODERN = "2026-07-28";

export async function overStreamable(world, program) {
  const { store, issuer } = world;
  const environment = (port) => ({
    BIND: `127.0.0.1:${port}`,
    VALKEY_URL: store.tlsUrl,
    PORTCULLIS_SEALING_KEYS: world.keys,
    SSL_CERT_FILE: store.authority,
  });
  const proxy = await startReplicas(world, 2, program, environment);
  const token = issuer.token(`${proxy.origin}/mcp`, "board/read board/write");
  const client = new Client(proxy, token);

  const sessions = [];
  for (let i = 0; i < SESSIONS; i++) {
    // A client that opens a session makes two requests, so turns alone would give all to one replica.
    proxy.avoid(sessions.at(-1)?.port);
    sessions.push(await client.open());
  }
  let forwarded = 0;
  for (let id = 0; id < CALLS; id++) {
    const session = sessions[id % SESSIONS];
    const answer = await client.post({ id, method: "tools/list" }, session);
    if (proxy.last !== session.port) forwarded++;
    if (answer.body?.id !== id || !answer.body.result) fail(`call ${id} is answered ${answer.status}`);
  }
  if (forwarded !== CALLS / 2) fail(`${forwarded} of ${CALLS} calls have reached the wrong replica`);
  for (const session of sessions) await resume(client, session);
  const heard = await listen(client, store);
  const stolen = await forge(client, store, sessions);
  await forget(client, store, sessions);
  const standing = await loss(client, sessions);

  // A store whose certificate nobody vouches for is not asked.
  const { SSL_CERT_FILE: _, ...trusting } = environment(0);
  const site = { PUBLIC_URL: proxy.origin, AUTH_ISSUER: issuer.url };
  const said = await complaint(program, { ...site, ...trusting });
  if (!said.includes("invalid peer certificate")) fail(`without the authority it says ${said}`);
  return { calls: CALLS, "calls-forwarded": forwarded, resumed: SESSIONS, heard, stolen, standing, tls: "ok" };
}

// A connection breaks in the middle of a call; another replica is asked for the rest.
async function resume(client, session) {
  const steps = [];
  let last;
  let answer;
  const each = ({ id, data }) => {
    if (id) last = id;
    const message = data ? JSON.parse(data) : {};
    if (message.params) steps.push(message.params.progress);
    if (message.result) answer = message.result;
  };
  const params = { name: "count", arguments: { to: STEPS }, _meta: { progressToken: 1 } };
  client.proxy.avoid(session.port);
  const broken = client.events({ id: 1, method: "tools/call", params }, session, each);
  await until(() => steps.length === 2);
  broken.cut();
  client.proxy.avoid(session.port);
  client.stream({ ...client.headers(session), "last-event-id": last }, each);
  await until(() => answer);
  if (steps.join() !== "1,2,3,4,5") fail(`a resumed stream says ${steps}`);
}

// Every listener hears what any replica says; each replica has one connection for all of them.
async function listen(client, store) {
  let listeners = await client.listenTimes(LISTENERS);
  for (let pin = 0; pin < PINS; pin++) await client.pin();
  await until(() => listeners.every((listener) => listener.updates === PINS));
  const subscribers = await store.ask(`PUBSUB NUMSUB ${CHANNEL}`);
  if (!subscribers.includes(":2\r\n")) fail(`two replicas subscribe by ${JSON.stringify(subscribers)}`);

  // Without the bus a subscription is answered, and the next one hears again.
  await store.ask("CLIENT KILL TYPE pubsub");
  await until(() => listeners.every((listener) => listener.answered && listener.stream.closed));
  listeners = await client.listenTimes(LISTENERS);
  await client.pin();
  await until(() => listeners.every((listener) => listener.updates === 1));

  // The last one who leaves takes the topic along.
  for (const listener of listeners) listener.stream.cut();
  await until(async () => (await store.ask(`PUBSUB NUMSUB ${CHANNEL}`)).includes(":0\r\n"));
  return LISTENERS * (PINS + 1);
}

// Whoever else writes in the store gets no request, and nobody's session is lost.
async function forge(client, store, sessions) {
  let stolen = 0;
  const thief = net.createServer((socket) => (stolen++, socket.destroy()));
  await new Promise((done) => thief.listen(0, "127.0.0.1", done));
  const ping = async (session) => {
    client.proxy.avoid(session.port);
    const { status } = await client.post({ id: 1, method: "ping" }, session);
    if (status !== 200) fail(`a session whose entry is forged is answered ${status}`);
  };
  for (const session of sessions) {
    const [name] = session.id.split(".");
    await ping(session);
    await store.ask(`SET portcullis:replica:${name} 127.0.0.1:${thief.address().port}`);
    await ping(session);
  }
  thief.close();
  if (stolen) fail(`${stolen} requests have gone where a forged entry says`);
  return stolen;
}

// A store that restarts without a disk knows nobody. The sessions are elsewhere, and live.
async function forget(client, store, sessions) {
  await store.ask("FLUSHALL");
  for (const session of sessions) {
    client.proxy.avoid(session.port);
    const { status } = await client.post({ id: 1, method: "ping" }, session);
    if (status !== 200) fail(`after the store has lost its memory a session is answered ${status}`);
  }
}

// What the killed replica held is gone, and so are the connections that went through it: a session that
// another one holds is still there, and its client opens its stream again.
async function loss(client, sessions) {
  const lost = sessions[0].port;
  const standing = [];
  // Through each replica one.
  for (const session of sessions)
    for (const _ of client.proxy.targets) standing.push(await client.stand(session));
  const listeners = await client.listenTimes(LISTENERS);
  client.proxy.kill(lost);
  await until(() => listeners.filter((listener) => listener.stream.closed).length === LISTENERS / 2);
  const broken = ({ session, through }) => session.port === lost || through === lost;
  await until(() => standing.filter(broken).every(({ stream }) => stream.closed));

  const kept = listeners.filter((listener) => !listener.stream.closed);
  if (kept.some((listener) => listener.port === lost)) fail("a stream outlives its replica");
  await client.pin();
  await until(() => kept.every((listener) => listener.updates === 1));
  for (const session of sessions) {
    const { status } = await client.post({ id: 1, method: "ping" }, session);
    const expected = session.port === lost ? 404 : 200;
    if (status !== expected) fail(`a session is answered ${status} instead of ${expected}`);
  }
  const whole = standing.filter((it) => !broken(it));
  if (!whole.length) fail("no session was on the replica that is left");
  if (whole.some(({ stream }) => stream.closed)) fail("a kept replica's stream has ended");
  for (const session of sessions) if (session.port !== lost) await client.stand(session);
  const again = await client.open();
  const { status } = await client.post({ id: 1, method: "ping" }, again);
  if (status !== 200) fail(`a new session is answered ${status}`);
  return whole.length;
}

class Client {
  constructor(proxy, token) {
    this.proxy = proxy;
    this.url = `${proxy.origin}/mcp`;
    this.common = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  }

  headers(session) {
    if (!session) return this.common;
    return { ...this.common, "mcp-session-id": session.id, "mcp-protocol-version": LEGACY };
  }

  async send(message, headers) {
    const accept = "application/json, text/event-stream";
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    const response = await fetch(this.url, { method: "POST", headers: { accept, ...headers }, body });
    const text = await response.text();
    const isJson = response.headers.get("content-type") === "application/json";
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  post(message, session) {
    return this.send(message, this.headers(session));
  }

  async open() {
    const clientInfo = { name: "replicas", version: "1" };
    const params = { protocolVersion: LEGACY, capabilities: {}, clientInfo };
    const { headers, status } = await this.post({ id: 0, method: "initialize", params });
    const session = { id: headers.get("mcp-session-id"), port: this.proxy.last };
    if (!session.id) fail(`initialize is answered ${status}`);
    await this.post({ method: "notifications/initialized" }, session);
    return session;
  }

  events(message, session, each, headers = this.headers(session)) {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    return events(this.url, { method: "POST", headers, body }, each);
  }

  stream(headers, each) {
    return events(this.url, { headers }, each);
  }

  /** The stream of a session that belongs to no call. */
  async stand(session) {
    const stream = this.stream(this.headers(session), () => {});
    await until(() => stream.status === 200);
    return { session, stream, through: this.proxy.last };
  }

  modern(method, name, params) {
    const named = name ? { "mcp-name": name } : {};
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": MODERN,
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    return {
      message: { id: 1, method, params: { ...params, _meta } },
      headers: { ...this.common, "mcp-protocol-version": MODERN, "mcp-method": method, ...named },
    };
  }

  async pin() {
    const { message, headers } = this.modern("tools/call", "pin", { name: "pin", arguments: {} });
    const { status, body } = await this.send(message, headers);
    if (!body.result) fail(`pin is answered ${status} ${JSON.stringify(body)}`);
  }

  async listenTimes(count) {
    const listeners = [];
    for (let i = 0; i < count; i++) {
      const listener = { updates: 0, acknowledged: false, answered: false };
      const notifications = { resourceSubscriptions: ["board://notes"] };
      const { message, headers } = this.modern("subscriptions/listen", undefined, { notifications });
      listener.stream = this.events(message, undefined, ({ data }) => {
        const { method, result } = data ? JSON.parse(data) : {};
        listener.acknowledged ||= method === "notifications/subscriptions/acknowledged";
        if (method === "notifications/resources/updated") listener.updates++;
        listener.answered ||= result !== undefined;
      }, headers);
      await until(() => listener.acknowledged);
      listener.port = this.proxy.last;
      listeners.push(listener);
    }
    return listeners;
  }
}
