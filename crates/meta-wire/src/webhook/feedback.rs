//! `messaging_feedback` and `response_feedback`: how the customer rates the business.
//!
//! Sources: [`messaging_feedback`](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messaging_feedback),
//! [`response_feedback`](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/response_feedback).

use super::fault::Fault;
use super::reader::Node;
use crate::ids::Mid;
use crate::private::Private;
use serde::{Deserialize, Serialize};

/// A filled-in customer feedback template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessagingFeedback {
    /// Its screens, in order.
    pub screens: Vec<FeedbackScreen>,
}

/// One screen of a feedback template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedbackScreen {
    /// Its number.
    pub screen_id: Option<i64>,
    /// Its questions.
    pub questions: Vec<FeedbackQuestion>,
}

/// One answered question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedbackQuestion {
    /// The key the business gave the question.
    pub id: String,
    /// The answer.
    pub answer: FeedbackAnswer,
    /// What the person added.
    pub follow_up: Option<FeedbackAnswer>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedbackAnswer {
    /// `csat`, `nps`, `ces` or `free_form`.
    pub answer_type: Option<String>,
    /// The rating or the words.
    pub payload: Option<Private>,
}

/// Thumbs up or down on one message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResponseFeedback {
    /// `Good response` or `Bad response`.
    pub feedback: String,
    /// The message rated.
    pub mid: Option<Mid>,
}

impl MessagingFeedback {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let screens = node.object()?.need("feedback_screens")?.each_good(|node| {
            let screen = node.object()?;
            let questions = screen.optional("questions", |node| {
                let questions = node.object()?;
                Ok(questions.members().filter_map(|(id, node)| node.noted(question((id, node)))).collect())
            });
            Ok(FeedbackScreen {
                screen_id: screen.optional("screen_id", |node| node.integer()),
                questions: questions.unwrap_or_default(),
            })
        })?;
        Ok(Self { screens })
    }
}

fn question((id, node): (&str, Node<'_, '_>)) -> Result<FeedbackQuestion, Fault> {
    let question = node.object()?;
    Ok(FeedbackQuestion { id: id.to_owned(), answer: answer(node)?, follow_up: question.optional("follow_up", answer) })
}

fn answer(node: Node<'_, '_>) -> Result<FeedbackAnswer, Fault> {
    let answer = node.object()?;
    Ok(FeedbackAnswer { answer_type: answer.optional_text("type"), payload: answer.optional_private("payload") })
}

impl ResponseFeedback {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let feedback = node.object()?;
        Ok(Self { feedback: feedback.need("feedback")?.text()?, mid: feedback.optional_id("mid") })
    }
}
