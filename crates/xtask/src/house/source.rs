//! A crate's source as modules: which file holds them, what they define and import, and the code in them. Tests are
//! left out.

use super::tokens::{self, Import, Token};
use anyhow::{Context, Result, bail};
use quote::ToTokens;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::spanned::Spanned;

/// The names from the crate's root to a module.
pub(super) type ModulePath = Vec<String>;

/// A crate's files by their path below `src`.
pub(super) type Files = BTreeMap<String, String>;

/// The files of a crate's `src` folder; none when there is no such crate.
pub(super) fn read(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        if !next.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&next).with_context(|| format!("listing {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
                let below = path.strip_prefix(folder)?.components().map(|part| part.as_os_str().to_string_lossy());
                files.insert(below.collect::<Vec<_>>().join("/"), text);
            }
        }
    }
    Ok(files)
}

/// What the check knows of a crate.
#[derive(Default)]
pub(super) struct Source {
    /// Path below `src` and number of lines without tests.
    pub(super) files: Vec<(String, usize)>,
    pub(super) modules: BTreeMap<ModulePath, Module>,
    pub(super) code: Vec<Code>,
    /// The macros that stand at the crate's root wherever they are defined, and the modules that define them.
    pub(super) macros: BTreeMap<String, ModulePath>,
}

/// A module: a file of its own, or braces in one.
#[derive(Default)]
pub(super) struct Module {
    /// Index of its file.
    pub(super) file: usize,
    /// What it defines itself.
    pub(super) items: BTreeSet<String>,
    /// What it takes from elsewhere for itself.
    pub(super) imports: Vec<Import>,
    /// What it takes from elsewhere and hands on.
    pub(super) exports: Vec<Import>,
    /// The fields of its structs, each with every name in its type.
    pub(super) fields: BTreeMap<String, BTreeMap<String, Vec<Token>>>,
}

/// A stretch of code: one item.
pub(super) struct Code {
    pub(super) module: ModulePath,
    /// The type whose `impl` it is, as written there.
    pub(super) of: Option<Vec<String>>,
    /// The methods it gives that type by itself, not by way of a trait.
    pub(super) methods: Vec<String>,
    pub(super) tokens: Vec<Token>,
}

impl Source {
    /// Follows the `mod` declarations from the crate's root.
    pub(super) fn parse(texts: &Files) -> Result<Self> {
        let mut source = Self::default();
        if texts.is_empty() {
            return Ok(source);
        }
        let Some(root) = ["lib.rs", "main.rs"].into_iter().find(|name| texts.contains_key(*name)) else {
            bail!("the crate has neither lib.rs nor main.rs");
        };
        source.file(texts, root, ModulePath::new())?;
        Ok(source)
    }

    fn file(&mut self, texts: &Files, path: &str, module: ModulePath) -> Result<()> {
        let text = texts.get(path).with_context(|| format!("there is no {path}"))?;
        let parsed = syn::parse_file(text).with_context(|| format!("{path} is not understood"))?;
        let of_tests: usize = parsed.items.iter().filter(|item| is_test(item)).map(lines_of).sum();
        let file = self.files.len();
        self.files.push((path.to_owned(), text.lines().count().saturating_sub(of_tests)));
        self.items(texts, file, module, parsed.items)
    }

    fn items(&mut self, texts: &Files, file: usize, path: ModulePath, items: Vec<syn::Item>) -> Result<()> {
        let mut module = Module { file, ..Module::default() };
        for item in items {
            self.item(texts, &path, &mut module, &item)?;
        }
        self.modules.insert(path, module);
        Ok(())
    }

    fn item(&mut self, texts: &Files, path: &ModulePath, module: &mut Module, item: &syn::Item) -> Result<()> {
        if is_test(item) {
            return Ok(());
        }
        let mut code = Code { module: path.clone(), of: None, methods: Vec::new(), tokens: Vec::new() };
        match item {
            syn::Item::Mod(inner) => {
                let below: ModulePath = path.iter().cloned().chain([inner.ident.to_string()]).collect();
                return match &inner.content {
                    Some((_, items)) => self.items(texts, module.file, below, items.clone()),
                    None => {
                        let names = [format!("{}.rs", below.join("/")), format!("{}/mod.rs", below.join("/"))];
                        let found = names.iter().find(|name| texts.contains_key(*name));
                        self.file(texts, found.with_context(|| format!("there is no {}", names.join(" or ")))?, below)
                    }
                };
            }
            syn::Item::Use(import) => {
                let found = tokens::imports(&tokens::flat(item.to_token_stream()));
                let handed_on = !matches!(import.vis, syn::Visibility::Inherited);
                if handed_on { &mut module.exports } else { &mut module.imports }.extend(found);
                return Ok(());
            }
            syn::Item::Macro(call) => {
                if let Some(name) = &call.ident
                    && call.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"))
                {
                    self.macros.insert(name.to_string(), path.clone());
                }
                // A macro around items, like `plain! { pub struct … }`: its items are the module's.
                if let Ok(inner) = syn::parse2::<syn::File>(call.mac.tokens.clone())
                    && call.ident.is_none()
                {
                    for item in inner.items {
                        self.item(texts, path, module, &item)?;
                    }
                    return Ok(());
                }
            }
            syn::Item::Impl(block) => {
                if let syn::Type::Path(of) = &*block.self_ty {
                    code.of = Some(of.path.segments.iter().map(|segment| segment.ident.to_string()).collect());
                }
                if block.trait_.is_none() {
                    code.methods.extend(block.items.iter().filter_map(|item| match item {
                        syn::ImplItem::Fn(method) => Some(method.sig.ident.to_string()),
                        _ => None,
                    }));
                }
            }
            syn::Item::Struct(kind) => {
                let named = kind.fields.iter().filter_map(|field| {
                    Some((field.ident.as_ref()?.to_string(), tokens::flat(field.ty.to_token_stream())))
                });
                module.fields.insert(kind.ident.to_string(), named.collect());
            }
            _ => {}
        }
        module.items.extend(name(item));
        code.tokens = tokens::flat(item.to_token_stream());
        module.imports.extend(tokens::imports(&code.tokens));
        self.code.push(code);
        Ok(())
    }
}

fn lines_of(item: &syn::Item) -> usize {
    let span = item.span();
    span.end().line.saturating_sub(span.start().line) + 1
}

/// Whether the item is compiled for tests only.
fn is_test(item: &syn::Item) -> bool {
    attributes(item).iter().any(|attribute| {
        let meta = &attribute.meta;
        meta.path().is_ident("cfg") && meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name(item: &syn::Item) -> Option<String> {
    let ident = match item {
        syn::Item::Const(item) => &item.ident,
        syn::Item::Enum(item) => &item.ident,
        syn::Item::Fn(item) => &item.sig.ident,
        syn::Item::Macro(item) => item.ident.as_ref()?,
        syn::Item::Static(item) => &item.ident,
        syn::Item::Struct(item) => &item.ident,
        syn::Item::Trait(item) => &item.ident,
        syn::Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}
