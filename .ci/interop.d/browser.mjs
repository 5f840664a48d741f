// Consent and login once in headless Chromium, as a user sees them; screenshots to $INTEROP_SHOTS.
import { existsSync, mkdirSync } from "node:fs";
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";

import { check, pinned, ready, report, url } from "./lib.mjs";

const { chromium } = (await pinned("playwright-core")).default;
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
check(executablePath, "chromium is not installed");
const shots = process.env.INTEROP_SHOTS;
if (shots) mkdirSync(shots, { recursive: true });

const redirect = "http://localhost:33419/callback";
const server = await (await fetch(`${ready.origin}/.well-known/oauth-authorization-server`)).json();
const registration = await fetch(server.registration_endpoint, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ client_name: "Browser check", redirect_uris: [redirect], token_endpoint_auth_method: "none" }),
});
const client = await registration.json();
const verifier = randomBytes(32).toString("base64url");
const authorize = new URL(server.authorization_endpoint);
authorize.search = new URLSearchParams({
  response_type: "code",
  client_id: client.client_id,
  redirect_uri: redirect,
  state: "browser",
  code_challenge: createHash("sha256").update(verifier).digest("base64url"),
  code_challenge_method: "S256",
  resource: url,
  scope: "mcp-server/read",
});

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});
try {
  const page = await browser.newPage({ viewport: { width: 900, height: 760 } });
  const problems = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));
  let shot = 0;
  const show = async (name) => {
    shot += 1;
    if (shots) await page.screenshot({ path: join(shots, `${shot}-${name}.png`), fullPage: true });
  };
  // Nothing listens at the client's callback; that the browser is sent there is the result.
  await page.route(`${redirect}**`, (route) => route.fulfill({ body: "signed in" }));

  await page.goto(ready.origin);
  await show("home");
  await page.goto(authorize.href);
  await show("consent");
  const press = () => page.locator('form[method="post"]').first().locator('button, input[type="submit"]').first().click();
  await press();
  await page.waitForSelector('input[name="password"]');
  await show("login");
  await page.fill('input[name="username"]', ready.user);
  await page.fill('input[name="password"]', ready.password);
  await press();
  await page.waitForURL(`${redirect}**`);
  const answer = new URL(page.url()).searchParams;
  check(answer.get("code") && answer.get("state") === "browser", `no code but ${answer}`);
  check(answer.get("iss") === server.issuer, `iss is ${answer.get("iss")}`);

  // A page that errs, shown to a person.
  authorize.searchParams.set("redirect_uri", "https://evil.example/");
  await page.goto(authorize.href);
  await show("bad-request");
  check(problems.filter((it) => !/status of 4\d\d/.test(it)).length === 0, `the pages complain: ${problems}`);
  report("browser", { pages: shot });
} finally {
  await browser.close();
}
