//! Everything the stand-in remembers: Meta's side of apps, people, Pages and threads.

mod access;
mod default;
mod grants;
mod objects;
mod stored;
mod talk;

pub(crate) use access::{Code, Granted, Route, Token, TokenKind};
pub(crate) use objects::{App, Comment, IgAccount, Mode, Page, Persona, Platform, Subscription};
pub(crate) use stored::{Account, DAY_MS, World, thread_key};
pub(crate) use talk::{CallRecord, Media, MediaFault, Message, Owner, Sent, Thread, Upload};
