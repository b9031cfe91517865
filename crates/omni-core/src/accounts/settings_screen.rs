//! What is entered in the settings: checked when it is saved, spoken of where it cannot be.
//!
//! A refusal cannot be shown to the administrator who pressed Save: the engine swallows what a handler throws and stores the value all the same,
//! so the value from before is answered instead. The settings screen posts the whole form, and the server applies it one setting
//! after the other: what two settings say together is looked at later, when they stand still, and refuses nothing.

use crate::api::{SettingAnswer, SettingInput};
use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::report::{CheckStatus, Report};
use crate::gateway::setup_channel::Speaker;
use crate::host::{Host, SettingWrite, Settings as ReadSettings};
use crate::store::installations::Installations;
use omni_domain::channel::Channel;
use omni_domain::settings::problems::{Problem, problems};
use omni_domain::settings::{Fault, Refusal, SettingDef, SettingKind, Settings, id};
use omni_domain::{key, settings};
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

/// For so long nothing may have changed before the settings count as standing still, in milliseconds.
const STILL_MS: u32 = 1_000;

/// How often they are looked at for that.
const STILL_LOOKS: usize = 5;

/// What was refused longer ago than this was not refused by the same Save, in milliseconds.
const SAVE_MS: i64 = 10_000;

/// How often, and how long apart in milliseconds, the server is asked whether it has stored what it was given.
const STORED_LOOKS: usize = 80;
const STORED_MS: u32 = 25;

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct SettingsScreenMemory {
    /// When the settings screen was last saved.
    pub(crate) form_saved_at: Cell<Option<i64>>,
    /// What was last found to be told about the settings.
    pub(crate) settings_told: RefCell<Option<BTreeSet<String>>>,
}

service! {
    /// Checks what is entered in the settings when it is saved, and tells what two settings say together.
    pub(crate) SettingsScreen {
        cx: Context,
        installations: Installations,
        speaker: Speaker,
    } remembers SettingsScreenMemory
}

impl<H: Host> SettingsScreen<H> {
    /// A setting is about to be saved.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub(crate) async fn check_setting(&self, input: SettingInput) -> Result<SettingAnswer, CoreError> {
        let SettingInput { id: setting, value } = input;
        // One that is not in the table is the app's own, or a newer version's, which knows what is right.
        let Some(def) = settings::definitions().into_iter().find(|def| def.id == setting) else {
            return Ok(SettingAnswer::Accepted { value });
        };
        let (answer, fault) = match settings::check(&def, value, self.cx.now()) {
            Ok(value) => (SettingAnswer::Accepted { value }, None),
            Err(fault) => (SettingAnswer::Refused {}, Some(fault)),
        };
        if let Err(error) = self.note_fault(&def, fault).await {
            self.cx.warn("setting-fault-not-noted", error.code());
        }
        Ok(answer)
    }

    /// Notes that a value was refused, or that a good one came. The handler is given nothing to store it with but the settings
    /// themselves.
    async fn note_fault(&self, def: &SettingDef, fault: Option<Fault>) -> Result<(), CoreError> {
        let _lock = self.cx.lock(id::REFUSED).await;
        let (before, now) = (self.cx.settings_uncached().await?, self.cx.now_ms());
        let mut refused = before.refused.clone();
        // A list counts as changed in every Save, what stands in its field as it is stored does not come at all: whoever
        // corrects a field to the value from before is noticed by the list. What this Save refuses is noted anew.
        if def.kind == SettingKind::MultiSelect {
            let last = self.memory.form_saved_at.replace(Some(now)).unwrap_or(i64::MIN);
            refused.retain(|_, refusal| refusal.at >= last && now.saturating_sub(refusal.at) <= SAVE_MS);
        }
        match fault {
            Some(fault) => drop(refused.insert(def.id.clone(), Refusal { fault, at: now })),
            None => drop(refused.remove(&def.id)),
        }
        if refused == before.refused {
            return Ok(());
        }
        let value = serde_json::to_string(&refused).map_err(|_| CoreError::Encode { kind: id::REFUSED })?;
        self.cx.call(SettingWrite { id: id::REFUSED.to_owned(), value: json!(value) }).await?;
        // The server stores it later; the next setting of the same Save adds to what is stored.
        for _ in 0..STORED_LOOKS {
            if self.cx.settings_uncached().await?.refused == refused {
                break;
            }
            self.cx.host.sleep(STORED_MS).await;
        }
        Ok(())
    }

    /// The settings once they stand still: a Save may be half done.
    pub(crate) async fn settled_settings(&self) -> Result<Rc<Settings>, CoreError> {
        let mut seen = self.cx.call(ReadSettings {}).await?;
        for _ in 0..STILL_LOOKS {
            self.cx.host.sleep(STILL_MS).await;
            let now = self.cx.call(ReadSettings {}).await?;
            if std::mem::replace(&mut seen, now.clone()) == now {
                break;
            }
        }
        let settings = Rc::new(Settings::read(&seen, self.cx.now()));
        self.cx.keep(&self.cx.memory.settings, &settings);
        Ok(settings)
    }

    /// Tells the setup channels what is new about the settings: all of one Save in one message.
    pub(crate) async fn tell_about_settings(&self) -> Result<(), CoreError> {
        let ids = |settings: &Settings| problems(settings).map(|problem| problem.id()).collect::<BTreeSet<String>>();
        let seen = ids(&*self.cx.settings().await?);
        if self.memory.settings_told.borrow().as_ref() == Some(&seen) {
            return Ok(());
        }
        let _lock = self.cx.lock("settings-told").await;
        let told = self.installations.installation().await?.settings_told;
        let mut now = seen;
        if !now.is_subset(&told) {
            let settings = self.settled_settings().await?;
            now = ids(&settings);
            self.tell_problems(&settings, &told).await;
        }
        if now != told {
            self.installations.update_installation(|installation| installation.settings_told.clone_from(&now)).await?;
        }
        self.memory.settings_told.replace(Some(now));
        Ok(())
    }

    async fn tell_problems(&self, settings: &Settings, told: &BTreeSet<String>) {
        let lang = self.cx.workspace_lang().await;
        for channel in Channel::ALL {
            let news = problems(settings).filter(|problem| problem.concerns(channel) && !told.contains(&problem.id()));
            let lines: Vec<String> =
                news.map(|problem| format!("• {}", problem.line(self.cx.translator(&lang), self.cx.now()))).collect();
            if !lines.is_empty() {
                let title = self.cx.text(&lang, key!("settings_told"), &[]);
                self.speaker.inform(channel, format!("{title}\n{}", lines.join("\n")), Vec::new()).await;
            }
        }
    }

    /// What doctor says of the settings: nothing when all is well.
    pub(crate) fn report_settings(&self, report: &mut Report<'_, H>, settings: &Settings, channel: Channel) {
        // That Meta ended the version has a line of its own.
        let told_elsewhere =
            |problem: &Problem<'_>| problem.refused_at.is_none() && *problem.fault == Fault::VersionOld;
        for problem in problems(settings).filter(|problem| problem.concerns(channel) && !told_elsewhere(problem)) {
            let line = problem.line(self.cx.translator(report.lang), self.cx.now());
            report.say(CheckStatus::Bad, &line);
        }
    }
}
