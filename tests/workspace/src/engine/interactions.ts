import type { AppApi } from '@rocket.chat/apps-engine/server/managers/AppApi.js';

import { found, type Core } from '../core.js';
import type { Domain } from '../domain/index.js';
import { parseParameters } from '../domain/parameters.js';
import { randomId } from '../ids.js';
import {
    WorkspaceError,
    type ActionButton,
    type EndpointRequest,
    type EndpointResponse,
    type ProvidedEndpoint,
    type SlashCommandCall,
    type UiKitInteraction,
} from '../model.js';
import { SlashCommandContext } from './classes.js';
import type { AppHost } from './host.js';

/** The engine's API manager as used here. */
interface Apis {
    executeApi(appId: string, path: string, request: Record<string, unknown>): Promise<EndpointResponse | null>;
}

interface Commands {
    executeCommand(command: string, context: object): Promise<void>;
}

/** People and programs reaching apps: endpoints, slash commands, UIKit. */
export class Interactions {
    constructor(
        private readonly core: Core,
        private readonly domain: Domain,
        private readonly host: AppHost,
    ) {}

    endpoints(appId?: string): ProvidedEndpoint[] {
        return [...this.host.bridges.api.apis]
            .filter(([id]) => appId === undefined || id === appId)
            .flatMap(([id, apis]) =>
                apis.map((api) => ({
                    appId: id,
                    path: api.endpoint.path,
                    computedPath: api.computedPath,
                    methods: [...api.implementedMethods],
                    authRequired: authRequired(api),
                })),
            );
    }

    /** What the server's router and executor do: https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/apps/server/bridges/api.ts */
    async callEndpoint(request: EndpointRequest): Promise<EndpointResponse> {
        const match = this.#match(request);
        if (match === undefined) {
            return { status: 404 };
        }
        const { api, params } = match;
        const user = request.userId === undefined ? undefined : this.domain.users.get(request.userId);
        if (authRequired(api) && user === undefined) {
            return { status: 401, content: { status: 'error', message: 'You must be logged in to do this.' } };
        }
        if (this.host.isRestarting(request.appId)) {
            return { status: 503 };
        }
        try {
            const apis = this.host.manager.getApiManager() as unknown as Apis;
            const answer = await this.host.request(
                apis.executeApi(request.appId, api.endpoint.path, {
                    method: request.method,
                    headers: request.headers,
                    query: request.query,
                    params,
                    content: request.content,
                    privateHash: request.hash,
                    user: this.host.converters.user(user),
                }),
            );
            return answer === null ? { status: 500, content: "Cannot read properties of null (reading 'headers')" } : plain(answer);
        } catch (error) {
            return { status: 500, content: (error as { message?: string } | null)?.message ?? 'Internal server error' };
        }
    }

    async runCommand(userId: string, call: SlashCommandCall): Promise<void> {
        const command = call.command.replace(/^\//, '').toLowerCase();
        const known = this.host.bridges.commands.commands.get(command);
        if (known?.enabled !== true) {
            throw new WorkspaceError('error-invalid-command', 'The command provided does not exist (or is disabled).');
        }
        const user = found(this.domain.users.get(userId), 'error-invalid-user', 'Invalid user');
        const room = found(this.domain.rooms.get(call.rid), 'error-invalid-room', 'Invalid room');
        if (!this.domain.rooms.canAccess(room, userId)) {
            throw new WorkspaceError('error-not-allowed', 'unauthorized');
        }
        const context = new SlashCommandContext(
            this.host.converters.user(user),
            this.host.converters.room(room),
            parseParameters(call.params ?? ''),
            call.tmid,
            call.triggerId ?? randomId(),
        );
        await (this.host.manager.getCommandManager() as unknown as Commands).executeCommand(command, context);
    }

    /** Of enabled apps. */
    actionButtons(): ActionButton[] {
        const buttons = this.host.manager.getUIActionButtonManager();
        return this.host
            .enabledIds()
            .flatMap((appId) => [...buttons.getAppActionButtons(appId).values()].map((button) => ({ ...button, appId }) as unknown as ActionButton));
    }

    /** https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/ee/server/apps/communication/uikit.ts */
    async interact(userId: string, appId: string, interaction: UiKitInteraction): Promise<unknown> {
        this.host.app(appId);
        const user = this.host.converters.user(found(this.domain.users.get(userId), 'error-invalid-user', 'Invalid user'));
        const room = 'rid' in interaction && interaction.rid !== undefined ? this.host.converters.roomById(interaction.rid) : undefined;
        const message =
            'mid' in interaction && interaction.mid !== undefined ? this.host.converters.message(this.domain.messages.get(interaction.mid)) : undefined;
        const triggerId = 'triggerId' in interaction ? (interaction.triggerId ?? randomId()) : undefined;
        const { rid: _rid, mid: _mid, ...rest } = interaction as UiKitInteraction & { rid?: string; mid?: string };
        const listeners = this.host.manager.getListenerManager() as unknown as {
            executeListener(event: string, data: unknown): Promise<unknown>;
        };
        const answer = await listeners.executeListener('IUIKitInteractionHandler', { ...rest, appId, triggerId, user, room, message });
        this.#applyAnswer(userId, appId, interaction, answer);
        return answer ?? undefined;
    }

    /** What the web client does with an answer: a view in it is shown, a submitted view that found no fault closes. */
    #applyAnswer(userId: string, appId: string, interaction: UiKitInteraction, answer: unknown): void {
        const response = (answer ?? {}) as Record<string, unknown>;
        const submitted = interaction.type === 'viewSubmit' || interaction.type === 'viewClosed' ? interaction.payload.view.id : undefined;
        if (typeof response['type'] === 'string') {
            this.host.surfaces.show(userId, { appId, ...response });
        } else if (submitted !== undefined) {
            this.host.surfaces.close(userId, appId, submitted);
        }
    }

    #match(request: EndpointRequest): { api: AppApi; params: Record<string, string> } | undefined {
        const segment = request.visibility === 'private' ? `/api/apps/private/${request.appId}/` : `/api/apps/public/${request.appId}/`;
        const wanted = split(request.path);
        for (const api of this.host.bridges.api.apis.get(request.appId) ?? []) {
            if (!api.computedPath.startsWith(segment)) {
                continue;
            }
            const params =
                request.params !== undefined && request.path === api.endpoint.path
                    ? request.params
                    : matchPath(split(api.endpoint.path), wanted);
            if (params !== undefined) {
                return { api, params };
            }
        }
        return undefined;
    }
}

function authRequired(api: AppApi): boolean {
    return (api.endpoint as { authRequired?: boolean }).authRequired === true;
}

function split(path: string): string[] {
    return path.split('/').filter((part) => part !== '');
}

function matchPath(pattern: string[], path: string[]): Record<string, string> | undefined {
    if (pattern.length !== path.length) {
        return undefined;
    }
    const params: Record<string, string> = {};
    for (const [at, part] of pattern.entries()) {
        const given = path[at] ?? '';
        if (part.startsWith(':')) {
            params[part.slice(1)] = given;
        } else if (part.toLowerCase() !== given.toLowerCase()) {
            return undefined;
        }
    }
    return params;
}

/** Over the pipe an absent part of an answer is `null`. */
function plain(answer: EndpointResponse): EndpointResponse {
    return { status: answer.status, headers: answer.headers ?? undefined, content: answer.content ?? undefined };
}
