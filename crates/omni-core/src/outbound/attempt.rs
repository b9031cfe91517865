//! One request to Meta: whether it may go, what it looks like, what its answer means.

use super::queue::Trip;
use super::trouble::Listener;
use crate::error::CoreError;
use crate::host::{Blob, FileRef, Host, UploadRead};
use crate::key;
use crate::session::Session;
use crate::store::{Choice, Conversation, Entry, EntryState, NEVER, Outbox, Part, TokenState};
use meta_wire::answer::{Call, Class, Holder, Invalid, Refusal, Sent, SentAction, Then, Unreachable, Uploaded};
use meta_wire::ids::{AttachmentId, Mid};
use meta_wire::limits::MediaKind;
use meta_wire::platform::Platform;
use meta_wire::request::send::{Button, QuickReply, Template};
use meta_wire::request::{
    Action, Boundary, Content, FilePart, HttpRequest, MessagingType, Recipient, RequestError, Send, SendFile, Source,
    Tag, send, send_file, sender_action, upload_file,
};
use meta_wire::time::UnixMillis;
use meta_wire::window::{Author, Decision, decide};
use omni_domain::compose::plan::check_file;
use omni_domain::retry::Schedule;
use omni_domain::send_error::Trouble;
use omni_domain::thread::machine::Clearance;
use omni_domain::timing::MINUTE_MS;

/// What became of one request.
pub(super) enum Outcome {
    /// Meta took it; a message has an id.
    Sent(Option<Mid>),
    /// It turned out that Meta never had it.
    NotSent,
    /// It may go at once now.
    Again,
    /// Its images go one by one.
    OneByOne,
    /// It may work later by itself.
    Later { code: String, until: i64 },
    /// It waits for somebody's doing; `until` is when to try once that is done.
    Held { code: String, until: i64, say: bool },
    /// Meta may have it.
    Lost,
    /// What became of it is not known yet.
    LookAgain { until: i64 },
    /// It does not go.
    Refused(Trouble),
}

/// Subcode of Instagram's refusal outside the window.
const INSTAGRAM_WINDOW: i64 = 2_534_022;

/// Subcode of a person who is not available.
const UNAVAILABLE: i64 = 1_545_041;

/// How often at most where Meta's temporary fault is usually something else.
const FEW: u32 = 2;

/// Pause while Meta's lead form holds the thread, in milliseconds.
const LEAD_FLOW_MS: i64 = 5 * MINUTE_MS;

/// Uploads that took this long together are followed by a sign of life, in milliseconds.
const SLOW_MS: i64 = 8_000;

/// When to look what became of a request without an answer, in milliseconds.
const LOST_MS: i64 = 15_000;

impl<H: Host> Session<H> {
    /// Sends one part of a message.
    pub(super) async fn send_part(
        &self,
        trip: &Trip,
        conversation: &mut Conversation,
        entry: &Entry,
        at: usize,
    ) -> Result<Outcome, CoreError> {
        let EntryState::Outgoing(outbox) = &entry.state else { return Ok(Outcome::NotSent) };
        let Some(part) = outbox.parts.get(at) else { return Ok(Outcome::NotSent) };
        if trip.account.token_state != TokenState::Valid {
            return Ok(Outcome::Held { code: "meta-token-dead".into(), until: 0, say: true });
        }
        if let Some(until) = self.paused_until(trip) {
            return Ok(Outcome::Later { code: "meta-rate-limited".into(), until });
        }
        let messaging_type = match self.messaging_type(trip, conversation, outbox) {
            Ok(messaging_type) => messaging_type,
            Err(trouble) => return Ok(Outcome::Refused(trouble)),
        };
        if part.reaction.is_some() {
            return self.attempt_reaction(trip, conversation, outbox, part, messaging_type).await;
        }
        if part.files.len() > 1 && self.memory.single_images.borrow().contains(trip.account.id.as_str()) {
            return Ok(Outcome::OneByOne);
        }
        match self.before_send(conversation, &trip.account, &trip.settings, outbox).await? {
            Clearance::Go => {}
            Clearance::Held => return Ok(Outcome::Held { code: "handover".into(), until: NEVER, say: false }),
            Clearance::No => return Ok(Outcome::Refused(Trouble::new("meta-not-thread-owner"))),
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
                if let Some(listener) = Listener::of(outbox).filter(|_| unquoted) {
                    self.tell_key(&listener, key!("out_quote_unknown"), "").await;
                }
                Ok(Outcome::Sent(Some(sent.message_id)))
            }
            Err(Failed::Here(trouble)) => Ok(Outcome::Refused(trouble)),
            Err(Failed::AtMeta(refusal)) => self.outcome(trip, conversation, outbox, &refusal, messaging_type).await,
        }
    }

    /// Under which label it may go now. Of a customer whose last action nobody recorded Meta is asked.
    fn messaging_type(
        &self,
        trip: &Trip,
        conversation: &Conversation,
        outbox: &Outbox,
    ) -> Result<MessagingType, Trouble> {
        let Some(opened) = conversation.opened_at() else { return Ok(MessagingType::Response) };
        let author = if outbox.human { Author::Human } else { Author::Bot };
        let granted = trip.settings.human_agent;
        match decide(author, Some(UnixMillis(opened)), self.now(), trip.business.platform, granted) {
            Decision::Response => Ok(MessagingType::Response),
            Decision::HumanAgent => Ok(MessagingType::MessageTag(Tag::HumanAgent)),
            Decision::Refused(refused) => Err(Trouble::new(refused.reason.code())),
        }
    }

    async fn send_text(&self, trip: &Trip, mut wanted: Send, part: &Part) -> Result<Sent, Failed> {
        if part.choices.iter().any(|choice| choice.link) {
            let buttons = part.choices.iter().map(button).collect();
            wanted.content = Content::Template(Template::Button { text: part.text.clone(), buttons });
        } else {
            wanted.content = Content::Text(part.text.clone());
            wanted.quick_replies = part.choices.iter().map(quick_reply).collect();
        }
        let request = send(&trip.graph, &trip.business, &wanted).map_err(|error| self.unbuilt(&error))?;
        self.meta(Call::Send, request).await.map_err(Failed::AtMeta)
    }

    /// Messenger takes a file with the message. Instagram wants it uploaded first, and takes several images at once.
    async fn send_files(
        &self,
        trip: &Trip,
        mut wanted: Send,
        files: &[FileRef],
        entry: &Entry,
    ) -> Result<Sent, Failed> {
        let mut uploaded = Vec::new();
        let mut entry = entry.clone();
        let mut kind = MediaKind::Image;
        for file in files {
            let blob = self.bytes_of(file).await?;
            let known = FileRef { size: blob.size, ..file.clone() };
            kind = check_file(&known, &trip.settings, trip.business.platform).map_err(Failed::Here)?;
            let part = FilePart { name: &file.name, mime: &file.media_type, platform: trip.business.platform };
            let boundary = Boundary::new(self.random_hex(16)).map_err(|error| self.unbuilt(&error))?;
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
        self.meta(Call::Send, request).await.map_err(Failed::AtMeta)
    }

    /// Uploads take long: others are to know that this process is still at it.
    async fn sign_when_slow(&self, entry: &mut Entry) {
        let now = self.now_ms();
        let EntryState::Outgoing(outbox) = &mut entry.state else { return };
        if now - outbox.taken_at < SLOW_MS {
            return;
        }
        outbox.taken_at = now;
        if let Err(error) = self.put_record(entry).await {
            self.warn("no-sign-of-life", error.code());
        }
    }

    async fn with_file<T: serde::de::DeserializeOwned>(
        &self,
        call: Call,
        request: Result<HttpRequest, RequestError>,
        blob: Blob,
    ) -> Result<T, Failed> {
        let request = request.map_err(|error| self.unbuilt(&error))?;
        self.meta_with_file(call, request, blob).await.map_err(Failed::AtMeta)
    }

    async fn bytes_of(&self, file: &FileRef) -> Result<Blob, Failed> {
        self.call(UploadRead { file_id: file.id.clone() }).await.map_err(|error| {
            self.warn("file-not-read", error.code());
            Failed::Here(Trouble::new("file-gone").with("file", &file.name))
        })
    }

    fn unbuilt(&self, error: &RequestError) -> Failed {
        self.warn(error.code(), &error.to_string());
        Failed::Here(Trouble::new("meta-invalid-request"))
    }

    async fn attempt_reaction(
        &self,
        trip: &Trip,
        conversation: &mut Conversation,
        outbox: &Outbox,
        part: &Part,
        messaging_type: MessagingType,
    ) -> Result<Outcome, CoreError> {
        if messaging_type != MessagingType::Response {
            // There is no tag for what is no message.
            return Ok(Outcome::Refused(Trouble::new("meta-outside-window")));
        }
        let about = outbox.about.as_deref().unwrap_or_default();
        let Some(mid) = self.mid_of(conversation, about).await? else {
            return Ok(Outcome::Refused(Trouble::new("meta-invalid-request/message-gone")));
        };
        let action = match part.reaction.clone().unwrap_or_default() {
            none if none.is_empty() => Action::Unreact { mid },
            reaction => Action::React { mid, reaction },
        };
        let person = Recipient::Id(conversation.head.id.person.clone());
        let request = match sender_action(&trip.graph, &trip.business, &person, &action) {
            Ok(request) => request,
            Err(error) => {
                self.warn(error.code(), &error.to_string());
                return Ok(Outcome::Refused(Trouble::new("meta-invalid-request")));
            }
        };
        // A second try sets the same reaction.
        match self.meta::<SentAction>(Call::Repeatable, request).await {
            Ok(_) => Ok(Outcome::Sent(None)),
            Err(refusal) => self.outcome(trip, conversation, outbox, &refusal, messaging_type).await,
        }
    }

    /// What a refusal means for the message.
    async fn outcome(
        &self,
        trip: &Trip,
        conversation: &mut Conversation,
        outbox: &Outbox,
        refusal: &Refusal,
        messaging_type: MessagingType,
    ) -> Result<Outcome, CoreError> {
        self.warn("send-refused", &refusal.to_string());
        let code = match refusal.class.detail() {
            Some(detail) => format!("{}/{detail}", refusal.class.code()),
            None => refusal.class.code().to_owned(),
        };
        let refused = |code: String| {
            let number = refusal.code.map_or_else(|| "?".to_owned(), |code| code.to_string());
            let subcode = refusal.subcode.map(|code| format!("/{code}")).unwrap_or_default();
            Outcome::Refused(Trouble::new(code).with("number", &format!("{number}{subcode}")))
        };
        let tagged = messaging_type == MessagingType::MessageTag(Tag::HumanAgent);
        let is_open = !tagged && conversation.opened_at().is_some();
        let tries = outbox.tries;
        let pause = Schedule::SEND.after(tries);
        Ok(match &refusal.class {
            Class::RetryLater { then } => match pause.filter(|_| *then == Then::Outage || tries < FEW) {
                Some(pause) => Outcome::Later { code, until: self.now_ms() + pause },
                None => refused(code),
            },
            Class::RateLimited { retry_after_s } => {
                let asked = retry_after_s.and_then(|s| i64::try_from(s.saturating_mul(1000)).ok()).unwrap_or_default();
                let until = self.now_ms() + asked.max(pause.unwrap_or_default());
                self.pause(trip, until);
                if pause.is_some() { Outcome::Later { code, until } } else { refused(code) }
            }
            Class::TokenDead(_) => {
                self.token_died(&trip.account, refusal).await?;
                Outcome::Held { code: "meta-token-dead".into(), until: 0, say: true }
            }
            Class::NotThreadOwner(Holder::LeadFlow) if pause.is_some() => {
                Outcome::Later { code, until: self.now_ms() + LEAD_FLOW_MS }
            }
            Class::NotThreadOwner(holder) => {
                let (account, settings) = (&trip.account, &trip.settings);
                match self.thread_lost(conversation, account, settings, outbox, *holder, tries > 0).await? {
                    Clearance::Go if tries == 0 => Outcome::Again,
                    Clearance::Go | Clearance::No => refused(code),
                    Clearance::Held => Outcome::Held { code: "handover".into(), until: NEVER, say: false },
                }
            }
            Class::MaybeSent => Outcome::Lost,
            Class::Invalid(Invalid::SeveralImages) => {
                self.memory.single_images.borrow_mut().insert(trip.account.id.to_string());
                Outcome::OneByOne
            }
            // Within the window by our clock: an app without Advanced Access, or not Live, is answered so on Instagram whenever
            // it writes (https://github.com/ComposioHQ/composio/issues/3604).
            Class::OutsideWindow if is_open && refusal.subcode == Some(INSTAGRAM_WINDOW) => {
                refused("meta-permission-missing/advanced-access".into())
            }
            // Meta's page on sending calls this a closed window, its page on errors a person who is not there.
            Class::Unreachable(Unreachable::Unavailable) if tagged && refusal.subcode == Some(UNAVAILABLE) => {
                refused("meta-outside-window".into())
            }
            Class::PermissionMissing(_) if tagged && refusal.code == Some(10) => {
                refused("window-human-agent-refused".into())
            }
            _ => refused(code),
        })
    }

    /// A person who answers has seen what the customer wrote: the customer is shown so, in the background, once for each
    /// time they wrote.
    pub(super) fn mark_seen(&self, trip: &Trip, conversation: &Conversation, answer: &Entry) {
        let EntryState::Outgoing(outbox) = &answer.state else { return };
        let before = conversation.entries.iter().take_while(|entry| entry.entry_id != answer.entry_id);
        let last = before.filter(|entry| entry.opens_window || matches!(entry.state, EntryState::Outgoing(_))).last();
        let answers = last.is_some_and(|last| last.opens_window);
        if !answers || !outbox.human || outbox.mids().next().is_none() {
            return;
        }
        let person = Recipient::Id(conversation.head.id.person.clone());
        let Ok(request) = sender_action(&trip.graph, &trip.business, &person, &Action::MarkSeen) else { return };
        let session = self.clone();
        self.host.background(Box::pin(async move {
            if let Err(refusal) = session.meta::<SentAction>(Call::Repeatable, request).await {
                session.warn("not-marked-seen", &refusal.to_string());
            }
        }));
    }

    /// When an account that sent too much may try again: calls made while limited prolong the limit.
    fn paused_until(&self, trip: &Trip) -> Option<i64> {
        let until = self.memory.pauses.borrow().get(trip.account.id.as_str()).copied()?;
        (until > self.now_ms()).then_some(until)
    }

    fn pause(&self, trip: &Trip, until: i64) {
        self.memory.pauses.borrow_mut().insert(trip.account.id.to_string(), until);
    }

    pub(super) fn look_after_lost(&self) -> i64 {
        self.now_ms() + LOST_MS
    }
}

/// Why a request did not succeed.
enum Failed {
    /// It was not even made.
    Here(Trouble),
    /// Meta refused it, or did not answer.
    AtMeta(Refusal),
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Self {
        Self::Here(trouble)
    }
}

fn quick_reply(choice: &Choice) -> QuickReply {
    QuickReply::Text { title: choice.title.clone(), payload: choice.payload.clone(), image_url: None }
}

fn button(choice: &Choice) -> Button {
    let title = choice.title.clone();
    match choice.payload.clone() {
        payload if !choice.link => Button::Postback { title, payload },
        number if number.starts_with('+') => Button::PhoneNumber { title, number },
        url => Button::WebUrl { title, url },
    }
}

fn media(kind: MediaKind, mut uploaded: Vec<AttachmentId>) -> Content {
    match uploaded.pop() {
        Some(only) if uploaded.is_empty() => Content::Media { kind, source: Source::Id(only) },
        last => Content::Images(uploaded.into_iter().chain(last).map(Source::Id).collect()),
    }
}
