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
mod error;
mod graph;
mod http;
mod multipart;
pub mod oauth;
pub mod send;
pub mod subscriptions;
mod version;

pub use error::RequestError;
pub use graph::{Business, Graph, Route};
pub use http::{Body, HttpRequest, Method};
pub use multipart::{Boundary, FilePart, Multipart};
pub use send::{
    Action, Content, MessagingType, Recipient, Send, SendFile, Source, Tag, ThreadControl, send, send_file,
    sender_action,
};
pub use version::{GraphVersion, InvalidGraphVersion};
