// HTTP+SSE: four sessions, 200 calls, each of which may reach the wrong replica; then one is killed.
import { events } from "./events.mjs";
import { fail, startReplicas, until } from "./world.mjs";

const SESSIONS = 4;
const CALLS = 200;
const PATH = "/weather-python/sse";

export async function overSse(world, program) {
  const proxy = await startReplicas(world, 2, program, (port) => ({
    BIND: "127.0.0.1",
    PORT: String(port),
    VALKEY_URL: world.store.url,
    WEATHER: "recorded",
  }));
  const authorization = `Bearer ${world.issuer.token(`${proxy.origin}${PATH}`, "mcp-server/read")}`;
  const sessions = [];
  for (let i = 0; i < SESSIONS; i++) sessions.push(await open(proxy, authorization));
  let delivered = 0;
  const refused = {};
  for (let id = 0; id < CALLS; id++) {
    const session = sessions[id % SESSIONS];
    const status = await session.list(id);
    if (status !== 202) refused[status] = (refused[status] ?? 0) + 1;
    else if (await session.answered(id)) delivered++;
  }
  if (delivered !== CALLS) fail(`lost ${CALLS - delivered} answers; refused: ${JSON.stringify(refused)}`);

  // Only the sessions of the killed replica end, and a message to one of them is answered with 404.
  proxy.kill(sessions[0].port);
  const closed = () => sessions.filter((session) => session.stream.closed);
  await until(() => closed().length === SESSIONS / 2);
  for (const [index, session] of sessions.entries()) {
    const id = CALLS + index;
    const status = await session.list(id);
    if (session.stream.closed ? status !== 404 : status !== 202 || !(await session.answered(id)))
      fail(`${session.stream.closed ? "a lost" : "a kept"} session answers ${status}`);
  }
  const again = await open(proxy, authorization);
  await again.list(0);
  if (!(await again.answered(0))) fail("a new session is not answered");
  return { delivered, lost: 0, closed: closed().length, kept: SESSIONS - closed().length };
}

async function open(proxy, authorization) {
  const answers = new Set();
  let url;
  const stream = events(`${proxy.origin}${PATH}`, { headers: { authorization } }, ({ event, data }) => {
    if (event === "endpoint") url = new URL(data, proxy.origin);
    else if (data) answers.add(JSON.parse(data).id);
  });
  await until(() => url);
  return {
    stream,
    port: proxy.last,
    answered: (id) => until(() => answers.has(id)),
    list: async (id) => {
      const headers = { authorization, "content-type": "application/json" };
      const body = JSON.stringify({ jsonrpc: "2.0", id, method: "tools/list" });
      const response = await fetch(url, { method: "POST", headers, body });
      await response.arrayBuffer();
      return response.status;
    },
  };
}
