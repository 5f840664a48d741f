// The course that both TypeScript clients are driven through.
import { CALLS, check, checkResult, checkTools, countingFetch, report, untilRefreshRotates, url } from "./lib.mjs";
import { Provider } from "./provider.mjs";

/** `connect(provider, fetch)` makes a client and its transport; `finish` hands over the code. */
export async function drive(name, { client, transport, finish, version }) {
  const provider = new Provider();
  const counts = {};
  const options = { authProvider: provider, fetch: countingFetch(counts) };

  const first = transport(new URL(url), options);
  let refused = false;
  await client().connect(first).catch((error) => {
    if (error.constructor.name !== "UnauthorizedError") throw error;
    refused = true;
  });
  check(refused && provider.logins === 1, "the server let a client in without a login");
  await finish(first, provider.callbackParams());

  const session = client();
  await session.connect(transport(new URL(url), options));
  const tools = checkTools((await session.listTools()).tools);
  for (const call of CALLS) checkResult(call, await session.callTool(call));

  await untilRefreshRotates();
  const [before, refreshToken] = [provider.spoilAccessToken(), provider.saved.refresh_token];
  checkResult(CALLS[0], await session.callTool(CALLS[0]));
  check(provider.logins === 1, "the client had to sign in again");
  check(counts.refresh_token === 1, `the token endpoint saw ${counts.refresh_token} refreshes`);
  check(provider.saved.access_token !== before, "the refresh gave the old access token");
  check(provider.saved.refresh_token !== refreshToken, "the refresh token was not rotated");
  const era = version(session);
  await session.close();
  report(name, { tools, calls: CALLS.length, refresh: counts.refresh_token, ...(era && { version: era }) });
}
