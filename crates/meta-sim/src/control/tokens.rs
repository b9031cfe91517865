//! Tokens from outside the dialog: minted, killed, expired; users who leave.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::Method;
use serde::Deserialize;

use super::reply::{Refused, Reply, flush, read, reply, shown};
use crate::crypto;
use crate::graph::{deauthorize as take_away, signed_request_post};
use crate::json::{Json, obj};
use crate::outgoing::Update;
use crate::sim::Sim;
use crate::world::{Granted, Token, TokenKind};

/// Which tokens are meant; each condition given must hold.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Match {
    token: Option<String>,
    app: Option<String>,
    user: Option<String>,
    page: Option<String>,
    kind: Option<TokenKind>,
    /// The 190 subcode a killed token answers with (default 460: password changed).
    subcode: Option<i64>,
}

impl Match {
    fn fits(&self, value: &str, token: &Token) -> bool {
        self.token.as_deref().is_none_or(|t| t == value)
            && self.app.as_ref().is_none_or(|a| *a == token.app_id)
            && self.user.as_ref().is_none_or(|u| *u == token.user_id)
            && self.page.as_ref().is_none_or(|p| token.page_id.as_ref() == Some(p))
            && self.kind.is_none_or(|k| k == token.kind)
    }
}

fn change(sim: &Sim, wanted: &Match, what: impl Fn(&mut Token)) -> Reply {
    let mut count = 0_usize;
    for (value, token) in &mut sim.world().tokens {
        if wanted.fits(value, token) {
            what(token);
            count += 1;
        }
    }
    reply(obj! { "changed": count })
}

pub(super) async fn list(State(sim): State<Arc<Sim>>) -> Reply {
    let rows: Vec<Json> = sim
        .world()
        .tokens
        .iter()
        .map(|(value, token)| {
            let mut row = obj! { "token": value };
            for (key, v) in shown(token).fields() {
                row.set(key, v.clone());
            }
            row
        })
        .collect();
    reply(obj! { "data": rows })
}

pub(super) async fn kill(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    let wanted: Match = read(&body)?;
    change(&sim, &wanted, |token| token.dead = Some(wanted.subcode.unwrap_or(460)))
}

pub(super) async fn expire(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    let wanted: Match = read(&body)?;
    let now = sim.clock.now_ms();
    change(&sim, &wanted, |token| token.expires_at = Some(now))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mint {
    app: String,
    /// A user id; on the Instagram route the professional account id.
    user: String,
    /// For a Page token.
    page: Option<String>,
    /// Granted to the whole of the user's assets; missing keeps the present grant.
    scopes: Option<Vec<String>>,
}

/// A long-lived token without a walk through the dialog, for tests of everything after it.
pub(super) async fn mint(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    let mint: Mint = read(&body)?;
    let now = sim.clock.now_ms();
    let world = &mut *sim.world();
    if !world.apps.contains_key(&mint.app) {
        return Err(Refused::missing("app", &mint.app));
    }
    let instagram = world.instagram_accounts.contains_key(&mint.user);
    if !instagram && !world.users.contains_key(&mint.user) {
        return Err(Refused::missing("user or Instagram account", &mint.user));
    }
    if let Some(scopes) = mint.scopes {
        let grant = world.grants.entry(format!("{}/{}", mint.app, mint.user)).or_default();
        grant.scopes = scopes.into_iter().map(|s| (s, Granted { target_ids: None })).collect();
    }
    let user_token = Token {
        kind: if instagram { TokenKind::Instagram } else { TokenKind::User },
        app_id: mint.app,
        user_id: mint.user,
        page_id: None,
        long_lived: true,
        issued_at: now,
        expires_at: Some(now + 60 * crate::world::DAY_MS),
        dead: None,
    };
    let value = match &mint.page {
        Some(page) if world.pages.contains_key(page) => world.page_token(&user_token, page, now),
        Some(page) => return Err(Refused::missing("page", page)),
        None => {
            let value = crypto::token(if instagram { "IGAA" } else { "EAA" });
            world.tokens.insert(value.clone(), user_token);
            value
        }
    };
    reply(obj! { "access_token": value })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Leaving {
    app: String,
    user: String,
    /// Sign with a wrong secret, to see it refused.
    #[serde(default)]
    bad_signature: bool,
}

/// The user removes the app in their settings: tokens die, the deauthorize callback is called.
pub(super) async fn deauthorize(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    let leaving: Leaving = read(&body)?;
    let now = sim.clock.now_ms();
    {
        let world = &mut *sim.world();
        let app = world.apps.get(&leaving.app).cloned().ok_or_else(|| Refused::missing("app", &leaving.app))?;
        if leaving.bad_signature {
            let callback = app.deauthorize_url.clone().ok_or_else(|| Refused::bad("the app has no deauthorize_url"))?;
            let outgoing = signed_request_post(&app, "not-the-secret", callback, &leaving.user, now);
            world.outbox.push(outgoing);
        } else {
            take_away(world, &leaving.app, &leaving.user, now);
        }
    }
    let ids = flush(&sim, true).await;
    let record = ids.first().and_then(|id| sim.deliverer.record(*id));
    let status = record.and_then(|r| r.attempts.first().and_then(|a| a.status));
    reply(obj! { "called": !ids.is_empty(), "status": status.map(i32::from) })
}

/// The user asks for deletion: calls the callback and passes on what it answers.
pub(super) async fn data_deletion(State(sim): State<Arc<Sim>>, body: Bytes) -> Reply {
    let leaving: Leaving = read(&body)?;
    let (url, headers, content) = {
        let world = sim.world();
        let app = world.apps.get(&leaving.app).ok_or_else(|| Refused::missing("app", &leaving.app))?;
        let callback = app.data_deletion_url.clone().ok_or_else(|| Refused::bad("the app has no data_deletion_url"))?;
        let instagram = world.instagram_accounts.contains_key(&leaving.user);
        let secret = match (leaving.bad_signature, instagram) {
            (true, _) => "not-the-secret",
            (false, true) => &app.instagram_app_secret,
            (false, false) => &app.secret,
        };
        let outgoing = signed_request_post(app, secret, callback.clone(), &leaving.user, sim.clock.now_ms());
        let Update::Raw { body, headers } = outgoing.update else {
            return Err(Refused::bad("not a form"));
        };
        (world.settings.resolve(&callback), headers, body)
    };
    let answer = sim
        .http
        .send(Method::POST, &url, &headers, content, Duration::from_secs(30), 1024 * 1024)
        .await
        .map_err(|failure| Refused::bad(format!("the callback failed: {}", failure.word())))?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    reply(obj! {
        "status": i32::from(answer.status),
        "answer": Json::parse(&text).unwrap_or_else(|| Json::from(text)),
    })
}
