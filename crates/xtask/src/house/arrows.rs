//! Which file needs which: by what it imports or names, and by the methods it calls of a type that is spread over files.

use super::source::{ModulePath, Source};
use super::tokens::{self, Import, Receiver};
use std::collections::{BTreeMap, BTreeSet};

/// A type by the module that defines it and its name there.
type Kind = (ModulePath, String);

/// File to file, by index.
type Edges = BTreeSet<(usize, usize)>;

/// What the files of a crate need of each other.
pub(super) struct Arrows {
    /// By imports and paths in the code. A name that a module merely hands on leads to the file that defines it.
    pub(super) imports: Edges,
    /// By calls of methods.
    pub(super) calls: Edges,
    /// The methods each type has of its own, with the files of its `impl` blocks.
    pub(super) methods: BTreeMap<Kind, BTreeMap<String, BTreeSet<usize>>>,
}

/// Where a path leads: a module, and what of the path is left there, the item first.
struct Found {
    module: ModulePath,
    rest: Vec<String>,
}

impl Arrows {
    pub(super) fn of(source: &Source) -> Self {
        let mut methods: BTreeMap<Kind, BTreeMap<String, BTreeSet<usize>>> = BTreeMap::new();
        for code in source.code.iter().filter(|code| !code.methods.is_empty()) {
            let Some(kind) = source.kind(&code.module, code.of.as_deref()) else { continue };
            let Some(file) = source.file_of(&code.module) else { continue };
            let all = methods.entry(kind).or_default();
            for method in &code.methods {
                all.entry(method.clone()).or_default().insert(file);
            }
        }
        let mut arrows = Self { imports: Edges::new(), calls: Edges::new(), methods };
        for (path, module) in &source.modules {
            for import in &module.imports {
                arrows.follow(source, module.file, source.find(path, &import.path));
            }
        }
        for code in &source.code {
            arrows.code(source, code);
        }
        arrows
    }

    /// Imports and calls together.
    pub(super) fn both(&self) -> Edges {
        self.imports.union(&self.calls).copied().collect()
    }

    fn code(&mut self, source: &Source, code: &super::source::Code) {
        let Some(file) = source.file_of(&code.module) else { return };
        let itself = source.kind(&code.module, code.of.as_deref());
        for path in tokens::paths(&code.tokens) {
            match (path.as_slice(), &itself) {
                (["Self", rest @ ..], Some((module, name))) => {
                    let rest = [name.as_str()].into_iter().chain(rest.iter().copied()).map(str::to_owned).collect();
                    self.follow(source, file, Some(Found { module: module.clone(), rest }));
                }
                // One name alone is as likely a variable: it counts when the module hands it on, which is no import.
                ([name], _) if !source.hands_on(&code.module, name) => {}
                _ => {
                    let path: Vec<String> = path.into_iter().map(str::to_owned).collect();
                    self.follow(source, file, source.find(&code.module, &path));
                }
            }
        }
        let mut variables: BTreeMap<&str, Vec<Kind>> = BTreeMap::new();
        for (name, path) in tokens::declared(&code.tokens) {
            let path: Vec<String> = path.into_iter().map(str::to_owned).collect();
            let kind = match (path.as_slice(), &itself) {
                ([name], Some(itself)) if name == "Self" => Some(itself.clone()),
                _ => source.kind(&code.module, Some(&path)).filter(|kind| self.methods.contains_key(kind)),
            };
            variables.entry(name).or_default().extend(kind);
        }
        for (receiver, method) in tokens::method_calls(&code.tokens) {
            let kinds: Vec<&Kind> = match (receiver, &itself) {
                (Receiver::Itself, Some(itself)) => vec![itself],
                (Receiver::Field(field), Some(itself)) if source.field(itself, field).is_some() => {
                    let named = source.field(itself, field).unwrap_or_default();
                    self.methods.keys().filter(|kind| named.contains(kind)).collect()
                }
                (Receiver::Variable(name), _) if variables.get(name).is_some_and(|kinds| !kinds.is_empty()) => {
                    variables.get(name).into_iter().flatten().collect()
                }
                // Of an unknown type any that is spread over files may be meant.
                _ => self.methods.iter().filter(|(_, methods)| is_spread(methods)).map(|(kind, _)| kind).collect(),
            };
            let files = kinds.into_iter().filter_map(|kind| self.methods.get(kind)?.get(method)).flatten();
            self.calls.extend(files.filter(|to| **to != file).map(|to| (file, *to)));
        }
    }

    fn follow(&mut self, source: &Source, from: usize, found: Option<Found>) {
        let Some(found) = found else { return };
        if let Some(to) = source.file_of(&found.module).filter(|to| *to != from) {
            self.imports.insert((from, to));
        }
        // `Kind::method` needs the file of the method as well.
        if let [kind, method, ..] = found.rest.as_slice()
            && let Some(methods) = self.methods.get(&(found.module, kind.clone()))
        {
            let files = methods.get(method).into_iter().flatten();
            self.calls.extend(files.filter(|to| **to != from).map(|to| (from, *to)));
        }
    }
}

fn is_spread(methods: &BTreeMap<String, BTreeSet<usize>>) -> bool {
    methods.values().flatten().collect::<BTreeSet<_>>().len() > 1
}

impl Source {
    fn file_of(&self, module: &ModulePath) -> Option<usize> {
        self.modules.get(module).map(|module| module.file)
    }

    /// The type that a path of a module's code means.
    fn kind(&self, module: &ModulePath, path: Option<&[String]>) -> Option<Kind> {
        let path = path?;
        let found = self.find(module, path);
        match found {
            Some(Found { module, rest }) => Some((module, rest.first()?.clone())),
            None => Some((module.clone(), path.last()?.clone())),
        }
    }

    /// The types in the type of a struct's field.
    fn field(&self, (module, name): &Kind, field: &str) -> Option<Vec<Kind>> {
        let of = self.modules.get(module)?.fields.get(name)?.get(field)?;
        let paths = tokens::paths(of).into_iter().map(|path| path.into_iter().map(str::to_owned).collect::<Vec<_>>());
        Some(paths.filter_map(|path| self.kind(module, Some(&path))).collect())
    }

    fn hands_on(&self, module: &ModulePath, name: &str) -> bool {
        let exports = self.modules.get(module).map(|module| module.exports.as_slice()).unwrap_or_default();
        exports.iter().any(|export| export.name.as_deref() == Some(name))
    }

    /// Where a path leads that stands in a module; `None` for another crate's.
    fn find(&self, module: &ModulePath, path: &[String]) -> Option<Found> {
        self.find_from(module, path, &mut BTreeSet::new())
    }

    fn find_from(&self, module: &ModulePath, path: &[String], seen: &mut BTreeSet<Kind>) -> Option<Found> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.find_in(ModulePath::new(), rest, seen),
            "self" => self.find_in(module.clone(), rest, seen),
            "super" => {
                let mut above = module.clone();
                above.pop()?;
                match rest.first().map(String::as_str) {
                    Some("super") => self.find_from(&above, rest, seen),
                    _ => self.find_in(above, rest, seen),
                }
            }
            _ if self.knows(module, first, &mut BTreeSet::new()) => self.find_in(module.clone(), path, seen),
            _ => None,
        }
    }

    /// Follows what is left of a path inside a module.
    fn find_in(&self, mut at: ModulePath, mut rest: &[String], seen: &mut BTreeSet<Kind>) -> Option<Found> {
        while let Some((next, after)) = rest.split_first() {
            let below: ModulePath = at.iter().cloned().chain([next.clone()]).collect();
            if self.modules.contains_key(&below) {
                at = below;
                rest = after;
                continue;
            }
            if let Some(module) = self.macros.get(next).filter(|_| at.is_empty()) {
                return Some(Found { module: module.clone(), rest: rest.to_vec() });
            }
            let module = self.modules.get(&at)?;
            if module.items.contains(next) || !seen.insert((at.clone(), next.clone())) {
                break;
            }
            let named = module.brought_in().find(|import| import.name.as_ref() == Some(next));
            let source = named.map(|import| import.path.clone()).or_else(|| {
                let mut all = module.brought_in().filter(|import| import.name.is_none());
                let found = all.find(|import| {
                    let from = self.find_from(&at, &import.path, &mut seen.clone());
                    from.is_some_and(|from| {
                        from.rest.is_empty() && self.knows(&from.module, next, &mut BTreeSet::new())
                    })
                })?;
                Some(found.path.iter().cloned().chain([next.clone()]).collect())
            });
            // An item that a macro makes belongs to the module that names it.
            let Some(source) = source else { break };
            let whole: Vec<String> = source.iter().chain(after).cloned().collect();
            return self.find_from(&at, &whole, seen);
        }
        self.modules.contains_key(&at).then(|| Found { module: at, rest: rest.to_vec() })
    }

    /// Whether a name means something in a module, by definition, as a module below it or brought in.
    fn knows(&self, at: &ModulePath, name: &str, seen: &mut BTreeSet<ModulePath>) -> bool {
        let below: ModulePath = at.iter().cloned().chain([name.to_owned()]).collect();
        let Some(module) = self.modules.get(at) else { return false };
        self.modules.contains_key(&below)
            || module.items.contains(name)
            || module.brought_in().any(|import| import.name.as_deref() == Some(name))
            || (seen.insert(at.clone())
                && module.brought_in().filter(|import| import.name.is_none()).any(|import| {
                    let first = import.path.first().cloned().unwrap_or_default();
                    let below: ModulePath = at.iter().cloned().chain([first.clone()]).collect();
                    // Others are another crate's.
                    (["crate", "self", "super"].contains(&first.as_str()) || self.modules.contains_key(&below))
                        .then(|| self.find_from(at, &import.path, &mut BTreeSet::new()))
                        .flatten()
                        .is_some_and(|from| from.rest.is_empty() && self.knows(&from.module, name, seen))
                }))
    }
}

impl super::source::Module {
    fn brought_in(&self) -> impl Iterator<Item = &Import> {
        self.imports.iter().chain(&self.exports)
    }
}

/// Groups of more than one file that all need each other, the largest first.
pub(super) fn circles(edges: &Edges) -> Vec<BTreeSet<usize>> {
    let mut next: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (from, to) in edges {
        next.entry(*from).or_default().insert(*to);
    }
    let reached = |from: usize| {
        let mut seen = BTreeSet::new();
        let mut left = vec![from];
        while let Some(at) = left.pop() {
            for to in next.get(&at).into_iter().flatten() {
                if seen.insert(*to) {
                    left.push(*to);
                }
            }
        }
        seen
    };
    let reach: BTreeMap<usize, BTreeSet<usize>> = next.keys().map(|from| (*from, reached(*from))).collect();
    let mut circles: Vec<BTreeSet<usize>> = Vec::new();
    for (from, to) in &reach {
        if circles.iter().any(|circle| circle.contains(from)) {
            continue;
        }
        let back = |other: &usize| reach.get(other).is_some_and(|reach| reach.contains(from));
        let circle: BTreeSet<usize> = to.iter().copied().filter(back).collect();
        if circle.len() > 1 {
            circles.push(circle);
        }
    }
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}
