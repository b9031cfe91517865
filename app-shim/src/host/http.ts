import type { IHttp, IHttpRequest, IHttpResponse } from '@rocket.chat/apps-engine/definition/accessors';
import { CodedError } from '../errors';
import type { HttpReply } from '../generated/core';
import type { Handlers, HostContext } from './context';

const methods = { GET: 'get', POST: 'post', DELETE: 'del' } as const;

export const http: Handlers<'http'> = {
    async http(context, call) {
        if (!(call.method in methods)) {
            throw new CodedError('bad-method', 'Only GET, POST and DELETE are carried out.');
        }
        const request: IHttpRequest = {
            headers: Object.fromEntries(call.headers),
            timeout: call.timeout_ms,
            ssrfValidation: call.foreign,
            ...(call.as_blob ? { encoding: null } : {}),
        };
        if (call.body.kind === 'text') {
            request.content = call.body.text;
        } else if (call.body.kind === 'spliced') {
            const { head, blob, tail } = call.body;
            // The declared type is string; the server's client passes a Buffer through unchanged.
            request.content = Buffer.concat([Buffer.from(head), context.blobs.bytes(blob), Buffer.from(tail)]) as unknown as string;
        }
        let response;
        try {
            response = await exchange(context.http, call.method as keyof typeof methods, call.url, request);
        } catch (error) {
            // The message may hold the URL, and the URL a signature.
            const timedOut = error instanceof Error && /time(d )?-?out|abort/i.test(error.message);
            throw new CodedError(timedOut ? 'timeout' : 'network', 'No answer.');
        }
        if (!response) {
            throw new CodedError('network', 'No answer.');
        }
        return reply(context, response, call.as_blob);
    },
};

/** Without the permission the server answers nothing at all; the typings leave that out. */
async function exchange(http: IHttp, method: keyof typeof methods, url: string, request: IHttpRequest): Promise<IHttpResponse | undefined> {
    return http[methods[method]](url, request);
}

function reply(context: HostContext, response: IHttpResponse, asBlob: boolean): HttpReply {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(response.headers ?? {})) {
        headers[name.toLowerCase()] = value;
    }
    const content: unknown = response.content;
    const bytes = Buffer.isBuffer(content) ? content : undefined;
    return {
        status: response.statusCode,
        headers,
        text: typeof content === 'string' && !asBlob ? content : '',
        blob: asBlob ? context.blobs.keep(bytes ?? Buffer.from(typeof content === 'string' ? content : ''), headers['content-type'] ?? '') : null,
    };
}
