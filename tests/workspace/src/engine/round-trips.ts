import { DenoRuntimeSubprocessController } from '@rocket.chat/apps-engine/server/runtime/deno/AppsEngineDenoRuntime.js';

import type { RoundTrip } from '../model.js';

/** Calls kept; older ones fall out. */
const MOST = 200_000;

interface Incoming {
    payload: { method: string };
}

interface Controller {
    getAppId(): string;
    handleIncomingMessage(message: Incoming): Promise<void>;
}

/** Counts what apps ask the server for: each accessor call is a JSON-RPC request over the runtime's pipe. */
export class RoundTrips {
    #calls: RoundTrip[] = [];
    readonly #undo: () => void;

    constructor() {
        const prototype = DenoRuntimeSubprocessController.prototype as unknown as Controller;
        // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this` below
        const original = prototype.handleIncomingMessage;
        const note = (appId: string, method: string) => {
            this.#note(appId, method);
        };
        prototype.handleIncomingMessage = function (this: Controller, message: Incoming): Promise<void> {
            const { method } = message.payload;
            if (method.startsWith('accessor:') || method.startsWith('bridges:')) {
                note(this.getAppId(), method);
            }
            return original.call(this, message);
        };
        this.#undo = () => {
            prototype.handleIncomingMessage = original;
        };
    }

    all(appId?: string): RoundTrip[] {
        return this.#calls.filter((call) => appId === undefined || call.appId === appId);
    }

    clear(): void {
        this.#calls = [];
    }

    stop(): void {
        this.#undo();
    }

    #note(appId: string, method: string): void {
        this.#calls.push({ appId, method, at: new Date() });
        if (this.#calls.length > MOST) {
            this.#calls = this.#calls.slice(MOST / 10);
        }
    }
}
