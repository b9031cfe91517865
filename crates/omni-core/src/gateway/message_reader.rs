//! Reads a message back from Meta.

use crate::context::Context;
use crate::gateway::graph::GraphClient;
use crate::host::{Host, LogLevel};
use meta_wire::answer::{Call, Class, Invalid, Refusal, StoredMessage};
use meta_wire::ids::Mid;
use meta_wire::request::conversations;
use omni_domain::account::Account;
use std::cell::RefCell;
use std::collections::HashMap;

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct MessageReaderMemory {
    /// How much of a message Meta lets an account read, where that is less than everything.
    pub(crate) message_details: RefCell<HashMap<meta_wire::ids::AccountId, conversations::MessageDetail>>,
}

service! {
    /// Reads a message back from Meta, with the account's own token.
    pub(crate) MessageReader {
        cx: Context,
        graph_client: GraphClient,
    } remembers MessageReaderMemory
}

impl<H: Host> MessageReader<H> {
    /// Reads one message from Meta: all of it, or as much as Meta knows the fields of.
    pub(crate) async fn read_message(&self, account: &Account, mid: &Mid) -> Result<StoredMessage, Refusal> {
        let details = &self.memory.message_details;
        let mut detail = details.borrow().get(&account.id).copied().unwrap_or_default();
        loop {
            let settings = self.cx.settings().await.map_err(|_| Refusal::no_answer(Call::Repeatable))?;
            let request = conversations::message(&account.graph(&settings), account.platform(), mid, detail);
            let request = request.map_err(|error| {
                self.cx.host.log(LogLevel::Error, "meta-request-impossible", &error.to_string());
                Refusal::no_answer(Call::Repeatable)
            })?;
            match self.graph_client.meta::<StoredMessage>(Call::Repeatable, request).await {
                // A field that is not known there: not to be told from a wrong id, which fails with fewer fields too.
                Err(refusal) if refusal.class == Class::Invalid(Invalid::Parameter) => match detail.less() {
                    Some(less) => detail = less,
                    None => return Err(refusal),
                },
                Err(refusal) => return Err(refusal),
                Ok(stored) => {
                    details.borrow_mut().insert(account.id.clone(), detail);
                    // What was asked for is what later events name it by.
                    return Ok(StoredMessage { id: mid.clone(), ..stored });
                }
            }
        }
    }
}
