//! The edge between the core and JavaScript: entry points, and a [`Host`](omni_core::host::Host) over the shim's object.
//!
//! Plain data crosses in both directions. Errors leave as real JS `Error`s with a stable `code`. No decision is taken
//! here.

mod convert;
mod js_host;

use js_host::{JsHost, Shim};
use omni_core::{App, Memory, Texts, entry_points};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// What the module keeps between calls. One per instance of the module.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Core {
    memory: Rc<Memory>,
}

#[wasm_bindgen]
impl Core {
    /// Takes the content of `i18n/*.json` by language, and the name of this process: the same for every instance in it.
    /// `on_panic` is told the place in the code where the core failed,
    /// just before the instance is lost: a panic never settles the promise of the call it happened in.
    ///
    /// # Errors
    /// A JS `Error` with the code `bad-texts` when the texts have another shape.
    #[wasm_bindgen(constructor)]
    pub fn new(texts: JsValue, worker: String, on_panic: js_sys::Function) -> Result<Core, JsValue> {
        report_panics(on_panic);
        let languages =
            convert::from_js(texts).map_err(|_| convert::error("bad-texts", "the texts have another shape"))?;
        Ok(Self { memory: Memory::named(Texts::new(languages), worker) })
    }

    /// Forgets cached settings and accounts.
    pub fn forget(&self) {
        self.memory.forget();
    }
}

fn report_panics(on_panic: js_sys::Function) {
    std::panic::set_hook(Box::new(move |info| {
        // The place only: a panic's message may quote what was being worked on.
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let _ = on_panic.call1(&JsValue::NULL, &place.into());
    }));
}

macro_rules! export {
    ($($(#[$doc:meta])* $name:ident: $input:ty => $output:ty;)+) => {
        #[wasm_bindgen]
        impl Core {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// A JS `Error` with a `code`: `bad-input` when the argument has another shape, otherwise why it failed.
                pub async fn $name(&self, shim: Shim, input: JsValue) -> Result<JsValue, JsValue> {
                    let app = App::start(Rc::new(JsHost::new(shim)), Rc::clone(&self.memory));
                    let input: $input = convert::from_js(input)?;
                    let output: $output = app.$name(input).await.map_err(|error| convert::core_error(&error))?;
                    convert::to_js(&output)
                }
            )+
        }
    };
}

entry_points!(export);
