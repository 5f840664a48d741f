// @modelcontextprotocol/sdk 1.7.0, which speaks HTTP+SSE only, and knows no resource metadata: it is
// given its token, as its users gave it one.
import { pathToFileURL } from "node:url";

import { CALLS, check, checkResult, checkTools, ready, report, required, url } from "./lib.mjs";

// Its CommonJS half no longer loads: a dependency has become a module that awaits.
const sdk = pathToFileURL(`${required("INTEROP_NODE")}/node_modules/sdk-1.7/dist/esm/client/`);
const { Client } = await import(new URL("index.js", sdk));
const { SSEClientTransport } = await import(new URL("sse.js", sdk));

const authorization = { Authorization: `Bearer ${ready.sse_bearer}` };
const client = new Client({ name: "interop-sse-old", version: "1.0.0" }, { capabilities: {} });
await client.connect(
  new SSEClientTransport(new URL(url), {
    requestInit: { headers: authorization },
    eventSourceInit: {
      fetch: (input, init) => fetch(input, { ...init, headers: { ...init?.headers, ...authorization } }),
    },
  }),
);
const tools = checkTools((await client.listTools()).tools);
for (const call of CALLS) checkResult(call, await client.callTool(call));
await client.ping();

const missing = await client.callTool({ name: "no_such_tool" }).catch((error) => error);
check(missing.code === -32602, `an unknown tool is ${missing}`);
await client.close();
report("sse-old", { tools, calls: CALLS.length, sdk: "1.7.0" });
