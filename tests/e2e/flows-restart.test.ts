/** What is kept outlasts the app and the server, and of several servers that wake at once each conversation is opened by one. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account, AGENTS, minute } from './account.js';
import { APP_ID, Stack } from './stack.js';

const AWAY = 'We are away';

describe('the ledger outlasts those who keep it', () => {
    let stack: Stack;
    let page: Account;

    before(async () => {
        stack = await Stack.open({ connect: ['facebook'] });
        page = Account.ofPage(stack);
        await page.configure({ offline: AWAY, welcome: 'Welcome' });
    });
    after(() => stack.close());

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
            killed: async () => stack.workspace.waitForAppRestart(APP_ID, stack.workspace.killAppProcess(APP_ID), 60_000),
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
            // An agent arrives at each server at the same moment.
            const elsewhere = fetch(`${second.url}/_test/users/agent2/presence`, {
                method: 'POST',
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify({ status: 'online', statusLivechat: 'available' }),
            });
            stack.presence(['agent1'], true);
            assert.equal((await elsewhere).status, 200);
            const { count } = (await (await fetch(`${second.url}/_test/round-trips?appId=${APP_ID}`)).json()) as { count: number };
            assert.ok(count > 0, 'the app of the second server is awake too');
            for (const person of crowd) {
                await page.holds(person, [`one of ${person}`, `two of ${person}`], 30_000);
                await page.tells(person, [AWAY, 'Welcome'], 30_000);
            }
            await minute(stack);
            for (const person of crowd) {
                assert.equal((await page.rooms(person)).length, 1, person);
                assert.deepEqual(await page.told(person), [AWAY, 'Welcome'], person);
            }
            assert.equal(page.stored('waiting'), 0);
        } finally {
            await second.stop();
        }
    });
});
