/** What is kept outlasts the app and the server, and of several servers that wake at once each conversation is opened by one. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account, AGENTS, minute, withinMinutes } from './account.js';
import { APP_ID, close, eventually, Stack } from './stack.js';

const AWAY = 'We are away';

describe('the ledger outlasts those who keep it', () => {
    let stack: Stack;
    let page: Account;

    before(async () => {
        stack = await Stack.open({ connect: ['facebook'] });
        page = Account.ofPage(stack);
        await page.configure({ offline: AWAY, welcome: 'Welcome' });
    });
    after(() => close(stack));

    test('the app switched off and on, killed, updated, and the server restarted, while somebody waits', async () => {
        stack.presence(AGENTS, false);
        const person = await page.customer('patient');
        await page.writes(person, 'Hello?');
        await page.tells(person, [AWAY]);
        const restarts: Record<string, () => Promise<unknown>> = {
            'switched off and on': async () => {
                await stack.workspace.disableApp(APP_ID);
                await stack.workspace.enableApp(APP_ID);
            },
            killed: async () => stack.workspace.waitForAppRestart(APP_ID, stack.workspace.killAppProcess(APP_ID)),
            updated: () => stack.updateApp(),
            'server restarted': () => stack.restartServer(),
        };
        const written = ['Hello?'];
        for (const [how, restart] of Object.entries(restarts)) {
            await restart();
            await page.writes(person, how);
            written.push(how);
            await page.lists(new RegExp(`\`patient Customer\` .*messages: ${String(written.length)}`));
        }
        assert.deepEqual(await page.rooms(person), []);
        stack.presence(['agent1'], true);
        // What a killed process had claimed is its own for a while yet.
        await withinMinutes(stack, async () => (await page.rooms(person)).length > 0, 'the conversation opens', 180_000);
        await page.holds(person, written);
        await page.tells(person, [AWAY, 'Welcome']);
        assert.equal((await page.rooms(person)).length, 1);
    });

    test('two servers that wake at once open each conversation once, whole, and welcome once', async () => {
        const second = await stack.secondServer();
        try {
            stack.presence(AGENTS, false);
            const crowd = Array.from({ length: 12 }, (_, at) => `crowd${String(at)}`);
            for (const person of crowd) {
                await page.writes(await page.customer(person), `one of ${person}`);
                await page.writes(person, `two of ${person}`);
            }
            const roundTrips = `${second.url}/_test/round-trips?appId=${APP_ID}`;
            assert.equal((await fetch(roundTrips, { method: 'DELETE' })).status, 200);
            // An agent arrives at each server at the same moment.
            const elsewhere = fetch(`${second.url}/_test/users/agent2/presence`, {
                method: 'POST',
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify({ status: 'online', statusLivechat: 'available' }),
            });
            stack.presence(['agent1'], true);
            assert.equal((await elsewhere).status, 200);
            await eventually(async () => ((await (await fetch(roundTrips)).json()) as { count: number }).count > 0, 'the app of the second server is awake too');
            for (const person of crowd) {
                await page.holds(person, [`one of ${person}`, `two of ${person}`]);
                await page.tells(person, [AWAY, 'Welcome']);
            }
            await minute(stack);
            await eventually(() => page.stored('waiting') === 0, 'nobody waits any more', 180_000);
            for (const person of crowd) {
                assert.equal((await page.rooms(person)).length, 1, person);
                assert.deepEqual(await page.told(person), [AWAY, 'Welcome'], person);
            }
        } finally {
            await second.stop();
        }
    });
});
