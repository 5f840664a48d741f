use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use clap::Args;
use serde::Serialize;

/// Where a server listens.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct ListenSettings {
    /// Port to listen on
    #[arg(long, env = "PORT", default_value_t = 8080)]
    pub port: u16,

    /// Address to listen on; 0.0.0.0 in a container
    #[arg(long, env = "BIND", default_value = "127.0.0.1")]
    pub bind: IpAddr,
}

impl ListenSettings {
    /// The address to bind.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.bind, self.port)
    }

    /// The address under which this machine reaches the server.
    pub fn local_address(&self) -> SocketAddr {
        let ip = match self.bind {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        SocketAddr::new(ip, self.port)
    }
}
