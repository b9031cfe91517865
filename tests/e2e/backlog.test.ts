/** One customer writes more than the core has memory for, and inputs that are larger than it takes: it costs nobody else anything. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Account, AGENTS, minute } from './account.js';
import { WORLD } from './sim.js';
import { APP_ID, close, eventually, Stack } from './stack.js';

/** Together more than the 32 MiB that the core has, several times over when they are read. */
const FLOOD = 3_000;
const AT_ONCE = 40;
const OTHERS = 20;
const LONG_MS = 900_000;

describe('more than the core takes', () => {
    let stack: Stack;
    let page: Account;

    before(async () => {
        stack = await Stack.open({ connect: ['facebook'], runJobs: false });
        page = Account.ofPage(stack);
        stack.presence(AGENTS, false);
    });
    after(() => close(stack));

    const url = (path: string): string => {
        const endpoint = stack.workspace.endpoints(APP_ID).find((one) => one.path === path);
        assert.ok(endpoint, path);
        return stack.face.url + endpoint.computedPath;
    };

    async function delivers(body: string): Promise<{ status: number; text: string }> {
        // Without `/` and beyond ASCII the bytes are the same however Meta escapes them.
        const signature = `sha256=${createHmac('sha256', WORLD.appSecret).update(body).digest('hex')}`;
        const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signature };
        const answer = await fetch(url('webhook'), { method: 'POST', headers, body });
        return { status: answer.status, text: await answer.text() };
    }

    const text = (number: number): string => `${String(number)} ${'x'.repeat(1_990)}`;

    test('a flood overnight is shown whole, and those behind it while it is', async () => {
        const flooder = await page.customer('flooder');
        const sender = { id: await stack.sim.scopedId(WORLD.page, flooder) };
        const recipient = { id: WORLD.page };
        const began = Date.now() - 60_000;
        const process = stack.workspace.appProcessId(APP_ID);
        for (let from = 0; from < FLOOD; from += AT_ONCE) {
            const messaging = Array.from({ length: Math.min(AT_ONCE, FLOOD - from) }, (_, at) => {
                const number = from + at;
                return { sender, recipient, timestamp: began + number, message: { mid: `m_flood_${String(number)}`, text: text(number) } };
            });
            const body = JSON.stringify({ object: 'page', entry: [{ id: WORLD.page, time: began, messaging }] });
            const { status } = await delivers(body);
            assert.equal(status, 200, String(from));
            if (from === 400) {
                // Meta had no answer, it thinks.
                assert.equal((await delivers(body)).status, 200);
            }
        }
        const others = Array.from({ length: OTHERS }, (_, at) => `behind-${String(at)}`);
        for (const other of others) {
            await page.writes(await page.customer(other), 'Hello?');
        }
        await minute(stack);
        await page.lists(new RegExp(`messages: ${String(FLOOD)} `));

        stack.presence(AGENTS, true);
        for (const other of others) {
            await page.holds(other, ['Hello?'], LONG_MS);
        }
        const shown = (await page.written(flooder)).length;
        assert.ok(shown < FLOOD, 'they are served while it is');
        await eventually(async () => (await page.written(flooder)).length >= FLOOD, 'all of it is shown', LONG_MS);
        await eventually(() => page.stored('backlog') + page.stored('backlog-cursor') === 0, 'nothing of the backlog is left');
        const numbers = (await page.written(flooder)).map((line) => Number(line.split(' ', 1)[0]));
        assert.deepEqual(numbers, Array.from({ length: FLOOD }, (_, number) => number));
        assert.equal(stack.workspace.appProcessId(APP_ID), process);
        assert.ok(!JSON.stringify(stack.workspace.appLogs(APP_ID, { limit: 5_000 })).includes('core-failed'), 'the core did not fail');
    });

    test('an input that is larger than the core takes is answered as whoever sent it needs', async () => {
        // As much as the server lets through, in as many pieces as that can be.
        const { status, text } = await delivers(JSON.stringify({ object: 'page', entry: [], more: Array.from({ length: 49_000 }, () => 1) }));
        assert.equal(status, 200, 'Meta would unsubscribe the Page');
        assert.ok(!text.includes('input-too-large'), text);
        const said = await stack.command('facebook', `list ${'x'.repeat(70_000)}`);
        assert.match(said, /longer than any command/);
        const welcome = (): string => JSON.stringify(stack.workspace.persistence(APP_ID).map(({ data }) => data)).match(/"welcome":"([^"]*)"/)?.[1] ?? '';
        await page.configure({ welcome: 'Too much', more: 'x'.repeat(70_000) });
        assert.equal(welcome(), '', 'longer than what a person types into a window');
        await page.configure({ welcome: 'Welcome' });
        assert.equal(welcome(), 'Welcome');
        stack.presence(AGENTS, true);
        // Administrators may let people write more than that.
        stack.workspace.setServerSetting('Message_MaxAllowedSize', 1_000_000);
        const person = await page.customer('next');
        const room = await page.begins(person);
        await stack.agentSays(room.servedBy?.username ?? 'agent1', room._id, 'x'.repeat(600_000));
        assert.match(stack.shownTo(room.servedBy?.username ?? 'agent1'), /too long for the app/);
        await stack.agentSays(room.servedBy?.username ?? 'agent1', room._id, 'Short');
        await eventually(async () => (await page.told(person)).some((told) => told.includes('Short')), 'an answer goes out');
        assert.deepEqual((await page.told(person)).filter((told) => told.includes('xxx')), []);
    });
});
