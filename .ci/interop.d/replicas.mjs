// Two replicas of a server and one Valkey or Redis server, behind a proxy that takes them in turns.
//
//   node replicas.mjs weather-sse replicas redis-server
//
// First over HTTP+SSE, then Streamable HTTP with the store behind TLS: sessions, resumption,
// subscriptions/listen. In each, one replica is killed at the end.
import { inAWorld } from "./replicas/world.mjs";
import { overSse } from "./replicas/sse.mjs";
import { overStreamable } from "./replicas/streamable.mjs";

const [weather, board, store] = process.argv.slice(2);
const figures = await inAWorld(store, async (world) => ({
  ...(await overSse(world, weather)),
  ...(await overStreamable(world, board)),
}));
const text = Object.entries(figures).map(([key, value]) => `${key}=${value}`);
console.log(["replicas ok", ...text].join(" "));
process.exit(0);
