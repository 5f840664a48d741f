// @modelcontextprotocol/sdk 1.x
import { pinned } from "./lib.mjs";
import { drive } from "./typescript.mjs";

const { Client } = await pinned("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = await pinned("@modelcontextprotocol/sdk/client/streamableHttp.js");

await drive(process.env.INTEROP_NAME ?? "ts1", {
  client: () => new Client({ name: "interop-ts1", version: "1.0.0" }),
  transport: (url, options) => new StreamableHTTPClientTransport(url, options),
  finish: (transport, params) => transport.finishAuth(params.get("code")),
  version: () => undefined,
});
