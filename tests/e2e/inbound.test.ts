/** What customers send, through the installed package: a case is what somebody does and what the agent's room then holds. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AttachmentDoc, MessageDoc } from '../workspace/src/documents.js';
import { WORLD } from './sim.js';
import { APP_ID, close, eventually, type Network, Stack } from './stack.js';

interface Labelled extends Network {
    label: string;
    shown: string;
}

const FACEBOOK: Labelled = { channel: 'facebook', account: WORLD.page, label: 'Facebook', shown: 'Contoso Coffee' };
const INSTAGRAM: Labelled = { channel: 'instagram', account: WORLD.instagram, label: 'Instagram', shown: '@contoso' };

type Action = Record<string, unknown>;

/** One message as a line: who (unless the customer), words, cards, files. Ids and addresses are left out. */
function line(message: MessageDoc): string {
    const who = message.token === undefined ? `${message.u.username}: ` : '';
    const cards = (message.attachments ?? []).filter((card) => message.file === undefined || card.title !== message.file.name).map(cardLine);
    const file = message.file === undefined ? [] : [`<${message.file.type}>`];
    return who + [message.msg, ...cards, ...file].filter((part) => part !== '').join(' ');
}

function cardLine(card: AttachmentDoc): string {
    const parts = [card.title, card.title_link === undefined ? undefined : '→', card.text].filter((part) => typeof part === 'string');
    return `[${parts.join(' | ')}]`;
}

/** A file of many megabytes takes a slow machine its time. */
const LONG_MS = 300_000;

/** A customer of their own for each case: rooms then hold nothing else. */
let customers = 0;

class Talk {
    constructor(
        readonly stack: Stack,
        readonly network: Labelled,
        readonly person: string,
    ) {}

    static async with(stack: Stack, network: Labelled): Promise<Talk> {
        customers += 1;
        const person = `customer${String(customers)}`;
        // A name of their own and nothing else, so that no card introduces them.
        await stack.sim.post(`/customers/${person}`, { first_name: 'Customer', last_name: String(customers), profile_consent: false });
        return new Talk(stack, network, person);
    }

    async act(action: Action): Promise<{ mid: string; statuses: number[] }> {
        const answer = (await this.stack.sim.customer(this.person, { account: this.network.account, ...action })) as { mid: string; statuses: number[] };
        await this.stack.sim.idle();
        await this.stack.workspace.settled();
        return answer;
    }

    /** Lines of all rooms of the customer, oldest first. */
    async lines(): Promise<string[]> {
        const rooms = await this.stack.rooms(this.network.channel, this.network.account, this.person);
        return rooms.flatMap((room) => this.stack.messages(room._id).map(line));
    }

    async shows(expected: (string | RegExp)[]): Promise<void> {
        const fits = (lines: string[]): boolean =>
            lines.length === expected.length && lines.every((line, at) => (typeof expected[at] === 'string' ? line === expected[at] : (expected[at] as RegExp).test(line)));
        try {
            await eventually(async () => fits(await this.lines()) || undefined, 'the room shows it', LONG_MS);
        } catch {
            assert.deepEqual(await this.lines(), expected);
        }
    }
}

const STORY = 'Stories can be seen for at most 24 hours; afterwards the link shows nothing.';

/** What one action becomes in a fresh room. */
const cases: { name: string; on?: Labelled; action: Action; expected: (string | RegExp)[] }[] = [
    { name: 'text', action: { text: 'Hello é👍 50% <b>' }, expected: ['Hello é👍 50% <b>'] },
    { name: 'a call to everybody', action: { text: '@all look' }, expected: ['@\u200Ball look'] },
    { name: 'a quick reply', action: { text: 'Small', quick_reply: { payload: 'SIZE_S' } }, expected: ['Small [Button value: SIZE_S]'] },
    {
        name: 'a postback with a referral',
        action: { postback: { title: 'Get Started', payload: 'GS', referral: { ref: 'camp', source: 'SHORTLINK', type: 'OPEN_THREAD' } } },
        expected: ['Get Started [Came through a link | Ref: camp\nSource: SHORTLINK] [Button value: GS]'],
    },
    { name: 'text and two images', action: { text: 'Both', attachments: [{ type: 'image' }, { type: 'image' }] }, expected: ['Both', /^.*<image\/\w+>$/, /^.*<image\/\w+>$/] },
    { name: 'a video', action: { attachments: [{ type: 'video' }] }, expected: [/<video\/\w+>$/] },
    { name: 'a voice note', action: { attachments: [{ type: 'audio' }] }, expected: [/<(audio|video)\/[\w-]+>$/] },
    {
        name: 'a file',
        action: { attachments: [{ type: 'file', text: 'hello', content_type: 'text/plain', file_name: 'a.txt' }] },
        expected: [/<text\/plain>$/],
    },
    { name: 'the thumb', on: FACEBOOK, action: { attachments: [{ type: 'sticker', sticker_id: 369239263222822 }] }, expected: ['👍'] },
    { name: 'the heart', on: INSTAGRAM, action: { attachments: [{ type: 'like_heart' }] }, expected: ['❤️'] },
    { name: 'a location', on: FACEBOOK, action: { location: { lat: 48.1, long: 11.5, title: 'Here' } }, expected: ['[Here | → | 48.1, 11.5]'] },
    {
        name: 'a link preview',
        on: FACEBOOK,
        action: { attachments: [{ type: 'fallback', payload: { url: 'https://x.example/', title: 'X' } }] },
        expected: ['[Link | → | X]'],
    },
    {
        name: 'a shared reel',
        on: INSTAGRAM,
        action: { attachments: [{ type: 'ig_reel', payload: { url: 'https://www.instagram.com/reel/1', title: 'Look' } }] },
        expected: ['[Shared a reel | → | Look]'],
    },
    { name: 'a story mention', on: INSTAGRAM, action: { story_mention: {} }, expected: [`[Mentioned you in their story | → | ${STORY}]`] },
    { name: 'a story reply', on: INSTAGRAM, action: { text: 'Nice!', story_reply: {} }, expected: [`Nice! [Replied to your story | → | ${STORY}]`] },
    {
        name: 'unsupported content',
        on: INSTAGRAM,
        action: { unsupported: true },
        expected: ['_sent something Instagram does not pass on. It can only be seen in Instagram._'],
    },
    {
        name: 'view-once media',
        on: INSTAGRAM,
        action: { attachments: [{ type: 'ephemeral', payload: null }] },
        expected: ['_sent a photo or video that can be viewed once. It can only be seen in Instagram._'],
    },
    {
        name: 'a referral',
        on: FACEBOOK,
        action: { referral: { ref: 'sale' } },
        expected: ['_came back to this conversation_ [Came through a link | Ref: sale\nSource: SHORTLINK]'],
    },
    {
        name: 'an event nobody knows',
        on: FACEBOOK,
        action: { event: { page_field: 'messages', item: { teleport: { to: 'x' } } } },
        expected: ['_sent something this version does not understand. It can be seen in Facebook._'],
    },
];

describe('what customers send', () => {
    let stack: Stack;

    before(async () => {
        stack = await Stack.open({ connect: ['facebook', 'instagram'] });
        await stack.sim.post('/settings', { echo: 'after', delivery_receipts: false });
    });
    after(() => close(stack));

    for (const { name, on, action, expected } of cases) {
        for (const network of on === undefined ? [FACEBOOK, INSTAGRAM] : [on]) {
            test(`${network.label}: ${name}`, async () => {
                const talk = await Talk.with(stack, network);
                await talk.act(action);
                await talk.shows(expected);
                const room = await stack.openRoom(network.channel, network.account, talk.person);
                assert.equal(room.source?.label, network.label);
            });
        }
    }

    for (const network of [FACEBOOK, INSTAGRAM]) {
        test(`${network.label}: an answer to a message is a quote`, async () => {
            const talk = await Talk.with(stack, network);
            const { mid } = await talk.act({ text: 'First' });
            await talk.act({ text: 'Second', reply_to: mid });
            await talk.shows(['First', 'Second [First]']);
        });

        test(`${network.label}: reactions, edits`, async () => {
            const talk = await Talk.with(stack, network);
            const { mid } = await talk.act({ text: 'Helo' });
            const room = await stack.openRoom(network.channel, network.account, talk.person);
            const reactions = (expected: string[]): Promise<boolean> =>
                eventually(() => Object.keys(stack.messages(room._id)[0]?.reactions ?? {}).join() === expected.join(), `the reactions are: ${expected.join()}`);
            await talk.act({ reaction: { mid, reaction: 'love', emoji: '❤️' } });
            await reactions([':heart:']);
            await talk.act({ unreact: mid });
            await reactions([]);
            await talk.act({ edit: { mid, text: 'Hello' } });
            await talk.shows(['Hello']);
        });

        test(`${network.label}: what is written in Meta's inbox is shown as such, what the agent wrote is not doubled`, async () => {
            for (const echo of ['before', 'after']) {
                await stack.sim.post('/settings', { echo });
                const talk = await Talk.with(stack, network);
                await talk.act({ text: 'Question' });
                const room = await stack.openRoom(network.channel, network.account, talk.person);
                await stack.agentSays(room.servedBy?.username ?? '', room._id, 'Answer');
                await stack.sim.idle();
                await stack.sim.post('/staff/send', { account: network.account, person: talk.person, text: 'From the inbox' });
                await stack.sim.idle();
                await stack.workspace.settled();
                await talk.shows(['Question', /^agent\d: Answer$/, /^omni-direct\.bot: \[Written as .+ outside Rocket\.Chat \| From the inbox\]$/]);
            }
        });

        test(`${network.label}: a message after closing opens a new room of the same visitor`, async () => {
            const talk = await Talk.with(stack, network);
            await talk.act({ text: 'First' });
            const room = await stack.openRoom(network.channel, network.account, talk.person);
            await stack.closeRoom(room);
            await talk.act({ text: 'Second' });
            const again = await stack.openRoom(network.channel, network.account, talk.person);
            assert.notEqual(again._id, room._id);
            assert.equal(again.v?._id, room.v?._id);
            assert.equal(again.source?.label, network.label);
        });

        for (const [name, fault] of Object.entries({
            expired: 'expired',
            gone: 'not_found',
            failing: 'server_error',
            'broken off': 'truncated',
            oversized: { oversized: 30 * 1024 * 1024 },
            'redirected to this machine': { redirect: 'http://127.0.0.1:9/' },
        })) {
            test(`${network.label}: a file whose download is ${name} leaves its link`, async () => {
                const talk = await Talk.with(stack, network);
                await talk.act({ text: 'Look', attachments: [{ type: 'image', fault }] });
                await talk.shows(['Look', /^\[Image \| → \| It (could not be fetched from Meta|is larger than accepted here)/]);
            });
        }

        test(`${network.label}: a file is what its bytes say, whatever Meta's server says or sends`, async () => {
            const wrong = await Talk.with(stack, network);
            await wrong.act({ text: 'Look', attachments: [{ type: 'image', fault: { wrong_type: 'text/html' } }] });
            await wrong.shows(['Look', /<image\/\w+>$/]);
            const page = await Talk.with(stack, network);
            await page.act({ text: 'Look', attachments: [{ type: 'image', fault: 'page' }] });
            await page.shows(['Look', '[Image | A web page or a program came in its place. It was not put into the room.]']);
        });

        test(`${network.label}: a file from elsewhere is refused`, async () => {
            const talk = await Talk.with(stack, network);
            await talk.act({ text: 'Look', attachments: [{ type: 'image', payload: { url: `${stack.face.url}/api/info` } }] });
            await talk.shows(['Look', '[Image | It was not fetched: its address does not belong to Meta.]']);
        });

    }

    test('a slow file does not keep Meta waiting', async () => {
        const shown = async (network: Labelled): Promise<void> => {
            const talk = await Talk.with(stack, network);
            const action = { account: network.account, text: 'Look', attachments: [{ type: 'image', fault: { slow_ms: 12_000 } }] };
            const { statuses } = (await stack.sim.customer(talk.person, action)) as { statuses: number[] };
            assert.deepEqual(statuses, [200]);
            assert.ok(!(await talk.lines()).some((each) => each.includes('<image')), 'Meta has its answer before the file is here');
            await talk.shows(['Look', /<image\/\w+>$/]);
        };
        await Promise.all([shown(FACEBOOK), shown(INSTAGRAM)]);
    });

    test('Instagram: taken back, by the setting', async () => {
        const note = '_The customer took back this message in Instagram._';
        for (const [setting, expected] of [
            ['mark', [note]],
            ['delete', []],
            ['keep', ['Oops', /<image\/\w+>$/, `${note} [Oops]`]],
        ] as const) {
            await stack.set('unsend_action', setting);
            const talk = await Talk.with(stack, INSTAGRAM);
            const { mid } = await talk.act({ text: 'Oops', attachments: [{ type: 'image' }] });
            await talk.shows(['Oops', /<image\/\w+>$/]);
            await talk.act({ unsend: mid });
            await talk.shows([...expected]);
        }
    });

    test('media types that are not accepted are said to be held back, on both sides', async () => {
        await stack.set('accepted_media_types', ['audio']);
        const talk = await Talk.with(stack, FACEBOOK);
        await talk.act({ attachments: [{ type: 'image' }] });
        await talk.shows([
            "[Image | Files of this kind are not accepted here. It can be seen in the customer's conversation at Meta.]",
        ]);
        const apology = 'Sorry, we cannot receive files of this kind here. Please describe it in a message.';
        await eventually(async () => (await stack.sim.sent({ ok: 'true' })).some((call) => JSON.stringify(call).includes(apology)), 'the customer is told');
        const room = await stack.openRoom('facebook', WORLD.page, talk.person);
        await stack.agentSays(room.servedBy?.username ?? '', room._id, 'What does it show?');
        await eventually(async () => (await talk.lines()).at(-1)?.includes(apology), 'so are those who answered');
        await stack.set('accepted_media_types', ['image', 'video', 'audio', 'file']);
    });

    test('Messenger: read receipts stand on the agent\'s message', async () => {
        const talk = await Talk.with(stack, FACEBOOK);
        await talk.act({ text: 'Question' });
        const room = await stack.openRoom('facebook', WORLD.page, talk.person);
        const { _id } = await stack.agentSays(room.servedBy?.username ?? '', room._id, 'Answer');
        await talk.act({ read: true });
        await eventually(() => stack.workspace.message(_id)?.reactions?.[':eyes:'] !== undefined || undefined, 'the mark for read');
    });

    test('the profile introduces the customer', async () => {
        const person = 'introduced';
        await stack.sim.post(`/customers/${person}`, { first_name: 'Ines', last_name: 'Intro', username: 'ines.intro', follower_count: 12 });
        await stack.sim.customer(person, { account: WORLD.instagram, text: 'Hi' });
        await stack.workspace.settled();
        const room = await stack.openRoom('instagram', WORLD.instagram, person);
        assert.equal(room.fname, 'Ines Intro');
        await eventually(() => JSON.stringify(stack.messages(room._id)[0] ?? '').includes('ines.intro'), 'a card introduces the customer');
    });

    test('a custom field whose pattern a value does not fit keeps no other out', async () => {
        stack.workspace.defineCustomField('username', { regexp: '^[A-Z]+$' });
        stack.workspace.defineCustomField('followers', { regexp: '^[0-9]+$' });
        const person = 'unfit';
        await stack.sim.post(`/customers/${person}`, { first_name: 'Una', last_name: 'Fit', username: 'una.fit', follower_count: 12 });
        await stack.sim.customer(person, { account: WORLD.instagram, text: 'Hi' });
        const token = (await stack.openRoom('instagram', WORLD.instagram, person)).v?.token ?? '';
        const fields = (): Record<string, unknown> => stack.workspace.visitorByToken(token)?.livechatData ?? {};
        await eventually(() => fields()['followers'] !== undefined || undefined, 'the field that fits is set');
        assert.deepEqual(fields(), { followers: '12' });
    });

    test('a text that calls everybody arrives, and calls nobody', async () => {
        const talk = await Talk.with(stack, FACEBOOK);
        await talk.act({ text: '@all where is my order? @here' });
        await talk.shows(['@\u200Ball where is my order? @\u200Bhere']);
    });

    test('nothing of all this stands in what the app logs', () => {
        // The engine itself keeps request bodies, in lines of its own.
        const lines = stack.workspace.appLogs(APP_ID, { limit: 5000 }).flatMap(({ entries }) => entries).filter(({ severity }) => severity !== 'debug');
        assert.ok(lines.length > 10, 'the app logs');
        const log = JSON.stringify(lines);
        for (const word of ['Helo', 'Oops', WORLD.appSecret]) {
            assert.equal(log.includes(word), false, word);
        }
    });
});
