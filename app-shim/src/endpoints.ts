import type { IHttp, IModify, IPersistence, IRead } from '@rocket.chat/apps-engine/definition/accessors';
import { ApiEndpoint, type IApiEndpointInfo, type IApiRequest, type IApiResponse } from '@rocket.chat/apps-engine/definition/api';
import { HttpStatusCode } from '@rocket.chat/apps-engine/definition/accessors';
import type { IApp } from '@rocket.chat/apps-engine/definition/IApp';
import { LARGE } from './bounds';
import { callCore, TOO_LARGE, within } from './core';
import { codeOf } from './errors';
import type { EntryPoints, WebAnswer, WebRequest } from './generated/core';
import { manifest } from './generated/manifest';
import type { AppInfo } from './host/context';
import { RocketChatHost } from './host/rocket-chat';

/** Entry points that take a web request. */
type WebEntry = { [K in keyof EntryPoints]: EntryPoints[K] extends [WebRequest, WebAnswer] ? K : never }[keyof EntryPoints];

type Handler = (
    this: ApiEndpoint,
    request: IApiRequest,
    endpoint: IApiEndpointInfo,
    read: IRead,
    modify: IModify,
    http: IHttp,
    persis: IPersistence,
) => Promise<IApiResponse>;

/** The app's endpoints, each method handled by the entry point that the manifest names. */
export function endpoints(app: IApp, appInfo: AppInfo): ApiEndpoint[] {
    return manifest.endpoints.map(({ path, get, post, too_large: tooLarge }) => {
        class Endpoint extends ApiEndpoint {
            override path = path;
            get?: Handler = get === null ? undefined : answer(appInfo, get as WebEntry, tooLarge);
            post?: Handler = post === null ? undefined : answer(appInfo, post as WebEntry, tooLarge);
        }
        return new Endpoint(app);
    });
}

function answer(appInfo: AppInfo, entry: WebEntry, tooLarge: number): Handler {
    return async function (request, _endpoint, read, modify, http, persistence) {
        const host = new RocketChatHost(appInfo, this.app.getLogger(), { read, modify, http, persistence });
        try {
            const { status, headers, body } = await callCore(entry, host, webRequest(request));
            return { status: status satisfies number as unknown as HttpStatusCode, headers, content: body };
        } catch (error) {
            // A thrown message would become the body of the answer.
            const code = codeOf(error);
            host.log('error', `${entry}-failed`, code);
            const status = code === TOO_LARGE ? (tooLarge satisfies number as unknown as HttpStatusCode) : HttpStatusCode.INTERNAL_SERVER_ERROR;
            return { status, headers: { 'content-type': 'application/json' }, content: { error: code } };
        }
    };
}

function webRequest(request: IApiRequest): WebRequest {
    const content: unknown = request.content;
    // Before it is printed: printing costs what it is large, and ends the process where it is deep.
    within([content, request.query], LARGE);
    const isForm = /^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '');
    return {
        headers: textFields(request.headers),
        query: textFields(request.query),
        // A host that hands the text itself over is believed: it holds the very bytes that were signed.
        body: isForm || content === undefined || content === null ? '' : typeof content === 'string' ? content : JSON.stringify(content),
        form: isForm ? textFields(content) : {},
    };
}

/** The fields that are text; of a repeated one the first. */
function textFields(from: unknown): Record<string, string> {
    const fields: Record<string, string> = {};
    for (const [name, value] of Object.entries((from ?? {}) as Record<string, unknown>)) {
        const first: unknown = Array.isArray(value) ? value[0] : value;
        if (typeof first === 'string' || typeof first === 'number') {
            fields[name] = String(first);
        }
    }
    return fields;
}
