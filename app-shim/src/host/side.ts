import { randomFillSync } from 'crypto';
import type { IHttp, ILogger, IModify, IPersistence, IRead } from '@rocket.chat/apps-engine/definition/accessors';
import { CodedError, type Shim } from '../core';
import type { HostCall, HostReplies } from '../generated/core';
import { fits } from '../bounds';
import { Blobs } from './blobs';
import { http } from './http';
import { livechat } from './livechat';
import { messages } from './messages';
import { people } from './people';
import { server } from './server';
import { store } from './store';

/** The accessors of one handler, as far as the handler was given them. */
export interface Accessors {
    read: IRead;
    http: IHttp;
    persistence?: IPersistence;
    modify?: IModify;
}

/** What outlives a handler. */
export interface AppFace {
    appId: string;
    /** Handle of the app's own user. */
    username: string;
    version: string;
    endpoints(): { path: string; computedPath: string }[];
    writeSetting(id: string, value: unknown): Promise<void>;
}

/** What every handler of a host call works with. */
export interface Ground {
    app: AppFace;
    read: IRead;
    http: IHttp;
    blobs: Blobs;
    persistence(): IPersistence;
    modify(): IModify;
}

type Kind = HostCall['kind'];

/** One handler per kind of call, each answering what the core expects: checked here against the Rust types. */
export type Handlers<Kinds extends Kind = Kind> = {
    [K in Kinds]: (ground: Ground, call: Extract<HostCall, { kind: K }>) => Promise<HostReplies[K]>;
};

const handlers: Handlers = { ...http, ...store, ...server, ...livechat, ...messages, ...people };

/** The core's host for one handler of the app. */
export class HostSide implements Shim {
    private readonly ground: Ground;

    constructor(
        app: AppFace,
        private readonly logger: ILogger,
        accessors: Accessors,
    ) {
        this.ground = {
            app,
            read: accessors.read,
            http: accessors.http,
            blobs: new Blobs(),
            persistence: () => given(accessors.persistence),
            modify: () => given(accessors.modify),
        };
    }

    async perform(call: HostCall): Promise<unknown> {
        const handler = handlers[call.kind] as (ground: Ground, call: HostCall) => Promise<unknown>;
        try {
            return bounded(await handler(this.ground, call));
        } catch (error) {
            const code = codeOf(error);
            this.log('debug', code, call.kind);
            throw new CodedError(code, call.kind);
        }
    }

    log(level: string, code: string, detail: string): void {
        const { logger } = this;
        const line = detail === '' ? code : `${code}: ${detail}`;
        switch (level) {
            case 'error':
                logger.error(line);
                break;
            case 'warn':
                logger.warn(line);
                break;
            case 'info':
                logger.info(line);
                break;
            default:
                logger.debug(line);
        }
    }

    sleep(millis: number): Promise<void> {
        return new Promise((resolve) => setTimeout(resolve, millis));
    }

    fillRandom(bytes: Uint8Array): void {
        randomFillSync(bytes);
    }
}

/**
 * The most of a reply that the core takes, in bytes: it has 32 MiB, in which the reply stands as text, as values and as
 * records at the same time, beside those of other calls.
 */
const MOST_REPLY = 4 * 1024 * 1024;

/** What does not fit the core's memory would end it, and with it every call at hand. */
function bounded(reply: unknown): unknown {
    if (!fits(reply, { bytes: MOST_REPLY, values: MOST_REPLY / 8, depth: 100 })) {
        throw new CodedError('reply-too-large', 'The reply is larger than the core takes.');
    }
    return reply;
}

function given<T>(accessor: T | undefined): T {
    if (accessor === undefined) {
        throw new CodedError('not-here', 'This handler was not given the accessor.');
    }
    return accessor;
}

/**
 * The code of an error of ours, or the server's own. The latter crosses the process line inside the message: Meteor errors print as
 * "reason [code]", others are a bare code. Anything else may quote data and is not passed on.
 */
export function codeOf(error: unknown): string {
    const { code, message: said } = (error ?? {}) as { code?: unknown; message?: unknown };
    if (typeof code === 'string') {
        return code;
    }
    const message = typeof said === 'string' ? said : '';
    return /\[([a-z][a-z0-9_-]*)\]\s*$/.exec(message)?.[1] ?? /^(?:Error: )?([a-z]+(?:[-_][a-z]+)+)$/.exec(message)?.[1] ?? 'failed';
}

/** A missing permission shows as an answer of nothing at all. */
export function permitted<T>(value: T | null | undefined): T {
    if (value === null || value === undefined) {
        throw new CodedError('missing-permission', 'The server answered nothing.');
    }
    return value;
}

/** A refused permission comes back as the words "null" or "undefined". */
export function createdId(id: unknown): string {
    return permitted(typeof id === 'string' && id !== 'null' && id !== 'undefined' ? id : undefined);
}
