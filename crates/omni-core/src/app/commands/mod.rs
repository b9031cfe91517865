//! `/instagram` and `/facebook`.

pub(crate) mod parse;

use crate::api::CommandInput;
use crate::app::App;
use crate::app::commands::parse::{Parsed, Verb};
use crate::error::CoreError;
use crate::host::{Host, ModalOpen, ModalView};
use omni_domain::account::Account;
use omni_domain::account::card::{account_list, account_value};
use omni_domain::account::views::unauthorize_view;
use omni_domain::command::{help, named};
use omni_domain::permissions::may_administer;
use omni_domain::render::text::verbatim;
use omni_domain::texts::{Key, Lang};
use omni_domain::{blocks, key};

impl<H: Host> App<H> {
    /// A slash command.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn run_command(&self, input: CommandInput) -> Result<(), CoreError> {
        if input.too_long {
            let lang = self.speaker.lang_of(&input.user).await;
            return self.reply(&input, self.cx.text(&lang, key!("help_too_long"), &[])).await;
        }
        let (parsed, rest) = parse::parse(&input.args);
        if let Parsed::Handover(verb) = parsed {
            // Rights in a conversation are the agent's, not the administrator's.
            return self.agent_requests.handover_command(verb, &rest, &input).await;
        }
        let lang = self.speaker.lang_of(&input.user).await;
        let hint = match parsed {
            Parsed::Near(word) => {
                let command = verbatim(&input.channel.command(word));
                self.cx.text(&lang, key!("help_did_you_mean"), &[("command", &command)])
            }
            _ => self.cx.text(&lang, key!("help_unknown"), &[]),
        };
        if !may_administer(&input.user) {
            let meant_for_agents = matches!(parsed, Parsed::Near(word) if parse::is_handover(word));
            let text = if meant_for_agents { hint } else { self.logins.refusal(&lang) };
            return self.reply(&input, text).await;
        }
        let done = match parsed {
            Parsed::Verb(verb) => self.administer(&input, &lang, verb, &rest).await,
            _ => self.reply(&input, format!("{hint}\n\n{}", help(self.cx.translator(&lang), input.channel))).await,
        };
        match done {
            // An error that nobody is shown reads as a command that does not exist.
            Err(error) => {
                self.cx.warn("command-failed", error.code());
                self.reply(&input, self.logins.failed(&lang, &error)).await
            }
            done => done,
        }
    }

    async fn administer(
        &self,
        input: &CommandInput,
        lang: &Lang,
        verb: Verb,
        rest: &[String],
    ) -> Result<(), CoreError> {
        let channel = input.channel;
        // Whoever looks after accounts belongs to the channel in which they are spoken of.
        if let Err(error) = self.speaker.ensure_setup_room(channel, Some(&input.user)).await {
            self.cx.warn("setup-channel-not-made", error.code());
            let room = verbatim(&format!("#{}", self.setup_channels.setup_channel_name(channel).await?));
            let values = [("room", &*room), ("code", &*verbatim(error.code()))];
            self.reply(input, self.cx.text(lang, key!("setup_channel_failed"), &values)).await?;
        }
        let text = match verb {
            Verb::Help => help(self.cx.translator(lang), channel),
            Verb::Setup => {
                let (text, shown) = self.setup_channels.steps(lang, channel).await?;
                return self.speaker.tell(channel, &input.user, &input.room_id, text, shown).await;
            }
            Verb::List => account_list(self.cx.translator(lang), channel, &self.accounts.accounts_of(channel).await?),
            Verb::Status => self.account_manager.status(lang, channel).await?,
            Verb::Doctor => self.doctor.doctor(lang, channel).await?,
            Verb::Authorize => {
                self.logins.offer_login(channel, &input.user, &input.room_id, false).await?;
                return self.setup_channels.register_now().await;
            }
            Verb::Unauthorize => return self.ask_unauthorize(input, lang).await,
            Verb::Edit => return self.edit(input, lang, rest).await,
        };
        self.reply(input, text).await
    }

    async fn ask_unauthorize(&self, input: &CommandInput, lang: &Lang) -> Result<(), CoreError> {
        let accounts = self.accounts.accounts_of(input.channel).await?;
        if accounts.is_empty() {
            return self.reply(input, account_list(self.cx.translator(lang), input.channel, &accounts)).await;
        }
        let view = unauthorize_view(self.cx.translator(lang), input.channel, &accounts);
        let button = (key!("account_disconnect"), "connect:unauthorize", input.channel.as_str().to_owned());
        self.open_or_offer(input, lang, view, button).await
    }

    /// Opens the configuration of the account that the words name.
    async fn edit(&self, input: &CommandInput, lang: &Lang, words: &[String]) -> Result<(), CoreError> {
        let accounts = self.accounts.accounts_of(input.channel).await?;
        match named(&accounts, words).as_slice() {
            [account] => {
                let view = self.account_configs.config_view(lang, account).await?;
                let button = (key!("account_edit"), "connect:edit", account_value(account));
                self.open_or_offer(input, lang, view, button).await
            }
            [] if accounts.is_empty() => {
                self.reply(input, account_list(self.cx.translator(lang), input.channel, &[])).await
            }
            [] => {
                let hint = self.cx.text(lang, key!("help_edit_unknown"), &[("name", &verbatim(&words.join(" ")))]);
                let list = account_list(self.cx.translator(lang), input.channel, &accounts);
                self.reply(input, format!("{hint}\n{list}")).await
            }
            several => {
                let several: Vec<Account> = several.iter().map(|account| (*account).clone()).collect();
                let hint = self.cx.text(lang, key!("help_edit_which"), &[]);
                let list = account_list(self.cx.translator(lang), input.channel, &several);
                self.reply(input, format!("{hint}\n{list}")).await
            }
        }
    }

    /// Opens a window, or offers a button that does where the client sent nothing to open one with.
    async fn open_or_offer(
        &self,
        input: &CommandInput,
        lang: &Lang,
        view: ModalView,
        (label, action, value): (Key, &str, String),
    ) -> Result<(), CoreError> {
        if let Some(trigger_id) = input.trigger_id.clone().filter(|id| !id.is_empty()) {
            return self.cx.call(ModalOpen { trigger_id, user_id: input.user.id.clone(), view }).await;
        }
        let text = self.cx.text(lang, key!("help_open"), &[]);
        let button = blocks::button(&self.cx.text(lang, label, &[]), action, &value, blocks::Look::Primary);
        let shown = vec![blocks::section(&text), blocks::actions("connect:open", vec![button])];
        self.speaker.tell(input.channel, &input.user, &input.room_id, text, shown).await
    }

    /// Answers the person alone.
    pub(crate) async fn reply(&self, input: &CommandInput, text: String) -> Result<(), CoreError> {
        let shown = vec![blocks::section(&text)];
        self.speaker.tell(input.channel, &input.user, &input.room_id, text, shown).await
    }
}
