/**
 * UIKit interactions: what a client sends when a person presses a button or submits a modal.
 * Source: apps/meteor/ee/server/apps/communication/uikit.ts.
 */
import { Router, json, type Request, type Response } from 'express';
import { z } from 'zod';
import type { WorkspaceApi } from '../../model.js';
import { loggedIn } from '../rest.js';

const State = z.record(z.string(), z.record(z.string(), z.unknown()));
const View = z.looseObject({ id: z.string(), state: State.optional() });
const Optional = z.string().optional();

const Interaction = z.discriminatedUnion('type', [
    z.object({
        type: z.literal('blockAction'),
        actionId: z.string(),
        triggerId: Optional,
        payload: z.looseObject({ blockId: z.string(), value: z.unknown().optional() }),
        container: z.object({ type: z.enum(['view', 'message']), id: z.string() }),
        rid: Optional,
        mid: Optional,
    }),
    z.object({
        type: z.literal('viewSubmit'),
        actionId: Optional,
        triggerId: Optional,
        payload: z.looseObject({ view: View }),
    }),
    z.object({
        type: z.literal('viewClosed'),
        actionId: Optional,
        payload: z.looseObject({ view: View, isCleared: z.boolean().optional() }),
    }),
    z.object({
        type: z.literal('actionButton'),
        actionId: z.string(),
        triggerId: Optional,
        rid: z.string(),
        mid: Optional,
        tmid: Optional,
        payload: z.looseObject({ context: z.string(), message: Optional }),
    }),
]);
const TYPES = new Set(['blockAction', 'viewSubmit', 'viewClosed', 'actionButton']);

/** `POST /:appId`, to be mounted at `/api/apps/ui.interaction`. */
export function uikitRoutes(workspace: WorkspaceApi): Router {
    const router = Router();
    router.use(json({ limit: '50mb' }));
    router.post('/:appId', (request, response, next) => {
        interact(workspace, request, response).catch(next);
    });
    return router;
}

async function interact(workspace: WorkspaceApi, request: Request, response: Response): Promise<void> {
    const user = loggedIn(workspace, request);
    if (!user) {
        response.status(401).send({ status: 'error', message: 'You must be logged in to do this.' });
        return;
    }
    const body = request.body as { type?: unknown } | undefined;
    if (typeof body?.type !== 'string' || !TYPES.has(body.type)) {
        response.status(400).send({ error: 'Unknown action' });
        return;
    }
    const interaction = Interaction.safeParse(body);
    if (!interaction.success) {
        const [issue] = interaction.error.issues;
        response.status(400).send({ error: `${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'invalid'}` });
        return;
    }
    try {
        const { appId = '' } = request.params;
        response.send(await workspace.interact(user._id, appId, interaction.data));
    } catch (error) {
        response.status(500).send({ error: error instanceof Error ? error.message : String(error) });
    }
}
