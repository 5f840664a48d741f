// The OAuth side of both TypeScript clients: everything in memory, the browser is walk.mjs.
import { ready } from "./lib.mjs";
import { walk } from "./walk.mjs";

export class Provider {
  // Nothing listens here: the walker stops in front of it.
  redirectUrl = "http://localhost:33418/callback";
  clientMetadata = {
    client_name: "Portcullis interop",
    redirect_uris: [this.redirectUrl],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  };
  logins = 0;

  clientInformation() {
    return this.client;
  }
  saveClientInformation(client) {
    this.client = client;
  }
  tokens() {
    return this.saved;
  }
  saveTokens(tokens) {
    this.saved = tokens;
  }
  saveCodeVerifier(verifier) {
    this.verifier = verifier;
  }
  codeVerifier() {
    return this.verifier;
  }
  saveDiscoveryState(discovery) {
    this.discovery = discovery;
  }
  discoveryState() {
    return this.discovery;
  }
  state() {
    return (this.sentState ??= crypto.randomUUID());
  }
  async redirectToAuthorization(authorization) {
    this.logins += 1;
    this.callback = await walk(authorization, { username: ready.user, password: ready.password });
  }

  /** What came back with the code, once its state is right. */
  callbackParams() {
    const params = this.callback.searchParams;
    if (params.get("state") !== this.sentState) throw new Error("the callback has another state");
    if (!params.get("code")) throw new Error(`no code but ${params}`);
    return params;
  }

  /** Makes the client believe in a token that the server refuses, as after its expiry. */
  spoilAccessToken() {
    const before = this.saved.access_token;
    this.saved = { ...this.saved, access_token: `${before.slice(0, -8)}AAAAAAAA` };
    return before;
  }
}
