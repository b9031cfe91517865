//! Asking Meta about accounts.

use crate::context::Context;
use crate::gateway::graph::GraphClient;
use crate::host::Host;
use meta_wire::answer::{Call, Listing};
use meta_wire::request::accounts::{Detail, ListPart};
use meta_wire::request::{HttpRequest, RequestError};
use omni_domain::graph_error::GraphCallError;
use serde::de::DeserializeOwned;

/// Most parts of one list that are read: 100 items each, unless that is too much for Meta.
const PARTS_OF_A_LIST: usize = 30;

service! {
    /// Asks Meta about accounts and apps, and reads its lists page by page.
    pub(crate) GraphPages {
        cx: Context,
        graph_client: GraphClient,
    }
}

impl<H: Host> GraphPages<H> {
    /// Asks Meta for something that may be asked twice.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        request: Result<HttpRequest, RequestError>,
    ) -> Result<T, GraphCallError> {
        let request = request?;
        let endpoint = request.endpoint();
        self.graph_client.meta(Call::Repeatable, request).await.map_err(|refusal| {
            self.cx.warn("meta-refused", &format!("{endpoint}: {refusal}"));
            GraphCallError::Refused(refusal)
        })
    }

    /// The same for fewer fields when one of all is refused.
    pub(crate) async fn ask_in_detail<T: DeserializeOwned>(
        &self,
        request: impl Fn(Detail) -> Result<HttpRequest, RequestError>,
    ) -> Result<T, GraphCallError> {
        match self.ask(request(Detail::Full)).await {
            Err(trouble) if trouble.is_bad_parameter() => self.ask(request(Detail::Least)).await,
            answer => answer,
        }
    }

    /// Reads a list to its end: in smaller parts when Meta finds one too much, with fewer fields when it refuses one.
    pub(crate) async fn ask_all<T: DeserializeOwned>(
        &self,
        request: impl Fn(ListPart<'_>) -> Result<HttpRequest, RequestError>,
    ) -> Result<Vec<T>, GraphCallError> {
        let mut items = Vec::new();
        let mut after: Option<String> = None;
        let mut part = ListPart::default();
        for _ in 0..PARTS_OF_A_LIST {
            let page: Listing<T> = loop {
                match self.ask(request(ListPart { after: after.as_deref(), ..part })).await {
                    Err(trouble) if trouble.is_too_much() && part.limit > 1 => part.limit = part.limit.div_ceil(5),
                    Err(trouble) if trouble.is_bad_parameter() && part.detail == Detail::Full => {
                        part.detail = Detail::Least;
                    }
                    answer => break answer?,
                }
            };
            if page.list.unreadable > 0 || page.cut_short {
                self.cx.warn("meta-list-incomplete", &format!("{} items unreadable", page.list.unreadable));
            }
            items.extend(page.list.items);
            match page.after {
                // The same cursor twice would go round for ever.
                Some(next) if after.as_ref() != Some(&next) => after = Some(next),
                _ => break,
            }
        }
        Ok(items)
    }
}
