/**
 * The embedded workspace's public face: what the HTTP layer and the tests call.
 * `Workspace` in `workspace.ts` implements it.
 */
import type {
    AttachmentDoc,
    ContactDoc,
    DepartmentDoc,
    InquiryDoc,
    LoginToken,
    MessageDoc,
    Presence,
    RoomDoc,
    RoomKind,
    RoomSource,
    ServerSettingDoc,
    SubscriptionDoc,
    UploadDoc,
    UserDoc,
    VisitorDoc,
} from './documents.js';

export type * from './documents.js';

/** Versions of `@rocket.chat/apps-engine` that are installed with the tests. */
export type EngineVersion = '1.53.1' | '1.62.0';

export interface WorkspaceOptions {
    /** Folder of the database file and the uploads; made when missing. */
    dataDir: string;
    /** The `Site_Url` setting's value at first start, without a trailing slash. */
    siteUrl: string;
    /** Base URL of the Meta stand-in; absent: apps' HTTP calls go where they say. */
    metaBaseUrl?: string;
    /** The wall clock, Unix ms; `advanceTime` adds to it. Default `Date.now`. */
    now?: () => number;
    /** Which runtime runs the apps: `deno` as servers up to 8.7 do, `node` as servers from 8.8 do. Default `deno`. */
    runtime?: 'deno' | 'node';
    /** The Apps-Engine: `1.53.1` as servers 7.8 have it, `1.62.0` (default) as 8.4 has it. One per process; `node` wants the newest. */
    engine?: EngineVersion;
    /**
     * Polls scheduled jobs on its own (default true). Off, only `runDueJobs` and `advanceTime` run them.
     */
    runJobs?: boolean;
    /**
     * The order in which persistence shows an app its records, and which of several equal ones an update changes: the server
     * promises neither. A number (default 1) draws another order at each read, the same ones for the same number; `stored` is
     * for tests of other things.
     */
    readOrder?: number | 'stored';
    /** Told about each set-up step, in words for a person. */
    onProgress?: (line: string) => void;
}

/**
 * A refusal. With a code and a reason it is what a `Meteor.Error` of the real server is to an app: "reason [code]". With one
 * text alone it is a plain `Error`: a bare code (`error-room-closed`), or words for people with no code in them.
 */
export class WorkspaceError extends Error {
    override readonly name = 'WorkspaceError';

    constructor(
        /** The stable code, as the server names it. */
        readonly error: string,
        readonly reason: string = error,
        readonly details: Record<string, unknown> = {},
    ) {
        super(reason === error ? error : `${reason} [${error}]`);
    }
}

export interface NewUser {
    username: string;
    name?: string;
    password?: string;
    email?: string;
    /** Default `['user']`. */
    roles?: string[];
    type?: UserDoc['type'];
    _id?: string;
    statusLivechat?: UserDoc['statusLivechat'];
}

export interface NewDepartment {
    name: string;
    _id?: string;
    enabled?: boolean;
    description?: string;
    showOnRegistration?: boolean;
    fallbackForwardDepartment?: string;
    /** Conversations end with a tag only; these are set by themselves. */
    requestTagBeforeClosingChat?: boolean;
    chatClosingTags?: string[];
    /** User ids or usernames of the agents. */
    agents?: string[];
}

export interface NewRoom {
    t: Exclude<RoomKind, 'l'>;
    /** Required for channels and private groups. */
    name?: string;
    /** Usernames; for a direct message, the people in it besides the owner. */
    members?: string[];
    topic?: string;
    customFields?: Record<string, unknown>;
}

export interface OutgoingMessage {
    rid: string;
    msg?: string;
    /** Thread root. */
    tmid?: string;
    attachments?: AttachmentDoc[];
    /** Message to quote: the server puts an attachment with its `message_link` in, and the link in front of the text. */
    quote?: string;
    _id?: string;
    alias?: string;
    avatar?: string;
    emoji?: string;
    customFields?: Record<string, unknown>;
    blocks?: unknown[];
    groupable?: boolean;
}

export interface NewUpload {
    rid: string;
    name: string;
    content: Buffer;
    /** Media type; sniffed from bytes and name when absent. */
    type?: string;
    /** Caption, `attachments[0].description` of the message. */
    description?: string;
    msg?: string;
    tmid?: string;
}

/** What `rooms.mediaConfirm` says about the message of a stored file. */
export interface ConfirmedUpload {
    msg?: string;
    /** Caption, `attachments[0].description` of the message. */
    description?: string;
    tmid?: string;
    /** Another name than the stored one. */
    fileName?: string;
}

export interface RoomFilter {
    t?: RoomKind;
    open?: boolean;
    /** Visitor token. */
    token?: string;
    agentId?: string;
    departmentId?: string;
    name?: string;
}

export interface MessageFilter {
    /** Newest last by default. */
    order?: 'asc' | 'desc';
    limit?: number;
    skip?: number;
    /** Leaves system messages out. */
    withoutSystem?: boolean;
    tmid?: string;
}

export interface TransferTarget {
    userId?: string;
    departmentId?: string;
    comment?: string;
    clientAction?: boolean;
}

export interface CloseOptions {
    comment?: string;
    tags?: string[];
    /** Whether a person does it in the client: then a tag may have to be chosen. */
    clientAction?: boolean;
}

/** A custom field as an administrator defines it. */
export interface CustomFieldOptions {
    /** Whose field it is; default `visitor`. */
    scope?: 'visitor' | 'room';
    /** A regular expression that values must match. */
    regexp?: string;
}

export interface AppSummary {
    id: string;
    name: string;
    nameSlug: string;
    version: string;
    description: string;
    /** `AppStatus` of the engine: `auto_enabled`, `manually_enabled`, `manually_disabled`, `error_disabled`, … */
    status: string;
    enabled: boolean;
    /** The private endpoints' path part. */
    privateHash: string;
    iconFileContent?: string;
    /** app.json as the zip holds it. */
    info: Record<string, unknown>;
    permissionsGranted: { name: string; [key: string]: unknown }[];
    settings: Record<string, AppSetting>;
    languages: Record<string, Record<string, string>>;
}

/** `ISetting` of the engine. */
export interface AppSetting {
    id: string;
    type: string;
    packageValue: unknown;
    value?: unknown;
    required: boolean;
    public: boolean;
    hidden?: boolean;
    section?: string;
    i18nLabel: string;
    i18nDescription?: string;
    values?: { key: string; i18nLabel: string }[];
    multiline?: boolean;
    createdAt?: Date;
    updatedAt?: Date;
}

export interface InstallResult {
    app: AppSummary;
    /** Milliseconds for install and, when asked for, enable. */
    durationMs: number;
    /** What the engine complained about; empty when all went well. */
    errors: string[];
}

export interface InstallOptions {
    /** Enable at once; default true. */
    enable?: boolean;
    /** Default: what app.json asks for, as an admin who agrees to everything. */
    permissionsGranted?: { name: string; [key: string]: unknown }[];
    /** The admin who installs; default the first user with role `admin`. */
    userId?: string;
}

export interface AppLogDoc {
    _id: string;
    appId: string;
    method: string;
    entries: { caller: string; severity: string; timestamp: Date; args: unknown[]; method?: string }[];
    startTime: Date;
    endTime: Date;
    totalTime: number;
    instanceId?: string;
    _createdAt: Date;
}

/** A request to an app endpoint after the server's parsers: header names lower case, `content` parsed. */
export interface EndpointRequest {
    appId: string;
    visibility: 'public' | 'private';
    /** The path's hash part for private endpoints. */
    hash?: string;
    /** Path as the app provided it or a concrete one; `:param` patterns are matched here. */
    path: string;
    /** The values of `:param`s, with `path` the pattern as the app provided it; the HTTP face has matched already. */
    params?: Record<string, string>;
    method: 'get' | 'post' | 'put' | 'delete' | 'head' | 'options' | 'patch';
    headers: Record<string, string>;
    query: Record<string, unknown>;
    content: unknown;
    /** The logged-in user, when the request carried valid login headers. */
    userId?: string;
}

export interface EndpointResponse {
    status: number;
    headers?: Record<string, string>;
    /** String, Buffer or JSON value; see `apps-engine.md` §3.3 for how Express renders each. */
    content?: unknown;
}

export interface ProvidedEndpoint {
    appId: string;
    path: string;
    computedPath: string;
    methods: string[];
    /** The server answers 401 itself when nobody is logged in. */
    authRequired: boolean;
}

export interface SlashCommandCall {
    /** Without the slash. */
    command: string;
    /** The text after the command; the server splits it on blanks, groups by quotes and takes those away. */
    params?: string;
    rid: string;
    tmid?: string;
    triggerId?: string;
}

export interface SlashCommandInfo {
    command: string;
    appId: string;
    params?: string;
    description?: string;
    permission?: string | string[];
    providesPreview: boolean;
    enabled: boolean;
}

/** Body of `POST /api/apps/ui.interaction/:appId` as the web client sends it. */
export type UiKitInteraction =
    | {
          type: 'blockAction';
          actionId: string;
          triggerId?: string;
          payload: { blockId: string; value?: unknown };
          container: { type: 'view' | 'message'; id: string };
          rid?: string;
          mid?: string;
      }
    | { type: 'viewSubmit'; actionId?: string; triggerId?: string; payload: { view: { id: string; state?: UiKitState; [key: string]: unknown } } }
    | { type: 'viewClosed'; actionId?: string; payload: { view: { id: string; state?: UiKitState; [key: string]: unknown }; isCleared?: boolean } }
    | {
          type: 'actionButton';
          actionId: string;
          triggerId?: string;
          rid: string;
          mid?: string;
          tmid?: string;
          payload: { context: string; message?: string };
      };

/** blockId → actionId → value */
export type UiKitState = Record<string, Record<string, unknown>>;

/** What an app told a user's client to show (`uiInteraction` stream), kept per user. */
export interface Surface {
    appId: string;
    userId: string;
    /** `modal.open`, `modal.update`, `contextual_bar.open`, `contextual_bar.update`, `modal.close`, `errors` */
    type: string;
    triggerId?: string;
    viewId?: string;
    view?: Record<string, unknown>;
    errors?: Record<string, string>;
    at: Date;
}

export interface ActionButton {
    appId: string;
    actionId: string;
    context: string;
    labelI18n: string;
    when?: Record<string, unknown>;
}

/** A message only one user's open clients see; the server stores none of it, the workspace keeps it in memory. */
export interface EphemeralMessage extends Omit<MessageDoc, '_updatedAt'> {
    userId: string;
    appId: string;
    private: true;
}

export interface ScheduledJob {
    _id: string;
    /** The processor's id as the app gave it. */
    processorId: string;
    appId: string;
    type: 'once' | 'recurring';
    nextRunAt: Date | null;
    interval?: string | number;
    data: Record<string, unknown>;
    lastRunAt?: Date;
    failCount: number;
    failReason?: string;
}

/** One accessor or bridge call an app made to the server: a JSON-RPC request over the runtime's pipe. */
export interface RoundTrip {
    appId: string;
    /** The call as named on the wire, e.g. `bridges:getPersistenceBridge:doReadByAssociations`. */
    method: string;
    at: Date;
}

export interface WorkspaceEvents {
    message: [MessageDoc];
    'message-updated': [MessageDoc];
    'message-deleted': [{ _id: string; rid: string }];
    room: [RoomDoc];
    'room-deleted': [{ _id: string }];
    subscription: [SubscriptionDoc];
    inquiry: [InquiryDoc];
    'inquiry-removed': [{ _id: string; rid: string }];
    user: [UserDoc];
    presence: [{ userId: string; status: Presence; statusLivechat?: 'available' | 'not-available' }];
    visitor: [VisitorDoc];
    typing: [{ rid: string; username: string; typing: boolean }];
    ephemeral: [EphemeralMessage];
    surface: [Surface];
    'app-status': [{ appId: string; status: string }];
    'app-setting': [{ appId: string; setting: AppSetting }];
    'server-setting': [ServerSettingDoc];
    command: [{ command: string; change: 'added' | 'updated' | 'removed' | 'disabled' | 'enabled' }];
    actions: [];
    job: [{ job: ScheduledJob; error?: string }];
}

export interface WorkspaceApi {
    readonly siteUrl: string;
    readonly dataDir: string;

    on<K extends keyof WorkspaceEvents>(event: K, listener: (...args: WorkspaceEvents[K]) => void): void;
    off<K extends keyof WorkspaceEvents>(event: K, listener: (...args: WorkspaceEvents[K]) => void): void;
    /** Stops jobs, apps' processes and the database; data stays. */
    close(): Promise<void>;

    // Users ------------------------------------------------------------------------------------------------------
    createUser(user: NewUser): UserDoc;
    /** By id, or undefined. */
    user(userId: string): UserDoc | undefined;
    userByUsername(username: string): UserDoc | undefined;
    users(): UserDoc[];
    /** Sets roles; `livechat-agent` and `livechat-manager` are the Omnichannel ones. */
    setRoles(userId: string, roles: string[]): void;
    deleteUser(userId: string): void;
    /** Checks a password (username or e-mail), gives a new token. Throws `error-user-not-found` style refusals. */
    login(user: string, password: string): LoginToken;
    /** A token without a password, for tests. */
    loginAs(userId: string): LoginToken;
    /** The user of a valid token pair. */
    authenticate(userId: string, authToken: string): UserDoc | undefined;
    logout(token: LoginToken): void;
    hasPermission(userId: string, permission: string): boolean;
    setPresence(userId: string, status: Presence): void;
    setAgentStatus(userId: string, status: 'available' | 'not-available'): void;

    // Departments ------------------------------------------------------------------------------------------------
    createDepartment(department: NewDepartment): DepartmentDoc;
    updateDepartment(departmentId: string, change: Partial<NewDepartment>): DepartmentDoc;
    department(idOrName: string): DepartmentDoc | undefined;
    departments(): DepartmentDoc[];
    departmentAgents(departmentId: string): UserDoc[];
    /** All users with role `livechat-agent`. */
    agents(): UserDoc[];

    // Rooms ------------------------------------------------------------------------------------------------------
    createRoom(ownerId: string, room: NewRoom): Promise<RoomDoc>;
    room(roomId: string): RoomDoc | undefined;
    roomByName(name: string): RoomDoc | undefined;
    rooms(filter?: RoomFilter): RoomDoc[];
    /** Rooms the user is a member of. */
    roomsOf(userId: string): RoomDoc[];
    members(roomId: string): UserDoc[];
    subscriptions(userId: string): SubscriptionDoc[];
    addMember(roomId: string, userId: string): Promise<void>;
    removeMember(roomId: string, userId: string): Promise<void>;
    /** Whether the user may read the room. */
    canAccessRoom(roomId: string, userId: string): boolean;

    // Omnichannel ------------------------------------------------------------------------------------------------
    visitor(visitorId: string): VisitorDoc | undefined;
    visitorByToken(token: string): VisitorDoc | undefined;
    visitors(): VisitorDoc[];
    contact(contactId: string): ContactDoc | undefined;
    contactsOf(visitorId: string): ContactDoc[];
    /** An agent renames a contact, as in the Contact Center. */
    renameContact(contactId: string, name: string): ContactDoc;
    /** Contacts that count for the licence this month. */
    activeContacts(): ContactDoc[];
    /** How many contacts the licence allows a month; without a number as many as come. */
    setContactLimit(most?: number): void;
    /** The server's `registerGuest`: makes the visitor, or changes the one with the token. */
    registerVisitor(guest: { token: string; name?: string; email?: string; department?: string; phone?: string; username?: string }): VisitorDoc;
    /** A new room of the visitor with this token, as the web widget asks for one. */
    visitorRoom(token: string, source?: RoomSource): Promise<RoomDoc>;
    /** Defines a custom field; the server refuses those that nobody defined. */
    defineCustomField(key: string, options?: CustomFieldOptions): void;
    /** As the web widget does: the visitor and an open room come into being as needed. */
    visitorMessage(visitor: { token: string; name?: string; department?: string }, msg: string, source?: RoomSource): Promise<MessageDoc>;
    /** Waiting rooms' queue entries, oldest first. */
    queue(): InquiryDoc[];
    inquiry(roomIdOrInquiryId: string): InquiryDoc | undefined;
    /** An agent takes a queued room. */
    takeInquiry(inquiryId: string, userId: string): Promise<RoomDoc>;
    /** Puts a served room back in the queue. */
    returnToQueue(roomId: string, userId: string): Promise<RoomDoc>;
    closeLivechatRoom(roomId: string, closer: { userId: string } | { visitorToken: string }, options?: CloseOptions): Promise<RoomDoc>;
    transferLivechatRoom(roomId: string, userId: string, target: TransferTarget): Promise<RoomDoc>;
    setRoomOnHold(roomId: string, onHold: boolean, userId: string): Promise<RoomDoc>;

    // Messages ---------------------------------------------------------------------------------------------------
    /** Post as a user, with the server's checks (membership, closed room, length). */
    sendMessage(userId: string, message: OutgoingMessage): Promise<MessageDoc>;
    editMessage(userId: string, messageId: string, msg: string): Promise<MessageDoc>;
    deleteMessage(userId: string, messageId: string): Promise<void>;
    /** `:thumbsup:`; `shouldReact` absent toggles. */
    react(userId: string, messageId: string, emoji: string, shouldReact?: boolean): Promise<MessageDoc>;
    message(messageId: string): MessageDoc | undefined;
    messages(roomId: string, filter?: MessageFilter): MessageDoc[];
    /** Waits until the app listeners of all messages and room events so far have finished (they run behind the answer). */
    settled(): Promise<void>;

    // Files ------------------------------------------------------------------------------------------------------
    /** Stores the file and posts its message, as `rooms.media` + `rooms.mediaConfirm` do. */
    uploadFile(userId: string, upload: NewUpload): Promise<{ upload: UploadDoc; message: MessageDoc }>;
    /** First half of `uploadFile` (`rooms.media`): the file is stored for the room, nothing is posted yet. */
    storeUpload(userId: string, upload: NewUpload): Promise<UploadDoc>;
    /** Second half (`rooms.mediaConfirm`): posts the message of a file this user stored for this room. */
    confirmUpload(userId: string, rid: string, uploadId: string, message?: ConfirmedUpload): Promise<MessageDoc>;
    upload(uploadId: string): UploadDoc | undefined;
    uploads(roomId?: string): UploadDoc[];
    uploadContent(uploadId: string): Buffer | undefined;

    // Settings ---------------------------------------------------------------------------------------------------
    serverSetting(id: string): ServerSettingDoc | undefined;
    serverSettings(): ServerSettingDoc[];
    setServerSetting(id: string, value: unknown): void;
    appSetting(appId: string, settingId: string): AppSetting | undefined;
    appSettings(appId: string): Record<string, AppSetting>;
    /** As the admin's Save does: pre-update hook, store, `onSettingUpdated`. */
    setAppSetting(appId: string, settingId: string, value: unknown): Promise<void>;
    /** The same with the whole setting as a client posts it, or another server of the cluster broadcasts it. */
    updateAppSetting(appId: string, setting: { id: string; value?: unknown }): Promise<void>;

    // Apps -------------------------------------------------------------------------------------------------------
    installApp(zip: Buffer, options?: InstallOptions): Promise<InstallResult>;
    updateApp(zip: Buffer, options?: InstallOptions): Promise<InstallResult>;
    uninstallApp(appId: string, userId?: string): Promise<void>;
    enableApp(appId: string): Promise<AppSummary>;
    disableApp(appId: string): Promise<AppSummary>;
    app(appId: string): AppSummary | undefined;
    apps(): AppSummary[];
    appLogs(appId: string, options?: { limit?: number; skip?: number }): AppLogDoc[];
    /** SIGKILL to the app's runtime process. The engine starts another; until that answers, endpoints are 503 and jobs wait. Gives the killed process' id. */
    killAppProcess(appId: string): number;
    appProcessId(appId: string): number | undefined;
    /** Settles when the app's runtime has another process id than `oldPid` and answers. */
    waitForAppRestart(appId: string, oldPid: number, timeoutMs?: number): Promise<number>;

    // What apps provide ------------------------------------------------------------------------------------------
    /** 404 for an unknown app, path or hash, or a disabled app; 500 with the message when the handler throws. */
    callEndpoint(request: EndpointRequest): Promise<EndpointResponse>;
    endpoints(appId?: string): ProvidedEndpoint[];
    commands(): SlashCommandInfo[];
    runCommand(userId: string, call: SlashCommandCall): Promise<void>;
    actionButtons(): ActionButton[];
    /** Gives what the server would answer to the client. Surfaces the app opens are in `surfaces`. */
    interact(userId: string, appId: string, interaction: UiKitInteraction): Promise<unknown>;
    surfaces(userId: string): Surface[];
    /** The view on the user's screen now, by view id or the last opened; updates applied. */
    openView(userId: string, viewId?: string): Surface | undefined;
    ephemeralMessages(userId: string): EphemeralMessage[];

    // Time, jobs -------------------------------------------------------------------------------------------------
    /** Workspace clock, Unix ms: the wall clock plus what `advanceTime` added. App code keeps the wall clock. */
    now(): number;
    /** Moves the clock and runs the jobs that fall due, in order, each at its own time. Gives how many ran. */
    advanceTime(ms: number): Promise<number>;
    runDueJobs(): Promise<number>;
    jobs(appId?: string): ScheduledJob[];

    // For tests --------------------------------------------------------------------------------------------------
    /** Calls of the app to the server since the start or the last `clearRoundTrips`. */
    roundTrips(appId?: string): RoundTrip[];
    clearRoundTrips(): void;
    /** Permissions the app lacked for what it asked since then, by the engine's names. */
    refusedPermissions(appId: string): string[];
    /** Everything `persis` holds for the app. */
    persistence(appId: string): { _id: string; associations: { model: string; id: string }[]; data: unknown }[];
    /** Every stored byte as text (all tables, file names), to search for secrets that must not be there. */
    dump(): string;
}
