//! Subscribing webhook fields, of which Meta may not offer the app, or the account, each one.

use crate::host::Host;
use crate::session::Session;
use meta_wire::answer::Done;
use meta_wire::request::subscriptions::NEEDED_FIELD;
use meta_wire::request::{HttpRequest, RequestError};
use omni_domain::graph_error::Trouble;

impl<H: Host> Session<H> {
    /// Subscribes as many of the fields as Meta takes, in as few calls as tell the refused ones; answers those. Meta refuses a
    /// whole list for one field and says which only in words; each call that succeeds replaces the fields of the one before.
    ///
    /// # Errors
    /// [`Trouble`] when not even [`NEEDED_FIELD`] is taken: then it is no field's fault.
    pub(super) async fn subscribe_offered(
        &self,
        fields: &[&'static str],
        request: impl Fn(&[&'static str]) -> Result<HttpRequest, RequestError>,
    ) -> Result<Vec<&'static str>, Trouble> {
        if self.are_taken(request(fields)).await? {
            return Ok(Vec::new());
        }
        let mut taken = vec![NEEDED_FIELD];
        self.ask::<Done>(request(&taken)).await?;
        let optional: Vec<&'static str> = fields.iter().copied().filter(|field| *field != NEEDED_FIELD).collect();
        let mut refused = Vec::new();
        // Each holds a refused field.
        let mut parts: Vec<&[&'static str]> = vec![&optional];
        while let Some(part) = parts.pop() {
            if let [field] = part {
                refused.push(*field);
                continue;
            }
            let (first, second) = part.split_at(part.len() / 2);
            for half in [first, second] {
                let wanted = [&taken, half].concat();
                match self.are_taken(request(&wanted)).await? {
                    true => taken = wanted,
                    false => parts.push(half),
                }
            }
        }
        refused.sort_unstable();
        self.warn("fields-not-offered", &refused.join(", "));
        Ok(refused)
    }

    /// Whether Meta takes the fields; `false` when one of them is refused.
    async fn are_taken(&self, request: Result<HttpRequest, RequestError>) -> Result<bool, Trouble> {
        match self.ask::<Done>(request).await {
            Ok(Done) => Ok(true),
            Err(trouble) if trouble.is_bad_parameter() => Ok(false),
            Err(trouble) => Err(trouble),
        }
    }
}

/// Those of the wanted fields that are neither given nor refused.
pub(super) fn missing(wanted: &[&'static str], given: &[String], refused: &[String]) -> Vec<&'static str> {
    let has = |some: &[String], field: &str| some.iter().any(|one| one == field);
    wanted.iter().copied().filter(|field| !has(given, field) && !has(refused, field)).collect()
}
