//! A Graph call as Meta reads it: version, path, and parameters from wherever the caller put them.

use std::collections::BTreeMap;

use axum::http::Method;
use bytes::Bytes;

use super::error::GraphError;
use crate::json::Json;
use crate::reply::Incoming;

/// A file part of a multipart body.
#[derive(Debug, Clone)]
pub(crate) struct FilePart {
    pub(crate) name: String,
    pub(crate) file_name: String,
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
}

#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) host: String,
    pub(crate) method: Method,
    pub(crate) segments: Vec<String>,
    pub(crate) params: BTreeMap<String, Json>,
    pub(crate) files: Vec<FilePart>,
    /// The body in the caller's order, for the record.
    pub(crate) body: Json,
}

impl Call {
    pub(crate) async fn read(incoming: &Incoming) -> Result<Self, GraphError> {
        let mut segments: Vec<String> =
            incoming.path.split('/').filter(|s| !s.is_empty()).map(percent_decode).collect();
        if segments.first().is_some_and(|s| is_version(s)) {
            segments.remove(0);
        }
        let mut call = Self {
            host: incoming.host.clone(),
            method: incoming.method.clone(),
            segments,
            params: BTreeMap::new(),
            files: Vec::new(),
            body: Json::Obj(Vec::new()),
        };
        for (key, value) in form_urlencoded::parse(incoming.query.as_bytes()) {
            call.params.insert(key.into_owned(), Json::Str(value.into_owned()));
        }
        let kind = incoming.headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        if kind.starts_with("multipart/form-data") {
            call.read_multipart(&kind, incoming.body.clone()).await?;
        } else if kind.starts_with("application/json") && !incoming.body.is_empty() {
            let body = serde_json::from_slice::<Json>(&incoming.body)
                .ok()
                .filter(Json::is_object)
                .ok_or_else(|| GraphError::parameter("Invalid JSON for post body"))?;
            for (key, value) in body.fields() {
                call.put(key, value.clone());
            }
        } else {
            for (key, value) in form_urlencoded::parse(&incoming.body) {
                call.put(&key, Json::Str(value.clone().into_owned()));
            }
        }
        if let Some(token) = incoming.headers.get("authorization").and_then(|v| v.to_str().ok()) {
            let token = token.strip_prefix("Bearer ").or_else(|| token.strip_prefix("OAuth ")).unwrap_or(token);
            call.params.insert("access_token".to_owned(), Json::from(token));
        }
        // Old clients tunnel methods: POST with `method=delete`.
        if call.method == Method::POST
            && let Some(method) = call.text("method")
            && let Ok(method) = method.to_ascii_uppercase().parse()
        {
            call.method = method;
        }
        Ok(call)
    }

    fn put(&mut self, key: &str, value: Json) {
        if !matches!(key, "access_token" | "appsecret_proof" | "client_secret") {
            self.body.set(key, parsed(&value));
        }
        self.params.insert(key.to_owned(), value);
    }

    async fn read_multipart(&mut self, kind: &str, body: Bytes) -> Result<(), GraphError> {
        let wrong = |_| GraphError::parameter("Malformed multipart body");
        let boundary = multer::parse_boundary(kind).map_err(wrong)?;
        let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(body)]);
        let mut parts = multer::Multipart::new(stream, boundary);
        while let Some(part) = parts.next_field().await.map_err(wrong)? {
            let name = part.name().unwrap_or_default().to_owned();
            if let Some(file_name) = part.file_name().map(str::to_owned) {
                let content_type = part.content_type().map(ToString::to_string).unwrap_or_default();
                let bytes = part.bytes().await.map_err(wrong)?;
                self.files.push(FilePart { name, file_name, content_type, bytes });
            } else {
                let text = part.text().await.map_err(wrong)?;
                self.put(&name, Json::Str(text));
            }
        }
        Ok(())
    }

    /// A parameter as text, whether it came as a string or a number.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.params.get(key).and_then(Json::text).filter(|s| !s.is_empty())
    }

    /// A parameter as JSON: parsed when it came as a string, the way forms and multipart carry objects.
    pub(crate) fn json(&self, key: &str) -> Option<Json> {
        self.params.get(key).map(parsed)
    }

    pub(crate) fn required(&self, key: &str) -> Result<String, GraphError> {
        self.text(key).ok_or_else(|| GraphError::parameter(format!("The parameter {key} is required")))
    }

    /// A list given as an array, a JSON array in a string, or words between commas.
    pub(crate) fn list(&self, key: &str) -> Option<Vec<String>> {
        match self.json(key)? {
            Json::Arr(items) => Some(items.iter().filter_map(Json::text).collect()),
            Json::Str(words) => {
                Some(words.split(',').map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned).collect())
            }
            _ => None,
        }
    }

    pub(crate) fn segment(&self, index: usize) -> &str {
        self.segments.get(index).map_or("", String::as_str)
    }

    pub(crate) fn is_get(&self) -> bool {
        self.method == Method::GET
    }

    pub(crate) fn missing(&self) -> GraphError {
        GraphError::missing(self.method.as_str(), self.segment(0))
    }
}

fn parsed(value: &Json) -> Json {
    match value {
        Json::Str(text) if text.trim_start().starts_with(['{', '[']) => {
            Json::parse(text).unwrap_or_else(|| value.clone())
        }
        _ => value.clone(),
    }
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|n| n.contains('.') && n.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

fn percent_decode(segment: &str) -> String {
    // A path segment decodes like a form value, except that a plus stays a plus.
    form_urlencoded::parse(format!("k={}", segment.replace('+', "%2B").replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, v)| v.into_owned())
        .unwrap_or_default()
}

/// One name in `fields=…`, with its own fields and arguments: `messages.limit(5){id,from}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) sub: Vec<Field>,
    pub(crate) limit: Option<usize>,
}

/// Reads a `fields` expression; unbalanced braces are Meta's syntax error.
pub(crate) fn fields(text: &str) -> Result<Vec<Field>, GraphError> {
    let wrong = || GraphError::new(2500, "Syntax error in the fields parameter");
    let mut out = Vec::new();
    let mut depth = 0_i32;
    let mut current = String::new();
    for c in text.chars().filter(|c| !c.is_whitespace()).chain([',']) {
        match c {
            '{' | '(' => depth += 1,
            '}' | ')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return Err(wrong());
        }
        if c == ',' && depth == 0 {
            if !current.is_empty() {
                out.push(field(&current)?);
                current.clear();
            }
        } else {
            current.push(c);
        }
    }
    if depth == 0 { Ok(out) } else { Err(wrong()) }
}

fn field(text: &str) -> Result<Field, GraphError> {
    let (head, sub) = match text.split_once('{') {
        Some((head, rest)) => (head, fields(rest.strip_suffix('}').unwrap_or(rest))?),
        None => (text, Vec::new()),
    };
    let limit = head
        .split_once(".limit(")
        .and_then(|(_, rest)| rest.split_once(')'))
        .and_then(|(number, _)| number.parse().ok());
    let name = head.split_once('.').map_or(head, |(name, _)| name).to_owned();
    Ok(Field { name, sub, limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_nested_fields_with_arguments() {
        let got = fields("id,instagram_business_account{id,username},messages.limit(5){from{id}}").unwrap();
        assert_eq!(
            got.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(),
            ["id", "instagram_business_account", "messages"]
        );
        assert_eq!(got[1].sub.len(), 2);
        assert_eq!(got[2].limit, Some(5));
        assert_eq!(got[2].sub[0].sub[0].name, "id");
        assert!(fields("a{b").is_err());
    }
}
