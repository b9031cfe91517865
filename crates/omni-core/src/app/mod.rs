//! Composes the services, and is the only place that knows them all: entry points, jobs, buttons, commands, doctor, retention.

pub(crate) mod agent_requests;
pub(crate) mod commands;
pub(crate) mod connect_actions;
pub(crate) mod doctor;
pub(crate) mod jobs;
pub(crate) mod lifecycle;
pub(crate) mod memory;
pub(crate) mod open_now;
pub(crate) mod retention;
pub(crate) mod rooms;
pub(crate) mod sweep;
pub(crate) mod thread_timeouts;
pub(crate) mod ui;
pub(crate) mod webhook;

use crate::accounts::attach::Attachment;
use crate::accounts::card::AccountCards;
use crate::accounts::choose::Choices;
use crate::accounts::config::AccountConfigs;
use crate::accounts::event_fields::Subscriptions;
use crate::accounts::grant::Grants;
use crate::accounts::health::AccountHealth;
use crate::accounts::manage::AccountManager;
use crate::accounts::open_rooms::DeadTokens;
use crate::accounts::page::Logins;
use crate::accounts::secrets::SecretKeeper;
use crate::accounts::settings_screen::SettingsScreen;
use crate::accounts::setup::SetupChannels;
use crate::accounts::signed_request::SignedRequests;
use crate::accounts::webhook_watch::WebhookWatch;
use crate::api::{MessageInput, SettingAnswer, SettingInput, WebAnswer, WebRequest};
use crate::app::agent_requests::AgentRequests;
use crate::app::connect_actions::ConnectActions;
use crate::app::doctor::threads::Doctor;
use crate::app::memory::{AppMemory, Memory};
use crate::app::open_now::OpenNow;
use crate::app::sweep::Retention;
use crate::app::thread_timeouts::ThreadTimeouts;
use crate::automation::auto_messages::AutoMessages;
use crate::automation::origin::Origins;
use crate::automation::survey::Surveys;
use crate::context::{Context, FollowUp, Following};
use crate::error::CoreError;
use crate::gateway::graph::GraphClient;
use crate::gateway::graph_pages::GraphPages;
use crate::gateway::message_reader::MessageReader;
use crate::gateway::notes::Notes;
use crate::gateway::people::People;
use crate::gateway::profile_reader::ProfileReader;
use crate::gateway::setup_channel::Speaker;
use crate::host::Host;
use crate::inbox::account_event::AccountEvents;
use crate::inbox::cards::EventCards;
use crate::inbox::change::Edits;
use crate::inbox::confirm_ask::Confirmation;
use crate::inbox::deliver::Delivery;
use crate::inbox::echo::Echoes;
use crate::inbox::intake::Intake;
use crate::inbox::media::MediaRelay;
use crate::inbox::message::MessageEvents;
use crate::inbox::open::OpenRooms;
use crate::inbox::quote::Quotes;
use crate::inbox::reaction::CustomerReactions;
use crate::inbox::receipt::ReceiptMarks;
use crate::inbox::room::Rooms;
use crate::inbox::settle::Inbox;
use crate::inbox::show::EventRenderer;
use crate::inbox::suspect::SuspectWatch;
use crate::inbox::turn::EventTurns;
use crate::inbox::unclear::NotUnderstood;
use crate::outbox::agent_notices::AgentNotices;
use crate::outbox::app_text::AppTexts;
use crate::outbox::attempt::SendAttempts;
use crate::outbox::outgoing::OutgoingRecords;
use crate::outbox::own_words::OwnWords;
use crate::outbox::relay::AgentMessages;
use crate::outbox::twins::OutboxQueue;
use crate::outbox::window_banner::WindowBanners;
use crate::serve::board::WaitingBoard;
use crate::serve::serving::Serving;
use crate::store::Records;
use crate::store::accounts::Accounts;
use crate::store::archives::Archives;
use crate::store::attempt_records::AttemptRecords;
use crate::store::backlogs::Backlogs;
use crate::store::installations::Installations;
use crate::store::leases::Leases;
use crate::store::load::Conversations;
use crate::store::open_room_records::OpenRoomRecords;
use crate::store::reaction_records::ReactionRecords;
use crate::store::unconfirmed_records::UnconfirmedRecords;
use crate::store::visitor_keys::VisitorKeys;
use crate::store::waiting_list::WaitingList;
use crate::thread::apps::ThreadApps;
use crate::thread::banner::ThreadBanners;
use crate::thread::drive::Threads;
use crate::waiting::entries::WaitingEntries;
use std::rc::Rc;

/// Makes services, each of those named before it.
macro_rules! stand {
    ($($name:ident = $service:ident($($on:ident),*) $(, $memory:expr)?;)*) => {
        $(let $name = $service::new($(&$on,)* $($memory)?);)*
    };
}

service! {
    /// The app during one entry call. Cheap to clone; a clone may outlive the call in [`Host::background`].
    pub App {
        account_configs: AccountConfigs,
        account_manager: AccountManager,
        accounts: Accounts,
        agent_messages: AgentMessages,
        agent_requests: AgentRequests,
        auto_messages: AutoMessages,
        confirmation: Confirmation,
        connect_actions: ConnectActions,
        cx: Context,
        conversations: Conversations,
        doctor: Doctor,
        inbox: Inbox,
        installations: Installations,
        intake: Intake,
        leases: Leases,
        logins: Logins,
        notes: Notes,
        open_now: OpenNow,
        open_room_records: OpenRoomRecords,
        open_rooms: OpenRooms,
        records: Records,
        retention: Retention,
        rooms: Rooms,
        secret_keeper: SecretKeeper,
        serving: Serving,
        settings_screen: SettingsScreen,
        setup_channels: SetupChannels,
        signed_requests: SignedRequests,
        speaker: Speaker,
        thread_banners: ThreadBanners,
        thread_timeouts: ThreadTimeouts,
        threads: Threads,
        visitor_keys: VisitorKeys,
        waiting_board: WaitingBoard,
        webhook_watch: WebhookWatch,
        window_banners: WindowBanners,
    } remembers AppMemory
}

impl<H: Host> App<H> {
    /// Starts a call.
    pub fn start(host: Rc<H>, remembered: Rc<Memory>) -> Self {
        let (its_host, memory) = (Rc::clone(&host), Rc::clone(&remembered));
        let follow = move |follow_up| Self::start(Rc::clone(&its_host), Rc::clone(&remembered)).follow_now(follow_up);
        let cx = Rc::new(Context { host, memory: Rc::clone(&memory.context), follow: Rc::new(follow) });
        // From the ground up.
        stand! {
            records = Records(cx);
            leases = Leases(cx, records), &memory.leases;
            installations = Installations(cx, records);
            visitor_keys = VisitorKeys(cx, records), &memory.visitor_keys;
            open_room_records = OpenRoomRecords(cx, records);
            accounts = Accounts(cx, records), &memory.accounts;
            conversations = Conversations(cx, records), &memory.conversations;
            archives = Archives(cx, conversations, records);
            backlogs = Backlogs(archives, cx, conversations, records);
            reaction_records = ReactionRecords(records);
            attempt_records = AttemptRecords(records);
            unconfirmed_records = UnconfirmedRecords(records);
            graph_client = GraphClient(cx);
            graph_pages = GraphPages(cx, graph_client);
            message_reader = MessageReader(cx, graph_client), &memory.message_reader;
            speaker = Speaker(cx, installations);
            people = People(cx, visitor_keys);
            notes = Notes(accounts, cx, conversations, installations, records, speaker), &memory.notes;
            profile_reader = ProfileReader(cx, graph_client);
            account_cards = AccountCards(cx, speaker);
            dead_tokens = DeadTokens(account_cards, accounts, cx, notes, open_room_records, speaker);
            webhook_watch = WebhookWatch(accounts, cx, records, speaker), &memory.webhook_watch;
            secret_keeper = SecretKeeper(cx, records, webhook_watch), &memory.secret_keeper;
            settings_screen = SettingsScreen(cx, installations, speaker), &memory.settings_screen;
            subscriptions = Subscriptions(cx, graph_pages);
            setup_channels = SetupChannels(cx, graph_pages, installations, settings_screen, speaker, subscriptions);
            grants = Grants(cx, graph_pages);
            attachment = Attachment(accounts, cx, graph_pages, speaker, subscriptions);
            choices = Choices(attachment, cx, records, speaker);
            logins = Logins(accounts, attachment, choices, cx, grants, graph_pages, installations,
                records, setup_channels, speaker, webhook_watch);
            account_manager = AccountManager(account_cards, accounts, attachment, cx, dead_tokens,
                graph_pages, installations, setup_channels, speaker, webhook_watch);
            account_configs = AccountConfigs(account_manager, accounts, cx, speaker);
            account_health = AccountHealth(account_cards, account_manager, accounts, attachment, cx,
                dead_tokens, graph_pages, speaker, subscriptions, webhook_watch);
            signed_requests = SignedRequests(account_cards, accounts, cx, dead_tokens, installations,
                records, speaker);
            thread_apps = ThreadApps(cx, graph_client, records);
            doctor = Doctor(accounts, cx, dead_tokens, graph_client, graph_pages, installations,
                secret_keeper, settings_screen, subscriptions, thread_apps, webhook_watch);
            thread_banners = ThreadBanners(accounts, cx, conversations, notes, records, speaker, thread_apps);
            threads = Threads(cx, conversations, dead_tokens, graph_client, records, thread_apps, thread_banners);
            agent_notices = AgentNotices(cx, notes);
            own_words = OwnWords(cx, notes);
            send_attempts = SendAttempts(agent_notices, archives, cx, dead_tokens, graph_client, records,
                threads), &memory.send_attempts;
            outbox_queue = OutboxQueue(accounts, agent_notices, archives, cx, conversations, notes,
                own_words, records, send_attempts, threads), &memory.outbox_queue;
            outgoing_records = OutgoingRecords(cx);
            app_texts = AppTexts(archives, cx, conversations, outbox_queue, outgoing_records, own_words, records);
            thread_timeouts = ThreadTimeouts(accounts, app_texts, cx, conversations, outbox_queue, records, threads);
            agent_requests = AgentRequests(accounts, cx, conversations, people, speaker, thread_apps,
                threads, visitor_keys);
            window_banners = WindowBanners(cx, conversations, notes, people, records, speaker);
            agent_messages = AgentMessages(accounts, agent_notices, archives, cx, conversations,
                outbox_queue, outgoing_records, people, records, visitor_keys, window_banners);
            waiting_list = WaitingList(cx, records);
            origins = Origins(cx, graph_client, waiting_list);
            surveys = Surveys(cx, records, visitor_keys);
            auto_messages = AutoMessages(accounts, agent_notices, app_texts, cx, conversations, notes,
                open_room_records, people, records, surveys, waiting_list), &memory.auto_messages;
            waiting_entries = WaitingEntries(app_texts, auto_messages, cx, origins, people, records, waiting_list);
            waiting_board = WaitingBoard(accounts, cx, leases, records, speaker, waiting_list), &memory.waiting_board;
            open_rooms = OpenRooms(cx), &memory.open_rooms;
            delivery = Delivery(archives, cx, notes, open_rooms);
            not_understood = NotUnderstood(cx, delivery, installations, records, speaker);
            account_events = AccountEvents(cx, delivery, installations, not_understood);
            quotes = Quotes(archives, cx);
            rooms = Rooms(accounts, auto_messages, cx, conversations, leases, open_rooms, origins,
                profile_reader, records, visitor_keys);
            edits = Edits(archives, cx, delivery, notes, quotes, records, rooms, waiting_entries);
            customer_reactions = CustomerReactions(archives, cx, edits, quotes, reaction_records, records);
            event_turns = EventTurns(cx, leases, records), &memory.event_turns;
            media_relay = MediaRelay(app_texts, cx, delivery, event_turns, message_reader, open_rooms, rooms);
            message_events = MessageEvents(cx, delivery, media_relay, quotes);
            echoes = Echoes(archives, cx, delivery, edits, message_events, quotes, rooms);
            event_cards = EventCards(cx, delivery, quotes, rooms, thread_banners);
            event_renderer = EventRenderer(account_events, cx, conversations, customer_reactions,
                delivery, echoes, edits, event_cards, event_turns, message_events, not_understood, rooms,
                surveys, threads);
            intake = Intake(archives, backlogs, cx, conversations, event_turns, records, webhook_watch),
                &memory.intake;
            receipt_marks = ReceiptMarks(archives, cx, conversations, reaction_records, records);
            suspect_watch = SuspectWatch(accounts, attempt_records, cx, records, speaker), &memory.suspect_watch;
            inbox = Inbox(accounts, archives, auto_messages, backlogs, cx, conversations, event_renderer,
                event_turns, intake, leases, open_rooms, receipt_marks, records, speaker, suspect_watch,
                threads, waiting_entries), &memory.inbox;
            serving = Serving(accounts, cx, conversations, inbox, leases, rooms, suspect_watch,
                waiting_entries, waiting_list), &memory.serving;
            open_now = OpenNow(accounts, cx, inbox, serving, waiting_list);
            confirmation = Confirmation(account_manager, accounts, archives, backlogs, cx, conversations,
                dead_tokens, inbox, intake, message_reader, records, speaker, unconfirmed_records,
                webhook_watch);
            retention = Retention(archives, backlogs, confirmation, cx, conversations, inbox,
                outbox_queue, records, suspect_watch);
            connect_actions = ConnectActions(account_configs, account_health, account_manager, accounts,
                choices, cx, doctor, logins, secret_keeper, settings_screen, setup_channels,
                signed_requests, speaker, webhook_watch);
        }
        Rc::unwrap_or_clone(Self::new(
            &account_configs,
            &account_manager,
            &accounts,
            &agent_messages,
            &agent_requests,
            &auto_messages,
            &confirmation,
            &connect_actions,
            &cx,
            &conversations,
            &doctor,
            &inbox,
            &installations,
            &intake,
            &leases,
            &logins,
            &notes,
            &open_now,
            &open_room_records,
            &open_rooms,
            &records,
            &retention,
            &rooms,
            &secret_keeper,
            &serving,
            &settings_screen,
            &setup_channels,
            &signed_requests,
            &speaker,
            &thread_banners,
            &thread_timeouts,
            &threads,
            &visitor_keys,
            &waiting_board,
            &webhook_watch,
            &window_banners,
            &memory.app,
        ))
    }

    /// A browser comes back from Meta's login.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn oauth_callback(&self, request: WebRequest) -> Result<WebAnswer, CoreError> {
        self.logins.oauth_callback(request).await
    }

    /// Meta says that a person removed the app.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn deauthorize(&self, request: WebRequest) -> Result<WebAnswer, CoreError> {
        self.signed_requests.deauthorize(request).await
    }

    /// Meta asks for a person's data to be deleted.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn data_deletion(&self, request: WebRequest) -> Result<WebAnswer, CoreError> {
        self.signed_requests.data_deletion(request).await
    }

    /// A person looks up what became of a deletion.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn data_deletion_status(&self, request: WebRequest) -> Result<WebAnswer, CoreError> {
        self.signed_requests.data_deletion_status(request).await
    }

    /// Something happened to a message in a room of ours.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer; what could not be sent is told to the agent instead.
    pub async fn agent_message(&self, input: MessageInput) -> Result<(), CoreError> {
        self.agent_messages.agent_message(input).await
    }

    /// A setting is about to be saved.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn check_setting(&self, input: SettingInput) -> Result<SettingAnswer, CoreError> {
        self.settings_screen.check_setting(input).await
    }

    /// Does what an act below calls for.
    fn follow_now(self, follow_up: FollowUp) -> Following {
        let this = self;
        Box::pin(async move {
            match follow_up {
                FollowUp::Answered(id) => {
                    let shown = this.inbox.show_asides(&id).await;
                    shown.and(this.notes.show_unshown(&id).await)
                }
                FollowUp::Settled(id) => this.inbox.work_off(&id).await,
                FollowUp::Control(id, give_up) => this.thread_timeouts.settle_waiting(&id, give_up).await,
                FollowUp::MayServe => this.serving.somebody_may_serve().await,
                FollowUp::Waiting => {
                    this.waiting_board.show_board_soon();
                    Ok(())
                }
            }
        })
    }
}
