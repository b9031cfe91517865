import type { HostCall } from './generated/core';

/** What the core reaches the server through; see `RocketChatHost`. */
export interface Shim {
    perform(call: HostCall): Promise<unknown>;
    log(level: string, code: string, detail: string): void;
    sleep(millis: number): Promise<void>;
    fillRandom(bytes: Uint8Array): void;
}
