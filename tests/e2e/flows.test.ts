/** Greetings, routing at entry, those who write while nobody is there, and all of it over a process that is killed. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { WORLD } from './sim.js';
import { APP_ID, eventually, Stack } from './stack.js';

const account = WORLD.page;

/** What an administrator does in Edit Page Config: opens the window and submits these fields. Answers what was refused. */
async function configure(stack: Stack, fields: Record<string, string>): Promise<Record<string, string>> {
    const admin = stack.user('admin')._id;
    const viewId = `connect:config:facebook:${account}`;
    const values = Object.entries(fields).map(([field, value]) => [`connect:${field}`, { [`connect:${field}`]: value }]);
    const before = stack.workspace.surfaces(admin).length;
    await stack.workspace.interact(admin, APP_ID, {
        type: 'viewSubmit',
        triggerId: `trigger-${String(Date.now())}`,
        payload: { view: { id: viewId, state: Object.fromEntries(values) as Record<string, Record<string, unknown>> } },
    });
    await stack.workspace.settled();
    return stack.workspace.surfaces(admin).slice(before).find(({ errors }) => errors !== undefined)?.errors ?? {};
}

function presence(stack: Stack, online: boolean): void {
    for (const agent of ['agent1', 'agent2']) {
        const { _id } = stack.user(agent);
        stack.workspace.setAgentStatus(_id, online ? 'available' : 'not-available');
        stack.workspace.setPresence(_id, online ? 'online' : 'offline');
    }
}

interface SentMessage {
    recipient: { id: string };
    message: { text: string; quick_replies?: { payload: string }[] };
}

/** Texts that Meta took for a customer, oldest first. */
async function told(stack: Stack, person: string): Promise<string[]> {
    const { scoped_ids: ids } = (await stack.sim.get(`/customers/${person}`)) as { scoped_ids: Record<string, string> };
    const sent = await stack.sim.sent({ account, kind: 'message' });
    const taken = sent.filter(({ ok }) => ok).map(({ body }) => body as SentMessage);
    return taken.filter(({ recipient }) => recipient.id === ids[account]).map(({ message }) => message.text);
}

function customerTexts(stack: Stack, rid: string): string[] {
    return stack.messages(rid).filter(({ token }) => token !== undefined).map(({ msg }) => msg);
}

/** The app's own minute, now. */
const minute = (stack: Stack): Promise<number> => stack.workspace.advanceTime(61_000);

function setupTexts(stack: Stack): string[] {
    const room = stack.workspace.roomByName('omnichannel-facebook-setup');
    assert.ok(room);
    return stack.messages(room._id).map((message) => JSON.stringify([message.msg, message.blocks]));
}

describe('conversations from beginning to end', () => {
    let stack: Stack;

    before(async () => {
        stack = await Stack.open();
        await stack.connect('facebook');
    });
    after(() => stack.close());

    test('what cannot be sent is refused in words, and nothing of it is saved', async () => {
        const refused = await configure(stack, { welcome: 'Hi {custmer}', offline: '{agent} is away', rules: 'ref: a -> Nowhere' });
        assert.match(refused['connect:welcome'] ?? '', /custmer/);
        assert.match(refused['connect:offline'] ?? '', /\{customer\}/);
        assert.match(refused['connect:rules'] ?? '', /Line 1.*Support/s);
        const long = await configure(stack, { welcome: `{customer}${'x'.repeat(1990)}` });
        assert.match(long['connect:welcome'] ?? '', /2000/);
    });

    test('welcome once, farewell at the end, the question how it was, and the next conversation starts afresh', async () => {
        const refused = await configure(stack, {
            hours: '9-18',
            welcome: 'Welcome {customer}, we are there {hours}',
            finished: 'Goodbye {customer}',
            offline: 'We are away until {hours}',
            survey: 'How was it?',
            rules: 'ref: sales-* -> Sales | Hello {customer}, Sales here',
        });
        assert.deepEqual(refused, {});
        await stack.sim.customer('anna', { account, text: 'Hello' });
        await stack.sim.customer('anna', { account, text: 'Anybody?' });
        const room = await stack.openRoom('facebook', account, 'anna');
        await eventually(async () => (await told(stack, 'anna')).length > 0, 'a welcome');
        const welcome = (await told(stack, 'anna'))[0] ?? '';
        assert.match(welcome, /^Welcome \S.*, we are there 9-18$/);
        const shown = stack.messages(room._id).map(({ msg }) => msg);
        assert.ok(shown.indexOf('Hello') < shown.indexOf(welcome), shown.join(' | '));

        await stack.workspace.closeLivechatRoom(room._id, { userId: stack.user('agent1')._id }, { comment: 'done' });
        await stack.workspace.settled();
        await eventually(async () => (await told(stack, 'anna')).length === 3, 'a farewell and a question');
        assert.deepEqual((await told(stack, 'anna')).slice(1).map((text) => text.split(' ')[0]), ['Goodbye', 'How']);

        const question = (await stack.sim.sent({ account, kind: 'message' })).at(-1);
        const payload = (question?.body as SentMessage | undefined)?.message.quick_replies?.[4]?.payload;
        assert.ok(payload);
        await stack.sim.customer('anna', { account, text: '5', quick_reply: { payload } });
        await eventually(() => stack.messages(room._id).some(({ msg }) => msg.includes('5 of 5')), 'the answer in its room');
        assert.equal((await stack.rooms('facebook', account, 'anna')).length, 1, 'an answer opens no conversation');

        await stack.sim.customer('anna', { account, text: 'One more thing' });
        const next = await stack.openRoom('facebook', account, 'anna');
        assert.notEqual(next._id, room._id);
        await eventually(async () => (await told(stack, 'anna')).filter((text) => text.startsWith('Welcome')).length === 2, 'welcome again');
    });

    test('a rule sends a customer to its department with its own welcome', async () => {
        await stack.sim.customer('bruno', {
            account,
            postback: { title: 'Get Started', payload: 'GET_STARTED', referral: { ref: 'sales-26', source: 'SHORTLINK', type: 'OPEN_THREAD' } },
        });
        const room = await stack.openRoom('facebook', account, 'bruno');
        assert.equal(room.departmentId, stack.workspace.department('Sales')?._id);
        await eventually(async () => (await told(stack, 'bruno'))[0]?.endsWith('Sales here'), "the rule's welcome");
    });

    test('nobody who writes while nobody is there is lost', async () => {
        presence(stack, false);
        await stack.sim.customer('chidi', { account, text: 'Hello?' });
        await stack.sim.customer('chidi', { account, attachments: [{ type: 'image' }] });
        await stack.sim.customer('chidi', { account, text: 'Nobody there?' });
        await eventually(async () => (await told(stack, 'chidi')).length > 0, 'the offline message');
        await eventually(() => setupTexts(stack).some((text) => text.includes('flows:open') && /Chidi/i.test(text)), 'a list in the setup channel');
        assert.deepEqual(await stack.rooms('facebook', account, 'chidi'), []);
        assert.equal(setupTexts(stack).join().includes('Nobody there?'), false, "nobody's words in the setup channel");

        presence(stack, true);
        const room = await eventually(async () => (await stack.rooms('facebook', account, 'chidi'))[0], 'the conversation opens by itself', 30_000);
        await eventually(() => customerTexts(stack, room._id).includes('Nobody there?'), 'all of it');
        assert.deepEqual(customerTexts(stack, room._id).filter((text) => text !== ''), ['Hello?', 'Nobody there?']);
        assert.equal(stack.messages(room._id).filter(({ file }) => file !== undefined).length, 1, 'the file too');
        assert.ok(stack.messages(room._id).some(({ msg }) => /Written \d{4}-\d\d-\d\d \d\d:\d\d UTC/.test(msg)));
        assert.equal((await told(stack, 'chidi')).filter((text) => text.startsWith('We are away')).length, 1, 'once per absence');
        await eventually(() => setupTexts(stack).at(-1)?.includes('Nobody is waiting'), 'the list is empty', 30_000);
    });
});

describe('the process is killed in the middle of it', () => {
    let stack: Stack;
    const crowd = Array.from({ length: 12 }, (_, at) => `crowd${String(at)}`);

    before(async () => {
        stack = await Stack.open();
        await stack.connect('facebook');
        await configure(stack, { welcome: 'Welcome', finished: 'Goodbye', offline: 'We are away' });
        for (const person of crowd) {
            await stack.sim.post(`/customers/${person}`, { first_name: person, last_name: 'Waits' });
        }
    });
    after(() => stack.close());

    test('welcome, farewell and ledger are said once, whole, and nobody is lost', { timeout: 400_000 }, async () => {
        await stack.sim.customer('dalia', { account, text: 'I will be closed' });
        const closing = await stack.openRoom('facebook', account, 'dalia');
        await eventually(async () => (await told(stack, 'dalia')).length === 1, 'a welcome');
        presence(stack, false);
        for (const person of crowd) {
            await stack.sim.customer(person, { account, text: `one of ${person}` });
            await stack.sim.customer(person, { account, text: `two of ${person}` });
        }
        await eventually(async () => (await Promise.all(crowd.map((person) => told(stack, person)))).every((texts) => texts.length === 1), 'all told', 30_000);

        // Whatever goes out from here on is taken by Meta, and its answer comes too late.
        await stack.sim.post('/faults', { path: '/messages', method: 'POST', delay_answer_ms: 3_000, times: 4 });
        presence(stack, true);
        await eventually(async () => (await stack.rooms('facebook', account, crowd[0] ?? '')).length > 0, 'serving begins');
        void stack.workspace.closeLivechatRoom(closing._id, { userId: stack.user('agent1')._id }, { comment: 'done' });
        await eventually(async () => (await told(stack, 'dalia')).length === 2, 'the farewell is on its way');
        const pid = stack.workspace.killAppProcess(APP_ID);
        await stack.workspace.waitForAppRestart(APP_ID, pid, 60_000);

        const whole = async (): Promise<boolean> => {
            await minute(stack);
            const rooms = await Promise.all(crowd.map((person) => stack.rooms('facebook', account, person)));
            return rooms.every(([room]) => room !== undefined && customerTexts(stack, room._id).length >= 2);
        };
        await eventually(async () => (await whole()) || (await sleep(4_000), false), 'everybody is served', 200_000);
        const greeted = async (): Promise<boolean> => {
            await minute(stack);
            return (await Promise.all(crowd.map((person) => told(stack, person)))).every((texts) => texts.includes('Welcome'));
        };
        await eventually(async () => (await greeted()) || (await sleep(4_000), false), 'everybody is welcomed', 150_000);
        for (const person of crowd) {
            const rooms = await stack.rooms('facebook', account, person);
            assert.equal(rooms.length, 1, person);
            assert.deepEqual(customerTexts(stack, rooms[0]?._id ?? ''), [`one of ${person}`, `two of ${person}`]);
            assert.deepEqual(await told(stack, person), ['We are away', 'Welcome'], person);
        }
        assert.deepEqual(await told(stack, 'dalia'), ['Welcome', 'Goodbye']);
        await stack.sim.customer('dalia', { account, text: 'Again' });
        const next = await stack.openRoom('facebook', account, 'dalia');
        assert.notEqual(next._id, closing._id);
        const kinds = (): string[] => stack.workspace.persistence(APP_ID).map(({ data }) => (data as { kind: string }).kind);
        await eventually(() => !kinds().some((kind) => kind === 'waiting' || kind === 'due'), 'nothing is left to say or to serve', 30_000);
    });

    test('a conversation closed while the process is dead still gets its farewell', { timeout: 200_000 }, async () => {
        await stack.sim.customer('emi', { account, text: 'Bye then' });
        const room = await stack.openRoom('facebook', account, 'emi');
        await eventually(async () => (await told(stack, 'emi')).length === 1, 'a welcome');
        const pid = stack.workspace.killAppProcess(APP_ID);
        await stack.workspace.closeLivechatRoom(room._id, { userId: stack.user('agent1')._id }, { comment: 'done' });
        await stack.workspace.waitForAppRestart(APP_ID, pid, 60_000);
        await eventually(
            async () => {
                await minute(stack);
                return (await told(stack, 'emi')).includes('Goodbye') || (await sleep(2_000), false);
            },
            'the farewell',
            120_000,
        );
        assert.deepEqual(await told(stack, 'emi'), ['Welcome', 'Goodbye']);
    });
});
