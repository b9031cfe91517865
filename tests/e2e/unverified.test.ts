/**
 * Deliveries that the server's JSON parser and the engine's codec change on their way to the app, and messages that Instagram
 * names without telling them: through the real HTTP face and the real engine, whatever they do to a body.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WORLD } from './sim.js';
import { APP_ID, close, eventually, Stack } from './stack.js';

const ACCOUNT = WORLD.instagram;
const FORGED = 'Not to be believed';

/** What each class adds to a message, as Meta's text. */
const destroyed: { name: string; members: string }[] = [
    { name: 'many ids beyond 2^53', members: `"attachments":[${[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `{"type":"ig_post","payload":{"id":1791819522411785${String(n)}}}`).join(',')}]` },
    { name: 'a whole number with a fraction', members: '"weight":12.0' },
    { name: 'a negative zero', members: '"weight":-0' },
    { name: 'keys like integers', members: '"weights":{"10":1,"2":1}' },
    { name: 'a key twice', members: `"text":"${FORGED} at all"` },
];

let customers = 0;

describe('what the way to the app does to a delivery', () => {
    let stack: Stack;

    before(async () => {
        stack = await Stack.open({ connect: ['instagram'] });
    });
    after(() => close(stack));

    /** A customer of their own, without a profile that a card would show. */
    const somebody = async (): Promise<string> => {
        customers += 1;
        const person = `unverified${String(customers)}`;
        await stack.sim.post(`/customers/${person}`, { first_name: 'Somebody', last_name: String(customers), profile_consent: false });
        return person;
    };
    const words = async (person: string): Promise<string[]> => {
        const rooms = await stack.rooms('instagram', ACCOUNT, person);
        return rooms.flatMap(({ _id }) => stack.messages(_id)).flatMap(({ msg, token }) => (token === undefined ? [] : [msg]));
    };
    /** Fails when the words do not come, or come twice. */
    const shows = async (person: string, text: string, timeoutMs?: number): Promise<void> => {
        await eventually(async () => (await words(person)).includes(text) || undefined, `${person}'s message is shown`, timeoutMs);
        assert.deepEqual(await words(person), [text]);
    };
    const reads = async (mid: string): Promise<number> => {
        const { data } = (await stack.sim.get('/calls')) as { data: { method: string; path: string }[] };
        return data.filter(({ method, path }) => method === 'GET' && decodeURIComponent(path).endsWith(`/${mid}`)).length;
    };
    const deliver = async (raw: string, signature = 'signed'): Promise<number> =>
        ((await stack.sim.post('/deliver', { raw, signature, object: 'instagram' })) as { status: number }).status;
    const body = (sender: string, mid: string, members: string): string =>
        `{"object":"instagram","entry":[{"time":${String(Date.now())},"id":"${ACCOUNT}","messaging":[{"sender":{"id":"${sender}"},"recipient":{"id":"${ACCOUNT}"},` +
        `"timestamp":${String(Date.now())},"message":{"mid":"${mid}","text":"${FORGED}",${members}}}]}]}`;

    test('a byte order mark before a long text is put back, and the signature fits', async () => {
        const person = await somebody();
        const text = 'Long words. '.repeat(40).trim();
        const { mid, statuses } = (await stack.sim.customer(person, { account: ACCOUNT, text: `\uFEFF${text}` })) as { mid: string; statuses: number[] };
        assert.deepEqual(statuses, [200]);
        await shows(person, text);
        assert.equal(await reads(mid), 0);
    });

    for (const { name, members } of destroyed) {
        test(`${name}: Meta gets its 200, and the message is read from Meta`, async () => {
            const person = await somebody();
            const { mid, scoped_id: sender } = (await stack.sim.customer(person, { account: ACCOUNT, text: `Really ${name}`, untold: true })) as { mid: string; scoped_id: string };
            assert.equal(await deliver(body(sender, mid, members)), 200);
            await shows(person, `Really ${name}`);
            assert.ok((await reads(mid)) > 0, 'the signature does not fit what is left of it');
            assert.equal(JSON.stringify(stack.workspace.persistence(APP_ID)).includes(FORGED), false);
        });
    }

    test('a forged delivery shows nothing, and what is not ours is refused', async () => {
        const rooms = stack.workspace.rooms({ t: 'l' }).length;
        assert.equal(await deliver(body('77', 'forged-mid', '"a":1'), 'bad'), 200);
        await eventually(async () => (await reads('forged-mid')) > 0 || undefined, 'Meta is asked');
        await eventually(() => !JSON.stringify(stack.workspace.persistence(APP_ID)).includes('forged-mid') || undefined, 'it is given up');
        assert.equal(await deliver(body('77', 'forged-mid', '"a":1').replaceAll(ACCOUNT, '999'), 'bad'), 401);
        assert.equal(stack.workspace.rooms({ t: 'l' }).length, rooms);
        const setup = await stack.setupRoom('instagram');
        await eventually(() => stack.messages(setup._id).some(({ msg }) => msg.includes('could not be checked')) || undefined, 'the setup channel is told');
    });

    for (const how of ['before', 'after', 'instead', 'instead_under_page']) {
        test(`message_edit without a text, ${how.replaceAll('_', ' ')}: the message is there once`, async () => {
            const person = await somebody();
            const { mid, statuses } = (await stack.sim.customer(person, { account: ACCOUNT, text: `Named ${how}`, edit_event: how })) as { mid: string; statuses: number[] };
            assert.ok(statuses.every((status) => status === 200));
            await shows(person, `Named ${how}`);
            // Whatever was to be asked has been asked.
            await eventually(() => !JSON.stringify(stack.workspace.persistence(APP_ID).filter(({ data }) => (data as { kind?: string }).kind === 'unconfirmed')).includes(mid) || undefined, 'nothing waits');
            assert.deepEqual(await words(person), [`Named ${how}`]);
            assert.equal(await reads(mid), how.startsWith('instead') ? 1 : 0);
        });
    }

    test('a process that ends before it has asked asks when it is back', async () => {
        const person = await somebody();
        await stack.sim.customer(person, { account: ACCOUNT, text: 'Named and gone', edit_event: 'instead' });
        await stack.restartServer();
        // The minute's job finds it, once its process counts as gone.
        await shows(person, 'Named and gone', 300_000);
    });
});
