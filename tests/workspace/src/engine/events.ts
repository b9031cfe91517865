import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { AppManager } from '@rocket.chat/apps-engine/server/AppManager.js';

import type { AppEvents, Core } from '../core.js';
import type { DepartmentDoc, MessageDoc, RoomDoc, UploadDoc, UserDoc } from '../model.js';
import type { Converters } from './converters.js';

/** The engine's listener manager, without its tangle of argument types. */
interface Listeners {
    getListeners(event: string): unknown[];
    executeListener(event: string, data: unknown): Promise<unknown>;
}

/** Methods of the engine's listener manager whose promise the engine drops. */
const UNAWAITED = [
    'executePostMessageSent',
    'executePostSystemMessageSent',
    'executePostMessageDelete',
    'executePostMessageUpdated',
    'executePostRoomCreate',
    'executePostRoomDeleted',
];

/**
 * Server events to app listeners, with the app-side objects the server's listener bridge makes.
 * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/apps/server/bridges/listeners.ts
 */
export class EngineEvents implements AppEvents {
    readonly #listeners: Listeners;
    readonly #pending = new Set<Promise<unknown>>();

    constructor(
        private readonly core: Core,
        private readonly converters: Converters,
        private readonly manager: AppManager,
    ) {
        this.#listeners = manager.getListenerManager();
        this.#watchUnawaited(manager.getListenerManager() as unknown as Record<string, (data: unknown) => Promise<unknown>>);
    }

    async trigger(event: string, ...payload: unknown[]): Promise<unknown> {
        if (this.#listeners.getListeners(event).length === 0) {
            return undefined;
        }
        if (event === 'IPreFileUpload') {
            return this.#upload(payload[0] as UploadDoc, payload[1] as Buffer);
        }
        const data = this.#appSide(event, payload);
        const answer = await this.#listeners.executeListener(event, data);
        if (typeof answer !== 'object' || answer === null) {
            return answer;
        }
        return event.startsWith('IPreMessage') ? this.converters.messageFromApp(answer as Parameters<Converters['messageFromApp']>[0]) : undefined;
    }

    post(event: string, ...payload: unknown[]): void {
        const alsoToBots = event === 'IPostMessageSent' && this.#listeners.getListeners('IPostMessageSentToBot').length > 0;
        if (this.#listeners.getListeners(event).length === 0 && !alsoToBots) {
            return;
        }
        // Converted now: by the time the listener runs, a deleted message's room may have changed.
        const data = this.#appSide(event, payload);
        this.track(
            this.#listeners.executeListener(event, data).catch((error: unknown) => {
                console.error(`The listeners of ${event} failed:`, error instanceof Error ? error.message : error);
            }),
        );
    }

    track(work: Promise<unknown>): void {
        this.#pending.add(work);
        void work.finally(() => this.#pending.delete(work));
    }

    /** Waits for the listeners under way, and for those they set off. */
    async settled(): Promise<void> {
        while (this.#pending.size > 0) {
            await Promise.allSettled(this.#pending);
        }
    }

    /** The engine starts these and lets go of them; `settled` is to wait for them all the same. */
    #watchUnawaited(manager: Record<string, (data: unknown) => Promise<unknown>>): void {
        for (const name of UNAWAITED) {
            const original = manager[name];
            if (original !== undefined) {
                manager[name] = (data) => {
                    const work = original.call(manager, data);
                    this.track(work.catch(() => undefined));
                    return work;
                };
            }
        }
    }

    #appSide(event: string, payload: unknown[]): unknown {
        const [first, second, third, fourth] = payload;
        const user = (value: unknown) => this.converters.user(value as UserDoc | undefined);
        switch (event) {
            case 'IPostMessageDeleted':
                return { message: this.converters.message(first as MessageDoc), user: user(second) };
            case 'IPostMessageReacted':
                return { message: this.converters.message(first as MessageDoc), user: user(second), reaction: third, isReacted: fourth };
            case 'IPreRoomUserJoined':
            case 'IPostRoomUserJoined':
                return { room: this.converters.room(first as RoomDoc), joiningUser: user(second), inviter: user(third) };
            case 'IPostRoomUserLeave':
                return { room: this.converters.room(first as RoomDoc), leavingUser: user(second), removedBy: user(third) };
            case 'IPostLivechatAgentAssigned':
            case 'IPostLivechatAgentUnassigned': {
                const data = first as { room: RoomDoc; user: UserDoc };
                return { room: this.converters.room(data.room), agent: user(data.user) };
            }
            case 'IPostUserStatusChanged': {
                const data = first as { user: UserDoc; currentStatus: string; previousStatus?: string };
                return { ...data, user: user(data.user) };
            }
            case 'IPostLivechatRoomTransferred':
                return this.#transfer(first as { type: 'agent' | 'department'; room: string; from?: string; to: string });
            case 'IPostLivechatDepartmentDisabled':
                return { department: this.converters.department(first as DepartmentDoc) };
            case 'IPreRoomCreatePrevent':
            case 'IPostRoomCreate':
            case 'IPreLivechatRoomCreatePrevent':
            case 'IPostLivechatRoomStarted':
            case 'IPostLivechatRoomClosed':
            case 'ILivechatRoomClosedHandler':
                return this.converters.room(first as RoomDoc);
            default:
                return this.converters.message(first as MessageDoc);
        }
    }

    #transfer({ type, room, from, to }: { type: 'agent' | 'department'; room: string; from?: string; to: string }): unknown {
        const party = (id: string | undefined) =>
            type === 'agent' ? this.converters.userById(id) : this.converters.department(this.core.collections.departments.get(id ?? ''));
        return { type, room: this.converters.roomById(room), from: party(from), to: party(to) };
    }

    /** The runtime reads the bytes from a file in its own folder. */
    async #upload(upload: UploadDoc, content: Buffer): Promise<unknown> {
        const path = join(this.manager.getTempFilePath(), randomUUID());
        writeFileSync(path, content);
        const { name, size, type, rid, userId, visitorToken } = upload;
        try {
            const file = { name, size, type, rid: rid ?? '', userId: userId ?? '', visitorToken };
            return await this.#listeners.executeListener('IPreFileUpload', { file, path });
        } finally {
            rmSync(path, { force: true });
        }
    }
}
