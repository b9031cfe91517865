//! Texts that people read: looked up by key in `i18n/*.json`, never written in code.

use std::collections::BTreeMap;

/// Names a text. Made by [`key!`](crate::key) only, so that a test can compare every use with the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(#[doc(hidden)] pub &'static str);

/// A text key that must stand in every `i18n/*.json`.
#[macro_export]
macro_rules! key {
    ($name:literal) => {
        $crate::texts::Key($name)
    };
}

/// The language a text is wanted in, as Rocket.Chat names it (`en`, `pt-BR`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lang(String);

impl Lang {
    /// From a user's or the workspace's preference; empty means unset.
    pub fn new(tag: &str) -> Self {
        Self(tag.trim().to_ascii_lowercase())
    }

    /// As it stands in an HTML `lang` attribute.
    pub fn tag(&self) -> &str {
        if self.0.is_empty() { "en" } else { &self.0 }
    }

    /// This language, or the other one where none is set.
    pub fn or(self, other: &Lang) -> Lang {
        if self.0.is_empty() { other.clone() } else { self }
    }
}

/// All texts, by language and key.
#[derive(Debug, Default)]
pub struct Texts {
    languages: BTreeMap<String, BTreeMap<String, String>>,
}

impl Texts {
    /// From the content of the files, by language (the file name before `.json`).
    pub fn new(languages: BTreeMap<String, BTreeMap<String, String>>) -> Self {
        Self { languages }
    }

    /// The text with each `{name}` replaced. An unknown language falls back to a relative of it, then to English; an
    /// unknown key shows itself, so that a gap is seen and reported instead of leaving a blank.
    pub fn get(&self, lang: &Lang, key: Key, values: &[(&str, &str)]) -> String {
        let text = self.find(&lang.0, key).or_else(|| self.find("en", key)).unwrap_or(key.0);
        fill(text, values)
    }

    /// The text of a key that is made from a table's row, such as a setting's label.
    pub fn named(&self, lang: &Lang, name: &str) -> String {
        self.find_named(&lang.0, name).or_else(|| self.find_named("en", name)).unwrap_or(name).to_owned()
    }

    /// The texts in one language.
    pub fn in_lang<'a>(&'a self, lang: &'a Lang) -> Translator<'a> {
        Translator { texts: self, lang }
    }

    fn find(&self, tag: &str, key: Key) -> Option<&str> {
        self.find_named(tag, key.0)
    }

    fn find_named(&self, tag: &str, name: &str) -> Option<&str> {
        let exact = self.languages.get(tag);
        let primary = tag.split('-').next().unwrap_or(tag);
        let relative =
            || self.languages.iter().find(|(name, _)| name.split('-').next() == Some(primary)).map(|(_, texts)| texts);
        exact.or_else(relative)?.get(name).map(String::as_str)
    }
}

/// All texts, in one language.
#[derive(Debug, Clone, Copy)]
pub struct Translator<'a> {
    texts: &'a Texts,
    lang: &'a Lang,
}

impl Translator<'_> {
    /// As [`Texts::get`].
    pub fn text(self, key: Key, values: &[(&str, &str)]) -> String {
        self.texts.get(self.lang, key, values)
    }

    /// As [`Texts::named`].
    pub fn named(self, name: &str) -> String {
        self.texts.named(self.lang, name)
    }
}

/// Replaces each `{name}` in one pass, so that a value which contains `{…}` stays as it is.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let known = after.split_once('}').and_then(|(name, tail)| {
            values.iter().find(|(wanted, _)| *wanted == name).map(|(_, value)| (*value, tail))
        });
        match known {
            Some((value, tail)) => {
                out.push_str(value);
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_read_as_a_placeholder() {
        assert_eq!(fill("{a} and {b}, {c} {", &[("a", "{b}"), ("b", "2")]), "{b} and 2, {c} {");
    }

    #[test]
    fn languages_fall_back_to_a_relative_then_english() {
        let file = |text: &str| BTreeMap::from([("hi".to_owned(), text.to_owned())]);
        let texts = Texts::new(BTreeMap::from([("en".into(), file("hi")), ("pt-br".into(), file("oi"))]));
        let hi = |tag: &str| texts.get(&Lang::new(tag), Key("hi"), &[]);
        assert_eq!((hi("pt-BR").as_str(), hi("pt").as_str(), hi("pt-PT").as_str()), ("oi", "oi", "oi"));
        assert_eq!((hi("xx").as_str(), hi("").as_str()), ("hi", "hi"));
        assert_eq!(texts.get(&Lang::new("en"), Key("gone"), &[]), "gone");
    }
}
