import { randomBytes } from 'crypto';
import { brotliDecompressSync } from 'zlib';
import packedTexts from 'omni:texts';
import packedWasm from 'omni:wasm';
import { type Bounds, fits, LARGE } from './bounds';
import { CodedError } from './errors';
import type { EntryPoints } from './generated/core';
import { instantiate, type WasmCore } from './generated/glue';
import type { Shim } from './shim';

/** The server gives a handler 30 s; past this the caller is answered while there is still time to. */
const CALL_TIMEOUT_MS = 27_000;

/** The code of what is larger than the core takes. */
export const TOO_LARGE = 'input-too-large';

/** Refuses what exceeds the bounds. */
export function within<T>(value: T, bounds: Bounds): T {
    if (!fits(value, bounds)) {
        throw new CodedError(TOO_LARGE, 'This is larger than the core takes.');
    }
    return value;
}

interface Instance {
    core: WasmCore;
    /** Ends the calls at hand. */
    waiting: Set<(reason: CodedError) => void>;
    lose(place: string): void;
}

/** As `omni:texts` holds them: each language says its texts in the order of the keys. */
interface PackedTexts {
    keys: string[];
    languages: Record<string, string[]>;
}

type Texts = Record<string, Record<string, string>>;

let compiled: WebAssembly.Module | undefined;
let texts: Texts | undefined;
let current: Instance | undefined;

/**
 * Names this process in what the core stores. All instances share it: what one left behind when it was lost, the next
 * one knows that no instance works on.
 */
const worker = randomBytes(8).toString('hex');

function start(): Instance {
    compiled ??= new WebAssembly.Module(unpack(packedWasm));
    texts ??= unpackTexts();
    let alive = true;
    const waiting: Instance['waiting'] = new Set();
    const lose = (place: string): void => {
        alive = false;
        if (current === instance) {
            current = undefined;
        }
        for (const giveUp of waiting) {
            giveUp(new CodedError('core-failed', `The core failed (${place}) and was started anew.`));
        }
    };
    // The core works from tasks that no call waits for: a trap in one (out of memory, say) must still end the calls that
    // do wait, and nothing may run on afterwards in a memory that cannot be trusted.
    const glue = instantiate((task) => {
        queueMicrotask(() => {
            if (alive) {
                try {
                    task();
                } catch (error) {
                    lose(nameOf(error));
                }
            }
        });
    });
    glue.initSync({ module: compiled });
    const instance: Instance = { core: new glue.Core(texts, worker, lose), waiting, lose };
    return instance;
}

function unpack(base64: string): ReturnType<typeof brotliDecompressSync> {
    return brotliDecompressSync(Buffer.from(base64, 'base64'));
}

function unpackTexts(): Texts {
    const { keys, languages } = JSON.parse(unpack(packedTexts).toString()) as PackedTexts;
    const said = Object.entries(languages).map(([language, all]) => [language, Object.fromEntries(keys.map((key, at) => [key, all[at]]))] as const);
    return Object.fromEntries(said) as Texts;
}

function nameOf(error: unknown): string {
    return error instanceof Error ? error.name : 'unknown';
}

/** Calls an entry point. A core that fails or hangs costs the calls at hand, never the next one. */
export async function callCore<Name extends keyof EntryPoints>(
    name: Name,
    shim: Shim,
    input: EntryPoints[Name][0],
): Promise<EntryPoints[Name][1]> {
    within(input, LARGE);
    const instance = (current ??= start());
    type Entry = (this: WasmCore, shim: Shim, input: EntryPoints[Name][0]) => Promise<EntryPoints[Name][1]>;
    const entry = instance.core[name] as Entry;
    // A race against promises that outlive the call would keep each call's answer for as long as they live.
    let giveUp: (reason: CodedError) => void = () => undefined;
    const unanswered = new Promise<never>((_resolve, reject) => {
        giveUp = reject;
    });
    // A call that traps at once is not waited for; that must not count as an unhandled rejection.
    unanswered.catch(() => undefined);
    instance.waiting.add(giveUp);
    const timer = setTimeout(() => {
        giveUp(new CodedError('core-timeout', 'The core did not answer in time.'));
    }, CALL_TIMEOUT_MS);
    try {
        return await Promise.race([entry.call(instance.core, shim, input), unanswered]);
    } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) {
            instance.lose(error.name);
            throw new CodedError('core-failed', 'The core failed and was started anew.');
        }
        throw error;
    } finally {
        clearTimeout(timer);
        instance.waiting.delete(giveUp);
    }
}

/** Makes the core forget cached settings and accounts. */
export function forgetCaches(): void {
    current?.core.forget();
}
