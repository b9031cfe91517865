/**
 * The endpoints that apps provide, with the parsers and the answers of the real server.
 * Sources: https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/apps/server/bridges/api.ts and
 * router.ts beside it.
 */
import express, { Router, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import type { EndpointRequest, ProvidedEndpoint, WorkspaceApi } from '../model.js';
import { loggedIn } from './rest.js';

/** Serves `/api/apps/private/:appId/:hash/…` and `/api/apps/public/:appId/…`. */
export function appEndpoints(workspace: WorkspaceApi): Router {
    const router = Router();
    // Before anything else is looked at: a body too large for an unknown app is still 413. Other content types stay
    // unread, and express leaves `{}` for them.
    const parsers: RequestHandler[] = [express.urlencoded({ extended: false }), express.json()];
    router.use('/api/apps/private/:appId/:hash', ...parsers, (request, response, next) => {
        dispatch(workspace, 'private', request, response, next);
    });
    router.use('/api/apps/public/:appId', ...parsers, (request, response, next) => {
        dispatch(workspace, 'public', request, response, next);
    });
    return router;
}

function dispatch(
    workspace: WorkspaceApi,
    visibility: 'public' | 'private',
    request: Request,
    response: Response,
    next: NextFunction,
): void {
    const { appId = '', hash } = request.params as Record<string, string | undefined>;
    const router = Router();
    for (const endpoint of workspace.endpoints(appId)) {
        const pattern = endpoint.path.trim();
        router.all(pattern.startsWith('/') ? pattern : `/${pattern}`, (matched) => {
            execute(workspace, endpoint, { visibility, ...(hash !== undefined && { hash }) }, matched, response).catch(
                next,
            );
        });
    }
    router(request, response, () => response.sendStatus(404));
}

async function execute(
    workspace: WorkspaceApi,
    endpoint: ProvidedEndpoint,
    { visibility, hash }: Pick<EndpointRequest, 'visibility' | 'hash'>,
    request: Request,
    response: Response,
): Promise<void> {
    const user = loggedIn(workspace, request);
    // The server takes an OAuth token from there when there are no login headers, and no app ever sees it.
    if (!(request.header('x-user-id') && request.header('x-auth-token'))) delete request.query['access_token'];
    if (endpoint.authRequired && !user) {
        response.status(401).send('Unauthorized');
        return;
    }
    try {
        const { status, headers, content } = await workspace.callEndpoint({
            appId: endpoint.appId,
            visibility,
            ...(hash !== undefined && { hash }),
            path: endpoint.path,
            params: request.params,
            method: request.method.toLowerCase() as EndpointRequest['method'],
            headers: request.headers as Record<string, string>,
            query: request.query,
            content: request.body as unknown,
            ...(user && { userId: user._id }),
        });
        response.set(headers ?? {});
        response.status(status);
        response.send(content);
    } catch (reason) {
        response.status(500).send(reason instanceof Error ? reason.message : undefined);
    }
}
