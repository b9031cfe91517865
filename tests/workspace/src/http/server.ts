/** The workspace over HTTP: app endpoints, REST, files, and for tests and the playground `/_test`. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { Router, type Express, type NextFunction, type Request, type Response } from 'express';
import finalhandler from 'finalhandler';
import type { WorkspaceApi } from '../model.js';
import { appEndpoints } from './app-endpoints.js';
import { streamEvents } from './events.js';
import { fileUploads } from './file-upload.js';
import { Rest } from './rest.js';
import { appsRoutes } from './routes/apps.js';
import { chatRoutes } from './routes/chat.js';
import { commandsRoutes } from './routes/commands.js';
import { livechatRoutes } from './routes/livechat.js';
import { mediaRoutes } from './routes/media.js';
import { roomsRoutes } from './routes/rooms.js';
import { SERVER_VERSION, sessionRoutes } from './routes/session.js';
import { settingsRoutes } from './routes/settings.js';
import { staffRoutes } from './routes/staff.js';
import { uikitRoutes } from './routes/uikit.js';
import { usersRoutes } from './routes/users.js';
import { visitorsRoutes } from './routes/visitors.js';
import { testRoutes } from './test-routes.js';

export { localMetaLink } from './meta-link.js';

export interface ServeOptions {
    /** 0 takes a free one. */
    port: number;
    /** Default `127.0.0.1`. */
    host?: string;
}

export interface Face {
    /** `http://host:port` */
    url: string;
    port: number;
    /** The Express app; further routes, such as a page's, may be mounted before the first request for them. */
    app: Express;
    /** Ends all connections. The workspace itself stays open. */
    close(): Promise<void>;
}

/** The port asked for is in use, or may not be opened. */
export class ListenError extends Error {
    override readonly name = 'ListenError';
    readonly code = 'port_unavailable';
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Starts the face.
 *
 * @throws ListenError when the port cannot be had.
 */
export async function serve(workspace: WorkspaceApi, { port, host = '127.0.0.1' }: ServeOptions): Promise<Face> {
    const app = express();
    app.disable('x-powered-by');
    // Mounted routes answer first; what remains is express' own 404.
    app.use(routes(workspace, LOOPBACK.has(host)));
    const server = createServer(app);
    // A connection closed for idleness may be the very one that a client with a pool sends its next request over.
    server.keepAliveTimeout = 0;
    await listen(server, port, host);
    const stopEvents = LOOPBACK.has(host) ? streamEvents(workspace, server) : () => undefined;
    const { port: actual } = server.address() as AddressInfo;
    return {
        url: `http://${host.includes(':') ? `[${host}]` : host}:${String(actual)}`,
        port: actual,
        app,
        close: () =>
            new Promise((resolve) => {
                stopEvents();
                server.close(() => {
                    resolve();
                });
                server.closeAllConnections();
            }),
    };
}

function routes(workspace: WorkspaceApi, withTestRoutes: boolean): Router {
    const router = Router();
    router.use(appEndpoints(workspace));
    router.use('/api/apps/ui.interaction', uikitRoutes(workspace));
    router.use(fileUploads(workspace));
    router.get('/api/info', (_request, response) => {
        response.json({ version: SERVER_VERSION, success: true });
    });

    const apps = new Rest(workspace);
    appsRoutes(apps);
    router.use('/api/apps', apps.finish());

    const v1 = new Rest(workspace);
    for (const add of [
        sessionRoutes,
        usersRoutes,
        commandsRoutes,
        chatRoutes,
        roomsRoutes,
        mediaRoutes,
        livechatRoutes,
        visitorsRoutes,
        staffRoutes,
        settingsRoutes,
    ]) {
        add(v1);
    }
    router.use('/api/v1', v1.finish());

    if (withTestRoutes) {
        const test = new Rest(workspace);
        testRoutes(test);
        router.use('/_test', test.finish());
    }

    // Express' own page for an error would show the stack.
    router.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
        finalhandler(request, response, { env: 'production' })(error);
    });
    return router;
}

function listen(server: Server, port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
        server.once('error', (cause: NodeJS.ErrnoException) => {
            const why = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${cause.code ?? cause.message})`;
            reject(
                new ListenError(
                    `Port ${String(port)} on ${host} ${why}. Remedy: stop what uses it or choose another with --port.`,
                    { cause },
                ),
            );
        });
        server.listen(port, host, () => {
            resolve();
        });
    });
}
