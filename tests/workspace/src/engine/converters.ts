/**
 * Stored documents to the objects apps see, and back.
 * Field by field as the server's converters do it, with what has no app-side name in `_unmappedProperties_`:
 * https://github.com/RocketChat/Rocket.Chat/tree/develop/apps/meteor/app/apps/server/converters
 */
import type { IDepartment, ILivechatRoom, IVisitor } from '@rocket.chat/apps-engine/definition/livechat/index.js';
import type { IMessage, IMessageAttachment } from '@rocket.chat/apps-engine/definition/messages/index.js';
import type { IRoom } from '@rocket.chat/apps-engine/definition/rooms/index.js';
import type { ISetting } from '@rocket.chat/apps-engine/definition/settings/index.js';
import type { IUpload } from '@rocket.chat/apps-engine/definition/uploads/index.js';
import type { IUser } from '@rocket.chat/apps-engine/definition/users/index.js';

import type { Core } from '../core.js';
import { randomId } from '../ids.js';
import type {
    AttachmentDoc,
    DepartmentDoc,
    MessageDoc,
    RoomDoc,
    ServerSettingDoc,
    UploadDoc,
    UserDoc,
    UserRef,
    VisitorDoc,
} from '../model.js';
import { engineVersion, NEWEST } from './package.js';

type Fields = Record<string, unknown>;

/** Extra of the app-side objects, not in the engine's types. */
interface Unmapped {
    _unmappedProperties_?: Fields;
}

const MESSAGE_NAMES: Record<string, string> = {
    id: '_id',
    threadId: 'tmid',
    reactions: 'reactions',
    parseUrls: 'parseUrls',
    text: 'msg',
    createdAt: 'ts',
    updatedAt: '_updatedAt',
    editedAt: 'editedAt',
    emoji: 'emoji',
    avatarUrl: 'avatar',
    alias: 'alias',
    file: 'file',
    // Servers fill it from 8.2 on.
    ...(engineVersion() === NEWEST ? { files: 'files' } : {}),
    customFields: 'customFields',
    groupable: 'groupable',
    token: 'token',
    blocks: 'blocks',
    type: 't',
};

const ROOM_NAMES: Record<string, string> = {
    id: '_id',
    displayName: 'fname',
    slugifiedName: 'name',
    userIds: 'uids',
    messageCount: 'msgs',
    createdAt: 'ts',
    updatedAt: '_updatedAt',
    closedAt: 'closedAt',
    lastModifiedAt: 'lm',
    customFields: 'customFields',
    livechatData: 'livechatData',
    isWaitingResponse: 'waitingResponse',
    isOpen: 'open',
    description: 'description',
    source: 'source',
    closer: 'closer',
};

const VISITOR_NAMES: Record<string, string> = {
    id: '_id',
    username: 'username',
    name: 'name',
    department: 'department',
    updatedAt: '_updatedAt',
    token: 'token',
    phone: 'phone',
    visitorEmails: 'visitorEmails',
    livechatData: 'livechatData',
    status: 'status',
    activity: 'activity',
    externalIds: 'externalIds',
};

const DEPARTMENT_NAMES: Record<string, string> = {
    id: '_id',
    name: 'name',
    email: 'email',
    updatedAt: '_updatedAt',
    enabled: 'enabled',
    numberOfAgents: 'numAgents',
    showOnOfflineForm: 'showOnOfflineForm',
    description: 'description',
    showOnRegistration: 'showOnRegistration',
    fallbackForwardDepartment: 'fallbackForwardDepartment',
};

const UPLOAD_NAMES: Record<string, string> = {
    id: '_id',
    name: 'name',
    size: 'size',
    type: 'type',
    store: 'store',
    description: 'description',
    complete: 'complete',
    extension: 'extension',
    progress: 'progress',
    etag: 'etag',
    path: 'path',
    url: 'url',
    updatedAt: '_updatedAt',
    uploadedAt: 'uploadedAt',
};

/** App name → stored name of an attachment's plain fields. */
const ATTACHMENT_NAMES: Record<string, string> = {
    collapsed: 'collapsed',
    color: 'color',
    text: 'text',
    timestampLink: 'message_link',
    thumbnailUrl: 'thumb_url',
    imageDimensions: 'image_dimensions',
    imagePreview: 'image_preview',
    imageUrl: 'image_url',
    imageType: 'image_type',
    imageSize: 'image_size',
    audioUrl: 'audio_url',
    audioType: 'audio_type',
    audioSize: 'audio_size',
    videoUrl: 'video_url',
    videoType: 'video_type',
    videoSize: 'video_size',
    fields: 'fields',
    actionButtonsAlignment: 'button_alignment',
    actions: 'actions',
    type: 'type',
    description: 'description',
};

export class Converters {
    constructor(private readonly core: Core) {}

    user(user: UserDoc): IUser;
    user(user: UserDoc | undefined): IUser | undefined;
    user(user: UserDoc | undefined): IUser | undefined {
        return user === undefined ? undefined : this.#person(user);
    }

    userById(id: string | undefined): IUser | undefined {
        return id === undefined ? undefined : this.user(this.core.collections.users.get(id));
    }

    visitor(visitor: VisitorDoc): IVisitor;
    visitor(visitor: VisitorDoc | undefined): IVisitor | undefined;
    visitor(visitor: VisitorDoc | undefined): IVisitor | undefined {
        return visitor === undefined ? undefined : (rename(visitor, VISITOR_NAMES) as unknown as IVisitor);
    }

    visitorById(id: string): IVisitor | undefined {
        return this.visitor(this.core.collections.visitors.get(id));
    }

    /** What an app hands in as a visitor; only what it says, nothing looked up. */
    visitorFromApp(visitor: IVisitor): Partial<VisitorDoc> & { token: string } {
        return defined({
            _id: visitor.id,
            username: visitor.username,
            name: visitor.name,
            token: visitor.token,
            phone: visitor.phone,
            livechatData: visitor.livechatData,
            status: visitor.status ?? 'online',
            visitorEmails: visitor.visitorEmails,
            department: visitor.department,
            ...(visitor as Unmapped)._unmappedProperties_,
        }) as Partial<VisitorDoc> & { token: string };
    }

    department(department: DepartmentDoc): IDepartment;
    department(department: DepartmentDoc | undefined): IDepartment | undefined;
    department(department: DepartmentDoc | undefined): IDepartment | undefined {
        return department === undefined ? undefined : (rename(department, DEPARTMENT_NAMES) as unknown as IDepartment);
    }

    room(room: RoomDoc): IRoom;
    room(room: RoomDoc | undefined): IRoom | undefined;
    room(room: RoomDoc | undefined): IRoom | undefined {
        if (room === undefined) {
            return undefined;
        }
        const { v, departmentId, closedBy, servedBy, responseBy, prid, t, u, ro, default: isDefault, ...rest } = room;
        const converted = rename(rest, ROOM_NAMES);
        // The server leaves the visitor part among the unmapped, besides the full visitor.
        Object.assign(converted._unmappedProperties_ ?? {}, defined({ v }));
        return Object.assign(
            converted,
            defined({
                isDefault: isDefault ?? false,
                isReadOnly: ro ?? false,
                displaySystemMessages: true,
                type: t,
                creator: this.userById(u?._id),
                visitor: v === undefined ? undefined : this.visitorById(v._id),
                contact: this.#contact(room.contactId),
                visitorChannelInfo: v === undefined ? undefined : defined({ phone: v.phone, lastMessageTs: v.lastMessageTs }),
                department: departmentId === undefined ? undefined : this.department(this.core.collections.departments.get(departmentId)),
                closedBy: room.closer === 'user' ? this.userById(closedBy?._id) : closedBy && this.visitorById(closedBy._id),
                servedBy: this.userById(servedBy?._id),
                responseBy: this.userById(responseBy?._id),
                parentRoom: prid === undefined ? undefined : this.roomById(prid),
            }),
        ) as unknown as IRoom;
    }

    #contact(id: string | undefined): Fields | undefined {
        const contact = id === undefined ? undefined : this.core.collections.contacts.get(id);
        return contact === undefined ? undefined : { ...contact };
    }

    roomById(id: string): IRoom | undefined {
        return this.room(this.core.collections.rooms.get(id));
    }

    /** The raw form of room lists: people as references, nothing looked up. */
    rawRoom(room: RoomDoc): Fields {
        const { v, closedBy, servedBy, responseBy, t, u, ...rest } = room;
        const names = { ...ROOM_NAMES, usernames: 'usernames', isDefault: 'default', isReadOnly: 'ro', departmentId: 'departmentId', parentRoomId: 'prid' };
        const { _id: visitorId, ...visitor } = v ?? { _id: undefined };
        return Object.assign(
            rename(rest, names),
            defined({
                type: t,
                displaySystemMessages: true,
                creator: reference(u),
                visitor: v === undefined ? undefined : { id: visitorId, ...visitor },
                closedBy: reference(closedBy),
                servedBy: reference(servedBy),
                responseBy: reference(responseBy),
            }),
        );
    }

    /** What an app hands in as a room; people are looked up, the rest is taken as said. */
    roomFromApp(room: IRoom): Partial<RoomDoc> {
        const given = room as Partial<IRoom> & Partial<ILivechatRoom> & Unmapped & Fields;
        const creator = this.core.collections.users.get(given.creator?.id ?? '');
        const visitor = this.core.collections.visitors.get(given.visitor?.id ?? '');
        const servedBy = this.core.collections.users.get(given.servedBy?.id ?? '');
        return defined({
            _id: given.id,
            t: given.type,
            ts: given.createdAt,
            msgs: given.messageCount,
            fname: given.displayName,
            name: (given.type as string | undefined) === 'd' ? undefined : given.slugifiedName,
            default: given.isDefault,
            ro: given.isReadOnly,
            description: given.description,
            u: creator === undefined ? undefined : { _id: creator._id, username: creator.username, name: creator.name },
            v: visitor === undefined ? undefined : { _id: visitor._id, username: visitor.username, token: visitor.token, status: visitor.status },
            departmentId: given.department === undefined ? undefined : this.core.collections.departments.get(given.department.id)?._id,
            servedBy: servedBy === undefined ? undefined : { _id: servedBy._id, username: servedBy.username },
            uids: given.userIds,
            waitingResponse: given.isWaitingResponse,
            open: given.isOpen,
            closedAt: given.closedAt,
            customFields: given.customFields,
            livechatData: given['livechatData'],
            source: given.source,
            ...given._unmappedProperties_,
        }) as Partial<RoomDoc>;
    }

    message(message: MessageDoc): IMessage;
    message(message: MessageDoc | undefined): IMessage | undefined;
    message(message: MessageDoc | undefined): IMessage | undefined {
        if (message === undefined) {
            return undefined;
        }
        const { rid, u, editedBy, attachments, ...rest } = message;
        return Object.assign(
            rename(rest, MESSAGE_NAMES),
            defined({
                room: this.roomById(rid),
                editor: this.userById(editedBy?._id),
                attachments: attachments?.map((attachment) => attachmentToApp(attachment)),
                // A visitor is not in the users collection: what the message says of it is all there is.
                sender: (message.token === undefined ? this.userById(u._id) : undefined) ?? this.#person(u),
            }),
        ) as unknown as IMessage;
    }

    /** The raw form of message lists. */
    rawMessage(message: MessageDoc): Fields {
        const { attachments, ...rest } = message;
        const names = { ...MESSAGE_NAMES, roomId: 'rid', editor: 'editedBy', sender: 'u', threadMsgCount: 'tcount' };
        return Object.assign(
            rename(rest, names),
            defined({ attachments: attachments?.map((attachment) => attachmentToApp(attachment)) }),
        );
    }

    /**
     * An app's message as the server would store it. The id an app wrote into a builder does not get this far.
     *
     * @throws Error "Invalid room provided on the message." for an unknown room, unless `partial`
     */
    messageFromApp(message: IMessage, partial = false): Partial<MessageDoc> {
        const given = message as IMessage & Unmapped & { token?: string };
        const rid = this.core.collections.rooms.get(nullable(given.room)?.id ?? '')?._id;
        if (rid === undefined && !partial) {
            throw new Error('Invalid room provided on the message.');
        }
        const sender = nullable(given.sender);
        const user = sender === undefined ? undefined : (this.core.collections.users.get(sender.id) ?? { _id: sender.id, username: sender.username, name: sender.name });
        const editor = given.editor === undefined ? undefined : this.core.collections.users.get(given.editor.id);
        return defined({
            _id: given.id ?? (partial ? undefined : randomId()),
            rid,
            tmid: given.threadId,
            u: user === undefined ? undefined : { _id: user._id, username: user.username, name: user.name },
            msg: given.text,
            ts: given.createdAt ?? (partial ? undefined : this.core.date()),
            editedBy: editor === undefined ? undefined : { _id: editor._id, username: editor.username },
            editedAt: given.editedAt,
            emoji: given.emoji,
            avatar: given.avatarUrl,
            alias: given.alias,
            customFields: given.customFields,
            groupable: given.groupable,
            attachments: given.attachments?.map((attachment) => attachmentFromApp(attachment)),
            reactions: given.reactions as MessageDoc['reactions'],
            parseUrls: given.parseUrls,
            blocks: given.blocks,
            token: given.token,
            ...(partial ? {} : given._unmappedProperties_),
        });
    }

    upload(upload: UploadDoc): IUpload;
    upload(upload: UploadDoc | undefined): IUpload | undefined;
    upload(upload: UploadDoc | undefined): IUpload | undefined {
        if (upload === undefined) {
            return undefined;
        }
        const { rid, userId, visitorToken, ...rest } = upload;
        return Object.assign(
            rename(rest, UPLOAD_NAMES),
            defined({
                room: rid === undefined ? undefined : this.roomById(rid),
                user: this.userById(userId),
                visitor: visitorToken === undefined ? undefined : this.visitor(this.core.collections.visitors.findOne({ token: visitorToken })),
            }),
        ) as unknown as IUpload;
    }

    setting(setting: ServerSettingDoc): ISetting {
        return {
            id: setting._id,
            type: setting.type,
            packageValue: setting.packageValue,
            value: setting.value,
            required: false,
            public: setting.public,
            hidden: setting.hidden,
            i18nLabel: setting.i18nLabel,
            createdAt: setting.createdAt,
            updatedAt: setting.updatedAt,
        } as unknown as ISetting;
    }

    #person(user: UserRef & Partial<UserDoc>): IUser {
        return {
            id: user._id,
            username: user.username,
            emails: user.emails,
            type: user.type ?? 'unknown',
            isEnabled: user.active,
            name: user.name,
            roles: user.roles,
            status: user.status,
            statusText: user.statusText,
            statusConnection: user.statusConnection ?? 'undefined',
            utcOffset: user.utcOffset,
            createdAt: user.createdAt,
            updatedAt: user._updatedAt,
            lastLoginAt: user.lastLogin,
            appId: user.appId,
            settings: { preferences: defined({ language: user.language }) },
        } as unknown as IUser;
    }
}

function attachmentToApp(attachment: AttachmentDoc): Fields {
    const { author_name, author_link, author_icon, title, title_link, title_link_download, ts, ...rest } = attachment;
    return Object.assign(rename(rest, ATTACHMENT_NAMES), {
        // The server makes these three of nothing, too: an attachment without author has an empty one.
        author: defined({ name: author_name, link: author_link, icon: author_icon }),
        title: defined({ value: title, link: title_link, displayDownloadLink: title_link_download }),
        timestamp: ts === undefined ? new Date(NaN) : new Date(ts),
    });
}

function attachmentFromApp(attachment: IMessageAttachment): AttachmentDoc {
    const given = attachment as IMessageAttachment & Unmapped & Fields;
    const plain: Fields = {};
    for (const [appName, storedName] of Object.entries(ATTACHMENT_NAMES)) {
        plain[storedName] = given[appName];
    }
    return defined({
        ...plain,
        ts: given.timestamp,
        author_name: given.author?.name,
        author_link: given.author?.link,
        author_icon: given.author?.icon,
        title: given.title?.value,
        title_link: given.title?.link,
        title_link_download: given.title?.displayDownloadLink,
        ...given._unmappedProperties_,
    });
}

function reference(user: UserRef | undefined): Fields | undefined {
    return user === undefined ? undefined : defined({ _id: user._id, username: user.username, name: user.name });
}

/** Renames fields; those without a new name go to `_unmappedProperties_`. */
function rename(document: object, names: Record<string, string>): Fields & Unmapped {
    const rest: Fields = { ...defined(document) };
    const renamed: Fields = {};
    for (const [to, from] of Object.entries(names)) {
        if (rest[from] !== undefined) {
            renamed[to] = rest[from];
        }
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a fresh object of this function
        delete rest[from];
    }
    return { ...renamed, _unmappedProperties_: rest };
}

/** Without `undefined` and without `null`: over the runtime's pipe the first turns into the second. */
function defined<T extends object>(fields: T): Partial<T> {
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)) as Partial<T>;
}

function nullable<T>(value: T | null | undefined): T | undefined {
    return value ?? undefined;
}
