/** One text message each way on both networks, and what a stranger at the door is told. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WORLD } from './sim.js';
import { APP_ID, type Channel, close, eventually, Stack } from './stack.js';

const networks: { channel: Channel; account: string; label: string }[] = [
    { channel: 'facebook', account: WORLD.page, label: 'Facebook' },
    { channel: 'instagram', account: WORLD.instagram, label: 'Instagram' },
];

describe('text through the installed package', () => {
    let stack: Stack;

    before(async () => {
        stack = await Stack.open({ connect: ['facebook', 'instagram'] });
    });
    after(() => close(stack));

    for (const { channel, account, label } of networks) {
        test(`${label}: a customer's message opens a room, the agent's answer arrives`, async () => {
            const words = `50% off? <b>a/b</b> x@y.z é👍 ${label}`;
            await stack.sim.customer('anna', { account, text: words });
            const room = await stack.openRoom(channel, account, 'anna');
            assert.equal(room.source?.label, label);
            const shown = (): number => stack.messages(room._id).filter(({ msg }) => msg === words).length;
            await eventually(() => shown() > 0, 'the message is shown');

            await stack.agentSays(room.servedBy?.username ?? 'agent1', room._id, `Hello from ${label}`);
            const sent = await eventually(async () => (await stack.sim.sent({ account, kind: 'message' })).at(-1), 'the answer arrives');
            assert.equal(sent.ok, true);
            assert.match(JSON.stringify(sent.body), new RegExp(`Hello from ${label}`));
            assert.equal(shown(), 1);
        });

        test(`${label}: the same delivery twice is one message`, async () => {
            const { mid } = (await stack.sim.customer('bruno', { account, text: 'Just once' })) as { mid: string };
            const [delivery] = ((await stack.sim.get('/deliveries')) as { data: { body: string }[] }).data.filter(({ body }) => JSON.stringify(body).includes(mid));
            assert.ok(delivery);
            const raw = typeof delivery.body === 'string' ? delivery.body : JSON.stringify(delivery.body);
            const { status } = (await stack.sim.post('/deliver', { body: JSON.parse(raw) as unknown, object: channel === 'facebook' ? 'page' : 'instagram' })) as { status: number };
            assert.equal(status, 200);
            const room = await stack.openRoom(channel, account, 'bruno');
            // Told after it and shown after it, so that nothing of it is still on its way.
            await stack.sim.customer('bruno', { account, text: 'And this' });
            const shown = (): string[] => stack.messages(room._id).filter(({ token }) => token !== undefined).map(({ msg }) => msg);
            await eventually(() => shown().includes('And this'), 'the next message is shown');
            assert.deepEqual(shown(), ['Just once', 'And this']);
        });
    }

    const event = (account: string) => ({
        object: 'page',
        entry: [{ id: account, time: 1_700_000_000_123, messaging: [{ sender: { id: '77' }, recipient: { id: account }, timestamp: Date.now(), message: { mid: 'm_stranger', text: 'hi' } }] }],
    });

    test('an unsigned webhook is refused and leaves nothing, a badly signed one shows nothing', async () => {
        const before = JSON.stringify(stack.workspace.rooms({ t: 'l' }));
        for (const signature of ['malformed', 'unsigned', 'sha1_only', 'bad']) {
            const { status } = (await stack.sim.post('/deliver', { body: event(WORLD.page), signature, object: 'page' })) as { status: number };
            // The host may have changed what is badly signed: Meta is asked for the message, and has none.
            assert.equal(status, signature === 'bad' ? 200 : 401, signature);
        }
        await eventually(() => !JSON.stringify(stack.workspace.persistence(APP_ID)).includes('m_stranger') || undefined, 'Meta has said so');
        assert.equal(JSON.stringify(stack.workspace.rooms({ t: 'l' })), before);
        assert.equal(JSON.stringify(stack.workspace.persistence(APP_ID)).includes('m_stranger'), false);
    });

    test('bodies that are no events are answered, and the next message still arrives', async () => {
        const deliver = async (raw: string, signature = 'signed'): Promise<number> =>
            ((await stack.sim.post('/deliver', { raw, signature, object: 'page' })) as { status: number }).status;
        assert.equal(await deliver('{"object":"page","entry":['), 400, 'cut off: the server itself refuses it');
        assert.equal(await deliver('{}'), 200, 'signed, and not an envelope');
        assert.equal(await deliver('{}', 'bad'), 401);
        assert.equal(await deliver(JSON.stringify(event('99999'))), 200, 'a Page that is not connected');
        assert.equal(await deliver('{"object":"page","entry":[{"id":1,"messaging":[null,7,"x",{"message":[]}]}]}'), 200);
        await stack.sim.customer('chidi', { account: WORLD.page, text: 'Still there?' });
        await stack.openRoom('facebook', WORLD.page, 'chidi');
    });

    test('the verification question is answered with the bare challenge only for the right token', async () => {
        const endpoint = stack.workspace.endpoints(APP_ID).find(({ path }) => path === 'webhook');
        assert.ok(endpoint);
        const ask = (query: string) => fetch(`${stack.face.url}${endpoint.computedPath}?${query}`);
        const wrong = await ask('hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=42');
        assert.equal(wrong.status, 403);
        assert.equal((await wrong.text()).includes('42'), false);
    });
});
