//! Every text that the app or its settings screen shows stands in every language, with the same placeholders, and no
//! file holds one that nobody shows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use omni_core::api::Channel;
use omni_core::settings;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const LANGUAGES: [&str; 5] = ["de", "en", "es", "fr", "pt-br"];

fn from_crate(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn files() -> BTreeMap<String, BTreeMap<String, String>> {
    let paths = fs::read_dir(from_crate("../../i18n")).unwrap().map(|file| file.unwrap().path());
    paths
        .map(|path| {
            let language = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (language, serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap())
        })
        .collect()
}

fn sources(folder: &Path, into: &mut Vec<String>) {
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(fs::read_to_string(&path).unwrap());
        }
    }
}

/// Keys the code names with `key!("…")`, wherever the formatter broke the line.
fn spoken_keys() -> BTreeSet<String> {
    let mut texts = Vec::new();
    for folder in ["src", "../omni-domain/src"] {
        sources(&from_crate(folder), &mut texts);
    }
    let mut keys = BTreeSet::new();
    for text in &texts {
        for found in text.split("key!(").skip(1) {
            if let Some(quoted) = found.trim_start().strip_prefix('"') {
                keys.insert(quoted.split('"').next().unwrap().to_owned());
            }
        }
    }
    keys
}

/// Keys the server resolves by itself on the settings screen and in the list of commands.
fn server_keys() -> BTreeSet<String> {
    let mut keys = BTreeSet::from(["command_params".to_owned()]);
    keys.extend(Channel::ALL.iter().map(|channel| format!("command_{}", channel.as_str())));
    for setting in settings::definitions() {
        keys.extend([setting.section, setting.label, setting.help]);
        keys.extend(setting.options.into_iter().map(|option| option.label));
    }
    keys
}

fn placeholders(text: &str) -> BTreeSet<String> {
    let inside = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    inside.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn the_scan_finds_what_it_looks_for() {
    // Guards the two tests below against a scan that finds nothing and so agrees with everything.
    assert!(spoken_keys().len() >= 50, "{}", spoken_keys().len());
    assert!(server_keys().len() >= 40);
    assert_eq!(placeholders("a {b} c {d}"), BTreeSet::from(["b".to_owned(), "d".to_owned()]));
}

#[test]
fn every_language_is_there() {
    assert_eq!(files().keys().map(String::as_str).collect::<Vec<_>>(), LANGUAGES);
}

#[test]
fn no_text_is_missing_or_unused() {
    let wanted: BTreeSet<String> = spoken_keys().union(&server_keys()).cloned().collect();
    for (language, texts) in files() {
        let there: BTreeSet<String> = texts.keys().cloned().collect();
        let missing: Vec<_> = wanted.difference(&there).collect();
        let unused: Vec<_> = there.difference(&wanted).collect();
        assert!(missing.is_empty() && unused.is_empty(), "{language}: missing {missing:?}, unused {unused:?}");
    }
}

#[test]
fn texts_agree_across_languages() {
    let files = files();
    for (language, texts) in &files {
        for (key, text) in texts {
            assert!(
                !text.trim().is_empty() && text.trim() == text,
                "{language} {key} is empty or has blanks around it"
            );
            assert!(key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "{key}");
            assert_eq!(placeholders(text), placeholders(&files["en"][key]), "{language} {key}");
        }
    }
}
