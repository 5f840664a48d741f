"""Python `mcp` 2.x: register, consent, sign in, both tools, refresh; with `sse` over HTTP+SSE."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from mcp.client import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import OAuthClientMetadata

READY = json.loads(Path(os.environ["INTEROP_READY"]).read_text())
URL = READY["mcp"][0]
SSE = sys.argv[1:] == ["sse"]
WALK = Path(__file__).with_name("walk.mjs")
CALLS = [
    ("get_alerts", {"state": "CA"}),
    ("get_forecast", {"latitude": 37.7749, "longitude": -122.4194}),
]


class Memory:
    """Token storage; remembers how often tokens were stored."""

    def __init__(self):
        self.tokens = None
        self.client = None
        self.stored = 0

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens
        self.stored += 1

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client_info):
        self.client = client_info


class Browser:
    """The user: approves whatever is opened, through walk.mjs."""

    def __init__(self):
        self.logins = 0
        self.callback = {}

    async def open(self, url):
        self.logins += 1
        done = await asyncio.to_thread(
            subprocess.run, ["node", WALK, url], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        self.callback = parse_qs(urlsplit(done.stdout.strip()).query)

    async def result(self):
        one = {name: values[0] for name, values in self.callback.items()}
        return AuthorizationCodeResult(code=one["code"], state=one.get("state"), iss=one.get("iss"))


async def call(client, name, arguments):
    result = await client.call_tool(name, arguments)
    assert not result.is_error, f"{name} failed: {result.content}"
    assert result.content[0].text, f"{name} has no text"
    assert result.structured_content["source"], f"{name} has no structured content"


@asynccontextmanager
async def connected(provider):
    if SSE:
        async with Client(sse_client(URL, auth=provider)) as client:
            yield client
        return
    async with create_mcp_http_client(auth=provider) as http:
        async with Client(streamable_http_client(URL, http_client=http)) as client:
            yield client


async def main():
    storage, browser = Memory(), Browser()
    provider = OAuthClientProvider(
        URL,
        OAuthClientMetadata(
            client_name="Portcullis interop",
            redirect_uris=["http://localhost:33418/callback"],
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
        ),
        storage,
        redirect_handler=browser.open,
        callback_handler=browser.result,
    )
    async with connected(provider) as client:
        tools = sorted(tool.name for tool in (await client.list_tools()).tools)
        assert tools == ["get_alerts", "get_forecast"], tools
        for name, arguments in CALLS:
            await call(client, name, arguments)

        # Before, the same tokens are given again.
        await asyncio.sleep(11)
        before = storage.tokens
        provider.context.token_expiry_time = 1.0
        await call(client, *CALLS[0])
        assert browser.logins == 1, "the client had to sign in again"
        refreshes = storage.stored - 1
        assert refreshes == 1, f"{refreshes} refreshes"
        assert storage.tokens.access_token != before.access_token, "the old access token"
        assert storage.tokens.refresh_token != before.refresh_token, "not rotated"
        version = client.protocol_version
    name = "sse-python" if SSE else "python"
    print(f"{name} ok tools={len(tools)} calls={len(CALLS)} refresh={refreshes} version={version}")


asyncio.run(main())
