/** Whatever keeps everybody from serving: the customer is told once, nothing is lost, and the conversation opens when it is over. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { act, APP_ID as SAMPLE_ID, sampleZip } from '../workspace/test/support.js';
import { Account, AGENTS, withinMinutes } from './account.js';
import { WORLD } from './sim.js';
import { close, eventually, NETWORKS, Stack } from './stack.js';

const AWAY = 'We are away';

describe('nobody can serve', () => {
    let stack: Stack;
    let page: Account;

    before(async () => {
        // Only the minutes that a test lets pass: what happens without one has another cause.
        stack = await Stack.open({ connect: ['facebook', 'instagram'], runJobs: false });
        page = Account.ofPage(stack);
        for (const { channel, account } of NETWORKS) {
            await new Account(stack, channel, account).configure({ offline: AWAY, finished: 'Goodbye' });
        }
    });
    after(() => close(stack));

    function setAvailable(status: 'available' | 'not-available'): void {
        for (const agent of AGENTS) {
            stack.workspace.setAgentStatus(stack.user(agent)._id, status);
        }
    }

    /** What keeps everybody from serving, and how it ends. */
    const causes: Record<string, { begins: () => void | Promise<void>; ends: () => void | Promise<void> }> = {
        'nobody is online': { begins: () => { stack.presence(AGENTS, false); }, ends: () => { stack.presence(AGENTS, true); } },
        // The server closes the shop by making agents unavailable, whether they are there or not; apps are not told.
        'outside business hours': {
            begins: () => { setAvailable('not-available'); },
            ends: () => { setAvailable('available'); },
        },
        'nobody is online in the department': {
            begins: async () => {
                stack.presence(['agent2'], false);
                assert.deepEqual(await page.configure({ department: stack.workspace.department('Sales')?._id ?? '' }), {});
            },
            ends: () => {
                const sales = stack.workspace.department('Sales')?._id ?? '';
                stack.workspace.updateDepartment(sales, { agents: ['agent1', 'agent2'] });
            },
        },
        'Omnichannel is off': {
            begins: async () => {
                stack.presence(['agent2'], true);
                await page.configure({ department: '-' });
                stack.workspace.setServerSetting('Livechat_enabled', false);
            },
            ends: () => { stack.workspace.setServerSetting('Livechat_enabled', true); },
        },
        'another app objects to every room': {
            begins: async () => {
                const { errors } = await stack.workspace.installApp(sampleZip());
                assert.deepEqual(errors, []);
                await act(stack.workspace, 'persist', { call: 'create', keys: ['objection'], data: { text: 'Not now' } });
            },
            ends: async () => { await stack.workspace.uninstallApp(SAMPLE_ID); },
        },
    };

    for (const [at, [cause, { begins, ends }]] of Object.entries(causes).entries()) {
        test(`${cause}: told once, kept, and opened within a minute after it is over`, async () => {
            const person = await page.customer(`offline${String(at)}`);
            await begins();
            for (const text of ['Hello?', 'Anybody?', 'I wait']) {
                await page.writes(person, text);
            }
            await page.tells(person, [AWAY]);
            await eventually(() => page.stored('waiting') === 1, 'it is on the ledger');
            assert.deepEqual(await page.rooms(person), []);
            await ends();
            await withinMinutes(stack, async () => (await page.rooms(person)).length > 0, 'the conversation opens');
            await page.holds(person, ['Hello?', 'Anybody?', 'I wait']);
            await eventually(() => page.stored('waiting') === 0, 'nobody waits any more');
            await page.passes();
            assert.equal((await page.rooms(person)).length, 1);
            assert.deepEqual(await page.told(person), [AWAY]);
        });
    }

    for (const { channel, account: id } of NETWORKS) {
        test(`${channel}: the next absence is told again`, async () => {
            const account = new Account(stack, channel, id);
            const person = await account.customer(`twice-${channel}`);
            stack.presence(AGENTS, false);
            await account.writes(person, 'One');
            await account.tells(person, [AWAY]);
            stack.presence(AGENTS, true);
            await account.holds(person, ['One']);
            await stack.closeRoom(await account.room(person));
            await account.tells(person, [AWAY, 'Goodbye']);
            stack.presence(AGENTS, false);
            await account.writes(person, 'Two');
            await account.tells(person, [AWAY, 'Goodbye', AWAY]);
            stack.presence(AGENTS, true);
            await account.holds(person, ['One', 'Two']);
        });
    }

    test('whoever is in a conversation is not told: it goes on while everybody is away', async () => {
        const room = await page.begins('goes-on');
        stack.presence(AGENTS, false);
        await page.writes('goes-on', 'Still there?');
        await page.holds('goes-on', ['Hello', 'Still there?']);
        assert.equal((await page.room('goes-on'))._id, room._id);
        // Whoever was to be told before is told before this.
        await page.writes(await page.customer('begins-now'), 'Hello?');
        await page.tells('begins-now', [AWAY]);
        assert.deepEqual(await page.told('goes-on'), []);
        stack.presence(AGENTS, true);
        await page.holds('begins-now', ['Hello?']);
    });

    test('Omnichannel switched off beneath an open conversation: told once, kept, and shown there when it is on again', async () => {
        const room = await page.begins('beneath');
        stack.workspace.setServerSetting('Livechat_enabled', false);
        await page.writes('beneath', 'Still there?');
        await page.writes('beneath', 'Nobody?');
        await page.tells('beneath', [AWAY]);
        await page.lists(/`beneath Customer` .*messages: 2/);
        stack.workspace.setServerSetting('Livechat_enabled', true);
        await withinMinutes(stack, () => page.stored('waiting') === 0, 'it is shown');
        await page.holds('beneath', ['Hello', 'Still there?', 'Nobody?']);
        assert.equal((await page.room('beneath'))._id, room._id);
        assert.deepEqual(await page.told('beneath'), [AWAY]);
    });

    test('what is taken back, edited or reacted to while it waits is shown as it is by then', async () => {
        const instagram = new Account(stack, 'instagram', WORLD.instagram);
        stack.presence(AGENTS, false);
        const person = await instagram.customer('changes');
        const mids: string[] = [];
        for (const text of ['My adress', 'My secret', 'Thanks']) {
            const { mid } = (await stack.sim.customer(person, { account: instagram.id, text })) as { mid: string };
            mids.push(mid);
        }
        const [misspelt, secret, thanks] = mids;
        await instagram.writes(person, { edit: { mid: misspelt, text: 'My address' } });
        await instagram.writes(person, { unsend: secret });
        await instagram.writes(person, { reaction: { mid: thanks, reaction: 'love', emoji: '❤️' } });
        await instagram.lists(/`changes Customer` .*messages: 2/);
        stack.presence(AGENTS, true);
        await instagram.holds(person, ['My address', 'Thanks']);
        const room = await instagram.room(person);
        await eventually(() => stack.messages(room._id).find(({ msg }) => msg === 'Thanks')?.reactions?.[':heart:'] !== undefined, 'the reaction is on it');
        await eventually(() => page.stored('waiting') === 0, 'nobody waits any more');
    });

    test("the originals' behaviour, where the setting says so: the message only", async () => {
        await stack.set('offline_action', 'message');
        const person = await page.customer('message-only');
        stack.presence(AGENTS, false);
        await page.writes(person, 'Hello?');
        await page.writes(person, 'Nobody?');
        await page.tells(person, [AWAY]);
        assert.equal(page.board().includes('message-only'), false, 'nobody is asked to look after them');
        stack.presence(AGENTS, true);
        await withinMinutes(stack, () => page.stored('waiting') === 0, 'the absence is over');
        assert.deepEqual(await page.rooms(person), []);
        await page.writes(person, 'Now?');
        await page.holds(person, ['Now?']);
        await page.passes();
        assert.deepEqual(await page.told(person), [AWAY]);
        await stack.set('offline_action', 'keep');
    });
});
