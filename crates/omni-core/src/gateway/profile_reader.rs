//! Who the customer is, as far as Meta tells.

use crate::context::Context;
use crate::gateway::graph::GraphClient;
use crate::host::{Host, VisitorFields};
use futures_util::future::{Either, select};
use meta_wire::answer::{Call, Class, Invalid, Profile};
use meta_wire::ids::ScopedUserId;
use meta_wire::request::accounts::Detail;
use meta_wire::request::profile;
use omni_domain::account::Account;
use omni_domain::conversation::Conversation;
use omni_domain::render::profile::{Facts, facts};
use omni_domain::settings::Settings;
use omni_domain::timing::DAY_MS;
use std::pin::pin;

/// How long a profile is good for, in milliseconds. The address of the picture ends after some days.
const FRESH_MS: i64 = DAY_MS;

/// How long a new conversation waits for a profile, in milliseconds: the message comes first.
const WAIT_MS: u32 = 2_500;

service! {
    /// Reads who the customer is, as far as Meta tells.
    pub(crate) ProfileReader {
        cx: Context,
        graph_client: GraphClient,
    }
}

impl<H: Host> ProfileReader<H> {
    /// The customer's profile when it was not read lately and Meta gives it. Its absence is no error: Meta often may not
    /// tell before the customer agreed.
    pub(crate) async fn facts_of(&self, conversation: &mut Conversation, account: &Account) -> Option<Facts> {
        let read_at = conversation.head.profile_at;
        if read_at.is_some_and(|at| (self.cx.now_ms() - at).abs() < FRESH_MS) {
            return None;
        }
        let settings = self.cx.settings().await.ok()?;
        let asking = pin!(self.profile_of(account, &settings, &conversation.head.id.person));
        let waiting = pin!(self.cx.host.sleep(WAIT_MS));
        match select(asking, waiting).await {
            Either::Left((Ok(found), _)) => {
                conversation.head.profile_at = Some(self.cx.now_ms());
                Some(facts(&found))
            }
            Either::Left((Err(()), _)) => {
                conversation.head.profile_at = Some(self.cx.now_ms());
                None
            }
            Either::Right(_) => {
                self.cx.warn("profile-slow", "the conversation was opened without it");
                None
            }
        }
    }

    /// What Meta tells of a person; less when it refuses one of the fields, which costs all of them.
    async fn profile_of(&self, account: &Account, settings: &Settings, person: &ScopedUserId) -> Result<Profile, ()> {
        for detail in [Detail::Full, Detail::Least] {
            let request = profile(&account.graph(settings), account.platform(), person, detail).map_err(drop)?;
            match self.graph_client.meta::<Profile>(Call::Repeatable, request).await {
                Ok(found) => return Ok(found),
                Err(refusal) => {
                    self.cx.warn("profile-refused", &refusal.to_string());
                    if refusal.class != Class::Invalid(Invalid::Parameter) {
                        break;
                    }
                }
            }
        }
        Err(())
    }

    /// Puts the facts into the visitor's custom fields; the server keeps those an administrator has defined.
    pub(crate) async fn keep_facts(&self, token: &str, facts: &Facts) {
        let fields = facts.fields();
        if fields.is_empty() {
            return;
        }
        match self.cx.call(VisitorFields { token: token.to_owned(), fields }).await {
            Ok(refused) if refused.is_empty() => {}
            Ok(refused) => self.cx.warn("visitor-field-refused", &refused.join(" ")),
            Err(error) => self.cx.warn("visitor-fields", error.code()),
        }
    }
}
