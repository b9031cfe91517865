//! What an administrator is told of messages and rules that cannot be saved.

use super::placeholders::{self, Fault, Occasion};
use super::rules::{self, BadRule, BadRuleWhy, MOST_RULES};
use crate::host::{Department, Host};
use crate::key;
use crate::outbound::plain;
use crate::session::Session;
use crate::store::{Account, Rule};
use crate::texts::Lang;
use meta_wire::limits::{self, Unit};

impl<H: Host> Session<H> {
    /// Why a message of the account cannot be saved; `None` when it can.
    pub(crate) fn message_fault(
        &self,
        lang: &Lang,
        account: &Account,
        occasion: Occasion,
        text: &str,
        hours: &str,
    ) -> Option<String> {
        let limit = limits::text(account.platform());
        let fault = placeholders::check(&plain(text), occasion, &account.shown(), hours, limit).err()?;
        Some(self.fault_words(lang, account, occasion, &fault))
    }

    /// Reads an account's rules as they were typed, or answers why they cannot be saved.
    pub(crate) fn read_rules(
        &self,
        lang: &Lang,
        account: &Account,
        departments: &[Department],
        text: &str,
        hours: &str,
    ) -> Result<Vec<Rule>, String> {
        rules::parse(text, departments, account, hours)
            .map_err(|bad| self.bad_rule_words(lang, account, departments, &bad))
    }

    fn fault_words(&self, lang: &Lang, account: &Account, occasion: Occasion, fault: &Fault) -> String {
        match fault {
            Fault::Unknown { name } => {
                let values = [("name", &*format!("{{{name}}}")), ("known", &occasion.list())];
                self.text(lang, key!("flow_fault_unknown"), &values)
            }
            Fault::NoHours => self.text(lang, key!("flow_fault_hours"), &[]),
            Fault::TooLong { found } => {
                let limit = limits::text(account.platform());
                let key = match limit.unit {
                    Unit::Bytes => key!("flow_fault_bytes"),
                    _ => key!("flow_fault_characters"),
                };
                let (found, max) = (found.to_string(), limit.max.to_string());
                self.text(lang, key, &[("found", &found), ("max", &max), ("network", account.channel.label())])
            }
        }
    }

    fn bad_rule_words(&self, lang: &Lang, account: &Account, departments: &[Department], bad: &BadRule) -> String {
        let why = match &bad.why {
            BadRuleWhy::Form => self.text(lang, key!("flow_rule_form"), &[]),
            BadRuleWhy::Kind(word) => self.text(lang, key!("flow_rule_kind"), &[("word", word)]),
            BadRuleWhy::NoEffect => self.text(lang, key!("flow_rule_no_effect"), &[]),
            BadRuleWhy::Department(name) => {
                let names: Vec<&str> = departments.iter().map(|known| known.name.as_str()).collect();
                let values = [("name", name.as_str()), ("known", &names.join(", "))];
                self.text(lang, key!("flow_rule_department"), &values)
            }
            BadRuleWhy::Welcome(fault) => self.fault_words(lang, account, Occasion::Welcome, fault),
            BadRuleWhy::TooMany => self.text(lang, key!("flow_rule_too_many"), &[("count", &MOST_RULES.to_string())]),
        };
        self.text(lang, key!("flow_rule_line"), &[("line", &bad.line.to_string()), ("reason", &why)])
    }
}
