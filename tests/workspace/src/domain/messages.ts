import { found, type Core } from '../core.js';
import { randomId } from '../ids.js';
import { WorkspaceError, type AttachmentDoc, type MessageDoc, type MessageFilter, type OutgoingMessage, type RoomDoc, type UserDoc, type UserRef } from '../model.js';
import type { Contacts } from './contacts.js';
import { afterOmnichannelMessage } from './metrics.js';
import type { Rooms } from './rooms.js';
import type { Users } from './users.js';

/** Who a message is from: a user, or a visitor, who has a token. */
export interface Sender extends UserRef {
    token?: string;
}

/** Sending, editing, deleting and reacting, with the server's rules and app events. */
export class Messages {
    /** Removes a deleted message's files; set by `Uploads`, which stands on this class. */
    removeFile: (uploadId: string) => void = () => undefined;

    constructor(
        private readonly core: Core,
        private readonly users: Users,
        private readonly rooms: Rooms,
        private readonly contacts: Contacts,
    ) {}

    get(id: string): MessageDoc | undefined {
        return this.core.collections.messages.get(id);
    }

    in(roomId: string, filter: MessageFilter = {}): MessageDoc[] {
        const all = this.core.collections.messages.find({ rid: roomId, tmid: filter.tmid }, { sort: 'ts', order: filter.order ?? 'asc' });
        const shown = filter.withoutSystem === true ? all.filter((message) => message.t === undefined) : all;
        const skip = filter.skip ?? 0;
        return shown.slice(skip, filter.limit === undefined ? undefined : skip + filter.limit);
    }

    /**
     * A user's post through the composer, REST or an app, with all checks.
     * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/lib/server/methods/sendMessage.ts
     */
    async post(userId: string, message: OutgoingMessage & Partial<Pick<MessageDoc, 'file' | 'files' | 'ts'>>): Promise<MessageDoc> {
        const user = found(this.users.get(userId), 'error-invalid-user', 'Invalid user');
        if (message.tmid !== undefined && !this.core.setting<boolean>('Threads_enabled')) {
            throw new WorkspaceError('error-not-allowed', 'not-allowed', { method: 'sendMessage' });
        }
        const ts = this.#inSync(message.ts);
        const room = this.#postableRoom(message.rid, user);
        const text = message.quote === undefined ? (message.msg ?? '') : this.#quoted(message.quote, message.msg ?? '');
        if (text.length > this.core.setting<number>('Message_MaxAllowedSize')) {
            throw new WorkspaceError('error-message-size-exceeded', 'Message size exceeds Message_MaxAllowedSize', { method: 'sendMessage' });
        }
        const { quote: _, ...fields } = message;
        return this.save(user, { ...fields, ts, msg: text }, room);
    }

    /**
     * The server's `sendMessage`: validates, asks the apps, stores, tells the apps.
     * A message with a type is a system message to them, any other a plain one.
     */
    async save(sender: Sender, draft: Partial<MessageDoc>, room: RoomDoc): Promise<MessageDoc> {
        this.#validate(sender, draft, room);
        const at = this.core.date();
        let message: MessageDoc = {
            ...draft,
            _id: draft._id ?? randomId(),
            rid: room._id,
            msg: draft.msg ?? '',
            ts: draft.ts ?? at,
            u: { _id: sender._id, username: sender.username, ...(sender.name === undefined ? {} : { name: sender.name }) },
            _updatedAt: at,
        };
        if ((await this.core.apps.trigger('IPreMessageSentPrevent', message)) === true) {
            // There is no message then, and whoever asked for its id is told so by the language.
            throw new WorkspaceError("Cannot read properties of undefined (reading '_id')");
        }
        message = this.#merge(message, await this.core.apps.trigger('IPreMessageSentExtend', message));
        message = this.#merge(message, await this.core.apps.trigger('IPreMessageSentModify', message));
        this.#validate(sender, message, room);
        this.#link(message);
        this.#requireMentions(message);
        this.#checkContacts(message, room);
        if (this.get(message._id) !== undefined) {
            throw new WorkspaceError('error-message-already-exists', 'A message with this id exists');
        }
        this.core.db.transaction(() => {
            this.core.collections.messages.put(message);
            this.#afterSave(message, sender);
        });
        this.core.emit('message', message);
        const roomNow = this.rooms.get(room._id);
        if (roomNow !== undefined) {
            this.core.emit('room', roomNow);
        }
        this.core.apps.post(message.t === undefined ? 'IPostMessageSent' : 'IPostSystemMessageSent', message);
        return message;
    }

    /** A user's edit through the client: own messages, or with the permission `edit-message`. */
    async edit(userId: string, messageId: string, msg: string): Promise<MessageDoc> {
        const user = found(this.users.get(userId), 'error-invalid-user', 'Invalid user');
        const message = found(this.get(messageId), 'error-invalid-message', 'The message id provided does not match any message.');
        const own = message.u._id === userId;
        if (!this.users.hasPermission(userId, 'edit-message', message.rid) && !(own && this.core.setting<boolean>('Message_AllowEditing'))) {
            throw new WorkspaceError('error-action-not-allowed', 'Message editing not allowed', { method: 'updateMessage', action: 'Message_editing' });
        }
        this.#withinMinutes(message, 'Message_AllowEditing_BlockEditInMinutes', 'error-message-editing-blocked', 'Message editing is blocked');
        if (msg.length > this.core.setting<number>('Message_MaxAllowedSize')) {
            throw new WorkspaceError('error-message-size-exceeded', 'Message size exceeds Message_MaxAllowedSize');
        }
        return message.msg === msg ? message : this.update({ _id: messageId, msg }, user);
    }

    /** The server's `updateMessage`: only the given fields change. */
    async update(change: Partial<MessageDoc> & { _id: string }, editor: UserRef): Promise<MessageDoc> {
        const before = found(this.get(change._id), 'error-invalid-message', 'Invalid message');
        const at = this.core.date();
        const next: MessageDoc = {
            ...before,
            ...change,
            rid: before.rid,
            u: before.u,
            editedAt: at,
            editedBy: { _id: editor._id, username: editor.username },
            _updatedAt: at,
        };
        if ((await this.core.apps.trigger('IPreMessageUpdatedPrevent', next)) === true) {
            throw new WorkspaceError('error-app-prevented-updating', 'A Rocket.Chat App prevented the message updating.');
        }
        this.#link(next);
        this.#requireMentions(next);
        this.core.collections.messages.put(next);
        this.core.emit('message-updated', next);
        this.core.apps.post('IPostMessageUpdated', next);
        return next;
    }

    /** A user's delete through the client. */
    async deleteAs(userId: string, messageId: string): Promise<void> {
        const user = found(this.users.get(userId), 'error-invalid-user', 'Invalid user');
        const message = found(this.get(messageId), 'error-invalid-message', 'No message found with the id of "' + messageId + '".');
        const own = message.u._id === userId;
        if (!this.users.hasPermission(userId, 'delete-message', message.rid) && !(own && this.core.setting<boolean>('Message_AllowDeleting'))) {
            throw new WorkspaceError('error-action-not-allowed', 'Not allowed', { method: 'deleteMessage', action: 'Delete_message' });
        }
        this.#withinMinutes(message, 'Message_AllowDeleting_BlockDeleteInMinutes', 'error-message-deleting-blocked', 'Message deleting is blocked');
        await this.delete(messageId, user);
    }

    /** The server's `deleteMessage`: gone, or emptied when deleted messages stay visible. */
    async delete(messageId: string, user: UserRef): Promise<void> {
        const message = found(this.get(messageId), 'error-invalid-message', 'Invalid message');
        if ((await this.core.apps.trigger('IPreMessageDeletePrevent', message)) === true) {
            throw new WorkspaceError('error-app-prevented-deleting', 'A Rocket.Chat App prevented the message deleting.');
        }
        const keeps = this.core.setting<boolean>('Message_KeepHistory');
        const shows = this.core.setting<boolean>('Message_ShowDeletedStatus');
        if (!keeps) {
            for (const file of message.files ?? (message.file === undefined ? [] : [message.file])) {
                this.removeFile(file._id);
            }
        }
        if (shows) {
            const at = this.core.date();
            const { attachments: _a, file: _f, files: _s, reactions: _r, urls: _u, ...rest } = message;
            const emptied: MessageDoc = { ...rest, t: 'rm', msg: '', editedAt: at, editedBy: { _id: user._id, username: user.username }, _updatedAt: at };
            this.core.collections.messages.put(emptied);
            this.core.emit('message-updated', emptied);
        } else {
            this.core.collections.messages.remove(messageId);
            this.core.collections.rooms.update(message.rid, (room) => ({ msgs: Math.max(0, room.msgs - 1) }));
            this.core.emit('message-deleted', { _id: messageId, rid: message.rid });
        }
        this.core.apps.post('IPostMessageDeleted', message, this.users.get(user._id) ?? user);
    }

    /** Sets, takes back or toggles a reaction. */
    react(userId: string, messageId: string, emoji: string, shouldReact?: boolean): MessageDoc {
        const user = found(this.users.get(userId), 'error-invalid-user', 'Invalid user');
        const message = found(this.get(messageId), 'error-invalid-message', 'Invalid message');
        const room = found(this.rooms.get(message.rid), 'error-invalid-room', 'Invalid room');
        // Apps' users have no privilege here, other than for sending.
        if (!this.rooms.canAccess(room, userId)) {
            throw new WorkspaceError('not-authorized', 'Not Authorized');
        }
        const name = `:${emoji.replaceAll(':', '')}:`;
        if (!/^:[\p{L}\p{N}_+\-.]+:$/u.test(name)) {
            throw new WorkspaceError('error-not-allowed', 'Invalid emoji provided.', { method: 'setReaction' });
        }
        const has = message.reactions && (message.reactions[name]?.usernames ?? []).includes(user.username);
        if (has === (shouldReact ?? has !== true)) {
            return message;
        }
        // On a message without any reaction the server sets the one that it was to take back.
        const wants = has !== true;
        const usernames = (message.reactions?.[name]?.usernames ?? []).filter((username) => username !== user.username);
        if (wants) {
            usernames.push(user.username);
        }
        const { [name]: _, ...others } = message.reactions ?? {};
        const reactions = usernames.length === 0 ? others : { ...others, [name]: { usernames } };
        const changed: MessageDoc = {
            ...message,
            reactions: Object.keys(reactions).length === 0 ? undefined : reactions,
            _updatedAt: this.core.date(),
        };
        this.core.collections.messages.put(changed);
        this.core.emit('message-updated', changed);
        this.core.apps.post('IPostMessageReacted', changed, user, name, wants);
        return changed;
    }

    /** Path and query that open the message in a client; what a quote's `message_link` holds. */
    permalink(message: MessageDoc): string {
        const room = this.rooms.get(message.rid);
        const path = { c: `channel/${room?.name ?? ''}`, p: `group/${room?.name ?? ''}`, d: `direct/${message.rid}`, l: `live/${message.rid}` };
        return `${this.core.setting<string>('Site_Url')}/${path[room?.t ?? 'd']}?msg=${message._id}`;
    }

    #quoted(messageId: string, msg: string): string {
        const quoted = found(this.get(messageId), 'error-invalid-message', 'The quoted message does not exist');
        return `[ ](${this.permalink(quoted)}) ${msg}`;
    }

    #postableRoom(roomId: string, user: UserDoc): RoomDoc {
        const room = found(this.rooms.get(roomId), 'error-invalid-room', 'The required "roomId" or "channel" param provided does not match any channel');
        if (user.type !== 'app' && !this.rooms.canAccess(room, user._id)) {
            throw new WorkspaceError('error-not-allowed', 'error-not-allowed');
        }
        if (room.ro === true && !this.users.hasPermission(user._id, 'post-readonly', room._id)) {
            throw new WorkspaceError("You can't send messages because the room is readonly.");
        }
        return room;
    }

    /** A time that the sender says is taken when it is about now, set right when it is off, refused beyond a minute. */
    #inSync(said: Date | undefined): Date | undefined {
        const off = said === undefined ? 0 : Math.abs(said.getTime() - this.core.now());
        if (off > 60_000) {
            throw new WorkspaceError('error-message-ts-out-of-sync', 'Message timestamp is out of sync', { method: 'sendMessage' });
        }
        return off > 10_000 ? undefined : said;
    }

    /**
     * Who calls everybody must be allowed to: a visitor is not, nor are apps and bots. The pattern is that of the setting
     * `UTF8_User_Names_Validation`; captions of attachments are read too.
     * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/server/services/messages/hooks/BeforeSavePreventMention.ts
     * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/mentions/lib/MentionsParser.ts
     */
    #requireMentions(message: MessageDoc): void {
        const texts = [message.msg, ...(message.attachments ?? []).map(({ description }) => description ?? '')];
        const mentioned = texts.flatMap((text) => [...text.matchAll(/(?:^|\s|>)@([0-9a-zA-Z\-_.]+)/gm)].map(([, name]) => name));
        for (const mention of ['all', 'here']) {
            if (mentioned.includes(mention) && !this.users.hasPermission(message.u._id, `mention-${mention}`, message.rid)) {
                throw new WorkspaceError('error-action-not-allowed', `Notify ${mention} in this room not allowed`);
            }
        }
    }

    #withinMinutes(message: MessageDoc, setting: string, error: string, reason: string): void {
        const minutes = this.core.setting<number>(setting);
        if (minutes > 0 && this.core.now() - message.ts.getTime() > minutes * 60_000) {
            throw new WorkspaceError(error, reason);
        }
    }

    #validate(sender: Sender, message: Partial<MessageDoc>, room: RoomDoc): void {
        if (message.alias !== undefined || message.avatar !== undefined) {
            const guest = message.avatar === undefined && sender.token !== undefined && sender.token === room.v?.token;
            if (!guest && !this.users.hasPermission(sender._id, 'message-impersonate')) {
                throw new WorkspaceError('Not enough permission');
            }
        }
        for (const attachment of message.attachments ?? []) {
            validateAttachment(attachment);
        }
        if (message.customFields !== undefined && Object.keys(message.customFields).length > 0) {
            this.#validateCustomFields(message.customFields);
        }
    }

    /** Past the licence's monthly contacts only visitors and the server itself write, in rooms that do not count yet. */
    #checkContacts(message: MessageDoc, room: RoomDoc): void {
        const counts = room.t === 'l' && message.token === undefined && message.t === undefined;
        if (counts && !this.contacts.isWithinLimit(room)) {
            throw new Error('error-mac-limit-reached');
        }
    }

    #validateCustomFields(fields: Record<string, unknown>): void {
        if (!this.core.setting<boolean>('Message_CustomFields_Enabled')) {
            throw new WorkspaceError('Custom fields not enabled');
        }
        const text = this.core.setting<string>('Message_CustomFields');
        const schema = (text.trim() === '' ? {} : JSON.parse(text)) as { properties?: Record<string, unknown>; additionalProperties?: boolean };
        const unknown = Object.keys(fields).find((name) => schema.properties !== undefined && !(name in schema.properties));
        if (unknown !== undefined && schema.additionalProperties !== true) {
            throw new WorkspaceError('Invalid custom fields');
        }
    }

    #merge(message: MessageDoc, answer: unknown): MessageDoc {
        return typeof answer === 'object' && answer !== null ? { ...message, ...(answer as Partial<MessageDoc>) } : message;
    }

    /** Links in the text; one to a message of this workspace becomes a quote attachment. */
    #link(message: MessageDoc): void {
        const links = message.msg.match(/https?:\/\/[^\s)\]]+/g) ?? [];
        if (links.length === 0 || message.parseUrls === false) {
            return;
        }
        message.urls = links.map((url) => ({ url }));
        const site = this.core.setting<string>('Site_Url');
        for (const url of links) {
            const quotedId = url.startsWith(`${site}/`) ? /[?&]msg=([A-Za-z0-9]+)/.exec(url)?.[1] : undefined;
            const quoted = quotedId === undefined ? undefined : this.get(quotedId);
            const known = message.attachments?.some((attachment) => attachment.message_link === url) === true;
            if (quoted === undefined || known) {
                continue;
            }
            message.attachments = [
                ...(message.attachments ?? []),
                {
                    text: quoted.msg,
                    author_name: quoted.alias ?? quoted.u.username,
                    author_icon: `/avatar/${quoted.u.username}`,
                    message_link: url,
                    ...(quoted.attachments === undefined ? {} : { attachments: quoted.attachments }),
                    ts: quoted.ts,
                },
            ];
        }
    }

    #afterSave(message: MessageDoc, sender: Sender): void {
        const { rooms, messages, subscriptions, inquiries } = this.core.collections;
        rooms.update(message.rid, (room) => {
            const change: Partial<RoomDoc> = { msgs: room.msgs + 1, lm: message.ts, _updatedAt: message.ts };
            return room.t === 'l' ? { ...change, ...afterOmnichannelMessage(this.core, this.contacts, message, room) } : change;
        });
        for (const subscription of subscriptions.find({ rid: message.rid })) {
            if (subscription.u._id !== sender._id && message.t === undefined) {
                subscriptions.put({ ...subscription, unread: subscription.unread + 1, open: true });
            }
        }
        if (message.token !== undefined && message.t === undefined) {
            const inquiry = inquiries.findOne({ rid: message.rid });
            if (inquiry !== undefined && inquiry.status !== 'taken') {
                this.core.emit('inquiry', inquiries.put({ ...inquiry, message: message.msg, _updatedAt: message.ts }));
            }
        }
        if (message.tmid !== undefined) {
            messages.update(message.tmid, (parent) => ({
                tcount: (parent.tcount ?? 0) + 1,
                tlm: message.ts,
                replies: [...new Set([...(parent.replies ?? []), parent.u._id, sender._id])],
            }));
        }
    }
}

/**
 * Links an attachment may hold: absolute http(s) or data, or a file of this workspace.
 * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/lib/server/functions/sendMessage.ts
 */
function validateAttachment(attachment: AttachmentDoc): void {
    for (const field of ['thumb_url', 'message_link', 'author_link', 'author_icon', 'title_link', 'image_url', 'audio_url', 'video_url']) {
        const value = attachment[field];
        if (value === undefined || value === null) {
            continue;
        }
        if (typeof value !== 'string' || !/^(https?:\/\/|data:|\/file-upload\/|\/avatar\/)/.test(value)) {
            throw new WorkspaceError('Invalid href value provided');
        }
    }
}
