// What Lambda and the fronts of a function do, as far as a function can see it: the runtime API, the
// events of each front, and how a front reads what the function returns.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { check } from "./lib.mjs";

const API = "/2018-06-01/runtime";
const ACCOUNT = "123456789012";
const TIMEOUT_MS = 30_000;

/** A running function: `invoke(event)` gives {streaming, chunks} or throws what the function reports. */
export async function startFunction(program, environment) {
  const waiting = [];
  const queue = [];
  const invocations = new Map();
  let count = 0;

  const next = () => {
    if (!waiting.length || !queue.length) return;
    const { id, event } = queue.shift();
    const headers = {
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": id,
      "lambda-runtime-deadline-ms": String(Date.now() + TIMEOUT_MS),
      "lambda-runtime-invoked-function-arn": `arn:aws:lambda:us-west-2:${ACCOUNT}:function:weather`,
    };
    waiting.shift().writeHead(200, headers).end(JSON.stringify(event));
  };
  const server = createServer(async (request, response) => {
    if (request.url === `${API}/invocation/next`) {
      waiting.push(response);
      return next();
    }
    const [, id, outcome] = /\/invocation\/([^/]+)\/(response|error)$/.exec(request.url) ?? [];
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    response.writeHead(202).end();
    const streaming = request.headers["lambda-runtime-function-response-mode"] === "streaming";
    invocations.get(id)?.({ outcome, streaming, bytes: Buffer.concat(chunks) });
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

  const child = spawn(program, {
    env: {
      ...environment,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${server.address().port}`,
      AWS_LAMBDA_FUNCTION_NAME: "weather",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1024",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = new Promise((_, reject) => child.once("exit", (code) => reject(new Error(`weather-lambda ended: ${code}`))));
  ended.catch(() => {});

  return {
    async invoke(event) {
      const id = `invocation-${++count}`;
      const returned = new Promise((resolve) => invocations.set(id, resolve));
      queue.push({ id, event });
      next();
      const { outcome, streaming, bytes } = await Promise.race([returned, ended]);
      invocations.delete(id);
      if (outcome !== "response") throw new Error(`the function failed: ${bytes}`);
      return { streaming, bytes };
    },
    stop() {
      child.kill();
      server.closeAllConnections();
      server.close();
    },
  };
}

const alb = { elb: { targetGroupArn: `arn:aws:elasticloadbalancing:us-west-2:${ACCOUNT}:targetgroup/weather/6d0ecf831eec9f09` } };
const forwarded = { "x-forwarded-for": "203.0.113.66", "x-forwarded-host": "evil.example", "x-forwarded-proto": "http" };

const bodyOf = ({ body, base64 }) => ({
  body: base64 ? Buffer.from(body).toString("base64") : body,
  isBase64Encoded: Boolean(base64),
});

function gatewayEvent(asked, { domain, id, stage = "$default" }) {
  const path = stage === "$default" ? asked.path : `/${stage}${asked.path}`;
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "",
    headers: { ...forwarded, ...asked.headers },
    requestContext: {
      accountId: ACCOUNT,
      apiId: id,
      domainName: domain,
      domainPrefix: domain.split(".")[0],
      http: { method: asked.method, path, protocol: "HTTP/1.1", sourceIp: "198.51.100.7", userAgent: "interop" },
      requestId: "B5s0xhJpPHcEJ6g=",
      routeKey: "$default",
      stage,
      time: "24/Nov/2026:21:08:33 +0000",
      timeEpoch: 1795554513000,
    },
    ...bodyOf(asked),
  };
}

const API_DOMAIN = "a1b2c3d4e5.execute-api.us-west-2.amazonaws.com";
const URL_DOMAIN = "x7tq2mbk5hpl3vz9.lambda-url.us-west-2.on.aws";
const PUBLIC_DOMAIN = "mcp.example.com";

/** Each front: the Host that clients send, and the event that it makes of a request. */
export const FRONTS = {
  "load balancer": {
    host: PUBLIC_DOMAIN,
    event: (asked) => ({
      requestContext: alb,
      httpMethod: asked.method,
      path: asked.path,
      queryStringParameters: {},
      headers: { ...forwarded, ...asked.headers },
      ...bodyOf(asked),
    }),
  },
  "load balancer, multi-value headers": {
    host: PUBLIC_DOMAIN,
    event: (asked) => ({
      requestContext: alb,
      httpMethod: asked.method,
      path: asked.path,
      multiValueQueryStringParameters: {},
      multiValueHeaders: Object.fromEntries(
        Object.entries({ ...forwarded, ...asked.headers }).map(([name, value]) => [name, [value]]),
      ),
      ...bodyOf(asked),
    }),
  },
  "HTTP API": { host: PUBLIC_DOMAIN, event: (asked) => gatewayEvent(asked, { domain: PUBLIC_DOMAIN, id: "a1b2c3d4e5" }) },
  "HTTP API with a stage": {
    host: API_DOMAIN,
    event: (asked) => gatewayEvent(asked, { domain: API_DOMAIN, id: "a1b2c3d4e5", stage: "prod" }),
  },
  "function URL": { host: URL_DOMAIN, event: (asked) => gatewayEvent(asked, { domain: URL_DOMAIN, id: "x7tq2mbk5hpl3vz9" }) },
};

/** The HTTP response that a front makes of what the function returns. */
export function responseOf({ streaming, bytes }) {
  const returned = streaming ? streamed(bytes) : buffered(JSON.parse(bytes));
  const headers = new Map(returned.headers.map(([name, value]) => [name.toLowerCase(), value]));
  return { ...returned, headers };
}

function buffered({ statusCode, headers = {}, multiValueHeaders = {}, body, isBase64Encoded }) {
  const multiple = Object.entries(multiValueHeaders).map(([name, values]) => [name, values.join(", ")]);
  return {
    status: statusCode,
    headers: [...Object.entries(headers), ...multiple],
    body: isBase64Encoded ? Buffer.from(body, "base64").toString() : body,
  };
}

/** A JSON prelude, eight NULs, the body. */
function streamed(bytes) {
  const end = bytes.indexOf(Buffer.alloc(8));
  check(end > 0, "a streamed answer has no prelude");
  const { statusCode, headers } = JSON.parse(bytes.subarray(0, end));
  return { status: statusCode, headers: Object.entries(headers), body: bytes.subarray(end + 8).toString() };
}

export const HOSTS = [API_DOMAIN, URL_DOMAIN];
