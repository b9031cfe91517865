import { EventEmitter } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { makeCore, shuffler, type Core } from './core.js';
import { makeDomain, type Domain } from './domain/index.js';
import type { GuestData } from './domain/visitors.js';
import type { AppHost } from './engine/host.js';
import type { Interactions } from './engine/interactions.js';
import { chooseEngine } from './engine/package.js';
import { CACHE_DIR, prepareDeno, useRuntime } from './engine/runtime.js';
import { WorkspaceError } from './model.js';
import type * as Model from './model.js';
import { prepareNodeRuntime } from './node-runtime/index.js';
import { openCollections } from './store/collections.js';
import { Database } from './store/database.js';

/** Ephemeral messages kept per user; older ones fall out. */
const MOST_EPHEMERAL = 1000;

/**
 * A Rocket.Chat workspace in this process: the real Apps-Engine over a database file.
 * One per process at a time (the engine's `AppManager` is a singleton); any number of processes on one data folder.
 */
export class Workspace implements Model.WorkspaceApi {
    readonly #events = new EventEmitter();
    readonly #ephemeral = new Map<string, Model.EphemeralMessage[]>();
    readonly #database: Database;
    readonly #core: Core;
    readonly #domain: Domain;
    readonly #host: AppHost;
    readonly #interactions: Interactions;
    #shift = 0;

    private constructor(
        private readonly options: Model.WorkspaceOptions,
        engine: Awaited<ReturnType<typeof loadEngine>>,
        tempDir: string,
    ) {
        this.#events.setMaxListeners(0);
        const uploadDir = join(options.dataDir, 'uploads');
        mkdirSync(uploadDir, { recursive: true });
        this.#database = new Database(join(options.dataDir, 'workspace.db'));
        this.#core = makeCore({
            db: this.#database,
            collections: openCollections(this.#database),
            siteUrl: options.siteUrl,
            uploadDir,
            now: () => this.now(),
            shuffle: options.readOrder === 'stored' ? (list) => list : shuffler(options.readOrder ?? 1),
            events: this.#events,
        });
        this.#domain = makeDomain(this.#core);
        this.#domain.settings.seed(options.siteUrl);
        this.#domain.users.seed();
        this.#host = new engine.AppHost(this.#core, this.#domain, { tempDir, metaBaseUrl: options.metaBaseUrl });
        this.#interactions = new engine.Interactions(this.#core, this.#domain, this.#host);
        this.#core.apps = this.#host.events;
        this.on('ephemeral', (message) => {
            const kept = [...(this.#ephemeral.get(message.userId) ?? []), message];
            this.#ephemeral.set(message.userId, kept.slice(-MOST_EPHEMERAL));
        });
    }

    /**
     * Opens the data folder, makes it when missing, and starts the apps in it.
     *
     * @throws RuntimeSetupError when the apps runtime cannot be set up
     */
    static async open(options: Model.WorkspaceOptions): Promise<Workspace> {
        const engine = await loadEngine(options.engine);
        const { tempDir, binDir } =
            options.runtime === 'node' ? await prepareNodeRuntime(CACHE_DIR, options.onProgress) : await prepareDeno(options.onProgress);
        useRuntime(binDir);
        const workspace = new Workspace(options, engine, tempDir);
        await workspace.#host.load();
        if (options.runJobs !== false) {
            workspace.#host.bridges.scheduler.start();
        }
        return workspace;
    }

    get siteUrl(): string {
        return this.#core.setting<string>('Site_Url');
    }

    get dataDir(): string {
        return this.options.dataDir;
    }

    on<K extends keyof Model.WorkspaceEvents>(event: K, listener: (...args: Model.WorkspaceEvents[K]) => void): void {
        this.#events.on(event, listener as (...args: unknown[]) => void);
    }

    off<K extends keyof Model.WorkspaceEvents>(event: K, listener: (...args: Model.WorkspaceEvents[K]) => void): void {
        this.#events.off(event, listener as (...args: unknown[]) => void);
    }

    async close(): Promise<void> {
        await this.#host.close();
        this.#events.removeAllListeners();
        this.#database.close();
    }

    // Users ------------------------------------------------------------------------------------------------------
    createUser = (user: Model.NewUser) => this.#domain.users.create(user);
    user = (userId: string) => this.#domain.users.get(userId);
    userByUsername = (username: string) => this.#domain.users.byUsername(username);
    users = () => this.#domain.users.all();
    deleteUser = (userId: string) => {
        this.#domain.users.remove(userId);
    };
    login = (user: string, password: string) => this.#domain.users.login(user, password);
    loginAs = (userId: string) => this.#domain.users.loginAs(userId);
    authenticate = (userId: string, authToken: string) => this.#domain.users.authenticate(userId, authToken);
    logout = (token: Model.LoginToken) => {
        this.#domain.users.logout(token);
    };
    hasPermission = (userId: string, permission: string) => this.#domain.users.hasPermission(userId, permission);

    setRoles = (userId: string, roles: string[]) => {
        const statusLivechat = roles.includes('livechat-agent') ? (this.user(userId)?.statusLivechat ?? 'available') : undefined;
        this.#domain.users.update(userId, { roles, statusLivechat });
    };

    setPresence = (userId: string, status: Model.Presence) => {
        this.#domain.users.setPresence(userId, status);
        this.#domain.livechat.processQueue();
    };

    setAgentStatus = (userId: string, status: 'available' | 'not-available') => {
        this.#domain.users.setAgentStatus(userId, status);
        this.#domain.livechat.processQueue();
    };

    // Departments ------------------------------------------------------------------------------------------------
    createDepartment = (department: Model.NewDepartment) => this.#domain.departments.create(department);
    updateDepartment = (id: string, change: Partial<Model.NewDepartment>) => this.#domain.departments.update(id, change);
    department = (idOrName: string) => this.#domain.departments.find(idOrName);
    departments = () => this.#domain.departments.all();
    departmentAgents = (departmentId: string) => this.#domain.departments.agentsOf(departmentId);
    agents = () => this.#domain.departments.agents();

    // Rooms ------------------------------------------------------------------------------------------------------
    createRoom = (ownerId: string, room: Model.NewRoom) => this.#domain.rooms.create(ownerId, room);
    room = (roomId: string) => this.#domain.rooms.get(roomId);
    roomByName = (name: string) => this.#domain.rooms.byName(name);
    rooms = (filter?: Model.RoomFilter) => this.#domain.rooms.find(filter);
    roomsOf = (userId: string) => this.#domain.rooms.of(userId);
    members = (roomId: string) => this.#domain.rooms.members(roomId);
    subscriptions = (userId: string) => this.#domain.rooms.subscriptions(userId);
    addMember = (roomId: string, userId: string) => this.#domain.rooms.addMember(roomId, userId);
    removeMember = (roomId: string, userId: string) => this.#domain.rooms.removeMember(roomId, userId);

    canAccessRoom = (roomId: string, userId: string) => {
        const room = this.room(roomId);
        return room !== undefined && this.#domain.rooms.canAccess(room, userId);
    };

    // Omnichannel ------------------------------------------------------------------------------------------------
    visitor = (visitorId: string) => this.#domain.visitors.get(visitorId);
    visitorByToken = (token: string) => this.#domain.visitors.byToken(token);
    visitors = () => this.#domain.visitors.all();
    contact = (contactId: string) => this.#domain.contacts.get(contactId);
    contactsOf = (visitorId: string) => this.#domain.contacts.ofVisitor(visitorId);
    renameContact = (contactId: string, name: string) => this.#domain.contacts.rename(contactId, name);
    activeContacts = () => this.#domain.contacts.active();
    setContactLimit = (most?: number): void => { this.#domain.contacts.limit(most); };
    defineCustomField = (key: string, options?: Model.CustomFieldOptions): void => { this.#domain.visitors.defineCustomField(key, options); };
    queue = () => this.#domain.livechat.queue();
    inquiry = (id: string) => this.#domain.livechat.inquiry(id);
    takeInquiry = (inquiryId: string, userId: string) => settle(() => this.#domain.livechat.take(inquiryId, userId));
    returnToQueue = (roomId: string, userId: string) => settle(() => this.#domain.livechat.returnToQueue(roomId, userId));
    transferLivechatRoom = (roomId: string, userId: string, target: Model.TransferTarget) =>
        settle(() => this.#domain.livechat.transferAs(roomId, userId, target));
    setRoomOnHold = (roomId: string, onHold: boolean, userId: string) => settle(() => this.#domain.livechat.hold(roomId, onHold, userId));

    registerVisitor = (guest: GuestData) => this.#domain.visitors.register(guest);

    async visitorRoom(token: string, source: Model.RoomSource = { type: 'api' }): Promise<Model.RoomDoc> {
        const guest = this.#domain.visitors.byToken(token);
        if (guest === undefined) {
            throw new WorkspaceError('invalid-token', 'Invalid token');
        }
        return this.#domain.livechat.createRoom({ guest, source });
    }

    async visitorMessage(
        visitor: { token: string; name?: string; department?: string },
        msg: string,
        source: Model.RoomSource = { type: 'api' },
    ): Promise<Model.MessageDoc> {
        const guest = this.#domain.visitors.byToken(visitor.token) ?? this.#domain.visitors.register(visitor);
        const open = this.#domain.rooms.find({ t: 'l', open: true, token: visitor.token })[0];
        const room = await this.#domain.livechat.roomForMessage(guest, open?._id ?? '', msg, source);
        return this.#domain.messages.save(guest, { msg, token: guest.token, alias: guest.name }, room);
    }

    async closeLivechatRoom(
        roomId: string,
        closer: { userId: string } | { visitorToken: string },
        options: Model.CloseOptions = {},
    ): Promise<Model.RoomDoc> {
        if ('userId' in closer) {
            return this.#domain.livechat.closeAs(roomId, closer.userId, options);
        }
        return this.#domain.livechat.closeByVisitor(roomId, closer.visitorToken);
    }

    // Messages ---------------------------------------------------------------------------------------------------
    sendMessage = (userId: string, message: Model.OutgoingMessage) => this.#domain.messages.post(userId, message);
    editMessage = (userId: string, messageId: string, msg: string) => this.#domain.messages.edit(userId, messageId, msg);
    deleteMessage = (userId: string, messageId: string) => this.#domain.messages.deleteAs(userId, messageId);
    react = (userId: string, messageId: string, emoji: string, shouldReact?: boolean) =>
        settle(() => this.#domain.messages.react(userId, messageId, emoji, shouldReact));
    message = (messageId: string) => this.#domain.messages.get(messageId);
    messages = (roomId: string, filter?: Model.MessageFilter) => this.#domain.messages.in(roomId, filter);
    settled = () => this.#host.events.settled();

    // Files ------------------------------------------------------------------------------------------------------
    uploadFile = (userId: string, upload: Model.NewUpload) => this.#domain.uploads.uploadAs(userId, upload);
    storeUpload = (userId: string, upload: Model.NewUpload) => this.#domain.uploads.storeAs(userId, upload);
    confirmUpload = (userId: string, rid: string, uploadId: string, message: Model.ConfirmedUpload = {}) =>
        this.#domain.uploads.confirmAs(userId, rid, uploadId, message);
    upload = (uploadId: string) => this.#domain.uploads.get(uploadId);
    uploads = (roomId?: string) => this.#domain.uploads.all(roomId);
    uploadContent = (uploadId: string) => this.#domain.uploads.content(uploadId);

    // Settings ---------------------------------------------------------------------------------------------------
    serverSetting = (id: string) => this.#domain.settings.get(id);
    serverSettings = () => this.#domain.settings.all();
    setServerSetting = (id: string, value: unknown) => {
        this.#domain.settings.set(id, value);
        this.#domain.livechat.processQueue();
    };
    appSetting = (appId: string, settingId: string) => this.app(appId)?.settings[settingId];
    appSettings = (appId: string) => this.app(appId)?.settings ?? {};
    updateAppSetting = (appId: string, setting: { id: string; value?: unknown }) => this.#host.updateSetting(appId, setting);
    setAppSetting = (appId: string, settingId: string, value: unknown) => this.#host.setSetting(appId, settingId, value);

    // Apps -------------------------------------------------------------------------------------------------------
    installApp = (zip: Buffer, options: Model.InstallOptions = {}) => this.#host.install(zip, options);
    updateApp = (zip: Buffer, options: Model.InstallOptions = {}) => this.#host.update(zip, options);
    uninstallApp = (appId: string, userId?: string) => this.#host.uninstall(appId, userId);
    enableApp = (appId: string) => this.#host.setEnabled(appId, true);
    disableApp = (appId: string) => this.#host.setEnabled(appId, false);
    app = (appId: string) => this.#host.summary(appId);
    apps = () =>
        this.#core.collections.apps
            .find()
            .map((stored) => this.#host.summary(stored.id))
            .filter((app) => app !== undefined);
    appLogs = (appId: string, options: { limit?: number; skip?: number } = {}) =>
        this.#core.collections.appLogs.find({ appId }, { order: 'desc', ...options });
    killAppProcess = (appId: string) => this.#host.kill(appId);
    appProcessId = (appId: string) => this.#host.pid(appId);
    waitForAppRestart = (appId: string, oldPid: number, timeoutMs = 120_000) => this.#host.waitForRestart(appId, oldPid, timeoutMs);

    // What apps provide ------------------------------------------------------------------------------------------
    callEndpoint = (request: Model.EndpointRequest) => this.#interactions.callEndpoint(request);
    endpoints = (appId?: string) => this.#interactions.endpoints(appId);
    commands = () => [...this.#host.bridges.commands.commands.values()];
    runCommand = (userId: string, call: Model.SlashCommandCall) => this.#interactions.runCommand(userId, call);
    actionButtons = () => this.#interactions.actionButtons();
    interact = (userId: string, appId: string, interaction: Model.UiKitInteraction) => this.#interactions.interact(userId, appId, interaction);
    surfaces = (userId: string) => this.#host.surfaces.of(userId);
    openView = (userId: string, viewId?: string) => this.#host.surfaces.open(userId, viewId);
    ephemeralMessages = (userId: string) => this.#ephemeral.get(userId) ?? [];

    // Time, jobs -------------------------------------------------------------------------------------------------
    now(): number {
        return (this.options.now?.() ?? Date.now()) + this.#shift;
    }

    async advanceTime(ms: number): Promise<number> {
        const { scheduler } = this.#host.bridges;
        const end = this.now() + ms;
        let ran = 0;
        for (let due = scheduler.nextDue(); due !== undefined && due <= end; due = scheduler.nextDue()) {
            this.#shift += Math.max(0, due - this.now());
            const count = await scheduler.runDue();
            ran += count;
            // What is due may be running already, by this process' own clock.
            if (count === 0 && !(await scheduler.idle())) {
                // Then it is another process' or a stopped app's.
                break;
            }
        }
        this.#shift += Math.max(0, end - this.now());
        return ran;
    }

    runDueJobs = () => this.#host.bridges.scheduler.runDue();
    jobs = (appId?: string) => this.#host.bridges.scheduler.jobs(appId);

    // For tests --------------------------------------------------------------------------------------------------
    roundTrips = (appId?: string) => this.#host.roundTrips.all(appId);
    refusedPermissions = (appId: string) => this.#host.roundTrips.refused(appId);
    clearRoundTrips = () => {
        this.#host.roundTrips.clear();
    };

    persistence(appId: string): { _id: string; associations: { model: string; id: string }[]; data: unknown }[] {
        return this.#core.collections.persistence
            .find({ appId })
            .map(({ _id, associations, data }) => ({ _id, associations: associations ?? [], data }));
    }

    dump(): string {
        const lines = readdirSync(this.#core.uploadDir);
        for (const table of this.#database.tables()) {
            for (const row of this.#database.prepare(`SELECT * FROM "${table}"`).all()) {
                lines.push(`${table} ${JSON.stringify(row)}`);
            }
        }
        return lines.join('\n');
    }
}

/** What extends classes of the engine, which is chosen before. */
async function loadEngine(version: Model.EngineVersion | undefined) {
    chooseEngine(version);
    return { ...(await import('./engine/host.js')), ...(await import('./engine/interactions.js')) };
}

/** A synchronous piece of the domain behind the asynchronous face: its refusals become rejections. */
async function settle<T>(work: () => T): Promise<T> {
    return Promise.resolve(work());
}
