//! Edit Page Config: what an administrator sets for one account.

use super::Values;
use crate::entry::UiAnswer;
use crate::error::CoreError;
use crate::host::{Departments, Host, ModalView, User};
use crate::key;
use crate::session::Session;
use crate::store::Account;
use crate::texts::Lang;
use omni_domain::account::config;
use omni_domain::account::views::note_view;
use omni_domain::render::text::verbatim;

impl<H: Host> Session<H> {
    /// The window to edit an account in.
    pub(crate) async fn config_view(&self, lang: &Lang, account: &Account) -> Result<ModalView, CoreError> {
        let departments = self.call(Departments {}).await?;
        Ok(config::config_view(self.translator(lang), account, &departments))
    }

    /// Opens the window on the button.
    pub(crate) async fn open_config(&self, user: &User, value: &str) -> Result<UiAnswer, CoreError> {
        let lang = self.lang_of(user).await;
        let Some(account) = self.account_named(value).await? else { return Ok(self.gone(&lang)) };
        Ok(UiAnswer::Open { view: self.config_view(&lang, &account).await? })
    }

    /// Saves what was submitted, or says what is wrong with which field.
    pub(crate) async fn save_config(&self, user: &User, value: &str, values: &Values) -> Result<UiAnswer, CoreError> {
        let lang = self.lang_of(user).await;
        let departments = self.call(Departments {}).await?;
        let _lock = self.lock(&format!("account:{value}")).await;
        let Some(mut account) = self.account_named(value).await? else {
            let text = self.text(&lang, key!("account_gone"), &[]);
            return Ok(UiAnswer::Update { view: note_view(self.translator(&lang), &text) });
        };
        let errors = config::submit(self.translator(&lang), &mut account, values, &departments);
        if !errors.is_empty() {
            return Ok(UiAnswer::Errors { view_id: format!("connect:config:{value}"), errors });
        }
        self.save_account(&account).await?;
        // In another department somebody may be there.
        self.somebody_may_serve().await?;
        let lang = self.workspace_lang().await;
        let said = [("account", &*verbatim(&account.shown())), ("user", &*verbatim(&user.username))];
        self.inform(account.channel, self.text(&lang, key!("config_saved"), &said), Vec::new()).await;
        Ok(UiAnswer::Done)
    }
}
