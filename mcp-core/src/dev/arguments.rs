//! `--listen ADDR` and `--ready json`.

use std::net::{Ipv4Addr, SocketAddr};

pub(super) const USAGE: &str = "\
Usage: [--listen ADDR] [--ready json]

  --listen ADDR   where to listen, on loopback [default: 127.0.0.1:8080; port 0 takes a free one]
  --ready json    print one line of JSON on stdout as soon as connections are accepted
";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) listen: SocketAddr,
    pub(super) ready: Ready,
}

/// How the program says that it is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ready {
    /// A text for people, on stderr.
    Text,
    /// One line of JSON, on stdout.
    Json,
}

/// Why the arguments are no arguments.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoArguments {
    Help,
    Wrong(String),
}

impl Arguments {
    pub(super) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, NoArguments> {
        let mut parsed = Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            ready: Ready::Text,
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (argument.as_str(), None),
            };
            let mut value = || value.clone().or_else(|| arguments.next());
            match name {
                "--listen" => {
                    let address = value().and_then(|text| text.parse().ok());
                    parsed.listen = address.ok_or_else(|| {
                        wrong("--listen needs an address, such as 127.0.0.1:8080")
                    })?;
                    if !parsed.listen.ip().is_loopback() {
                        return Err(wrong(
                            "--listen must be on loopback, since everybody knows the password",
                        ));
                    }
                }
                "--ready" => match value().as_deref() {
                    Some("json") => parsed.ready = Ready::Json,
                    _ => return Err(wrong("--ready knows only json")),
                },
                "-h" | "--help" => return Err(NoArguments::Help),
                _ => return Err(wrong(format!("unknown argument {argument:?}"))),
            }
        }
        Ok(parsed)
    }
}

fn wrong(problem: impl Into<String>) -> NoArguments {
    NoArguments::Wrong(problem.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Arguments, NoArguments> {
        Arguments::parse(text.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn both_spellings_are_understood_and_nothing_else() {
        let expected = Arguments {
            listen: ([127, 0, 0, 1], 0).into(),
            ready: Ready::Json,
        };
        assert_eq!(
            parse("--listen 127.0.0.1:0 --ready json").as_ref(),
            Ok(&expected)
        );
        assert_eq!(
            parse("--ready=json --listen=127.0.0.1:0").as_ref(),
            Ok(&expected)
        );
        assert_eq!(parse("").map(|a| a.listen.port()), Ok(8080));
        assert_eq!(parse("--help"), Err(NoArguments::Help));
        for bad in [
            "--listen",
            "--listen here",
            "--listen 0.0.0.0:8080",
            "--ready yaml",
            "--verbose",
            "8080",
        ] {
            assert!(matches!(parse(bad), Err(NoArguments::Wrong(_))), "{bad}");
        }
    }
}
