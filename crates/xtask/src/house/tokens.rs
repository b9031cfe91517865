//! Code as a flat list of tokens: what stands inside a macro's braces is seen like everything else.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// One token, as far as paths and calls are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or a keyword, and its line.
    Word(String, usize),
    /// `::`
    PathSeparator,
    /// Any other sign; of a bracket the sign that opens or closes it.
    Sign(char),
    /// A number, a text.
    Literal,
}

impl Token {
    /// The name or keyword.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word, _) => Some(word),
            _ => None,
        }
    }

    fn is(&self, sign: char) -> bool {
        *self == Self::Sign(sign)
    }
}

/// Tokens one after the other, brackets included.
pub(super) fn flat(stream: TokenStream) -> Vec<Token> {
    let mut out = Vec::new();
    push(stream, &mut out);
    out
}

fn push(stream: TokenStream, out: &mut Vec<Token>) {
    let mut half = false;
    for tree in stream {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ('(', ')'),
                    Delimiter::Brace => ('{', '}'),
                    Delimiter::Bracket => ('[', ']'),
                    Delimiter::None => (' ', ' '),
                };
                out.push(Token::Sign(open));
                push(group.stream(), out);
                out.push(Token::Sign(close));
            }
            TokenTree::Ident(word) => {
                let line = word.span().start().line;
                out.push(Token::Word(word.to_string().trim_start_matches("r#").to_owned(), line));
            }
            TokenTree::Punct(sign) if sign.as_char() == ':' => {
                if half {
                    out.pop();
                    out.push(Token::PathSeparator);
                    half = false;
                } else {
                    out.push(Token::Sign(':'));
                    half = sign.spacing() == Spacing::Joint;
                }
                continue;
            }
            TokenTree::Punct(sign) => out.push(Token::Sign(sign.as_char())),
            TokenTree::Literal(_) => out.push(Token::Literal),
        }
        half = false;
    }
}

/// One name that a `use` brings in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Import {
    /// Where it comes from, as written.
    pub(super) path: Vec<String>,
    /// What it is called here; `None` for `*`, whose path is the module's.
    pub(super) name: Option<String>,
}

/// The names that each `use` among the tokens brings in, also inside functions.
pub(super) fn imports(tokens: &[Token]) -> Vec<Import> {
    let mut out = Vec::new();
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if first.word() == Some("use") {
            rest = import_tree(rest, &[], &mut out);
        }
    }
    out
}

/// Reads one tree of a `use` and returns what follows it.
fn import_tree<'a>(mut rest: &'a [Token], prefix: &[String], out: &mut Vec<Import>) -> &'a [Token] {
    let mut path = prefix.to_vec();
    loop {
        match rest {
            [Token::PathSeparator, after @ ..] => rest = after,
            [Token::Sign('*'), after @ ..] => {
                out.push(Import { path, name: None });
                return after;
            }
            [Token::Sign('{'), after @ ..] => {
                rest = after;
                loop {
                    match rest {
                        [Token::Sign('}'), after @ ..] => return after,
                        [Token::Sign(','), after @ ..] => rest = after,
                        [] => return rest,
                        _ => {
                            let before = rest.len();
                            rest = import_tree(rest, &path, out);
                            if rest.len() == before {
                                return rest;
                            }
                        }
                    }
                }
            }
            [Token::Word(word, _), Token::Word(alias, _), after @ ..] if word == "as" => {
                out.push(Import { path, name: Some(alias.clone()) });
                return after;
            }
            [Token::Word(word, _), after @ ..] => {
                // `a::{self}` is `a`.
                if word != "self" || path.is_empty() {
                    path.push(word.clone());
                }
                rest = after;
                if !matches!(rest, [Token::PathSeparator, ..])
                    && !matches!(rest, [Token::Word(next, _), ..] if next == "as")
                {
                    let name = path.last().cloned();
                    out.push(Import { path, name });
                    return rest;
                }
            }
            _ => return rest,
        }
    }
}

/// The names of every path in the code, except in `use`. A single name may as well be a variable.
pub(super) fn paths(tokens: &[Token]) -> Vec<Vec<&str>> {
    let mut out = Vec::new();
    let mut importing = false;
    for (at, token) in tokens.iter().enumerate() {
        let after = tokens.get(at + 1..).unwrap_or_default();
        match token.word() {
            // Not the `use<>` of a returned type.
            Some("use") => importing = !after.first().is_some_and(|token| token.is('<')),
            Some(word) if !importing => {
                let goes_on = match tokens.get(..at) {
                    Some([.., Token::Sign('.'), Token::Sign('.')]) => false,
                    Some([.., Token::PathSeparator | Token::Sign('.' | '\'')]) => true,
                    _ => false,
                };
                let names_a_field = after.first().is_some_and(|token| token.is(':'));
                if !goes_on && !names_a_field {
                    out.push(path_from(word, after));
                }
            }
            _ if token.is(';') => importing = false,
            _ => {}
        }
    }
    out
}

fn path_from<'a>(first: &'a str, mut rest: &'a [Token]) -> Vec<&'a str> {
    let mut names = vec![first];
    loop {
        match rest {
            [Token::PathSeparator, Token::Word(word, _), after @ ..] => {
                names.push(word);
                rest = after;
            }
            // `Kind::<A>::make`
            [Token::PathSeparator, Token::Sign('<'), after @ ..] => rest = behind_generics(after),
            _ => return names,
        }
    }
}

fn behind_generics(mut rest: &[Token]) -> &[Token] {
    let mut depth = 1;
    while depth > 0 {
        let Some((token, after)) = rest.split_first() else { return rest };
        depth += i32::from(token.is('<')) - i32::from(token.is('>'));
        rest = after;
    }
    rest
}

/// What a method is called on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Receiver<'a> {
    /// `self.name()`
    Itself,
    /// `self.field.name()`
    Field(&'a str),
    /// `variable.name()`
    Variable(&'a str),
    /// Anything else: its type is not known here.
    Unknown,
}

/// Every call of a method: on what, and its name.
pub(super) fn method_calls(tokens: &[Token]) -> Vec<(Receiver<'_>, &str)> {
    let mut out = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(name) = token.word() else { continue };
        let called = match tokens.get(at + 1..) {
            Some([Token::Sign('('), ..]) => true,
            Some([Token::PathSeparator, Token::Sign('<'), after @ ..]) => {
                matches!(behind_generics(after), [Token::Sign('('), ..])
            }
            _ => false,
        };
        if !called {
            continue;
        }
        match tokens.get(..at) {
            Some([.., Token::Word(itself, _), Token::Sign('.'), Token::Word(field, _), Token::Sign('.')])
                if itself == "self" =>
            {
                out.push((Receiver::Field(field), name));
            }
            Some([.., Token::Sign('.'), Token::Sign('.'), Token::Word(variable, _), Token::Sign('.')])
                if variable != "self" =>
            {
                out.push((Receiver::Variable(variable), name));
            }
            Some([.., Token::Sign('.'), Token::Word(variable, _), Token::Sign('.')]) if variable != "self" => {
                out.push((Receiver::Unknown, name));
            }
            Some([.., Token::Word(itself, _), Token::Sign('.')]) if itself == "self" => {
                out.push((Receiver::Itself, name));
            }
            Some([.., Token::Word(variable, _), Token::Sign('.')]) => out.push((Receiver::Variable(variable), name)),
            Some([.., Token::Sign('.')]) => out.push((Receiver::Unknown, name)),
            _ => {}
        }
    }
    out
}

/// The types that parameters and variables are declared with, by their names: each type's path without what points to it.
pub(super) fn declared(tokens: &[Token]) -> Vec<(&str, Vec<&str>)> {
    const POINTERS: [&str; 6] = ["mut", "dyn", "impl", "Rc", "Arc", "Box"];
    let mut out = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let (Some(name), Some([Token::Sign(':'), after @ ..])) = (token.word(), tokens.get(at + 1..)) else { continue };
        let mut kind = after;
        loop {
            match kind {
                [Token::Sign('\''), Token::Word(_, _), after @ ..] | [Token::Sign('&' | '<'), after @ ..] => {
                    kind = after;
                }
                [Token::Word(word, _), after @ ..] if POINTERS.contains(&word.as_str()) => kind = after,
                [Token::Word(word, _), after @ ..] => {
                    out.push((name, path_from(word, after)));
                    break;
                }
                _ => break,
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(code: &str) -> Vec<Token> {
        flat(code.parse().unwrap())
    }

    #[test]
    fn use_trees_are_flattened() {
        let found: Vec<String> =
            imports(&tokens("use crate::a::{self, b::{C, D as E}, f::*}; fn x() { use super::g; } use std::fmt as _;"))
                .into_iter()
                .map(|import| format!("{} as {}", import.path.join("::"), import.name.as_deref().unwrap_or("*")))
                .collect();
        assert_eq!(
            found,
            [
                "crate::a as a",
                "crate::a::b::C as C",
                "crate::a::b::D as E",
                "crate::a::f as *",
                "super::g as g",
                "std::fmt as _"
            ]
        );
    }

    #[test]
    fn paths_are_found_inside_macros_and_not_in_fields_or_imports() {
        let code = tokens("use crate::no::way; vec![crate::a::b(), K::<T>::make()]; x.field; S { name: c::D }; ..e::F");
        let found: Vec<String> = paths(&code).into_iter().map(|path| path.join("::")).collect();
        assert_eq!(found, ["vec", "crate::a::b", "K::make", "T", "x", "S", "c::D", "e::F"]);
    }

    #[test]
    fn method_calls_tell_what_they_are_called_on() {
        let code = tokens("self.a(); self.b.c::<T>(); d.e(); self.f().g(); h(); i.j; k.self_.l(); ..m.n()");
        assert_eq!(
            method_calls(&code),
            [
                (Receiver::Itself, "a"),
                (Receiver::Field("b"), "c"),
                (Receiver::Variable("d"), "e"),
                (Receiver::Itself, "f"),
                (Receiver::Unknown, "g"),
                (Receiver::Unknown, "l"),
                (Receiver::Variable("m"), "n"),
            ]
        );
    }

    #[test]
    fn declared_types_are_found_behind_what_points_to_them() {
        let code =
            tokens("fn f(&self, a: &'x mut b::C<D>, e: Rc<F>, g: Option<H>) { let i: J = k; |l: M| S { n: o } }");
        let found: Vec<String> =
            declared(&code).into_iter().map(|(name, kind)| format!("{name}: {}", kind.join("::"))).collect();
        assert_eq!(found, ["a: b::C", "e: F", "g: Option", "i: J", "l: M", "n: o"]);
    }
}
