import type { RoundTrip } from '../model.js';
import { AppPermissionManager, DenoRuntimeSubprocessController } from './classes.js';

/** Calls kept; older ones fall out. */
const MOST = 200_000;

interface Incoming {
    payload: { method: string };
}

interface Controller {
    getAppId(): string;
    handleIncomingMessage(message: Incoming): Promise<void>;
}

/** Notes what apps ask the server for, each accessor call a JSON-RPC request over the runtime's pipe, and what they may not ask. */
export class RoundTrips {
    #calls: RoundTrip[] = [];
    #refused: { appId: string; permission: string }[] = [];
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
        // Otherwise the engine prints the stack of each refusal.
        const notifyAboutError = AppPermissionManager.notifyAboutError.bind(AppPermissionManager);
        AppPermissionManager.notifyAboutError = (error: Error) => {
            this.#noteRefusal(error.message);
        };
        this.#undo = () => {
            prototype.handleIncomingMessage = original;
            AppPermissionManager.notifyAboutError = notifyAboutError;
        };
    }

    all(appId?: string): RoundTrip[] {
        return this.#calls.filter((call) => appId === undefined || call.appId === appId);
    }

    /** Permissions that the app lacked for what it asked, in the order in which it did. */
    refused(appId: string): string[] {
        return this.#refused.filter((each) => each.appId === appId).map(({ permission }) => permission);
    }

    clear(): void {
        this.#calls = [];
        this.#refused = [];
    }

    stop(): void {
        this.#undo();
    }

    /** The engine's error has no more than its sentence. */
    #noteRefusal(sentence: string): void {
        const [, appId = '', listed = ''] = /the app \((.*?)\) lacks the following permissions:\s*\[(.*?)\]/s.exec(sentence) ?? [];
        this.#refused.push(...listed.split(', ').map((quoted) => ({ appId, permission: quoted.replaceAll('"', '') })));
    }

    #note(appId: string, method: string): void {
        this.#calls.push({ appId, method, at: new Date() });
        if (this.#calls.length > MOST) {
            this.#calls = this.#calls.slice(MOST / 10);
        }
    }
}
