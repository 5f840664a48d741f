//! As many requests as the server can take, over connections that wait for each answer.

use std::{
    io,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use super::{plan::Plan, process::Server};
use crate::{
    client::{Client, header, unexpected},
    request,
    workload::{Ask, Problem, Right, Target},
};

/// CPU microseconds per request.
pub(super) async fn answers(server: &Server, ask: &Ask, plan: &Plan) -> Result<f64, Problem> {
    cost(server, plan, |time| {
        answered(server.target.clone(), *ask, time)
    })
    .await
}

/// CPU microseconds per message that is posted, and answered on a stream.
pub(super) async fn events(server: &Server, ask: &Ask, plan: &Plan) -> Result<f64, Problem> {
    cost(server, plan, |time| told(server.target.clone(), *ask, time)).await
}

/// `connection` loads the server for so long and says how often.
async fn cost<F>(
    server: &Server,
    plan: &Plan,
    connection: impl Fn(Duration) -> F,
) -> Result<f64, Problem>
where
    F: Future<Output = io::Result<u32>> + Send + 'static,
{
    let all = async |time| {
        let mut running: JoinSet<_> = (0..plan.connections).map(|_| connection(time)).collect();
        let mut times = 0.0;
        while let Some(done) = running.join_next().await {
            times += f64::from(done??);
        }
        Ok::<f64, Problem>(times)
    };
    all(plan.warm_up).await?;
    let before = server.cpu_micros()?;
    let times = all(plan.load).await?;
    Ok((server.cpu_micros()? - before) / times)
}

async fn answered(to: Target, ask: Ask, time: Duration) -> io::Result<u32> {
    let request = (ask.request)(&to);
    let mut client = Client::connect(to.port).await?;
    let until = Instant::now() + time;
    let mut times = 0;
    loop {
        ask.right.check(client.exchange(&request).await?)?;
        times += 1;
        if Instant::now() >= until {
            return Ok(times);
        }
    }
}

async fn told(mut to: Target, ask: Ask, time: Duration) -> io::Result<u32> {
    let mut stream = Client::connect(to.port).await?;
    let open = request::stream(&to, "");
    let first = stream.open(&open, Some("event: endpoint")).await?;
    to.path = endpoint(first).ok_or_else(|| unexpected(first))?;

    let request = (ask.request)(&to);
    let mut poster = Client::connect(to.port).await?;
    let until = Instant::now() + time;
    let mut times = 0;
    loop {
        let accepted = poster.exchange(&request).await?;
        if !accepted.starts_with(b"HTTP/1.1 202 ") {
            return Err(unexpected(accepted));
        }
        right_event(&mut stream, &ask.right).await?;
        times += 1;
        if Instant::now() >= until {
            return Ok(times);
        }
    }
}

/// Where a client of HTTP+SSE is told to post to.
fn endpoint(first: &[u8]) -> Option<String> {
    let line = header(first, b"event: endpoint\ndata: ")?;
    Some(line.trim_end().to_owned())
}

pub(super) async fn right_event(stream: &mut Client, right: &Right) -> io::Result<()> {
    let event = stream.event().await?;
    if right.is(event) {
        return Ok(());
    }
    Err(unexpected(event))
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    const ASK: Ask = Ask {
        request: request::echo,
        right: Right(&[("hello", 1)]),
    };

    /// What the load says to a server that always answers this.
    async fn loaded(answer: &'static str) -> io::Result<u32> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = Target::mcp(listener.local_addr().unwrap().port());
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            while stream.read(&mut request).await.unwrap_or(0) > 0 {
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        };
        tokio::select! {
            () = server => unreachable!("the client stays"),
            outcome = answered(to, ASK, Duration::ZERO) => outcome,
        }
    }

    #[tokio::test]
    async fn a_right_answer_is_counted() {
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
        assert_eq!(loaded(answer).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_wrong_answer_ends_the_run() {
        for answer in [
            "HTTP/1.1 403 Forbidden\r\ncontent-length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\ngoodbye",
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhellohello",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\n\r\n",
        ] {
            let error = loaded(answer).await.unwrap_err().to_string();
            assert!(error.starts_with("unexpected answer"), "{error}");
        }
    }
}
