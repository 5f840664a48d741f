// A user pool in ministack, a Cognito that others wrote. Prints its settings as shell assignments.
//
//   node ministack.mjs ENDPOINT CALLBACK_URL
import { check } from "./lib.mjs";

const [endpoint, callback] = process.argv.slice(2);
const REGION = "us-east-1";

/** The user pool API. ministack reads the region from the signature and does not check it. */
async function cognito(action, input) {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityProviderService.${action}`,
      authorization:
        `AWS4-HMAC-SHA256 Credential=test/20261101/${REGION}/cognito-idp/aws4_request, ` +
        "SignedHeaders=host, Signature=0",
    },
    body: JSON.stringify(input),
  });
  const text = await response.text();
  check(response.ok, `${action}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : {};
}

const { UserPool } = await cognito("CreateUserPool", { PoolName: "interop" });
const UserPoolId = UserPool.Id;
await cognito("CreateUserPoolDomain", { Domain: "interop", UserPoolId });
await cognito("CreateResourceServer", {
  UserPoolId,
  Identifier: "mcp-server",
  Name: "mcp-server",
  Scopes: ["read", "write"].map((ScopeName) => ({ ScopeName, ScopeDescription: ScopeName })),
});
const { UserPoolClient } = await cognito("CreateUserPoolClient", {
  UserPoolId,
  ClientName: "interop",
  GenerateSecret: true,
  AllowedOAuthFlows: ["code"],
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthScopes: ["openid", "email", "profile", "mcp-server/read", "mcp-server/write"],
  CallbackURLs: [callback],
  SupportedIdentityProviders: ["COGNITO"],
});
const [Username, Password] = ["interop", "TestPass123!"];
await cognito("AdminCreateUser", { UserPoolId, Username, MessageAction: "SUPPRESS" });
await cognito("AdminSetUserPassword", { UserPoolId, Username, Password, Permanent: true });

console.log(`COGNITO_USER_POOL_ID=${UserPoolId}`);
console.log(`COGNITO_CLIENT_ID=${UserPoolClient.ClientId}`);
console.log(`COGNITO_CLIENT_SECRET=${UserPoolClient.ClientSecret}`);
console.log(`INTEROP_USER=${Username}`);
console.log(`INTEROP_PASSWORD='${Password}'`);
