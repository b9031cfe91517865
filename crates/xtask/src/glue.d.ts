// What the generated script looks like to the shim.

import type { Shim } from '../shim';
import type { EntryPoints } from './core';

/** The class that `omni-wasm` exports. */
export type WasmCore = {
    [Name in keyof EntryPoints]: (shim: Shim, input: EntryPoints[Name][0]) => Promise<EntryPoints[Name][1]>;
} & {
    forget(): void;
};

export interface Glue {
    initSync(options: { module: WebAssembly.Module }): unknown;
    Core: new (texts: Record<string, Record<string, string>>, worker: string, onPanic: (place: string) => void) => WasmCore;
}

/** Makes all of the script's state anew. The core's tasks go to this queue. */
export function instantiate(queueMicrotask: (task: () => void) => void): Glue;
