//! Who may answer in a thread that several Meta apps share: what [`machine`](omni_domain::thread::machine) decides is carried out.

pub(crate) mod apps;
pub(crate) mod banner;
pub(crate) mod drive;
pub(crate) mod event_context;
pub(crate) mod metadata;
pub(crate) mod threads;
