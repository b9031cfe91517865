//! `feed`: what happens on a Page's wall, apart from comments.
//!
//! Source: [Page fields](https://developers.facebook.com/docs/graph-api/webhooks/reference/page).

use super::comment::{Author, author};
use super::fault::Fault;
use super::reader::Node;
use crate::ids::{CommentId, PostId};
use crate::private::Private;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// A post, reaction or share on a Page's wall. A visitor's post can be answered by one private reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedChange {
    /// What changed, such as `post`, `status`, `photo`, `reaction` or `share`.
    pub item: String,
    /// How, such as `add`, `edited` or `remove`.
    pub verb: Option<String>,
    /// The post.
    pub post_id: Option<PostId>,
    /// The comment reacted to.
    pub comment_id: Option<CommentId>,
    /// Who did it.
    pub from: Option<Author>,
    /// What was written.
    pub text: Option<Private>,
    /// When.
    pub created: Option<UnixMillis>,
}

impl FeedChange {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let change = node.object()?;
        Ok(Self {
            item: change.need("item")?.text()?,
            verb: change.optional_text("verb"),
            post_id: change.optional_id("post_id"),
            comment_id: change.optional_id("comment_id"),
            from: author(&change),
            text: change.optional_private("message"),
            created: change.optional_time("created_time"),
        })
    }
}
