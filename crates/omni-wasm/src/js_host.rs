//! [`Host`] over the shim's object.

use crate::convert;
use meta_wire::time::UnixMillis;
use omni_core::host::{Answer, Background, Host, HostCall, HostError, LogLevel};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The shim's half: carries calls out with the accessors of one entry call.
    #[derive(Debug)]
    pub type Shim;

    #[wasm_bindgen(method, catch)]
    async fn perform(this: &Shim, call: JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method)]
    fn log(this: &Shim, level: &str, code: &str, detail: &str);

    #[wasm_bindgen(method)]
    async fn sleep(this: &Shim, millis: u32) -> JsValue;

    #[wasm_bindgen(method, js_name = fillRandom)]
    fn fill_random(this: &Shim, bytes: &mut [u8]);
}

/// The host of one entry call.
#[derive(Debug)]
pub(crate) struct JsHost {
    shim: Shim,
}

impl JsHost {
    pub(crate) fn new(shim: Shim) -> Self {
        Self { shim }
    }
}

impl Host for JsHost {
    fn perform(&self, call: HostCall) -> Answer<'_> {
        Box::pin(async move {
            let failed = |code: &str| HostError { call: call.kind().to_owned(), code: code.to_owned() };
            let request = convert::to_js(&call).map_err(|_| failed("bad-output"))?;
            let reply = self.shim.perform(request).await.map_err(|thrown| {
                let code = js_sys::Reflect::get(&thrown, &"code".into()).ok().and_then(|code| code.as_string());
                failed(code.as_deref().unwrap_or("failed"))
            })?;
            convert::json(&reply).ok_or_else(|| failed("bad-reply"))
        })
    }

    fn now(&self) -> UnixMillis {
        // Whole milliseconds, far below 2^53.
        #[allow(clippy::cast_possible_truncation)]
        UnixMillis(js_sys::Date::now() as i64)
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.shim.fill_random(bytes);
    }

    fn log(&self, level: LogLevel, code: &str, detail: &str) {
        let level = match level {
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
        };
        self.shim.log(level, code, detail);
    }

    fn background(&self, work: Background) {
        wasm_bindgen_futures::spawn_local(work);
    }

    async fn sleep(&self, millis: u32) {
        self.shim.sleep(millis).await;
    }
}
