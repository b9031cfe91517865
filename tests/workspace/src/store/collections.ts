import type {
    AppLogDoc,
    ContactDoc,
    CustomFieldOptions,
    DepartmentAgentDoc,
    DepartmentDoc,
    InquiryDoc,
    MessageDoc,
    RoomDoc,
    ServerSettingDoc,
    SubscriptionDoc,
    UploadDoc,
    UserDoc,
    VisitorDoc,
} from '../model.js';
import { Collection, type Database } from './database.js';

export interface TokenDoc {
    _id: string;
    userId: string;
    when: Date;
}

/** The engine's app record (`IAppStorageItem`), kept as the engine gives it. */
export interface AppDoc {
    _id: string;
    id: string;
    status: string;
    info: Record<string, unknown> & { name: string; nameSlug: string; version: string; description?: string };
    settings: Record<string, Record<string, unknown> & { id: string }>;
    permissionsGranted?: { name: string }[];
    languageContent?: Record<string, Record<string, string>>;
    createdAt: Date;
    updatedAt: Date;
    [field: string]: unknown;
}

export interface AppSourceDoc {
    _id: string;
    zip: Buffer;
}

export interface PersistenceDoc {
    _id: string;
    appId: string;
    associations?: { model: string; id: string }[];
    data: unknown;
}

export interface JobDoc {
    _id: string;
    /** Processor id with the app's id behind an underscore, as Agenda's collection has it. */
    name: string;
    appId: string;
    type: 'normal' | 'single';
    nextRunAt: Date | null;
    repeatInterval?: string | number;
    data: Record<string, unknown>;
    lockedAt?: Date | null;
    lastRunAt?: Date;
    lastFinishedAt?: Date;
    failedAt?: Date;
    failCount?: number;
    failReason?: string;
}

/** All that the workspace stores. */
export interface Collections {
    users: Collection<UserDoc, 'username' | 'lower' | 'appId' | 'type'>;
    tokens: Collection<TokenDoc, 'userId'>;
    departments: Collection<DepartmentDoc, 'name'>;
    departmentAgents: Collection<DepartmentAgentDoc, 'departmentId' | 'agentId'>;
    visitors: Collection<VisitorDoc, 'token'>;
    contacts: Collection<ContactDoc, 'visitorId'>;
    rooms: Collection<RoomDoc, 't' | 'name' | 'open' | 'token' | 'servedBy' | 'departmentId' | 'contactId'>;
    subscriptions: Collection<SubscriptionDoc, 'rid' | 'userId'>;
    inquiries: Collection<InquiryDoc, 'rid' | 'status'>;
    messages: Collection<MessageDoc, 'rid' | 'ts' | 'tmid' | 'userId'>;
    uploads: Collection<UploadDoc, 'rid'>;
    settings: Collection<ServerSettingDoc, 'group'>;
    counters: Collection<{ _id: string; value: number }, never>;
    customFields: Collection<{ _id: string } & CustomFieldOptions, never>;
    apps: Collection<AppDoc, 'id'>;
    appSources: Collection<AppSourceDoc, never>;
    appLogs: Collection<AppLogDoc, 'appId'>;
    persistence: Collection<PersistenceDoc, 'appId' | 'associations'>;
    jobs: Collection<JobDoc, 'name' | 'appId' | 'nextRunAt'>;
}

export function openCollections(db: Database): Collections {
    return {
        users: new Collection(db, 'users', {
            username: (user) => user.username,
            lower: (user) => user.username.toLowerCase(),
            appId: (user) => user.appId,
            type: (user) => user.type,
        }),
        tokens: new Collection(db, 'tokens', { userId: (token) => token.userId }),
        departments: new Collection(db, 'departments', { name: (department) => department.name }),
        departmentAgents: new Collection(db, 'department_agents', {
            departmentId: (entry) => entry.departmentId,
            agentId: (entry) => entry.agentId,
        }),
        visitors: new Collection(db, 'visitors', { token: (visitor) => visitor.token }),
        contacts: new Collection(db, 'livechat_contacts', { visitorId: (contact) => contact.channels[0]?.visitor.visitorId }),
        rooms: new Collection(db, 'rooms', {
            t: (room) => room.t,
            name: (room) => room.name,
            open: (room) => room.open,
            token: (room) => room.v?.token,
            servedBy: (room) => room.servedBy?._id,
            departmentId: (room) => room.departmentId,
            contactId: (room) => room.contactId,
        }),
        subscriptions: new Collection(db, 'subscriptions', { rid: (entry) => entry.rid, userId: (entry) => entry.u._id }),
        inquiries: new Collection(db, 'inquiries', { rid: (inquiry) => inquiry.rid, status: (inquiry) => inquiry.status }),
        messages: new Collection(db, 'messages', {
            rid: (message) => message.rid,
            ts: (message) => message.ts.getTime(),
            tmid: (message) => message.tmid,
            userId: (message) => message.u._id,
        }),
        uploads: new Collection(db, 'uploads', { rid: (upload) => upload.rid }),
        settings: new Collection(db, 'settings', { group: (setting) => setting.group }),
        counters: new Collection(db, 'counters', {}),
        customFields: new Collection(db, 'livechat_custom_fields', {}),
        apps: new Collection(db, 'apps', { id: (app) => app.id }),
        appSources: new Collection(db, 'app_sources', {}),
        appLogs: new Collection(db, 'app_logs', { appId: (log) => log.appId }),
        persistence: new Collection(db, 'app_persistence', {
            appId: (record) => record.appId,
            associations: (record) => associationKey(record.associations),
        }),
        jobs: new Collection(db, 'app_jobs', {
            name: (job) => job.name,
            appId: (job) => job.appId,
            nextRunAt: (job) => job.nextRunAt?.getTime(),
        }),
    };
}

/** The whole association array in its order: what Mongo compares when a query names an array. */
export function associationKey(associations: { model: string; id: string }[] | undefined): string | undefined {
    return associations === undefined ? undefined : JSON.stringify(associations.map(({ model, id }) => [model, id]));
}
