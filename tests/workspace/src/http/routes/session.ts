/** Login and who one is. Source: apps/meteor/app/api/server/ApiClass.ts (login, logout), v1/misc.ts (me, info). */
import { z } from 'zod';
import { RestRefusal, check, type Rest } from '../rest.js';
import { userShape } from '../shapes.js';

/** The server version whose behaviour the workspace follows; 8.4 is the last with the engine that npm has whole. */
export const SERVER_VERSION = '8.4.0';

const Login = z.object({
    user: z.union([z.string(), z.object({ username: z.string() }), z.object({ email: z.string() })]).optional(),
    username: z.string().optional(),
    email: z.string().optional(),
    password: z.string().optional(),
});

export function sessionRoutes(rest: Rest): void {
    const denied = (): RestRefusal =>
        new RestRefusal(401, { status: 'error', error: 'Unauthorized', message: 'Unauthorized' });

    rest.post(
        'login',
        ({ workspace, body, response }) => {
            const login = check(Login, body);
            const user =
                typeof login.user === 'object'
                    ? Object.values(login.user)[0]
                    : (login.user ?? login.username ?? login.email);
            let token;
            try {
                if (user !== undefined && login.password !== undefined) token = workspace.login(user, login.password);
            } catch {
                // A wrong name and a wrong password look the same from outside.
                throw denied();
            }
            const me = token && workspace.user(token.userId);
            if (!token || !me) throw denied();
            response.json({ status: 'success', data: { ...token, me: userShape(me, true) } });
            return undefined;
        },
        { auth: false },
    );

    rest.post('logout', ({ workspace, request, user, response }) => {
        workspace.logout({ userId: user._id, authToken: request.header('x-auth-token') ?? '' });
        response.json({ status: 'success', data: { message: "You've been logged out!" } });
        return undefined;
    });

    rest.get('me', ({ user }) => userShape(user, true));
    rest.get('info', () => ({ version: SERVER_VERSION, info: { version: SERVER_VERSION } }), { auth: false });
}
