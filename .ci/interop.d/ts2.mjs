// @modelcontextprotocol/client 2.x, which negotiates the newest revision
import { pinned } from "./lib.mjs";
import { drive } from "./typescript.mjs";

const { Client, StreamableHTTPClientTransport } = await pinned("@modelcontextprotocol/client");

await drive("ts2", {
  client: () =>
    new Client({ name: "interop-ts2", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } }),
  transport: (url, options) => new StreamableHTTPClientTransport(url, options),
  // With all parameters, so that the client checks `iss` (RFC 9207).
  finish: (transport, params) => transport.finishAuth(params),
  version: (client) => client.getNegotiatedProtocolVersion?.(),
});
