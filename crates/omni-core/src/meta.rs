//! Calls to Meta: which host and token, through the host's HTTP, to a classified answer.

use crate::host::{Host, Http, HttpBody};
use crate::session::Session;
use crate::settings::Settings;
use crate::store::{Account, LoginRoute};
use meta_wire::answer::{self, HttpAnswer, Refusal};
use meta_wire::request::{Body, Business, Graph, HttpRequest, Route};
use serde::de::DeserializeOwned;

/// Longest wait for a Graph call. Meta answers within seconds; the host gives a handler 30 s in all.
const GRAPH_TIMEOUT_MS: u32 = 10_000;

impl Account {
    /// The network in Meta's words.
    pub fn platform(&self) -> meta_wire::platform::Platform {
        self.channel.platform()
    }

    /// The node that sends: the Page, or the Instagram account that has none.
    pub fn business(&self) -> Business {
        let node = match (&self.page_id, self.route) {
            (Some(page), LoginRoute::Facebook) => page.as_str(),
            _ => self.id.as_str(),
        };
        Business::new(self.platform(), node)
    }

    /// Where calls in this account's name go.
    pub fn graph(&self, settings: &Settings) -> Graph {
        let route = match self.route {
            LoginRoute::Facebook => Route::FacebookLogin,
            LoginRoute::Instagram => Route::InstagramLogin,
        };
        let graph = Graph::new(route, self.token.clone()).version(settings.graph_version);
        match &settings.app_secret {
            Some(secret) => graph.app_secret(secret),
            None => graph,
        }
    }
}

impl<H: Host> Session<H> {
    /// Carries a request out and reads its answer. A network failure is a refusal too: it says whether the call may
    /// have had its effect.
    pub(crate) async fn meta<T: DeserializeOwned>(
        &self,
        call: answer::Call,
        request: HttpRequest,
    ) -> Result<T, Refusal> {
        let answer = self.exchange(call, request).await?;
        answer::read(call, &answer)
    }

    async fn exchange(&self, call: answer::Call, request: HttpRequest) -> Result<HttpAnswer, Refusal> {
        let body = match request.body {
            Body::None => HttpBody::None,
            Body::Json(text) | Body::Form(text) => HttpBody::Text { text },
            // A file goes out through `send_file`, which holds the bytes.
            Body::Multipart(_) => return Err(Refusal::no_answer(answer::Call::Repeatable)),
        };
        self.exchange_body(call, request.method.as_str(), request.url, request.headers, body).await
    }

    pub(crate) async fn exchange_body(
        &self,
        call: answer::Call,
        method: &str,
        url: String,
        headers: Vec<(&'static str, String)>,
        body: HttpBody,
    ) -> Result<HttpAnswer, Refusal> {
        let reply = self
            .call(Http {
                method: method.to_owned(),
                url,
                headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                body,
                timeout_ms: GRAPH_TIMEOUT_MS,
                as_blob: false,
                foreign: false,
            })
            .await
            .map_err(|error| {
                self.warn("meta-no-answer", error.code());
                Refusal::no_answer(call)
            })?;
        Ok(HttpAnswer::new(reply.status, reply.headers, reply.text))
    }
}
