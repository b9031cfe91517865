/** An input that makes the core fail costs the call at hand, never the next one. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WORLD } from './sim.js';
import { APP_ID, close, eventually, Stack } from './stack.js';

let stack: Stack;
before(async () => {
    stack = await Stack.open();
    await stack.connect('facebook');
});
after(() => close(stack));

test('a core that runs out of memory is started anew, in the same process', async () => {
    await stack.sim.customer('anna', { account: WORLD.page, text: 'Hello' });
    const room = await stack.openRoom('facebook', WORLD.page, 'anna');
    const process = stack.workspace.appProcessId(APP_ID);

    // No text of this size fits into the core's memory.
    const id = ((await stack.sim.post('/faults', { path: '/messages', method: 'POST', status: 200, body: 'é'.repeat(12_000_000), times: 1 })) as { id?: unknown }).id;
    assert.notEqual(id, undefined);
    await stack.agentSays(room.servedBy?.username ?? 'agent1', room._id, 'This one breaks it');
    const log = (): string => JSON.stringify(stack.workspace.appLogs(APP_ID, { limit: 50 }));
    await eventually(() => log().includes('core-failed'), 'the core fails, or this test proves nothing');

    await stack.sim.customer('anna', { account: WORLD.page, text: 'Are you there?' });
    await eventually(() => stack.messages(room._id).some(({ msg }) => msg === 'Are you there?'), 'the next message is shown');
    // What broke it may have reached Meta, so this conversation waits until that is settled; others do not.
    await stack.sim.customer('bruno', { account: WORLD.page, text: 'Me too' });
    const other = await stack.openRoom('facebook', WORLD.page, 'bruno');
    await stack.agentSays(other.servedBy?.username ?? 'agent1', other._id, 'Yes, again');
    await eventually(async () => (await stack.sim.sent({ account: WORLD.page })).find(({ body }) => JSON.stringify(body).includes('Yes, again')), 'the next answer arrives');
    assert.equal(stack.workspace.appProcessId(APP_ID), process);
});
