//! What customers write, made fit for a Rocket.Chat room.

use super::mentions::{BREAK, calls_everybody};
use crate::key;
use crate::texts::Translator;
use crate::web_url::WebUrl;

/// Longest text of one message, in characters: below the server's own default limit of 5000 (`Message_MaxAllowedSize`).
pub const LONGEST_MESSAGE: usize = 4_900;

/// Longest text repeated in a card, in characters.
const LONGEST_QUOTE: usize = 300;

/// Longest address in a card, in bytes.
const LONGEST_LINK: usize = 4096;

/// Longest list within a message, in characters: the server takes 5000 by default (`Message_MaxAllowedSize`).
const LISTED: usize = 3_500;

/// A customer's text with what could do harm in a room made harmless, and nothing else changed:
///
/// - `@all` and `@here` would call everybody;
/// - `[words](https://…)`, `![](https://…)` and `<https://…|words>` hide where a link leads, or load a picture from it; so
///   do those of any other scheme, and of none
///   ([grammar](https://github.com/RocketChat/Rocket.Chat/blob/develop/packages/message-parser/src/grammar.pegjs));
/// - controls of the writing direction show letters in another order than they stand in.
pub fn harmless(text: &str) -> String {
    let text = without_bidi_controls(text);
    let mut out = String::with_capacity(text.len().saturating_add(8));
    let mut rest = text.trim();
    let mut before: Option<char> = None;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        out.push(c);
        match c {
            '@' if !before.is_some_and(char::is_alphanumeric) && calls_everybody(rest) => out.push(BREAK),
            ']' if rest.starts_with('(') => out.push(BREAK),
            // A domain may hold anything but a space.
            '<' if is_masked_link(rest) => out.push(' '),
            _ => {}
        }
        before = Some(c);
    }
    out
}

/// Whether what follows a `<` may be the target of a link, with other words behind it.
fn is_masked_link(after_bracket: &str) -> bool {
    let end = after_bracket.find(['|', ' ', '\t', '\n', '\r']);
    end.is_some_and(|end| end > 0 && after_bracket.get(end..).is_some_and(|rest| rest.starts_with('|')))
}

/// A text whose letters stand in the order they are shown in, as far as its script has it so.
///
/// Embeddings, overrides and isolates go. Marks (LRM, RLM, ALM) stay beside letters that are written from right to left,
/// where keyboards set them for the sake of the punctuation; among others they only turn numbers around
/// ([UAX #9](https://www.unicode.org/reports/tr9/)).
pub fn without_bidi_controls(text: &str) -> String {
    let has_rtl = text.chars().any(is_rtl_letter);
    let stays = |c: &char| match c {
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => false,
        '\u{200E}' | '\u{200F}' | '\u{061C}' => has_rtl,
        _ => true,
    };
    text.chars().filter(stays).collect()
}

/// Hebrew, Arabic and the other scripts that are written from right to left, by their blocks.
fn is_rtl_letter(c: char) -> bool {
    let blocks = matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}');
    blocks && c.is_alphabetic()
}

/// Text that Rocket.Chat shows as it is: no mention, no markdown, no other writing direction.
pub fn verbatim(text: &str) -> String {
    format!("`{}`", without_bidi_controls(text).replace(['`', '\n', '\r'], " "))
}

/// Words in italics: what a person did, as opposed to what they wrote.
pub fn done(text: &str) -> String {
    format!("_{text}_")
}

/// The beginning of a text, as a card repeats it.
pub fn beginning(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_QUOTE).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// A link that may stand in a card: the server refuses a message with any other, and a program may hide in one.
pub fn link(url: &str) -> Option<String> {
    let url = url.trim();
    (url.len() <= LONGEST_LINK && WebUrl::parse(url).is_some()).then(|| url.to_owned())
}

/// The same, where Meta writes an address without its site, or without `https:`.
pub fn link_at(url: &str, site: &str) -> Option<String> {
    let url = url.trim();
    let with_scheme = format!("https://{url}");
    let is_metas = |url: WebUrl<'_>| ["instagram.com", "facebook.com"].iter().any(|known| url.is_below(known));
    if url.starts_with("//") {
        link(&format!("https:{url}"))
    } else if url.starts_with('/') {
        link(&format!("{site}{url}"))
    } else if WebUrl::parse(&with_scheme).is_some_and(is_metas) {
        link(&with_scheme)
    } else {
        link(url)
    }
}

/// As many lines as one message holds beside others, and how many more there are.
pub fn shortened(say: Translator<'_>, lines: Vec<String>) -> Vec<String> {
    let mut room = LISTED;
    let fits = |line: &&String| {
        room = room.saturating_sub(line.chars().count().saturating_add(3));
        room > 0
    };
    let count = lines.iter().take_while(fits).count();
    let more = lines.len().saturating_sub(count);
    let mut short: Vec<String> = lines.into_iter().take(count).collect();
    if more > 0 {
        short.push(say.text(key!("flow_board_more"), &[("count", &more.to_string())]));
    }
    short
}

/// Puts texts one below the other; empty ones are left out.
pub fn lines<I: IntoIterator<Item = String>>(texts: I) -> String {
    texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_harms_is_broken() {
        for (text, expected) in [
            ("hello *you*", "hello *you*"),
            ("  hi \n", "hi"),
            ("@all look", "@\u{200B}all look"),
            ("hi @Here!", "hi @\u{200B}Here!"),
            ("(@all)", "(@\u{200B}all)"),
            ("@all.", "@\u{200B}all."),
            ("me@all.example", "me@all.example"),
            ("@allan @hereford", "@allan @hereford"),
            ("[bank](https://evil.example)", "[bank]\u{200B}(https://evil.example)"),
            ("![](https://evil.example/p.png)", "![]\u{200B}(https://evil.example/p.png)"),
            ("<https://evil.example|bank>", "< https://evil.example|bank>"),
            ("<HTTPS://evil.example|bank>", "< HTTPS://evil.example|bank>"),
            ("<javascript:alert(1)|pay>", "< javascript:alert(1)|pay>"),
            ("<mailto:a@evil.example|help@bank.example>", "< mailto:a@evil.example|help@bank.example>"),
            ("<evil.example/<>|https://bank.example>", "< evil.example/< >|https://bank.example>"),
            ("<\u{200B}evil.example/\u{200B}|bank>", "< \u{200B}evil.example/\u{200B}|bank>"),
            ("<+4912345|the bank>", "< +4912345|the bank>"),
            ("<\u{202E}rocketchat://x|y>", "< rocketchat://x|y>"),
            ("[call](tel:+49123)", "[call]\u{200B}(tel:+49123)"),
            ("a[0] (b) <3 |x|", "a[0] (b) <3 |x|"),
            ("1 < 2 | 3 > 2, <b> || <|>", "1 < 2 | 3 > 2, <b> || <|>"),
            ("<https://shop.example>", "<https://shop.example>"),
            ("https://shop.example/a_b", "https://shop.example/a_b"),
            ("", ""),
        ] {
            assert_eq!(harmless(text), expected, "{text}");
            // As a quote repeats it.
            assert_eq!(harmless(expected), expected, "{text}");
        }
    }

    #[test]
    fn letters_are_shown_in_the_order_they_stand_in() {
        for (text, expected) in [
            ("invoice\u{202E}fdp.exe", "invoicefdp.exe"),
            ("\u{2067}10\u{2069} \u{202B}to\u{202C} \u{202D}20\u{2066} \u{2068}\u{202A}EUR", "10 to 20 EUR"),
            ("10\u{200F}:\u{200F}20 \u{200E}h\u{061C}", "10:20 h"),
            ("\u{202E}\u{200F}", ""),
            // Ordinary texts keep all of theirs.
            ("שלום, Anna!\u{200F}", "שלום, Anna!\u{200F}"),
            ("مرحبا 123\u{061C}؟", "مرحبا 123\u{061C}؟"),
            ("می\u{200C}خواهم", "می\u{200C}خواهم"),
            ("👨\u{200D}👩\u{200D}👧 ❤\u{FE0F} 2 + 2", "👨\u{200D}👩\u{200D}👧 ❤\u{FE0F} 2 + 2"),
            ("\u{202E}שלום", "שלום"),
        ] {
            assert_eq!(harmless(text), expected, "{text:?}");
            assert_eq!(harmless(expected), expected, "twice is as once");
        }
    }

    #[test]
    fn links_are_absolute_and_plain() {
        for good in ["https://a.example/x?y=1&z=%20#f", "http://a.example"] {
            assert_eq!(link(good).as_deref(), Some(good));
        }
        for bad in [
            "",
            "javascript:alert(1)",
            "/x",
            "https://",
            "https://a b",
            "data:text/html,x",
            "https://a\u{0}",
            "ftp://a",
        ] {
            assert_eq!(link(bad), None, "{bad}");
        }
    }

    #[test]
    fn addresses_without_a_site_get_theirs() {
        const SITE: &str = "https://www.instagram.com";
        for (url, expected) in [
            ("/reel/Ab1/?igsh=x", Some("https://www.instagram.com/reel/Ab1/?igsh=x")),
            ("//www.instagram.com/p/1", Some("https://www.instagram.com/p/1")),
            ("www.instagram.com/p/1", Some("https://www.instagram.com/p/1")),
            ("instagram.com/p/1", Some("https://instagram.com/p/1")),
            ("https://a.example/x", Some("https://a.example/x")),
            ("notinstagram.com/p/1", None),
            ("javascript:alert(1)", None),
            ("/\u{0}", None),
            ("", None),
        ] {
            assert_eq!(link_at(url, SITE).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = "é".repeat(400);
        assert_eq!(beginning(&long).chars().count(), LONGEST_QUOTE + 1);
        assert_eq!(beginning("short"), "short");
    }
}
