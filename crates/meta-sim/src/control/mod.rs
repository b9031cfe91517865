//! The control API under `/_sim/`: what a test or the playground does as Meta, as a customer, as a member of staff.

mod act;
mod comments;
mod content;
mod customers;
mod files;
mod objects;
mod observe;
mod reply;
mod staff;
mod tell;
mod tokens;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post};

use crate::sim::Sim;

pub(crate) fn router() -> Router<Arc<Sim>> {
    Router::new()
        .route("/reset", post(objects::reset))
        .route("/world", get(objects::world))
        .route("/settings", get(objects::settings).post(objects::change_settings))
        .route("/clock", get(observe::clock))
        .route("/clock/advance", post(observe::advance))
        .route("/idle", post(observe::idle))
        .route("/sent", get(observe::sent).delete(observe::forget_sent))
        .route("/calls", get(observe::calls).delete(observe::forget_calls))
        .route("/deliveries", get(observe::deliveries))
        .route("/deliveries/retry", post(observe::retry))
        .route("/deliver", post(observe::deliver))
        .route("/faults", get(observe::faults).post(observe::add_fault).delete(observe::clear_faults))
        .route("/faults/{id}", delete(observe::remove_fault))
        .route("/media", post(observe::add_media))
        .route("/media/fault", post(observe::media_fault))
        .route("/tokens", get(tokens::list).post(tokens::mint))
        .route("/tokens/kill", post(tokens::kill))
        .route("/tokens/expire", post(tokens::expire))
        .route("/deauthorize", post(tokens::deauthorize))
        .route("/data-deletion", post(tokens::data_deletion))
        .route("/apps/{id}/instagram-login-webhook", post(objects::instagram_login_webhook))
        .route("/customers/{person}/send", post(customers::send))
        .route("/customers/{person}/comment", post(comments::comment))
        .route("/staff/send", post(staff::send))
        .route("/staff/unsend", post(staff::unsend))
        .route("/staff/edit", post(staff::edit))
        .route("/staff/react", post(staff::react))
        .route("/threads", get(staff::threads))
        .route("/threads/{account}/{person}", get(staff::thread))
        .route("/threads/{account}/{person}/control", post(staff::control))
        .route(
            "/{kind}/{id}",
            get(objects::read_one).post(objects::upsert).put(objects::upsert).delete(objects::remove),
        )
}
