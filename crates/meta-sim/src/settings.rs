//! How the stand-in behaves where Meta leaves a choice, or where a test wants one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// When a message sent through the API comes back as an echo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Echo {
    /// The echo is delivered (or has failed once) before the Send API answers.
    Before,
    /// The echo leaves `echo_delay_ms` after the message was accepted.
    #[default]
    After,
    Off,
}

/// In which order queued webhooks of one batch window leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Order {
    /// In order within a thread, the way Meta promises while nothing fails.
    #[default]
    Thread,
    /// All at once: whoever wins.
    None,
    /// Collected for `batch_linger_ms`, then last one first.
    Reverse,
}

/// An address Meta would reach over the public net, and where it is on this machine.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resolve {
    pub(crate) from: String,
    pub(crate) to: String,
}

/// Load in percent, as the usage headers tell it; from 100 on calls are refused.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Usage {
    pub(crate) call_count: i64,
    pub(crate) total_time: i64,
    pub(crate) total_cputime: i64,
    /// Minutes.
    pub(crate) estimated_time_to_regain_access: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) echo: Echo,
    pub(crate) echo_delay_ms: u64,
    /// Instagram's echoes name the app and repeat the metadata, as one client of the API reports.
    pub(crate) instagram_echo_names_app: bool,
    /// Messenger tells the business that its message was delivered.
    pub(crate) delivery_receipts: bool,
    /// The customer reads each message at once.
    pub(crate) read_receipts: bool,
    /// Multiplies every pause between retries, and the hour until a webhook is disabled.
    pub(crate) retry_scale: f64,
    /// A callback that takes longer has failed.
    pub(crate) deadline_ms: u64,
    pub(crate) order: Order,
    /// POSTs under way at a time.
    pub(crate) concurrency: usize,
    /// Most updates in one POST; more than one needs `batch_linger_ms` to have company.
    pub(crate) batch_max: usize,
    pub(crate) batch_linger_ms: u64,
    /// Several events of one account share one `entry`.
    pub(crate) batch_share_entry: bool,
    /// Every n-th delivered POST is made once more; zero for none.
    pub(crate) duplicate_every: u64,
    /// Messages, sends, calls and deliveries remembered, each.
    pub(crate) history: usize,
    /// In dev mode only people with a role make events and get answers.
    pub(crate) enforce_roles: bool,
    /// Ids in handover events as bare numbers, as some of Meta's samples print them.
    pub(crate) handover_ids_as_numbers: bool,
    /// Until 30 Aug 2026 a Messenger sticker came with an image beside it.
    pub(crate) sticker_with_image: bool,
    /// Callbacks must be https, as with Meta; off, because tests run without TLS.
    pub(crate) require_https: bool,
    pub(crate) resolve: Vec<Resolve>,
    /// Seconds an authorization code lives.
    pub(crate) code_seconds: i64,
    /// Seconds a short-lived token lives.
    pub(crate) short_token_seconds: i64,
    /// Load by app, Page or Instagram account id.
    pub(crate) usage: BTreeMap<String, Usage>,
    /// Most items of a list in one answer: for more Meta says, with code 1, to reduce the amount of data; zero for no limit.
    pub(crate) list_max: usize,
    /// Most messages one account sends per second before 613; zero for no limit.
    pub(crate) sends_per_second: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            echo: Echo::After,
            echo_delay_ms: 20,
            instagram_echo_names_app: false,
            delivery_receipts: true,
            read_receipts: false,
            retry_scale: 1.0,
            deadline_ms: 5_000,
            order: Order::Thread,
            concurrency: 16,
            batch_max: 1,
            batch_linger_ms: 0,
            batch_share_entry: false,
            duplicate_every: 0,
            history: 20_000,
            enforce_roles: false,
            handover_ids_as_numbers: false,
            sticker_with_image: false,
            require_https: false,
            resolve: Vec::new(),
            code_seconds: 600,
            short_token_seconds: 3_600,
            usage: BTreeMap::new(),
            list_max: 0,
            sends_per_second: 0,
        }
    }
}

impl Settings {
    /// The address to really call for `url`: the first matching `resolve` rule, or the address itself.
    pub(crate) fn resolve(&self, url: &str) -> String {
        self.resolve
            .iter()
            .find_map(|r| url.strip_prefix(r.from.as_str()).map(|rest| format!("{}{rest}", r.to)))
            .unwrap_or_else(|| url.to_owned())
    }
}
