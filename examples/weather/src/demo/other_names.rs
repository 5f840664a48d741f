use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};

/// Whoever watches a process knows its address only.
const HEALTH: [&str; 2] = ["/healthz", "/readyz"];

/// Tells who comes by another name of this machine (`127.0.0.1`, `[::1]`) which URL to use.
///
/// The metadata names one origin, `http://localhost:PORT`, and clients refuse a server whose
/// metadata names another than the one that they called: better to hear it here.
pub(super) fn point_to(origin: &str, router: Router) -> Router {
    let port = origin.rsplit_once(':').map_or("", |(_, port)| port);
    let others = [format!("127.0.0.1:{port}"), format!("[::1]:{port}")];
    let sentence =
        format!("This server is {origin}. Use that URL, not another name of this machine.\n");
    router.layer(from_fn(move |request: Request, next: Next| {
        let watched = HEALTH.contains(&request.uri().path());
        let host = request
            .headers()
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        let misdirected = host.is_some_and(|host| others.iter().any(|other| other == host));
        let told = (misdirected && !watched).then(|| sentence.clone());
        async move { answer(told, request, next).await }
    }))
}

async fn answer(told: Option<String>, request: Request, next: Next) -> Response {
    match told {
        Some(sentence) => (StatusCode::MISDIRECTED_REQUEST, sentence).into_response(),
        None => next.run(request).await,
    }
}
