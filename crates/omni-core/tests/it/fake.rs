//! The fake keeps its promises: what the core's tests stand on.

mod faults;
mod flow;
mod meta;
mod server;

use crate::support::{FakeHost, Instance, World};
use omni_core::host::{Call, Host, HostError};
use std::rc::Rc;

/// One host call, made directly.
fn ask<C: Call + 'static>(app: &Instance, call: C) -> Result<C::Reply, HostError> {
    on_host(app, async move |host| host.call(call).await)
}

fn code<C: Call + 'static>(app: &Instance, call: C) -> String {
    ask(app, call).err().map(|error| error.code).unwrap_or_default()
}

fn on_host<T: 'static, F: Future<Output = T> + 'static>(app: &Instance, work: impl FnOnce(Rc<FakeHost>) -> F) -> T {
    let pending = app.start_on_host(true, work);
    app.world().settle();
    pending.take().expect("the process did not crash")
}

fn world() -> (World, Instance) {
    let world = World::new();
    let app = world.instance();
    (world, app)
}
