/** Messages, rooms, users, uploads: the bridges over ordinary Rocket.Chat. */
import type { ITypingDescriptor } from '@rocket.chat/apps-engine/server/bridges/MessageBridge.js';
import type { GetMessagesOptions, GetRoomsFilters, GetRoomsOptions } from '@rocket.chat/apps-engine/server/bridges/RoomBridge.js';
import type { IMessage, IMessageRaw, Reaction } from '@rocket.chat/apps-engine/definition/messages/index.js';
import type { IRoom, IRoomRaw } from '@rocket.chat/apps-engine/definition/rooms/index.js';
import type { IUpload } from '@rocket.chat/apps-engine/definition/uploads/index.js';
import type { IUploadDetails } from '@rocket.chat/apps-engine/definition/uploads/IUploadDetails.js';
import type { IUser } from '@rocket.chat/apps-engine/definition/users/index.js';

import { found, type Core } from '../../core.js';
import type { Domain } from '../../domain/index.js';
import { randomId } from '../../ids.js';
import type { EphemeralMessage, MessageDoc, NewRoom, UserDoc } from '../../model.js';
import { MessageBridge, RoomBridge, UploadBridge, UserBridge } from '../classes.js';
import type { Converters } from '../converters.js';

export class WorkspaceMessageBridge extends MessageBridge {
    constructor(
        private readonly core: Core,
        private readonly domain: Domain,
        private readonly converters: Converters,
    ) {
        super();
    }

    protected override async create(message: IMessage): Promise<string> {
        const { _id, rid, u, ...fields } = this.converters.messageFromApp(message);
        const sent = await this.domain.messages.post(u?._id ?? '', { ...fields, _id, rid: rid ?? '' });
        return sent._id;
    }

    protected override getById(messageId: string): Promise<IMessage> {
        return Promise.resolve(this.converters.message(this.core.collections.messages.get(messageId)) as IMessage);
    }

    protected override async update(message: IMessage): Promise<void> {
        if (message.editor === undefined) {
            throw new Error('Invalid editor assigned to the message for the update.');
        }
        if (message.id === undefined || this.core.collections.messages.get(message.id) === undefined) {
            throw new Error('A message must exist to update.');
        }
        const editor = this.core.collections.users.get(message.editor.id);
        if (editor === undefined) {
            throw new Error('Could not find message editor');
        }
        await this.domain.messages.update({ ...this.converters.messageFromApp(message, true), _id: message.id }, editor);
    }

    protected override async delete(message: IMessage, user: IUser): Promise<void> {
        if (message.id === undefined) {
            throw new Error('Invalid message id');
        }
        const who = found(this.core.collections.users.get(user.id), 'error-invalid-user', 'Invalid user');
        await this.domain.messages.delete(message.id, who);
    }

    protected override notifyUser(user: IUser, message: IMessage, appId: string): Promise<void> {
        this.#ephemeral(user.id, this.converters.messageFromApp(message), appId);
        return Promise.resolve();
    }

    protected override notifyRoom(room: IRoom, message: IMessage, appId: string): Promise<void> {
        const fields = this.converters.messageFromApp(message);
        for (const member of this.domain.rooms.members(room.id)) {
            this.#ephemeral(member._id, fields, appId);
        }
        return Promise.resolve();
    }

    protected override typing({ scope, id, username, isTyping }: ITypingDescriptor): Promise<void> {
        if (String(scope) !== 'room') {
            throw new Error('Unrecognized typing scope provided');
        }
        this.core.emit('typing', { rid: id, username: username ?? '', typing: isTyping });
        return Promise.resolve();
    }

    protected override addReaction(messageId: string, userId: string, reaction: Reaction): Promise<void> {
        this.domain.messages.react(userId, messageId, reaction, true);
        return Promise.resolve();
    }

    protected override removeReaction(messageId: string, userId: string, reaction: Reaction): Promise<void> {
        this.domain.messages.react(userId, messageId, reaction, false);
        return Promise.resolve();
    }

    #ephemeral(userId: string, fields: Partial<MessageDoc>, appId: string): void {
        const message: EphemeralMessage = {
            msg: '',
            rid: '',
            ts: this.core.date(),
            u: { _id: '', username: '' },
            ...fields,
            _id: fields._id ?? randomId(),
            userId,
            appId,
            private: true,
        };
        this.core.emit('ephemeral', message);
    }
}

export class WorkspaceRoomBridge extends RoomBridge {
    constructor(
        private readonly core: Core,
        private readonly domain: Domain,
        private readonly converters: Converters,
    ) {
        super();
    }

    protected override async create(room: IRoom, members: string[]): Promise<string> {
        const t = room.type as string;
        if (t !== 'c' && t !== 'p' && t !== 'd') {
            throw new Error('Only channels, private groups and direct messages can be created.');
        }
        const { name, customFields, fname, ro, description } = this.converters.roomFromApp(room);
        const wanted: NewRoom = { t, name, members, customFields };
        const created = await this.domain.rooms.create(room.creator.id, wanted, { fname: fname ?? name, ro, description });
        return created._id;
    }

    protected override getById(roomId: string): Promise<IRoom> {
        return Promise.resolve(this.converters.roomById(roomId) as IRoom);
    }

    protected override getByName(roomName: string): Promise<IRoom> {
        return Promise.resolve(this.converters.room(this.domain.rooms.byName(roomName)) as IRoom);
    }

    protected override getCreatorById(roomId: string): Promise<IUser | undefined> {
        return Promise.resolve(this.converters.userById(this.domain.rooms.get(roomId)?.u?._id));
    }

    protected override getCreatorByName(roomName: string): Promise<IUser | undefined> {
        return Promise.resolve(this.converters.userById(this.domain.rooms.byName(roomName)?.u?._id));
    }

    protected override getDirectByUsernames(usernames: string[]): Promise<IRoom | undefined> {
        return Promise.resolve(this.converters.room(this.domain.rooms.directBetween(usernames)));
    }

    protected override getMembers(roomId: string): Promise<IUser[]> {
        return Promise.resolve(this.#users(this.domain.rooms.members(roomId)));
    }

    protected override getAllRooms(filters: GetRoomsFilters, options: GetRoomsOptions): Promise<IRoomRaw[]> {
        const types = filters.types as string[] | undefined;
        const rooms = this.domain.rooms
            .find()
            .filter((room) => types === undefined || types.length === 0 || types.includes(room.t))
            .filter((room) => filters.discussions === undefined || filters.discussions === (room.prid !== undefined));
        const skip = options.skip ?? 0;
        const page = rooms.slice(skip, skip + (options.limit ?? 100));
        return Promise.resolve(page.map((room) => this.converters.rawRoom(room) as unknown as IRoomRaw));
    }

    protected override async update(room: IRoom, members: string[]): Promise<void> {
        if (this.domain.rooms.get(room.id) === undefined) {
            throw new Error('A room must exist to update.');
        }
        const changed = this.core.collections.rooms.update(room.id, this.converters.roomFromApp(room));
        if (changed !== undefined) {
            this.core.emit('room', changed);
        }
        for (const username of members) {
            const member = this.domain.users.byUsername(username);
            if (member !== undefined) {
                await this.domain.rooms.addMember(room.id, member._id);
            }
        }
    }

    protected override async createDiscussion(room: IRoom, parentMessage: IMessage | undefined, reply: string | undefined, members: string[]): Promise<string> {
        const parent = (room as { parentRoom?: IRoom }).parentRoom;
        if (parent === undefined || this.domain.rooms.get(parent.id) === undefined) {
            throw new Error('There must be a parent room to create a discussion.');
        }
        const created = await this.domain.rooms.create(room.creator.id, { t: 'p', name: randomId(), members }, { fname: room.displayName, prid: parent.id });
        if (reply !== undefined && reply.trim() !== '') {
            await this.domain.messages.post(room.creator.id, { rid: created._id, msg: reply });
        }
        return created._id;
    }

    protected override delete(roomId: string): Promise<void> {
        this.domain.rooms.remove(roomId);
        return Promise.resolve();
    }

    protected override getModerators(roomId: string): Promise<IUser[]> {
        return Promise.resolve(this.#users(this.domain.rooms.membersWithRole(roomId, 'moderator')));
    }

    protected override getOwners(roomId: string): Promise<IUser[]> {
        return Promise.resolve(this.#users(this.domain.rooms.membersWithRole(roomId, 'owner')));
    }

    protected override getLeaders(roomId: string): Promise<IUser[]> {
        return Promise.resolve(this.#users(this.domain.rooms.membersWithRole(roomId, 'leader')));
    }

    protected override getMessages(roomId: string, options: GetMessagesOptions): Promise<IMessageRaw[]> {
        return Promise.resolve(this.#page(this.domain.messages.in(roomId, { order: options.sort.createdAt, withoutSystem: true }), options));
    }

    protected override async removeUsers(roomId: string, usernames: string[]): Promise<void> {
        for (const username of usernames) {
            const user = this.domain.users.byUsername(username);
            if (user !== undefined) {
                await this.domain.rooms.removeMember(roomId, user._id);
            }
        }
    }

    protected override getUnreadByUser(roomId: string, uid: string, options: GetMessagesOptions): Promise<IMessageRaw[]> {
        const subscription = this.core.collections.subscriptions.findOne({ rid: roomId, userId: uid });
        const since = subscription?.ls ?? new Date(0);
        const unread = this.domain.messages.in(roomId, { order: options.sort.createdAt }).filter((message) => message.ts > since);
        return Promise.resolve(this.#page(unread, options));
    }

    protected override getUserUnreadMessageCount(roomId: string, uid: string): Promise<number> {
        return Promise.resolve(this.core.collections.subscriptions.findOne({ rid: roomId, userId: uid })?.unread ?? 0);
    }

    #page(messages: MessageDoc[], options: GetMessagesOptions): IMessageRaw[] {
        const shown = options.showThreadMessages ? messages : messages.filter((message) => message.tmid === undefined);
        // The engine fills in the limit and leaves this to the server, whose default is none.
        const skip = (options.skip as number | undefined) ?? 0;
        return shown.slice(skip, skip + options.limit).map((message) => this.converters.rawMessage(message) as unknown as IMessageRaw);
    }

    #users(users: UserDoc[]): IUser[] {
        return users.map((user) => this.converters.user(user));
    }
}

export class WorkspaceUserBridge extends UserBridge {
    constructor(
        private readonly core: Core,
        private readonly domain: Domain,
        private readonly converters: Converters,
    ) {
        super();
    }

    protected override getById(id: string): Promise<IUser> {
        return Promise.resolve(this.converters.userById(id) as IUser);
    }

    protected override getByUsername(username: string): Promise<IUser> {
        return Promise.resolve(this.converters.user(this.domain.users.byUsername(username)) as IUser);
    }

    protected override getAppUser(appId?: string): Promise<IUser | undefined> {
        const user = appId === undefined ? undefined : this.core.collections.users.findOne({ appId, type: 'app' });
        return Promise.resolve(this.converters.user(user));
    }

    protected override getActiveUserCount(): Promise<number> {
        return Promise.resolve(this.domain.users.all().filter((user) => user.active && user.type === 'user').length);
    }

    protected override getUserUnreadMessageCount(uid: string): Promise<number> {
        return Promise.resolve(this.domain.rooms.subscriptions(uid).reduce((sum, entry) => sum + entry.unread, 0));
    }

    protected override getUserRoomIds(userId: string): Promise<string[]> {
        return Promise.resolve(this.domain.rooms.subscriptions(userId).map((entry) => entry.rid));
    }

    protected override create(data: Partial<IUser>, _appId: string, options?: { avatarUrl?: string }): Promise<string> {
        const type = data.type as string | undefined;
        if (type !== 'bot' && type !== 'app') {
            throw new Error('Creating normal users is currently not supported');
        }
        const username = data.username ?? '';
        if (this.domain.users.byUsername(username) !== undefined) {
            throw new Error(`The username "${username}" is already being used. Rename or remove the user using it to install this App`);
        }
        const at = this.core.date();
        const user = this.domain.users.insert({
            _id: data.id ?? randomId(),
            username,
            name: data.name ?? username,
            type,
            active: data.isEnabled ?? true,
            roles: data.roles ?? [],
            emails: [],
            status: (data.status as UserDoc['status'] | undefined) ?? 'offline',
            statusConnection: 'offline',
            // The engine names the app for the app's own user; whose a bot is, the server does not note.
            appId: data.appId,
            avatarUrl: options?.avatarUrl,
            utcOffset: data.utcOffset ?? 0,
            createdAt: data.createdAt ?? at,
            _updatedAt: at,
        });
        return Promise.resolve(user._id);
    }

    protected override remove(user: IUser | undefined): Promise<boolean> {
        // No app user to delete means there is nothing left to do.
        if (user !== undefined) {
            this.domain.users.remove(user.id);
        }
        return Promise.resolve(true);
    }

    protected override update(user: IUser, updates: Partial<IUser>): Promise<boolean> {
        const { status, ...fields } = updates as Partial<UserDoc>;
        if (status !== undefined) {
            this.domain.users.setPresence(user.id, status);
        }
        if (Object.keys(fields).length > 0) {
            this.domain.users.update(user.id, fields);
        }
        return Promise.resolve(true);
    }

    protected override deleteUsersCreatedByApp(appId: string, type: string): Promise<boolean> {
        const users = this.core.collections.users.find({ appId, type });
        for (const user of users) {
            this.domain.users.remove(user._id);
        }
        return Promise.resolve(users.length > 0);
    }

    protected override deactivate(userId: string): Promise<boolean> {
        this.domain.users.update(userId, { active: false, status: 'offline', statusConnection: 'offline' });
        return Promise.resolve(true);
    }
}

export class WorkspaceUploadBridge extends UploadBridge {
    constructor(
        private readonly domain: Domain,
        private readonly converters: Converters,
    ) {
        super();
    }

    protected override getById(id: string): Promise<IUpload> {
        return Promise.resolve(this.converters.upload(this.domain.uploads.get(id)) as IUpload);
    }

    protected override getBuffer(upload: IUpload): Promise<Buffer> {
        const content = this.domain.uploads.content(upload.id);
        return content === undefined ? Promise.reject(new Error('Unknown error')) : Promise.resolve(content);
    }

    protected override async createUpload(details: IUploadDetails, buffer: Buffer): Promise<IUpload> {
        const userId = details.userId as string | undefined;
        if (userId === undefined && details.visitorToken === undefined) {
            throw new Error('Missing user to perform the upload operation');
        }
        const { name, rid, visitorToken } = details;
        const upload = await this.domain.uploads.store({ name, rid, userId, visitorToken }, Buffer.from(buffer));
        if (visitorToken !== undefined) {
            await this.domain.uploads.postVisitorFile(visitorToken, upload);
        } else {
            await this.domain.uploads.postUserFile(userId ?? '', upload);
        }
        return this.converters.upload(upload);
    }
}

