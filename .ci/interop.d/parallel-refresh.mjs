// @modelcontextprotocol/client 2.x at the end of an access token: each of its parallel calls that meets a
// 401 refreshes by itself, and the answer that comes last is stored. The sign-in must survive that.
import {
  CALLS, check, checkResult, countingFetch, pinned, report, untilRefreshRotates, url,
} from "./lib.mjs";
import { Provider } from "./provider.mjs";

const { Client, StreamableHTTPClientTransport } = await pinned("@modelcontextprotocol/client");

const SIGN_INS = 10;
const RUNS = 5;
const PARALLEL = 8;

const counts = {};
let registered;

async function signIn() {
  const provider = new Provider();
  provider.client = registered;
  const transport = () =>
    new StreamableHTTPClientTransport(new URL(url), { authProvider: provider, fetch: countingFetch(counts) });
  const client = () =>
    new Client({ name: "interop-parallel-refresh", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
  const first = transport();
  await client().connect(first).catch((error) => {
    if (error.constructor.name !== "UnauthorizedError") throw error;
  });
  await first.finishAuth(provider.callbackParams());
  registered = provider.client;
  const session = client();
  await session.connect(transport());
  return { provider, session };
}

/** Whether the sign-in is kept: no call failed, and nobody was asked to sign in again. */
async function isKept({ provider, session }) {
  provider.spoilAccessToken();
  const call = async () => checkResult(CALLS[0], await session.callTool(CALLS[0]));
  const calls = await Promise.allSettled(Array.from({ length: PARALLEL }, call));
  return calls.every((it) => it.status === "fulfilled") && provider.logins === 1;
}

const users = [];
for (let i = 0; i < SIGN_INS; i++) users.push(await signIn());
let lost = 0;
for (let run = 0; run < RUNS; run++) {
  await untilRefreshRotates();
  const kept = await Promise.all(users.map(isKept));
  lost += kept.filter((it) => !it).length;
}
for (const { session } of users) await session.close();

const runs = SIGN_INS * RUNS;
const refreshes = counts.refresh_token ?? 0;
check(lost === 0, `the sign-in was lost in ${lost} of ${runs} runs`);
check(refreshes > runs, `${refreshes} refreshes in ${runs} runs: the calls did not refresh in parallel`);
report("parallel-refresh", { runs, calls: runs * PARALLEL, refreshes, lost });
