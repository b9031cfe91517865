/** Those who write while nobody is there: what is kept of them, who sees it, what ends the waiting, and in which order. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Account, AGENTS, minute, withinMinutes } from './account.js';
import { WORLD } from './sim.js';
import { APP_ID, close, eventually, Stack } from './stack.js';

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

describe('the ledger of those who wait', () => {
    let stack: Stack;
    let page: Account;

    before(async () => {
        // Only the minutes that a test lets pass: what happens without one has another cause.
        stack = await Stack.open({ connect: ['facebook', 'instagram'], runJobs: false });
        page = Account.ofPage(stack);
    });
    beforeEach(async () => {
        await withinMinutes(stack, () => page.stored('waiting') === 0, 'nobody waits since the test before');
        stack.presence(AGENTS, false);
    });
    after(() => close(stack));

    /** The time as people read it in a room or a list, to the minute. */
    const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

    /** What the button beside a customer of this name in the list stands for. */
    function opener(name: string): string {
        type Row = { text?: { text: string }; accessory?: { value: string } };
        const rows = page.setup().flatMap(({ blocks }) => (blocks ?? []) as Row[]);
        const value = rows.findLast(({ text, accessory }) => accessory !== undefined && text?.text.includes(name))?.accessory?.value;
        assert.ok(value, `a button for ${name}`);
        return value;
    }

    /** Presses a button of the list that opens a customer's conversation; answers what the person is told. */
    async function pressOpen(username: string, person: string, value: string): Promise<string> {
        const list = page.setup().findLast(({ blocks }) => JSON.stringify(blocks ?? '').includes('flows:open'));
        const user = stack.user(username)._id;
        assert.ok(list, `a list with ${person}`);
        await stack.workspace.interact(user, APP_ID, {
            type: 'blockAction',
            actionId: 'flows:open',
            payload: { blockId: 'flows:waiting:0', value },
            rid: list.rid,
            container: { type: 'message', id: list._id },
            triggerId: 'open',
        });
        await stack.workspace.settled();
        return stack.workspace.ephemeralMessages(user).at(-1)?.msg ?? '';
    }

    test('all of it in its order, files included, with the times it was written; by status, without a minute passing', async () => {
        const person = await page.customer('complete');
        const began = Date.now() - 3 * HOUR_MS;
        const file = { type: 'file', text: 'notes', content_type: 'text/plain', file_name: 'notes.txt' };
        const what: Record<string, unknown>[] = [
            { text: 'Hello?' },
            { attachments: [{ type: 'image' }] },
            { text: 'See above' },
            { attachments: [file] },
            { postback: { title: 'Call me', payload: 'CALL' } },
        ];
        for (const [at, action] of what.entries()) {
            await page.writes(person, { ...action, timestamp: began + at * 20 * 60_000 });
        }
        await page.lists(/`complete Customer` → `Contoso Shop` .*messages: 5/);
        assert.deepEqual(await page.rooms(person), []);
        stack.presence(['agent1'], true);
        await page.holds(person, ['Hello?', '<image/png>', 'See above', '<text/plain>', 'Call me']);
        const room = await page.room(person);
        // The time is a card of the message; before a file, which has no cards, it is one of its own.
        const shown = stack.messages(room._id).map(({ msg, file: sent, attachments }) => (sent === undefined ? `${msg} ${JSON.stringify(attachments)}` : `<${sent.type}>`));
        for (const [at, words] of ['Hello?', '<image/png>', 'See above', '<text/plain>', 'Call me'].entries()) {
            const place = shown.findIndex((text) => text.startsWith(words));
            const timed = shown[words.startsWith('<') ? place - 1 : place] ?? '';
            assert.ok(timed.includes(moment(began + at * 20 * 60_000)), `${words}: ${shown.join(' | ')}`);
        }
        assert.equal((await page.rooms(person)).length, 1);
    });

    test('the most urgent first: by what is left of the 24 hours, then of the 7 days', async () => {
        const now = Date.now();
        const written: Record<string, number> = {
            'week-over': now - 8 * DAY_MS,
            'day-later': now - 2 * HOUR_MS,
            'week-sooner': now - 6 * DAY_MS,
            'day-sooner': now - 21 * HOUR_MS,
            'week-later': now - 2 * DAY_MS,
        };
        for (const [person, timestamp] of Object.entries(written)) {
            await page.writes(await page.customer(person), { text: 'Hello?', timestamp });
        }
        await page.lists(/week-later/);
        const order = ['day-sooner', 'day-later', 'week-sooner', 'week-later', 'week-over'];
        const board = page.board();
        assert.deepEqual([...order].sort((one, other) => board.indexOf(one) - board.indexOf(other)), order, board);
        assert.ok(board.includes(`reply possible until ${moment(now - 21 * HOUR_MS + DAY_MS)}`), board);
        assert.ok(board.includes(`only people may reply, until ${moment(now - 6 * DAY_MS + 7 * DAY_MS)}`), board);
        assert.ok(board.includes('time to reply ended at'), board);
        stack.presence(['agent1'], true);
        const opened = new Map<string, number>();
        for (const person of order) {
            opened.set(person, (await page.room(person)).ts.getTime());
        }
        assert.deepEqual([...order].sort((one, other) => (opened.get(one) ?? 0) - (opened.get(other) ?? 0)), order);
    });

    test('the setup channel: who, for which account, since when, how many; a button to open now; no words of theirs', async () => {
        const [one, two] = [await page.customer('first-in-line'), await page.customer('second-in-line')];
        const instagram = new Account(stack, 'instagram', WORLD.instagram);
        const since = Date.now() - HOUR_MS;
        stack.workspace.setPresence(stack.user('agent1')._id, 'online');
        await page.writes(one, { text: 'My secret', timestamp: since });
        await page.writes(one, { text: 'Another secret', timestamp: since + 60_000 });
        await page.writes(two, 'Hello?');
        await instagram.writes(await instagram.customer('on-instagram'), 'Hello?');
        await page.lists(/second-in-line/);
        await instagram.lists(/`on-instagram Customer` → `@contoso\.shop`/);
        const board = page.board();
        assert.ok(board.includes(`\`first-in-line Customer\` → \`Contoso Shop\` · since ${moment(since)} · messages: 2`), board);
        assert.ok(!board.includes('on-instagram'), 'each network has its own list');
        assert.ok(!JSON.stringify(page.setup()).includes('secret'), 'nobody\'s words in the setup channel');

        const open = opener('second-in-line Customer');
        stack.workspace.createUser({ username: 'mallory', password: 'mallory', roles: ['user'] });
        assert.match(await pressOpen('mallory', two, open), /Only Omnichannel agents/);
        assert.match(await pressOpen('admin', two, open), /Still nobody can serve/);
        assert.deepEqual(await page.rooms(two), []);
        await eventually(() => page.stored('lease') === 0, 'nobody is at it');
        // The server does not tell apps of this: nothing opens by itself before the next minute.
        stack.workspace.setAgentStatus(stack.user('agent1')._id, 'available');
        assert.match(await pressOpen('admin', two, open), /is open, with everything/);
        await page.holds(two, ['Hello?']);
        assert.deepEqual(await page.rooms(one), [], 'only the one that was asked for');
        assert.match(await pressOpen('admin', two, open), /no longer waits/);
        await minute(stack);
        await page.holds(one, ['My secret', 'Another secret']);
        await instagram.holds('on-instagram', ['Hello?']);
        await page.lists(/Nobody is waiting/);
    });

    test('an alarm before a window ends, once', async () => {
        const alarms = (): string[] => page.setup().map(({ msg }) => msg).filter((text) => text.startsWith('⏰'));
        const now = Date.now();
        await page.writes(await page.customer('has-hours'), { text: 'Hello?', timestamp: now - 12 * HOUR_MS });
        await page.writes(await page.customer('day-ends'), { text: 'Hello?', timestamp: now - 23 * HOUR_MS });
        await page.writes(await page.customer('week-ends'), { text: 'Hello?', timestamp: now - 7 * DAY_MS + 6 * HOUR_MS });
        await minute(stack);
        await minute(stack);
        const given = await eventually(() => (alarms().length > 0 ? alarms() : undefined), 'an alarm');
        assert.equal(given.length, 1, given.join('\n'));
        assert.match(given[0] ?? '', /for 2 waiting customers/);
        assert.match(given[0] ?? '', new RegExp(`day-ends Customer\` .* until ${moment(now + HOUR_MS)}`));
        assert.match(given[0] ?? '', /week-ends Customer` .*only people may reply/);
        assert.doesNotMatch(given[0] ?? '', /has-hours/);
        stack.presence(['agent1'], true);
        for (const person of ['has-hours', 'day-ends', 'week-ends']) {
            await page.holds(person, ['Hello?']);
        }
    });

    test('another department for the account ends the waiting at once, another agent in it within a minute', async () => {
        const [sales, support] = ['Sales', 'Support'].map((name) => stack.workspace.department(name)?._id ?? '');
        stack.presence(['agent1'], true);
        assert.deepEqual(await page.configure({ department: sales ?? '' }), {});
        await page.writes(await page.customer('elsewhere'), 'Hello?');
        await eventually(() => page.stored('waiting') === 1, 'it waits for Sales');
        assert.deepEqual(await page.configure({ department: support ?? '' }), {});
        await page.holds('elsewhere', ['Hello?']);
        assert.equal((await page.room('elsewhere')).departmentId, support);

        await page.configure({ department: sales ?? '' });
        await page.writes(await page.customer('joined'), 'Hello?');
        await eventually(() => page.stored('waiting') === 1, 'it waits for Sales');
        stack.workspace.updateDepartment(sales ?? '', { agents: ['agent1', 'agent2'] });
        await withinMinutes(stack, async () => (await page.rooms('joined')).length > 0, 'the conversation opens');
        await page.holds('joined', ['Hello?']);
        assert.equal((await page.room('joined')).departmentId, sales);
        await page.configure({ department: '-' });
    });

    test('another message, when somebody could serve unnoticed, opens all of it', async () => {
        const person = await page.customer('writes-again');
        stack.workspace.setPresence(stack.user('agent2')._id, 'online');
        await page.writes(person, 'One');
        await eventually(() => page.stored('waiting') === 1, 'it waits');
        // The app is not told of it.
        stack.workspace.setAgentStatus(stack.user('agent2')._id, 'available');
        await page.writes(person, 'Two');
        await page.holds(person, ['One', 'Two']);
        await eventually(() => page.stored('waiting') === 0, 'nobody waits any more');
    });
});
