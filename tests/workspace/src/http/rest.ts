/**
 * The REST frame: login headers, permissions, and answers in the shapes the real server gives.
 * Source: https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/api/server/ApiClass.ts (as of 8.x)
 */
import { Router, json, type NextFunction, type Request, type Response } from 'express';
import type { z } from 'zod';
import { WorkspaceError, type UserDoc, type WorkspaceApi } from '../model.js';

/** One request as a route sees it. */
export interface Call {
    workspace: WorkspaceApi;
    request: Request;
    response: Response;
    params: Record<string, string>;
    query: Record<string, unknown>;
    body: unknown;
    /** Who is logged in. Routes with `auth: false` must look at `request` themselves. */
    user: UserDoc;
}

export interface RouteOptions {
    /** Default true: without a valid login the answer is 401. */
    auth?: boolean;
    /** All of them are needed. */
    permissions?: string[];
}

/** What a route gives back; `success: true` is added. Nothing at all when the route wrote the response itself. */
export type Answer = object | undefined;
export type Handler = (call: Call) => Answer | Promise<Answer>;

/** An answer other than 200, thrown by routes. */
export class RestRefusal extends Error {
    override readonly name = 'RestRefusal';

    constructor(
        readonly status: number,
        readonly body: Record<string, unknown>,
    ) {
        super(typeof body['error'] === 'string' ? body['error'] : `HTTP ${String(status)}`);
    }
}

/** 400, as `API.v1.failure`: a text or the whole body. */
export function failure(error: string | Record<string, unknown>, errorType?: string): RestRefusal {
    const body =
        typeof error === 'string'
            ? { success: false, error, ...(errorType && { errorType }) }
            : { ...error, success: false };
    return new RestRefusal(400, body);
}

export function notFound(error = 'Resource not found'): RestRefusal {
    return new RestRefusal(404, { success: false, error });
}

export function forbidden(error = 'forbidden'): RestRefusal {
    return new RestRefusal(403, { success: false, error });
}

export function unauthorized(error = 'unauthorized'): RestRefusal {
    return new RestRefusal(401, { success: false, error });
}

/** Checks parameters; a mismatch is the server's `invalid-params` failure naming the parameter, never its value. */
export function check<T>(schema: z.ZodType<T>, value: unknown): T {
    const checked = schema.safeParse(value ?? {});
    if (checked.success) return checked.data;
    const problems = checked.error.issues.map(
        ({ path, message }) => `${path.length ? path.join('.') : 'body'}: ${message}`,
    );
    throw failure(`${problems.join('\n ')} [invalid-params]`, 'invalid-params');
}

/** `offset` and `count` of list routes: 0 and 50 unless asked otherwise, at most 100; `count=0` asks for all. */
export function page<T>(call: Call, all: T[]): { items: T[]; offset: number; count: number; total: number } {
    const number = (name: string, fallback: number): number => {
        const value = Number(call.query[name] ?? fallback);
        return Number.isInteger(value) && value >= 0 ? value : fallback;
    };
    const offset = number('offset', 0);
    const count = number('count', 50);
    const items = all.slice(offset, count === 0 ? undefined : offset + Math.min(count, 100));
    return { items, offset, count: items.length, total: all.length };
}

/** The login of a request, from the headers every Rocket.Chat client sends. */
export function loggedIn(workspace: WorkspaceApi, request: Request): UserDoc | undefined {
    const userId = request.header('x-user-id');
    const authToken = request.header('x-auth-token');
    return userId && authToken ? workspace.authenticate(userId, authToken) : undefined;
}

/** Registers routes below one base path. */
export class Rest {
    readonly router: Router = Router();

    constructor(
        private readonly workspace: WorkspaceApi,
        /** Largest JSON body; the server's REST takes far more than its app endpoints. */
        bodyLimit = '50mb',
    ) {
        this.router.use(json({ limit: bodyLimit }));
    }

    get(path: string, handler: Handler, options?: RouteOptions): void {
        this.add('get', path, handler, options);
    }

    post(path: string, handler: Handler, options?: RouteOptions): void {
        this.add('post', path, handler, options);
    }

    put(path: string, handler: Handler, options?: RouteOptions): void {
        this.add('put', path, handler, options);
    }

    delete(path: string, handler: Handler, options?: RouteOptions): void {
        this.add('delete', path, handler, options);
    }

    /** Call once, after the last route: unknown paths and errors in the shape of the rest. */
    finish(): Router {
        this.router.use((_request, response) => {
            response.status(404).json({ success: false, error: 'Resource not found' });
        });
        this.router.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
            if (response.headersSent) {
                next(error);
                return;
            }
            const { status, body } = answerFor(error);
            response.status(status).json(body);
        });
        return this.router;
    }

    private add(
        method: 'get' | 'post' | 'put' | 'delete',
        path: string,
        handler: Handler,
        options: RouteOptions = {},
    ): void {
        this.router[method](`/${path}`, (request, response, next) => {
            this.run(request, response, handler, options).catch(next);
        });
    }

    private async run(request: Request, response: Response, handler: Handler, options: RouteOptions): Promise<void> {
        const user = loggedIn(this.workspace, request);
        if (!user && options.auth !== false) throw unauthorized('You must be logged in to do this.');
        if (options.permissions?.some((permission) => !user || !this.workspace.hasPermission(user._id, permission))) {
            throw forbidden('User does not have the permissions required for this action [error-forbidden]');
        }
        const answer = await handler({
            workspace: this.workspace,
            request,
            response,
            params: request.params,
            query: request.query,
            body: request.body as unknown,
            // Absent only on routes that said they need none.
            user: user as UserDoc,
        });
        if (!response.headersSent) response.status(200).json({ ...answer, success: true });
    }
}

function answerFor(error: unknown): { status: number; body: Record<string, unknown> } {
    if (error instanceof RestRefusal) return error;
    if (error instanceof WorkspaceError) {
        if (error.error === 'error-unauthorized') return unauthorized(error.message);
        if (error.error === 'error-forbidden') return forbidden(error.message);
        const details = Object.keys(error.details).length ? { details: error.details } : {};
        return failure({ error: error.message, errorType: error.error, ...details });
    }
    // body-parser's errors carry the status and quote the body in their message.
    const status = error instanceof Error && 'status' in error ? Number(error.status) : 0;
    if (status === 413) return { status, body: { success: false, error: 'Request body too large' } };
    if (status >= 400 && status < 500) return failure('Invalid JSON in the request body', 'invalid-json');
    return failure(error instanceof Error ? error.message : String(error));
}
