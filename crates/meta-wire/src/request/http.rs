//! An HTTP request as a value.

use super::multipart::Multipart;
use std::fmt;

/// HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Sends or changes.
    Post,
    /// Removes.
    Delete,
}

impl Method {
    /// The method's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// Body of a request, together with its content type.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    None,
    /// `application/json`.
    Json(String),
    /// `application/x-www-form-urlencoded`.
    Form(String),
    /// `multipart/form-data` around a file the caller holds.
    Multipart(Multipart),
}

impl Body {
    /// Value of the `Content-Type` header, if there is a body.
    pub fn content_type(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Json(_) => Some("application/json"),
            Self::Form(_) => Some("application/x-www-form-urlencoded"),
            Self::Multipart(multipart) => Some(&multipart.content_type),
        }
    }
}

/// What has to be sent to Meta. Printing it with `{:?}` shows neither credentials nor content.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Method.
    pub method: Method,
    /// Absolute address with query. Not for logs; see [`HttpRequest::endpoint`].
    pub url: String,
    /// Headers, `Content-Type` included.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Body,
}

impl HttpRequest {
    /// Method and address without the query: what may be written to a log.
    pub fn endpoint(&self) -> String {
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        format!("{} {path}", self.method.as_str())
    }

    /// The value of a header, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("endpoint", &self.endpoint())
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Json(text) => write!(f, "Json({} bytes)", text.len()),
            Self::Form(text) => write!(f, "Form({} bytes)", text.len()),
            Self::Multipart(multipart) => multipart.fmt(f),
        }
    }
}
