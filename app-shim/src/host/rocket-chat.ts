import { randomFillSync } from 'crypto';
import type { ILogger } from '@rocket.chat/apps-engine/definition/accessors';
import { fits } from '../bounds';
import { CodedError, codeOf } from '../errors';
import type { HostCall } from '../generated/core';
import type { Shim } from '../shim';
import { Blobs } from './blobs';
import { type Accessors, type AppInfo, type Handlers, type HostContext, required } from './context';
import { http } from './http';
import { livechat } from './livechat';
import { messages } from './messages';
import { people } from './people';
import { server } from './server';
import { store } from './store';

const handlers: Handlers = { ...http, ...store, ...server, ...livechat, ...messages, ...people };

/** The core's host for one handler of the app. */
export class RocketChatHost implements Shim {
    private readonly context: HostContext;

    constructor(
        app: AppInfo,
        private readonly logger: ILogger,
        accessors: Accessors,
    ) {
        this.context = {
            app,
            read: accessors.read,
            http: accessors.http,
            blobs: new Blobs(),
            persistence: () => required(accessors.persistence),
            modify: () => required(accessors.modify),
        };
    }

    async perform(call: HostCall): Promise<unknown> {
        const handler = handlers[call.kind] as (context: HostContext, call: HostCall) => Promise<unknown>;
        try {
            return bounded(await handler(this.context, call));
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
