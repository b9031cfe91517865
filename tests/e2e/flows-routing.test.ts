/** Edit Page Config and what follows from it: what can be saved, and where new conversations go. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from './account.js';
import { WORLD } from './sim.js';
import { APP_ID, close, Stack } from './stack.js';

const REFERRAL = { source: 'SHORTLINK', type: 'OPEN_THREAD' };

describe('rules at entry', () => {
    let stack: Stack;
    let page: Account;

    before(async () => {
        stack = await Stack.open({ connect: ['facebook', 'instagram'] });
        page = Account.ofPage(stack);
    });
    after(() => close(stack));

    const department = (name: string): string => stack.workspace.department(name)?._id ?? '';

    /** The window an administrator edits the account in, as text. */
    async function view(): Promise<string> {
        const admin = stack.user('admin')._id;
        await stack.workspace.interact(admin, APP_ID, { type: 'blockAction', actionId: 'connect:edit', triggerId: 'edit', payload: { blockId: 'edit', value: `facebook:${page.id}` }, container: { type: 'view', id: 'edit' } });
        await stack.workspace.settled();
        return JSON.stringify(stack.workspace.openView(admin)?.view);
    }

    test('what cannot be sent or followed is refused in words, and nothing of it is saved', async () => {
        assert.deepEqual(await page.configure({ welcome: 'As it was', rules: 'ref: a -> Sales' }), {});
        const refused = await page.configure({ welcome: 'Hi {custmer}', finished: 'Open {hours}', offline: '{agent} is away', survey: '{how} was it?', rules: 'ref: a -> Sales\nref: b -> Nowhere' });
        assert.match(refused['connect:welcome'] ?? '', /custmer.*\{customer\}/);
        assert.match(refused['connect:finished'] ?? '', /opening hours/);
        assert.match(refused['connect:offline'] ?? '', /\{customer\} \{account\} \{department\} \{hours\}$/, 'there is no agent to name');
        assert.match(refused['connect:survey'] ?? '', /how/);
        assert.match(refused['connect:rules'] ?? '', /Line 2.*Nowhere.*Support/s);
        for (const [rule, words] of [
            ['colour: red -> Sales', /colour/],
            ['ref: a', /ref: summer-\*/],
            ['ref: a ->', /neither/],
            ['ref: a -> Sales | {x}', /x/],
        ] as const) {
            assert.match((await page.configure({ rules: rule }))['connect:rules'] ?? '', words, rule);
        }
        const shown = await view();
        assert.match(shown, /"initialValue":"As it was"/);
        assert.match(shown, /"initialValue":"ref: a -> Sales"/);
    });

    test('what is longer than the network takes, with names at their longest, is refused with the count', async () => {
        const instagram = new Account(stack, 'instagram', WORLD.instagram);
        for (const field of ['welcome', 'finished', 'offline', 'survey']) {
            const name = field === 'offline' ? '{department}' : '{agent}';
            assert.match((await page.configure({ [field]: `${name}${'x'.repeat(1941)}` }))[`connect:${field}`] ?? '', /2001 characters.*2000/, field);
            assert.match((await instagram.configure({ [field]: `${name}${'é'.repeat(471)}` }))[`connect:${field}`] ?? '', /1002 bytes.*1000/, field);
        }
        assert.match((await page.configure({ rules: `ref: a -> | ${'x'.repeat(2001)}` }))['connect:rules'] ?? '', /2001/);
        assert.deepEqual(await page.configure({ welcome: `{agent}${'x'.repeat(1940)}` }), {});
    });

    test('by ref, ad, payload and language; the first that fits decides, otherwise the account', async () => {
        const rules = [
            'ref: summer-* -> Sales | Summer!',
            'ref: *-26 -> Support | Twenty-six',
            'ad: 120* -> Sales',
            'payload: TALK_* -> Sales | A person will be with you, {customer}',
            'language: pt -> | Olá!',
        ];
        assert.deepEqual(await page.configure({ department: department('Support'), welcome: 'Welcome', rules: rules.join('\n') }), {});
        const ad = { ...REFERRAL, source: 'ADS', ad_id: '120330000' };
        const cases: [name: string, action: Record<string, unknown>, department: string, welcome: string, more?: Record<string, unknown>][] = [
            ['by-ref', { postback: { title: 'Get Started', payload: 'GO', referral: { ...REFERRAL, ref: 'Summer-26' } } }, 'Sales', 'Summer!'],
            ['by-second', { postback: { title: 'Get Started', payload: 'GO', referral: { ...REFERRAL, ref: 'winter-26' } } }, 'Support', 'Twenty-six'],
            ['by-ad', { text: 'Saw it', message: { referral: ad } }, 'Sales', 'Welcome'],
            ['by-payload', { postback: { title: 'Talk to us', payload: 'TALK_TO_HUMAN' } }, 'Sales', 'A person will be with you, by-payload Customer'],
            ['by-quick-reply', { text: 'Talk', quick_reply: { payload: 'talk_now' } }, 'Sales', 'A person will be with you, by-quick-reply Customer'],
            ['by-language', { text: 'Oi' }, 'Support', 'Olá!', { locale: 'pt_BR' }],
            ['by-nothing', { text: 'Hi' }, 'Support', 'Welcome', { locale: 'de_DE' }],
        ];
        for (const [person, action, name, welcome, more] of cases) {
            await page.writes(await page.customer(person, more), action);
            await page.tells(person, [welcome]);
            assert.equal((await page.room(person)).departmentId, department(name), person);
        }
    });

    test('by story, on Instagram', async () => {
        const instagram = new Account(stack, 'instagram', WORLD.instagram);
        assert.deepEqual(await instagram.configure({ welcome: 'Welcome', rules: 'story: 1790* -> Sales | Glad you like it!' }), {});
        await instagram.writes(await instagram.customer('by-story'), { text: 'Nice!', story_reply: { id: '17900000000000001' } });
        await instagram.tells('by-story', ['Glad you like it!']);
        assert.equal((await instagram.room('by-story')).departmentId, department('Sales'));
        await instagram.writes(await instagram.customer('by-other-story'), { text: 'Nice!', story_reply: { id: '18000000000000001' } });
        await instagram.tells('by-other-story', ['Welcome']);
    });

    test("when nobody is in the rule's department, the customer waits for it and is welcomed as the rule says", async () => {
        await page.configure({ offline: '{department} is away', rules: 'ref: sale -> Sales | Sales here' });
        stack.presence(['agent2'], false);
        await page.writes(await page.customer('waits-for-sales'), { postback: { title: 'Start', payload: 'GO', referral: { ...REFERRAL, ref: 'sale' } } });
        await page.tells('waits-for-sales', ['Sales is away']);
        assert.deepEqual(await page.rooms('waits-for-sales'), []);
        stack.presence(['agent2'], true);
        const room = await page.room('waits-for-sales');
        assert.equal(room.departmentId, department('Sales'));
        await page.tells('waits-for-sales', ['Sales is away', 'Sales here']);
    });
});
