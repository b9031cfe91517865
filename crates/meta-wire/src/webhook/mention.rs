//! `mentions` (Instagram) and `mention` (Page): the account was named in somebody's comment or post.
//!
//! Sources: [Instagram mentions](https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-facebook-login/mentions),
//! [Page fields](https://developers.facebook.com/docs/graph-api/webhooks/reference/page).

use super::comment::{Author, author};
use super::fault::Fault;
use super::reader::Node;
use crate::ids::{CommentId, MediaId, PostId};
use crate::private::Private;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// Where the account was named. Instagram gives ids only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mention {
    /// The comment; absent when the caption itself names the account.
    pub comment_id: Option<CommentId>,
    /// The media, Instagram only.
    pub media_id: Option<MediaId>,
    /// The post, Pages only.
    pub post_id: Option<PostId>,
    /// Who named it, Pages only.
    pub from: Option<Author>,
    /// What was written, Pages only.
    pub text: Option<Private>,
    /// What happened, such as `add`; Pages only.
    pub verb: Option<String>,
    /// When, Pages only.
    pub created: Option<UnixMillis>,
}

impl Mention {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Fault> {
        let mention = node.object()?;
        let comment_id = mention.optional_id("comment_id");
        let media_id = mention.optional_id("media_id");
        let post_id = mention.optional_id("post_id");
        if comment_id.is_none() && media_id.is_none() && post_id.is_none() {
            return Err(mention.missing("media_id"));
        }
        Ok(Self {
            comment_id,
            media_id,
            post_id,
            from: author(&mention),
            text: mention.optional_private("message"),
            verb: mention.optional_text("verb"),
            created: mention.optional_time("created_time"),
        })
    }
}
