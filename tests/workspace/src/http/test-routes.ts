/**
 * `/_test/…`: what tests and the playground need and a real server has no REST for. Without login, hence served on
 * loopback addresses only (see `serve`).
 */
import { z } from 'zod';
import type { UserDoc } from '../model.js';
import { check, notFound, type Call, type Rest } from './rest.js';

const OPEN = { auth: false };

const Presence = z.object({
    status: z.enum(['online', 'away', 'busy', 'offline']).optional(),
    statusLivechat: z.enum(['available', 'not-available']).optional(),
});
const VisitorMessage = z.object({
    token: z.string().min(1),
    msg: z.string(),
    name: z.string().optional(),
    department: z.string().optional(),
});

export function testRoutes(rest: Rest): void {
    people(rest);
    time(rest);
    inside(rest);
}

/** What a person's open client shows, and whether they are there. */
function people(rest: Rest): void {
    rest.get(
        'users/:user/ephemeral',
        (call) => ({ messages: call.workspace.ephemeralMessages(theUser(call)._id) }),
        OPEN,
    );
    rest.get('users/:user/surfaces', (call) => ({ surfaces: call.workspace.surfaces(theUser(call)._id) }), OPEN);

    rest.get(
        'users/:user/view',
        (call) => {
            const viewId = call.query['viewId'];
            return {
                surface:
                    call.workspace.openView(theUser(call)._id, typeof viewId === 'string' ? viewId : undefined) ?? null,
            };
        },
        OPEN,
    );

    rest.post(
        'users/:user/presence',
        (call) => {
            const { status, statusLivechat } = check(Presence, call.body);
            const { _id } = theUser(call);
            if (status) call.workspace.setPresence(_id, status);
            if (statusLivechat) call.workspace.setAgentStatus(_id, statusLivechat);
            const user = call.workspace.user(_id);
            return { userId: _id, status: user?.status, statusLivechat: user?.statusLivechat };
        },
        OPEN,
    );

    rest.post('users/:user/token', (call) => call.workspace.loginAs(theUser(call)._id), OPEN);

    rest.post(
        'visitor-message',
        async (call) => {
            const { msg, ...visitor } = check(VisitorMessage, call.body);
            return { message: await call.workspace.visitorMessage(visitor, msg) };
        },
        OPEN,
    );
}

/** The workspace's clock and the jobs that hang on it. */
function time(rest: Rest): void {
    rest.get('time', ({ workspace }) => ({ now: workspace.now() }), OPEN);

    rest.post(
        'time/advance',
        async ({ workspace, body }) => {
            const { ms } = check(z.object({ ms: z.number().int().nonnegative() }), body);
            const jobsRun = await workspace.advanceTime(ms);
            return { now: workspace.now(), jobsRun };
        },
        OPEN,
    );

    rest.get('jobs', ({ workspace, query }) => ({ jobs: workspace.jobs(text(query['appId'])) }), OPEN);
    rest.post('jobs/run', async ({ workspace }) => ({ jobsRun: await workspace.runDueJobs() }), OPEN);

    rest.post(
        'settled',
        async ({ workspace }) => {
            await workspace.settled();
            return {};
        },
        OPEN,
    );
}

/** What is inside the workspace and the app's process. */
function inside(rest: Rest): void {
    rest.post(
        'apps/:id/kill',
        async ({ workspace, params }) => {
            const appId = theApp(workspace, params['id']);
            const started = Date.now();
            const killedPid = workspace.killAppProcess(appId);
            const pid = await workspace.waitForAppRestart(appId, killedPid);
            return { killedPid, pid, restartMs: Date.now() - started };
        },
        OPEN,
    );

    rest.get(
        'apps/:id/persistence',
        ({ workspace, params }) => ({ records: workspace.persistence(theApp(workspace, params['id'])) }),
        OPEN,
    );

    rest.get(
        'round-trips',
        ({ workspace, query }) => {
            const roundTrips = workspace.roundTrips(text(query['appId']));
            const byMethod: Record<string, number> = {};
            for (const { method } of roundTrips) byMethod[method] = (byMethod[method] ?? 0) + 1;
            return { count: roundTrips.length, byMethod, roundTrips };
        },
        OPEN,
    );

    rest.delete(
        'round-trips',
        ({ workspace }) => {
            workspace.clearRoundTrips();
            return {};
        },
        OPEN,
    );

    rest.get(
        'dump',
        ({ workspace, response }) => {
            response.type('text/plain').send(workspace.dump());
            return undefined;
        },
        OPEN,
    );
}

function theUser({ workspace, params }: Call): UserDoc {
    const name = params['user'] ?? '';
    const user = workspace.user(name) ?? workspace.userByUsername(name);
    if (!user) throw notFound(`No user has the id or username ${name}`);
    return user;
}

function theApp(workspace: Call['workspace'], id = ''): string {
    if (!workspace.app(id)) throw notFound(`No App found by the id of: ${id}`);
    return id;
}

function text(value: unknown): string | undefined {
    return typeof value === 'string' ? value : undefined;
}
