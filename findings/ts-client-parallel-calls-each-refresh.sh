#!/usr/bin/env bash
# TypeScript client 2.4.0: parallel calls whose access token has ended each refresh with the same token.
#
# Expected: the first 401 starts one refresh, and the other calls wait for its result.
# Really:   every call that meets a 401 sends a refresh of its own, whatever the others do: eight calls, eight
#           refreshes within a moment. Some present the same refresh token, and some rotate the pair that
#           another call was given just before. The answer that is saved last wins, whichever was issued last.
# Matters:  a token endpoint that rotates refresh tokens, and takes the second use of one for a theft, signs
#           such a user out whenever the client happens to be busy as the access token ends.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
npm init -y >/dev/null
npm i --silent --no-audit --no-fund @modelcontextprotocol/client@2.4.0
cat > t.mjs <<'JS'
import http from 'node:http';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
const CALLS = 8, presented = [];
const srv = http.createServer(async (q, r) => {
  const O = `http://127.0.0.1:${srv.address().port}`;
  const json = (o, code = 200, more = {}) => { r.writeHead(code, { 'content-type': 'application/json', ...more }); r.end(JSON.stringify(o)); };
  let body = ''; for await (const part of q) body += part;
  if (q.url.startsWith('/.well-known/oauth-protected-resource')) return json({ resource: O + '/mcp', authorization_servers: [O] });
  if (q.url.startsWith('/.well-known/')) return json({ issuer: O, authorization_endpoint: O + '/a', token_endpoint: O + '/t',
    response_types_supported: ['code'], code_challenge_methods_supported: ['S256'], token_endpoint_auth_methods_supported: ['none'] });
  if (q.url === '/t') {
    const n = presented.push(new URLSearchParams(body).get('refresh_token'));
    return json({ access_token: `live-${n}`, token_type: 'Bearer', expires_in: 600, refresh_token: `r-${n}` });
  }
  if (!q.headers.authorization?.startsWith('Bearer live')) return json({}, 401, { 'www-authenticate': `Bearer resource_metadata="${O}/.well-known/oauth-protected-resource/mcp"` });
  json({ jsonrpc: '2.0', id: JSON.parse(body).id, result: { content: [] } });
}).listen(0, '127.0.0.1', run);
async function run() {
  console.warn = () => {};
  const issuer = `http://127.0.0.1:${srv.address().port}`;
  const p = { redirectUrl: 'http://127.0.0.1:9/cb', clientMetadata: { redirect_uris: ['http://127.0.0.1:9/cb'] },
    clientInformation: () => ({ client_id: 'c', issuer }), t: { access_token: 'ended', token_type: 'Bearer', refresh_token: 'r-0', issuer },
    tokens: () => p.t, saveTokens(t) { p.t = t; }, saveCodeVerifier() {}, codeVerifier: () => 'v', redirectToAuthorization() {}, invalidateCredentials() {} };
  const transport = new StreamableHTTPClientTransport(new URL('/mcp', issuer), { authProvider: p });
  let answered = 0; transport.onmessage = () => { answered++; };
  await transport.start();
  const calls = Array.from({ length: CALLS }, (_, id) => transport.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'x', arguments: {} } }));
  await Promise.all(calls);
  const same = presented.filter(token => token === 'r-0').length;
  console.log(`parallel calls: ${CALLS}, answered: ${answered}, refreshes: ${presented.length}, with the same refresh token: ${same}`);
  process.exit(answered === CALLS && presented.length === CALLS && same > 1 ? 0 : 1);
}
JS
node -p "'@modelcontextprotocol/client ' + require('./node_modules/@modelcontextprotocol/client/package.json').version"
timeout 60 node t.mjs
