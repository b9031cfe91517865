import type { IHttp, IModify, IPersistence, IRead } from '@rocket.chat/apps-engine/definition/accessors';
import { CodedError } from '../errors';
import type { HostCall, HostReplies } from '../generated/core';
import type { Blobs } from './blobs';

/** The accessors of one handler, as far as the handler was given them. */
export interface Accessors {
    read: IRead;
    http: IHttp;
    persistence?: IPersistence;
    modify?: IModify;
}

/** What outlives a handler. */
export interface AppInfo {
    appId: string;
    /** Handle of the app's own user. */
    username: string;
    version: string;
    endpoints(): { path: string; computedPath: string }[];
    writeSetting(id: string, value: unknown): Promise<void>;
}

/** What every handler of a host call works with. */
export interface HostContext {
    app: AppInfo;
    read: IRead;
    http: IHttp;
    blobs: Blobs;
    persistence(): IPersistence;
    modify(): IModify;
}

type Kind = HostCall['kind'];

/** One handler per kind of call, each answering what the core expects: checked here against the Rust types. */
export type Handlers<Kinds extends Kind = Kind> = {
    [K in Kinds]: (context: HostContext, call: Extract<HostCall, { kind: K }>) => Promise<HostReplies[K]>;
};

/** An accessor that this call needs. */
export function required<T>(accessor: T | undefined): T {
    if (accessor === undefined) {
        throw new CodedError('not-here', 'This handler was not given the accessor.');
    }
    return accessor;
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
