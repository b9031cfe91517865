//! omni-core
