// An event stream, as it arrives.
import http from "node:http";

/** Opens one; `each({ event, id, data })` is called for every event. */
export function events(url, { method = "GET", headers, body }, each) {
  const stream = { closed: false, status: undefined };
  const request = http.request(url, { method, headers: { accept: "application/json, text/event-stream", ...headers }, agent: false });
  const close = () => (stream.closed = true);
  request.on("error", close);
  request.on("response", (response) => {
    stream.status = response.statusCode;
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk) => {
      text += chunk;
      const frames = text.split("\n\n");
      text = frames.pop();
      for (const frame of frames) {
        const field = (name) => frame.match(new RegExp(`^${name}: ?(.*)$`, "m"))?.[1];
        each({ event: field("event"), id: field("id"), data: field("data") });
      }
    });
    for (const end of ["end", "aborted", "error"]) response.on(end, close);
  });
  request.end(body);
  /** Hangs up. */
  stream.cut = () => request.destroy();
  return stream;
}
