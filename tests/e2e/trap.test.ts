/** An input that makes the core fail costs the call at hand, never the next one. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { RoomDoc } from '../workspace/src/model.js';
import { WORLD } from './sim.js';
import { APP_ID, close, eventually, Stack } from './stack.js';

let stack: Stack;
before(async () => {
    stack = await Stack.open();
    await stack.connect('facebook');
});
after(() => close(stack));

test('a core that runs out of memory is started anew, in the same process', async () => {
    const process = stack.workspace.appProcessId(APP_ID);
    const failed = (): boolean => JSON.stringify(stack.workspace.appLogs(APP_ID, { limit: 5_000 })).includes('core-failed');

    /** Breaks the core in the middle of a conversation. */
    async function breaks(person: string): Promise<RoomDoc> {
        const words = `This one breaks it, ${person}`;
        await stack.sim.customer(person, { account: WORLD.page, text: 'Hello' });
        const room = await stack.openRoom('facebook', WORLD.page, person);
        // What the shim takes for a text of some megabytes is more than the core's memory once it is read.
        const body = `[${'{},'.repeat(1_390_000)}{}]`;
        await stack.sim.post('/faults', { path: '/messages', method: 'POST', body_contains: words, status: 200, body, times: 1 });
        await stack.agentSays(room.servedBy?.username ?? 'agent1', room._id, words);
        return room;
    }

    // A busy machine may need longer for the text than the app waits for an answer: then it never gets to the core.
    const persons = ['anna', 'chidi', 'dalia', 'emi'];
    let person = persons.shift() ?? '';
    let room = await breaks(person);
    while (!failed()) {
        person = persons.shift() ?? assert.fail('the core did not fail: this test proves nothing');
        room = await breaks(person);
    }

    await stack.sim.customer(person, { account: WORLD.page, text: 'Are you there?' });
    await eventually(() => stack.messages(room._id).some(({ msg }) => msg === 'Are you there?'), 'the next message is shown');
    // What broke it may have reached Meta, so this conversation waits until that is settled; others do not.
    await stack.sim.customer('bruno', { account: WORLD.page, text: 'Me too' });
    const other = await stack.openRoom('facebook', WORLD.page, 'bruno');
    await stack.agentSays(other.servedBy?.username ?? 'agent1', other._id, 'Yes, again');
    await eventually(async () => (await stack.sim.sent({ account: WORLD.page })).find(({ body }) => JSON.stringify(body).includes('Yes, again')), 'the next answer arrives');
    assert.equal(stack.workspace.appProcessId(APP_ID), process);
});
