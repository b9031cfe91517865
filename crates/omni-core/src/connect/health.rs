//! Whether tokens and subscriptions still work.

use super::say::{blocks, blocks::Look, verbatim};
use crate::error::CoreError;
use crate::host::Host;
use crate::key;
use crate::session::Session;
use crate::store::{Account, TokenState};
use meta_wire::answer::Refusal;

impl<H: Host> Session<H> {
    /// Meta refused the account's token: noted, and said once in the setup channel with a button to authorize again.
    /// A refusal of a token that has been renewed meanwhile changes nothing.
    pub(crate) async fn token_died(&self, account: &Account, refusal: &Refusal) -> Result<(), CoreError> {
        let _lock = self.lock(&format!("account:{}:{}", account.channel.as_str(), account.id)).await;
        let all = self.accounts_anew().await?;
        let now = all.iter().find(|known| known.channel == account.channel && known.id == account.id);
        let Some(now) = now.filter(|now| now.token == account.token && now.token_state == TokenState::Valid) else {
            return Ok(());
        };
        let mut dead = now.clone();
        dead.token_state =
            TokenState::Dead { since: self.now_ms(), code: refusal.code.unwrap_or_default(), subcode: refusal.subcode };
        self.save_account(&dead).await?;
        self.warn("token-dead", &format!("{} {}: {refusal}", dead.channel.as_str(), dead.id));
        self.refresh_card(&dead).await;
        let lang = self.workspace_lang().await;
        let reason = self.explain(&lang, &super::ask::Trouble::Refused(refusal.clone()));
        let values = [("account", &*verbatim(&dead.shown())), ("reason", &*reason)];
        let text = self.text(&lang, key!("account_died"), &values);
        let label = self.text(&lang, key!("account_reauthorize"), &[]);
        let button = blocks::button(&label, "connect:authorize", dead.channel.as_str(), Look::Primary);
        let shown = vec![blocks::section(&text), blocks::actions("connect:login", vec![button])];
        self.announce(dead.channel, text, shown).await.map(|_| ())
    }
}
