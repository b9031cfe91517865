//! Where Meta serves media.

use crate::web_url::WebUrl;

/// Where Meta serves media: these names and what is below them. Nothing else is asked, however the event was signed. Where Meta's
/// server redirects to, Rocket.Chat follows and does not say: all that stands against that is its own guard of internal
/// addresses (`ssrfValidation`, obeyed from about 8.3 on), and a look at what came.
const HOSTS: [&str; 3] = ["fbcdn.net", "fbsbx.com", "cdninstagram.com"];

/// Whether the address is one of Meta's media servers, reached the plain way: `https` and no port.
pub fn is_metas(url: &str) -> bool {
    WebUrl::parse(url).is_some_and(|url| {
        url.is_https && url.port.is_none() && url.host.is_ascii() && HOSTS.iter().any(|known| url.is_below(known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_metas_hosts() {
        for good in [
            "https://scontent.xx.fbcdn.net/v/t1/a.jpg?oe=1&oh=2",
            "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1&signature=x",
            "https://cdn.fbsbx.com/x",
            "https://scontent-fra3-1.cdninstagram.com/v/x",
            "https://SCONTENT.XX.FBCDN.NET/x",
            "https://fbcdn.net",
            "https://a.fbcdn.net?x",
        ] {
            assert!(is_metas(good), "{good}");
        }
        for bad in [
            "http://scontent.fbcdn.net/x",
            "https://evilfbcdn.net/x",
            "https://fbcdn.net.evil.example/x",
            "https://evil.example/fbcdn.net",
            "https://evil.example#.fbcdn.net",
            "https://evil.example?.fbcdn.net",
            "https://user@scontent.fbcdn.net/x",
            "https://scontent.fbcdn.net@evil.example/x",
            "https://scontent.fbcdn.net:8443/x",
            "https://evil.example\\.fbcdn.net/x",
            "https://evil.example\\@a.fbcdn.net/x",
            "https://a.fbcdn.net\t.evil.example/x",
            " https://a.fbcdn.net/x",
            "https://a.fbcdn.net./x",
            "https://.fbcdn.net/x",
            "https://[::1].fbcdn.net/x",
            "https://127.0.0.1/x",
            "https:///fbcdn.net",
            "//a.fbcdn.net/x",
            "file:///etc/passwd",
            "",
        ] {
            assert!(!is_metas(bad), "{bad}");
        }
    }
}
