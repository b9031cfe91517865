//! Calls to Meta: which host and token, through the host's HTTP, to a classified answer.

use crate::context::Context;
use crate::host::{Blob, Host, Http, HttpBody};
use meta_wire::answer;
use meta_wire::answer::{HttpAnswer, Refusal};
use meta_wire::request::{Body, HttpRequest};
use serde::de::DeserializeOwned;

/// Longest wait for a Graph call. Meta answers within seconds; the host gives a handler 30 s in all.
const GRAPH_TIMEOUT_MS: u32 = 10_000;

/// Longest wait for a call that carries a file, whose bytes have to travel first.
const UPLOAD_TIMEOUT_MS: u32 = 20_000;

service! {
    /// Calls Meta: chooses host and token, sends the request through the host, classifies the answer.
    pub(crate) GraphClient {
        cx: Context,
    }
}

impl<H: Host> GraphClient<H> {
    /// Carries a request out and reads its answer. A network failure is a refusal too: it says whether the call may
    /// have had its effect.
    pub(crate) async fn meta<T: DeserializeOwned>(
        &self,
        call: answer::Call,
        request: HttpRequest,
    ) -> Result<T, Refusal> {
        answer::read(call, &self.exchange(call, request, None).await?)
    }

    /// The same with a file, whose bytes the host holds.
    pub(crate) async fn meta_with_file<T: DeserializeOwned>(
        &self,
        call: answer::Call,
        request: HttpRequest,
        file: Blob,
    ) -> Result<T, Refusal> {
        answer::read(call, &self.exchange(call, request, Some(file)).await?)
    }

    async fn exchange(
        &self,
        call: answer::Call,
        request: HttpRequest,
        file: Option<Blob>,
    ) -> Result<HttpAnswer, Refusal> {
        let timeout_ms = if file.is_some() { UPLOAD_TIMEOUT_MS } else { GRAPH_TIMEOUT_MS };
        let body = match (request.body, file) {
            (Body::None, _) => HttpBody::None,
            (Body::Json(text) | Body::Form(text), _) => HttpBody::Text { text },
            (Body::Multipart(form), Some(blob)) => HttpBody::Spliced { head: form.head, blob, tail: form.tail },
            // A form around no file: nothing was sent.
            (Body::Multipart(_), None) => return Err(Refusal::no_answer(answer::Call::Repeatable)),
        };
        let reply = self
            .cx
            .call(Http {
                method: request.method.as_str().to_owned(),
                url: request.url,
                headers: request.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                body,
                timeout_ms,
                as_blob: false,
                foreign: false,
            })
            .await
            .map_err(|error| {
                self.cx.warn("meta-no-answer", error.code());
                Refusal::no_answer(call)
            })?;
        Ok(HttpAnswer::new(reply.status, reply.headers, reply.text))
    }
}
