//! Calls the stand-in makes itself: webhooks, verification, fetching attachments by URL. Plain HTTP on this machine.

use std::time::Duration;

use axum::http::{HeaderMap, Method, Request, Uri};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why nothing came back, in a word a delivery record can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    BadAddress,
    Unreachable,
    Timeout,
    TooLarge,
}

impl Failure {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::BadAddress => "bad address: plain http only; map https addresses with settings.resolve",
            Self::Unreachable => "unreachable or connection lost",
            Self::Timeout => "no answer in time",
            Self::TooLarge => "too large",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Http {
    pub(crate) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        // A kept connection may be closed by the other side while a webhook is on its way; the client repeats only
        // what never left, so keeping them is safe and load tests do not run out of ports.
        Self { client: Client::builder(TokioExecutor::new()).pool_max_idle_per_host(32).build(connector) }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(String, String)],
        body: Bytes,
        deadline: Duration,
        max_bytes: usize,
    ) -> Result<Answer, Failure> {
        let uri: Uri = url.parse().map_err(|_| Failure::BadAddress)?;
        if uri.scheme_str() != Some("http") {
            return Err(Failure::BadAddress);
        }
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(body)).map_err(|_| Failure::BadAddress)?;
        let exchange = async {
            let response = self.client.request(request).await.map_err(|_| Failure::Unreachable)?;
            let (head, mut stream) = response.into_parts();
            let mut body = BytesMut::new();
            while let Some(frame) = stream.frame().await {
                let frame = frame.map_err(|_| Failure::Unreachable)?;
                if let Some(data) = frame.data_ref() {
                    if body.len() + data.len() > max_bytes {
                        return Err(Failure::TooLarge);
                    }
                    body.extend_from_slice(data);
                }
            }
            Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: body.freeze() })
        };
        tokio::time::timeout(deadline, exchange).await.map_err(|_| Failure::Timeout)?
    }

    pub(crate) async fn get(&self, url: &str, deadline: Duration, max_bytes: usize) -> Result<Answer, Failure> {
        self.send(Method::GET, url, &[], Bytes::new(), deadline, max_bytes).await
    }
}
