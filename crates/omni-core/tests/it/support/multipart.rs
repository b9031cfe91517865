//! Reads form and multipart bodies back, as Meta would.

use serde_json::{Map, Value};

/// Fields of an `application/x-www-form-urlencoded` body.
pub(super) fn form(text: &str) -> Value {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, text)| (decode(name), value(decode(text))))
        .collect()
}

/// Fields of a multipart body whose file lies between `head` and `tail`; the file's own field holds its name.
pub(super) fn fields(content_type: &str, head: &str, tail: &str) -> Value {
    let boundary = content_type.split_once("boundary=").expect("a multipart body has a boundary").1.trim_matches('"');
    let mark = format!("--{boundary}");
    assert!(tail.trim_end().ends_with(&format!("{mark}--")), "the multipart body is not closed");
    let whole = format!("{head}{tail}");
    let mut fields = Map::new();
    for part in whole.split(mark.as_str()).skip(1) {
        let Some((headers, content)) = part.split_once("\r\n\r\n") else { continue };
        let parameter = |name: &str| {
            let (_, rest) = headers.split_once(&format!("; {name}=\""))?;
            rest.split('"').next().map(str::to_owned)
        };
        let name = parameter("name").expect("a multipart field has a name");
        let content = content.strip_suffix("\r\n").unwrap_or(content).to_owned();
        fields.insert(name, value(parameter("filename").unwrap_or(content)));
    }
    Value::Object(fields)
}

fn value(text: String) -> Value {
    match serde_json::from_str(&text) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => value,
        _ => Value::String(text),
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = (*first == b'%').then(|| tail.get(..2)).flatten();
        let escaped = escaped.and_then(|digits| std::str::from_utf8(digits).ok());
        rest = match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                &tail[2..]
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                tail
            }
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
