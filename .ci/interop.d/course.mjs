// The course that a client is driven through, whatever SDK it is of: connect, list and call at the
// demo server with a token; progress and cancellation at the conformance fixture.
import { readFileSync } from "node:fs";

import { CALLS, check, checkResult, checkTools, ready, report, required } from "./lib.mjs";

const fixture = JSON.parse(readFileSync(required("INTEROP_FIXTURE"), "utf8"));

/** Where a client of `transport` ("http" or "sse") goes, and with which headers. */
export function demo(transport) {
  const bearer = transport === "sse" ? ready.sse_bearer : ready.bearer;
  return { url: transport === "sse" ? ready.sse : ready.mcp[0], headers: { Authorization: `Bearer ${bearer}` } };
}

export const fixtureOf = (transport) => ({ url: transport === "sse" ? fixture.sse : fixture.mcp, headers: {} });

/**
 * `connect(target)` gives a connected client: `{tools(), call(call, {progress, signal}), version(), close()}`.
 * Fails unless the client speaks `version` here.
 */
export async function drive(name, transport, version, connect) {
  const client = await connect(demo(transport));
  const tools = checkTools(await client.tools());
  for (const call of CALLS) checkResult(call, await client.call(call, {}));
  check(client.version() === version, `${name} speaks ${client.version()}`);
  await client.close();

  const other = await connect(fixtureOf(transport));
  const seen = [];
  await other.call({ name: "test_tool_with_progress", arguments: {} }, { progress: (it) => seen.push(it.progress) });
  // The TypeScript SDKs forget the listener before they hear what arrives together with the result.
  check(["0,50,100", "0,50"].includes(seen.join()), `${name}: progress was ${seen}`);
  await cancel(name, other);
  await other.close();
  report(name, { version, tools, calls: CALLS.length, progress: seen.length, cancelled: 1 });
}

/** The client gives a call up: the server must notice, and go on answering on the same connection. */
async function cancel(name, client) {
  const waiting = async (expected) => {
    for (let attempt = 0; attempt < 100; attempt++) {
      const result = await client.call({ name: "test_waiting", arguments: {} }, {});
      if (result.content[0].text === expected) return;
      await new Promise((later) => setTimeout(later, 50));
    }
    throw new Error(`${name}: there are never ${expected} calls waiting`);
  };
  const abort = new AbortController();
  const call = client.call({ name: "test_wait", arguments: {} }, { signal: abort.signal });
  const ended = call.then(
    () => check(false, `${name}: the call was answered`),
    () => {},
  );
  await Promise.race([waiting("1"), ended]);
  abort.abort("the user has changed their mind");
  await ended;
  await waiting("0");
}
