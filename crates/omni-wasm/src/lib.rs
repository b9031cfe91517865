//! omni-wasm
