//! Thousands of open streams: what each holds, and what it costs to tell all of them something.

use std::io;

use futures_util::{FutureExt, future::BoxFuture};

use super::{load::right_event, plan::Plan, process::Server};
use crate::{
    client::{Client, header, unexpected},
    request,
    workload::{Ask, Open, Problem, Right, Target},
};

/// KiB of resident memory per stream. What the kernel holds for its sockets is not in it.
pub(super) async fn memory(server: &Server, open: Open, plan: &Plan) -> Result<f64, Problem> {
    // What a server sets up for its first clients is not paid per stream.
    const FIRST: usize = 16;
    drop(open_all(server, open, FIRST).await?);
    let before = server.resident_kib()?;
    let streams = open_all(server, open, plan.streams).await?;
    let after = server.resident_kib()?;
    Ok((after - before) / count(&streams)?)
}

/// CPU microseconds per stream and event.
pub(super) async fn fan_out(
    server: &Server,
    open: Open,
    announce: &Ask,
    heard: &Right,
    plan: &Plan,
) -> Result<f64, Problem> {
    const EVENTS: u32 = 10;
    let mut streams = open_all(server, open, plan.streams).await?;
    let mut announcer = Client::connect(server.target.port).await?;
    let request = (announce.request)(&server.target);
    let mut tell_all = async || {
        announce.right.check(announcer.exchange(&request).await?)?;
        for stream in &mut streams {
            right_event(stream, heard).await?;
        }
        Ok::<_, io::Error>(())
    };
    tell_all().await?;
    let before = server.cpu_micros()?;
    for _ in 0..EVENTS {
        tell_all().await?;
    }
    let spent = server.cpu_micros()? - before;
    Ok(spent / count(&streams)? / f64::from(EVENTS))
}

async fn open_all(server: &Server, open: Open, count: usize) -> io::Result<Vec<Client>> {
    let mut streams = Vec::with_capacity(count);
    for _ in 0..count {
        streams.push(open(server.target.clone()).await?);
    }
    Ok(streams)
}

fn count(streams: &[Client]) -> Result<f64, Problem> {
    Ok(f64::from(u32::try_from(streams.len())?))
}

/// `subscriptions/listen`, until it is acknowledged.
pub(crate) fn listen(to: Target) -> BoxFuture<'static, io::Result<Client>> {
    async move {
        let mut client = Client::connect(to.port).await?;
        let acknowledged = "notifications/subscriptions/acknowledged";
        client
            .open(&request::listen(&to), Some(acknowledged))
            .await?;
        Ok(client)
    }
    .boxed()
}

/// The stream of HTTP+SSE, until it says where to post to.
pub(crate) fn sse(to: Target) -> BoxFuture<'static, io::Result<Client>> {
    async move {
        let mut client = Client::connect(to.port).await?;
        let endpoint = Some("event: endpoint");
        client.open(&request::stream(&to, ""), endpoint).await?;
        Ok(client)
    }
    .boxed()
}

/// The stream of a session of Streamable HTTP, after its handshake.
pub(crate) fn session(to: Target) -> BoxFuture<'static, io::Result<Client>> {
    async move {
        let mut client = Client::connect(to.port).await?;
        let begun = client.exchange(&request::initialize(&to)).await?;
        let id = header(begun, b"\r\nmcp-session-id: ").ok_or_else(|| unexpected(begun))?;
        let headers = format!("Mcp-Session-Id: {id}\r\nMCP-Protocol-Version: 2025-06-18\r\n");
        let accepted = client
            .exchange(&request::initialized(&to, &headers))
            .await?;
        if !accepted.starts_with(b"HTTP/1.1 202 ") {
            return Err(unexpected(accepted));
        }
        client.open(&request::stream(&to, &headers), None).await?;
        Ok(client)
    }
    .boxed()
}
