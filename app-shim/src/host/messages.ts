import type { IMessageUpdater, IModifyUpdater } from '@rocket.chat/apps-engine/definition/accessors';
import type { IMessage, Reaction } from '@rocket.chat/apps-engine/definition/messages';
import type { IRoom } from '@rocket.chat/apps-engine/definition/rooms';
import { UserType, type IUser } from '@rocket.chat/apps-engine/definition/users';
import * as convert from '../convert';
import { CodedError, codeOf } from '../errors';
import type { Sender } from '../generated/core';
import { createdId, type Handlers, type HostContext, permitted } from './context';

/** The user whom servers let into every Omnichannel room. */
const ROCKET_CAT = 'rocket.cat';

export const messages: Handlers<
    'upload_read' | 'post' | 'message_edit' | 'message_delete' | 'react' | 'message_find' | 'room_messages' | 'whisper'
> = {
    async upload_read(context, call) {
        const reader = context.read.getUploadReader();
        const [bytes, upload] = await Promise.all([reader.getBufferById(call.file_id), reader.getById(call.file_id)]);
        return context.blobs.keep(Buffer.from(permitted(bytes)), upload.type);
    },
    async post(context, call) {
        const creator = context.modify().getCreator();
        const builder = creator.startMessage().setRoom(await roomOf(context, call.room_id)).setText(call.text);
        builder.setSender(await speaker(context, call.sender));
        if (call.attachments.length > 0) {
            builder.setAttachments(call.attachments.map(convert.attachment));
        }
        if (call.blocks.length > 0) {
            builder.setBlocks(convert.withAppId(call.blocks, context.app.appId));
        }
        if (call.thread_id !== null) {
            builder.setThreadId(call.thread_id);
        }
        return createdId(await creator.finish(builder));
    },
    async message_edit(context, call) {
        const updater = context.modify().getUpdater();
        const editor = permitted(await context.read.getUserReader().getAppUser(context.app.appId));
        const builder = await updater.message(call.message_id, editor);
        builder.setEditor(editor);
        if (call.text !== null) {
            builder.setText(call.text);
        }
        if (call.attachments !== null) {
            builder.setAttachments(call.attachments.map(convert.attachment));
        }
        if (call.blocks !== null) {
            builder.setBlocks(convert.withAppId(call.blocks, context.app.appId));
        }
        await updater.finish(builder);
        return null;
    },
    async message_delete(context, call) {
        const found = await find(context, call.message_id);
        if (found) {
            const deleter = permitted(await context.read.getUserReader().getAppUser(context.app.appId));
            await context.modify().getDeleter().deleteMessage(found, deleter);
        }
        return null;
    },
    async react(context, call) {
        const reactions = messageUpdater(context);
        const emoji = call.emoji as Reaction;
        const { id, username } = permitted(await context.read.getUserReader().getAppUser(context.app.appId));
        if (!call.on) {
            // On a message that has no reaction at all, servers set the one they are to remove.
            const found = await find(context, call.message_id);
            const all = found?.reactions as Partial<Record<string, { usernames: string[] }>> | null | undefined;
            const { usernames: who = [] } = all?.[emoji] ?? {};
            if (who.length > 0) {
                await reactions.removeReaction(call.message_id, who.includes(username) ? id : ROCKET_CAT, emoji);
            }
            return null;
        }
        try {
            await reactions.addReaction(call.message_id, id, emoji);
        } catch (error) {
            if (codeOf(error) !== 'not-authorized') {
                throw error;
            }
            await reactions.addReaction(call.message_id, ROCKET_CAT, emoji);
        }
        return null;
    },
    async message_find(context, call) {
        const found = await find(context, call.message_id);
        return found ? convert.message(found, context.app) : null;
    },
    async room_messages(context, call) {
        const options = { limit: Math.min(call.limit, 100), skip: 0, sort: { createdAt: 'desc' } } as const;
        const messages = permitted(await context.read.getRoomReader().getMessages(call.room_id, options));
        return messages.map((each) => convert.listedMessage(each, call.room_id, context.app));
    },
    async whisper(context, call) {
        const [user, room, sender] = await Promise.all([
            context.read.getUserReader().getById(call.user_id),
            roomOf(context, call.room_id),
            speaker(context, call.sender),
        ]);
        const notifier = context.modify().getNotifier();
        const builder = notifier.getMessageBuilder().setRoom(room).setSender(sender).setText(call.text);
        if (call.blocks.length > 0) {
            builder.setBlocks(convert.withAppId(call.blocks, context.app.appId));
        }
        await notifier.notifyUser(user, builder.getMessage());
        return null;
    },
};

/**
 * Sets reactions. Up to Apps-Engine 1.59 (servers before 8.2) neither the runtime nor the server behind it has this accessor. What
 * the server's would call is there in all of them, and is asked for as the runtime asks for other things.
 */
function messageUpdater(context: HostContext): IMessageUpdater {
    type Send = (request: { method: string; params: unknown[] }) => Promise<unknown>;
    const updater = context.modify().getUpdater() as Partial<IModifyUpdater> & { senderFn?: Send };
    if (typeof updater.getMessageUpdater === 'function') {
        return updater.getMessageUpdater();
    }
    const { senderFn } = updater;
    if (senderFn === undefined) {
        throw new CodedError('not-here', 'Reactions cannot be set on this server.');
    }
    const carry =
        (method: string) =>
        async (...params: unknown[]): Promise<void> => {
            try {
                // The server puts the app's id in for the last one.
                await senderFn({ method: `bridges:getMessageBridge:${method}`, params: [...params, 'APP_ID'] });
            } catch (refused) {
                throw new Error((refused as { error?: { message?: string } } | null)?.error?.message, { cause: refused });
            }
        };
    return { addReaction: carry('doAddReaction'), removeReaction: carry('doRemoveReaction') };
}

async function find(context: HostContext, id: string): Promise<IMessage | undefined> {
    return (await context.read.getMessageReader().getById(id)) ?? undefined;
}

async function roomOf(context: HostContext, id: string): Promise<IRoom> {
    const room = await context.read.getRoomReader().getById(id);
    if (!(room as IRoom | null | undefined)) {
        throw new CodedError('no-such-room', 'There is no such room.');
    }
    return room as IRoom;
}

async function speaker(context: HostContext, sender: Sender): Promise<IUser> {
    const users = context.read.getUserReader();
    const bot = sender.kind === 'app' ? undefined : permitted(await users.getByUsername(sender.username));
    return bot && bot.type !== UserType.USER ? bot : permitted(await users.getAppUser(context.app.appId));
}
