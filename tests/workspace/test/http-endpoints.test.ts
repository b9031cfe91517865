/** The app endpoints as a server serves them: parsers, limits, hash, answers. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { stage, type Client, type Stage } from './http-harness.js';
import { SAMPLE_APP_ID, sampleAppZip } from './http-sample-app.js';

describe('app endpoints over HTTP', () => {
    let on: Stage;
    let anyone: Client;
    let base: string;
    const publicBase = `/api/apps/public/${SAMPLE_APP_ID}`;

    before(async () => {
        on = await stage();
        anyone = on.anyone;
        const { app, errors } = await on.workspace.installApp(sampleAppZip());
        assert.deepEqual(errors, []);
        base = `/api/apps/private/${SAMPLE_APP_ID}/${app.privateHash}`;
    });
    after(() => on.close());

    const json = { 'content-type': 'application/json' };

    it('hands parsed JSON over with lower-case headers, method and hash', async () => {
        const { status, json: seen } = await anyone.post(
            `${base}/echo?x=1`,
            { a: [1, 'ä'] },
            { 'X-Hub-Signature-256': 'sha256=00' },
        );
        assert.equal(status, 200);
        assert.equal(seen.method, 'post');
        assert.deepEqual(seen.content, { a: [1, 'ä'] });
        assert.equal(seen.headers['x-hub-signature-256'], 'sha256=00');
        assert.equal(seen.privateHash, base.split('/').at(-1));
        assert.deepEqual(seen.query, { x: '1' });
    });

    it('parses forms, and leaves other content types unread', async () => {
        const form = await anyone.post(`${base}/echo`, 'signed_request=a.b&x=1&x=2', {
            'content-type': 'application/x-www-form-urlencoded',
        });
        assert.deepEqual(form.json.content, { signed_request: 'a.b', x: ['1', '2'] });
        const text = await anyone.post(`${base}/echo`, '{"a":1}', { 'content-type': 'text/plain' });
        assert.deepEqual(text.json.content, {});
        const none = await anyone.post(`${base}/echo`);
        assert.deepEqual(none.json.content, {});
    });

    it('keeps dotted query names flat and repeats as arrays', async () => {
        const { json: seen } = await anyone.get(`${base}/echo?hub.mode=subscribe&hub.challenge=42&a=1&a=2&o[p]=q`);
        assert.deepEqual(seen.query, { 'hub.mode': 'subscribe', 'hub.challenge': '42', a: ['1', '2'], o: { p: 'q' } });
    });

    it('keeps access_token from the app, as the OAuth middleware does', async () => {
        const { json: seen } = await anyone.get(`${base}/echo?access_token=t&b=1`);
        assert.deepEqual(seen.query, { b: '1' });
    });

    it('answers 413 for more than 100 kB and 400 for damaged JSON, in HTML that says nothing else', async () => {
        const large = await anyone.post(`${base}/echo`, JSON.stringify({ a: 'x'.repeat(102_400) }), json);
        assert.equal(large.status, 413);
        assert.match(large.headers.get('content-type') ?? '', /^text\/html/);
        const damaged = await anyone.post(`${base}/echo`, '{"secret-word": ', json);
        assert.equal(damaged.status, 400);
        assert.doesNotMatch(damaged.text, /secret-word|at /);
        const scalar = await anyone.post(`${base}/echo`, '"top level"', json);
        assert.equal(scalar.status, 400);
        const fits = await anyone.post(`${base}/echo`, JSON.stringify({ a: 'x'.repeat(102_380) }), json);
        assert.equal(fits.status, 200);
    });

    it('knows private endpoints by their hash only, and public ones without', async () => {
        assert.equal((await anyone.get(`/api/apps/private/${SAMPLE_APP_ID}/wrong/echo`)).status, 404);
        assert.equal((await anyone.get(`/api/apps/public/${SAMPLE_APP_ID}/echo`)).status, 404);
        assert.equal((await anyone.get(`/api/apps/private/unknown-app/x/echo`)).status, 404);
        assert.equal((await anyone.get(`${base}/no-such-path`)).status, 404);
        assert.equal((await anyone.get(`${publicBase}/public-echo`)).status, 200);
    });

    it('answers 500 for a method without a handler, a throwing handler and one without an answer', async () => {
        assert.equal((await anyone.request('PUT', `${base}/echo`, {})).status, 500);
        const thrown = await anyone.get(`${base}/form?kind=throw`);
        assert.equal(thrown.status, 500);
        assert.match(thrown.text, /the handler failed/);
        assert.equal((await anyone.get(`${base}/form?kind=nothing`)).status, 500);
    });

    it('renders strings, objects, bytes, headers and redirects as Express does', async () => {
        const text = await anyone.get(`${base}/form?kind=text`);
        assert.deepEqual(
            [text.status, text.text, text.headers.get('content-type')],
            [201, 'plain', 'text/plain; charset=utf-8'],
        );
        const html = await anyone.get(`${base}/form?kind=html`);
        assert.equal(html.headers.get('content-type'), 'text/html; charset=utf-8');
        const bytes = await fetch(`${on.face.url}${base}/form?kind=bytes`);
        assert.equal(bytes.headers.get('content-type'), 'application/x-bytes');
        assert.deepEqual([...new Uint8Array(await bytes.arrayBuffer())], [0, 255, 7]);
        const redirect = await anyone.get(`${base}/form?kind=redirect`);
        assert.deepEqual([redirect.status, redirect.headers.get('location')], [302, 'https://example.org/next']);
    });

    it('matches :param paths', async () => {
        const { json: params } = await anyone.get(`${base}/person/J%C3%BCrgen/greeting`);
        assert.deepEqual(params, { name: 'Jürgen' });
    });

    it('wants a login where the endpoint says so', async () => {
        assert.equal((await anyone.get(`${base}/login-needed`)).status, 401);
        const agent = await on.as('agent1');
        const { status, json: said } = await agent.get(`${base}/login-needed`);
        assert.deepEqual([status, said.username], [200, 'agent1']);
    });

    it('answers 404 while the app is disabled', async () => {
        await on.workspace.disableApp(SAMPLE_APP_ID);
        assert.equal((await anyone.get(`${base}/echo`)).status, 404);
        await on.workspace.enableApp(SAMPLE_APP_ID);
        assert.equal((await anyone.get(`${base}/echo`)).status, 200);
    });
});
