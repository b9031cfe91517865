//! Tokens as every Graph call checks them.
//!
//! <https://developers.facebook.com/docs/graph-api/guides/secure-requests>

use super::error::GraphError;
use super::request::Call;
use crate::crypto;
use crate::world::{Account, App, Token, TokenKind, World};

/// Who calls.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) token: Token,
    pub(crate) app: App,
}

impl Caller {
    pub(crate) fn read(world: &World, call: &Call, now: i64) -> Result<Self, GraphError> {
        let value = call
            .text("access_token")
            .ok_or_else(|| GraphError::new(104, "An access token is required to request this resource.").status(400))?;
        let token = find_token(world, &value, now)?;
        let app =
            world.apps.get(&token.app_id).cloned().ok_or_else(|| {
                GraphError::token(None, "Error validating application. Application has been deleted.")
            })?;
        check_proof(&app, &token, &value, call)?;
        let instagram_host = call.host == "graph.instagram.com";
        if instagram_host != (token.kind == TokenKind::Instagram) {
            return Err(GraphError::token(None, "Invalid OAuth access token - Cannot parse access token"));
        }
        Ok(Self { token, app })
    }

    pub(crate) fn is_app(&self) -> bool {
        self.token.kind == TokenKind::App
    }

    pub(crate) fn require_user(&self) -> Result<(), GraphError> {
        if self.token.kind == TokenKind::User {
            return Ok(());
        }
        Err(GraphError::new(2500, "An active access token must be used to query information about the current user.")
            .status(400))
    }

    pub(crate) fn require_app(&self, id: &str) -> Result<(), GraphError> {
        if self.is_app() && self.app.id == id {
            return Ok(());
        }
        Err(GraphError::new(15, "(#15) This method must be called with an app access_token.").status(400))
    }

    /// The grant behind the token covers `scope`, and the asset when one is named.
    pub(crate) fn allows(&self, world: &World, scope: &str, target: Option<&str>) -> bool {
        world.grant(&self.app.id, &self.token.user_id).is_some_and(|grant| grant.allows(scope, target))
    }

    pub(crate) fn require(&self, world: &World, scope: &str, target: Option<&str>) -> Result<(), GraphError> {
        if self.allows(world, scope, None) {
            if self.allows(world, scope, target) {
                return Ok(());
            }
            return Err(GraphError::new(
                200,
                format!("(#200) The permission(s) {scope} has not been granted for this object"),
            ));
        }
        Err(GraphError::new(
            10,
            format!("(#10) This endpoint requires the '{scope}' permission or the corresponding feature"),
        ))
    }

    /// Resolves the node of a messaging edge: a Page, `me`, or (Instagram Login) the professional account.
    pub(crate) fn account(&self, world: &World, call: &Call) -> Result<Account, GraphError> {
        let named = call.segment(0);
        let own = match self.token.kind {
            TokenKind::Page => self.token.page_id.clone(),
            TokenKind::Instagram => Some(self.token.user_id.clone()),
            TokenKind::User | TokenKind::App => None,
        };
        let Some(own) = own else {
            return Err(GraphError::new(190, "(#190) This method must be called with a Page Access Token").status(400));
        };
        let scoped = world.instagram_accounts.get(&own).map(|ig| ig.scoped_id.as_str());
        if named == "me" || named == own || scoped == Some(named) {
            return world.account(&own).ok_or_else(|| call.missing());
        }
        Err(call.missing())
    }
}

pub(crate) fn find_token(world: &World, value: &str, now: i64) -> Result<Token, GraphError> {
    if let Some((id, secret)) = value.split_once('|') {
        let app = world.apps.get(id).ok_or_else(|| {
            GraphError::new(101, "Error validating application. Cannot get application info due to a system error.")
                .status(400)
        })?;
        if app.secret != secret {
            return Err(GraphError::token(None, "Invalid OAuth access token signature.").status(400));
        }
        return Ok(Token {
            kind: TokenKind::App,
            app_id: id.to_owned(),
            user_id: String::new(),
            page_id: None,
            long_lived: true,
            issued_at: 0,
            expires_at: None,
            dead: None,
        });
    }
    let token = world
        .tokens
        .get(value)
        .cloned()
        .ok_or_else(|| GraphError::token(None, "Invalid OAuth access token - Cannot parse access token"))?;
    if let Some(subcode) = token.dead {
        let text = match subcode {
            458 => "Error validating access token: The user has not authorized the application.",
            459 => {
                "Error validating access token: You cannot access the app till you log in and follow the \
                    instructions given."
            }
            460 => {
                "Error validating access token: The session has been invalidated because the user changed their \
                    password or Facebook has changed the session for security reasons."
            }
            463 => "Error validating access token: Session has expired.",
            464 => {
                "Error validating access token: Sessions for the user are not allowed because the user is not a \
                    confirmed user."
            }
            492 => "Error validating access token: The user no longer has a role on the Page.",
            _ => "Error validating access token: The session is invalid because the user logged out.",
        };
        return Err(GraphError::token(Some(subcode), text));
    }
    if token.expires_at.is_some_and(|at| at <= now) {
        return Err(GraphError::token(Some(463), "Error validating access token: Session has expired."));
    }
    Ok(token)
}

fn check_proof(app: &App, token: &Token, value: &str, call: &Call) -> Result<(), GraphError> {
    let Some(proof) = call.text("appsecret_proof") else {
        if app.require_app_secret && !token.kind.eq(&TokenKind::App) {
            return Err(GraphError::new(100, "API calls from the server require an appsecret_proof argument")
                .kind("GraphMethodException"));
        }
        return Ok(());
    };
    let with_time = call.text("appsecret_time").map_or_else(|| value.to_owned(), |time| format!("{value}|{time}"));
    let secrets: &[&String] = &[&app.secret, &app.instagram_app_secret];
    let secrets = if token.kind == TokenKind::Instagram { secrets } else { secrets.get(..1).unwrap_or_default() };
    if secrets.iter().any(|secret| crypto::hmac_sha256_hex(secret, with_time.as_bytes()) == proof) {
        return Ok(());
    }
    Err(GraphError::new(100, "Invalid appsecret_proof provided in the API argument").kind("GraphMethodException"))
}
