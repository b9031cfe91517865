//! Words that call everybody go out broken.

use crate::host::HostCall;
use omni_domain::render::mentions::spare;

impl HostCall {
    /// The same with words that call everybody broken: a message must arrive, also one that repeats a customer's or an agent's words.
    pub(crate) fn sparing(mut self) -> Self {
        match &mut self {
            Self::VisitorMessage(call) => spare(&mut call.text),
            Self::Post(call) => spare(&mut call.text),
            Self::MessageEdit(call) => call.text.iter_mut().for_each(spare),
            _ => {}
        }
        self
    }
}
