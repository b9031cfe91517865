import type { EventEmitter } from 'node:events';

import type { WorkspaceEvents } from './model.js';
import { WorkspaceError } from './model.js';
import type { Collections } from './store/collections.js';
import type { Database } from './store/database.js';

/** How the workspace tells apps what happened; implemented over the engine, in the app-side shape. */
export interface AppEvents {
    /** Asks the apps that listen and waits; a `Prevent` listener's answer comes back. */
    trigger(event: string, ...payload: unknown[]): Promise<unknown>;
    /** Tells the apps behind the caller's back, as the server does after a write. */
    post(event: string, ...payload: unknown[]): void;
}

/** What every part of the workspace stands on. */
export interface Core {
    readonly db: Database;
    readonly collections: Collections;
    readonly siteUrl: string;
    readonly uploadDir: string;
    /** Set when the engine is up; before that nothing listens. */
    apps: AppEvents;
    /** What a read of an app's records found, in the order in which it is shown. */
    shuffle<T>(list: T[]): T[];
    now(): number;
    date(): Date;
    emit<K extends keyof WorkspaceEvents>(event: K, ...args: WorkspaceEvents[K]): void;
    /** A server setting's value; the caller knows its type from the list of defaults. */
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- names the type at the call
    setting<T = unknown>(id: string): T;
}

export const NO_APPS: AppEvents = { trigger: () => Promise.resolve(undefined), post: () => undefined };

/** A core without its late parts; `Workspace` fills in `apps`. */
export function makeCore(parts: {
    db: Database;
    collections: Collections;
    siteUrl: string;
    uploadDir: string;
    shuffle: Core['shuffle'];
    now: () => number;
    events: EventEmitter;
}): Core {
    return {
        db: parts.db,
        collections: parts.collections,
        siteUrl: parts.siteUrl,
        uploadDir: parts.uploadDir,
        apps: NO_APPS,
        shuffle: parts.shuffle,
        now: parts.now,
        date: () => new Date(parts.now()),
        emit: (event, ...args) => {
            parts.events.emit(event, ...args);
        },
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as declared above
        setting: <T>(id: string) => parts.collections.settings.get(id)?.value as T,
    };
}

/** Draws an order for each list, the same ones in turn for the same seed. */
export function shuffler(seed: number): Core['shuffle'] {
    let state = seed >>> 0;
    const below = (bound: number): number => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
    };
    return (list) => list.map((item) => ({ item, place: below(2 ** 32) })).sort((a, b) => a.place - b.place).map(({ item }) => item);
}

/** The document, or the server's refusal when there is none. */
export function found<T>(document: T | undefined, error: string, reason?: string): T {
    if (document === undefined) {
        throw new WorkspaceError(error, reason ?? error);
    }
    return document;
}
