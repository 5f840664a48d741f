// HTTP+SSE: sessions on both replicas, 200 calls, half of which reach the wrong one; then one is killed.
import { events } from "./events.mjs";
import { fail, startReplicas, until } from "./world.mjs";

// Odd, so that the turns of the proxy and of the sessions cross.
const SESSIONS = 5;
const CALLS = 200;
const PATH = "/weather-python/sse";

export async function overSse(world, program) {
  const proxy = await startReplicas(world, 2, program, (port) => ({
    BIND: "127.0.0.1",
    PORT: String(port),
    VALKEY_URL: world.store.url,
    PORTCULLIS_SEALING_KEYS: world.keys,
    WEATHER: "recorded",
  }));
  const authorization = `Bearer ${world.issuer.token(`${proxy.origin}${PATH}`, "mcp-server/read")}`;
  const sessions = [];
  for (let i = 0; i < SESSIONS; i++) sessions.push(await open(proxy, authorization));
  let delivered = 0;
  let forwarded = 0;
  const refused = {};
  for (let id = 0; id < CALLS; id++) {
    const session = sessions[id % SESSIONS];
    const status = await session.list(id);
    if (proxy.last !== session.port) forwarded++;
    if (status !== 202) refused[status] = (refused[status] ?? 0) + 1;
    else if (await session.answered(id)) delivered++;
  }
  if (delivered !== CALLS) fail(`lost ${CALLS - delivered} answers; refused: ${JSON.stringify(refused)}`);

  if (forwarded !== CALLS / 2) fail(`${forwarded} of ${CALLS} messages have reached the wrong replica`);

  // Only the sessions of the killed replica end, and a message to one of them is answered with 404.
  const killed = sessions[0].port;
  proxy.kill(killed);
  const closed = sessions.filter((session) => session.port === killed);
  await until(() => closed.every((session) => session.stream.closed));
  for (const [index, session] of sessions.entries()) {
    const id = CALLS + index;
    const status = await session.list(id);
    const lost = session.port === killed;
    if (session.stream.closed !== lost || (lost ? status !== 404 : status !== 202 || !(await session.answered(id))))
      fail(`${lost ? "a lost" : "a kept"} session answers ${status}`);
  }
  const again = await open(proxy, authorization);
  await again.list(0);
  if (!(await again.answered(0))) fail("a new session is not answered");
  const twice = sessions.flatMap((session) => session.twice());
  if (twice.length) fail(`answered more than once: ${twice}`);
  const kept = SESSIONS - closed.length;
  if (!kept) fail("all sessions were on one replica");
  return { delivered, lost: 0, forwarded, closed: closed.length, kept };
}

async function open(proxy, authorization) {
  const answers = [];
  let url;
  const stream = events(`${proxy.origin}${PATH}`, { headers: { authorization } }, ({ event, data }) => {
    if (event === "endpoint") url = new URL(data, proxy.origin);
    else if (data) answers.push(JSON.parse(data).id);
  });
  await until(() => url);
  return {
    stream,
    port: proxy.last,
    answered: (id) => until(() => answers.includes(id)),
    twice: () => answers.filter((id, index) => answers.indexOf(id) !== index),
    list: async (id) => {
      const headers = { authorization, "content-type": "application/json" };
      const body = JSON.stringify({ jsonrpc: "2.0", id, method: "tools/list" });
      const response = await fetch(url, { method: "POST", headers, body });
      await response.arrayBuffer();
      return response.status;
    },
  };
}
