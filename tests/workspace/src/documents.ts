/**
 * The workspace's stored documents, with the field names of the real server's collections
 * (https://github.com/RocketChat/Rocket.Chat/tree/develop/packages/core-typings/src). Dates are `Date` in memory.
 */

export type Presence = 'online' | 'away' | 'busy' | 'offline';

export interface UserRef {
    _id: string;
    username: string;
    name?: string;
}

export interface UserDoc extends UserRef {
    name: string;
    type: 'user' | 'bot' | 'app';
    active: boolean;
    roles: string[];
    emails: { address: string; verified: boolean }[];
    /** What others see; `offline` counts as absent for Omnichannel. */
    status: Presence;
    statusConnection: Presence;
    statusText?: string;
    /** The agent's own Omnichannel switch. */
    statusLivechat?: 'available' | 'not-available';
    /** Scrypt hash, present for users who can log in. */
    password?: string;
    appId?: string;
    avatarUrl?: string;
    utcOffset: number;
    language?: string;
    createdAt: Date;
    lastLogin?: Date;
    _updatedAt: Date;
}

export interface LoginToken {
    userId: string;
    authToken: string;
}

export interface DepartmentDoc {
    _id: string;
    name: string;
    description?: string;
    enabled: boolean;
    email: string;
    showOnRegistration: boolean;
    showOnOfflineForm: boolean;
    fallbackForwardDepartment?: string;
    requestTagBeforeClosingChat?: boolean;
    chatClosingTags?: string[];
    numAgents: number;
    _updatedAt: Date;
}

export interface DepartmentAgentDoc {
    _id: string;
    departmentId: string;
    agentId: string;
    username: string;
    count: number;
    order: number;
}

export interface VisitorExternalId {
    entityId: string;
    appId?: string;
    metadata?: Record<string, unknown>;
}

export interface VisitorDoc {
    _id: string;
    token: string;
    username: string;
    name?: string;
    department?: string;
    phone?: { phoneNumber: string }[];
    visitorEmails?: { address: string }[];
    livechatData?: Record<string, unknown>;
    externalIds?: VisitorExternalId[];
    activity?: string[];
    status: Presence;
    ts: Date;
    lastChat?: { _id: string; ts: Date };
    _updatedAt: Date;
}

/** The person behind a visitor, from 7.1 on; agents see, rename and merge these. */
export interface ContactDoc {
    _id: string;
    name: string;
    /** No agent has edited it and no licence counted it when it was made. */
    unknown: boolean;
    channels: { name: string; visitor: { visitorId: string; source: { type: string; id?: string } }; blocked: boolean; verified: boolean }[];
    /** Months in which it counts for the licence, as `2026-11`. */
    activity?: string[];
    /** What agents are asked to decide. */
    conflictingFields?: { field: string; value: string }[];
    createdAt: Date;
}

/** Room types of the server: channel, private group, direct message, Omnichannel. */
export type RoomKind = 'c' | 'p' | 'd' | 'l';

export interface RoomSource {
    type: string;
    id?: string;
    alias?: string;
    label?: string;
    sidebarIcon?: string;
    defaultIcon?: string;
    destination?: string;
}

export interface RoomDoc {
    _id: string;
    t: RoomKind;
    name?: string;
    fname?: string;
    topic?: string;
    description?: string;
    announcement?: string;
    ro?: boolean;
    default?: boolean;
    u?: UserRef;
    uids?: string[];
    usernames?: string[];
    usersCount: number;
    msgs: number;
    customFields?: Record<string, unknown>;
    prid?: string;
    ts: Date;
    lm?: Date;
    _updatedAt: Date;

    // Omnichannel rooms only.
    v?: { _id: string; token: string; username: string; name?: string; status?: Presence; activity?: string[]; phone?: string; lastMessageTs?: Date };
    contactId?: string;
    servedBy?: UserRef & { ts: Date };
    open?: boolean;
    departmentId?: string;
    source?: RoomSource;
    waitingResponse?: boolean;
    /** Who answered first, and when. */
    responseBy?: UserRef & { firstResponseTs?: Date; lastMessageTs?: Date };
    closedAt?: Date;
    closedBy?: UserRef;
    closer?: 'user' | 'visitor';
    closingMessage?: string;
    livechatData?: Record<string, unknown>;
    tags?: string[];
    onHold?: boolean;
    metrics?: {
        /** The customer's first message without an answer. */
        v?: { lq: Date };
        /** The last answer. */
        servedBy?: { lr: Date };
        /** Answers: how many, seconds together and on average, time and seconds of the first. */
        response?: { total: number; tt: number; avg: number; fd: Date; ft: number };
    };
    omnichannel?: { predictedVisitorAbandonmentAt: Date };
    /** The clock of the automatic transfer runs. */
    autoTransferOngoing?: boolean;
}

/** A user's membership in a room. */
export interface SubscriptionDoc {
    _id: string;
    rid: string;
    t: RoomKind;
    u: UserRef;
    open: boolean;
    unread: number;
    roles?: string[];
    ts: Date;
    ls?: Date;
}

/** The queue entry of an Omnichannel room; `queued` means no agent has it yet. */
export interface InquiryDoc {
    _id: string;
    rid: string;
    name: string;
    department?: string;
    status: 'queued' | 'taken' | 'ready' | 'verifying';
    v: { _id: string; token: string; username: string; status?: Presence };
    source: RoomSource;
    defaultAgent?: { agentId: string; username: string };
    ts: Date;
    queuedAt?: Date;
    takenAt?: Date;
    message: string;
    _updatedAt: Date;
}

export interface FileRef {
    _id: string;
    name: string;
    type: string;
    size?: number;
    format?: string;
    typeGroup?: string;
}

/** Server-side attachment (snake case), see message attachments in core-typings. */
export interface AttachmentDoc {
    title?: string;
    title_link?: string;
    title_link_download?: boolean;
    type?: string;
    text?: string;
    description?: string;
    author_name?: string;
    author_link?: string;
    author_icon?: string;
    message_link?: string;
    image_url?: string;
    image_type?: string;
    image_size?: number;
    image_dimensions?: { width: number; height: number };
    audio_url?: string;
    audio_type?: string;
    audio_size?: number;
    video_url?: string;
    video_type?: string;
    video_size?: number;
    fileId?: string;
    ts?: Date;
    color?: string;
    collapsed?: boolean;
    thumb_url?: string;
    fields?: unknown[];
    actions?: unknown[];
    attachments?: AttachmentDoc[];
    [other: string]: unknown;
}

export interface MessageDoc {
    _id: string;
    rid: string;
    msg: string;
    ts: Date;
    u: UserRef;
    /** Present on system messages; the value names the event (`uj`, `rm`, `livechat-close`, …). */
    t?: string;
    /** Present on a visitor's message: the visitor's token. */
    token?: string;
    alias?: string;
    avatar?: string;
    emoji?: string;
    groupable?: boolean;
    parseUrls?: boolean;
    tmid?: string;
    tcount?: number;
    tlm?: Date;
    replies?: string[];
    attachments?: AttachmentDoc[];
    blocks?: unknown[];
    file?: FileRef;
    files?: FileRef[];
    reactions?: Record<string, { usernames: string[]; names?: string[] }>;
    editedAt?: Date;
    editedBy?: UserRef;
    customFields?: Record<string, unknown>;
    transferData?: Record<string, unknown>;
    urls?: { url: string }[];
    _updatedAt: Date;
}

export interface UploadDoc {
    _id: string;
    name: string;
    size: number;
    type: string;
    extension: string;
    rid?: string;
    userId?: string;
    visitorToken?: string;
    description?: string;
    path: string;
    url: string;
    etag: string;
    complete: boolean;
    progress: number;
    store: string;
    uploadedAt: Date;
    _updatedAt: Date;
}

export interface ServerSettingDoc {
    _id: string;
    type: 'boolean' | 'int' | 'string' | 'select' | 'code' | 'password' | 'timespan';
    value: unknown;
    packageValue: unknown;
    public: boolean;
    hidden: boolean;
    secret?: boolean;
    group: string;
    i18nLabel: string;
    createdAt: Date;
    updatedAt: Date;
}
