import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

import type { IHttpBridgeRequestInfo } from '@rocket.chat/apps-engine/server/bridges/HttpBridge.js';
import type { IHttpResponse } from '@rocket.chat/apps-engine/definition/accessors/index.js';

import type { Core } from '../../core.js';
import { HttpBridge } from '../classes.js';

/** Three minutes, as on the server: longer than a handler may take. */
const DEFAULT_TIMEOUT_MS = 180_000;
const MAX_REDIRECTS = 20;
const JSON_TYPES = ['application/json', 'text/javascript', 'application/javascript', 'application/x-javascript'];

/** Meta's hosts: those the platform's documents name, and their media hosts. */
const META_HOSTS = ['graph.facebook.com', 'www.facebook.com', 'graph.instagram.com', 'api.instagram.com', 'www.instagram.com'];
const META_SUFFIXES = ['.fbcdn.net', '.fbsbx.com', '.cdninstagram.com'];

/** The address where the stand-in answers for a Meta address; any other comes back unchanged. */
export function localMetaUrl(url: string, metaBaseUrl: string | undefined): string {
    const parsed = new URL(url);
    const meta = META_HOSTS.includes(parsed.hostname) || META_SUFFIXES.some((suffix) => parsed.hostname.endsWith(suffix));
    if (metaBaseUrl === undefined || !meta) {
        return url;
    }
    return `${metaBaseUrl.replace(/\/+$/, '')}/${parsed.hostname}${parsed.pathname}${parsed.search}`;
}

/** A request as it goes out; `body` as the server's fetch takes it. */
interface Outgoing {
    url: string;
    method: string;
    headers: Record<string, string>;
    body?: string | Buffer;
}

/**
 * Apps' HTTP calls: an answer of any status is an answer, no answer rejects with an error that names the URL, as the
 * server's fetch does. Calls to Meta's hosts go to the stand-in, redirects to them as well.
 */
export class WorkspaceHttpBridge extends HttpBridge {
    constructor(
        private readonly core: Core,
        private readonly metaBaseUrl: string | undefined,
    ) {
        super();
    }

    protected override async call(info: IHttpBridgeRequestInfo): Promise<IHttpResponse> {
        const { request } = info;
        const outgoing = prepare(info);
        if (request.ssrfValidation === true) {
            await this.#validate(outgoing.url);
        }
        const signal = AbortSignal.timeout(given(request.timeout) ?? DEFAULT_TIMEOUT_MS);
        const response = await this.#follow(outgoing, signal, request.ssrfValidation === true);
        const body = Buffer.from(await response.arrayBuffer());
        const result: IHttpResponse = {
            url: info.url,
            method: info.method,
            statusCode: response.status,
            headers: Object.fromEntries(response.headers),
        };
        if (request.encoding === null) {
            result.content = body as unknown as string;
            return result;
        }
        result.content = body.toString((given(request.encoding) ?? 'utf8') as BufferEncoding);
        result.data = parse(response.headers.get('content-type') ?? '', result.content);
        return result;
    }

    async #follow(first: Outgoing, signal: AbortSignal, validates: boolean): Promise<Response> {
        let { url, method, headers, body } = first;
        for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
            const response = await this.#fetch({ url, method, headers, body }, signal);
            const location = response.headers.get('location');
            if (![301, 302, 303, 307, 308].includes(response.status) || location === null) {
                return response;
            }
            await response.body?.cancel();
            const next = new URL(location, url);
            if (validates) {
                await this.#validate(next.href);
            }
            if (next.origin !== new URL(url).origin) {
                headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !['authorization', 'cookie'].includes(name.toLowerCase())));
            }
            if (response.status === 303 || (response.status < 303 && method === 'POST')) {
                method = 'GET';
                body = undefined;
                headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.toLowerCase().startsWith('content-')));
            }
            url = next.href;
        }
        throw new Error(`maximum redirect reached at: ${first.url}`);
    }

    async #fetch(request: Outgoing, signal: AbortSignal): Promise<Response> {
        try {
            return await fetch(localMetaUrl(request.url, this.metaBaseUrl), {
                method: request.method,
                headers: request.headers,
                body: request.body,
                redirect: 'manual',
                signal,
            });
        } catch (error) {
            if (signal.aborted) {
                throw new Error('The user aborted a request.', { cause: error });
            }
            const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
            throw new Error(`request to ${request.url} failed, reason: ${cause}`, { cause: error });
        }
    }

    /** Refuses addresses inside the operator's network, unless allowed by `SSRF_Allowlist`. */
    async #validate(url: string): Promise<void> {
        const { hostname, protocol } = new URL(url);
        const allowed = this.core
            .setting<string>('SSRF_Allowlist')
            .split(',')
            .map((entry) => entry.trim());
        if (allowed.includes(hostname) || localMetaUrl(url, this.metaBaseUrl) !== url) {
            return;
        }
        const bare = hostname.replace(/^\[|\]$/g, '');
        const addresses = isIP(bare) === 0 ? (await lookup(bare, { all: true })).map(({ address }) => address) : [bare];
        const inside = addresses.some((address) => INSIDE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'));
        if (inside || !['http:', 'https:'].includes(protocol)) {
            throw new Error('error-ssrf-validation-failed');
        }
    }
}

const INSIDE = new BlockList();
for (const [net, bits] of [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
] as const) {
    INSIDE.addSubnet(net, bits, 'ipv4');
}
INSIDE.addSubnet('::1', 128, 'ipv6');
INSIDE.addSubnet('fc00::', 7, 'ipv6');
INSIDE.addSubnet('fe80::', 10, 'ipv6');

/** The old `HTTP.call` rules the server keeps: where parameters go, what becomes the body. */
function prepare({ url: target, method, request }: IHttpBridgeRequestInfo): Outgoing {
    const url = new URL(target);
    const headers: Record<string, string> = { 'User-Agent': 'Rocket.Chat/8.4.0', ...given(request.headers) };
    const verb = method.toUpperCase();
    const reads = verb === 'GET' || verb === 'HEAD';
    const auth = given(request.auth);
    if (auth !== undefined) {
        if (!auth.includes(':')) {
            throw new Error('auth option should be of the form "username:password"');
        }
        headers['Authorization'] = `Basic ${Buffer.from(auth, 'ascii').toString('base64')}`;
    }
    let content: unknown = given(request.content) ?? (typeof request.data === 'object' ? given(request.data as object | null) : undefined);
    const params = given(request.params);
    if (params !== undefined && (content !== undefined || reads)) {
        for (const [name, value] of Object.entries(params)) {
            if (value !== '') {
                url.searchParams.append(name, value);
            }
        }
    } else if (params !== undefined) {
        content = new URLSearchParams(params).toString();
        headers['Content-Type'] = 'application/x-www-form-urlencoded';
    }
    if (reads || content === undefined) {
        return { url: url.href, method: verb, headers };
    }
    if (content instanceof Uint8Array) {
        return { url: url.href, method: verb, headers, body: Buffer.from(content) };
    }
    if (typeof content !== 'string') {
        headers['Content-Type'] = 'application/json';
        return { url: url.href, method: verb, headers, body: JSON.stringify(content) };
    }
    return { url: url.href, method: verb, headers, body: content };
}

function parse(contentType: string, content: string): unknown {
    if (!JSON_TYPES.includes((contentType.split(';')[0] ?? '').trim())) {
        return null;
    }
    try {
        return JSON.parse(content);
    } catch {
        return null;
    }
}

/** Over the runtime's pipe an option left out is `null`. */
function given<T>(value: T | null | undefined): T | undefined {
    return value ?? undefined;
}
