//! HTTPS without anything in front.

use std::sync::Arc;

use axum::Router;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rstest::rstest;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore, SupportedProtocolVersion, crypto::aws_lc_rs,
        pki_types::CertificateDer, version,
    },
};

use super::*;
use portcullis_transport::{Tls, TlsError};

/// An authority that only these tests know, and what it has issued for `localhost`.
struct Issued {
    root: CertificateDer<'static>,
    chain: String,
    key: String,
}

fn issue() -> Issued {
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    Issued {
        root: authority.der().clone(),
        chain: certificate.pem() + &authority.pem(),
        key: key.serialize_pem(),
    }
}

impl Issued {
    fn tls(&self) -> Tls {
        Tls::from_pem(&self.chain, &self.key).unwrap()
    }
}

async fn start_tls(
    app: Router,
    server: impl FnOnce(Server) -> Server,
) -> (Issued, SocketAddr, Shutdown, Served) {
    let issued = issue();
    let tls = issued.tls();
    let (address, shutdown, served) = start(app, |listening| server(listening.tls(tls))).await;
    (issued, address, shutdown, served)
}

/// Trusts that one authority.
async fn connect_tls(
    issued: &Issued,
    address: SocketAddr,
    speaks: &[&str],
    version: &'static SupportedProtocolVersion,
) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(issued.root.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = speaks.iter().map(|name| name.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(address).await.unwrap();
    TlsConnector::from(Arc::new(config))
        .connect("localhost".try_into().unwrap(), stream)
        .await
        .unwrap()
}

async fn exchange(mut stream: TlsStream<TcpStream>, bytes: &str) -> String {
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[rstest]
#[tokio::test]
async fn https_serves_http1(
    #[values(&version::TLS12, &version::TLS13)] version: &'static SupportedProtocolVersion,
) {
    let (issued, address, ..) = start_tls(app(&Fixture::default()), |server| server).await;
    for (speaks, chosen) in [(&["http/1.1"][..], Some(&b"http/1.1"[..])), (&[], None)] {
        let stream = connect_tls(&issued, address, speaks, version).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), chosen);
        let answer = exchange(stream, &raw_call("echo", "close")).await;
        assert!(answer.contains("result"), "{answer}");
    }
}

#[rstest]
#[tokio::test]
async fn https_serves_http2(
    #[values(&version::TLS12, &version::TLS13)] version: &'static SupportedProtocolVersion,
) {
    let (issued, address, ..) = start_tls(app(&Fixture::default()), |server| server).await;
    let stream = connect_tls(&issued, address, &["http/1.1", "h2"], version).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    let mut request: Request<Body> = request(V2025_06_18, legacy_call("echo"));
    *request.uri_mut() = "https://localhost/mcp".parse().unwrap();
    let response = client.send_request(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&body).contains("result"));
}

#[tokio::test]
async fn cleartext_on_a_tls_port_is_not_answered() {
    let (issued, address, ..) =
        start_tls(app(&Fixture::default()), |server| server.max_connections(1)).await;
    let mut plain = connect(address, &raw_call("echo", "close")).await;
    let mut answer = Vec::new();
    plain.read_to_end(&mut answer).await.unwrap();
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");

    let stream = connect_tls(&issued, address, &["http/1.1"], &version::TLS13).await;
    let answer = exchange(stream, &raw_call("echo", "close")).await;
    assert!(answer.contains("result"), "{answer}");
}

/// Handshakes count as connections, and take no longer than a head may.
#[tokio::test(start_paused = true)]
async fn t29_a_client_that_does_not_finish_its_handshake_is_disconnected() {
    const BEGINNING_OF_A_CLIENT_HELLO: &str = "\u{16}\u{3}\u{1}\u{0}\u{40}\u{1}";
    let (issued, address, ..) = start_tls(app(&Fixture::default()), |server| {
        server
            .max_connections(1)
            .header_timeout(Duration::from_secs(7))
    })
    .await;
    for bytes in ["", BEGINNING_OF_A_CLIENT_HELLO] {
        let before = Instant::now();
        rest(connect(address, bytes).await).await;
        assert!((7..60).contains(&before.elapsed().as_secs()), "{bytes}");
    }
    tokio::time::resume();
    let stream = connect_tls(&issued, address, &["http/1.1"], &version::TLS13).await;
    let answer = exchange(stream, &raw_call("echo", "close")).await;
    assert!(answer.contains("result"), "{answer}");
}

#[tokio::test]
async fn a_drain_over_tls_answers_what_runs_and_ends_handshakes() {
    let fixture = Fixture::default();
    let (issued, address, shutdown, served) = start_tls(app(&fixture), |server| server).await;
    let handshaking = connect(address, "").await;
    let mut idle = connect_tls(&issued, address, &["http/1.1"], &version::TLS13).await;
    let running = connect_tls(&issued, address, &["http/1.1"], &version::TLS13).await;
    let call = raw_call("wait", "keep-alive");
    let (running, ()) = tokio::join!(exchange(running, &call), async {
        fixture.started.notified().await;
        shutdown.trigger();
        assert_eq!(rest(handshaking).await, "");
        // Nothing has been said on it, so that it ends without a close_notify.
        assert_eq!(idle.read(&mut [0]).await.unwrap_or(0), 0);
        assert!(!served.is_finished());
        fixture.go.notify_one();
    });
    assert!(running.contains("waited"), "{running}");
    served.await.unwrap().unwrap();
}

#[test]
fn what_is_wrong_with_the_files_is_said() {
    let (issued, other) = (issue(), issue());
    let Issued { chain, key, .. } = &issued;
    let is_a_sentence = |error: TlsError, part: &str| {
        let text = error.to_string();
        assert!(text.contains(part), "{text}");
        assert!(text.contains("give "), "{text}");
        let secret = key.lines().nth(1).unwrap();
        assert!(!text.contains(secret), "{text}");
    };
    for no_chain in [
        "",
        "not PEM",
        key,
        "-----BEGIN CERTIFICATE-----\n%\n-----END CERTIFICATE-----",
    ] {
        let error = Tls::from_pem(no_chain, key).unwrap_err();
        assert!(matches!(error, TlsError::Chain), "{no_chain}: {error}");
        is_a_sentence(error, "BEGIN CERTIFICATE");
    }
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let cut = key.rsplit_once("-----END").unwrap().0;
    for no_key in ["", chain, &encrypted, cut] {
        let error = Tls::from_pem(chain, no_key).unwrap_err();
        assert!(matches!(error, TlsError::Key), "{no_key}: {error}");
        is_a_sentence(error, "BEGIN PRIVATE KEY");
    }
    let error = Tls::from_pem(chain, &other.key).unwrap_err();
    assert!(matches!(error, TlsError::Mismatch), "{error}");
    is_a_sentence(error, "first certificate");

    let no_certificate = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----";
    let error = Tls::from_pem(no_certificate, key).unwrap_err();
    assert!(matches!(error, TlsError::Unusable(_)), "{error}");

    let error = Tls::from_files("no/such/chain.pem", "no/such/key.pem").unwrap_err();
    assert!(error.to_string().contains("no/such/chain.pem"), "{error}");
    assert!(matches!(error, TlsError::File { .. }), "{error}");
}

#[test]
fn t31_a_key_is_not_printed() {
    let Issued { chain, key, .. } = issue();
    let shown = format!("{:?}", Tls::from_pem(chain, key).unwrap());
    assert_eq!(shown, "Tls { .. }");
}
