//! Plain data: what crosses a line between processes or is stored, as serde and TypeScript see it.

/// Derives what plain data needs, for structs and enums that follow each other. Callers have `serde`, and a feature `ts` that
/// turns on `ts-rs`.
#[macro_export]
macro_rules! plain {
    ($($(#[$meta:meta])* $vis:vis $kw:ident $name:ident $body:tt)+) => {$(
        #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[cfg_attr(feature = "ts", ts(export_to = "core.ts"))]
        $(#[$meta])*
        $vis $kw $name $body
    )+};
}
