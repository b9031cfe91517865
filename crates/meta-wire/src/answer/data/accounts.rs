//! Pages, Instagram accounts, tokens and what they may do.

use crate::answer::lenient::{id, maybe_id, maybe_text, maybe_time, maybe_truth, texts, whole};
use crate::ids::{AccountId, AppId, PageId};
use crate::time::UnixMillis;
use crate::token::Token;
use serde::Deserialize;
use serde_json::Value;

/// A Page as [`accounts`](crate::request::accounts::accounts) lists it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PageAccount {
    /// The Page.
    #[serde(deserialize_with = "id")]
    pub id: PageId,
    /// Its name.
    #[serde(default, deserialize_with = "maybe_text")]
    pub name: Option<String>,
    /// Its token; missing on Pages of a Business that the person cannot act for.
    #[serde(default, deserialize_with = "maybe_token")]
    pub access_token: Option<Token>,
    /// What the person may do on it; `None` when Meta did not say.
    #[serde(default, deserialize_with = "texts")]
    pub tasks: Option<Vec<String>>,
    /// Its Instagram professional account.
    #[serde(default, deserialize_with = "maybe_instagram")]
    pub instagram_business_account: Option<InstagramAccount>,
}

impl PageAccount {
    /// Whether the person may send messages as this Page; so when Meta did not say.
    pub fn can_message(&self) -> bool {
        self.has_any_task(&["MESSAGING"])
    }

    /// Whether the person may turn on the Page's webhooks; so when Meta did not say.
    pub fn can_subscribe(&self) -> bool {
        self.has_any_task(&["MODERATE", "MANAGE"])
    }

    fn has_any_task(&self, wanted: &[&str]) -> bool {
        self.tasks.as_ref().is_none_or(|tasks| tasks.iter().any(|task| wanted.contains(&task.as_str())))
    }
}

/// An Instagram professional account linked to a Page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct InstagramAccount {
    /// The id webhooks use in `entry.id`.
    #[serde(deserialize_with = "id")]
    pub id: AccountId,
    /// Its handle, without `@`.
    #[serde(default, deserialize_with = "maybe_text")]
    pub username: Option<String>,
    /// Its display name.
    #[serde(default, deserialize_with = "maybe_text")]
    pub name: Option<String>,
}

/// A Business of the person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BusinessAccount {
    /// Its id.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "maybe_text")]
    pub name: Option<String>,
}

/// The owner of a token.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Me {
    /// Facebook: the user or Page. Instagram: an id only this app knows; `user_id` is the one webhooks use.
    #[serde(default, deserialize_with = "maybe_id")]
    pub id: Option<String>,
    /// The Instagram professional account.
    #[serde(default, deserialize_with = "maybe_id")]
    pub user_id: Option<AccountId>,
    /// Instagram handle, without `@`.
    #[serde(default, deserialize_with = "maybe_text")]
    pub username: Option<String>,
    /// Display name.
    #[serde(default, deserialize_with = "maybe_text")]
    pub name: Option<String>,
}

/// A permission of the list [`permissions`](crate::request::accounts::permissions).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GrantedPermission {
    /// Its name.
    pub permission: String,
    /// `granted`, `declined` or `expired`.
    pub status: String,
}

/// What an exchange of [`oauth`](crate::request::oauth) gives.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct TokenGrant {
    /// The token.
    pub access_token: Token,
    /// Seconds it is good for; `None` when Meta did not say.
    pub expires_in_s: Option<i64>,
    /// The person it belongs to (Instagram).
    pub user_id: Option<String>,
    /// What was granted (Instagram).
    pub permissions: Vec<String>,
}

impl TryFrom<Value> for TokenGrant {
    type Error = &'static str;

    /// Instagram's page shows the answer wrapped in a list, clients see it bare as well.
    fn try_from(value: Value) -> Result<Self, &'static str> {
        let grant = match value.get("data") {
            Some(Value::Array(list)) => list.first().unwrap_or(&Value::Null),
            Some(wrapped) => wrapped,
            None => &value,
        };
        let token = grant.get("access_token").and_then(Value::as_str).filter(|token| !token.is_empty());
        let permissions = match grant.get("permissions") {
            Some(Value::String(joined)) => {
                joined.split(',').map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned).collect()
            }
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        Ok(Self {
            access_token: Token::new(token.ok_or("no access_token")?),
            expires_in_s: grant.get("expires_in").and_then(whole).filter(|seconds| *seconds > 0),
            user_id: grant.get("user_id").and_then(|id| match id {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            }),
            permissions,
        })
    }
}

/// What a token is and may do
/// ([debug_token](https://developers.facebook.com/docs/graph-api/reference/debug_token)).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Wrapped")]
pub struct DebugToken {
    /// The app it was given to; has to be ours.
    pub app_id: Option<AppId>,
    /// `USER` or `PAGE`.
    pub kind: Option<String>,
    /// Whether it works.
    pub is_valid: bool,
    /// When it ends; `None` for never, or when Meta did not say.
    pub expires_at: Option<UnixMillis>,
    /// When it stops to reach the person's data; `None` for never, or when Meta did not say.
    pub data_access_expires_at: Option<UnixMillis>,
    /// When it was given.
    pub issued_at: Option<UnixMillis>,
    /// What was granted.
    pub scopes: Vec<String>,
    /// What was granted for which Pages and accounts.
    pub granular_scopes: Vec<GranularScope>,
    /// The person it belongs to, as the app knows them: a data deletion request names this id.
    pub user_id: Option<String>,
    /// The Page it acts for, of a Page token.
    pub profile_id: Option<String>,
}

/// A permission and what it was granted for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GranularScope {
    /// The permission.
    pub scope: String,
    /// The Pages or accounts the person ticked; `None` for all of them, later ones too.
    #[serde(default, deserialize_with = "texts")]
    pub target_ids: Option<Vec<String>>,
}

impl DebugToken {
    /// Whether `scope` was granted for the Page or account `target`.
    pub fn grants(&self, scope: &str, target: &str) -> bool {
        let mut of_scope = self.granular_scopes.iter().filter(|granted| granted.scope == scope).peekable();
        if of_scope.peek().is_none() {
            return self.scopes.iter().any(|granted| granted == scope);
        }
        of_scope.any(|granted| granted.target_ids.as_ref().is_none_or(|ids| ids.iter().any(|id| id == target)))
    }
}

#[derive(Deserialize)]
struct Wrapped {
    data: Inspected,
}

#[derive(Deserialize)]
struct Inspected {
    #[serde(default, deserialize_with = "maybe_id")]
    app_id: Option<AppId>,
    #[serde(default, rename = "type", deserialize_with = "maybe_text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "maybe_truth")]
    is_valid: Option<bool>,
    #[serde(default, deserialize_with = "maybe_time")]
    expires_at: Option<UnixMillis>,
    #[serde(default, deserialize_with = "maybe_time")]
    data_access_expires_at: Option<UnixMillis>,
    #[serde(default, deserialize_with = "maybe_time")]
    issued_at: Option<UnixMillis>,
    #[serde(default, deserialize_with = "texts")]
    scopes: Option<Vec<String>>,
    #[serde(default)]
    granular_scopes: super::List<GranularScope>,
    #[serde(default, deserialize_with = "maybe_id")]
    user_id: Option<String>,
    #[serde(default, deserialize_with = "maybe_id")]
    profile_id: Option<String>,
}

impl From<Wrapped> for DebugToken {
    fn from(Wrapped { data }: Wrapped) -> Self {
        Self {
            app_id: data.app_id,
            kind: data.kind,
            is_valid: data.is_valid.unwrap_or(false),
            expires_at: data.expires_at,
            data_access_expires_at: data.data_access_expires_at,
            issued_at: data.issued_at,
            scopes: data.scopes.unwrap_or_default(),
            granular_scopes: data.granular_scopes.items,
            user_id: data.user_id,
            profile_id: data.profile_id,
        }
    }
}

fn maybe_token<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Token>, D::Error> {
    Ok(maybe_text(deserializer)?.map(Token::new))
}

fn maybe_instagram<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<InstagramAccount>, D::Error> {
    Ok(InstagramAccount::deserialize(Value::deserialize(deserializer)?).ok())
}
