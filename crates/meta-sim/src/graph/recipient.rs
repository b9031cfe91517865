//! Whom an id means, for the account that is called.

use super::error::GraphError;
use crate::world::{Account, Platform, World};

/// A PSID of this Page, or an IGSID of its linked Instagram account: anything else is nobody.
pub(super) fn find_recipient(world: &World, own: &Account, id: &str) -> Result<(Account, String), GraphError> {
    let linked = world.pages.get(&own.id).and_then(|p| p.instagram.clone());
    match world.find_scoped(id) {
        Some((account, person)) if account == own.id || linked.as_deref() == Some(account) => {
            let found = world.account(account).ok_or_else(|| no_such_person(own.platform))?;
            Ok((found, person.to_owned()))
        }
        _ => Err(no_such_person(own.platform)),
    }
}

pub(super) fn no_such_person(platform: Platform) -> GraphError {
    match platform {
        Platform::Messenger => GraphError::parameter("No matching user found").sub(2_018_001),
        Platform::Instagram => GraphError::parameter("No matching Instagram user").sub(2_534_014),
    }
}
