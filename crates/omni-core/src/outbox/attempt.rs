//! One request to Meta: whether it may go, what it looks like, what its answer means.

use crate::accounts::open_rooms::DeadTokens;
use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::graph::GraphClient;
use crate::host::{Blob, FileRef, Host, UploadRead};
use crate::outbox::agent_notices::{AgentNotices, Recipient as Reader};
use crate::outbox::pass::{Outcome, SendContext};
use crate::store::Records;
use crate::store::archives::Archives;
use crate::thread::drive::Threads;
use meta_wire::answer::{Call, Refusal, Sent, SentAction, Uploaded};
use meta_wire::ids::Mid;
use meta_wire::limits::MediaKind;
use meta_wire::platform::Platform;
use meta_wire::request::{
    Action, Boundary, Content, FilePart, HttpRequest, MessagingType, Recipient, RequestError, Send, SendFile, Tag,
    send, send_file, sender_action, upload_file,
};
use omni_domain::account::TokenState;
use omni_domain::compose::plan::check_file;
use omni_domain::compose::request::{media, text};
use omni_domain::conversation::Conversation;
use omni_domain::key;
use omni_domain::message_record::{MessageRecord, MessageState};
use omni_domain::outgoing::{NEVER, OutgoingMessage, Part};
use omni_domain::send_error::{SendError, Verdict, judge};
use omni_domain::thread::machine::SendPermission;
use omni_domain::window::messaging_type;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// Uploads that took this long together are followed by a heartbeat, in milliseconds.
const SLOW_MS: i64 = 8_000;

/// When to look what became of a request without an answer, in milliseconds.
const LOST_MS: i64 = 15_000;

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct SendAttemptsMemory {
    /// Until when an account, by its id, makes no calls because Meta limits it.
    pub(crate) pauses: RefCell<HashMap<String, i64>>,
    /// Accounts, by their ids, that Instagram lets send no several images at once.
    pub(crate) single_images: RefCell<HashSet<String>>,
}

service! {
    /// Makes one request to Meta: whether it may go, what it looks like, what its answer means.
    pub(crate) SendAttempts {
        agent_notices: AgentNotices,
        archives: Archives,
        cx: Context,
        dead_tokens: DeadTokens,
        graph_client: GraphClient,
        records: Records,
        threads: Threads,
    } remembers SendAttemptsMemory
}

impl<H: Host> SendAttempts<H> {
    /// Sends one part of a message.
    pub(crate) async fn send_part(
        &self,
        trip: &SendContext,
        conversation: &mut Conversation,
        entry: &MessageRecord,
        at: usize,
    ) -> Result<Outcome, CoreError> {
        let MessageState::Outgoing(outbox) = &entry.state else { return Ok(Outcome::NotSent) };
        let Some(part) = outbox.parts.get(at) else { return Ok(Outcome::NotSent) };
        if trip.account.token_state != TokenState::Valid {
            return Ok(Outcome::Held { code: "meta-token-dead".into(), until: 0, say: true });
        }
        if let Some(until) = self.paused_until(trip) {
            return Ok(Outcome::Later { code: "meta-rate-limited".into(), until });
        }
        let platform = trip.business.platform;
        let opened_at = conversation.opened_at();
        let allowed = messaging_type(outbox.human, opened_at, self.cx.now(), platform, trip.settings.human_agent);
        let messaging_type = match allowed {
            Ok(messaging_type) => messaging_type,
            Err(trouble) => return Ok(Outcome::Refused(trouble)),
        };
        if part.reaction.is_some() {
            return self.attempt_reaction(trip, conversation, outbox, part, messaging_type).await;
        }
        if part.files.len() > 1 && self.memory.single_images.borrow().contains(trip.account.id.as_str()) {
            return Ok(Outcome::OneByOne);
        }
        match self.threads.before_send(conversation, &trip.account, &trip.settings, outbox).await? {
            SendPermission::Go => {}
            SendPermission::Held => {
                return Ok(Outcome::Held { code: "handover".into(), until: NEVER, say: false });
            }
            SendPermission::No => return Ok(Outcome::Refused(SendError::new("meta-not-thread-owner"))),
        }
        let about = outbox.about.as_deref().filter(|_| at == 0);
        let reply_to = match about {
            Some(about) => self.mid_of(conversation, about).await?,
            None => None,
        };
        let unquoted = about.is_some() && reply_to.is_none();
        let mut wanted = Send::new(Recipient::Id(conversation.head.id.person.clone()), Content::LikeHeart);
        wanted.messaging_type = Some(messaging_type);
        wanted.reply_to = reply_to;
        // No page says that Instagram's echo repeats it; where it does, the echo is known at once.
        wanted.metadata = Some(entry.metadata());
        let result = if part.files.is_empty() {
            self.send_text(trip, wanted, part).await
        } else {
            self.send_files(trip, wanted, &part.files, entry).await
        };
        match result {
            Ok(sent) => {
                if let Some(listener) = Reader::of(outbox).filter(|_| unquoted) {
                    self.agent_notices.tell_key(&listener, key!("out_quote_unknown"), "").await;
                }
                Ok(Outcome::Sent(Some(sent.message_id)))
            }
            Err(Failed::Here(trouble)) => Ok(Outcome::Refused(trouble)),
            Err(Failed::AtMeta(refusal)) => self.outcome(trip, conversation, outbox, &refusal, messaging_type).await,
        }
    }

    async fn send_text(&self, trip: &SendContext, mut wanted: Send, part: &Part) -> Result<Sent, Failed> {
        (wanted.content, wanted.quick_replies) = text(part);
        let request = send(&trip.graph, &trip.business, &wanted).map_err(|error| self.unbuilt(&error))?;
        self.graph_client.meta(Call::Send, request).await.map_err(Failed::AtMeta)
    }

    /// Messenger takes a file with the message. Instagram wants it uploaded first, and takes several images at once.
    async fn send_files(
        &self,
        trip: &SendContext,
        mut wanted: Send,
        files: &[FileRef],
        entry: &MessageRecord,
    ) -> Result<Sent, Failed> {
        let mut uploaded = Vec::new();
        let mut entry = entry.clone();
        let mut kind = MediaKind::Image;
        for file in files {
            let blob = self.bytes_of(file).await?;
            let known = FileRef { size: blob.size, ..file.clone() };
            kind = check_file(&known, &trip.settings, trip.business.platform).map_err(Failed::Here)?;
            let part = FilePart { name: &file.name, mime: &file.media_type, platform: trip.business.platform };
            let boundary = Boundary::new(self.cx.random_hex(16)).map_err(|error| self.unbuilt(&error))?;
            if trip.business.platform == Platform::Messenger {
                let (recipient, metadata) = (wanted.recipient, wanted.metadata);
                let (messaging_type, reply_to) = (wanted.messaging_type, wanted.reply_to);
                let wanted = SendFile { recipient, messaging_type, kind, file: part, metadata, reply_to };
                let request = send_file(&trip.graph, &trip.business, &wanted, &boundary);
                return self.with_file(Call::Send, request, blob).await;
            }
            let request = upload_file(&trip.graph, &trip.business, kind, part, &boundary);
            let answer: Uploaded = self.with_file(Call::Repeatable, request, blob).await?;
            uploaded.push(answer.attachment_id);
            self.sign_when_slow(&mut entry).await;
        }
        wanted.content = media(kind, uploaded);
        let request = send(&trip.graph, &trip.business, &wanted).map_err(|error| self.unbuilt(&error))?;
        self.graph_client.meta(Call::Send, request).await.map_err(Failed::AtMeta)
    }

    /// Uploads take long: others are to know that this process is still at it.
    async fn sign_when_slow(&self, entry: &mut MessageRecord) {
        let now = self.cx.now_ms();
        let MessageState::Outgoing(outbox) = &mut entry.state else { return };
        if now - outbox.lease.renewed_at < SLOW_MS {
            return;
        }
        outbox.lease.renew(self.cx.worker(), now);
        if let Err(error) = self.records.put_record(entry).await {
            self.cx.warn("no-heartbeat", error.code());
        }
    }

    async fn with_file<T: serde::de::DeserializeOwned>(
        &self,
        call: Call,
        request: Result<HttpRequest, RequestError>,
        blob: Blob,
    ) -> Result<T, Failed> {
        let request = request.map_err(|error| self.unbuilt(&error))?;
        self.graph_client.meta_with_file(call, request, blob).await.map_err(Failed::AtMeta)
    }

    async fn bytes_of(&self, file: &FileRef) -> Result<Blob, Failed> {
        self.cx.call(UploadRead { file_id: file.id.clone() }).await.map_err(|error| {
            self.cx.warn("file-not-read", error.code());
            Failed::Here(SendError::new("file-gone").with("file", &file.name))
        })
    }

    fn unbuilt(&self, error: &RequestError) -> Failed {
        self.cx.warn(error.code(), &error.to_string());
        Failed::Here(SendError::new("meta-invalid-request"))
    }

    async fn attempt_reaction(
        &self,
        trip: &SendContext,
        conversation: &mut Conversation,
        outbox: &OutgoingMessage,
        part: &Part,
        messaging_type: MessagingType,
    ) -> Result<Outcome, CoreError> {
        if messaging_type != MessagingType::Response {
            // There is no tag for what is no message.
            return Ok(Outcome::Refused(SendError::new("meta-outside-window")));
        }
        let about = outbox.about.as_deref().unwrap_or_default();
        let Some(mid) = self.mid_of(conversation, about).await? else {
            return Ok(Outcome::Refused(SendError::new("meta-invalid-request/message-gone")));
        };
        let action = match part.reaction.clone().unwrap_or_default() {
            none if none.is_empty() => Action::Unreact { mid },
            reaction => Action::React { mid, reaction },
        };
        let person = Recipient::Id(conversation.head.id.person.clone());
        let request = match sender_action(&trip.graph, &trip.business, &person, &action) {
            Ok(request) => request,
            Err(error) => {
                self.cx.warn(error.code(), &error.to_string());
                return Ok(Outcome::Refused(SendError::new("meta-invalid-request")));
            }
        };
        // A second try sets the same reaction.
        match self.graph_client.meta::<SentAction>(Call::Repeatable, request).await {
            Ok(_) => Ok(Outcome::Sent(None)),
            Err(refusal) => self.outcome(trip, conversation, outbox, &refusal, messaging_type).await,
        }
    }

    /// What a refusal means for the message.
    async fn outcome(
        &self,
        trip: &SendContext,
        conversation: &mut Conversation,
        outbox: &OutgoingMessage,
        refusal: &Refusal,
        messaging_type: MessagingType,
    ) -> Result<Outcome, CoreError> {
        self.cx.warn("send-refused", &refusal.to_string());
        let tagged = messaging_type == MessagingType::MessageTag(Tag::HumanAgent);
        let is_open = !tagged && conversation.opened_at().is_some();
        let tries = outbox.tries;
        Ok(match judge(refusal, tagged, is_open, tries) {
            Verdict::Later { code, after_ms } => Outcome::Later { code, until: self.cx.now_ms() + after_ms },
            Verdict::RateLimited { after_ms, refused, code } => {
                let until = self.cx.now_ms() + after_ms;
                self.pause(trip, until);
                refused.map_or(Outcome::Later { code, until }, Outcome::Refused)
            }
            Verdict::TokenDead => {
                self.dead_tokens.token_died(&trip.account, refusal).await?;
                Outcome::Held { code: "meta-token-dead".into(), until: 0, say: true }
            }
            Verdict::NotThreadOwner(holder, trouble) => {
                let (account, settings) = (&trip.account, &trip.settings);
                match self.threads.thread_lost(conversation, account, settings, outbox, holder, tries > 0).await? {
                    SendPermission::Go if tries == 0 => Outcome::Again,
                    SendPermission::Go | SendPermission::No => Outcome::Refused(trouble),
                    SendPermission::Held => Outcome::Held { code: "handover".into(), until: NEVER, say: false },
                }
            }
            Verdict::MaybeSent => Outcome::Lost,
            Verdict::OneByOne => {
                self.memory.single_images.borrow_mut().insert(trip.account.id.to_string());
                Outcome::OneByOne
            }
            Verdict::Refused(trouble) => Outcome::Refused(trouble),
        })
    }

    /// A person who answers has seen what the customer wrote: the customer is shown so, in the background, once for each
    /// time they wrote.
    pub(crate) fn mark_seen(&self, trip: &SendContext, conversation: &Conversation, answer: &MessageRecord) {
        let MessageState::Outgoing(outbox) = &answer.state else { return };
        let before = conversation.entries.iter().take_while(|entry| entry.entry_id != answer.entry_id);
        let last = before.filter(|entry| entry.opens_window || matches!(entry.state, MessageState::Outgoing(_))).last();
        let answers = last.is_some_and(|last| last.opens_window);
        if !answers || !outbox.human || outbox.mids().next().is_none() {
            return;
        }
        let person = Recipient::Id(conversation.head.id.person.clone());
        let Ok(request) = sender_action(&trip.graph, &trip.business, &person, &Action::MarkSeen) else { return };
        let this = self.clone();
        self.cx.host.background(Box::pin(async move {
            if let Err(refusal) = this.graph_client.meta::<SentAction>(Call::Repeatable, request).await {
                this.cx.warn("not-marked-seen", &refusal.to_string());
            }
        }));
    }

    /// When an account that sent too much may try again: calls made while limited prolong the limit.
    fn paused_until(&self, trip: &SendContext) -> Option<i64> {
        let until = self.memory.pauses.borrow().get(trip.account.id.as_str()).copied()?;
        (until > self.cx.now_ms()).then_some(until)
    }

    fn pause(&self, trip: &SendContext, until: i64) {
        self.memory.pauses.borrow_mut().insert(trip.account.id.to_string(), until);
    }

    pub(crate) fn look_after_lost(&self) -> i64 {
        self.cx.now_ms() + LOST_MS
    }

    /// Meta's id of a message in Rocket.Chat: of several the last one, which stands nearest to what is said now.
    pub(crate) async fn mid_of(&self, conversation: &Conversation, message_id: &str) -> Result<Option<Mid>, CoreError> {
        let link = self.archives.find_link_by_message(conversation, message_id).await?;
        Ok(link.and_then(|link| link.mids.last().cloned()))
    }
}

/// Why a request did not succeed.
enum Failed {
    /// It was not even made.
    Here(SendError),
    /// Meta refused it, or did not answer.
    AtMeta(Refusal),
}

impl From<SendError> for Failed {
    fn from(trouble: SendError) -> Self {
        Self::Here(trouble)
    }
}
