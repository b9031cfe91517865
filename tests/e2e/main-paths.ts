/** The main paths through the installed package, for one version of the engine in one of its runtimes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RoomDoc } from '../workspace/src/model.js';
import { Account, AGENTS, minute, withinMinutes } from './account.js';
import { messageOf, WORLD } from './sim.js';
import { APP_ID, type Channel, close, eventually, NETWORKS, Stack, type StackOptions } from './stack.js';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

export function mainPaths(where: Pick<StackOptions, 'engine' | 'runtime'>): void {
    describe(`the main paths, engine ${where.engine ?? 'newest'}, ${where.runtime ?? 'deno'}`, () => {
        let stack: Stack;
        let page: Account;

        before(async () => {
            stack = await Stack.open(where);
            page = Account.ofPage(stack);
        });
        after(() => close(stack));

        /** A customer writes and reads the agent's answer. */
        async function talk(account: Account, person: string): Promise<RoomDoc> {
            await account.writes(await account.customer(person), `From ${person}`);
            const room = await account.room(person);
            await account.holds(person, [`From ${person}`]);
            await stack.agentSays(room.servedBy?.username ?? '', room._id, `To ${person}`);
            await eventually(async () => (await account.told(person)).some((text) => text.endsWith(`To ${person}`)), 'the answer arrives');
            return room;
        }

        const lastRun = (): number => stack.workspace.jobs(APP_ID).find(({ processorId }) => processorId === 'tick')?.lastRunAt?.getTime() ?? 0;
        const configurations = (): string[] =>
            stack.workspace.roundTrips(APP_ID).map(({ method }) => method).filter((method) => method.startsWith('accessor:getConfigurationExtend:'));

        /** Whatever the app has registered with the server works. */
        async function works(person: string): Promise<void> {
            await talk(page, person);
            for (const channel of ['facebook', 'instagram'] satisfies Channel[]) {
                assert.match(await stack.command(channel, 'list'), /contoso/i);
            }
            const before = lastRun();
            await minute(stack);
            assert.ok(lastRun() > before, 'the minute has run');
            const status = (await fetch(webhook())).status;
            assert.equal(status, 403, 'the webhook asks for its token');
        }

        const webhook = (): string =>
            stack.face.url + (stack.workspace.endpoints(APP_ID).find(({ path }) => path === 'webhook')?.computedPath ?? '/no-such-endpoint');

        test('settings are checked and heard of when they are saved', async () => {
            await stack.set('meta_app_id', ` ${WORLD.appId} `);
            assert.equal(stack.workspace.appSetting(APP_ID, 'meta_app_id')?.value, WORLD.appId);
        });

        test('accounts are connected, and texts go each way', async () => {
            for (const { channel, account } of NETWORKS) {
                await stack.connect(channel);
                await talk(new Account(stack, channel, account), `first on ${channel}`);
            }
        });

        test('files go each way', async () => {
            const room = await page.begins('filer');
            await page.writes('filer', { attachments: [{ type: 'image' }] });
            await eventually(async () => (await page.written('filer')).some((line) => line.startsWith('<image/')), 'the picture is shown');
            await stack.workspace.uploadFile(stack.user(room.servedBy?.username ?? '')._id, { rid: room._id, name: 'cat.png', content: PNG });
            const sent = async (): Promise<{ attachment?: { type: string } }[]> => (await stack.sim.sent({ account: page.id, kind: 'message', ok: 'true' })).map((call) => messageOf(call) as object);
            await eventually(async () => (await sent()).some(({ attachment }) => attachment?.type === 'image'), 'the file arrives');
        });

        test('reactions and marks are set and taken back', async () => {
            await page.customer('reacting');
            const { mid } = (await stack.sim.customer('reacting', { account: page.id, text: 'Hello' })) as { mid: string };
            const room = await page.room('reacting');
            const agent = room.servedBy?.username ?? '';
            await page.holds('reacting', ['Hello']);
            const shown = (id: string, emoji: string): boolean => stack.workspace.message(id)?.reactions?.[emoji] !== undefined;
            const first = stack.messages(room._id).find(({ msg }) => msg === 'Hello')?._id ?? '';
            await page.writes('reacting', { reaction: { mid, reaction: 'love', emoji: '❤️' } });
            await eventually(() => shown(first, ':heart:'), 'the customer\'s heart is shown');
            await page.writes('reacting', { unreact: mid });
            await eventually(() => !shown(first, ':heart:'), 'the customer\'s heart is gone');

            await stack.sim.post('/faults', { path: '/messages', method: 'POST', times: 1, error: { code: 200 }, body_contains: 'refused words' });
            const { _id } = await stack.agentSays(agent, room._id, 'refused words');
            await eventually(() => shown(_id, ':warning:'), 'the refused message is marked');
        });

        test('what is written while nobody is there is kept, with the server\'s own reason', async () => {
            assert.deepEqual(await page.configure({ offline: 'We are away' }), {});
            stack.presence(AGENTS, false);
            await page.writes(await page.customer('patient'), 'Anybody?');
            await page.tells('patient', ['We are away']);
            assert.deepEqual(await page.rooms('patient'), []);
            stack.presence(AGENTS, true);
            await withinMinutes(stack, async () => (await page.rooms('patient')).length > 0, 'the conversation opens');
            await page.holds('patient', ['Anybody?']);
        });

        const restarts: Record<string, () => Promise<unknown>> = {
            killed: async () => stack.workspace.waitForAppRestart(APP_ID, stack.workspace.killAppProcess(APP_ID)),
            updated: () => stack.updateApp(),
            'with its server restarted': () => stack.restartServer(),
            'switched off and on': async () => {
                await stack.workspace.disableApp(APP_ID);
                assert.equal((await fetch(webhook())).status, 404);
                stack.workspace.clearRoundTrips();
                await stack.workspace.enableApp(APP_ID);
                const asked = configurations();
                for (const registered of ['api:provideApi', 'scheduler:registerProcessors']) {
                    assert.ok(asked.includes(`accessor:getConfigurationExtend:${registered}`), `${registered} in ${asked.join()}`);
                }
                assert.equal(asked.filter((method) => method.endsWith('provideSlashCommand')).length, 2);
            },
        };
        for (const [how, restart] of Object.entries(restarts)) {
            test(`the app goes on ${how}`, async () => {
                await restart();
                await works(how);
            });
        }
    });
}
