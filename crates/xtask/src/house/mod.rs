//! The rule of the house: what the crates of the core must look like, so that each part can be read, tested and moved
//! alone.
//!
//! - No circle: two files of one crate do not need each other, directly or by way of others, by what they import or by
//!   the methods they call of a type whose `impl` blocks are spread over files.
//! - No type has more than [`MOST_METHODS`] methods, no file more than [`MOST_LINES`] lines besides its tests.
//! - `omni-domain` decides and waits for nothing: it names no `Host` and no `async`.
//! - In `omni-core` a room imports only what lies below it in [`ROOMS`].
//!
//! A method is told by its name where the type it is called on is not seen (`self` and its fields are): two methods of
//! one name may then be taken for each other, and another name helps the reader as well.

mod arrows;
mod source;
mod tokens;

use anyhow::{Context, Result};
use arrows::Arrows;
use source::{Files, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

const CRATES: [&str; 3] = ["meta-wire", "omni-domain", "omni-core"];
const MOST_METHODS: usize = 40;
const MOST_LINES: usize = 400;

/// The rooms of `omni-core`, folders or files of this name, from the top down. Rooms in one row do not know each other.
/// What stands in none of them is bound by the rule on circles alone.
const ROOMS: [&[&str]; 12] = [
    &["app"],
    &["serve"],
    &["inbox"],
    &["waiting"],
    &["automation"],
    &["outbox"],
    &["thread"],
    &["accounts"],
    &["gateway"],
    &["store"],
    &["context"],
    &["host"],
];

/// Words that `omni-domain` has no use for.
const NOT_IN_DOMAIN: [&str; 3] = ["Host", "async", "await"];

/// How far the tree still is from the rule. A figure only ever goes down, and its line goes with it. `xtask house` says
/// which are lower by now.
const OWED: &[(&str, usize)] = &[];

/// What the check found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// What breaks the rule by more than is owed.
    pub(crate) broken: Vec<String>,
    /// Lines of the table that can be lowered by now.
    pub(crate) to_lower: Vec<String>,
}

/// A breach of the rule, in figures, with what makes it up.
type Breaches = BTreeMap<String, (usize, Vec<String>)>;

/// Holds the project's crates against the rule.
pub(crate) fn check(root: &Path) -> Result<Report> {
    let mut breaches = Breaches::new();
    for name in CRATES {
        let texts = source::read(&root.join("crates").join(name).join("src"))?;
        breaches.extend(breaches_of(name, &texts).with_context(|| format!("reading the source of {name}"))?);
    }
    Ok(compare(&breaches, OWED))
}

fn compare(breaches: &Breaches, owed: &[(&str, usize)]) -> Report {
    let mut report = Report::default();
    let owed: BTreeMap<&str, usize> = owed.iter().copied().collect();
    for (what, (found, details)) in breaches {
        let may = owed.get(what.as_str()).copied().unwrap_or_default();
        if *found > may {
            let mut text = format!("{what}: {found}, at most {may} may be");
            for detail in details {
                let _ = write!(text, "\n    {detail}");
            }
            report.broken.push(text);
        }
    }
    for (what, may) in owed {
        let found = breaches.get(what).map_or(0, |(found, _)| *found);
        if found < may {
            report.to_lower.push(format!("{what}: {may} → {found}"));
        }
    }
    report
}

fn breaches_of(name: &str, texts: &Files) -> Result<Breaches> {
    let source = Source::parse(texts)?;
    let arrows = Arrows::of(&source);
    let mut out = Breaches::new();
    let file = |at: usize| source.files.get(at).map(|(path, _)| path.as_str()).unwrap_or_default();

    let both = arrows.both();
    let circles = arrows::circles(&both);
    if let Some(largest) = circles.first() {
        let tied: usize = circles.iter().map(BTreeSet::len).sum();
        let within = |(from, to): &&(usize, usize)| circles.iter().any(|ring| ring.contains(from) && ring.contains(to));
        let shown = both.iter().filter(within).map(|(from, to)| {
            let why = if arrows.imports.contains(&(*from, *to)) { "imports" } else { "calls methods in" };
            format!("{} {why} {}", file(*from), file(*to))
        });
        out.insert(format!("{name}: files in the largest circle"), (largest.len(), Vec::new()));
        out.insert(format!("{name}: files in circles"), (tied, shown.collect()));
    }
    for ((_, kind), methods) in arrows.methods.iter().filter(|(_, methods)| methods.len() > MOST_METHODS) {
        out.insert(format!("{name}: methods of {kind}"), (methods.len(), Vec::new()));
    }
    for (path, lines) in source.files.iter().filter(|(_, lines)| *lines > MOST_LINES) {
        out.insert(format!("{name}: lines of {path}"), (*lines, Vec::new()));
    }
    if name == "omni-domain" {
        let words = source.code.iter().flat_map(|code| {
            let file = source.modules.get(&code.module).map(|module| file(module.file)).unwrap_or_default();
            code.tokens.iter().filter_map(move |token| match token {
                tokens::Token::Word(word, line) if NOT_IN_DOMAIN.contains(&word.as_str()) => {
                    Some(format!("{file}, line {line}: `{word}`"))
                }
                _ => None,
            })
        });
        let words: Vec<String> = words.collect();
        if !words.is_empty() {
            out.insert(format!("{name}: words of {}", NOT_IN_DOMAIN.join(", ")), (words.len(), words));
        }
    }
    if name == "omni-core" {
        let upwards = arrows.imports.iter().filter(|(from, to)| is_upwards(file(*from), file(*to)));
        let upwards: Vec<String> = upwards.map(|(from, to)| format!("{} imports {}", file(*from), file(*to))).collect();
        if !upwards.is_empty() {
            out.insert(format!("{name}: imports upwards"), (upwards.len(), upwards));
        }
    }
    Ok(out)
}

fn is_upwards(from: &str, to: &str) -> bool {
    let (Some((from, row)), Some((to, other_row))) = (room(from), room(to)) else { return false };
    other_row < row || (other_row == row && from != to)
}

/// The room a file is in, and its row.
fn room(path: &str) -> Option<(&str, usize)> {
    let first = path.split('/').next()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    ROOMS.iter().position(|row| row.contains(&name)).map(|row| (name, row))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(files: &[(&str, &str)]) -> Files {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    /// What of the rule a made-up crate breaks, as `what: figure`.
    fn broken(name: &str, files: &[(&str, &str)]) -> Vec<String> {
        let breaches = breaches_of(name, &texts(files)).unwrap();
        breaches.into_iter().map(|(what, (figure, _))| format!("{what}: {figure}")).collect()
    }

    /// The size of the largest circle of a made-up crate.
    fn circle(files: &[(&str, &str)]) -> usize {
        let breaches = breaches_of("omni-core", &texts(files)).unwrap();
        breaches.get("omni-core: files in the largest circle").map_or(0, |(figure, _)| *figure)
    }

    #[test]
    fn the_project_keeps_the_rule_of_the_house() {
        let report = check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
        assert!(report.broken.is_empty(), "{}", report.broken.join("\n"));
    }

    #[test]
    fn a_figure_may_fall_and_not_grow() {
        let breaches =
            Breaches::from([("a".to_owned(), (2, vec!["why".to_owned()])), ("b".to_owned(), (3, Vec::new()))]);
        let report = compare(&breaches, &[("a", 1), ("b", 4), ("c", 5)]);
        assert_eq!(report.broken, ["a: 2, at most 1 may be\n    why"]);
        assert_eq!(report.to_lower, ["b: 4 → 3", "c: 5 → 0"]);
    }

    #[test]
    fn a_missing_crate_breaks_nothing() {
        assert!(broken("omni-domain", &[]).is_empty());
    }

    #[test]
    fn files_that_import_each_other_are_a_circle() {
        let root = ("lib.rs", "mod a; mod b; mod c;");
        let b = ("b.rs", "pub fn b() { crate::c::c() }");
        assert_eq!(circle(&[root, ("a.rs", "use crate::b::b;"), b, ("c.rs", "pub fn c() {}")]), 0);
        assert_eq!(circle(&[root, ("a.rs", "use crate::b::b;"), b, ("c.rs", "pub fn c() { vec![crate::a::A] }")]), 3);
        assert_eq!(circle(&[root, ("a.rs", ""), b, ("c.rs", "pub fn c() { use super::b; b::b(); }")]), 2);
    }

    #[test]
    fn a_reexport_leads_to_the_file_that_defines_the_name() {
        let root = ("lib.rs", "mod room; mod other;");
        let other = ("other.rs", "use crate::room::A;");
        let b = ("room/b.rs", "pub struct B;");
        let a = ("room/a.rs", "use super::B; pub struct A;");
        // The folder's mod.rs needs nothing of what it hands on, neither by name nor by `*`.
        assert_eq!(circle(&[root, other, ("room/mod.rs", "mod a; mod b; pub use a::A; pub use b::B;"), a, b]), 0);
        assert_eq!(circle(&[root, other, ("room/mod.rs", "mod a; mod b; pub use a::*; pub use b::*;"), a, b]), 0);
        let back = ("room/b.rs", "use crate::other; pub struct B;");
        assert_eq!(circle(&[root, other, ("room/mod.rs", "mod a; mod b; pub use a::A; pub use b::B;"), a, back]), 3);
        // Now it does, and what it hands on needs something of its own.
        let uses = ("room/mod.rs", "mod a; mod b; pub use a::A; pub use b::B; pub fn make(a: A) {}");
        assert_eq!(circle(&[root, other, uses, ("room/a.rs", "use super::make; pub struct A;"), b]), 2);
    }

    #[test]
    fn a_macro_at_the_root_belongs_to_the_file_that_defines_it() {
        let root = ("lib.rs", "mod a; mod b; use b::b;");
        let a = ("a.rs", "#[macro_export] macro_rules! key { () => {} }");
        assert_eq!(circle(&[root, a, ("b.rs", "use crate::key; pub fn b() { crate::key!() }")]), 0);
    }

    #[test]
    fn methods_of_one_type_over_files_tie_those_that_call_each_other() {
        let root = ("lib.rs", "mod a; mod b; mod kind;");
        let kind = ("kind.rs", "pub struct Kind; impl Kind { pub fn k(&self) {} }");
        let a = ("a.rs", "use crate::kind::Kind; impl<H> Kind<H> { async fn a(&self) { self.b().await } }");
        let calls = ("b.rs", "use crate::kind::Kind; impl Kind { fn b(&self) { self.k(); self.a::<u8>() } }");
        let calls_not = ("b.rs", "use crate::kind::Kind; impl Kind { fn b(&self) { self.k() } }");
        let function = ("b.rs", "use crate::kind::Kind; impl Kind { fn b(&self) { other().a() } }");
        let by_path = ("b.rs", "use crate::kind::Kind; impl Kind { fn b(&self) { Self::a(self) } }");
        assert_eq!(circle(&[root, kind, a, calls]), 2);
        assert_eq!(circle(&[root, kind, a, calls_not]), 0);
        assert_eq!(circle(&[root, kind, a, function]), 2);
        assert_eq!(circle(&[root, kind, a, by_path]), 2);
    }

    #[test]
    fn a_method_of_another_type_that_is_seen_is_no_call() {
        let root = ("lib.rs", "mod a; mod b; mod kind;");
        let kind = ("kind.rs", "pub struct Kind; impl Kind { fn k(&self) {} }");
        let a = ("a.rs", "use crate::b::Other; use crate::kind::Kind; impl Kind { fn a(&self) {} }");
        for b in [
            "pub struct Other; impl Other { fn a(&self) {} fn b(&self) { self.a() } }",
            "pub struct Other { inner: Box<Inner> } struct Inner; impl Inner { fn a(&self) {} } impl Other { fn b(&self) { self.inner.a() } }",
            "pub struct Other; impl Other { fn a(&self) {} } fn b(other: &mut Other) { other.a() }",
        ] {
            assert_eq!(circle(&[root, kind, a, ("b.rs", b)]), 0, "{b}");
        }
        assert_eq!(circle(&[root, kind, a, ("b.rs", "pub struct Other; fn b(other: impl Fn()) { other.a() }")]), 2);
    }

    #[test]
    fn private_types_of_one_name_are_two() {
        let part = "struct Part; impl Part { fn made(&self) {} } fn use_it(part: Part) { part.made() }";
        let a = format!("use crate::b::B; {part}");
        assert_eq!(circle(&[("lib.rs", "mod a; mod b;"), ("a.rs", &a), ("b.rs", &format!("pub struct B; {part}"))]), 0);
    }

    #[test]
    fn tests_do_not_count() {
        let root = ("lib.rs", "mod a; mod b;");
        let b = ("b.rs", "pub struct B;\n#[cfg(test)]\nmod tests { use crate::a; }\n#[cfg(test)]\nmod more;");
        assert_eq!(circle(&[root, ("a.rs", "use crate::b::B;"), b]), 0);
        let long = |test: &str| format!("fn a() {{\n{}}}\n#[cfg(test)]\nmod tests {{\n{test}}}\n", "\n".repeat(398));
        let file = long(&"\n".repeat(500));
        assert!(broken("omni-core", &[("lib.rs", &file)]).is_empty());
        let file = format!("\n{file}");
        assert_eq!(broken("omni-core", &[("lib.rs", &file)]), ["omni-core: lines of lib.rs: 401"]);
    }

    #[test]
    fn methods_of_all_blocks_are_counted_and_those_of_traits_are_not() {
        let methods = |names: std::ops::Range<usize>| names.map(|n| format!("fn m{n}(&self) {{}}")).collect::<String>();
        let root = format!(
            "mod a; pub struct Kind; impl Kind {{ {} }} impl Clone for Kind {{ fn clone(&self) {{}} }}",
            methods(0..30)
        );
        let in_a = |to| format!("use super::Kind; impl Kind {{ {} }}", methods(30..to));
        assert!(broken("meta-wire", &[("lib.rs", &root), ("a.rs", &in_a(40))]).is_empty());
        let one_more = broken("meta-wire", &[("lib.rs", &root), ("a.rs", &in_a(41))]);
        assert_eq!(one_more, ["meta-wire: methods of Kind: 41"]);
    }

    #[test]
    fn the_domain_names_no_host_and_waits_for_nothing() {
        let fine = [("lib.rs", "/// Not of the Host.\npub fn host() -> &'static str { \"async Host\" }")];
        assert!(broken("omni-domain", &fine).is_empty());
        for bad in ["fn a(host: &dyn Host) {}", "async fn a() {}", "fn a() { b!(c.await) }"] {
            assert_eq!(broken("omni-domain", &[("lib.rs", bad)]).len(), 1, "{bad}");
            assert!(broken("omni-core", &[("lib.rs", bad)]).is_empty(), "{bad}");
        }
    }

    #[test]
    fn rooms_import_downwards_only() {
        let root = ("lib.rs", "mod store; mod outbox; mod waiting; mod automation; mod error;");
        let imports = |room: &'static str, what: &'static str| {
            let mut files = vec![root];
            let rooms = ["store.rs", "outbox/mod.rs", "waiting.rs", "automation.rs", "error.rs"];
            files.extend(rooms.into_iter().map(|path| (path, if path == room { what } else { "" })));
            broken("omni-core", &files)
        };
        assert!(imports("outbox/mod.rs", "use crate::store::Entry;").is_empty());
        assert!(imports("store.rs", "use crate::error::CoreError;").is_empty());
        assert!(imports("error.rs", "use crate::store::Entry;").is_empty());
        assert_eq!(imports("store.rs", "use crate::outbox::Sent;"), ["omni-core: imports upwards: 1"]);
        assert!(imports("waiting.rs", "use crate::automation::Rule;").is_empty());
        assert_eq!(imports("automation.rs", "use crate::waiting::Entry;"), ["omni-core: imports upwards: 1"]);
    }
}
