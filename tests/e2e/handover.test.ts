/**
 * Threads that several apps share: a bot and people hand a customer to each other, through the installed package, on both
 * networks, with a default app (Conversation Routing) and without one.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { MessageDoc, RoomDoc } from '../workspace/src/model.js';
import { minute } from './account.js';
import { messageOf, type SentCall, WORLD } from './sim.js';
import { APP_ID, close, eventually, leaveOut, type Network, NETWORKS, Stack } from './stack.js';

/** Where the stand-in keeps an account. */
const node = ({ channel, account }: Network): string => `/${channel === 'facebook' ? 'pages' : 'instagram-accounts'}/${account}`;
const US = WORLD.appId;
/** The second app of the stand-in's world. */
const BOT = '1000000000000002';

describe('a bot, people and the inbox share a thread', () => {
    let stack: Stack;
    /** Each a customer of their own. */
    let passersBy = 0;

    before(async () => {
        stack = await Stack.open({ connect: ['facebook', 'instagram'], prepare: leaveOut });
        await stack.set('agent_display_name', 'none');
        await stack.set('handover_metadata', 'room {room_id}, {agent}');
        await stack.set('human_request_payloads', 'HUMAN, Talk to a person');
    });
    beforeEach(() => stack.sim.request('DELETE', '/sent'));
    after(() => close(stack));

    /** Which app Meta takes for the thread's owner. */
    async function owner({ account }: Network, person: string): Promise<string | null> {
        const thread = (await stack.sim.get(`/threads/${account}/${person}`)) as { owner_now: string | null };
        return thread.owner_now;
    }

    /** What another app does, or Meta's inbox when none is named. */
    async function control({ account }: Network, person: string, act: Record<string, string>): Promise<void> {
        await stack.sim.post(`/threads/${account}/${person}/control`, act);
        await stack.sim.idle();
        await stack.workspace.settled();
    }

    /** Somebody whom no bot serves has come to a room: what Meta told the app before has been dealt with, and its minute too. */
    async function passes(network: Network): Promise<void> {
        const { routing } = (await stack.sim.get(node(network))) as { routing: unknown };
        passersBy += 1;
        const person = `passer-by${String(passersBy)}`;
        await stack.sim.post(`/customers/${person}`, { first_name: person });
        await minute(stack);
        await route(network, null);
        await stack.sim.customer(person, { account: network.account, text: 'Hello' });
        await opened(network, person);
        await stack.sim.post(node(network), { routing });
    }

    async function route(network: Network, defaultApp: string | null): Promise<void> {
        await stack.sim.post(node(network), { routing: { default_app: defaultApp, take_allowed: defaultApp === null ? [] : [US] } });
    }

    async function opened({ channel, account }: Network, person: string): Promise<RoomDoc> {
        return eventually(async () => (await stack.rooms(channel, account, person)).find(({ open }) => open), 'the conversation opens');
    }

    /** Lines of the app or its bots in the room, newest last. */
    const lines = (room: RoomDoc): MessageDoc[] => stack.messages(room._id).filter(({ u, msg }) => u.username.endsWith('.bot') && msg !== '');
    const line = (room: RoomDoc, wanted: RegExp): Promise<MessageDoc> =>
        eventually(() => lines(room).find(({ msg }) => wanted.test(msg)), `a line like ${String(wanted)}`);

    const arrived = async ({ account }: Network): Promise<string[]> =>
        (await stack.sim.sent({ account, kind: 'message', ok: 'true' })).map((call) => (messageOf(call) as { text?: string }).text ?? '');
    const arrives = (network: Network, words: string[]): Promise<boolean> =>
        eventually(async () => JSON.stringify(await arrived(network)) === JSON.stringify(words) || undefined, `exactly ${words.join(', ')} arrives`);

    async function press(room: RoomDoc, { _id, blocks }: MessageDoc, action: string): Promise<void> {
        const agent = room.servedBy?._id ?? stack.user('agent1')._id;
        const value = new RegExp(`"actionId":"${action}"[^}]*?"value":"([^"]*)"|"value":"([^"]*)"[^}]*?"actionId":"${action}"`).exec(JSON.stringify(blocks));
        assert.ok(JSON.stringify(blocks).includes(action), `${action} is offered: ${JSON.stringify(blocks)}`);
        await stack.workspace.interact(agent, APP_ID, {
            type: 'blockAction',
            actionId: action,
            payload: { blockId: 'handover:choices', value: value?.[1] ?? value?.[2] ?? '' },
            rid: room._id,
            container: { type: 'message', id: _id },
            triggerId: action,
        });
        await stack.workspace.settled();
    }

    for (const network of NETWORKS) {
        const { channel, account } = network;
        const agentOf = (room: RoomDoc): string => room.servedBy?.username ?? 'agent1';

        test(`${channel}, with a default app: bot, people, the inbox, people, bot`, async () => {
            await route(network, BOT);
            await stack.set('handover_on_close', 'release');
            await stack.sim.customer('dalia', { account, text: 'Where is my parcel?' });
            await stack.sim.idle();
            assert.equal(await owner(network, 'dalia'), BOT);
            await passes(network);
            assert.deepEqual(await stack.rooms(channel, account, 'dalia'), [], 'no agent is called for what the bot answers');

            await control(network, 'dalia', { action: 'pass', app: BOT, target: US, metadata: 'parcel 17' });
            const room = await opened(network, 'dalia');
            await line(room, /handed over[^]*parcel 17/);
            assert.match(JSON.stringify(stack.messages(room._id)), /Where is my parcel\?/);
            await stack.agentSays(agentOf(room), room._id, 'It is on its way');
            await arrives(network, ['It is on its way']);

            await stack.sim.post('/staff/send', { account, person: 'dalia', text: 'I am the boss' });
            await stack.sim.idle();
            await line(room, channel === 'facebook' ? /the Page inbox/ : /the Instagram inbox/);
            const said = await stack.agentSays(agentOf(room), room._id, 'Shall I go on?');
            const choice = await line(room, /waits here until you decide/);
            await eventually(() => stack.workspace.message(said._id)?.reactions?.[':hourglass_flowing_sand:'] !== undefined, 'what was written is marked as waiting');
            await press(room, choice, 'handover:take');
            await arrives(network, ['It is on its way', 'Shall I go on?']);
            assert.equal(await owner(network, 'dalia'), US);
            const taken = (await stack.sim.sent({ account, kind: 'take_thread_control' })).at(-1);
            assert.match(JSON.stringify(taken?.body), new RegExp(`room ${room._id}, `));

            await stack.closeRoom(room);
            await eventually(async () => (await owner(network, 'dalia')) === null || undefined, 'the thread is released');
            await stack.sim.customer('dalia', { account, text: 'Thanks' });
            await stack.sim.idle();
            assert.equal(await owner(network, 'dalia'), BOT);
            await passes(network);
            assert.equal((await stack.rooms(channel, account, 'dalia')).filter(({ open }) => open).length, 0);
            assert.equal((await arrived(network)).length, 2, 'nothing was said by itself');
        });

        test(`${channel}, with a default app: control is taken before the answer`, async () => {
            await route(network, BOT);
            await stack.set(`${channel}_handover_action`, 'take');
            await stack.sim.customer('emi', { account, text: 'Hello' });
            await control(network, 'emi', { action: 'pass', app: BOT, target: US });
            const room = await opened(network, 'emi');
            await control(network, 'emi', { action: 'take', app: BOT });
            await line(room, /Who has it/);
            await stack.agentSays(agentOf(room), room._id, 'Let me help');
            await arrives(network, ['Let me help']);
            assert.equal(await owner(network, 'emi'), US);

            await stack.sim.post(node(network), { routing: { default_app: BOT, take_allowed: [] } });
            await control(network, 'emi', { action: 'take', app: BOT });
            await stack.agentSays(agentOf(room), room._id, 'May I?');
            await line(room, /code 10\/2018171[^]*Conversation Routing/);
            await control(network, 'emi', { action: 'pass', app: BOT, target: US });
            await arrives(network, ['Let me help', 'May I?']);
            await stack.set(`${channel}_handover_action`, 'none');
            await stack.closeRoom(room);
        });

        test(`${channel}, without a default app: what is written waits for control that was asked for`, async () => {
            await route(network, null);
            await stack.set(`${channel}_handover_action`, 'request');
            await stack.sim.customer('bruno', { account, text: 'Hello' });
            const room = await opened(network, 'bruno');
            // Meta tells of a taking whoever had the thread, and nobody had it: the first refusal is how we learn of it.
            await control(network, 'bruno', { action: 'take', app: BOT });
            for (const words of ['One', 'Two', 'Three']) {
                await stack.agentSays(agentOf(room), room._id, words);
            }
            await line(room, /was asked for/);
            const asked = (): Promise<SentCall[]> => stack.sim.sent({ account, kind: 'request_thread_control' });
            await eventually(async () => (await asked()).length > 0, 'control is asked for');
            await passes(network);
            assert.equal((await asked()).length, 1);
            assert.deepEqual(await arrived(network), []);
            await control(network, 'bruno', { action: 'pass', app: BOT, target: US });
            await arrives(network, ['One', 'Two', 'Three']);
            await stack.set(`${channel}_handover_action`, 'none');
            const waiting = (): MessageDoc[] => stack.messages(room._id).filter(({ reactions }) => reactions?.[':hourglass_flowing_sand:'] !== undefined);
            await eventually(() => waiting().length === 0, 'nothing is marked as waiting');
            await stack.closeRoom(room);
        });

        test(`${channel}: a customer asks the bot for a person`, async () => {
            await route(network, BOT);
            await stack.sim.customer('chidi', { account, text: 'Hi bot' });
            await stack.sim.idle();
            await stack.sim.customer('chidi', { account, postback: { title: 'Talk to a person', payload: 'HUMAN' } });
            const room = await opened(network, 'chidi');
            await line(room, /asks for a person/);
            // Instagram lets nobody ask where a default app is chosen: there control is taken.
            const expected = channel === 'facebook' ? ['request_thread_control true'] : ['request_thread_control false', 'take_thread_control true'];
            const asked = async (): Promise<string[]> => (await stack.sim.sent()).filter(({ kind }) => kind.endsWith('_thread_control')).map(({ kind, ok }) => `${kind} ${String(ok)}`);
            await eventually(async () => (await asked()).length >= expected.length, 'control is asked for');
            assert.deepEqual(await asked(), expected);
            await stack.agentSays(agentOf(room), room._id, 'I am a person');
            if (channel === 'facebook') {
                assert.deepEqual(await arrived(network), []);
                await control(network, 'chidi', { action: 'pass', app: BOT, target: US });
            }
            await arrives(network, ['I am a person']);
            await stack.closeRoom(room);
        });

        test(`${channel}: agents take, give and ask by command`, async () => {
            await route(network, BOT);
            await stack.sim.customer('anna', { account, text: 'Hello' });
            await control(network, 'anna', { action: 'pass', app: BOT, target: US });
            const room = await opened(network, 'anna');
            const type = (words: string): Promise<string> => stack.command(channel, words, agentOf(room), room._id);
            assert.match(await type('owner'), /is here, for another 23 h/);
            await type(`pass ${BOT}`);
            assert.equal(await owner(network, 'anna'), BOT);
            assert.match(await type('release'), /Only who has control/);
            await type('take');
            assert.equal(await owner(network, 'anna'), US);
            await type('pass inbox');
            assert.match((await owner(network, 'anna')) ?? '', /^(263902037430900|1217981644879628)$/);
            await type('take');
            await type('release');
            assert.equal(await owner(network, 'anna'), null);
            await stack.closeRoom(room);
        });

        test(`${channel}: doctor tells how threads are shared`, async () => {
            const doctor = (): Promise<string> => stack.command(channel, 'doctor');
            await route(network, null);
            assert.match(await doctor(), /No default app is chosen/);
            await stack.set(`${channel}_handover_action`, 'take');
            assert.match(await doctor(), /✗ The setting wants control taken, which Meta allows nobody/);
            await route(network, US);
            // Of an Instagram account Meta does not say.
            assert.match(await doctor(), channel === 'facebook' ? /✓ This app is the default app/ : /Default app: Meta does not tell/);
            await route(network, BOT);
            const shown = await doctor();
            assert.match(shown, /Conversation routing is set up/);
            assert.match(shown, /Default app: Meta does not tell/);
            assert.match(shown, /✓ Taking control is allowed/, 'it was, by command');
            await stack.set(`${channel}_handover_action`, 'request');
            const asks = /✗ The setting wants control asked for, which Instagram does not allow/;
            assert.equal(asks.test(await doctor()), channel === 'instagram');
            await stack.set(`${channel}_handover_action`, 'none');
        });
    }
});
