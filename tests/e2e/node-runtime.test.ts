/** The same package in the newest servers' shape: Node with `--permission`, `globalThis` hidden from the app. */
import { after, before, test } from 'node:test';
import { WORLD } from './sim.js';
import { close, eventually, Stack } from './stack.js';

let stack: Stack;
before(async () => {
    stack = await Stack.open({ runtime: 'node' });
});
after(() => close(stack));

test('loads, connects, and carries a text each way', async () => {
    await stack.connect('instagram');
    await stack.sim.customer('emi', { account: WORLD.instagram, text: 'Olá! 👋' });
    const room = await stack.openRoom('instagram', WORLD.instagram, 'emi');
    await eventually(() => stack.messages(room._id).some(({ msg }) => msg === 'Olá! 👋'), 'the message is shown');
    await stack.agentSays(room.servedBy?.username ?? 'agent1', room._id, 'Olá, Emi!');
    await eventually(async () => (await stack.sim.sent({ account: WORLD.instagram })).find(({ body }) => JSON.stringify(body).includes('Olá, Emi!')), 'the answer arrives');
});
