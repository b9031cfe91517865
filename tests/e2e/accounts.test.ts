/** Connected accounts: edited, switched off and on, checked, lost and found again, disconnected, deleted. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Admin } from './setup.js';
import { WORLD } from './sim.js';
import { APP_ID, close } from './stack.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** TLS before a plain HTTP server, as a reverse proxy gives it. */
async function tlsBefore(plain: string): Promise<{ url: string; close: () => Promise<void> }> {
    const folder = mkdtempSync(join(tmpdir(), 'omni-direct-tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore', timeout: 120_000 });
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (incoming, outgoing) => {
        const { pathname, search } = new URL(incoming.url ?? '/', plain);
        const passed = request(new URL(pathname + search, plain), { method: incoming.method, headers: incoming.headers }, (answer) => {
            outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(outgoing);
        });
        incoming.pipe(passed);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    rmSync(folder, { recursive: true });
    const { port } = server.address() as AddressInfo;
    return {
        url: `https://127.0.0.1:${String(port)}`,
        close: () =>
            new Promise((resolve) => {
                server.closeAllConnections();
                server.close(() => { resolve(); });
            }),
    };
}

describe('connected accounts', () => {
    let admin: Admin;

    before(async () => {
        admin = await Admin.start();
        await admin.logIn('facebook', { pages: [WORLD.page] });
        await admin.logIn('instagram', { pages: [WORLD.page], instagramAccounts: [WORLD.instagram] });
    });
    after(() => close(admin));

    const subscribed = async (): Promise<string[] | undefined> => {
        const page = (await admin.stack.sim.get(`/pages/${WORLD.page}`)) as { subscribed: Record<string, string[]> };
        return page.subscribed[WORLD.appId];
    };

    test('Edit Page Config opens by button and by command, refuses what is too long, saves the rest', async () => {
        const { workspace } = admin.stack;
        const department = workspace.departments()[0];
        await admin.press('instagram', 'connect:edit', `instagram:${WORLD.instagram}`);
        assert.match(admin.window().text, /Welcome Message/);
        await admin.submit({ 'connect:welcome': 'é'.repeat(501) });
        assert.match(admin.window().errors['connect:welcome'] ?? '', /1002 of 1000 bytes/);
        await admin.submit({ 'connect:welcome': 'Hello! 👋', 'connect:department': department?._id ?? '-' });
        const config = admin.accounts('instagram')[0]?.config;
        assert.equal(config?.['welcome'], 'Hello! 👋');
        assert.equal(config['department'], department?._id ?? null);
        await admin.stack.command('instagram', 'EDIT  @Contoso.Shop');
        assert.match(admin.window().text, /Hello! 👋/);
        assert.match(await admin.type('instagram', 'edit nobody'), /contoso\.shop/);
    });

    test('events off and on, at Meta and here, without cost to the account on the same Page', async () => {
        await admin.press('facebook', 'connect:unsubscribe', `facebook:${WORLD.page}`);
        assert.deepEqual(await subscribed(), ['message_reactions', 'messages']);
        await admin.stack.sim.customer('emi', { account: WORLD.page, text: 'Nobody home?' });
        assert.deepEqual(await admin.stack.rooms('facebook', WORLD.page, 'emi'), []);
        await admin.press('facebook', 'connect:subscribe', `facebook:${WORLD.page}`);
        assert.ok((await subscribed())?.includes('message_echoes'));
        await admin.stack.sim.customer('emi', { account: WORLD.page, text: 'Hello' });
        await admin.stack.openRoom('facebook', WORLD.page, 'emi');
    });

    test('the doctor sends a signed event through the public address and names what is wrong', async () => {
        const { sim, workspace, face } = admin.stack;
        const proxy = await tlsBefore(face.url);
        const siteUrl = String(workspace.serverSetting('Site_Url')?.value);
        // The certificate is the test's own; the server's fetch is the one that has to take it.
        process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
        try {
            workspace.setServerSetting('Site_Url', proxy.url);
            const good = await admin.type('instagram', 'doctor');
            assert.match(good, /✓ A signed test event came back/);
            assert.match(good, /✓ Meta accepts App ID/);
            assert.match(good, /✗ The webhook for instagram points to another address/, 'it is registered for the address before');
            assert.match(good, /✓ Access to messages is allowed/);
            assert.match(good, /✓ All needed permissions are granted/);
            await sim.post('/faults', { path: '/conversations', times: 1, status: 403, error: { code: 200, error_subcode: 2534041 } });
            await sim.post('/deliver', { body: { object: 'page', entry: [] }, signature: 'bad', object: 'page' });
            const bad = await admin.type('instagram', 'doctor');
            assert.match(bad, /✗ Access to messages is off/);
            assert.match(bad, /✗ \d+ webhooks had a signature/);
        } finally {
            delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
            workspace.setServerSetting('Site_Url', siteUrl);
            await proxy.close();
        }
        const none = await admin.type('instagram', 'doctor');
        assert.match(none, /✗ The signed test event got no answer/);
    });

    test('a dead token is spoken of in channel and room, and one login brings it back', async () => {
        const { sim, workspace } = admin.stack;
        const room = await admin.stack.openRoom('facebook', WORLD.page, 'emi');
        await sim.post('/tokens/kill', { page: WORLD.page, subcode: 460 });
        await workspace.advanceTime(DAY_MS + 60_000);
        await workspace.settled();
        assert.equal(admin.isAlive('facebook'), false);
        assert.match(admin.said('facebook'), /can neither send nor receive/);
        assert.match(admin.stack.shownTo(room.servedBy?.username ?? ''), /does not accept the authorization/);
        assert.equal(await admin.logIn('facebook', { pages: [WORLD.page] }), 'Connected');
        assert.equal(admin.isAlive('facebook'), true);
        await admin.logIn('instagram', { pages: [WORLD.page], instagramAccounts: [WORLD.instagram] });
    });

    test('a subscription that Meta dropped is restored by the next day, but for a field it refuses, under the name of that day', async () => {
        const { sim, workspace } = admin.stack;
        await sim.post(`/apps/${WORLD.appId}`, { refused_fields: ['send_cart'] });
        await sim.post(`/pages/${WORLD.page}`, { subscribed: {}, name: 'Contoso Café' });
        await workspace.advanceTime(DAY_MS + 60_000);
        await workspace.settled();
        const fields = await subscribed();
        assert.ok(fields?.includes('message_echoes') && fields.includes('messaging_feedback') && !fields.includes('send_cart'));
        assert.match(await admin.type('facebook', 'doctor'), /○ Meta does not offer the webhook fields `send_cart`/);
        assert.match(admin.said('facebook'), /is called .?Contoso Café.? at Meta now/);
        await sim.post(`/apps/${WORLD.appId}`, { refused_fields: [] });
    });

    test('data deletion: what Meta signed is done and can be looked up, what it did not sign is refused', async () => {
        const { sim, workspace, face } = admin.stack;
        const path = (name: string): string => face.url.replace('http:', 'https:') + (workspace.endpoints(APP_ID).find((each) => each.path === name)?.computedPath ?? '');
        await sim.post(`/apps/${WORLD.appId}`, { data_deletion_url: path('deletion'), deauthorize_url: path('deauthorize') });
        const forged = (await sim.post('/data-deletion', { app: WORLD.appId, user: WORLD.admin, bad_signature: true })) as { status: number };
        assert.equal(forged.status, 403);
        assert.equal(admin.isAlive('facebook'), true);
        const done = (await sim.post('/data-deletion', { app: WORLD.appId, user: WORLD.admin })) as {
            status: number;
            answer: { url: string; confirmation_code: string };
        };
        assert.equal(done.status, 200);
        const { answer } = done;
        await admin.page.goto(answer.url.replace('https:', 'http:'));
        assert.equal(await admin.headline(), 'Your data was deleted');
        assert.match(await admin.page.locator('main').innerText(), new RegExp(answer.confirmation_code));
        for (const account of [...admin.accounts('facebook'), ...admin.accounts('instagram')]) {
            assert.equal(account.token, '');
        }
        assert.equal(await admin.logIn('facebook', { pages: [WORLD.page] }), 'Connected');
    });

    test('unauthorize asks, tells Meta, and revokes only on request', async () => {
        const { sim, workspace } = admin.stack;
        await admin.stack.command('facebook', 'unauthorize');
        assert.match(admin.window().text, /All Facebook accounts will be disconnected/);
        assert.equal(admin.accounts('facebook').length, 1);
        await admin.submit({ 'connect:revoke': 'revoke' });
        assert.deepEqual(admin.accounts('facebook'), []);
        assert.match(admin.said('facebook'), /given back to Meta/);
        await workspace.settled();
        const { grants } = (await sim.get('/world')) as { grants: Record<string, { scopes?: Record<string, unknown> }> };
        assert.deepEqual(Object.keys(grants[`${WORLD.appId}/${WORLD.admin}`]?.scopes ?? {}), []);
    });

    test('disconnecting says which half failed', async () => {
        await admin.logIn('instagram', { pages: [WORLD.page], instagramAccounts: [WORLD.instagram] });
        await admin.stack.sim.post('/faults', { path: '/subscribed_apps', times: 1, error: { code: 2, is_transient: true }, status: 500 });
        await admin.press('instagram', 'connect:disconnect', `instagram:${WORLD.instagram}`);
        assert.match(admin.window().text, /Conversations stay/);
        await admin.submit({});
        assert.deepEqual(admin.accounts('instagram'), []);
        assert.match(admin.said('instagram'), /deleted here, but Meta did not turn its events off/);
    });

    test('secrets stand where they are stored and nowhere else', async () => {
        await admin.logIn('facebook', { pages: [WORLD.page] });
        const { workspace } = admin.stack;
        const tokens = admin.accounts('facebook').map(({ token }) => token);
        assert.ok(tokens[0]?.startsWith('EAA'));
        const rows = workspace.dump().split('\n');
        for (const [secret, place, kind] of [
            ...tokens.map((token) => [token, 'app_persistence']),
            // The settings, and the record by which a replaced secret stays good for a while.
            [WORLD.appSecret, 'apps ', 'secrets'],
            [WORLD.instagramAppSecret, 'apps ', 'secrets'],
        ] as [string, string, string?][]) {
            // The engine itself logs what the app answers before a setting is saved: the setting.
            const ours = rows.filter((row) => !(row.startsWith('app_logs') && row.includes('onPreSettingUpdate')));
            const isRecord = (row: string): boolean => kind !== undefined && row.startsWith('app_persistence') && row.includes(`\\"kind\\":\\"${kind}\\"`);
            const strange = ours.filter((row) => row.includes(secret) && !row.startsWith(place) && !isRecord(row));
            assert.deepEqual(strange.map((row) => row.slice(0, 80)), [], secret.slice(0, 6));
        }
        for (const username of ['admin', 'agent1']) {
            const shown = admin.stack.shownTo(username);
            for (const secret of [...tokens, WORLD.appSecret, WORLD.instagramAppSecret]) {
                assert.ok(!shown.includes(secret), username);
            }
        }
    });
});
