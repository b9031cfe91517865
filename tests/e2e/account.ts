/** One connected account, and what its customers, agents and administrators do and see. */
import assert from 'node:assert/strict';
import type { MessageDoc, RoomDoc } from '../workspace/src/model.js';
import { messageOf, WORLD } from './sim.js';
import { APP_ID, type Channel, eventually, type Stack } from './stack.js';

/** The agents of a fresh workspace. */
export const AGENTS = ['agent1', 'agent2'];

const MINUTE_MS = 60_000;

/** Each a customer of their own. */
let passersBy = 0;

/** The app's own minute, now. */
export const minute = (stack: Stack): Promise<number> => stack.workspace.advanceTime(MINUTE_MS + 1_000);

/** Runs the app's minutes until it is so, for what it does only then. */
export function withinMinutes(stack: Stack, check: () => boolean | Promise<boolean>, what: string, timeoutMs = 120_000): Promise<boolean> {
    let next = 0;
    return eventually(
        async () => {
            if (Date.now() >= next) {
                await minute(stack);
                next = Date.now() + 1_500;
            }
            return check();
        },
        what,
        timeoutMs,
    );
}

export class Account {
    constructor(
        readonly stack: Stack,
        readonly channel: Channel,
        readonly id: string,
    ) {}

    static ofPage(stack: Stack): Account {
        return new Account(stack, 'facebook', WORLD.page);
    }

    /** What an administrator does in Edit Page Config: submits these fields. Answers what was refused. */
    async configure(fields: Record<string, string>): Promise<Record<string, string>> {
        const { workspace } = this.stack;
        const admin = this.stack.user('admin')._id;
        const state = Object.fromEntries(Object.entries(fields).map(([field, value]) => [`connect:${field}`, { [`connect:${field}`]: value }]));
        const before = workspace.surfaces(admin).length;
        await workspace.interact(admin, APP_ID, {
            type: 'viewSubmit',
            triggerId: `trigger-${String(Date.now())}`,
            payload: { view: { id: `connect:config:${this.channel}:${this.id}`, state } },
        });
        await workspace.settled();
        return workspace.surfaces(admin).slice(before).find(({ errors }) => errors !== undefined)?.errors ?? {};
    }

    /** A customer of this name, who has not written yet. */
    async customer(person: string, more: Record<string, unknown> = {}): Promise<string> {
        await this.stack.sim.post(`/customers/${person}`, { first_name: person, last_name: 'Customer', ...more });
        return person;
    }

    /** A customer writes, or does something else; answers when Meta has told the app. */
    async writes(person: string, what: string | Record<string, unknown>): Promise<void> {
        await this.stack.sim.customer(person, { account: this.id, ...(typeof what === 'string' ? { text: what } : what) });
    }

    /** Texts from us that Meta took for a customer, oldest first. */
    async told(person: string): Promise<string[]> {
        const id = await this.stack.sim.scopedId(this.id, person);
        const sent = await this.stack.sim.sent({ account: this.id, kind: 'message', ok: 'true' });
        return sent.filter(({ body }) => (body as { recipient: { id: string } }).recipient.id === id).map((call) => (messageOf(call) as { text: string }).text);
    }

    /** Waits until the customer has exactly these texts. */
    async tells(person: string, expected: (string | RegExp)[], timeoutMs?: number): Promise<void> {
        const fits = (told: string[]): boolean =>
            told.length === expected.length && expected.every((text, at) => (typeof text === 'string' ? text === told[at] : text.test(told[at] ?? '')));
        try {
            await eventually(async () => fits(await this.told(person)), 'the texts', timeoutMs);
        } catch {
            assert.deepEqual(await this.told(person), expected, person);
        }
    }

    rooms(person: string): Promise<RoomDoc[]> {
        return this.stack.rooms(this.channel, this.id, person);
    }

    /** The customer's open room, as soon as there is one. */
    room(person: string): Promise<RoomDoc> {
        return eventually(async () => (await this.rooms(person)).find(({ open }) => open), `${person} has a room`);
    }

    /** A conversation of a customer of their own, welcomed if they are to be. */
    async begins(person: string, welcome?: string): Promise<RoomDoc> {
        await this.writes(await this.customer(person), 'Hello');
        if (welcome !== undefined) {
            await this.tells(person, [welcome]);
        }
        return this.room(person);
    }

    /**
     * A minute of the app's, and behind it a whole exchange with somebody else, whom an agent serves: what was still to be
     * done for those before is done then, or it is not to be.
     */
    async passes(): Promise<void> {
        await minute(this.stack);
        passersBy += 1;
        const room = await this.begins(`passer-by${String(passersBy)}`);
        const words = `To number ${String(passersBy)}`;
        await this.stack.workspace.sendMessage(this.stack.user(room.servedBy?.username ?? '')._id, { rid: room._id, msg: words });
        await eventually(async () => (await this.told(`passer-by${String(passersBy)}`)).some((text) => text.includes(words)), 'an answer to somebody else arrives');
    }

    /** What a customer wrote, in all rooms, oldest first; a file is its type. What only says something of the next one is left out. */
    async written(person: string): Promise<string[]> {
        const shown = (await this.rooms(person)).flatMap(({ _id }) => this.stack.messages(_id)).filter(({ token, msg, file }) => token !== undefined && (msg !== '' || file !== undefined));
        return shown.map(({ msg, file }) => (file === undefined ? msg : `<${file.type}>`));
    }

    /** Waits until the customer's messages stand in rooms, each once and in this order. */
    async holds(person: string, expected: string[], timeoutMs?: number): Promise<void> {
        try {
            await eventually(async () => JSON.stringify(await this.written(person)) === JSON.stringify(expected), 'the messages', timeoutMs);
        } catch {
            assert.deepEqual(await this.written(person), expected, person);
        }
    }

    /** What the app itself says in a room. */
    said(room: RoomDoc): string[] {
        return this.stack.messages(room._id).filter(({ u, msg }) => u.username === 'omni-direct.bot' && msg !== '').map(({ msg }) => msg);
    }

    says(room: RoomDoc, wanted: RegExp): Promise<string> {
        return eventually(() => this.said(room).find((text) => wanted.test(text)), `the room reads ${String(wanted)}`);
    }

    /** Messages of the setup channel, oldest first. */
    setup(): MessageDoc[] {
        const room = this.stack.workspace.roomByName(`omnichannel-${this.channel}-setup`);
        assert.ok(room);
        return this.stack.messages(room._id);
    }

    /** The list of those who wait as the setup channel shows it now, as text; empty when there was none. */
    board(): string {
        const lists = this.setup().filter(({ msg }) => /Customers waiting|Nobody is waiting/.test(msg));
        return lists.map(({ msg, blocks }) => JSON.stringify([msg, blocks])).at(-1) ?? '';
    }

    /** Waits until the list says so. By itself it is rewritten each ten seconds at most, and each minute in any case. */
    lists(wanted: RegExp): Promise<boolean> {
        return withinMinutes(this.stack, () => wanted.test(this.board()), `the list of those who wait reads ${String(wanted)}`);
    }

    /** How many records of the kind the app has stored. */
    stored(kind: string): number {
        return this.records(kind).length;
    }

    /** The marks customers gave, as stored: a question without an answer has 0. */
    marks(): number[] {
        return this.records('rating').map((data) => data['mark'] as number).filter((mark) => mark > 0);
    }

    private records(kind: string): Record<string, unknown>[] {
        return this.stack.workspace.persistence(APP_ID).map(({ data }) => data as Record<string, unknown>).filter((data) => data['kind'] === kind);
    }
}
