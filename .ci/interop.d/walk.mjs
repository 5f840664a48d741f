// A browser without a screen: follows redirects, keeps cookies, fills in login forms and presses
// the first button, which on our pages (and on a Cognito login page) goes forward.
//
//   node walk.mjs [--deliver] AUTHORIZATION_URL
//
// prints the URL on which the client gets its code; with --deliver it also opens it.
import { pathToFileURL } from "node:url";

const MAX_STEPS = 20;
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The callback URL with its query, for an authorization request that a user would approve. */
export async function walk(start, { username, password }) {
  const callback = new URL(new URL(start).searchParams.get("redirect_uri"));
  // As in a browser, cookies belong to a host and not to a port.
  const jar = new Map();
  let request = { url: new URL(start), method: "GET" };
  for (let step = 0; step < MAX_STEPS; step++) {
    const { url } = request;
    if (url.origin === callback.origin && url.pathname === callback.pathname) return url;
    const response = await send(request, jar);
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location) {
      request = { url: new URL(location, url), method: "GET" };
      continue;
    }
    const page = await response.text();
    if (response.status !== 200) throw new Error(`${url.origin}${url.pathname}: ${response.status} ${page}`);
    request = submit(page, url, { username, password });
  }
  throw new Error(`no callback after ${MAX_STEPS} steps`);
}

async function send({ url, method, body }, jar) {
  const cookies = jar.get(url.hostname) ?? new Map();
  jar.set(url.hostname, cookies);
  const headers = { accept: "text/html" };
  if (cookies.size) headers.cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  if (body) {
    headers["content-type"] = "application/x-www-form-urlencoded";
    headers.origin = url.origin;
  }
  const response = await fetch(url, { method, body, headers, redirect: "manual" });
  for (const cookie of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
    if (/max-age=0(;|$)/i.test(cookie)) cookies.delete(name);
    else cookies.set(name, value);
  }
  return response;
}

function submit(page, base, { username, password }) {
  const form = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(page);
  if (!form || attribute(form[1], "method")?.toLowerCase() !== "post") {
    throw new Error(`${base.pathname} has no form to go forward with: ${page.slice(0, 400)}`);
  }
  const body = new URLSearchParams();
  let button = false;
  for (const [, tag, attributes] of form[2].matchAll(/<(input|button)\b([^>]*)>/gi)) {
    const name = attribute(attributes, "name");
    const type = attribute(attributes, "type") ?? (tag === "button" ? "submit" : "text");
    if (!name || (type === "submit" && button)) continue;
    if (type === "checkbox" && !/\bchecked\b/i.test(attributes)) continue;
    if (type === "submit") button = true;
    const value = { username, password }[name] ?? attribute(attributes, "value") ?? "";
    body.append(name, value);
  }
  return { url: new URL(attribute(form[1], "action") ?? base.href, base), method: "POST", body };
}

function attribute(attributes, name) {
  const found = new RegExp(`\\b${name}\\s*=\\s*("([^"]*)"|'([^']*)'|([^\\s>]+))`, "i").exec(attributes);
  const raw = found && (found[2] ?? found[3] ?? found[4]);
  return raw?.replace(/&(#?\w+);/g, (text, entity) => {
    if (!entity.startsWith("#")) return ENTITIES[entity] ?? text;
    return String.fromCodePoint(Number(entity.slice(1).replace(/^x/i, "0x")));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const deliver = process.argv.includes("--deliver");
  const { ready } = await import("./lib.mjs");
  const callback = await walk(process.argv.at(-1), { username: ready.user, password: ready.password });
  if (deliver) {
    const answer = await fetch(callback);
    if (!answer.ok) throw new Error(`the client answered its callback with ${answer.status}`);
  }
  console.log(callback.href);
}
