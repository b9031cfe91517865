//! Routing at entry: the rules of an account, as they are typed, read back and applied.
//!
//! One rule a line, the first that fits decides:
//!
//! ```text
//! ref: summer-* -> Sales | Hello {customer}, the summer sale is on!
//! payload: TALK_TO_HUMAN -> Support
//! language: pt -> | Olá {customer}!
//! ```

use super::rule::{Origin, Rule, RuleKind};
use super::template::{self, Fault, Occasion};
use crate::account::Account;
use crate::channel::Channel;
use crate::key;
use crate::rocket_chat::Department;
use crate::texts::Translator;
use meta_wire::webhook::{Event, Item, Referral};

/// Most rules of one account: the list is read with every new conversation.
pub const MOST_RULES: usize = 50;

/// Longest thing a rule may look for, in characters.
const LONGEST_VALUE: usize = 1000;

/// What stands between what a rule looks at and where it leads: as it is printed, and what keyboards and correction make of
/// it.
const ARROWS: [&str; 5] = ["->", "→", "=>", "–>", "—>"];

/// Why a list of rules cannot be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRule {
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: BadRuleWhy,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadRuleWhy {
    /// It is not of the form of a rule.
    Form,
    /// It begins with a word that is none of the kinds.
    Kind(String),
    /// It leads nowhere and says nothing.
    NoEffect,
    /// There is no such department.
    Department(String),
    /// Its welcome message cannot be saved.
    Welcome(Fault),
    /// There are too many.
    TooMany,
}

impl BadRule {
    /// Why the rules cannot be saved, for the administrator who wrote them.
    pub fn text(&self, say: Translator<'_>, channel: Channel, departments: &[Department]) -> String {
        let why = match &self.why {
            BadRuleWhy::Form => say.text(key!("flow_rule_form"), &[]),
            BadRuleWhy::Kind(word) => say.text(key!("flow_rule_kind"), &[("word", word)]),
            BadRuleWhy::NoEffect => say.text(key!("flow_rule_no_effect"), &[]),
            BadRuleWhy::Department(name) => {
                let names: Vec<&str> = departments.iter().map(|known| known.name.as_str()).collect();
                let values = [("name", name.as_str()), ("known", &names.join(", "))];
                say.text(key!("flow_rule_department"), &values)
            }
            BadRuleWhy::Welcome(fault) => fault.text(say, channel, Occasion::Welcome),
            BadRuleWhy::TooMany => say.text(key!("flow_rule_too_many"), &[("count", &MOST_RULES.to_string())]),
        };
        say.text(key!("flow_rule_line"), &[("line", &self.line.to_string()), ("reason", &why)])
    }
}

/// Reads the rules an administrator typed.
///
/// # Errors
/// [`BadRule`] for the first rule that cannot be saved.
pub fn parse(text: &str, departments: &[Department], account: &Account, hours: &str) -> Result<Vec<Rule>, BadRule> {
    let mut rules = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line_number = at + 1;
        if line.trim().is_empty() {
            continue;
        }
        let bad = |why| BadRule { line: line_number, why };
        if rules.len() == MOST_RULES {
            return Err(bad(BadRuleWhy::TooMany));
        }
        rules.push(parse_rule(line, departments, account, hours).map_err(bad)?);
    }
    Ok(rules)
}

fn parse_rule(line: &str, departments: &[Department], account: &Account, hours: &str) -> Result<Rule, BadRuleWhy> {
    let (condition, outcome) = split_at_arrow(line).ok_or(BadRuleWhy::Form)?;
    let (kind, value) = condition.split_once([':', '=']).ok_or(BadRuleWhy::Form)?;
    let word = kind.trim().to_ascii_lowercase();
    let kind = RuleKind::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or(BadRuleWhy::Kind(word))?;
    let value = value.trim();
    if value.is_empty() || value.chars().count() > LONGEST_VALUE {
        return Err(BadRuleWhy::Form);
    }
    let (department, welcome) = outcome.split_once('|').unwrap_or((outcome, ""));
    let (department, welcome) = (department.trim(), welcome.trim().replace("\\n", "\n"));
    if department.is_empty() && welcome.is_empty() {
        return Err(BadRuleWhy::NoEffect);
    }
    template::check_message(account, Occasion::Welcome, &welcome, hours).map_err(BadRuleWhy::Welcome)?;
    let department = match department {
        "" => None,
        wanted => {
            let found = department_called(wanted, departments);
            Some(found.ok_or_else(|| BadRuleWhy::Department(wanted.to_owned()))?.id.clone())
        }
    };
    Ok(Rule { kind, value: value.to_owned(), department, welcome })
}

/// Before and behind the first arrow of any form.
fn split_at_arrow(line: &str) -> Option<(&str, &str)> {
    ARROWS.iter().filter_map(|arrow| line.split_once(arrow)).min_by_key(|(before, _)| before.len())
}

/// The department of this id, or else of this name.
fn department_called<'a>(wanted: &str, departments: &'a [Department]) -> Option<&'a Department> {
    let by_name = |known: &&Department| known.name.trim().to_lowercase() == wanted.to_lowercase();
    departments.iter().find(|known| known.id == wanted).or_else(|| departments.iter().find(by_name))
}

/// The rules as an administrator types them.
pub fn print(rules: &[Rule], departments: &[Department]) -> String {
    let line = |rule: &Rule| {
        let id = rule.department.as_deref().unwrap_or_default();
        // A department that is gone shows its id, and is refused when the rules are saved again. So does one whose name
        // would be read as something else: another one is called the same, or it holds what parts a rule.
        let named = departments.iter().find(|known| known.id == id).map(|known| known.name.trim());
        let reads_back = |name: &&str| {
            !name.contains(['|', '\n']) && department_called(name, departments).is_some_and(|known| known.id == id)
        };
        let name = named.filter(reads_back).unwrap_or(id);
        let head = format!("{}: {} -> {name}", rule.kind.as_str(), rule.value);
        match rule.welcome.is_empty() {
            true => head,
            false => format!("{} | {}", head.trim_end(), rule.welcome.replace('\n', "\\n")),
        }
    };
    rules.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The first rule that fits.
pub fn first_match<'a>(rules: &'a [Rule], origin: &Origin) -> Option<&'a Rule> {
    rules.iter().find(|rule| origin.get(rule.kind).is_some_and(|found| fits(rule, found)))
}

fn fits(rule: &Rule, found: &str) -> bool {
    let (value, found) = (rule.value.to_lowercase(), found.to_lowercase());
    match rule.kind {
        // `pt` means `pt_BR` too, as Meta names it, and `pt-BR`, as people do.
        RuleKind::Language => {
            let (value, found) = (value.replace('-', "_"), found.replace('-', "_"));
            glob(&value, &found) || found.split('_').next() == Some(value.as_str())
        }
        _ => glob(&value, &found),
    }
}

/// Whether the text fits a pattern in which `*` stands for anything.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The department a new conversation starts in: that of the first rule that fits, or the account's.
pub fn department_for(account: &Account, origin: &Origin) -> Option<String> {
    let rule = first_match(&account.config.rules, origin);
    rule.and_then(|rule| rule.department.clone()).or_else(|| account.config.department.clone())
}

/// How the customer came to write, as far as this event tells. The language is not in it.
pub fn origin_of(item: &Item) -> Origin {
    let mut origin = Origin::default();
    match &item.event {
        Event::Message(message) => {
            origin.payload = message.quick_reply.as_ref().and_then(|reply| reply.payload.clone());
            let story = message.reply_to.as_ref().and_then(|reply| reply.story.as_ref());
            origin.story = story.and_then(|story| story.id.as_ref()).map(|id| id.as_str().to_owned());
            refer(&mut origin, message.referral.as_ref());
        }
        Event::Postback(postback) => {
            origin.payload.clone_from(&postback.payload);
            refer(&mut origin, postback.referral.as_ref());
        }
        Event::Referral(referral) => refer(&mut origin, Some(referral)),
        _ => {}
    }
    origin
}

fn refer(origin: &mut Origin, referral: Option<&Referral>) {
    let Some(referral) = referral else { return };
    origin.reference.clone_from(&referral.reference);
    origin.ad = referral.ad_id.as_ref().map(|id| id.as_str().to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::LoginRoute;
    use meta_wire::token::Token;

    fn account() -> Account {
        let (channel, route) = (Channel::Facebook, LoginRoute::Facebook);
        Account::new("r".into(), channel, "1".into(), route, Token::new("t"), 0)
    }

    fn departments() -> Vec<Department> {
        [("d1", "Sales"), ("d2", "Après-vente")]
            .map(|(id, name)| Department { id: id.into(), name: name.into() })
            .into()
    }

    fn read(text: &str) -> Result<Vec<Rule>, BadRule> {
        parse(text, &departments(), &account(), "")
    }

    #[test]
    fn rules_read_back_as_they_were_typed() {
        let typed = "ref: summer-* -> Sales | Hi {customer},\\nwelcome\nlanguage: pt -> | Olá!\nad: 12 -> Après-vente";
        let rules = read(&format!("\n{typed}\n  \n")).unwrap();
        assert_eq!(print(&rules, &departments()), typed);
        assert_eq!(rules.first().map(|rule| rule.welcome.as_str()), Some("Hi {customer},\nwelcome"));
        assert_eq!(read(&print(&rules, &departments())).unwrap(), rules);
        assert_eq!(read("REF = a->b -> sales").unwrap_err().why, BadRuleWhy::Department("b -> sales".into()));
    }

    #[test]
    fn every_form_of_arrow_and_space_is_read() {
        let expected = read("ref: a -> Sales | Hi -> there").unwrap();
        assert_eq!(expected.first().map(|rule| rule.welcome.as_str()), Some("Hi -> there"));
        for typed in [
            "ref:a->Sales|Hi -> there",
            "\tREF = a → sales | Hi -> there  ",
            "ref\u{a0}: a\u{a0}=> SALES |Hi -> there\r",
            "ref: a –> d1 | Hi -> there",
            "ref: a —> Sales | Hi -> there",
        ] {
            assert_eq!(read(typed).unwrap(), expected, "{typed}");
        }
    }

    #[test]
    fn departments_that_are_called_alike_or_oddly_read_back() {
        let named = |id: &str, name: &str| Department { id: id.into(), name: name.into() };
        let departments =
            [named("d1", "Sales"), named("d2", "sales"), named("d3", "Sales | EU"), named("d4", "A -> B")];
        for id in ["d1", "d2", "d3", "d4"] {
            let rules = parse(&format!("ref: x -> {id}"), &departments, &account(), "").unwrap();
            assert_eq!(rules.first().and_then(|rule| rule.department.as_deref()), Some(id));
            assert_eq!(parse(&print(&rules, &departments), &departments, &account(), "").unwrap(), rules, "{id}");
        }
    }

    #[test]
    fn a_bad_rule_is_named_by_its_line() {
        for (text, line, why) in [
            ("ref: x", 1, BadRuleWhy::Form),
            ("\nref -> Sales", 2, BadRuleWhy::Form),
            ("ref: -> Sales", 1, BadRuleWhy::Form),
            ("colour: red -> Sales", 1, BadRuleWhy::Kind("colour".into())),
            ("ref: x ->", 1, BadRuleWhy::NoEffect),
            ("ref: x -> |", 1, BadRuleWhy::NoEffect),
            ("ref: x -> Sales\nref: y -> Nobody", 2, BadRuleWhy::Department("Nobody".into())),
            ("ref: x -> | {x}", 1, BadRuleWhy::Welcome(Fault::Unknown { name: "x".into() })),
        ] {
            assert_eq!(read(text), Err(BadRule { line, why }), "{text}");
        }
        assert_eq!(read(&"ref: x -> Sales\n".repeat(51)).unwrap_err(), BadRule { line: 51, why: BadRuleWhy::TooMany });
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let rules = read(
            "ref: promo-* -> | a\nref: *promo* -> | b\nlanguage: pt -> | c\nlanguage: pt_PT -> | d\npayload: * -> | e",
        )
        .unwrap();
        let welcome = |origin: Origin| first_match(&rules, &origin).map_or("", |rule| rule.welcome.as_str()).to_owned();
        let by_ref = |text: &str| welcome(Origin { reference: Some(text.into()), ..Origin::default() });
        let by_language = |text: &str| welcome(Origin { language: Some(text.into()), ..Origin::default() });
        assert_eq!([by_ref("Promo-1"), by_ref("my promo"), by_ref("prom")], ["a", "b", ""]);
        assert_eq!([by_language("pt-BR"), by_language("pt_PT"), by_language("p")], ["c", "c", ""]);
        assert_eq!(welcome(Origin { payload: Some(String::new()), ..Origin::default() }), "e");
        assert_eq!(welcome(Origin::default()), "");
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("a*c*e", "abcde", true),
            ("a*c*e", "ace", true),
            ("a*a", "a", false),
            ("*", "", true),
            ("", "x", false),
            ("a**b", "ab", true),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }
}
