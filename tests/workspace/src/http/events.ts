/** `/_test/events`: what happens in the workspace, as a WebSocket stream of JSON (not the server's DDP). */
import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import type { WorkspaceApi, WorkspaceEvents } from '../model.js';

export const EVENTS_PATH = '/_test/events';

/** Every event the workspace has; the type makes a missing one a compile error. */
const NAMES: Record<keyof WorkspaceEvents, true> = {
    message: true,
    'message-updated': true,
    'message-deleted': true,
    room: true,
    'room-deleted': true,
    subscription: true,
    inquiry: true,
    'inquiry-removed': true,
    user: true,
    presence: true,
    visitor: true,
    typing: true,
    ephemeral: true,
    surface: true,
    'app-status': true,
    'app-setting': true,
    'server-setting': true,
    command: true,
    actions: true,
    job: true,
};

/**
 * Streams `{event, data}` lines to every connection; `?events=message,room` narrows. Gives a function that ends the
 * stream and all connections.
 */
export function streamEvents(workspace: WorkspaceApi, server: Server): () => void {
    const sockets = new WebSocketServer({ noServer: true });
    const wanted = new WeakMap<object, Set<string>>();

    server.on('upgrade', (request, socket, head) => {
        const url = new URL(request.url ?? '/', 'http://localhost');
        if (url.pathname !== EVENTS_PATH) {
            socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
            return;
        }
        sockets.handleUpgrade(request, socket, head, (client) => {
            const names = url.searchParams.get('events');
            if (names) wanted.set(client, new Set(names.split(',')));
            client.send(JSON.stringify({ event: 'connected', data: null }));
        });
    });

    const send = (event: string, data: unknown): void => {
        const line = JSON.stringify({
            event,
            data: event === 'user' ? { ...(data as object), password: undefined } : (data ?? null),
        });
        for (const client of sockets.clients) {
            if (wanted.get(client)?.has(event) === false) continue;
            client.send(line);
        }
    };
    const stops = (Object.keys(NAMES) as (keyof WorkspaceEvents)[]).map((event) => {
        const listener = (...[data]: unknown[]): void => {
            send(event, data);
        };
        workspace.on(event, listener);
        return () => {
            workspace.off(event, listener);
        };
    });

    return () => {
        for (const stop of stops) stop();
        for (const client of sockets.clients) client.terminate();
        sockets.close();
    };
}
