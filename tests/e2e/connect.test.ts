/** From installing to connected accounts, with Meta's login and the pages after it in a real browser. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { consent } from './browser.js';
import { Admin } from './setup.js';
import { WORLD } from './sim.js';
import { APP_ID, close, eventually } from './stack.js';

const BOB = '10000000000000102';
const MIA = '10000000000000103';

describe('connecting accounts', () => {
    let admin: Admin;

    before(async () => {
        admin = await Admin.start();
    });
    after(() => close(admin));

    test('installing leaves two private channels with the steps and the exact addresses', async () => {
        const { workspace, face } = admin.stack;
        for (const channel of ['instagram', 'facebook'] as const) {
            const room = workspace.roomByName(`omnichannel-${channel}-setup`);
            assert.equal(room?.t, 'p');
            const members = (): string[] => workspace.members(room._id).map(({ username }) => username);
            assert.ok(members().includes(`${channel}.bot`), members().join());
            await eventually(() => members().includes('admin'), `who installed the app is in #${String(room.name)}`);
            const said = admin.said(channel);
            for (const { path, computedPath } of workspace.endpoints(APP_ID)) {
                assert.ok(said.includes(face.url.replace('http:', 'https:') + computedPath), `${path} in ${said}`);
            }
        }
    });

    test('the app registers its webhooks with Meta by itself', async () => {
        const app = (await admin.stack.sim.get(`/apps/${WORLD.appId}`)) as { subscriptions: Record<string, { callback_url: string; fields: string[] }> };
        const url = admin.stack.workspace.endpoints(APP_ID).find(({ path }) => path === 'webhook')?.computedPath ?? '';
        for (const object of ['page', 'instagram']) {
            const subscription = app.subscriptions[object];
            assert.ok(subscription, object);
            assert.ok(subscription.callback_url.endsWith(url), object);
            assert.ok(subscription.fields.includes('messages'));
        }
    });

    test('one account: the login ends on a page that says so, and the channel shows the account', async () => {
        assert.equal(await admin.logIn('facebook', { pages: [WORLD.page], instagramAccounts: [] }), 'Connected');
        const headers = (await admin.page.request.get(admin.page.url())).headers();
        assert.equal(headers['x-frame-options'], 'DENY');
        assert.match(headers['content-security-policy'] ?? '', /default-src 'none'/);
        assert.equal(await admin.page.locator('main').getAttribute('role'), 'status');
        assert.match(await admin.page.locator('li').first().innerText(), /Contoso Shop/);
        assert.deepEqual(admin.errors, []);
        assert.match(admin.said('facebook'), /Contoso Shop.*is connected to Facebook/);
        const page = (await admin.stack.sim.get(`/pages/${WORLD.page}`)) as { subscribed: Record<string, string[]> };
        assert.ok(page.subscribed[WORLD.appId]?.includes('message_echoes'));
    });

    test('the page is legible in a narrow window, in the dark, and in another language', async () => {
        admin.stack.workspace.setServerSetting('Language', 'pt-BR');
        try {
            await admin.page.setViewportSize({ width: 320, height: 568 });
            await admin.page.emulateMedia({ colorScheme: 'dark' });
            // Another instance may have read the language up to half a minute ago.
            await admin.stack.set('retention_days', 31);
            assert.equal(await admin.logIn('facebook', { cancel: true }), 'O login foi cancelado');
            assert.equal(await admin.page.locator('html').getAttribute('lang'), 'pt-br');
            const overflow = await admin.page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
            assert.ok(Number(overflow) <= 0, `${String(overflow)} px too wide`);
        } finally {
            admin.stack.workspace.setServerSetting('Language', 'en');
            await admin.stack.set('retention_days', 30);
            await admin.page.setViewportSize({ width: 1024, height: 768 });
        }
    });

    test('declined, used, forged: each has its own page and message', async () => {
        assert.equal(await admin.logIn('instagram', { cancel: true }), 'The login was cancelled');
        const declined = admin.page.url();
        await admin.page.reload();
        assert.equal(await admin.headline(), 'This link was used already');
        const forged = new URL(declined);
        forged.searchParams.delete('error');
        forged.searchParams.set('code', 'made-up');
        forged.searchParams.set('state', 'made-up');
        await admin.page.goto(forged.href);
        assert.equal(await admin.headline(), 'This login was not started here');
        assert.equal(await admin.page.locator('main').getAttribute('role'), 'alert');
        const said = admin.said('instagram');
        for (const title of ['The login was cancelled', 'This link was used already', 'This login was not started here']) {
            assert.ok(said.includes(title), title);
        }
        assert.deepEqual(admin.accounts('instagram'), []);
    });

    test('a code that Meta does not take any more', async () => {
        const { sim } = admin.stack;
        const { code_seconds: before } = (await sim.get('/settings')) as { code_seconds: number };
        await sim.post('/settings', { code_seconds: -1 });
        try {
            await admin.logIn('instagram');
        } finally {
            await sim.post('/settings', { code_seconds: before });
        }
        assert.equal(await admin.headline(), 'Meta did not accept the login code');
    });

    test('a wrong app secret', async () => {
        await admin.stack.set('meta_app_secret', '00000000000000000000000000000000');
        try {
            assert.equal(await admin.logIn('instagram'), 'App ID or App Secret is wrong');
        } finally {
            await admin.stack.set('meta_app_secret', WORLD.appSecret);
        }
        assert.match(admin.said('instagram'), /App ID or App Secret is wrong/);
    });

    test('declined permissions are named, and asked for again', async () => {
        assert.equal(await admin.logIn('instagram', { declined: ['instagram_manage_messages'] }), 'Nothing to connect');
        assert.match(await admin.page.locator('ul').innerText(), /instagram_manage_messages/);
        await admin.press('instagram', 'connect:rerequest', 'instagram');
        const { facebook } = admin.links();
        assert.match(facebook ?? '', /auth_type=rerequest/);
        await consent(admin.page, facebook ?? '', admin.stack.sim.url, { who: WORLD.admin, pages: [WORLD.page], instagramAccounts: [WORLD.instagram] });
        assert.equal(await admin.headline(), 'Connected');
        assert.deepEqual(
            admin.accounts('instagram').map(({ id }) => id),
            [WORLD.instagram],
        );
    });

    test('without the right to send messages an account is greyed with the reason', async () => {
        await admin.stack.sim.post(`/pages/200000000000003`, { tasks: { [BOB]: ['ANALYZE'] } });
        assert.equal(await admin.logIn('facebook', { who: BOB, pages: ['200000000000002', '200000000000003'] }), 'Nothing to connect');
        assert.match(await admin.page.locator('ul').innerText(), /Contoso Café.*does not include messages/s);
    });

    test('of thirty Pages behind an empty first page, some are chosen', async () => {
        assert.equal(await admin.logIn('facebook', { who: MIA }), 'Almost done');
        assert.match(await admin.page.locator('p').first().innerText(), /: 30\./);
        await admin.press('facebook', 'connect:choose');
        const view = admin.window();
        assert.equal(view.options.length, 30);
        assert.ok(!view.text.includes('EAA'));
        await admin.submit({ 'connect:accounts': [] });
        assert.match(admin.window().errors['connect:accounts'] ?? '', /at least one/);
        await admin.submit({ 'connect:accounts': ['210000000000007', '210000000000030'] });
        const ids = admin.accounts('facebook').map(({ id }) => id);
        assert.deepEqual(ids.sort(), [WORLD.page, '210000000000007', '210000000000030']);
        for (const id of ['210000000000007', '210000000000030']) {
            assert.match(admin.said('facebook'), new RegExp(id));
        }
    });

    test('Pages of a Business are found', async () => {
        assert.equal(await admin.logIn('facebook', { pages: ['200000000000004', '200000000000005'] }), 'Almost done');
        await admin.press('facebook', 'connect:choose');
        const { options } = admin.window();
        assert.deepEqual(options.sort(), ['200000000000004', '200000000000005']);
        await admin.submit({ 'connect:accounts': ['200000000000005'] });
        assert.ok(admin.accounts('facebook').some(({ id }) => id === '200000000000005'));
    });

    test('an Instagram account without a Page, over its own login', async () => {
        const { instagram } = await admin.start('instagram');
        assert.ok(instagram);
        await consent(admin.page, instagram, admin.stack.sim.url, { who: WORLD.soloInstagram });
        assert.equal(await admin.headline(), 'Connected');
        assert.ok(admin.accounts('instagram').some(({ id }) => id === WORLD.soloInstagram));
        const account = (await admin.stack.sim.get(`/instagram-accounts/${WORLD.soloInstagram}`)) as { subscribed: Record<string, unknown> };
        assert.ok(WORLD.appId in account.subscribed);
    });

    test('the same account again, by another administrator, stays one account', async () => {
        const { workspace } = admin.stack;
        const room = admin.room('facebook');
        const manager = workspace.createUser({ username: 'second', name: 'Second Admin', roles: ['user', 'livechat-manager'], password: 'second' });
        await workspace.addMember(room, manager._id);
        await admin.press('facebook', 'connect:authorize', 'facebook', 'second');
        const before = admin.accounts('facebook').length;
        await consent(admin.page, admin.links('second').facebook ?? '', admin.stack.sim.url, { who: WORLD.admin, pages: [WORLD.page] });
        assert.equal(await admin.headline(), 'Connected');
        assert.equal(admin.accounts('facebook').length, before);
    });

    test('a Page moved to another Instagram account leaves one account', async () => {
        const { sim } = admin.stack;
        await sim.post(`/pages/${WORLD.page}`, { instagram: '17841400000000002' });
        await sim.post('/pages/200000000000002', { instagram: null });
        try {
            assert.equal(await admin.logIn('instagram', { pages: [WORLD.page], instagramAccounts: ['17841400000000002'] }), 'Connected');
            const ids = admin.accounts('instagram').map(({ id }) => id);
            assert.ok(ids.includes('17841400000000002') && !ids.includes(WORLD.instagram), ids.join());
        } finally {
            await sim.post(`/pages/${WORLD.page}`, { instagram: WORLD.instagram });
            await sim.post('/pages/200000000000002', { instagram: '17841400000000002' });
        }
    });

    test('whoever may not gets a refusal and nothing else', async () => {
        const rid = admin.room('facebook');
        // Only somebody with the right adds people to the channel; a misled administrator may have.
        await admin.stack.workspace.addMember(rid, admin.stack.user('agent1')._id);
        for (const words of ['authorize', 'list', 'doctor', 'help']) {
            assert.match(await admin.type('facebook', words, 'agent1'), /Only administrators/, words);
        }
        await admin.press('facebook', 'connect:disconnect', undefined, 'agent1');
        assert.match(admin.window('agent1').text, /Only administrators/);
    });
});
