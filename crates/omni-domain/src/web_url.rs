//! Addresses of the web, read strictly: what two programs could read in two ways is none.

use std::net::Ipv4Addr;

/// Ends of names that only an inner network knows.
const INNER: [&str; 6] = [".local", ".internal", ".localhost", ".lan", ".test", ".invalid"];

/// The parts of an `http` or `https` address that decisions are made by. There is none of a text with white space, control
/// characters, `<`, `>`, `"` or `\` in it, with a user before the host, or with a host or port that could not be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebUrl<'a> {
    /// Whether it is `https`.
    pub is_https: bool,
    /// The host as written; an IPv6 address stands in its brackets.
    pub host: &'a str,
    /// The port, where one is written.
    pub port: Option<u16>,
}

/// What follows the `http://` or `https://` a text begins with, in any case, and whether it was the latter.
pub fn behind_scheme(text: &str) -> Option<(&str, bool)> {
    ["https://", "http://"].into_iter().find_map(|scheme| {
        let (start, rest) = text.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some((rest, scheme == "https://"))
    })
}

impl<'a> WebUrl<'a> {
    /// Reads an address; blanks around it are the caller's to take away.
    pub fn parse(text: &'a str) -> Option<Self> {
        let ambiguous = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '\\');
        if text.contains(ambiguous) {
            return None;
        }
        let (rest, is_https) = behind_scheme(text)?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let name_end = authority.rfind(']').map_or(0, |at| at + 1);
        let (host, port) = match authority.get(name_end..)?.split_once(':') {
            Some((name, port)) => {
                let port = port.bytes().all(|byte| byte.is_ascii_digit()).then(|| port.parse().ok()).flatten()?;
                (authority.get(..name_end + name.len())?, Some(port))
            }
            None => (authority, None),
        };
        is_host(host).then_some(Self { is_https, host, port })
    }

    /// Whether the host is this name or one below it.
    pub fn is_below(&self, known: &str) -> bool {
        let host = self.host.to_ascii_lowercase();
        host.strip_suffix(known).is_some_and(|above| above.is_empty() || above.ends_with('.'))
    }

    /// Whether a server elsewhere could reach it: `https`, and a name that is not plainly of an inner network. An IPv6
    /// address of any kind is not: no certificate that Meta trusts is issued for one in practice.
    pub fn is_public_https(&self) -> bool {
        if !self.is_https || self.host.starts_with('[') {
            return false;
        }
        if let Ok(address) = self.host.parse::<Ipv4Addr>() {
            return !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified());
        }
        let host = self.host.to_ascii_lowercase();
        host.contains('.') && !INNER.iter().any(|end| host.ends_with(end))
    }

    /// The host in lower case, with the port where one is written.
    pub fn authority(&self) -> String {
        let host = self.host.to_ascii_lowercase();
        match self.port {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    }
}

/// Names of letters of any script, digits, `-` and `_`, with a dot between each two; or an IPv6 address in brackets.
fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => {
            address.contains(':') && address.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '.'))
        }
        None => host
            .split('.')
            .all(|name| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_what_every_program_takes_for_it() {
        for (text, is_https, host, port) in [
            ("https://a.example", true, "a.example", None),
            ("http://a.example/", false, "a.example", None),
            ("HTTPS://A.Example?x=://b.example", true, "A.Example", None),
            ("https://a.example#@b.example", true, "a.example", None),
            ("https://a.example:8443/x:1", true, "a.example", Some(8443)),
            ("https://my_shop.example/ü", true, "my_shop.example", None),
            ("https://bücher.example", true, "bücher.example", None),
            ("http://localhost:3000", false, "localhost", Some(3000)),
            ("http://127.0.0.1", false, "127.0.0.1", None),
            ("https://[2001:db8::1]", true, "[2001:db8::1]", None),
            ("https://[::ffff:192.0.2.1]:443/x", true, "[::ffff:192.0.2.1]", Some(443)),
        ] {
            assert_eq!(WebUrl::parse(text), Some(WebUrl { is_https, host, port }), "{text}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_no_address() {
        for text in [
            "",
            "a.example",
            "//a.example",
            "/x",
            "javascript:alert(1)",
            "data:text/html,https://a.example",
            "ftp://a.example",
            " https://a.example",
            "https://",
            "https:///a.example",
            "https:/a.example",
            "https://a b.example",
            "https://a.example/x y",
            "https://a.example/\u{0}",
            "https://a.example\t.b.example",
            "https://a.example\\.b.example",
            "https://a.example/<b>",
            "https://a.example/\"b",
            "https://user@a.example",
            "https://a.example@b.example",
            "https://a.example:443@b.example",
            "https://a.example:",
            "https://a.example:x",
            "https://a.example:+80",
            "https://a.example:65536",
            "https://a.example:80:80",
            "https://:80",
            "https://.a.example",
            "https://a.example.",
            "https://a..example",
            "https://a%2eexample",
            "https://a．example",
            "https://[::1].a.example",
            "https://[::1",
            "https://[]",
            "https://[a.example]",
        ] {
            assert_eq!(WebUrl::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_public_address_is_told_from_an_inner_one() {
        for (url, public) in [
            ("https://chat.example.com", true),
            ("https://chat.example.com:8443/rc", true),
            ("https://203.0.113.7", true),
            ("HTTPS://chat.example.com", true),
            ("http://chat.example.com", false),
            ("https://localhost", false),
            ("https://localhost:3000", false),
            ("https://127.0.0.1", false),
            ("https://10.1.2.3:3000", false),
            ("https://192.168.0.10", false),
            ("https://[::1]", false),
            ("https://[2001:db8::1]", false),
            ("https://chat.local", false),
            ("https://Chat.LOCAL", false),
            ("https://chat", false),
            ("", false),
        ] {
            assert_eq!(WebUrl::parse(url).is_some_and(|url| url.is_public_https()), public, "{url}");
        }
    }

    #[test]
    fn a_name_is_below_itself_and_its_parents() {
        for (url, below) in [
            ("https://a.example", true),
            ("https://X.A.Example/b", true),
            ("https://xa.example", false),
            ("https://a.example.evil.example", false),
            ("https://evil.example/a.example", false),
        ] {
            assert_eq!(WebUrl::parse(url).is_some_and(|url| url.is_below("a.example")), below, "{url}");
        }
    }

    #[test]
    fn an_authority_is_compared_in_lower_case_with_its_port() {
        let authority = |text| WebUrl::parse(text).map(|url| url.authority());
        assert_eq!(authority("https://Chat.Example.com/a").as_deref(), Some("chat.example.com"));
        assert_eq!(authority("https://chat.example.com:8443").as_deref(), Some("chat.example.com:8443"));
        assert_eq!(authority("chat.example.com"), None);
    }
}
