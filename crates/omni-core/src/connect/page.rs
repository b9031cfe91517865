//! The web page a login ends on.

use super::login::{Failure, Granted};
use crate::entry::WebAnswer;
use crate::host::Host;
use crate::key;
use crate::session::Session;
use crate::store::Account;
use crate::texts::{Key, Lang};

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

impl Failure {
    /// A stable word.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Forged => "login-state-forged",
            Self::Expired => "login-link-expired",
            Self::Replayed => "login-link-used",
            Self::NotAllowed => "login-not-allowed",
            Self::Declined => "login-declined",
            Self::Dialog { .. } => "login-dialog-failed",
            Self::Empty => "login-callback-empty",
            Self::AppChanged => "login-app-changed",
            Self::Code => "login-code-refused",
            Self::WrongApp => "login-app-refused",
            Self::Meta(trouble) => trouble.code(),
            Self::Nothing(_) => "login-nothing-granted",
        }
    }

    /// HTTP status of its page.
    fn status(&self) -> u16 {
        match self {
            Self::Forged | Self::NotAllowed => 403,
            Self::Expired | Self::Replayed => 410,
            Self::Meta(_) => 502,
            Self::Declined | Self::Nothing(_) => 200,
            Self::Dialog { .. } | Self::Empty | Self::AppChanged | Self::Code | Self::WrongApp => 400,
        }
    }

    /// Title, and what to do.
    pub(crate) fn keys(&self) -> (Key, Key) {
        match self {
            Self::Forged => (key!("page_forged"), key!("page_forged_text")),
            Self::Expired => (key!("page_expired"), key!("page_expired_text")),
            Self::Replayed => (key!("page_replayed"), key!("page_replayed_text")),
            Self::NotAllowed => (key!("page_not_allowed"), key!("page_not_allowed_text")),
            Self::Declined => (key!("page_declined"), key!("page_declined_text")),
            Self::Dialog { .. } => (key!("page_dialog"), key!("page_dialog_text")),
            Self::Empty => (key!("page_empty"), key!("page_empty_text")),
            Self::AppChanged => (key!("page_app_changed"), key!("page_app_changed_text")),
            Self::Code => (key!("page_code"), key!("page_code_text")),
            Self::WrongApp => (key!("page_wrong_app"), key!("page_wrong_app_text")),
            Self::Meta(_) => (key!("page_meta"), key!("page_meta_text")),
            Self::Nothing(_) => (key!("page_nothing"), key!("page_nothing_text")),
        }
    }
}

impl<H: Host> Session<H> {
    /// What exactly went wrong, where there is more to say than the title.
    pub(crate) fn failure_details(&self, lang: &Lang, failure: &Failure) -> Vec<String> {
        match failure {
            Failure::Meta(trouble) => vec![self.explain(lang, trouble)],
            Failure::Nothing(grant) => self.left_out(lang, grant),
            Failure::Dialog { code: Some(code) } => vec![format!("Meta {code}")],
            _ => Vec::new(),
        }
    }

    pub(crate) fn failure_page(&self, lang: &Lang, room: Option<&str>, failure: &Failure) -> WebAnswer {
        let (title, text) = failure.keys();
        let footer = match room {
            Some(room) => self.text(lang, key!("page_back_to"), &[("room", &format!("#{room}"))]),
            None => self.text(lang, key!("page_back"), &[]),
        };
        let page = Page {
            status: failure.status(),
            good: false,
            title: self.text(lang, title, &[]),
            paragraphs: vec![self.text(lang, text, &[])],
            list: plain(&self.failure_details(lang, failure)),
            footer,
            lang,
        };
        page.answer()
    }

    pub(crate) fn granted_page(&self, lang: &Lang, granted: &Granted) -> WebAnswer {
        let line = |account: &Account| match account.events_failing {
            false => account.shown(),
            true => self.text(lang, key!("page_not_subscribed"), &[("account", &account.shown())]),
        };
        let (title, text, list) = match granted {
            Granted::Connected { accounts, unusable } => {
                let mut list: Vec<String> = accounts.iter().map(line).collect();
                list.extend(plain(&self.problem_lines(lang, unusable)));
                (key!("page_connected"), self.text(lang, key!("page_connected_text"), &[]), list)
            }
            Granted::ToChoose { count, connected } => {
                let count = count.to_string();
                let text = self.text(lang, key!("page_choose_text"), &[("count", &count)]);
                (key!("page_choose"), text, connected.iter().map(line).collect())
            }
        };
        let page = Page {
            status: 200,
            good: true,
            title: self.text(lang, title, &[]),
            paragraphs: vec![text],
            list,
            footer: self.text(lang, key!("page_back"), &[]),
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
