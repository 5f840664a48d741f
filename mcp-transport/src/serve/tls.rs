use std::{fmt, fs, io, path::Path, path::PathBuf, sync::Arc};

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use rustls::{
    Error as RustlsError, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// Why there is no HTTPS with these files.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {path}: {error}; name a PEM file that this process may read", path = path.display())]
    File {
        /// The path as it was given.
        path: PathBuf,
        /// What the system says.
        #[source]
        error: io::Error,
    },
    /// The certificate chain is no PEM, or has no certificate.
    #[error(
        "no certificate can be read from the chain; give PEM (-----BEGIN CERTIFICATE-----), this server's \
         certificate first, then those that vouch for it"
    )]
    Chain,
    /// The private key is no PEM, is encrypted, or is none.
    #[error(
        "no private key can be read; give one in PEM (-----BEGIN PRIVATE KEY-----) that is not encrypted: \
         `openssl pkey -in key.pem` prints it so"
    )]
    Key,
    /// The key is another certificate's.
    #[error(
        "the private key is not that of the first certificate in the chain; give the pair that was issued \
         together, this server's certificate first"
    )]
    Mismatch,
    /// The certificate or the key is of a kind that rustls does not take.
    #[error(
        "the certificate or its key cannot be used: {0}; RSA from 2048 bits on, ECDSA and Ed25519 can"
    )]
    Unusable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A certificate and its key, for a server that speaks HTTPS itself.
///
/// TLS 1.2 and 1.3 by rustls on aws-lc-rs, with HTTP/2 or HTTP/1.1 as the client likes. A process-wide
/// provider of cryptography is neither needed nor installed. The files are read once: restart the
/// server for a new certificate, as it drains and its clients come back.
///
/// For a server without a load balancer, reverse proxy or mesh in front of it. Where one ends TLS,
/// leave it to that. Between replicas there is none: see [`Server::tls`](crate::Server::tls).
///
/// ```no_run
/// use portcullis_transport::{Server, Shutdown, Tls, health};
/// use tokio::net::TcpListener;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let tls = Tls::from_files("/etc/weather/fullchain.pem", "/etc/weather/privkey.pem")?;
/// Server::new(TcpListener::bind("0.0.0.0:443").await?)
///     .tls(tls)
///     .max_connections_per_address(100)
///     .serve(health("weather"), Shutdown::on_signals())
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Tls(Arc<ServerConfig>);

impl Tls {
    /// From PEM files, as certbot and openssl write them: the chain begins with the server's own
    /// certificate, the key is not encrypted.
    ///
    /// # Errors
    ///
    /// [`TlsError`], which says what to give instead.
    pub fn from_files(
        certificate_chain: impl AsRef<Path>,
        private_key: impl AsRef<Path>,
    ) -> Result<Self, TlsError> {
        Self::from_pem(
            read(certificate_chain.as_ref())?,
            read(private_key.as_ref())?,
        )
    }

    /// From PEM that is at hand, for example from a secret store. As [`from_files`](Self::from_files).
    ///
    /// # Errors
    ///
    /// [`TlsError`], which says what to give instead.
    pub fn from_pem(
        certificate_chain: impl AsRef<[u8]>,
        private_key: impl AsRef<[u8]>,
    ) -> Result<Self, TlsError> {
        // What the parser says of its input is left out: it would quote a key.
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate_chain.as_ref())
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::Chain)?;
        if chain.is_empty() {
            return Err(TlsError::Chain);
        }
        let key = PrivateKeyDer::from_pem_slice(private_key.as_ref()).map_err(|_| TlsError::Key)?;
        let mut config = config(chain, key).map_err(|error| match error {
            RustlsError::InconsistentKeys(_) => TlsError::Mismatch,
            error => TlsError::Unusable(error.into()),
        })?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    pub(super) async fn accept<T>(&self, stream: T) -> io::Result<TlsStream<T>>
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        TlsAcceptor::from(self.0.clone()).accept(stream).await
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|error| TlsError::File {
        path: path.to_owned(),
        error,
    })
}

/// The provider is named, so that it does not matter which one the process has installed, or none.
fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, RustlsError> {
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
}
