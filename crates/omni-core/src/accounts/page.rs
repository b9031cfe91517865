//! The web page a login ends on.

use crate::accounts::attach::Attachment;
use crate::accounts::choose::Choices;
use crate::accounts::grant::Grants;
use crate::accounts::setup::SetupChannels;
use crate::accounts::webhook_watch::WebhookWatch;
use crate::api::WebAnswer;
use crate::context::Context;
use crate::gateway::graph_pages::GraphPages;
use crate::gateway::setup_channel::Speaker;
use crate::host::Host;
use crate::store::Records;
use crate::store::accounts::Accounts;
use crate::store::installations::Installations;
use omni_domain::account::Account;
use omni_domain::account::candidate::problem_lines;
use omni_domain::account::login::{Failure, Granted};
use omni_domain::key;
use omni_domain::texts::Lang;

/// No script, no frame, nothing from elsewhere; the one style sheet is in the page.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1f2329;--soft:#5b6470;--ground:#f2f3f5;--card:#fff;--good:#148660;--bad:#bb0b21}\
@media(prefers-color-scheme:dark){:root{--ink:#e4e7ea;--soft:#9ea2a8;--ground:#17191c;--card:#1f2329;--good:#2de0a5;\
--bad:#f98f9d}}\
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;\
background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}\
main{max-width:34rem;width:100%;background:var(--card);border-radius:.5rem;padding:2rem;border-top:.25rem solid var(--bad)}\
main.good{border-color:var(--good)}h1{font-size:1.375rem;line-height:1.3;margin:0 0 .75rem}p,ul{margin:.5rem 0}\
ul{padding-left:1.25rem}li{overflow-wrap:anywhere}.soft{color:var(--soft);font-size:.875rem;margin-top:1.5rem}";

/// What a page says.
pub(crate) struct Page<'a> {
    pub(crate) status: u16,
    pub(crate) good: bool,
    pub(crate) title: String,
    pub(crate) paragraphs: Vec<String>,
    pub(crate) list: Vec<String>,
    pub(crate) footer: String,
    pub(crate) lang: &'a Lang,
}

impl Page<'_> {
    /// The page with the headers that keep it from being framed, cached or told to others.
    pub(crate) fn answer(&self) -> WebAnswer {
        let mut answer = WebAnswer::typed(self.status, "text/html; charset=utf-8", self.html());
        for (name, value) in [
            ("content-security-policy", CONTENT_SECURITY_POLICY),
            ("x-frame-options", "DENY"),
            // The address of this page holds the code and the state of the login.
            ("referrer-policy", "no-referrer"),
            ("x-robots-tag", "noindex"),
        ] {
            answer.headers.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    fn html(&self) -> String {
        let title = escape(&self.title);
        let (class, role) = if self.good { ("good", "status") } else { ("bad", "alert") };
        let paragraphs: String = self.paragraphs.iter().map(|text| format!("<p>{}</p>", escape(text))).collect();
        let items: String = self.list.iter().map(|text| format!("<li>{}</li>", escape(text))).collect();
        let list = if items.is_empty() { items } else { format!("<ul>{items}</ul>") };
        let (lang, footer) = (escape(self.lang.tag()), escape(&self.footer));
        format!(
            "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width,initial-scale=1\"><title>{title}</title><style>{STYLE}</style></head><body>\
             <main class=\"{class}\" role=\"{role}\"><h1>{title}</h1>{paragraphs}{list}<p class=\"soft\">{footer}</p>\
             </main></body></html>"
        )
    }
}

/// Text as HTML shows it, in content and in attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Lines written for a channel, as a page shows them.
fn plain(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| line.replace('`', "")).collect()
}

service! {
    /// Offers Meta's login, and takes what its callback brings.
    pub(crate) Logins {
        accounts: Accounts,
        attachment: Attachment,
        choices: Choices,
        cx: Context,
        grants: Grants,
        graph_pages: GraphPages,
        installations: Installations,
        records: Records,
        setup_channels: SetupChannels,
        speaker: Speaker,
        webhook_watch: WebhookWatch,
    }
}

impl<H: Host> Logins<H> {
    pub(crate) fn failure_page(&self, lang: &Lang, room: Option<&str>, failure: &Failure) -> WebAnswer {
        let (title, text) = failure.keys();
        let footer = match room {
            Some(room) => self.cx.text(lang, key!("page_back_to"), &[("room", &format!("#{room}"))]),
            None => self.cx.text(lang, key!("page_back"), &[]),
        };
        let page = Page {
            status: failure.status(),
            good: false,
            title: self.cx.text(lang, title, &[]),
            paragraphs: vec![self.cx.text(lang, text, &[])],
            list: plain(&failure.details(self.cx.translator(lang))),
            footer,
            lang,
        };
        page.answer()
    }

    pub(crate) fn granted_page(&self, lang: &Lang, granted: &Granted) -> WebAnswer {
        let line = |account: &Account| match account.events_failing {
            false => account.shown(),
            true => self.cx.text(lang, key!("page_not_subscribed"), &[("account", &account.shown())]),
        };
        let (title, text, list) = match granted {
            Granted::Connected { accounts, unusable } => {
                let mut list: Vec<String> = accounts.iter().map(line).collect();
                list.extend(plain(&problem_lines(self.cx.translator(lang), unusable)));
                (key!("page_connected"), self.cx.text(lang, key!("page_connected_text"), &[]), list)
            }
            Granted::ToChoose { count, connected } => {
                let count = count.to_string();
                let text = self.cx.text(lang, key!("page_choose_text"), &[("count", &count)]);
                (key!("page_choose"), text, connected.iter().map(line).collect())
            }
        };
        let page = Page {
            status: 200,
            good: true,
            title: self.cx.text(lang, title, &[]),
            paragraphs: vec![text],
            list,
            footer: self.cx.text(lang, key!("page_back"), &[]),
            lang,
        };
        page.answer()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_becomes_markup() {
        let hostile = "<img src=x onerror='a'>&\"";
        let lang = Lang::new("en\"><script>");
        let page = Page {
            status: 200,
            good: true,
            title: hostile.into(),
            paragraphs: vec![hostile.into()],
            list: vec![hostile.into()],
            footer: hostile.into(),
            lang: &lang,
        };
        let html = page.html();
        assert!(!html.contains("<img") && !html.contains("<script") && !html.contains("onerror='"), "{html}");
        assert_eq!(html.matches("&lt;img src=x onerror=&#39;a&#39;&gt;&amp;&quot;").count(), 5);
    }
}
