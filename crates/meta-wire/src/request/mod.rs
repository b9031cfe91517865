//! What can be asked of Meta: every call is a pure function from typed values to an [`HttpRequest`].
//!
//! ```
//! use meta_wire::ids::{PageId, ScopedUserId};
//! use meta_wire::platform::Platform;
//! use meta_wire::request::{Business, Graph, Recipient, Route, Send, send};
//! use meta_wire::token::Token;
//!
//! let graph = Graph::new(Route::FacebookLogin, Token::new("EAAtoken"));
//! let page = Business::new(Platform::Messenger, PageId::new("1111").as_str());
//! let request = send(&graph, &page, &Send::text(Recipient::Id(ScopedUserId::new("2222")), "hi"))?;
//! assert_eq!(request.url, "https://graph.facebook.com/v26.0/1111/messages");
//! # Ok::<(), meta_wire::request::RequestError>(())
//! ```

pub mod accounts;
pub mod conversations;
mod error;
mod graph;
mod http;
pub mod messenger_profile;
mod multipart;
pub mod oauth;
mod profile;
pub mod send;
pub mod subscriptions;
pub mod thread;
mod upload;
mod version;

pub use error::RequestError;
pub use graph::{Business, Graph, Route};
pub use http::{Body, HttpRequest, Method};
pub use multipart::{Boundary, FilePart, Multipart};
pub use profile::{locale, profile};
pub use send::{
    Action, Content, MessagingType, Recipient, Send, SendFile, Source, Tag, ThreadControl, send, send_file,
    sender_action,
};
pub use upload::{upload_file, upload_url};
pub use version::{GraphVersion, InvalidGraphVersion};
