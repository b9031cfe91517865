//! Notes which customers wrote while no agent could serve.

pub(crate) mod entries;
