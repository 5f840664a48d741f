// What every driver needs: the running server's description, checks, and the result line.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** The server's ready line: {origin, mcp: [url], user, password, …}. */
export const ready = process.env.INTEROP_READY && JSON.parse(readFileSync(process.env.INTEROP_READY, "utf8"));
export const url = ready?.mcp[0];

/** An environment variable that .ci/interop sets. */
export function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; start this through .ci/interop`);
  return value;
}

/** Imports from the pinned packages in the cache folder, which are not beside this file. */
export function pinned(specifier) {
  const require = createRequire(`${required("INTEROP_NODE")}/package.json`);
  return import(pathToFileURL(require.resolve(specifier)));
}

export function check(condition, message) {
  if (!condition) throw new Error(message);
}

export const TOOLS = ["get_alerts", "get_forecast"];
export const CALLS = [
  { name: "get_alerts", arguments: { state: "CA" } },
  { name: "get_forecast", arguments: { latitude: 37.7749, longitude: -122.4194 } },
];

export function checkTools(tools) {
  const names = tools.map((tool) => tool.name).sort();
  check(names.join() === TOOLS.join(), `tools are ${names}`);
  return names.length;
}

export function checkResult(call, result) {
  const text = result.content?.[0]?.text ?? "";
  check(!result.isError, `${call.name} failed: ${text}`);
  check(text.length > 0, `${call.name} has no text`);
  check(result.structuredContent?.source, `${call.name} has no structured content`);
}

/** Waits until a refresh rotates: before, the same tokens are given again. */
export function untilRefreshRotates() {
  return new Promise((resolve) => setTimeout(resolve, 11_000));
}

/** Counts what a client asks of the token endpoint, without changing it. */
export function countingFetch(counts) {
  return async (input, init) => {
    const response = await fetch(input, init);
    const grant = init?.body && new URLSearchParams(String(init.body)).get("grant_type");
    if (grant && response.ok) counts[grant] = (counts[grant] ?? 0) + 1;
    return response;
  };
}

export function report(name, figures) {
  const text = Object.entries(figures).map(([key, value]) => `${key}=${value}`);
  console.log([name, "ok", ...text].join(" "));
}
