// A reverse proxy that adds the bearer token which the conformance suite cannot send.
//
//   node bearer-proxy.mjs MCP_URL BEARER
//
// It prints its own URL of the same endpoint, and serves until it is killed. Everything but
// `Authorization` passes as it came, also a `Host` or `Origin` that is not the proxy's.
import http from "node:http";

const target = new URL(process.argv[2]);
const bearer = process.argv[3];

const proxy = http.createServer((incoming, outgoing) => {
  const headers = ["authorization", `Bearer ${bearer}`];
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    const name = incoming.rawHeaders[i];
    if (name.toLowerCase() !== "authorization") {
      headers.push(name, renamed(name.toLowerCase(), incoming.rawHeaders[i + 1]));
    }
  }
  const forwarded = http.request(
    { host: target.hostname, port: target.port, method: incoming.method, path: incoming.url, headers },
    (answer) => {
      outgoing.writeHead(answer.statusCode, answer.rawHeaders);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    },
  );
  forwarded.on("error", () => outgoing.destroy());
  outgoing.on("close", () => forwarded.destroy());
  incoming.pipe(forwarded);
});

// The proxy's own name becomes the server's.
function renamed(header, value) {
  const own = `127.0.0.1:${proxy.address().port}`;
  if (header === "host" && value === own) return target.host;
  if (header === "origin" && value === `http://${own}`) return target.origin;
  return value;
}

proxy.listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${proxy.address().port}${target.pathname}`);
});
