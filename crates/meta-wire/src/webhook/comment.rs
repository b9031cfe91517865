//! Comments: Instagram's `comments` and `live_comments`, and `feed` changes of a Page with `item: comment`. Each can be
//! answered by one private reply.
//!
//! Sources: [Instagram fields](https://developers.facebook.com/docs/graph-api/webhooks/reference/instagram),
//! [Page fields](https://developers.facebook.com/docs/graph-api/webhooks/reference/page),
//! [private replies](https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/private-replies).

use super::fault::Fault;
use super::reader::{Node, Object};
use crate::ids::{CommentId, MediaId, NumericId, PostId};
use crate::private::Private;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// A comment on a post, reel or live video of the account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comment {
    /// The comment: `comment_id`, or `id` with Instagram Login.
    pub id: CommentId,
    /// What was written; absent when it was removed.
    pub text: Option<Private>,
    /// Who wrote it.
    pub from: Option<Author>,
    /// The comment it answers.
    pub parent_id: Option<CommentId>,
    /// The Page's post, Messenger only.
    pub post_id: Option<PostId>,
    /// The media, Instagram only.
    pub media: Option<CommentedMedia>,
    /// It was made during a live video, which alone allows a private reply while it lasts.
    pub live: bool,
    /// What happened to it, such as `add`, `edited` or `remove`; Instagram reports new ones only and has no such word.
    pub verb: Option<String>,
    /// When it was made, Messenger only.
    pub created: Option<UnixMillis>,
}

/// Who wrote a comment or a post. On Instagram the id is the one of the later conversation; on Messenger it is not: a
/// private reply answers with the right one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Author {
    /// Their id.
    pub id: Option<NumericId>,
    /// Their name or Instagram username.
    pub name: Option<Private>,
}

/// The media under an Instagram comment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommentedMedia {
    /// The media.
    pub id: Option<MediaId>,
    /// Where it is published, such as `FEED`, `REELS` or `AD`.
    pub media_product_type: Option<String>,
    /// The ad, if it is one.
    pub ad_id: Option<NumericId>,
    /// The ad's title.
    pub ad_title: Option<String>,
    /// The media an ad was made from.
    pub original_media_id: Option<NumericId>,
}

impl Comment {
    pub(super) fn read(node: Node<'_, '_>, live: bool) -> Result<Self, Fault> {
        let comment = node.object()?;
        let id = match comment.get("comment_id").or_else(|| comment.get("id")) {
            Some(id) => id.id()?,
            None => return Err(comment.missing("comment_id")),
        };
        Ok(Self {
            id,
            text: comment.optional_private("text").or_else(|| comment.optional_private("message")),
            from: author(&comment),
            parent_id: comment.optional_id("parent_id"),
            post_id: comment.optional_id("post_id"),
            media: comment.optional("media", commented_media),
            live,
            verb: comment.optional_text("verb"),
            created: comment.optional_time("created_time"),
        })
    }
}

/// Reads `from`, or the older `sender_id` and `sender_name`.
pub(super) fn author(holder: &Object<'_, '_>) -> Option<Author> {
    let from = holder.optional("from", |node| {
        let from = node.object()?;
        let name = from.optional_private("username").or_else(|| from.optional_private("name"));
        Ok(Author { id: from.optional_numeric_id("id"), name })
    });
    from.or_else(|| {
        let id = holder.optional_numeric_id("sender_id");
        let name = holder.optional_private("sender_name");
        (id.is_some() || name.is_some()).then_some(Author { id, name })
    })
}

fn commented_media(node: Node<'_, '_>) -> Result<CommentedMedia, Fault> {
    let media = node.object()?;
    Ok(CommentedMedia {
        id: media.optional_id("id"),
        media_product_type: media.optional_text("media_product_type"),
        ad_id: media.optional_numeric_id("ad_id"),
        ad_title: media.optional_text("ad_title"),
        original_media_id: media.optional_numeric_id("original_media_id"),
    })
}
