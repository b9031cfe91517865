//! A part of a message as Meta takes it.

use crate::outgoing::{Choice, Part};
use meta_wire::ids::AttachmentId;
use meta_wire::limits::MediaKind;
use meta_wire::request::send::{Button, QuickReply, Template};
use meta_wire::request::{Content, Source};

/// A text with what is under it.
pub fn text(part: &Part) -> (Content, Vec<QuickReply>) {
    if part.choices.iter().any(|choice| choice.link) {
        let buttons = part.choices.iter().map(button).collect();
        (Content::Template(Template::Button { text: part.text.clone(), buttons }), Vec::new())
    } else {
        (Content::Text(part.text.clone()), part.choices.iter().map(quick_reply).collect())
    }
}

fn quick_reply(choice: &Choice) -> QuickReply {
    QuickReply::Text { title: choice.title.clone(), payload: choice.payload.clone(), image_url: None }
}

fn button(choice: &Choice) -> Button {
    let title = choice.title.clone();
    match choice.payload.clone() {
        payload if !choice.link => Button::Postback { title, payload },
        number if number.starts_with('+') => Button::PhoneNumber { title, number },
        url => Button::WebUrl { title, url },
    }
}

/// One file that Meta has already, or several images.
pub fn media(kind: MediaKind, mut uploaded: Vec<AttachmentId>) -> Content {
    match uploaded.pop() {
        Some(only) if uploaded.is_empty() => Content::Media { kind, source: Source::Id(only) },
        last => Content::Images(uploaded.into_iter().chain(last).map(Source::Id).collect()),
    }
}
