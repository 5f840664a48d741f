// An issuer of access tokens, for servers that only verify them; and what starts any server here.
import { generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";

export const listen = (handler) =>
  new Promise((resolve) => {
    const server = createServer(handler).listen(0, "127.0.0.1", () => resolve(server));
  });

export async function freePort() {
  const server = await listen(() => {});
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Tokens are for `audience`, whose server finds the key at `jwks`. */
export async function startIssuer(audience) {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = { ...publicKey.export({ format: "jwk" }), kid: "interop", alg: "ES256", use: "sig" };
  const server = await listen((_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: [key] }));
  });
  const issuer = `http://localhost:${server.address().port}`;
  const token = (claims) => {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: issuer, aud: audience, sub: "alice", client_id: "interop", jti: "1", iat: now, exp: now + 600, ...claims };
    const text = `${b64({ alg: "ES256", kid: "interop", typ: "at+jwt" })}.${b64(all)}`;
    const signature = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });
    return `${text}.${signature.toString("base64url")}`;
  };
  return { server, issuer, jwks: `http://127.0.0.1:${server.address().port}/jwks.json`, token };
}

const b64 = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
