"""Python `mcp` 2.x in both eras over Streamable HTTP, and over HTTP+SSE, with a token."""

import asyncio
import json
import os
from contextlib import asynccontextmanager
from importlib.metadata import version as release
from pathlib import Path

from mcp.client import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

READY = json.loads(Path(os.environ["INTEROP_READY"]).read_text())
FIXTURE = json.loads(Path(os.environ["INTEROP_FIXTURE"]).read_text())
CALLS = [
    ("get_alerts", {"state": "CA"}),
    ("get_forecast", {"latitude": 37.7749, "longitude": -122.4194}),
]
RUNS = [("http", "auto", "2026-07-28"), ("http", "legacy", "2025-11-25"), ("sse", "legacy", "2025-11-25")]


@asynccontextmanager
async def connected(transport, mode, url, bearer=None):
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    if transport == "sse":
        async with Client(sse_client(url, headers=headers), mode=mode) as client:
            yield client
        return
    async with create_mcp_http_client(headers=headers) as http:
        async with Client(streamable_http_client(url, http_client=http), mode=mode) as client:
            yield client


async def text(client, name, arguments, **options):
    result = await client.call_tool(name, arguments, **options)
    assert not result.is_error, f"{name} failed: {result.content}"
    return result.content[0].text


async def until_waiting(client, expected):
    for _ in range(100):
        if await text(client, "test_waiting", {}) == expected:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"there are never {expected} calls waiting")


async def cancel(client):
    call = asyncio.create_task(client.call_tool("test_wait", {}))
    await until_waiting(client, "1")
    call.cancel()
    try:
        await call
    except asyncio.CancelledError:
        pass
    else:
        raise AssertionError("the call was answered")
    await until_waiting(client, "0")


async def run(transport, mode, version):
    sse = transport == "sse"
    url, bearer = (READY["sse"], READY["sse_bearer"]) if sse else (READY["mcp"][0], READY["bearer"])
    async with connected(transport, mode, url, bearer) as client:
        tools = sorted(tool.name for tool in (await client.list_tools()).tools)
        assert tools == ["get_alerts", "get_forecast"], tools
        for name, arguments in CALLS:
            assert await text(client, name, arguments), f"{name} has no text"
        assert client.protocol_version == version, client.protocol_version

    progress = []

    async def seen(done, _total, _message):
        progress.append(done)

    async with connected(transport, mode, FIXTURE["sse" if sse else "mcp"]) as client:
        await text(client, "test_tool_with_progress", {}, progress_callback=seen)
        assert progress == [0, 50, 100], progress
        await cancel(client)
    name = f"python-{release('mcp')}-{mode}-{transport}"
    counts = f"tools={len(tools)} calls={len(CALLS)} progress={len(progress)} cancelled=1"
    print(f"{name} ok version={version} {counts}", flush=True)


async def main():
    for transport, mode, version in RUNS:
        await run(transport, mode, version)


asyncio.run(main())
