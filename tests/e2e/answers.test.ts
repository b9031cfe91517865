/** What the server takes for an agent's answer: response times, the licence's contacts, and what agents call a customer. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { MessageDoc, RoomDoc } from '../workspace/src/model.js';
import { Account, minute } from './account.js';
import { WORLD } from './sim.js';
import { APP_ID, close, eventually, Stack } from './stack.js';

/** The second app of the stand-in's world. */
const BOT = '1000000000000002';
const SETTING = 'Omnichannel_Metrics_Ignore_Automatic_Messages';

describe('whoever answers a customer is an agent', () => {
    let stack: Stack;
    let page: Account;

    before(async () => {
        stack = await Stack.open({ connect: ['facebook'] });
        page = Account.ofPage(stack);
        await page.configure({ welcome: 'Welcome' });
    });
    after(() => close(stack));

    /** Who answered, whether the customer still waits, whether the licence counts the contact. */
    async function statistics(person: string): Promise<unknown[]> {
        const room = await page.room(person);
        const contacts = stack.workspace.contactsOf(room.v?._id ?? '').map(({ _id }) => _id);
        const counted = stack.workspace.activeContacts().some(({ _id }) => contacts.includes(_id));
        return [room.responseBy?.username, room.waitingResponse === true, counted];
    }
    const UNANSWERED = [undefined, true, false];

    /** Words of a message and its cards, behind the name of whoever is no customer. */
    const line = ({ token, u, msg, attachments }: MessageDoc): string =>
        `${token === undefined ? `${u.username}: ` : ''}${msg} ${JSON.stringify(attachments ?? [])}`;
    const lines = (room: RoomDoc): string[] => stack.messages(room._id).map(line);
    const notes = (room: RoomDoc): string[] => lines(room).filter((text) => text.startsWith('omni-direct.bot: '));

    async function answersElsewhere(person: string, text: string, app?: string): Promise<void> {
        await stack.sim.post('/staff/send', { account: page.id, person, text, ...(app === undefined ? {} : { app }) });
        await stack.sim.idle();
        await stack.workspace.settled();
    }

    async function doctor(): Promise<string> {
        return stack.command('facebook', 'doctor');
    }

    test('card, welcome, a bot, other apps and the time that is left are none, and stand there once an agent has answered', async () => {
        const person = await page.customer('asks', { picture: 'asks' });
        const room = await page.begins(person, 'Welcome');
        await page.holds(person, ['Hello']);
        assert.equal(lines(room).length, 1, lines(room).join('\n'));
        assert.match(lines(room)[0] ?? '', /^Hello .*asks Customer/, 'who it is stands with the first words');
        assert.deepEqual(await statistics(person), UNANSWERED);
        await answersElsewhere(person, 'Said by a bot', BOT);
        const control = async (act: Record<string, string>): Promise<void> => {
            await stack.sim.post(`/threads/${page.id}/${person}/control`, act);
            await stack.sim.idle();
        };
        await control({ action: 'pass', app: BOT, target: WORLD.appId });
        await control({ action: 'take', app: BOT });
        await eventually(() => /Who has it/.test(stack.shownTo(room.servedBy?.username ?? '')), 'the agent alone is told who has the thread');
        await page.passes();
        assert.deepEqual(await statistics(person), UNANSWERED);
        assert.deepEqual(notes(room), []);

        await control({ action: 'pass', app: BOT, target: WORLD.appId });
        await stack.agentSays(room.servedBy?.username ?? '', room._id, 'Good morning');
        for (const words of [/Welcome.*Sent to the customer/, /Said by a bot/]) {
            await eventually(() => notes(room).some((note) => words.test(note)), `the room shows ${String(words)}`);
        }
        const agent = room.servedBy?.username;
        assert.deepEqual(await statistics(person), [agent, false, true]);
        await page.writes(person, 'And then?');
        await page.holds(person, ['Hello', 'And then?']);
        await minute(stack);
        await answersElsewhere(person, 'The bot again', BOT);
        const now = await page.room(person);
        assert.equal(now.waitingResponse, true);
        assert.equal(now.metrics?.response?.total, 1, 'each question has an answer of its own');
    });

    test('what staff write in the inbox is an answer', async () => {
        const room = await page.begins('asks-the-inbox', 'Welcome');
        await answersElsewhere('asks-the-inbox', 'Written in the inbox');
        await eventually(() => notes(room).some((note) => note.includes('Written in the inbox')), 'the room shows it at once');
        assert.deepEqual(await statistics('asks-the-inbox'), ['omni-direct.bot', false, true]);
    });

    test('past the licence\'s contacts customers are read, and nobody speaks in their name', async () => {
        const told = (): number => page.setup().filter(({ msg }) => msg.includes('monthly active contacts are used up')).length;
        stack.workspace.setContactLimit(stack.workspace.activeContacts().length);
        const room = await page.begins('one-too-many', 'Welcome');
        await page.holds('one-too-many', ['Hello']);
        await answersElsewhere('one-too-many', 'Written on the phone');
        await eventually(() => told() > 0, 'administrators are told');
        await answersElsewhere('one-too-many', 'And once more');
        await page.writes('one-too-many', 'Thank you');
        await page.holds('one-too-many', ['Hello', 'Thank you']);
        const shown = lines(room);
        assert.equal(shown.length, 2, shown.join('\n'));
        assert.match(shown[1] ?? '', /^Thank you .*Written on the phone.*And once more/);
        assert.doesNotMatch(shown.join('\n'), /could not be shown/);
        assert.equal(told(), 1);
        stack.workspace.setContactLimit();
    });

    test('the doctor says how notes come at once; then they do, and are no answer either', async () => {
        const app = stack.user('omni-direct.bot');
        const advice = await doctor();
        for (const step of [SETTING, 'role `bot`']) {
            assert.ok(advice.includes(step), advice);
        }
        stack.workspace.setServerSetting(SETTING, true);
        stack.workspace.setRoles(app._id, [...app.roles, 'bot']);
        // What the server is like is kept for a moment.
        await stack.workspace.disableApp(APP_ID);
        await stack.workspace.enableApp(APP_ID);
        assert.match(await doctor(), /✓ Rocket.Chat's statistics leave out what/);
        const room = await page.begins('asks-now', 'Welcome');
        await page.says(room, /^Welcome$/);
        assert.deepEqual(await statistics('asks-now'), UNANSWERED);
    });

    test('what agents call a customer stays, and asks nobody to decide', async () => {
        const person = await page.customer('renamed');
        const first = await page.begins(person);
        const contact = stack.workspace.contactsOf(first.v?._id ?? '')[0];
        assert.ok(contact);
        stack.workspace.renameContact(contact._id, 'The one with the red car');
        await stack.closeRoom(first);
        await stack.sim.post(`/customers/${person}`, { first_name: 'Another', last_name: 'Name' });
        const support = stack.workspace.department('Support')?._id ?? '';
        assert.deepEqual(await page.configure({ department: support }), {});
        await page.writes(person, 'Again');
        const second = await page.room(person);
        assert.equal(second.departmentId, support);
        assert.equal(second.fname, 'The one with the red car');
        assert.deepEqual(stack.workspace.contact(contact._id)?.conflictingFields ?? [], []);
    });
});
