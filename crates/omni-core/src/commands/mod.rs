//! `/instagram` and `/facebook`.

mod parse;

use crate::connect::{blocks, may_administer, verbatim};
use crate::entry::{Channel, CommandInput};
use crate::error::CoreError;
use crate::host::Host;
use crate::key;
use crate::session::Session;
use crate::texts::Lang;
use parse::{Parsed, Verb};

impl<H: Host> Session<H> {
    /// A slash command.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn run_command(&self, input: CommandInput) -> Result<(), CoreError> {
        let (parsed, rest) = parse::parse(&input.args);
        if let Parsed::Handover(verb) = parsed {
            // Rights in a conversation are the agent's, not the administrator's.
            return self.handover_command(verb, &rest, &input).await;
        }
        let lang = self.lang_of(&input.user).await;
        if !may_administer(&input.user) {
            return self.reply(&input, self.refusal(&lang)).await;
        }
        match parsed {
            Parsed::Verb(verb) => {
                // Whoever looks after accounts belongs to the channel in which they are spoken of.
                self.ensure_setup_room(input.channel, Some(&input.user)).await?;
                self.administer(&input, &lang, verb, &rest).await
            }
            Parsed::Near(word) => {
                let command = verbatim(&format!("/{} {word}", input.channel.as_str()));
                let hint = self.text(&lang, key!("help_did_you_mean"), &[("command", &command)]);
                self.reply(&input, format!("{hint}\n\n{}", self.help(&lang, input.channel))).await
            }
            Parsed::Unknown => {
                let hint = self.text(&lang, key!("help_unknown"), &[]);
                self.reply(&input, format!("{hint}\n\n{}", self.help(&lang, input.channel))).await
            }
            Parsed::Handover(_) => Ok(()),
        }
    }

    async fn administer(
        &self,
        input: &CommandInput,
        lang: &Lang,
        verb: Verb,
        rest: &[String],
    ) -> Result<(), CoreError> {
        match verb {
            Verb::Help => self.reply(input, self.help(lang, input.channel)).await,
            Verb::Authorize => {
                self.show_steps(input.channel).await?;
                self.register_when_new().await?;
                self.offer_login(input.channel, &input.user, &input.room_id, false).await
            }
            Verb::List => self.list_accounts(input, lang).await,
            _ => {
                let _ = rest;
                self.reply(input, self.help(lang, input.channel)).await
            }
        }
    }

    /// Answers the person alone.
    pub(crate) async fn reply(&self, input: &CommandInput, text: String) -> Result<(), CoreError> {
        let shown = vec![blocks::section(&text)];
        self.tell(input.channel, &input.user, &input.room_id, text, shown).await
    }

    fn help(&self, lang: &Lang, channel: Channel) -> String {
        let line = |verb: &str, key| {
            format!("{} – {}", verbatim(&format!("/{} {verb}", channel.as_str())), self.text(lang, key, &[]))
        };
        let lines = [
            self.text(lang, key!("help_title"), &[("channel", channel.label())]),
            line("authorize", key!("help_authorize")),
            line("unauthorize", key!("help_unauthorize")),
            line("edit <pageId>", key!("help_edit_id")),
            line("edit <username>", key!("help_edit_name")),
            line("list", key!("help_list")),
            line("status", key!("help_status")),
            line("doctor", key!("help_doctor")),
            line("help", key!("help_help")),
        ];
        lines.join("\n")
    }

    async fn list_accounts(&self, input: &CommandInput, lang: &Lang) -> Result<(), CoreError> {
        let all = self.accounts_anew().await?;
        let lines: Vec<String> =
            all.iter().filter(|account| account.channel == input.channel).map(|a| self.account_line(lang, a)).collect();
        let text = match lines.is_empty() {
            true => self.text(lang, key!("account_none"), &[("channel", input.channel.label())]),
            false => lines.join("\n"),
        };
        self.reply(input, text).await
    }
}
