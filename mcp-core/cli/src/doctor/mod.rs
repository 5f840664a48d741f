//! The doctor asks what a client asks, in the client's order, without a credential: the challenge,
//! the protected-resource metadata, the authorization server's metadata, its keys, and the guards.

mod authorization_server;
mod challenge;
mod guards;
mod keys;
mod probe;
mod report;
mod resource;
mod revisions;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use url::Url;

use probe::Probe;
use report::Report;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The URL that users give to their client, such as `https://mcp.example.com/weather/mcp`
    #[arg(value_parser = whole_url)]
    url: Url,

    /// One JSON document instead of text
    #[arg(long)]
    json: bool,
}

fn whole_url(text: &str) -> Result<Url, &'static str> {
    Url::parse(text).map_err(|_| "write the whole URL, as in https://mcp.example.com/weather/mcp")
}

pub(crate) async fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let report = examine(&args.url).await?;
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &report)?;
        writeln!(out)?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(if report.healthy() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn examine(url: &Url) -> Result<Report, Box<dyn Error>> {
    let probe = Probe::new()?;
    let mut report = Report::new(url);
    if !check_url(url, &mut report) {
        return Ok(report);
    }
    let Some(pointer) = challenge::examine(&probe, url, &mut report).await else {
        return Ok(report);
    };
    revisions::not_asked(&mut report);
    guards::examine(&probe, url, &mut report).await;
    if let Some(issuer) = resource::examine(&probe, url, pointer.metadata, &mut report).await {
        authorization_server::examine(&probe, url, &issuer, &mut report).await;
    }
    Ok(report)
}

/// Clients send tokens to this URL: in the clear only on the own machine.
fn check_url(url: &Url, report: &mut Report) -> bool {
    if !is_safe(url) {
        report.fail(
            "url",
            format!("{}: clients send tokens over https only", url.scheme()),
            "serve the MCP endpoint over https; http is for localhost only",
        );
        return false;
    }
    match url.scheme() {
        "https" => report.ok("url", "https"),
        _ => report.ok("url", "http on loopback"),
    }
    check_query(url, report);
    true
}

/// Names its parameters without their values, which may be secrets.
fn check_query(url: &Url, report: &mut Report) {
    if url.query().is_none() {
        return;
    }
    let names: Vec<_> = url.query_pairs().map(|(name, _)| name).collect();
    report.warn(
        "url",
        format!("the URL has a query ({})", names.join(", ")),
        "give clients the URL without it: tokens are for the URL without query, and not every \
         authorization server ignores a query in the parameter `resource`",
    );
}

/// What clients may open or send something to: https, or http on the own machine.
fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => is_loopback(url),
        _ => false,
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// `/.well-known/NAME` put between the host and the path (RFC 8414 §3.1, RFC 9728 §3.1).
fn well_known(url: &Url, name: &str) -> Url {
    let mut at = url.clone();
    at.set_path(&format!(
        "/.well-known/{name}{}",
        url.path().trim_end_matches('/')
    ));
    at.set_query(None);
    at.set_fragment(None);
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_urls_keep_the_path_behind_the_name() {
        let cases = [
            (
                "https://a.example/x/mcp",
                "https://a.example/.well-known/n/x/mcp",
            ),
            ("https://a.example/", "https://a.example/.well-known/n"),
            (
                "https://a.example:8443/mcp?q=1",
                "https://a.example:8443/.well-known/n/mcp",
            ),
        ];
        for (url, expected) in cases {
            assert_eq!(well_known(&url.parse().unwrap(), "n").as_str(), expected);
        }
    }
}
