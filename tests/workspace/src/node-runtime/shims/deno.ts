/**
 * The two globals of Deno that `deno-runtime/` names, over Node. The bundler puts these in wherever the engine's files
 * say `Deno` or `ErrorEvent`; nothing becomes global, so app code finds neither, as on a real Node runtime.
 */
import { createReadStream, openSync } from 'node:fs';
import { Readable } from 'node:stream';

export class ErrorEvent extends Event {
    readonly error: unknown;

    constructor(type: string, init: { error?: unknown } = {}) {
        super(type);
        this.error = init.error;
    }
}

export const Deno = {
    args: process.argv.slice(2),
    pid: process.pid,
    stdin: { readable: process.stdin },
    stdout: process.stdout,
    stderr: process.stderr,
    exit: (code: number) => process.exit(code),
    open: (path: string) => {
        const readable = createReadStream(path, { fd: openSync(path, 'r') });
        return Promise.resolve({
            readable: Readable.toWeb(readable),
            [Symbol.dispose]: () => {
                readable.destroy();
            },
        });
    },
};
