//! Rocket.Chat's markdown as plain text: neither network renders it.

use super::emoji::emoji;
use crate::timing::moment;
use crate::web_url::behind_scheme;
use meta_wire::time::iso_8601;

/// What an agent wrote, as the customer reads it: emphasis goes, links keep their address, code stays as it is, emoji
/// shortcodes become emoji. A link without a label, which Rocket.Chat does not draw (its reference to a quoted message),
/// goes too.
pub fn plain(markdown: &str) -> String {
    let mut lines = Vec::new();
    let mut fenced = false;
    for line in markdown.lines() {
        if let Some(rest) = line.trim_start().strip_prefix("```") {
            if let Some(code) = rest.strip_suffix("```").filter(|code| !fenced && !code.is_empty()) {
                lines.push(code.to_owned());
                continue;
            }
            fenced = !fenced;
            // Behind the opening fence stands the language, or already the code.
            if fenced && rest.trim().contains(' ') {
                lines.push(rest.to_owned());
            }
        } else if fenced {
            match line.strip_suffix("```") {
                Some(code) => {
                    lines.push(code.to_owned());
                    fenced = false;
                }
                None => lines.push(line.to_owned()),
            }
        } else {
            let mut out = String::with_capacity(line.len());
            inline(without_heading(line), &mut out, 0);
            lines.push(out);
        }
    }
    lines.join("\n").trim().to_owned()
}

fn without_heading(line: &str) -> &str {
    let text = line.trim_start_matches('#');
    match line.len() - text.len() {
        1..=4 => text.strip_prefix(' ').map_or(line, str::trim_start),
        _ => line,
    }
}

/// Emphasis inside emphasis deeper than this stays as it was typed.
const DEPTH: u8 = 6;

fn inline(text: &str, out: &mut String, depth: u8) {
    let mut rest = text;
    let mut before: Option<char> = None;
    while let Some(c) = rest.chars().next() {
        let start = out.len();
        let taken = match c {
            '\\' => escaped(rest, out),
            '`' => code(rest, out),
            '!' if depth < DEPTH => image(rest, out, depth),
            '[' if depth < DEPTH => link(rest, out, depth),
            '<' => angle_link(rest, out).or_else(|| timestamp(rest, out)),
            ':' if !before.is_some_and(|c| c.is_ascii_digit()) => shortcode(rest, out),
            'h' | 'H' if !is_word(before) => address(rest, out),
            '*' | '_' | '~' | '|' if !is_word(before) && depth < DEPTH => emphasis(rest, c, out, depth),
            _ => None,
        };
        match taken.and_then(|taken| Some((rest.get(..taken)?, rest.get(taken..)?))) {
            Some((span, tail)) => {
                before = span.chars().next_back();
                rest = tail;
            }
            None => {
                out.truncate(start);
                out.push(c);
                before = Some(c);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
    }
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}

fn escaped(rest: &str, out: &mut String) -> Option<usize> {
    let next = rest.chars().nth(1).filter(|c| "*_~`#.".contains(*c))?;
    out.push(next);
    Some(2)
}

/// Code between as many marks before it as behind it.
fn code(rest: &str, out: &mut String) -> Option<usize> {
    let inner = rest.trim_start_matches('`');
    let marks = rest.get(..rest.len() - inner.len())?;
    let (code, _) = inner.split_once(marks)?;
    out.push_str(code);
    (!code.is_empty()).then_some(code.len() + 2 * marks.len())
}

/// `[label](address)`; brackets that come in pairs belong to the label, such parentheses to the address.
fn link(rest: &str, out: &mut String, depth: u8) -> Option<usize> {
    let inner = rest.strip_prefix('[')?;
    let pairs = closing(inner, '[', ']').filter(|at| inner.get(*at..).is_some_and(|tail| tail.starts_with("](")));
    let (label, tail) = match pairs {
        Some(at) => (inner.get(..at)?, inner.get(at + 2..)?),
        None => inner.split_once("](").filter(|(label, _)| !label.contains('['))?,
    };
    let url = tail.get(..closing(tail, '(', ')').or_else(|| tail.find(')'))?)?;
    // A word in parentheses is none: `f[x](y)`.
    let is_address = url.starts_with(char::is_alphanumeric) && url.contains(['.', ':']);
    if !is_address || url.contains(char::is_whitespace) {
        return None;
    }
    let mut shown = String::new();
    inline(label, &mut shown, depth + 1);
    labelled(shown.trim(), url, out);
    Some(label.len() + url.len() + 4)
}

/// Where what is open already is closed, in one line.
fn closing(text: &str, opens: char, closes: char) -> Option<usize> {
    let mut open = 1;
    let end = text.find(|c| {
        open += i32::from(c == opens) - i32::from(c == closes);
        open == 0 || c == '\n'
    })?;
    (open == 0).then_some(end)
}

/// `![label](address)`: without a label the address alone.
fn image(rest: &str, out: &mut String, depth: u8) -> Option<usize> {
    let length = link(rest.strip_prefix('!')?, out, depth)? + 1;
    if let Some(url) = rest.get(..length).and_then(|image| image.strip_prefix("![](")?.strip_suffix(')')) {
        out.push_str(url);
    }
    Some(length)
}

/// `<t:seconds>` or `<t:moment>`, with a letter for the form in which each reader sees it in their own time zone.
fn timestamp(rest: &str, out: &mut String) -> Option<usize> {
    let (inner, _) = rest.strip_prefix("<t:")?.split_once('>')?;
    let form = ["t", "T", "d", "D", "f", "F", "R"];
    let time = inner.rsplit_once(':').filter(|(_, last)| form.contains(last)).map_or(inner, |(time, _)| time);
    let seconds = time.parse::<u32>().ok().filter(|_| time.len() == 10).map(|seconds| i64::from(seconds) * 1000);
    out.push_str(&moment(seconds.or_else(|| Some(iso_8601(time)?.0))?));
    Some(inner.len() + 4)
}

/// `<address>` or `<address|label>`.
fn angle_link(rest: &str, out: &mut String) -> Option<usize> {
    let (inner, _) = rest.strip_prefix('<')?.split_once('>')?;
    let (url, label) = inner.split_once('|').unwrap_or((inner, inner));
    if behind_scheme(url).is_none() && !["mailto:", "tel:"].iter().any(|scheme| url.starts_with(scheme)) {
        return None;
    }
    labelled(label.trim(), url, out);
    Some(inner.len() + 2)
}

fn labelled(label: &str, url: &str, out: &mut String) {
    if label == url {
        out.push_str(url);
    } else if !label.is_empty() {
        out.push_str(label);
        out.push_str(": ");
        out.push_str(url);
    }
}

fn shortcode(rest: &str, out: &mut String) -> Option<usize> {
    let (name, _) = rest.strip_prefix(':')?.split_once(':')?;
    out.push_str(&emoji(name)?);
    Some(name.len() + 2)
}

/// An address is kept to its end: underscores and stars in it are not emphasis.
fn address(rest: &str, out: &mut String) -> Option<usize> {
    behind_scheme(rest)?;
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    out.push_str(rest.get(..end)?);
    Some(end)
}

/// `*bold*`, `_italic_`, `~struck~`, each also doubled, and `||spoiler||`.
fn emphasis(rest: &str, mark: char, out: &mut String, depth: u8) -> Option<usize> {
    let inner = rest.trim_start_matches(mark);
    let width = rest.len() - inner.len();
    if width > 2 || (mark == '|' && width != 2) || inner.starts_with(char::is_whitespace) {
        return None;
    }
    let marks = rest.get(..width)?;
    let mut from = 0;
    loop {
        let at = from + inner.get(from..)?.find(marks)?;
        let (body, tail) = (inner.get(..at)?, inner.get(at + width..)?);
        let closes = !body.is_empty()
            && !body.ends_with(char::is_whitespace)
            && !body.ends_with(mark)
            && !tail.starts_with(mark)
            && !is_word(tail.chars().next());
        if closes {
            inline(body, out, depth + 1);
            return Some(at + 2 * width);
        }
        from = at + width;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_plain_text() {
        for (markdown, expected) in [
            ("Hello", "Hello"),
            ("*bold* and _italic_ and ~gone~", "bold and italic and gone"),
            ("**bold** __italic__ ~~gone~~ ||secret||", "bold italic gone secret"),
            ("*bold and _both_*!", "bold and both!"),
            ("snake_case_name and 2*3*4 and a ~ b ~ c", "snake_case_name and 2*3*4 and a ~ b ~ c"),
            ("* a\n* b", "* a\n* b"),
            ("5 * 3 * 2 = 30", "5 * 3 * 2 = 30"),
            ("*unclosed and _too", "*unclosed and _too"),
            ("***", "***"),
            ("***very***", "***very***"),
            ("~~~~", "~~~~"),
            ("|| or ||", "|| or ||"),
            ("see [our shop](https://shop.example/a_b_c)", "see our shop: https://shop.example/a_b_c"),
            ("[https://x.example](https://x.example)", "https://x.example"),
            ("[*the* shop](https://x.example)", "the shop: https://x.example"),
            ("[ ](https://chat.example/live/abc?msg=def) yes", "yes"),
            ("![cat](https://x.example/cat.png)", "cat: https://x.example/cat.png"),
            ("<https://x.example|the shop> <https://y.example>", "the shop: https://x.example https://y.example"),
            ("https://x.example/_a_/*b*?q=~c~", "https://x.example/_a_/*b*?q=~c~"),
            ("*https://x.example*", "https://x.example"),
            ("1 < 2 > 0 [x] (y)", "1 < 2 > 0 [x] (y)"),
            ("`a_b_c *d*` :smile:", "a_b_c *d* 😄"),
            ("``", "``"),
            ("```js\nlet a_b_ = *c*;\n```\nafter", "let a_b_ = *c*;\nafter"),
            ("```one line```", "one line"),
            ("see ```*code*``` and ``a ` b`` and `c`", "see *code* and a ` b and c"),
            ("a ``` b", "a ``` b"),
            ("[Foo](https://w.example/Foo_(bar)_b_#c) *x*", "Foo: https://w.example/Foo_(bar)_b_#c x"),
            ("([Foo](https://w.example/a))", "(Foo: https://w.example/a)"),
            ("[Foo](https://w.example/a_(b and", "[Foo](https://w.example/a_(b and"),
            ("[Foo](https://w.example/a_(b)", "Foo: https://w.example/a_(b"),
            ("> *quoted* :wave:\n> > _twice_", "> quoted 👋\n> > twice"),
            ("@anna #sales @here *@bob*", "@anna #sales @here @bob"),
            ("*שלום* _مرحبا_ \u{202e}x", "שלום مرحبا \u{202e}x"),
            ("- [ ] *todo*\n1. _one_", "- [ ] todo\n1. one"),
            ("*a* (*b*), \"_c_\"; 👍*d*", "a (b), \"c\"; 👍d"),
            (":wave_tone3::our_own_logo: :+1:", "👋🏽:our_own_logo: 👍"),
            ("```\nopen", "open"),
            ("# Title\n### Sub\n#hashtag", "Title\nSub\n#hashtag"),
            ("> quoted\nanswer", "> quoted\nanswer"),
            (r"\*not bold\* C:\temp", r"*not bold* C:\temp"),
            (":thumbsup: at 10:30:15 :no_such_emoji:", "👍 at 10:30:15 :no_such_emoji:"),
            ("a::smile::b", "a:😄:b"),
            (":one: Open *:gear:* at 10:30", "1️⃣ Open ⚙️ at 10:30"),
            ("", ""),
            ("  ", ""),
            ("é*ü*", "é*ü*"),
            ("*ü*", "ü"),
            ("[](https://x.example)", ""),
            ("[a](no good)", "[a](no good)"),
            ("f[x](y), [a](/b), [a](#c)", "f[x](y), [a](/b), [a](#c)"),
            ("[a [b]](https://x.example) [[c](https://y.example)", "a [b]: https://x.example [c: https://y.example"),
            ("![](https://x.example/a.png)", "https://x.example/a.png"),
            (r"\#a \[b\] \\c", r"#a \[b\] \\c"),
            ("##### five", "##### five"),
            ("<t:1700000000:R> <t:1700000000>", "2023-11-14 22:13 UTC 2023-11-14 22:13 UTC"),
            ("<t:2023-11-14T22:13:20.123+01:00:f> <t:y:f>", "2023-11-14 21:13 UTC <t:y:f>"),
        ] {
            assert_eq!(plain(markdown), expected, "{markdown}");
        }
    }

    #[test]
    fn deep_and_long_input_ends_soon() {
        let deep = "*_".repeat(20_000);
        assert!(plain(&deep).len() <= deep.len());
        let brackets = "[".repeat(5_000);
        assert_eq!(plain(&brackets), brackets);
    }
}
