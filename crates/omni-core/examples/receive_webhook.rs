//! The native side of `./build.sh bench`: takes the same webhook as the wasm module, through the same entry point.
//!
//! Usage: `receive_webhook FILE`, where FILE is JSON with `settings`, `accounts` (records as they are stored) and
//! `request` (a [`WebRequest`]). For each line read, a number of times, the webhook is received that often and the
//! nanoseconds it took are written as a line.

use futures_util::FutureExt;
use meta_wire::time::UnixMillis;
use omni_core::api::WebRequest;
use omni_core::host::{Answer, Background, Host, HostCall, HostError, LogLevel};
use omni_core::{App, Memory, Texts};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, Write};
use std::rc::Rc;
use std::time::Instant;

#[derive(Deserialize)]
struct Given {
    settings: Value,
    accounts: Value,
    request: WebRequest,
}

/// A server that knows the settings and the accounts, and nothing else is asked of.
struct Bare {
    settings: Value,
    accounts: Value,
}

impl Host for Bare {
    fn perform(&self, call: HostCall) -> Answer<'_> {
        let answer = match &call {
            HostCall::Settings(_) => Ok(self.settings.clone()),
            HostCall::StoreRead(_) => Ok(self.accounts.clone()),
            other => Err(HostError { call: other.kind().to_owned(), code: "not-here".to_owned() }),
        };
        Box::pin(async { answer })
    }

    fn now(&self) -> UnixMillis {
        // The settings and accounts stay cached, as they are between two webhooks.
        UnixMillis(1_700_000_000_000)
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        bytes.fill(4);
    }

    fn log(&self, _: LogLevel, _: &str, _: &str) {}

    fn background(&self, work: Background) {
        // Nothing is left to do for events nobody subscribed to.
        let _ = work.now_or_never();
    }

    async fn sleep(&self, _: u32) {
        std::future::pending::<()>().await;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: receive_webhook FILE")?;
    let Given { settings, accounts, request } = serde_json::from_slice(&std::fs::read(path)?)?;
    let session = App::start(Rc::new(Bare { settings, accounts }), Memory::new(Texts::new(BTreeMap::new())));
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let times: u32 = line?.trim().parse()?;
        let began = Instant::now();
        for _ in 0..times {
            let answer =
                session.receive_webhook(request.clone()).now_or_never().ok_or("the webhook waits for something")??;
            if answer.status != 200 {
                return Err(format!("the webhook was answered {}: {}", answer.status, answer.body).into());
            }
        }
        writeln!(out, "{}", began.elapsed().as_nanos())?;
        out.flush()?;
    }
    Ok(())
}
