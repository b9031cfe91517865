//! Edit Page Config: what an administrator sets for one account.

use crate::accounts::manage::AccountManager;
use crate::api::UiAnswer;
use crate::context::{Context, FollowUp};
use crate::error::CoreError;
use crate::gateway::setup_channel::Speaker;
use crate::host::{Departments, Host, ModalView, User};
use crate::store::accounts::Accounts;
use omni_domain::account::config::Values;
use omni_domain::account::views::note_view;
use omni_domain::account::{Account, config};
use omni_domain::key;
use omni_domain::render::text::verbatim;
use omni_domain::texts::Lang;

service! {
    /// Shows and saves what an administrator sets for one account.
    pub(crate) AccountConfigs {
        account_manager: AccountManager,
        accounts: Accounts,
        cx: Context,
        speaker: Speaker,
    }
}

impl<H: Host> AccountConfigs<H> {
    /// The window to edit an account in.
    pub(crate) async fn config_view(&self, lang: &Lang, account: &Account) -> Result<ModalView, CoreError> {
        let departments = self.cx.call(Departments {}).await?;
        Ok(config::config_view(self.cx.translator(lang), account, &departments))
    }

    /// Opens the window on the button.
    pub(crate) async fn open_config(&self, user: &User, value: &str) -> Result<UiAnswer, CoreError> {
        let lang = self.speaker.lang_of(user).await;
        let Some(account) = self.account_manager.account_named(value).await? else {
            return Ok(self.account_manager.gone(&lang));
        };
        Ok(UiAnswer::Open { view: self.config_view(&lang, &account).await? })
    }

    /// Saves what was submitted, or says what is wrong with which field.
    pub(crate) async fn save_config(&self, user: &User, value: &str, values: &Values) -> Result<UiAnswer, CoreError> {
        let lang = self.speaker.lang_of(user).await;
        let departments = self.cx.call(Departments {}).await?;
        let _lock = self.cx.lock(&format!("account:{value}")).await;
        let Some(mut account) = self.account_manager.account_named(value).await? else {
            let text = self.cx.text(&lang, key!("account_gone"), &[]);
            return Ok(UiAnswer::Update { view: note_view(self.cx.translator(&lang), &text) });
        };
        let errors = config::submit(self.cx.translator(&lang), &mut account, values, &departments);
        if !errors.is_empty() {
            return Ok(UiAnswer::Errors { view_id: format!("connect:config:{value}"), errors });
        }
        self.accounts.save_account(&account).await?;
        // In another department somebody may be there.
        self.cx.follow_up(FollowUp::MayServe).await?;
        let lang = self.cx.workspace_lang().await;
        let said = [("account", &*verbatim(&account.shown())), ("user", &*verbatim(&user.username))];
        self.speaker.inform(account.channel, self.cx.text(&lang, key!("config_saved"), &said), Vec::new()).await;
        Ok(UiAnswer::Done)
    }
}
