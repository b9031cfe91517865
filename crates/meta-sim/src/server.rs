//! The HTTP side: one listener, hosts told apart by the first path segment.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::routing::any;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use crate::reply::{CutConnection, Incoming, plain};
use crate::sim::Sim;
use crate::{control, dialog, graph, media};

/// Largest body read from a caller, control calls included: a 25 MB attachment and its envelope fit.
const MAX_BODY: usize = 64 * 1024 * 1024;

impl Sim {
    /// Every route: Meta's hosts by their prefix, and the control API under `/_sim/`.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .nest("/_sim", control::router().layer(DefaultBodyLimit::max(MAX_BODY)))
            .fallback(any(meta_host))
            .with_state(Arc::clone(self))
    }

    /// Serves until `stop` ends, then lets open answers finish for a moment.
    ///
    /// # Errors
    /// The listener's, when it can accept no more.
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send,
    ) -> std::io::Result<()> {
        let router = self.router();
        tokio::pin!(stop);
        loop {
            let stream = tokio::select! {
                accepted = listener.accept() => accepted?.0,
                () = &mut stop => return Ok(()),
            };
            drop(stream.set_nodelay(true));
            let router = router.clone();
            tokio::spawn(async move {
                let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                    let router = router.clone();
                    async move {
                        let response =
                            router.oneshot(request.map(Body::new)).await.unwrap_or_else(|never| match never {});
                        if response.extensions().get::<CutConnection>().is_some() {
                            // An error from the service makes hyper close the connection without a byte of answer.
                            return Err(std::io::Error::other("cut on purpose"));
                        }
                        Ok(response)
                    }
                });
                drop(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
            });
        }
    }
}

async fn meta_host(State(sim): State<Arc<Sim>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let query = head.uri.query().unwrap_or_default().to_owned();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "body too large or broken off");
    };
    let rest = path.trim_start_matches('/');
    let (host, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let incoming = Incoming {
        host: host.to_owned(),
        method: head.method,
        path: rest.to_owned(),
        query,
        headers: head.headers,
        body,
    };
    match host {
        "www.facebook.com" | "m.facebook.com" | "www.instagram.com" => dialog::serve(&sim, incoming).await,
        "graph.facebook.com" | "graph.instagram.com" | "api.instagram.com" | "graph-video.facebook.com" => {
            graph::serve(&sim, incoming).await
        }
        _ if media::HOSTS.contains(&host) => graph::serve_media(&sim, incoming).await,
        _ => plain(
            StatusCode::NOT_FOUND,
            "no such host here: the first path segment is one of Meta's hosts, or _sim for the control API",
        ),
    }
}
