// @modelcontextprotocol/sdk 1.x over HTTP+SSE.
import { pinned } from "./lib.mjs";
import { drive } from "./typescript.mjs";

const { Client } = await pinned("@modelcontextprotocol/sdk/client/index.js");
const { SSEClientTransport } = await pinned("@modelcontextprotocol/sdk/client/sse.js");

await drive("sse-ts1", {
  client: () => new Client({ name: "interop-sse-ts1", version: "1.0.0" }),
  transport: (url, options) => new SSEClientTransport(url, options),
  finish: (transport, params) => transport.finishAuth(params.get("code")),
  version: () => undefined,
});
