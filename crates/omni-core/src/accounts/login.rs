//! Meta's login: the personal link into it, and what its callback brings.

use crate::accounts::page::Logins;
use crate::accounts::state::{BadState, LoginAttempt, LoginState, login_key};
use crate::api::{WebAnswer, WebRequest};
use crate::error::CoreError;
use crate::host::{Host, StoreTake, User, UserFind};
use meta_wire::answer::TokenGrant;
use meta_wire::ids::AppId;
use meta_wire::request::oauth;
use meta_wire::request::oauth::{AppCredentials, Ask, Callback, Dialog};
use meta_wire::token::Token;
use omni_domain::account::candidate::{Candidate, Grant, Problem, problem_lines};
use omni_domain::account::login::{Failure, Granted, exchange_failure};
use omni_domain::account::scopes::asked_scopes;
use omni_domain::account::{Account, LoginRoute};
use omni_domain::channel::Channel;
use omni_domain::graph_error::GraphCallError;
use omni_domain::permissions::may_administer;
use omni_domain::render::text::verbatim;
use omni_domain::settings::Settings;
use omni_domain::{blocks, key};

/// Whose login a callback belongs to.
struct Login {
    channel: Channel,
    user: Option<User>,
}

impl<H: Host> Logins<H> {
    /// Gives the person their own link into Meta's login. Only they see it: what it connects is connected in their name.
    pub(crate) async fn offer_login(
        &self,
        channel: Channel,
        user: &User,
        room_id: &str,
        rerequest: bool,
    ) -> Result<(), CoreError> {
        let lang = self.speaker.lang_of(user).await;
        let settings = self.cx.settings_uncached().await?;
        let environment = self.cx.environment().await?;
        let Some(redirect_uri) = environment.endpoints.get(crate::path::OAUTH) else {
            let text = self.cx.text(&lang, key!("login_not_ready"), &[]);
            return self.speaker.tell(channel, user, room_id, text, Vec::new()).await;
        };
        let mut buttons = Vec::new();
        for route in LoginRoute::of(channel) {
            let Some(app) = route.app(&settings) else { continue };
            let url = match self.login_url(channel, *route, &app.id, user, redirect_uri, rerequest).await? {
                Ok(url) => url,
                Err(trouble) => {
                    let text = trouble.text(self.cx.translator(&lang));
                    return self.speaker.tell(channel, user, room_id, text, Vec::new()).await;
                }
            };
            let label = match route {
                LoginRoute::Facebook => key!("login_with_facebook"),
                LoginRoute::Instagram => key!("login_with_instagram"),
            };
            buttons.push(blocks::link(&self.cx.text(&lang, label, &[]), "connect:opened", &url));
        }
        if buttons.is_empty() {
            let text = self.cx.text(&lang, key!("login_credentials_missing"), &[]);
            return self.speaker.tell(channel, user, room_id, text, Vec::new()).await;
        }
        let values = [("channel", channel.label()), ("login", &*verbatim(redirect_uri))];
        let mut text = self.cx.text(&lang, key!("login_offer"), &values);
        if let Some(warning) = self.speaker.site_url_warning(&lang, &environment) {
            text.push_str("\n\n");
            text.push_str(&warning);
        }
        let shown = vec![blocks::section(&text), blocks::actions("connect:login", buttons)];
        self.speaker.tell(channel, user, room_id, text, shown).await
    }

    async fn login_url(
        &self,
        channel: Channel,
        route: LoginRoute,
        app: &AppId,
        user: &User,
        redirect_uri: &str,
        rerequest: bool,
    ) -> Result<Result<String, GraphCallError>, CoreError> {
        let attempt = LoginAttempt {
            nonce: self.cx.random_hex(16),
            channel,
            route,
            user_id: user.id.clone(),
            app_id: app.to_string(),
            redirect_uri: redirect_uri.to_owned(),
            made_at: self.cx.now_ms(),
        };
        let state = LoginState::of(&attempt).sign(&self.installations.installation().await?.state_key);
        let scopes = asked_scopes(channel, route);
        let dialog = Dialog { app, redirect_uri, state: &state, ask: Ask::Scopes(&scopes), rerequest };
        let version = self.cx.settings().await?.graph_version;
        let url = match oauth::dialog_url(route.wire(), version, &dialog) {
            Ok(url) => url,
            Err(error) => return Ok(Err(error.into())),
        };
        self.records.create_record(&attempt).await?;
        Ok(Ok(url))
    }

    /// A browser comes back from Meta's login.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub(crate) async fn oauth_callback(&self, request: WebRequest) -> Result<WebAnswer, CoreError> {
        let callback = Callback::read(|name| request.query.get(name).map(String::as_str));
        let (login, ended) = self.end_login(callback).await?;
        let (channel, user) = login.map_or((None, None), |login| (Some(login.channel), login.user));
        let page_lang = match &user {
            Some(user) => self.speaker.lang_of(user).await,
            None => self.cx.workspace_lang().await,
        };
        match ended {
            Ok(granted) => Ok(self.granted_page(&page_lang, &granted)),
            Err(failure) => {
                self.cx.warn("login-failed", failure.code());
                self.announce_failure(channel, user.as_ref(), &failure).await?;
                let room = match channel {
                    Some(channel) => Some(self.setup_channels.setup_channel_name(channel).await?),
                    None => None,
                };
                Ok(self.failure_page(&page_lang, room.as_deref(), &failure))
            }
        }
    }

    async fn end_login(&self, callback: Callback) -> Result<(Option<Login>, Result<Granted, Failure>), CoreError> {
        let (state, code) = match callback {
            Callback::Granted { code, state } => (state, Ok(code)),
            Callback::Declined { state } => (state, Err(Failure::Declined)),
            Callback::Failed { state: Some(state), code } => (state, Err(Failure::Dialog { code })),
            Callback::Failed { state: None, .. } => return Ok((None, Err(Failure::Forged))),
            Callback::Empty => return Ok((None, Err(Failure::Empty))),
        };
        let key = self.installations.installation().await?.state_key;
        let state = match LoginState::read(&state, &key, self.cx.now_ms()) {
            Ok(state) => state,
            Err(BadState::Forged) => return Ok((None, Err(Failure::Forged))),
            Err(BadState::Expired(channel)) => {
                return Ok((Some(Login { channel, user: None }), Err(Failure::Expired)));
            }
        };
        let user = self.cx.call(UserFind { user_id: state.user_id.clone() }).await?;
        let login = |user| Some(Login { channel: state.channel, user });
        // Whoever gets the record back is the one callback this login has.
        let claimed = self.cx.call(StoreTake { key: login_key(&state.nonce) }).await?;
        let Some(attempt) = claimed.into_iter().find_map(|record| serde_json::from_value::<LoginAttempt>(record).ok())
        else {
            return Ok((login(user), Err(Failure::Replayed)));
        };
        let code = match code {
            Ok(code) => code,
            Err(failure) => return Ok((login(user), Err(failure))),
        };
        let Some(person) = user.filter(may_administer) else {
            return Ok((login(None), Err(Failure::NotAllowed)));
        };
        let ended = match self.read_grant(&attempt, &code).await? {
            Ok(grant) => self.take_grant(attempt.channel, &person, grant).await?,
            Err(failure) => Err(failure),
        };
        Ok((login(Some(person)), ended))
    }

    async fn read_grant(&self, attempt: &LoginAttempt, code: &Token) -> Result<Result<Grant, Failure>, CoreError> {
        let settings = self.cx.settings_uncached().await?;
        let app = attempt.route.app(&settings).filter(|app| app.id.as_str() == attempt.app_id);
        Ok(match app {
            Some(app) => self.exchange_and_read(&settings, &app, attempt, code).await,
            None => Err(Failure::AppChanged),
        })
    }

    async fn exchange_and_read(
        &self,
        settings: &Settings,
        app: &AppCredentials,
        attempt: &LoginAttempt,
        code: &Token,
    ) -> Result<Grant, Failure> {
        let (route, version) = (attempt.route.wire(), settings.graph_version);
        let first = self.graph_pages.ask(oauth::exchange_code(route, version, app, &attempt.redirect_uri, code)).await;
        let short: TokenGrant = first.map_err(exchange_failure)?;
        let second = self.graph_pages.ask(oauth::exchange_long_lived(route, version, app, &short.access_token)).await;
        let long: TokenGrant = second.map_err(exchange_failure)?;
        Ok(match attempt.route {
            LoginRoute::Facebook => {
                self.grants.facebook_grant(settings, app, attempt.channel, &long.access_token).await?
            }
            LoginRoute::Instagram => self.grants.instagram_grant(settings, app, &short, &long).await?,
        })
    }

    /// Connects what needs no question, and asks about the rest.
    async fn take_grant(
        &self,
        channel: Channel,
        user: &User,
        grant: Grant,
    ) -> Result<Result<Granted, Failure>, CoreError> {
        if grant.candidates.iter().all(|candidate| candidate.problem.is_some()) {
            return Ok(Err(Failure::Nothing(grant)));
        }
        let known = self.accounts.accounts_uncached().await?;
        let is_known = |candidate: &Candidate| {
            known.iter().any(|account| account.channel == channel && account.id == candidate.id)
        };
        let (unusable, usable): (Vec<_>, Vec<_>) = grant.candidates.into_iter().partition(|c| c.problem.is_some());
        let only_one = usable.len() == 1;
        let (at_once, to_choose): (Vec<_>, Vec<_>) = usable.into_iter().partition(|c| only_one || is_known(c));
        let accounts = self.attachment.attach_all(channel, user, at_once).await?;
        if to_choose.is_empty() {
            return Ok(Ok(self.connected_beside(channel, accounts, unusable).await));
        }
        let count = to_choose.len();
        self.choices.offer_choice(channel, user, to_choose, unusable).await?;
        Ok(Ok(Granted::ToChoose { count, connected: accounts }))
    }

    /// The accounts that are connected, and in the setup channel which others could not be. Pages without an Instagram
    /// account are no news where another has one.
    async fn connected_beside(
        &self,
        channel: Channel,
        accounts: Vec<Account>,
        mut unusable: Vec<Candidate>,
    ) -> Granted {
        unusable.retain(|candidate| candidate.problem != Some(Problem::NoInstagram));
        let lang = self.cx.workspace_lang().await;
        let lines = problem_lines(self.cx.translator(&lang), &unusable);
        if !lines.is_empty() {
            let title = self.cx.text(&lang, key!("login_not_available"), &[]);
            self.speaker.inform(channel, format!("{title}\n• {}", lines.join("\n• ")), Vec::new()).await;
        }
        Granted::Connected { accounts, unusable }
    }
}
