import type { IMessage } from '@rocket.chat/apps-engine/definition/messages';
import type { IRoom } from '@rocket.chat/apps-engine/definition/rooms';
import type { IUser } from '@rocket.chat/apps-engine/definition/users';
import * as convert from '../convert';
import { CodedError } from '../core';
import type { Sender } from '../generated/core';
import { messageId } from './livechat';
import { type Ground, type Handlers, permitted } from './side';

/** How long a typing notice stays when nothing ends it. */
const TYPING_MS = 5_000;

export const messages: Handlers<
    'upload_read' | 'post' | 'message_edit' | 'message_delete' | 'react' | 'message_find' | 'room_messages' | 'whisper' | 'typing'
> = {
    async upload_read(ground, call) {
        const reader = ground.read.getUploadReader();
        const [bytes, upload] = await Promise.all([reader.getBufferById(call.file_id), reader.getById(call.file_id)]);
        return ground.blobs.keep(Buffer.from(permitted(bytes)), upload.type);
    },
    async post(ground, call) {
        const creator = ground.modify().getCreator();
        const builder = creator.startMessage().setRoom(await roomOf(ground, call.room_id)).setText(call.text);
        builder.setSender(await speaker(ground, call.sender));
        if (call.attachments.length > 0) {
            builder.setAttachments(call.attachments.map(convert.attachment));
        }
        if (call.blocks.length > 0) {
            builder.setBlocks(convert.owned(call.blocks, ground.app.appId));
        }
        if (call.thread_id !== null) {
            builder.setThreadId(call.thread_id);
        }
        return messageId(await creator.finish(builder));
    },
    async message_edit(ground, call) {
        const updater = ground.modify().getUpdater();
        const editor = permitted(await ground.read.getUserReader().getAppUser(ground.app.appId));
        const builder = await updater.message(call.message_id, editor);
        builder.setEditor(editor);
        if (call.text !== null) {
            builder.setText(call.text);
        }
        if (call.attachments !== null) {
            builder.setAttachments(call.attachments.map(convert.attachment));
        }
        if (call.blocks !== null) {
            builder.setBlocks(convert.owned(call.blocks, ground.app.appId));
        }
        await updater.finish(builder);
        return null;
    },
    async message_delete(ground, call) {
        const found = await find(ground, call.message_id);
        if (found) {
            const deleter = permitted(await ground.read.getUserReader().getAppUser(ground.app.appId));
            await ground.modify().getDeleter().deleteMessage(found, deleter);
        }
        return null;
    },
    async react(ground, call) {
        const updater = ground.modify().getUpdater().getMessageUpdater();
        const { id } = permitted(await ground.read.getUserReader().getAppUser(ground.app.appId));
        await (call.on
            ? updater.addReaction(call.message_id, id, call.emoji as `:${string}:`)
            : updater.removeReaction(call.message_id, id, call.emoji as `:${string}:`));
        return null;
    },
    async message_find(ground, call) {
        const found = await find(ground, call.message_id);
        return found ? convert.message(found, ground.app.appId) : null;
    },
    async room_messages(ground, call) {
        const options = { limit: Math.min(call.limit, 100), skip: 0, sort: { createdAt: 'desc' } } as const;
        const raw = permitted(await ground.read.getRoomReader().getMessages(call.room_id, options));
        // These carry the room's id where a single message carries the room.
        return raw.map((each) => convert.message({ ...each, room: { id: call.room_id } } as unknown as IMessage, ground.app.appId));
    },
    async whisper(ground, call) {
        const [user, room, sender] = await Promise.all([
            ground.read.getUserReader().getById(call.user_id),
            roomOf(ground, call.room_id),
            speaker(ground, call.sender),
        ]);
        const notifier = ground.modify().getNotifier();
        const builder = notifier.getMessageBuilder().setRoom(room).setSender(sender).setText(call.text);
        if (call.blocks.length > 0) {
            builder.setBlocks(convert.owned(call.blocks, ground.app.appId));
        }
        await notifier.notifyUser(user, builder.getMessage());
        return null;
    },
    async typing(ground, call) {
        const stop = await ground.modify().getNotifier().typing({ id: call.room_id, username: call.name });
        setTimeout(() => void stop(), TYPING_MS);
        return null;
    },
};

async function find(ground: Ground, id: string): Promise<IMessage | undefined> {
    return ((await ground.read.getMessageReader().getById(id))) ?? undefined;
}

async function roomOf(ground: Ground, id: string): Promise<IRoom> {
    const room = await ground.read.getRoomReader().getById(id);
    if (!(room as IRoom | null | undefined)) {
        throw new CodedError('no-such-room', 'There is no such room.');
    }
    return room as IRoom;
}

async function speaker(ground: Ground, sender: Sender): Promise<IUser> {
    const users = ground.read.getUserReader();
    return permitted(sender.kind === 'app' ? await users.getAppUser(ground.app.appId) : await users.getByUsername(sender.username));
}
