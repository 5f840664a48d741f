use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, ValueEnum};

use crate::nws::{NwsSettings, WeatherMode};

/// A weather server that you can sign in to, on this machine: no cloud, no account
#[derive(Debug, Clone, Parser)]
#[command(name = "weather-demo", version)]
pub struct DemoSettings {
    /// Loopback address; the same port of `[::1]` is listened on too
    #[arg(long, default_value = "127.0.0.1:8080", value_parser = loopback)]
    pub listen: SocketAddr,

    /// Loopback address of the mock user pool; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_parser = loopback)]
    pub cognito_listen: SocketAddr,

    /// Where the weather comes from
    #[arg(long, default_value = "auto")]
    pub weather: WeatherMode,

    /// Where sign-ins are kept: a file, or `memory` [default: a file in the user's state folder]
    #[arg(long, value_name = "FILE|memory")]
    pub data: Option<DataSetting>,

    /// Print one line with all URLs on stdout, for programs
    #[arg(long, value_name = "FORMAT")]
    pub ready: Option<ReadyFormat>,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub nws: NwsSettings,
}

/// Where the demo's state is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataSetting {
    /// Nowhere: clients sign in again after a restart.
    Memory,
    /// In this file, with its keys beside it.
    File(PathBuf),
}

/// How the ready line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReadyFormat {
    /// One JSON object
    Json,
}

impl FromStr for DataSetting {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "memory" => Self::Memory,
            file => Self::File(file.into()),
        })
    }
}

/// The demo's password is in its documentation, so nobody else may reach it.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| "write address and port, as in 127.0.0.1:8080".to_owned())?;
    if !address.ip().is_loopback() {
        return Err(
            "the demo listens on loopback only, since everybody knows its password".to_owned(),
        );
    }
    Ok(address)
}
