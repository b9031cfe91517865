/**
 * What the visitor's own widget calls: nobody logs in, the visitor's token is the proof.
 * Source: apps/meteor/app/livechat/server/api/v1/room.ts and visitor.ts
 */
import { z } from 'zod';
import { check, failure, type Rest } from '../rest.js';

const PUBLIC = { auth: false };
const Room = z.object({ token: z.string(), rid: z.string().optional(), agentId: z.string().optional() });
const Registration = z.object({
    visitor: z.looseObject({
        token: z.string(),
        name: z.string().optional(),
        email: z.string().optional(),
        department: z.string().optional(),
        phone: z.string().optional(),
        username: z.string().optional(),
    }),
});

export function visitorsRoutes(rest: Rest): void {
    rest.get(
        'livechat/room',
        async (call) => {
            const { token, rid } = check(Room, call.query);
            if (!call.workspace.visitorByToken(token)) throw failure('invalid-token');
            const open = call.workspace.rooms({ t: 'l', open: true, token });
            if (rid === undefined) {
                const room = open[0] ?? (await call.workspace.visitorRoom(token));
                return { room, newRoom: open.length === 0 };
            }
            const room = open.find(({ _id }) => _id === rid);
            if (!room) throw failure('invalid-room');
            return { room, newRoom: false };
        },
        PUBLIC,
    );

    rest.post(
        'livechat/visitor',
        (call) => {
            const { visitor } = check(Registration, call.body);
            if (visitor.token.trim() === '') throw failure('Token cannot be empty [error-invalid-token]', 'error-invalid-token');
            return { visitor: call.workspace.registerVisitor(visitor) };
        },
        PUBLIC,
    );

    rest.get(
        'livechat/visitor/:token',
        (call) => {
            const visitor = call.workspace.visitorByToken(call.params['token'] ?? '');
            if (!visitor) throw failure('[invalid-token]', 'invalid-token');
            return { visitor };
        },
        PUBLIC,
    );
}
