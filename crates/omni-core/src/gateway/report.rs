//! The lines that the doctor prints.

use crate::context::Context;
use crate::host::Host;
use omni_domain::graph_error::GraphCallError;
use omni_domain::texts::{Key, Lang};

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckStatus {
    Good,
    Bad,
    /// It could not be checked, or says nothing by itself.
    Open,
}

impl CheckStatus {
    pub(crate) fn of(good: bool) -> Self {
        if good { Self::Good } else { Self::Bad }
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Bad => "✗",
            Self::Open => "○",
        }
    }
}

/// The checks of one run, as lines in the reader's language.
pub(crate) struct Report<'a, H> {
    session: &'a Context<H>,
    pub(crate) lang: &'a Lang,
    pub(crate) lines: Vec<String>,
}

impl<'a, H: Host> Report<'a, H> {
    pub(crate) fn new(session: &'a Context<H>, lang: &'a Lang) -> Self {
        Self { session, lang, lines: Vec::new() }
    }

    pub(crate) fn add(&mut self, mark: CheckStatus, key: Key, values: &[(&str, &str)]) {
        self.say(mark, &self.session.text(self.lang, key, values));
    }

    pub(crate) fn say(&mut self, mark: CheckStatus, line: &str) {
        self.lines.push(format!("{} {line}", mark.symbol()));
    }

    pub(crate) fn trouble(&mut self, key: Key, trouble: &GraphCallError) {
        let reason = trouble.text(self.session.translator(self.lang));
        self.add(CheckStatus::Bad, key, &[("reason", &reason)]);
    }
}
