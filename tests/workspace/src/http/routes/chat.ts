/** Messages. Source: apps/meteor/app/api/server/v1/chat.ts. */
import { z } from 'zod';
import type { MessageDoc, OutgoingMessage } from '../../model.js';
import { check, failure, page, type Call, type Rest } from '../rest.js';
import { postTarget } from './rooms.js';

const Attachments = z.array(z.record(z.string(), z.unknown())).optional();

const Send = z.object({
    message: z.object({
        _id: z.string().optional(),
        rid: z.string().min(1),
        msg: z.string().nullish(),
        alias: z.string().optional(),
        emoji: z.string().optional(),
        avatar: z.string().optional(),
        tmid: z.string().optional(),
        attachments: Attachments,
        blocks: z.array(z.unknown()).optional(),
        customFields: z.record(z.string(), z.unknown()).optional(),
    }),
});

const Post = z
    .object({
        roomId: z.union([z.string(), z.array(z.string())]).optional(),
        /** `#name`, `@username` or a room id. */
        channel: z.union([z.string(), z.array(z.string())]).optional(),
        text: z.string().nullish(),
        alias: z.string().optional(),
        emoji: z.string().optional(),
        avatar: z.string().optional(),
        tmid: z.string().optional(),
        attachments: Attachments,
        customFields: z.record(z.string(), z.unknown()).optional(),
    })
    .refine(({ roomId, channel }) => roomId !== undefined || channel !== undefined, 'roomId or channel is required');

const Update = z.object({ roomId: z.string(), msgId: z.string(), text: z.string() });
const Delete = z.object({ roomId: z.string(), msgId: z.string(), asUser: z.boolean().optional() });
const React = z.object({
    messageId: z.string(),
    emoji: z.string().optional(),
    reaction: z.string().optional(),
    shouldReact: z.boolean().optional(),
});

export function chatRoutes(rest: Rest): void {
    rest.post('chat.sendMessage', async ({ workspace, user, body }) => {
        const { message } = check(Send, body);
        const { msg, ...other } = message;
        return { message: await workspace.sendMessage(user._id, { ...other, ...quoted(msg ?? '') }) };
    });

    rest.post('chat.postMessage', async (call) => {
        const { roomId, channel, text, ...other } = check(Post, call.body);
        let last: { channel: string; message: MessageDoc } | undefined;
        for (const target of [roomId ?? channel ?? []].flat()) {
            const room = await postTarget(call, target);
            const message = await call.workspace.sendMessage(call.user._id, {
                ...other,
                rid: room._id,
                ...quoted(text ?? ''),
            });
            last ??= { channel: target, message };
        }
        if (!last) throw failure('unknown-error');
        return { ts: Date.now(), ...last };
    });

    rest.get('chat.getMessage', (call) => {
        const { msgId } = check(z.object({ msgId: z.string() }), call.query);
        const message = call.workspace.message(msgId);
        if (!message) throw failure({});
        if (!call.workspace.canAccessRoom(message.rid, call.user._id))
            throw failure('Not allowed [error-not-allowed]', 'error-not-allowed');
        return { message };
    });

    rest.get('chat.getThreadMessages', (call) => {
        const { tmid } = check(z.object({ tmid: z.string() }), call.query);
        const root = call.workspace.message(tmid);
        if (!root) throw failure('Invalid message [error-invalid-message]', 'error-invalid-message');
        if (!call.workspace.canAccessRoom(root.rid, call.user._id))
            throw failure('Not Allowed [error-not-allowed]', 'error-not-allowed');
        const { items, ...rest } = page(call, call.workspace.messages(root.rid, { tmid }));
        return { messages: items, ...rest };
    });

    rest.post('chat.update', async (call) => {
        const { roomId, msgId, text } = check(Update, call.body);
        theMessage(call, msgId, roomId);
        return { message: await call.workspace.editMessage(call.user._id, msgId, text) };
    });

    rest.post('chat.delete', async (call) => {
        const { roomId, msgId, asUser } = check(Delete, call.body);
        const message = theMessage(call, msgId, roomId);
        if (
            asUser &&
            message.u._id !== call.user._id &&
            !call.workspace.hasPermission(call.user._id, 'force-delete-message')
        ) {
            throw failure(
                'Unauthorized. You must have the permission "force-delete-message" to delete other\'s message as them.',
            );
        }
        await call.workspace.deleteMessage(asUser ? message.u._id : call.user._id, msgId);
        return { _id: msgId, ts: String(Date.now()), message: { _id: msgId, rid: message.rid, u: message.u } };
    });

    rest.post('chat.react', async (call) => {
        const { messageId, emoji, reaction, shouldReact } = check(React, call.body);
        if (!call.workspace.message(messageId)) {
            throw failure(
                'The provided "messageId" does not match any existing message. [error-message-not-found]',
                'error-message-not-found',
            );
        }
        const name = emoji ?? reaction;
        if (!name) {
            throw failure(
                'The required "emoji" param is missing. [error-emoji-param-not-provided]',
                'error-emoji-param-not-provided',
            );
        }
        await call.workspace.react(call.user._id, messageId, name, shouldReact);
        return {};
    });
}

function theMessage(call: Call, msgId: string, roomId: string): MessageDoc {
    const message = call.workspace.message(msgId);
    if (!message) throw failure('No message found with that id.');
    if (message.rid !== roomId) throw failure('The room id provided does not match where the message is from.');
    return message;
}

/**
 * Clients quote by putting the message's link, as a markdown link without text, in front of what is typed; the server
 * makes the attachment from it.
 */
function quoted(text: string): Pick<OutgoingMessage, 'msg' | 'quote'> {
    const [link, id] = /^\[ ?\]\([^)\s]*[?&]msg=([^&)\s]+)[^)\s]*\)\s*/.exec(text) ?? [];
    return link !== undefined && id !== undefined
        ? { msg: text.slice(link.length), quote: decodeURIComponent(id) }
        : { msg: text };
}
