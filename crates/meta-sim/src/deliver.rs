//! The webhook deliverer: builds, signs and POSTs, retries, gives up, and switches a deaf webhook off.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started> and
//! <https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks>.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::http::Method;
use bytes::Bytes;
use tokio::sync::oneshot;

use crate::deliverer::{Attempt, Post, Record, State, Waiting, lock};
use crate::json::{Json, obj};
use crate::outgoing::{Outgoing, Update, signed_headers};
use crate::settings::Order;
use crate::sim::Sim;

/// Pauses between attempts, in seconds; the last one repeats until 36 hours have passed.
const PAUSES_S: &[f64] = &[0.0, 0.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0];
const GIVE_UP_AFTER_S: f64 = 36.0 * 3600.0;
/// After an hour of failure the app is unsubscribed from the account.
const DISABLE_AFTER_S: f64 = 3600.0;

impl Sim {
    /// Hands what the world produced to the deliverer; `wait` answers once each update was tried once.
    pub(crate) async fn flush(self: &Arc<Self>, outgoing: Vec<Outgoing>, wait: bool) -> Vec<u64> {
        let mut tries = Vec::new();
        for update in outgoing {
            let (done, tried) = oneshot::channel();
            tries.push(tried);
            self.enqueue(update, wait.then_some(done));
        }
        let mut ids = Vec::new();
        if wait {
            for tried in tries {
                ids.extend(tried.await);
            }
        }
        ids
    }

    fn enqueue(self: &Arc<Self>, update: Outgoing, done: Option<oneshot::Sender<u64>>) {
        self.deliverer.pending.fetch_add(1, Ordering::SeqCst);
        if update.delay_ms > 0 {
            let sim = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(update.delay_ms)).await;
                sim.route(update, done);
            });
        } else {
            self.route(update, done);
        }
    }

    fn route(self: &Arc<Self>, update: Outgoing, done: Option<oneshot::Sender<u64>>) {
        let (order, max, linger) = {
            let world = self.world();
            (world.settings.order, world.settings.batch_max.max(1), world.settings.batch_linger_ms)
        };
        let raw = matches!(update.update, Update::Raw { .. });
        if raw || (max == 1 && order != Order::Reverse) {
            let lane = match order {
                Order::Thread if !raw => update.lane.clone(),
                _ => format!("free/{}", self.deliverer.serial.load(Ordering::SeqCst)),
            };
            let post = self.post_of(vec![(update, done)]);
            self.run_in_lane(lane, post);
            return;
        }
        let key = format!("{}/{}/{}", update.app_id, update.object, update.callback);
        let first = {
            let mut waiting = lock(&self.deliverer.waiting);
            let batch = waiting.entry(key.clone()).or_default();
            batch.push((update, done));
            batch.len() == 1
        };
        if first {
            let sim = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(linger)).await;
                let mut batch = lock(&sim.deliverer.waiting).remove(&key).unwrap_or_default();
                if order == Order::Reverse {
                    batch.reverse();
                }
                while !batch.is_empty() {
                    let rest = batch.split_off(batch.len().min(max));
                    let post = sim.post_of(std::mem::replace(&mut batch, rest));
                    sim.run_in_lane(key.clone(), post);
                }
            });
        }
    }

    /// Turns updates for one callback into one POST. Only the first stays counted as pending: they share their fate.
    fn post_of(self: &Arc<Self>, updates: Vec<Waiting>) -> Post {
        let now = self.clock.now_ms();
        let id = self.deliverer.serial.fetch_add(1, Ordering::SeqCst) + 1;
        let share = self.world().settings.batch_share_entry;
        let count = updates.len();
        let mut accounts = Vec::new();
        let mut dones = Vec::new();
        let mut entries: Vec<(String, &'static str, Json)> = Vec::new();
        let mut raw = None;
        let (mut app_id, mut object, mut callback, mut secret) = Default::default();
        for (update, done) in updates {
            dones.extend(done);
            if !accounts.contains(&update.account) {
                accounts.push(update.account.clone());
            }
            (app_id, object, callback, secret) = (update.app_id, update.object, update.callback, update.secret);
            match update.update {
                Update::Raw { body, headers } => raw = Some((body, headers)),
                Update::Fields(fields) => {
                    let mut entry = obj! { "time": now, "id": update.account.as_str() };
                    for (key, value) in fields.fields() {
                        entry.set(key, value.clone());
                    }
                    entries.push((update.account, "", entry));
                }
                Update::Item(key, item) => {
                    if share
                        && let Some((account, last, entry)) = entries.last_mut()
                        && *account == update.account
                        && *last == key
                        && let Some(Json::Arr(items)) = entry.get_mut(key)
                    {
                        items.push(item);
                        continue;
                    }
                    let mut entry = obj! { "time": now, "id": update.account.as_str() };
                    entry.set(key, vec![item]);
                    entries.push((update.account, key, entry));
                }
            }
        }
        let retry = raw.is_none();
        let (body, headers) = raw.unwrap_or_else(|| {
            let entries: Vec<Json> = entries.into_iter().map(|(_, _, entry)| entry).collect();
            let body = Bytes::from(obj! { "object": object.as_str(), "entry": entries }.to_meta());
            let headers = signed_headers(&secret, &body);
            (body, headers)
        });
        for _ in 1..count {
            self.deliverer.finish();
        }
        let history = self.world().settings.history;
        let record = Record {
            id,
            app_id: app_id.clone(),
            object,
            accounts: accounts.clone(),
            updates: count,
            state: State::Pending,
            at: now,
            attempts: Vec::new(),
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        self.deliverer.keep(record, history);
        let mut dones = dones.into_iter();
        let first = dones.next();
        for done in dones {
            let _ = done.send(id);
        }
        Post { id, callback, headers, body, app_id, accounts, retry, done_once: first }
    }

    fn run_in_lane(self: &Arc<Self>, lane: String, post: Post) {
        let mut lanes = lock(&self.deliverer.lanes);
        if let Some(queue) = lanes.get_mut(&lane) {
            queue.push_back(post);
            return;
        }
        lanes.insert(lane.clone(), VecDeque::from([post]));
        drop(lanes);
        let sim = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                let next = {
                    let mut lanes = lock(&sim.deliverer.lanes);
                    let next = lanes.get_mut(&lane).and_then(VecDeque::pop_front);
                    if next.is_none() {
                        lanes.remove(&lane);
                    }
                    next
                };
                let Some(post) = next else { return };
                sim.first_attempt(post).await;
            }
        });
    }

    async fn first_attempt(self: &Arc<Self>, mut post: Post) {
        let ok = self.attempt(&post).await;
        if let Some(done) = post.done_once.take() {
            let _ = done.send(post.id);
        }
        if ok {
            self.deliverer.update_record(post.id, |r| r.state = State::Delivered);
            let every = self.world().settings.duplicate_every;
            let nth = self.deliverer.delivered.fetch_add(1, Ordering::SeqCst) + 1;
            if every > 0 && nth.is_multiple_of(every) {
                self.attempt(&post).await;
            }
            self.deliverer.finish();
        } else if post.retry {
            self.deliverer.update_record(post.id, |r| r.state = State::Retrying);
            // Order is promised only while nothing fails: the lane goes on without this one.
            let sim = Arc::clone(self);
            tokio::spawn(async move { sim.retry(post).await });
        } else {
            self.deliverer.update_record(post.id, |r| r.state = State::Failed);
            self.deliverer.finish();
        }
    }

    async fn retry(self: Arc<Self>, post: Post) {
        let started = Instant::now();
        let mut state = State::Failed;
        for step in 0.. {
            let pause = PAUSES_S.get(step).or(PAUSES_S.last()).copied().unwrap_or_default();
            let scale = self.world().settings.retry_scale.max(0.000_001);
            let hurry = self.deliverer.hurry.notified();
            let pause = Duration::from_secs_f64((pause * scale).clamp(0.0, 1e6));
            drop(tokio::time::timeout(pause, hurry).await);
            if self.is_disabled(&post) {
                state = State::Disabled;
                break;
            }
            if self.attempt(&post).await {
                state = State::Delivered;
                break;
            }
            if started.elapsed().as_secs_f64() / scale > GIVE_UP_AFTER_S {
                break;
            }
        }
        self.deliverer.update_record(post.id, |r| r.state = state);
        self.deliverer.finish();
    }

    async fn attempt(&self, post: &Post) -> bool {
        let (url, deadline, slots) = {
            let world = self.world();
            let settings = &world.settings;
            (settings.resolve(&post.callback), settings.deadline_ms, self.deliverer.semaphore(settings.concurrency))
        };
        let _slot = slots.acquire().await;
        let (at, started) = (self.clock.now_ms(), Instant::now());
        let deadline = Duration::from_millis(deadline);
        let answer = self.http.send(Method::POST, &url, &post.headers, post.body.clone(), deadline, 1024 * 1024).await;
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (status, error) = match &answer {
            Ok(answer) => (Some(answer.status), None),
            Err(failure) => (None, Some(failure.word())),
        };
        let ok = status.is_some_and(|s| (200..300).contains(&s));
        self.deliverer.update_record(post.id, |r| r.attempts.push(Attempt { at, status, ms, error }));
        if post.retry {
            self.note_health(post, ok);
        }
        ok
    }

    /// Starts, stops and reads the one-hour clock of each account the POST spoke for.
    fn note_health(&self, post: &Post, ok: bool) {
        let scale = self.world().settings.retry_scale.max(0.000_001);
        let offset = self.clock.offset_ms();
        let mut dead = Vec::new();
        {
            let mut failing = lock(&self.deliverer.failing);
            for account in &post.accounts {
                let key = (post.app_id.clone(), account.clone());
                if ok {
                    failing.remove(&key);
                    continue;
                }
                let (since, then) = *failing.entry(key.clone()).or_insert((Instant::now(), offset));
                let jumped_s = (offset - then) as f64 / 1000.0;
                if since.elapsed().as_secs_f64() / scale + jumped_s >= DISABLE_AFTER_S {
                    failing.remove(&key);
                    dead.push(account.clone());
                }
            }
        }
        if !dead.is_empty() {
            let mut world = self.world();
            for account in dead {
                world.unsubscribe(&post.app_id, &account);
            }
        }
    }

    fn is_disabled(&self, post: &Post) -> bool {
        let world = self.world();
        !post.accounts.iter().any(|account| world.is_subscribed(&post.app_id, account))
    }
}
