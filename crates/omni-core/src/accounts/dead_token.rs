//! Tokens that Meta no longer takes: noted, and told.

use crate::accounts::open_rooms::DeadTokens;
use crate::error::CoreError;
use crate::host::Host;
use meta_wire::answer::Refusal;
use omni_domain::account::card::account_value;
use omni_domain::account::{Account, TokenState};
use omni_domain::blocks::Look;
use omni_domain::graph_error::GraphCallError;
use omni_domain::render::text::verbatim;
use omni_domain::{blocks, key};

impl<H: Host> DeadTokens<H> {
    /// The account's token as an error of Meta's says it is: dead ones are noted.
    pub(crate) async fn note_trouble(&self, account: &Account, trouble: &GraphCallError) -> Result<(), CoreError> {
        match trouble {
            GraphCallError::Refused(refusal) if trouble.is_dead_token() => self.token_died(account, refusal).await,
            _ => Ok(()),
        }
    }

    /// Meta refused the account's token: noted, and said once in the setup channel, with a button to authorize again, and
    /// in the account's open rooms. A refusal of a token that was renewed meanwhile changes nothing.
    pub(crate) async fn token_died(&self, account: &Account, refusal: &Refusal) -> Result<(), CoreError> {
        let _lock = self.cx.lock(&format!("account:{}", account_value(account))).await;
        let all = self.accounts.accounts_uncached().await?;
        let now = all.iter().find(|known| known.channel == account.channel && known.id == account.id);
        let Some(now) = now.filter(|now| now.token == account.token && now.token_state == TokenState::Valid) else {
            return Ok(());
        };
        let mut dead = now.clone();
        dead.token_state = TokenState::Dead {
            since: self.cx.now_ms(),
            code: refusal.code.unwrap_or_default(),
            subcode: refusal.subcode,
        };
        self.accounts.save_account(&dead).await?;
        self.cx.warn("token-dead", &format!("{} {}: {refusal}", dead.channel.as_str(), dead.id));
        self.account_cards.refresh_card(&dead).await;
        let lang = self.cx.workspace_lang().await;
        let reason = GraphCallError::Refused(refusal.clone()).text(self.cx.translator(&lang));
        let values = [("account", &*verbatim(&dead.shown())), ("reason", &*reason)];
        self.inform_with_login(&dead, self.cx.text(&lang, key!("account_died"), &values)).await;
        self.tell_rooms(&dead).await
    }

    /// Writes in the setup channel what only a new authorization mends, with the button for it.
    pub(crate) async fn inform_with_login(&self, account: &Account, text: String) {
        let label = self.cx.text(&self.cx.workspace_lang().await, key!("account_reauthorize"), &[]);
        let button = blocks::button(&label, "connect:authorize", account.channel.as_str(), Look::Primary);
        let shown = vec![blocks::section(&text), blocks::actions("connect:login", vec![button])];
        self.speaker.inform(account.channel, text, shown).await;
    }
}
