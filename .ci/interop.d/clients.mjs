// The TypeScript SDKs from 1.7.0 to 2.4.0, over each transport and revision that they speak.
import { pathToFileURL } from "node:url";

import { drive } from "./course.mjs";
import { pinned, required } from "./lib.mjs";

const OLD = {
  "1.7.0": { version: "2024-11-05", transports: ["sse"] },
  "1.11.0": { version: "2025-03-26", transports: ["http", "sse"] },
  "1.17.0": { version: "2025-06-18", transports: ["http", "sse"] },
  "1.32.2": { version: "2025-11-25", transports: ["http", "sse"] },
};
const NEW = [
  { era: "auto", mode: "auto", version: "2026-07-28", transport: "http" },
  { era: "pinned", mode: { pin: "2026-07-28" }, version: "2026-07-28", transport: "http" },
  { era: "legacy", mode: "legacy", version: "2025-11-25", transport: "http" },
  { era: "legacy", mode: "legacy", version: "2025-11-25", transport: "sse" },
];

for (const [release, { version, transports }] of Object.entries(OLD)) {
  // The CommonJS half of 1.7.0 no longer loads: a dependency has become a module that awaits.
  const folder = `${required("INTEROP_NODE")}/node_modules/sdk-${release.slice(0, release.lastIndexOf("."))}/dist/esm/client/`;
  const load = (file) => import(new URL(file, pathToFileURL(folder)));
  const { Client } = await load("index.js");
  const make = {
    sse: async (url, options) => new (await load("sse.js")).SSEClientTransport(url, options),
    http: async (url, options) => new (await load("streamableHttp.js")).StreamableHTTPClientTransport(url, options),
  };
  for (const name of transports) {
    await drive(`ts-${release}-${name}`, name, version, async ({ url, headers }) => {
      const negotiated = {};
      const transport = await make[name](new URL(url), { ...sent(headers), eventSourceInit: { fetch: adding(headers) } });
      watchVersion(transport, negotiated);
      const client = new Client({ name: "interop-clients", version: "1.0.0" }, { capabilities: {} });
      await client.connect(transport);
      return driven(client, (call, options) => client.callTool(call, undefined, options), () => negotiated.version);
    });
  }
}

const { Client, SSEClientTransport, StreamableHTTPClientTransport } = await pinned("@modelcontextprotocol/client");
for (const { era, mode, version, transport: name } of NEW) {
  await drive(`ts-2.4.0-${era}-${name}`, name, version, async ({ url, headers }) => {
    const Transport = name === "sse" ? SSEClientTransport : StreamableHTTPClientTransport;
    const client = new Client({ name: "interop-clients", version: "1.0.0" }, { versionNegotiation: { mode } });
    await client.connect(new Transport(new URL(url), sent(headers)));
    return driven(client, (call, options) => client.callTool(call, options), () => client.getNegotiatedProtocolVersion());
  });
}

function driven(client, callTool, version) {
  return {
    version,
    tools: async () => (await client.listTools()).tools,
    call: (call, { progress, signal }) => callTool(call, { onprogress: progress, signal }),
    close: () => client.close(),
  };
}

function sent(headers) {
  return { requestInit: { headers } };
}

/** What old releases need: they open the event stream without `requestInit`. */
function adding(headers) {
  return (input, init) => fetch(input, { ...init, headers: { ...init?.headers, ...headers } });
}

/** Old releases do not tell what they negotiated: it is in the first answer with a version. */
function watchVersion(transport, negotiated) {
  const start = transport.start.bind(transport);
  transport.start = () => {
    const receive = transport.onmessage;
    transport.onmessage = (message, extra) => {
      negotiated.version ??= message.result?.protocolVersion;
      receive(message, extra);
    };
    return start();
  };
}
