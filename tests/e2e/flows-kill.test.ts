/**
 * The app's process is killed in the middle of each flow, one after the other. Afterwards everything was said once, nobody
 * is lost, and the ledger is as it should be. What a killed process had in hand is taken over after a minute or two by the
 * wall's clock, so all flows wait for that together; what must not have happened is looked at when all have come to their end.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import type { RoomDoc } from '../workspace/src/model.js';
import { Account, AGENTS, minute } from './account.js';
import { messageOf, WORLD } from './sim.js';
import { APP_ID, close, eventually, leaveOut, Stack } from './stack.js';

const TAKEN_OVER_MS = 240_000;

interface Flow {
    name: string;
    /** Leads into the middle of it: whatever is going on then is cut off. */
    middle: () => Promise<void>;
    /** What happens before there is a process again. */
    meanwhile?: () => Promise<void>;
    /** Whether it has come to its end. */
    whole: () => boolean | Promise<boolean>;
    /** What goes on from there. */
    next?: () => Promise<void>;
    /** What must be so when nothing is left to do for anybody. */
    check: () => void | Promise<void>;
}

function people(name: string, count: number): string[] {
    return Array.from({ length: count }, (_, at) => `${name}${String(at)}`);
}

describe('the process is killed in the middle of', () => {
    let stack: Stack;
    let page: Account;
    /** Its department has nobody who is there. */
    let night: Account;

    /** What Meta takes with these words is answered too late. */
    const late = (words: string, times = 4): Promise<unknown> =>
        stack.sim.post('/faults', { path: '/messages', method: 'POST', body_contains: words, delay_answer_ms: 4_000, times });

    async function kill(meanwhile?: () => Promise<void>): Promise<void> {
        const pid = stack.workspace.killAppProcess(APP_ID);
        await meanwhile?.();
        // What is left of a late answer would hold up the flows after this one.
        await stack.sim.request('DELETE', '/faults');
        await stack.workspace.waitForAppRestart(APP_ID, pid);
    }

    const told = async (account: Account, person: string, text: string): Promise<boolean> => (await account.told(person)).includes(text);

    async function all(persons: string[], is: (person: string) => Promise<boolean>): Promise<boolean> {
        return (await Promise.all(persons.map(is))).every(Boolean);
    }

    const [welcomed, held, raters, served] = [people('welcomed', 4), people('held', 5), people('rates', 6), people('served', 8)];
    const [SALES, QUESTION] = ['Sales here', 'How was it?'];
    const twoEach = (person: string): string[] => [`one of ${person}`, `two of ${person}`];

    let unseen: RoomDoc;

    const flows: Flow[] = [
        {
            name: 'a welcome, chosen by a rule',
            middle: async () => {
                await late(SALES);
                const referral = { ref: 'sale', source: 'SHORTLINK', type: 'OPEN_THREAD' };
                await Promise.all(welcomed.map((person) => stack.sim.post(`/customers/${person}/send`, { account: page.id, postback: { title: 'Start', payload: 'GO', referral } })));
                await eventually(async () => (await Promise.all(welcomed.map((person) => told(page, person, SALES)))).some(Boolean), 'a welcome is on its way');
            },
            whole: () => all(welcomed, (person) => told(page, person, SALES)),
            check: async () => {
                for (const person of welcomed) {
                    assert.deepEqual(await page.written(person), ['Start'], person);
                    assert.deepEqual(await page.told(person), [SALES], person);
                    const room = await page.room(person);
                    assert.equal(room.departmentId, stack.workspace.department('Sales')?._id);
                    assert.equal(page.said(room).filter((text) => text === SALES).length, 1, 'the agent reads it once');
                }
            },
        },
        {
            name: 'a farewell',
            middle: async () => {
                const room = await page.begins('closed', 'Welcome');
                await late('Goodbye');
                await stack.endRoom(room);
                await eventually(() => told(page, 'closed', 'Goodbye'), 'the farewell is on its way');
            },
            whole: () => told(page, 'closed', QUESTION),
            check: async () => { assert.deepEqual(await page.told('closed'), ['Welcome', 'Goodbye', QUESTION]); },
        },
        {
            name: 'the question how it was',
            middle: async () => {
                const room = await page.begins('asked', 'Welcome');
                await late(QUESTION);
                await stack.endRoom(room);
                await eventually(() => told(page, 'asked', QUESTION), 'the question is on its way');
            },
            whole: () => told(page, 'asked', QUESTION),
            next: async () => {
                await page.writes('asked', 'Again');
                await page.holds('asked', ['Hello', 'Again'], TAKEN_OVER_MS);
                await page.tells('asked', ['Welcome', 'Goodbye', QUESTION, 'Welcome']);
            },
            check: async () => {
                assert.deepEqual(await page.told('asked'), ['Welcome', 'Goodbye', QUESTION, 'Welcome']);
                assert.equal((await page.rooms('asked')).length, 2, 'the room was released');
            },
        },
        {
            name: 'the answers to it',
            middle: async () => {
                for (const person of raters) {
                    await stack.endRoom(await page.begins(person, 'Welcome'));
                }
                await eventually(() => all(raters, (person) => told(page, person, QUESTION)), 'all are asked');
                const asked = (await stack.sim.sent({ account: page.id, kind: 'message', ok: 'true' })).filter((call) => (messageOf(call) as { text: string }).text === QUESTION);
                for (const person of raters) {
                    const id = await stack.sim.scopedId(page.id, person);
                    const call = asked.find(({ body }) => (body as { recipient: { id: string } }).recipient.id === id);
                    assert.ok(call);
                    const { payload } = (messageOf(call) as { quick_replies: { payload: string }[] }).quick_replies[3] ?? {};
                    await stack.sim.post(`/customers/${person}/send`, { account: page.id, text: '4', quick_reply: { payload } });
                }
                await eventually(() => page.marks().length > 0, 'the first answer is taken');
            },
            whole: () => all(raters, async (person) => page.said((await page.rooms(person))[0] ?? assert.fail()).some((text) => text.includes('4 of 5'))),
            check: async () => {
                assert.deepEqual(page.marks(), raters.map(() => 4));
                for (const person of raters) {
                    const rooms = await page.rooms(person);
                    assert.equal(rooms.length, 1, 'an answer opens no conversation');
                    const said = rooms.flatMap((room) => page.said(room));
                    assert.equal(said.filter((text) => text.includes('4 of 5')).length, 1, `${person}: ${said.join(' | ')}`);
                }
            },
        },
        {
            name: 'holding what nobody can be shown',
            middle: async () => {
                await late('Night is away');
                const now = Date.now();
                for (const person of held) {
                    // Written at different times, or nothing says which was first should a delivery fail.
                    for (const [at, action] of [{ text: `one of ${person}` }, { attachments: [{ type: 'image' }] }, { text: `two of ${person}` }].entries()) {
                        await stack.sim.post(`/customers/${person}/send`, { account: night.id, timestamp: now + at, ...action });
                    }
                }
                await eventually(async () => (await Promise.all(held.map((person) => told(night, person, 'Night is away')))).some(Boolean), 'the first is told');
            },
            whole: async () => (await all(held, (person) => told(night, person, 'Night is away'))) && held.every((person) => new RegExp(`\`${person} Customer\`.*messages: 3`).test(night.board())),
            next: async () => {
                for (const person of held) {
                    assert.deepEqual(await night.rooms(person), []);
                }
                stack.presence(['owl'], true);
                for (const person of held) {
                    await night.holds(person, [`one of ${person}`, '<image/png>', `two of ${person}`], TAKEN_OVER_MS);
                    await night.tells(person, ['Night is away', 'Night here']);
                }
                await night.lists(/Nobody is waiting/);
            },
            check: async () => {
                for (const person of held) {
                    assert.deepEqual(await night.told(person), ['Night is away', 'Night here'], person);
                    assert.deepEqual(await night.written(person), [`one of ${person}`, '<image/png>', `two of ${person}`], person);
                    assert.equal((await night.rooms(person)).length, 1, person);
                }
            },
        },
        {
            name: 'serving those who waited',
            middle: async () => {
                stack.presence(AGENTS, false);
                for (const person of served) {
                    for (const text of twoEach(person)) {
                        await page.writes(person, text);
                    }
                }
                await eventually(() => all(served, (person) => told(page, person, 'We are away')), 'all are told');
                await late('Welcome');
                stack.presence(AGENTS, true);
                await page.room(served[0] ?? '');
            },
            whole: () => all(served, (person) => told(page, person, 'Welcome')),
            check: async () => {
                for (const person of served) {
                    assert.deepEqual(await page.written(person), twoEach(person), person);
                    assert.deepEqual(await page.told(person), ['We are away', 'Welcome'], person);
                    assert.equal((await page.rooms(person)).length, 1, person);
                }
            },
        },
        {
            name: 'nothing, and a conversation is closed before there is a process again',
            middle: async () => {
                unseen = await page.begins('closed-unseen', 'Welcome');
            },
            meanwhile: () => stack.endRoom(unseen),
            whole: () => told(page, 'closed-unseen', QUESTION),
            check: async () => { assert.deepEqual(await page.told('closed-unseen'), ['Welcome', 'Goodbye', QUESTION]); },
        },
    ];

    before(
        async () => {
            // What is on its way to a process that is killed gets no answer: Meta is to come again soon.
            stack = await Stack.open({ connect: ['facebook', 'instagram'], meta: { deadline_ms: 10_000 }, prepare: leaveOut });
            page = Account.ofPage(stack);
            night = new Account(stack, 'instagram', WORLD.instagram);
            stack.workspace.createUser({ username: 'owl', password: 'owl', roles: ['user', 'livechat-agent'] });
            stack.presence(['owl'], false);
            const department = stack.workspace.createDepartment({ name: 'Night', enabled: true, agents: ['owl'] });
            await page.configure({ welcome: 'Welcome', finished: 'Goodbye', offline: 'We are away', survey: QUESTION, rules: `ref: sale -> Sales | ${SALES}` });
            await night.configure({ department: department._id, welcome: 'Night here', offline: 'Night is away' });
            for (const person of [...welcomed, ...raters, ...served]) {
                await page.customer(person);
            }
            for (const person of held) {
                await night.customer(person);
            }
            for (const { middle, meanwhile } of flows) {
                await middle();
                await kill(meanwhile);
            }
        },
        { timeout: 600_000 },
    );
    after(() => close(stack));

    for (const { name, whole, next } of flows) {
        test(name, { timeout: 3 * TAKEN_OVER_MS }, async () => {
            const end = async (): Promise<boolean> => {
                if (await whole()) {
                    return true;
                }
                await minute(stack);
                await sleep(3_000);
                return false;
            };
            await eventually(end, 'it comes to its end', TAKEN_OVER_MS);
            await next?.();
        });
    }

    test('and nothing is left to say, to serve or to claim', { timeout: 300_000 }, async () => {
        await eventually(async () => page.stored('waiting') + page.stored('due') === 0 || (await minute(stack), false), 'all is done', 240_000);
        await page.passes();
        await night.passes();
    });

    for (const { name, check } of flows) {
        test(`nothing of it twice: ${name}`, check);
    }
});
