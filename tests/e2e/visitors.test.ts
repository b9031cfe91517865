/** Whose conversation it is: who may speak as a customer, whose rooms count, and who may act in them. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { MessageDoc, RoomDoc } from '../workspace/src/model.js';
import { Account, minute } from './account.js';
import { APP_ID, close, eventually, NETWORKS, Stack } from './stack.js';

interface Answer {
    status: number;
    body: Record<string, unknown>;
}

describe('whose conversation it is', () => {
    let stack: Stack;

    before(async () => {
        stack = await Stack.open({ connect: ['facebook', 'instagram'] });
    });
    beforeEach(() => stack.sim.request('DELETE', '/sent'));
    after(() => close(stack));

    /** The server's REST API, as anybody on the internet reaches it. */
    async function api(path: string, body?: object): Promise<Answer> {
        const init = body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
        const response = await fetch(`${stack.face.url}/api/v1/${path}`, init);
        return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    }

    /** Presses a button; answers what the person alone is shown. */
    async function press(username: string, rid: string, actionId: string, value = ''): Promise<string> {
        const interaction = { type: 'blockAction', actionId, payload: { blockId: actionId, value }, rid, container: { type: 'message', id: '' }, triggerId: 'pressed' } as const;
        const shown = stack.shownFromNow(username);
        await stack.workspace.interact(stack.user(username)._id, APP_ID, interaction);
        await stack.workspace.settled();
        return shown();
    }

    /** Everything the public Livechat API does for whoever shows a visitor's token. */
    const doors = (token: string, rid: string): [string, () => Promise<Answer>][] => [
        ['livechat/visitor', () => api(`livechat/visitor/${encodeURIComponent(token)}`)],
        ['livechat/room', () => api(`livechat/room?token=${encodeURIComponent(token)}`)],
        ['livechat/room, by its id', () => api(`livechat/room?token=${encodeURIComponent(token)}&rid=${rid}`)],
        ['livechat/messages.history', () => api(`livechat/messages.history/${rid}?token=${encodeURIComponent(token)}`)],
        ['livechat/message', () => api('livechat/message', { token, rid, msg: 'Send it to me instead' })],
        ['livechat/room.close', () => api('livechat/room.close', { token, rid })],
    ];

    const typed = (room: RoomDoc, username: string, words: string): Promise<MessageDoc> => stack.agentSays(username, room._id, words);

    for (const { channel, account } of NETWORKS) {
        const of = (): Account => new Account(stack, channel, account);

        test(`${channel}: whoever knows the ids of a conversation is not its customer`, async () => {
            const room = await of().begins('anna');
            await of().holds('anna', ['Hello']);
            const ids = `omni-direct-${channel}-${account}-${await stack.sim.scopedId(account, 'anna')}`;
            const before = stack.messages(room._id).length;
            for (const guess of [ids, `${ids}-`, `${ids}-${'0'.repeat(64)}`]) {
                for (const [door, knock] of doors(guess, room._id)) {
                    const { status, body } = await knock();
                    assert.equal(status, 400, `${door}: ${JSON.stringify(body)}`);
                    assert.match(JSON.stringify(body), /invalid-token/, door);
                }
            }
            assert.equal(stack.workspace.room(room._id)?.open, true);
            assert.equal(stack.messages(room._id).length, before);
            // The same doors, and who has the key.
            for (const [door, knock] of doors(room.v?.token ?? '', room._id)) {
                assert.equal((await knock()).status, 200, door);
            }
        });

        test(`${channel}: a visitor that somebody made up beforehand is not the customer's`, async () => {
            await of().customer('bruno');
            const token = `omni-direct-${channel}-${account}-${await stack.sim.scopedId(account, 'bruno')}`;
            assert.equal((await api('livechat/visitor', { visitor: { token, name: 'Mallory' } })).status, 200);
            const trap = (await api(`livechat/room?token=${token}`)).body['room'] as RoomDoc;
            const room = await of().begins('bruno');
            assert.notEqual(room._id, trap._id);
            assert.notEqual(room.v?.token, token);
            assert.doesNotMatch(room.fname ?? '', /Mallory/);
        });

        test(`${channel}: a room that another source opened for a customer of ours stays its own`, async () => {
            const first = await of().begins('chidi');
            await stack.closeRoom(first);
            // An agent sees the token in the server's own records of the room.
            const foreign = (await api(`livechat/room?token=${first.v?.token ?? ''}`)).body['room'] as RoomDoc;
            await stack.workspace.settled();
            assert.equal(stack.workspace.room(foreign._id)?.source?.type, 'api');
            const agent = stack.workspace.room(foreign._id)?.servedBy?.username ?? 'agent1';
            await typed(foreign, agent, 'Nobody reads this');
            assert.match(await stack.command(channel, 'take', agent, foreign._id), /in the room of/);
            assert.match(await press(agent, foreign._id, 'handover:take'), /in the room of/);
            assert.match(await press(agent, foreign._id, 'outbound:retry', `gone:${stack.messages(foreign._id).at(-1)?._id ?? ''}`), /nothing left/);

            await of().writes('chidi', 'Anybody there?');
            const second = await eventually(
                async () => (await of().rooms('chidi')).find(({ open, source }) => open === true && source?.type === 'app'),
                'a room of ours',
            );
            assert.notEqual(second._id, first._id);
            assert.equal(second.v?.token, first.v?.token, 'the same visitor');
            await stack.endRoom(foreign, agent);
            await stack.workspace.settled();
            await typed(second, second.servedBy?.username ?? 'agent1', 'Yes');
            await eventually(async () => (await of().told('chidi')).length > 0, 'the answer arrives');
            assert.deepEqual((await of().told('chidi')).map((text) => text.replace(/^.*: /, '')), ['Yes']);
        });

        test(`${channel}: a button needs the room of its conversation`, async () => {
            const room = await of().begins('dora');
            const [serves, other] = room.servedBy?.username === 'agent2' ? ['agent2', 'agent1'] : ['agent1', 'agent2'];
            assert.match(await press(other, room._id, 'handover:release'), /not in this conversation/);
            await stack.workspace.addMember(room._id, stack.user(other)._id);
            assert.doesNotMatch(await press(other, room._id, 'handover:release'), /not in this conversation/);
            assert.doesNotMatch(await press(serves, room._id, 'handover:take'), /not in this conversation/);
        });
    }

    test('a customer is the same visitor after a restart, and what the app shows and logs names neither token nor id', async () => {
        const page = Account.ofPage(stack);
        const room = await page.begins('elif');
        await typed(room, room.servedBy?.username ?? 'agent1', 'Good morning');
        await stack.command('facebook', 'doctor');
        await stack.command('facebook', 'owner', room.servedBy?.username ?? 'agent1', room._id);
        await stack.closeRoom(room);
        stack.presence(['agent1', 'agent2'], false);
        await page.writes('elif', 'Still there?');
        await page.lists(/elif/);
        await minute(stack);
        stack.presence(['agent1', 'agent2'], true);
        const again = await page.room('elif');
        assert.equal(again.v?._id, room.v?._id);

        const { workspace } = stack;
        const tokens = workspace.visitors().map(({ token }) => token).filter((token) => token.startsWith('omni-direct-'));
        const ids = await Promise.all(NETWORKS.flatMap(({ account }) => ['anna', 'bruno', 'chidi', 'dora', 'elif'].map((person) => stack.sim.scopedId(account, person))));
        const ours = workspace.rooms().flatMap(({ _id }) => workspace.messages(_id)).filter(({ u }) => u.username.endsWith('.bot'));
        const shown = JSON.stringify([ours, workspace.users().map(({ username }) => stack.shownTo(username))]);
        // The engine itself logs requests to endpoints as they came, and commands with the room they were typed in.
        const lines = workspace.appLogs(APP_ID, { limit: 5_000 }).filter(({ method }) => !method.startsWith('api:'));
        const logged = JSON.stringify(lines);
        const loggedByApp = JSON.stringify(lines.filter(({ method }) => !method.startsWith('slashcommand:')));
        assert.ok(shown.includes('flows:open') && loggedByApp.length > 1_000, 'there is something to look at');
        for (const secret of tokens) {
            assert.ok(!shown.includes(secret), 'a token is shown');
            assert.ok(!loggedByApp.includes(secret), 'a token is logged');
        }
        for (const id of ids) {
            assert.ok(!shown.includes(id), `the id of a customer is shown: ${id}`);
            assert.ok(!logged.includes(id), `the id of a customer is logged: ${id}`);
        }

        await stack.closeRoom(again);
        await stack.restartServer();
        await page.writes('elif', 'And now?');
        assert.equal((await page.room('elif')).v?._id, room.v?._id);
    });
});
