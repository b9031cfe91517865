//! What is said of commands, and which account the words behind one mean.

use crate::account::Account;
use crate::channel::Channel;
use crate::key;
use crate::render::text::verbatim;
use crate::texts::Translator;

/// All commands of a network, and what they do.
pub fn help(say: Translator<'_>, channel: Channel) -> String {
    let line = |verb: &str, key| format!("{} – {}", verbatim(&channel.command(verb)), say.text(key, &[]));
    let lines = [
        say.text(key!("help_title"), &[("channel", channel.label())]),
        line("setup", key!("help_setup")),
        line("authorize", key!("help_authorize")),
        line("unauthorize", key!("help_unauthorize")),
        line("edit <pageId>", key!("help_edit_id")),
        line("edit <username>", key!("help_edit_name")),
        line("list", key!("help_list")),
        line("status", key!("help_status")),
        line("doctor", key!("help_doctor")),
        line("help", key!("help_help")),
        say.text(key!("help_in_rooms"), &[]),
        line("take", key!("help_take")),
        line("request", key!("help_request")),
        line("release", key!("help_release")),
        line("pass", key!("help_pass")),
        line("owner", key!("help_owner")),
    ];
    lines.join("\n")
}

/// A name as it can be compared: the server takes pairs of quotes out of what is typed, apostrophes of a name among them.
fn bare(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_lowercase().replace(['"', '\'', '’'], "")
}

/// The accounts that the words may mean: by id, Page id, handle with or without `@`, or name, whatever the case. Without
/// words all, so that with a single account none have to be said. Quotes around them, and the signs in which help and lists
/// set names and ids, are not part of a name.
pub fn named<'a>(accounts: &'a [Account], words: &[String]) -> Vec<&'a Account> {
    let joined = bare(&words.join(" "));
    let wanted = joined.trim_matches(|c: char| c.is_whitespace() || "`<>“”„‘‚«»‹›".contains(c));
    let handle = wanted.trim_start_matches('@');
    let is = |text: &str| bare(text) == handle;
    let exact = accounts.iter().filter(|account| {
        words.is_empty() || account.id.as_str() == wanted || account.username.as_deref().is_some_and(is)
    });
    let exact: Vec<&Account> = exact.collect();
    if !exact.is_empty() {
        return exact;
    }
    let loose = |account: &&Account| {
        account.page_id.as_ref().is_some_and(|page| page.as_str() == wanted)
            || is(&account.name)
            || account.page_name.as_deref().is_some_and(is)
    };
    accounts.iter().filter(loose).collect()
}
