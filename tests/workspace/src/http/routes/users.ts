/** Users and presence. Source: apps/meteor/app/api/server/v1/users.ts. */
import { z } from 'zod';
import type { UserDoc } from '../../model.js';
import { check, failure, forbidden, page, type Call, type Rest } from '../rest.js';
import { userShape } from '../shapes.js';

const Create = z.object({
    username: z.string().min(1),
    name: z.string(),
    email: z.string(),
    password: z.string().min(1),
    roles: z.array(z.string()).optional(),
});
const Presence = z.enum(['online', 'away', 'busy', 'offline']);
const SetStatus = z.object({
    status: Presence.optional(),
    message: z.string().optional(),
    userId: z.string().optional(),
    username: z.string().optional(),
});

export function usersRoutes(rest: Rest): void {
    rest.get('users.list', (call) => {
        const { items, ...rest } = page(call, call.workspace.users());
        return { users: items.map((user) => userShape(user, false)), ...rest };
    });

    rest.get('users.info', (call) => {
        const user = named(call, call.query);
        return { user: userShape(user, mayAdminister(call) || user._id === call.user._id) };
    });

    rest.post(
        'users.create',
        ({ workspace, body }) => ({ user: userShape(workspace.createUser(check(Create, body)), true) }),
        { permissions: ['create-user'] },
    );

    rest.post(
        'users.delete',
        (call) => {
            call.workspace.deleteUser(named(call, check(z.record(z.string(), z.unknown()), call.body))._id);
            return {};
        },
        { permissions: ['delete-user'] },
    );

    rest.get('users.getPresence', (call) => ({
        presence: ('userId' in call.query || 'username' in call.query ? named(call, call.query) : call.user).status,
    }));

    rest.post('users.setStatus', (call) => {
        const change = check(SetStatus, call.body);
        const user = change.userId !== undefined || change.username !== undefined ? named(call, change) : call.user;
        if (user._id !== call.user._id && !mayAdminister(call)) throw forbidden();
        if (change.status !== undefined) call.workspace.setPresence(user._id, change.status);
        return {};
    });

    rest.post(
        'users.createToken',
        (call) => ({
            data: call.workspace.loginAs(named(call, check(z.record(z.string(), z.unknown()), call.body))._id),
        }),
        { permissions: ['user-generate-access-token'] },
    );
}

/** The user that `userId`, `username` or `user` names. */
export function named(call: Call, by: Record<string, unknown>): UserDoc {
    const { workspace } = call;
    const name = by['username'] ?? by['user'];
    const user =
        typeof by['userId'] === 'string'
            ? workspace.user(by['userId'])
            : typeof name === 'string'
              ? workspace.userByUsername(name)
              : undefined;
    if (user) return user;
    if (by['userId'] === undefined && name === undefined) {
        throw failure(
            'The required "userId" or "username" param was not provided [error-user-param-not-provided]',
            'error-user-param-not-provided',
        );
    }
    throw failure(
        'The required "userId" or "username" param provided does not match any users [error-invalid-user]',
        'error-invalid-user',
    );
}

function mayAdminister({ workspace, user }: Call): boolean {
    return workspace.hasPermission(user._id, 'edit-other-user-info');
}
