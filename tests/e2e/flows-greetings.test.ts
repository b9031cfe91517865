/** Welcome and farewell: when they are said, to whom, how often, and what agents read when they are not. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RoomDoc } from '../workspace/src/model.js';
import { Account, minute, withinMinutes } from './account.js';
import { WORLD } from './sim.js';
import { APP_ID, close, leaveOut, NETWORKS, Stack } from './stack.js';

const HOUR_MS = 60 * 60_000;
/** The second app of the stand-in's world. */
const BOT = '1000000000000002';

describe('conversations begin and end', () => {
    let stack: Stack;
    let page: Account;

    before(async () => {
        stack = await Stack.open({ connect: ['facebook', 'instagram'], prepare: leaveOut });
        page = Account.ofPage(stack);
        for (const { channel, account } of NETWORKS) {
            await new Account(stack, channel, account).configure({ welcome: `Welcome to ${channel}`, finished: `Goodbye from ${channel}` });
        }
    });
    after(() => close(stack));

    for (const { channel, account: id } of NETWORKS) {
        test(`${channel}: two quick messages are one welcome, behind the first of them, as the app's own`, async () => {
            const account = new Account(stack, channel, id);
            const person = await account.customer(`quick-${channel}`);
            // Meta has two deliveries under way at once; the older one leaves first.
            const now = Date.now();
            await stack.sim.post('/settings', { order: 'none' });
            await stack.sim.post(`/customers/${person}/send`, { account: id, text: 'Hello', timestamp: now - 2 });
            await account.writes(person, { text: 'Anybody?', timestamp: now - 1 });
            await stack.sim.post('/settings', { order: 'thread' });
            await account.holds(person, ['Hello', 'Anybody?']);
            await account.tells(person, [`Welcome to ${channel}`]);
            const room = await account.room(person);
            const shown = stack.messages(room._id);
            const welcome = shown.find(({ msg }) => msg === `Welcome to ${channel}`);
            assert.equal(welcome?.u.username, 'omni-direct.bot');
            assert.equal(welcome.token, undefined);
            assert.ok(shown.findIndex(({ msg }) => msg === 'Hello') < shown.indexOf(welcome));
            await stack.agentSays(room.servedBy?.username ?? '', room._id, 'How can I help?');
            await account.writes(person, 'I lost my key');
            await account.holds(person, ['Hello', 'Anybody?', 'I lost my key']);
            await account.passes();
            assert.equal((await account.told(person)).filter((text) => text.startsWith('Welcome')).length, 1);
        });

        test(`${channel}: the next conversation starts afresh`, async () => {
            const account = new Account(stack, channel, id);
            const [welcome, goodbye] = [`Welcome to ${channel}`, `Goodbye from ${channel}`];
            const first = await account.begins(`again-${channel}`, welcome);
            await stack.closeRoom(first);
            await account.tells(`again-${channel}`, [welcome, goodbye]);
            await account.writes(`again-${channel}`, 'One more thing');
            const second = await account.room(`again-${channel}`);
            assert.notEqual(second._id, first._id);
            await account.tells(`again-${channel}`, [welcome, goodbye, welcome]);
            assert.deepEqual(stack.messages(second._id).filter(({ token }) => token !== undefined).map(({ msg }) => msg), ['One more thing']);
        });
    }

    test('no welcome while another app has the thread, nor to somebody who only reacts or follows a link', async () => {
        const route = (defaultApp: string | null): Promise<unknown> =>
            stack.sim.post(`/pages/${page.id}`, { routing: { default_app: defaultApp, take_allowed: [] } });
        await route(BOT);
        await page.writes(await page.customer('talks-to-bot'), 'Hi bot');
        await route(null);
        await page.customer('reacts');
        const { mid } = (await stack.sim.post('/staff/send', { account: page.id, person: 'reacts', text: 'From the inbox' })) as { mid: string };
        await page.writes('reacts', { reaction: { mid, reaction: 'love', emoji: '❤️' } });
        await page.writes(await page.customer('follows'), { referral: { ref: 'sale', source: 'SHORTLINK', type: 'OPEN_THREAD' } });
        // Whatever was to be said to them would be said before this.
        await page.begins('comes-after', 'Welcome to facebook');
        for (const person of ['talks-to-bot', 'reacts']) {
            assert.deepEqual(await page.told(person), [], person);
            assert.deepEqual(await page.rooms(person), [], person);
        }
        assert.deepEqual(await page.told('follows'), []);
        for (const person of ['reacts', 'follows']) {
            await page.writes(person, 'And I write');
            await page.tells(person, ['Welcome to facebook']);
        }
    });

    test('whoever closes it, the customer reads the farewell and the agent sees it', async () => {
        const closings: Record<string, (room: RoomDoc) => Promise<unknown>> = {
            agent: (room) => stack.closeRoom(room),
            manager: (room) => stack.closeRoom(room, 'manager'),
            customer: (room) => stack.workspace.closeLivechatRoom(room._id, { visitorToken: room.v?.token ?? '' }),
        };
        for (const [who, ends] of Object.entries(closings)) {
            const room = await page.begins(`closed-by-${who}`, 'Welcome to facebook');
            await ends(room);
            await page.tells(`closed-by-${who}`, ['Welcome to facebook', 'Goodbye from facebook']);
            await page.says(room, /^Goodbye from facebook$/);
        }
    });

    test('no farewell to somebody who blocked the account, and the agent reads why', async () => {
        const room = await page.begins('blocks', 'Welcome to facebook');
        await stack.sim.post('/customers/blocks', { blocked: [page.id] });
        await stack.closeRoom(room);
        await page.says(room, /Conversation Finished Message was not sent.*blocked/);
        assert.deepEqual(await page.told('blocks'), ['Welcome to facebook']);
    });

    test('no farewell once the 24 hours are over, by our clock or by Meta\'s, and the agent reads why', async () => {
        const person = await page.customer('long-ago');
        await page.writes(person, { text: 'Hello', timestamp: Date.now() - 25 * HOUR_MS });
        const room = await page.room(person);
        await page.says(room, /Welcome Message was not sent.*24 hours/);
        await stack.closeRoom(room);
        await page.says(room, /Conversation Finished Message was not sent.*24 hours/);
        assert.deepEqual(await page.told(person), []);

        await page.writes(await page.customer('meta-says-over'), { text: 'Hello', keep_window_closed: true });
        const other = await page.room('meta-says-over');
        await stack.closeRoom(other);
        await page.says(other, /Conversation Finished Message was not sent.*24 hours/);
        assert.deepEqual(await page.told('meta-says-over'), []);
    });

    test('messages name customer, account, agent, department and opening hours', async () => {
        const support = stack.workspace.department('Support');
        assert.deepEqual(
            await page.configure({
                department: support?._id ?? '',
                hours: 'Mon-Fri 9-18',
                welcome: 'Hi {customer}, {agent} of {department} at {account} is there {hours}',
                finished: 'Bye {customer}, says {agent}',
            }),
            {},
        );
        const person = await page.customer('named', { first_name: 'Ines', last_name: 'Intro' });
        await page.writes(person, 'Hello');
        const room = await page.room(person);
        const agent = stack.user(room.servedBy?.username ?? '').name;
        await page.tells(person, [`Hi Ines Intro, ${agent} of Support at Contoso Shop is there Mon-Fri 9-18`]);
        await stack.closeRoom(room);
        await page.tells(person, [/^Hi/, `Bye Ines Intro, says ${agent}`]);
        await page.configure({ department: '-', welcome: 'Welcome to facebook', finished: '' });
    });

    test('nobody is welcomed again after the app, or the server, was started anew', async () => {
        const person = 'stays';
        await page.begins(person, 'Welcome to facebook');
        const restarts: Record<string, () => Promise<unknown>> = {
            'switched off and on': async () => {
                await stack.workspace.disableApp(APP_ID);
                await stack.workspace.enableApp(APP_ID);
            },
            killed: async () => stack.workspace.waitForAppRestart(APP_ID, stack.workspace.killAppProcess(APP_ID)),
            'server restarted': () => stack.restartServer(),
        };
        const written = ['Hello'];
        for (const [how, restart] of Object.entries(restarts)) {
            await restart();
            await minute(stack);
            await page.writes(person, how);
            written.push(how);
            // What a killed process had claimed is its own for a while yet.
            await page.holds(person, written, 240_000);
        }
        await withinMinutes(stack, () => page.stored('due') === 0, 'nothing is left to say', 180_000);
        await page.begins('afterwards', 'Welcome to facebook');
        assert.deepEqual(await page.told(person), ['Welcome to facebook']);
        assert.equal((await page.rooms(person)).length, 1);
    });

    test('an account without messages says nothing', async () => {
        await page.configure({ welcome: '', finished: '' });
        const room = await page.begins('unwelcomed');
        await stack.closeRoom(room);
        const instagram = new Account(stack, 'instagram', WORLD.instagram);
        await instagram.begins('comes-later', 'Welcome to instagram');
        await page.passes();
        assert.deepEqual(await page.told('unwelcomed'), []);
    });
});
