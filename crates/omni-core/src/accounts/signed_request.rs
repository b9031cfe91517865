//! Meta's own callbacks about people: a person removed the app, or wants their data deleted.
//!
//! Both name a person by the id their login gave the app: who connected accounts, never a customer
//! ([data deletion](https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback)).

use crate::accounts::card::AccountCards;
use crate::accounts::choose::{ALL_CHOICES, Choice};
use crate::accounts::open_rooms::DeadTokens;
use crate::accounts::page::Page;
use crate::accounts::state::{ALL_LOGINS, LoginAttempt};
use crate::api::{WebAnswer, WebRequest};
use crate::context::Context;
use crate::context::mac::mac;
use crate::error::CoreError;
use crate::gateway::setup_channel::Speaker;
use crate::host::Host;
use crate::path;
use crate::store::accounts::Accounts;
use crate::store::installations::Installations;
use crate::store::{Record, Records};
use hmac::Mac;
use meta_wire::signed_request;
use meta_wire::signed_request::{MAX_CLOCK_SKEW_MS, SignedRequest};
use meta_wire::token::Token;
use omni_domain::account::candidate::Candidate;
use omni_domain::account::{Account, LoginRoute, TokenState};
use omni_domain::key;
use omni_domain::render::text::verbatim;
use omni_domain::timing::{DAY_MS, day};
use serde::{Deserialize, Serialize};

/// How old such a request may be, in milliseconds: Meta repeats what was not taken, and a recorded one is of no use later.
const MAX_AGE_MS: i64 = DAY_MS;

/// Length of a confirmation code, in hexadecimal digits: not to be guessed.
const CODE_DIGITS: usize = 32;

/// How long the answer to "what became of it" is kept, in milliseconds.
const DELETION_MS: i64 = 365 * DAY_MS;

/// A request that was dealt with: a repetition, by Meta or by an attacker who recorded it, does nothing more.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Handled {
    id: String,
    done_at: i64,
}

impl Record for Handled {
    const KIND: &'static str = "signed-request";

    fn keys(&self) -> Vec<String> {
        vec![ALL_HANDLED.into(), handled_key(&self.id)]
    }
}

const ALL_HANDLED: &str = "signed-requests";

fn handled_key(id: &str) -> String {
    format!("signed-request:{id}")
}

/// A well-signed request.
struct Callback {
    /// The same for every repetition, and known to nobody else beforehand.
    id: String,
    person: SignedRequest,
}

/// What became of a deletion: no more than that.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Deletion {
    code: String,
    done_at: i64,
}

impl Record for Deletion {
    const KIND: &'static str = "deletion";

    fn keys(&self) -> Vec<String> {
        vec![ALL_DELETIONS.into(), deletion_key(&self.code)]
    }
}

const ALL_DELETIONS: &str = "deletions";

fn deletion_key(code: &str) -> String {
    format!("deletion:{code}")
}

service! {
    /// Answers Meta's callbacks about people: a person removed the app, or wants their data deleted.
    pub(crate) SignedRequests {
        account_cards: AccountCards,
        accounts: Accounts,
        cx: Context,
        dead_tokens: DeadTokens,
        installations: Installations,
        records: Records,
        speaker: Speaker,
    }
}

impl<H: Host> SignedRequests<H> {
    /// Meta says that somebody removed the app.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub(crate) async fn deauthorize(&self, request: WebRequest) -> Result<WebAnswer, CoreError> {
        let callback = match self.signed_request(&request).await? {
            Ok(callback) => callback,
            Err(refused) => return Ok(refused),
        };
        self.handle(&callback).await?;
        Ok(WebAnswer::ok())
    }

    /// Meta asks for somebody's data to be deleted.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub(crate) async fn data_deletion(&self, request: WebRequest) -> Result<WebAnswer, CoreError> {
        let callback = match self.signed_request(&request).await? {
            Ok(callback) => callback,
            Err(refused) => return Ok(refused),
        };
        self.handle(&callback).await?;
        let deletion = Deletion { code: callback.id, done_at: self.cx.now_ms() };
        if self.records.read_records::<Deletion>(&deletion_key(&deletion.code)).await?.is_empty() {
            self.records.create_record(&deletion).await?;
        }
        let status = self.cx.environment().await?.endpoints.get(path::DELETION).cloned().unwrap_or_default();
        let answer = serde_json::json!({
            "url": format!("{status}?id={}", deletion.code),
            "confirmation_code": deletion.code,
        });
        Ok(WebAnswer::typed(200, "application/json", answer.to_string()))
    }

    /// Somebody looks up what became of a deletion.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub(crate) async fn data_deletion_status(&self, request: WebRequest) -> Result<WebAnswer, CoreError> {
        let lang = self.cx.workspace_lang().await;
        let code = request.query.get("id").map(String::as_str).unwrap_or_default();
        let known = !code.is_empty() && code.len() <= 64 && code.bytes().all(|b| b.is_ascii_hexdigit());
        let found: Option<Deletion> = match known {
            true => self.records.read_one(&deletion_key(code)).await?,
            false => None,
        };
        let (status, title, text) = match &found {
            Some(deletion) => {
                let values = [("code", code), ("day", &*day(deletion.done_at))];
                let text = self.cx.text(&lang, key!("page_deleted_text"), &values);
                (200, key!("page_deleted"), text)
            }
            None => (404, key!("page_deletion_unknown"), self.cx.text(&lang, key!("page_deletion_unknown_text"), &[])),
        };
        let page = Page {
            status,
            good: found.is_some(),
            title: self.cx.text(&lang, title, &[]),
            paragraphs: vec![text],
            list: Vec::new(),
            footer: self.cx.text(&lang, key!("page_deletion_footer"), &[]),
            lang: &lang,
        };
        Ok(page.answer())
    }

    async fn signed_request(&self, request: &WebRequest) -> Result<Result<Callback, WebAnswer>, CoreError> {
        let Some(text) = request.form.get("signed_request") else {
            return Ok(Err(WebAnswer::error(400, "signed_request_missing")));
        };
        let secrets = self.cx.settings_uncached().await?.webhook_secrets();
        let person = match signed_request::verify(text, &secrets, self.cx.now(), MAX_AGE_MS) {
            Ok(person) => person,
            Err(error) => {
                self.cx.warn(error.code(), &error.to_string());
                return Ok(Err(WebAnswer::error(403, error.code())));
            }
        };
        // The signature covers these characters exactly; its own can be written in more than one way.
        let payload = text.trim().split_once('.').map_or("", |(_, payload)| payload);
        let key = self.installations.installation().await?.state_key;
        let id = mac(&key, "signed-request", payload).map(|mac| hex::encode(mac.finalize().into_bytes()));
        let id: String = id.unwrap_or_default().chars().take(CODE_DIGITS).collect();
        Ok(Ok(Callback { id, person }))
    }

    /// Does what the request asks for, unless it was done. What a crash cut short is done again.
    async fn handle(&self, callback: &Callback) -> Result<(), CoreError> {
        let _lock = self.cx.lock("signed-requests").await;
        if !self.records.read_records::<Handled>(&handled_key(&callback.id)).await?.is_empty() {
            return Ok(());
        }
        self.forget_person(&callback.person).await?;
        self.records.create_record(&Handled { id: callback.id.clone(), done_at: self.cx.now_ms() }).await
    }

    /// Drops what the person's login gave: tokens, their id, logins under way. The accounts stay with what was edited, so
    /// that somebody else can authorize them again.
    async fn forget_person(&self, person: &SignedRequest) -> Result<(), CoreError> {
        let meant = |meta_user_id: &str, page: Option<&str>| {
            person.user_id.as_deref() == Some(meta_user_id)
                || person.profile_id.as_deref().is_some_and(|profile| page == Some(profile))
        };
        for choice in self.records.read_records::<Choice>(ALL_CHOICES).await? {
            let all = choice.usable.iter().chain(&choice.unusable);
            let of_person =
                |c: &Candidate| meant(&c.meta_user_id, c.page_id.as_ref().map(meta_wire::ids::PageId::as_str));
            if all.into_iter().any(of_person) {
                self.records.remove_record(&choice).await?;
            }
        }
        let accounts = self.accounts.accounts_uncached().await?;
        let concerned = |account: &&Account| {
            // Meta repeats what was not taken at once: somebody may have authorized anew since.
            let granted_later = account.connected_at.saturating_sub(person.issued_at.0) > MAX_CLOCK_SKEW_MS;
            let page = account.page_id.as_ref().map(meta_wire::ids::PageId::as_str);
            // Instagram Login has two ids for the person who is the account.
            let is_account = account.route == LoginRoute::Instagram
                && person.user_id.as_deref().is_some_and(|user| user == account.id.as_str());
            let anything_left = !account.token.expose().is_empty() || !account.meta_user_id.is_empty();
            anything_left && !granted_later && (is_account || meant(&account.meta_user_id, page))
        };
        for account in accounts.iter().filter(concerned) {
            let mut left = account.clone();
            left.token = Token::new("");
            left.meta_user_id = String::new();
            left.scopes = Vec::new();
            // Meta's own words for it: invalid token, app removed.
            left.token_state = TokenState::Dead { since: self.cx.now_ms(), code: 190, subcode: Some(458) };
            self.accounts.save_account(&left).await?;
            self.account_cards.refresh_card(&left).await;
            let lang = self.cx.workspace_lang().await;
            let text = self.cx.text(&lang, key!("account_deauthorized"), &[("account", &verbatim(&left.shown()))]);
            self.dead_tokens.inform_with_login(&left, text).await;
            self.dead_tokens.tell_rooms(&left).await?;
        }
        Ok(())
    }

    /// Removes logins, choices and deletions whose time is over.
    pub(crate) async fn remove_old_logins(&self) -> Result<(), CoreError> {
        let over = |at: i64, ms: i64| self.cx.now_ms().saturating_sub(at) > ms;
        for login in self.records.read_records::<LoginAttempt>(ALL_LOGINS).await? {
            if over(login.made_at, crate::accounts::state::LOGIN_MS) {
                self.records.remove_record(&login).await?;
            }
        }
        for choice in self.records.read_records::<Choice>(ALL_CHOICES).await? {
            if over(choice.made_at, crate::accounts::choose::CHOICE_MS) {
                self.records.remove_record(&choice).await?;
                if let Some(message_id) = &choice.message_id {
                    let text = self.cx.text(&self.cx.workspace_lang().await, key!("login_choice_over"), &[]);
                    self.speaker.rewrite(message_id, text, Vec::new()).await;
                }
            }
        }
        Ok(())
    }

    /// Removes deletions nobody looks up any more, and requests that are too old to be taken again.
    pub(crate) async fn remove_old_deletions(&self) -> Result<(), CoreError> {
        for handled in self.records.read_records::<Handled>(ALL_HANDLED).await? {
            if self.cx.now_ms().saturating_sub(handled.done_at) > MAX_AGE_MS.saturating_add(MAX_CLOCK_SKEW_MS) {
                self.records.remove_record(&handled).await?;
            }
        }
        for deletion in self.records.read_records::<Deletion>(ALL_DELETIONS).await? {
            if self.cx.now_ms().saturating_sub(deletion.done_at) > DELETION_MS {
                self.records.remove_record(&deletion).await?;
            }
        }
        Ok(())
    }
}
