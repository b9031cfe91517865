//! Grants and the tokens that hang on them.

use super::access::{Grant, Token, TokenKind};
use super::stored::World;
use crate::crypto;

impl World {
    pub(crate) fn grant(&self, app: &str, user: &str) -> Option<&Grant> {
        self.grants.get(&grant_key(app, user))
    }

    /// The Page token a user token leads to: the same one each time, as Meta hands it out.
    pub(crate) fn page_token(&mut self, user_token: &Token, page: &str, now: i64) -> String {
        let found = self.tokens.iter().find(|(_, t)| {
            t.kind == TokenKind::Page
                && t.page_id.as_deref() == Some(page)
                && t.app_id == user_token.app_id
                && t.user_id == user_token.user_id
                && t.long_lived == user_token.long_lived
                && t.dead.is_none()
                && t.expires_at.is_none_or(|at| at > now)
        });
        if let Some((value, _)) = found {
            return value.clone();
        }
        let value = crypto::token("EAA");
        self.tokens.insert(
            value.clone(),
            Token {
                kind: TokenKind::Page,
                app_id: user_token.app_id.clone(),
                user_id: user_token.user_id.clone(),
                page_id: Some(page.to_owned()),
                long_lived: user_token.long_lived,
                issued_at: now,
                // From a long-lived user token it has no end; from a short one it dies with it.
                expires_at: if user_token.long_lived { None } else { user_token.expires_at },
                dead: None,
            },
        );
        value
    }

    /// Takes back all a user gave an app: every token that person produced there dies.
    pub(crate) fn revoke(&mut self, app: &str, user: &str) {
        self.grants.remove(&grant_key(app, user));
        for token in self.tokens.values_mut() {
            if token.app_id == app && token.user_id == user {
                token.dead = Some(458);
            }
        }
    }
}

fn grant_key(app: &str, user: &str) -> String {
    format!("{app}/{user}")
}
