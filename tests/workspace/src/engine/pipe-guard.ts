import type { ChildProcess } from 'node:child_process';

import { DenoRuntimeSubprocessController } from './classes.js';

interface Controller {
    deno?: ChildProcess;
    spawnProcess(): void;
}

let guarded = false;

/**
 * The engine answers a call of an app over the app's stdin without a look at whether the app is still there. A write to
 * a process that was killed meanwhile raises an `error` event that nobody listens to, which would end this process;
 * the server survives it by its process-wide handler. The engine itself learns of the death by the exit.
 */
export function guardPipes(): void {
    if (guarded) {
        return;
    }
    guarded = true;
    const prototype = DenoRuntimeSubprocessController.prototype as unknown as Controller;
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this` below
    const original = prototype.spawnProcess;
    prototype.spawnProcess = function (this: Controller): void {
        original.call(this);
        this.deno?.stdin?.on('error', () => undefined);
    };
}
