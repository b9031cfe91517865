import type { ILivechatMessage, ILivechatRoom, IVisitor } from '@rocket.chat/apps-engine/definition/livechat';
import type { IMessage, IMessageAttachment, IMessageFile, IMessageRaw } from '@rocket.chat/apps-engine/definition/messages';
import type { IRoom } from '@rocket.chat/apps-engine/definition/rooms';
import type { IUser } from '@rocket.chat/apps-engine/definition/users';
import type { Card, FileRef, Message, Room, User, Visitor } from './generated/core';
import { manifest } from './generated/manifest';
import type { JsonValue } from './generated/serde_json/JsonValue';
import type { AppInfo } from './host/context';

/** The typings promise more than records of real servers hold. */
type Loose<T> = { [K in keyof T]?: T[K] | null };

export function user(from: Loose<IUser>): User {
    const preferences: unknown = from.settings?.preferences;
    const language = (preferences as { language?: unknown } | undefined)?.language;
    return {
        id: from.id ?? '',
        username: from.username ?? '',
        name: from.name ?? from.username ?? '',
        roles: from.roles ?? [],
        language: typeof language === 'string' ? language : '',
        kind: from.type ?? 'user',
    };
}

export function visitor(from: Loose<IVisitor>): Visitor {
    return {
        id: from.id ?? '',
        token: from.token ?? '',
        name: from.name ?? '',
        username: from.username ?? '',
        department: from.department ?? null,
    };
}

/**
 * Blocks whose interactive elements name the app: clients send what is pressed there, and the engine fills the id in for
 * some kinds of blocks only.
 */
export function withAppId(blocks: JsonValue[], appId: string): JsonValue[] {
    const own = (value: JsonValue): JsonValue => {
        if (Array.isArray(value)) {
            return value.map(own);
        }
        if (typeof value !== 'object' || value === null) {
            return value;
        }
        const fields = Object.fromEntries(Object.entries(value).map(([name, field]) => [name, own(field)]));
        return 'actionId' in fields || 'blockId' in fields ? { ...fields, appId } : fields;
    };
    return blocks.map(own);
}

export function isLivechat(room: IRoom): room is ILivechatRoom {
    return (room.type as string) === 'l';
}

export function room(from: ILivechatRoom, appId: string): Room {
    const loose = from as Loose<ILivechatRoom>;
    const source = loose.source as { type?: string; id?: string } | null | undefined;
    return {
        id: from.id,
        title: loose.displayName ?? '',
        open: loose.isOpen === true,
        visitor_token: loose.visitor?.token ?? '',
        waiting: loose.isWaitingResponse === true,
        department: loose.department?.id ?? null,
        served_by: loose.servedBy ? user(loose.servedBy) : null,
        ours: source?.type === 'app' && source.id === appId,
    };
}

export function message(from: IMessage, app: AppInfo): Message {
    const loose = from as Loose<ILivechatMessage>;
    const sender = loose.sender ? user(loose.sender) : null;
    return {
        id: loose.id ?? '',
        room_id: from.room.id,
        text: loose.text ?? '',
        at: loose.createdAt ? Math.trunc(new Date(loose.createdAt).getTime()) || 0 : 0,
        sender,
        visitor_token: loose.token ?? null,
        system_type: loose.type ?? null,
        ours: loose.sender?.appId === app.appId || [app.username, ...manifest.bots].includes(sender?.username ?? ''),
        files: files(loose),
        cards: (loose.attachments ?? []).map(card),
        blocks: (loose.blocks ?? []) as unknown[] as JsonValue[],
        thread_id: loose.threadId ?? null,
    };
}

/** A message of a list: those carry references where a single message carries its room and its author. */
export function listedMessage(from: IMessageRaw, roomId: string, app: AppInfo): Message {
    const author = from.sender as IMessageRaw['sender'] | null | undefined;
    const sender = author ? { ...author, id: author._id } : undefined;
    return message({ ...from, room: { id: roomId }, sender } as unknown as IMessage, app);
}

function files(message: Loose<ILivechatMessage>): FileRef[] {
    // `files` also lists thumbnails, `file` is always an original; several originals come as several attachments.
    const attachments = message.attachments ?? [];
    // Servers before 8.2 fill this one only.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    const single = message.file ?? undefined;
    const listed = (message.files ?? []).filter((file) => file._id === single?._id || attachments.some((a) => a.fileId === file._id));
    const originals = listed.length > 0 ? listed : single ? [single] : [];
    return originals.map((file: Loose<IMessageFile & { size: number }>, index) => ({
        id: file._id ?? '',
        name: file.name ?? '',
        media_type: file.type ?? '',
        size: file.size ?? 0,
        caption: (attachments.find((a) => a.fileId === file._id) ?? attachments[index])?.description ?? '',
    }));
}

function card(from: Loose<IMessageAttachment>): Card {
    return {
        title: from.title?.value ?? null,
        title_link: from.title?.link ?? null,
        text: from.text ?? null,
        author: from.author?.name ?? null,
        image_url: from.imageUrl ?? null,
        message_link: from.timestampLink ?? null,
        color: from.color ?? null,
    };
}

export function attachment(from: Card): IMessageAttachment {
    return {
        ...(from.title === null ? {} : { title: { value: from.title, ...(from.title_link === null ? {} : { link: from.title_link }) } }),
        ...(from.text === null ? {} : { text: from.text }),
        ...(from.author === null ? {} : { author: { name: from.author } }),
        ...(from.image_url === null ? {} : { imageUrl: from.image_url }),
        ...(from.message_link === null ? {} : { timestampLink: from.message_link }),
        ...(from.color === null ? {} : { color: from.color }),
    };
}
