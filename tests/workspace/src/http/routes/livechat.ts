/** Omnichannel conversations. Source: apps/meteor/app/livechat/server/api/v1 and app/livechat/imports/server/rest. */
import { z } from 'zod';
import type { RoomDoc } from '../../model.js';
import { check, failure, forbidden, page, unauthorized, type Call, type Rest } from '../rest.js';
import { livechatRoomShape } from '../shapes.js';

const RoomsFilter = z.object({
    open: z.enum(['true', 'false']).optional(),
    departmentId: z.string().optional(),
    roomName: z.string().optional(),
    agents: z.union([z.string(), z.array(z.string())]).optional(),
});
const CloseByUser = z.object({ rid: z.string(), comment: z.string().optional(), tags: z.array(z.string()).optional() });
const CloseByVisitor = z.object({ rid: z.string(), token: z.string() });
const Forward = z.object({
    roomId: z.string(),
    userId: z.string().optional(),
    departmentId: z.string().optional(),
    comment: z.string().optional(),
    clientAction: z.boolean().optional(),
});
const Take = z.object({ inquiryId: z.string(), userId: z.string().optional() });
const VisitorMessage = z.object({ token: z.string(), rid: z.string(), msg: z.string() });
const AGENT = { permissions: ['view-l-room'] };

export function livechatRoutes(rest: Rest): void {
    rest.get('livechat/rooms', (call) => {
        const { open, departmentId, roomName, ...filter } = check(RoomsFilter, call.query);
        const agents = filter.agents === undefined ? undefined : [filter.agents].flat();
        const ownOnly =
            agents?.length === 1 &&
            agents[0] === call.user._id &&
            call.workspace.hasPermission(call.user._id, 'view-l-room');
        if (!ownOnly && !call.workspace.hasPermission(call.user._id, 'view-livechat-rooms')) throw unauthorized();
        const rooms = call.workspace
            .rooms({ t: 'l', ...(open && { open: open === 'true' }), ...(departmentId && { departmentId }) })
            .filter(({ fname, servedBy }) => {
                const named = !roomName || (fname ?? '').toLowerCase().includes(roomName.toLowerCase());
                return named && (!agents || (servedBy !== undefined && agents.includes(servedBy._id)));
            })
            .sort((a, b) => b.ts.getTime() - a.ts.getTime());
        const { items, ...rest } = page(call, rooms);
        return { rooms: items.map((room) => livechatRoomShape(call.workspace, room)), ...rest };
    });

    rest.get(
        'livechat/:rid/messages',
        (call) => {
            const room = theRoom(call, call.params['rid'] ?? '', 'invalid-room');
            if (!call.workspace.canAccessRoom(room._id, call.user._id)) throw failure('not-allowed');
            const spoken = call.workspace
                .messages(room._id, { order: 'desc' })
                .filter(({ t }) => t === undefined || t === 'livechat-close');
            const { items, ...rest } = page(call, spoken);
            return { messages: items, ...rest };
        },
        AGENT,
    );

    // What the visitor's own widget reads: no login, the token is the proof.
    rest.get(
        'livechat/messages.history/:rid',
        (call) => {
            const { token } = check(z.object({ token: z.string() }), call.query);
            const room = visitorsRoom(call, token, call.params['rid'] ?? '');
            return { messages: page(call, call.workspace.messages(room._id, { order: 'desc' })).items };
        },
        { auth: false },
    );

    rest.post(
        'livechat/message',
        async (call) => {
            const { token, rid, msg } = check(VisitorMessage, call.body);
            const room = visitorsRoom(call, token, rid);
            if (!room.open) throw failure('room-closed');
            return { message: await call.workspace.visitorMessage({ token }, msg) };
        },
        { auth: false },
    );

    rest.get(
        'livechat/visitors.info',
        (call) => {
            const { visitorId } = check(z.object({ visitorId: z.string() }), call.query);
            const visitor = call.workspace.visitor(visitorId);
            if (!visitor) throw failure('visitor-not-found');
            return { visitor };
        },
        AGENT,
    );

    closing(rest);
    moving(rest);
    queue(rest);
}

function closing(rest: Rest): void {
    rest.post(
        'livechat/room.close',
        async (call) => {
            const { rid, token } = check(CloseByVisitor, call.body);
            const room = visitorsRoom(call, token, rid);
            if (!room.open) throw failure('room-closed');
            const comment = 'Closed by visitor';
            await call.workspace.closeLivechatRoom(rid, { visitorToken: token }, { comment });
            return { rid, comment };
        },
        { auth: false },
    );

    rest.post(
        'livechat/room.closeByUser',
        async (call) => {
            const { rid, ...options } = check(CloseByUser, call.body);
            const room = theRoom(call, rid);
            if (!room.open) throw failure('error-room-already-closed');
            const member = call.workspace.members(rid).some(({ _id }) => _id === call.user._id);
            if (!member && !call.workspace.hasPermission(call.user._id, 'close-others-livechat-room'))
                throw failure('error-not-authorized');
            await call.workspace.closeLivechatRoom(rid, { userId: call.user._id }, options);
            return {};
        },
        { permissions: ['close-livechat-room'] },
    );
}

function moving(rest: Rest): void {
    rest.post(
        'livechat/room.forward',
        async (call) => {
            const { roomId, ...target } = check(Forward, call.body);
            if (!theRoom(call, roomId).open) throw failure('This_conversation_is_already_closed');
            await call.workspace.transferLivechatRoom(roomId, call.user._id, target);
            return {};
        },
        { permissions: ['view-l-room', 'transfer-livechat-guest'] },
    );

    rest.get(
        'livechat/room.join',
        async (call) => {
            const { roomId } = check(z.object({ roomId: z.string() }), call.query);
            const room = theRoom(call, roomId);
            if (!call.workspace.canAccessRoom(room._id, call.user._id)) throw failure('error-not-allowed');
            await call.workspace.addMember(room._id, call.user._id);
            return {};
        },
        AGENT,
    );

    for (const [route, onHold] of [
        ['livechat/room.onHold', true],
        ['livechat/room.resumeOnHold', false],
    ] as const) {
        rest.post(
            route,
            async (call) => {
                const { roomId } = check(z.object({ roomId: z.string() }), call.body);
                await call.workspace.setRoomOnHold(theRoom(call, roomId)._id, onHold, call.user._id);
                return {};
            },
            { permissions: ['on-hold-livechat-room'] },
        );
    }
}

function queue(rest: Rest): void {
    const queued = (call: Call): object => {
        const department = call.query['department'];
        const wanted = typeof department === 'string' ? call.workspace.department(department)?._id : undefined;
        const { items, ...rest } = page(
            call,
            call.workspace.queue().filter((inquiry) => wanted === undefined || inquiry.department === wanted),
        );
        return { inquiries: items, ...rest };
    };
    rest.get('livechat/inquiries.list', queued, { permissions: ['view-livechat-manager'] });
    rest.get('livechat/inquiries.queuedForUser', queued, AGENT);

    rest.get(
        'livechat/inquiries.getOne',
        (call) => {
            const { roomId } = check(z.object({ roomId: z.string() }), call.query);
            return { inquiry: call.workspace.inquiry(roomId) ?? null };
        },
        AGENT,
    );

    rest.post('livechat/inquiries.take', async (call) => {
        const { inquiryId, userId } = check(Take, call.body);
        if (userId !== undefined && !call.workspace.user(userId)) throw failure('The user is invalid');
        if (
            userId !== undefined &&
            userId !== call.user._id &&
            !call.workspace.hasPermission(call.user._id, 'view-livechat-manager')
        ) {
            throw forbidden();
        }
        await call.workspace.takeInquiry(inquiryId, userId ?? call.user._id);
        return { inquiry: call.workspace.inquiry(inquiryId) ?? null };
    });

    rest.post(
        'livechat/inquiries.returnAsInquiry',
        async (call) => {
            const { roomId } = check(z.object({ roomId: z.string(), departmentId: z.string().optional() }), call.body);
            await call.workspace.returnToQueue(theRoom(call, roomId)._id, call.user._id);
            return { result: true };
        },
        AGENT,
    );
}

/** The room of whoever shows the token, which is all the proof there is. */
function visitorsRoom(call: Call, token: string, rid: string): RoomDoc {
    if (!call.workspace.visitorByToken(token)) throw failure('invalid-token');
    const room = theRoom(call, rid, 'invalid-room');
    if (room.v?.token !== token) throw failure('invalid-room');
    return room;
}

/** An Omnichannel room, or a refusal with the route's own word for it. */
function theRoom(call: Call, roomId: string, error = 'error-invalid-room'): RoomDoc {
    const room = call.workspace.room(roomId);
    if (room?.t !== 'l') throw failure(error);
    return room;
}
