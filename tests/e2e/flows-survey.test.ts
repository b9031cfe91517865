/** The question how it was: asked after a conversation if that is wanted, and answered without beginning another one. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account, AGENTS } from './account.js';
import { messageOf } from './sim.js';
import { close, leaveOut, NETWORKS, Stack } from './stack.js';

const HOUR_MS = 60 * 60_000;
const QUESTION = 'How was it, {customer}?';

describe('the question how it was', () => {
    let stack: Stack;
    let page: Account;

    before(async () => {
        stack = await Stack.open({ connect: ['facebook', 'instagram'], prepare: leaveOut });
        page = Account.ofPage(stack);
    });
    after(() => close(stack));

    /** The answers offered with the last question to the customer. */
    async function answers(account: Account, person: string): Promise<{ title: string; payload: string }[]> {
        const id = await stack.sim.scopedId(account.id, person);
        const sent = await stack.sim.sent({ account: account.id, kind: 'message', ok: 'true' });
        const asked = sent.filter(({ body }) => (body as { recipient: { id: string } }).recipient.id === id).map(messageOf).at(-1) as { quick_replies: { title: string; payload: string }[] };
        return asked.quick_replies;
    }

    async function taps(account: Account, person: string, mark: number): Promise<void> {
        const answer = (await answers(account, person)).find(({ title }) => title === String(mark));
        assert.ok(answer);
        await account.writes(person, { text: answer.title, quick_reply: { payload: answer.payload } });
    }

    test('nobody is asked unless an administrator wants it', async () => {
        await page.configure({ finished: 'Goodbye' });
        const room = await page.begins('unasked');
        await stack.closeRoom(room);
        await page.tells('unasked', ['Goodbye']);
        for (const { channel, account } of NETWORKS) {
            assert.deepEqual(await new Account(stack, channel, account).configure({ finished: 'Goodbye', survey: QUESTION }), {});
        }
        const other = await page.begins('asked');
        await stack.closeRoom(other);
        await page.tells('asked', ['Goodbye', 'How was it, asked Customer?']);
        assert.deepEqual(await page.told('unasked'), ['Goodbye']);
    });

    for (const { channel, account: id } of NETWORKS) {
        test(`${channel}: 1 to 5 to tap; the answer stands in its room, is stored, and opens none`, async () => {
            const account = new Account(stack, channel, id);
            const person = `rates-${channel}`;
            const room = await account.begins(person);
            await stack.closeRoom(room);
            await account.tells(person, ['Goodbye', /^How was it/]);
            assert.deepEqual((await answers(account, person)).map(({ title }) => title), ['1', '2', '3', '4', '5']);
            const before = account.marks();
            await taps(account, person, 4);
            assert.match(await account.says(room, /of 5/), /★★★★☆.*4 of 5/);
            assert.deepEqual(account.marks(), [...before, 4]);
            assert.equal((await account.rooms(person))[0]?.customFields?.['omni_direct_rating'], 4);
            assert.equal((await account.rooms(person)).length, 1);

            await account.writes(person, 'Thank you. And another question');
            const next = await account.room(person);
            assert.notEqual(next._id, room._id);
            assert.equal(account.said(room).filter((text) => text.includes('of 5')).length, 1);
        });
    }

    test('an answer given in the next conversation stands in the room it is about', async () => {
        const first = await page.begins('rates-late');
        await stack.closeRoom(first);
        await page.tells('rates-late', ['Goodbye', /^How/]);
        await page.writes('rates-late', 'Wait');
        const second = await page.room('rates-late');
        await taps(page, 'rates-late', 2);
        await page.says(first, /2 of 5/);
        assert.deepEqual(page.said(second), []);
        assert.deepEqual(await page.written('rates-late'), ['Hello', 'Wait']);
    });

    test('an answer while nobody is there is taken, and nobody waits for it', async () => {
        await page.configure({ offline: 'We are away' });
        const room = await page.begins('rates-at-night');
        await stack.closeRoom(room);
        await page.tells('rates-at-night', ['Goodbye', /^How/]);
        stack.presence(AGENTS, false);
        await taps(page, 'rates-at-night', 5);
        await page.says(room, /★★★★★.*5 of 5/);
        assert.equal(page.stored('waiting'), 0);
        assert.deepEqual((await page.told('rates-at-night')).slice(2), []);
        stack.presence(AGENTS, true);
    });

    test('a mark that is typed soon after the question is an answer; the next one, or one about somebody else, is a message', async () => {
        const room = await page.begins('types');
        await stack.closeRoom(room);
        await page.tells('types', ['Goodbye', /^How/]);
        const answer = (await answers(page, 'types'))[0];
        await page.writes('types', '3');
        await page.says(room, /★★★☆☆.*3 of 5/);
        assert.deepEqual(await page.written('types'), ['Hello']);
        await page.writes('types', '5');
        await page.holds('types', ['Hello', '5']);
        await page.writes(await page.customer('stranger'), { text: '1', quick_reply: { payload: answer?.payload } });
        await page.holds('stranger', ['1']);
        assert.equal(page.said(room).filter((text) => text.includes('of 5')).length, 1);
    });

    test('nobody is asked once the 24 hours are over', async () => {
        await page.writes(await page.customer('too-late'), { text: 'Hello', timestamp: Date.now() - 25 * HOUR_MS });
        const room = await page.room('too-late');
        await stack.closeRoom(room);
        await page.says(room, /Conversation Finished Message was not sent/);
        const other = await page.begins('in-time');
        await stack.closeRoom(other);
        await page.tells('in-time', ['Goodbye', /^How/]);
        assert.deepEqual(await page.told('too-late'), []);
    });
});
