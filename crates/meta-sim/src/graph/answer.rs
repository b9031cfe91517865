//! What a call answers.

use super::error::GraphError;
use crate::json::Json;

/// What a call answers: an object, or a refusal in Meta's envelope.
pub(crate) type Answer = Result<Json, GraphError>;
