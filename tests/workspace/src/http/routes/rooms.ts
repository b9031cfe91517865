/** Channels, private groups and direct messages. Source: {channels,groups,im,rooms}.ts in apps/meteor/app/api/server/v1. */
import { z } from 'zod';
import type { RoomDoc, RoomKind } from '../../model.js';
import { check, failure, page, type Call, type Rest } from '../rest.js';
import { userShape } from '../shapes.js';
import { named } from './users.js';

const Create = z.object({
    name: z.string().min(1),
    members: z.array(z.string()).optional(),
    customFields: z.record(z.string(), z.unknown()).optional(),
});
const Member = z.object({
    roomId: z.string().optional(),
    roomName: z.string().optional(),
    userId: z.string().optional(),
    username: z.string().optional(),
});

interface Family {
    prefix: string;
    kind: Exclude<RoomKind, 'l'>;
    /** The word the answers use for one room and for many. */
    one: string;
    many: string;
}

const FAMILIES: Family[] = [
    { prefix: 'channels', kind: 'c', one: 'channel', many: 'channels' },
    { prefix: 'groups', kind: 'p', one: 'group', many: 'groups' },
    { prefix: 'im', kind: 'd', one: 'room', many: 'ims' },
];

export function roomsRoutes(rest: Rest): void {
    rest.get('rooms.get', ({ workspace, user }) => ({ update: workspace.roomsOf(user._id), remove: [] }));
    rest.get('subscriptions.get', ({ workspace, user }) => ({ update: workspace.subscriptions(user._id), remove: [] }));
    rest.get('rooms.info', (call) => ({ room: readable(call, theRoom(call, call.query)) }));

    for (const family of FAMILIES) {
        const { prefix, kind, one, many } = family;
        rest.get(`${prefix}.list`, (call) => {
            const seen =
                prefix === 'channels' ? call.workspace.rooms({ t: 'c' }) : call.workspace.roomsOf(call.user._id);
            const { items, ...rest } = page(
                call,
                seen.filter(({ t }) => t === kind),
            );
            return { [many]: items, ...rest };
        });
        rest.get(`${prefix}.info`, (call) => ({ [one]: readable(call, theRoom(call, call.query, family)) }));
        rest.get(`${prefix}.members`, (call) => {
            const room = readable(call, theRoom(call, call.query, family));
            const { items, ...rest } = page(call, call.workspace.members(room._id));
            return { members: items.map((user) => userShape(user, false)), ...rest };
        });
        rest.get(`${prefix}.messages`, (call) => {
            const room = readable(call, theRoom(call, call.query, family));
            const { items, ...rest } = page(call, call.workspace.messages(room._id, { order: 'desc' }));
            return { messages: items, ...rest };
        });
        rest.get(`${prefix}.history`, (call) => history(call, readable(call, theRoom(call, call.query, family))));
    }

    for (const { prefix, kind, one } of FAMILIES.filter(({ prefix }) => prefix !== 'im')) {
        rest.post(`${prefix}.create`, async ({ workspace, user, body }) => ({
            [one]: await workspace.createRoom(user._id, { t: kind, ...check(Create, body) }),
        }));
        rest.post(`${prefix}.invite`, async (call) => {
            const by = check(Member, call.body);
            const room = readable(call, theRoom(call, by));
            await call.workspace.addMember(room._id, named(call, by)._id);
            return { [one]: call.workspace.room(room._id) };
        });
        rest.post(`${prefix}.kick`, async (call) => {
            const by = check(Member, call.body);
            const room = readable(call, theRoom(call, by));
            await call.workspace.removeMember(room._id, named(call, by)._id);
            return { [one]: call.workspace.room(room._id) };
        });
    }

    rest.post('channels.join', async (call) => {
        const room = theRoom(call, check(Member, call.body), FAMILIES[0]);
        await call.workspace.addMember(room._id, call.user._id);
        return { channel: call.workspace.room(room._id) };
    });

    rest.post('im.create', async (call) => ({
        room: await direct(call, check(z.object({ username: z.string() }), call.body).username),
    }));
}

/** The room of `roomId` or `roomName`; readable or not. */
export function theRoom(call: Call, by: Record<string, unknown>, family?: Family): RoomDoc {
    const { roomId, roomName } = by;
    if (typeof roomId !== 'string' && typeof roomName !== 'string') {
        throw failure(
            'The parameter "roomId" or "roomName" is required [error-roomid-param-not-provided]',
            'error-roomid-param-not-provided',
        );
    }
    const room = typeof roomId === 'string' ? call.workspace.room(roomId) : call.workspace.roomByName(String(roomName));
    if (!room || (family && family.kind !== room.t)) {
        const word = family?.one ?? 'room';
        throw failure(
            `The required "roomId" or "roomName" param provided does not match any ${word} [error-room-not-found]`,
            'error-room-not-found',
        );
    }
    return room;
}

/** Refuses a room the user may not read. */
function readable(call: Call, room: RoomDoc): RoomDoc {
    if (call.workspace.canAccessRoom(room._id, call.user._id)) return room;
    throw failure('Not allowed [error-not-allowed]', 'error-not-allowed');
}

/** Where `chat.postMessage` posts: a room id, `#name` or `@username`. */
export async function postTarget(call: Call, target: string): Promise<RoomDoc> {
    if (target.startsWith('@')) return direct(call, target.slice(1));
    const room = call.workspace.room(target) ?? call.workspace.roomByName(target.replace(/^#/, ''));
    if (!room) throw failure('[invalid-channel]', 'invalid-channel');
    return room;
}

async function direct(call: Call, username: string): Promise<RoomDoc> {
    const other = named(call, { username });
    const known = call.workspace
        .roomsOf(call.user._id)
        .find(
            ({ t, uids }) =>
                t === 'd' && uids?.length === 2 && uids.includes(other._id) && uids.includes(call.user._id),
        );
    return known ?? call.workspace.createRoom(call.user._id, { t: 'd', members: [username] });
}

const History = z.object({
    latest: z.coerce.date().optional(),
    oldest: z.coerce.date().optional(),
    inclusive: z.enum(['true', 'false']).optional(),
});

/** Newest first, between two times. */
function history(call: Call, room: RoomDoc): object {
    const { latest, oldest, inclusive } = check(History, call.query);
    const slack = inclusive === 'true' ? 1 : 0;
    const all = call.workspace.messages(room._id, { order: 'desc' }).filter(({ ts }) => {
        const at = ts.getTime();
        return (
            (latest === undefined || at < latest.getTime() + slack) &&
            (oldest === undefined || at > oldest.getTime() - slack)
        );
    });
    return { messages: page(call, all).items };
}
