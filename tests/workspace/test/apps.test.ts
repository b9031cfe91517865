import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';

import { Workspace } from '../src/workspace.js';
import { APP_ID, act, cast, events, inWorkspace, sampleZip, temporaryDir, tryAct, withApp } from './support.js';

test(
    'an installed app has its user, hash, settings, command and endpoints',
    withApp((workspace) => {
        const app = workspace.app(APP_ID);
        assert.match(app?.privateHash ?? '', /^[0-9a-f]{24}$/);
        assert.equal(app?.settings['greeting']?.packageValue, 'hello');
        assert.deepEqual(workspace.userByUsername('sample.bot')?.roles, ['app']);
        assert.deepEqual(workspace.commands().map(({ command }) => command), ['sample']);
        assert.deepEqual(workspace.endpoints(APP_ID).map(({ path }) => path), ['run', 'things/:name']);
        assert.equal(workspace.actionButtons()[0]?.actionId, 'press');
        return Promise.resolve();
    }),
);

test(
    'endpoints: wrong hash, unknown path and disabled app are 404, a method without handler and a throw are 500',
    withApp(async (workspace, { admin }) => {
        const room = await workspace.createRoom(admin._id, { t: 'c', name: 'general' });
        const request = {
            appId: APP_ID,
            visibility: 'private' as const,
            hash: workspace.app(APP_ID)?.privateHash,
            path: 'run',
            method: 'post' as const,
            headers: {},
            query: {},
            content: { action: 'echo' },
        };
        assert.equal((await workspace.callEndpoint(request)).status, 200);
        assert.equal((await workspace.callEndpoint({ ...request, hash: '0'.repeat(24) })).status, 404);
        assert.equal((await workspace.callEndpoint({ ...request, visibility: 'public' })).status, 404);
        assert.equal((await workspace.callEndpoint({ ...request, path: 'nowhere' })).status, 404);
        assert.equal((await workspace.callEndpoint({ ...request, method: 'head' })).status, 500);
        assert.equal((await workspace.callEndpoint({ ...request, path: 'things/echo', method: 'get' })).status, 200);
        const thrown = await workspace.callEndpoint({ ...request, content: { action: 'none' } });
        assert.deepEqual([thrown.status, thrown.content], [500, 'no such action']);
        await workspace.disableApp(APP_ID);
        assert.equal((await workspace.callEndpoint(request)).status, 404);
        await assert.rejects(workspace.runCommand(admin._id, { command: 'sample', rid: room._id }), /App not enabled/);
        await workspace.enableApp(APP_ID);
        assert.equal((await workspace.callEndpoint(request)).status, 200);
    }),
);

test('a permission not granted is silently refused', () =>
    inWorkspace(async (workspace) => {
        cast(workspace);
        const granted = [{ name: 'api' }, { name: 'slashcommand' }, { name: 'scheduler' }, { name: 'livechat-department.read' }];
        await workspace.installApp(sampleZip(), { permissionsGranted: granted });
        assert.equal(await act(workspace, 'departments'), null);
    }));

test('a zip that is not an app, a second install and an update of nothing are refused with a code', () =>
    inWorkspace(async (workspace) => {
        cast(workspace);
        await assert.rejects(workspace.installApp(Buffer.from('no zip')), { error: 'invalid-app-package' });
        await assert.rejects(workspace.updateApp(sampleZip()), { error: 'app-not-found' });
        await workspace.installApp(sampleZip());
        await assert.rejects(workspace.installApp(sampleZip()), { error: 'app-already-exists' });
    }));

test(
    'an update keeps hash, settings and persistence; an uninstall leaves nothing',
    withApp(async (workspace) => {
        const before = workspace.app(APP_ID);
        await workspace.setAppSetting(APP_ID, 'greeting', 'hi');
        await act(workspace, 'persist', { call: 'create', keys: ['k'], data: { kept: true } });
        const { app, errors } = await workspace.updateApp(sampleZip({ version: '0.0.2' }));
        assert.deepEqual(errors, []);
        assert.deepEqual([app.version, app.privateHash, app.enabled], ['0.0.2', before?.privateHash, true]);
        assert.equal(workspace.appSetting(APP_ID, 'greeting')?.value, 'hi');
        assert.deepEqual(await act(workspace, 'read', { keys: ['k'] }), [{ kept: true }]);
        await workspace.uninstallApp(APP_ID);
        assert.equal(workspace.app(APP_ID), undefined);
        assert.deepEqual(workspace.persistence(APP_ID), []);
        assert.equal(workspace.userByUsername('sample.bot'), undefined);
    }),
);

test(
    'a saved setting reaches the app and its log',
    withApp(async (workspace) => {
        await workspace.setAppSetting(APP_ID, 'greeting', 'good day');
        const said = workspace.appLogs(APP_ID).flatMap((log) => log.entries.map((entry) => String(entry.args[0])));
        assert.ok(said.includes('setting greeting is good day'));
        await assert.rejects(workspace.setAppSetting(APP_ID, 'nothing', 1), { error: 'error-invalid-setting' });
    }),
);

test(
    'a killed process comes back, and its app answers; until then nobody waits for it',
    withApp(async (workspace) => {
        const pid = workspace.killAppProcess(APP_ID);
        assert.equal((await tryAct(workspace, 'echo')).status, 503);
        const next = await workspace.waitForAppRestart(APP_ID, pid);
        assert.notEqual(next, pid);
        assert.equal((await tryAct(workspace, 'echo')).status, 200);
    }),
);

test('a workspace opened again on its data has all that was there, and the app runs', async () => {
    const dataDir = temporaryDir();
    const options = { dataDir, siteUrl: 'http://127.0.0.1:3000' };
    try {
        const first = await Workspace.open(options);
        const { ann } = cast(first);
        await first.installApp(sampleZip());
        await first.setAppSetting(APP_ID, 'greeting', 'still here');
        const { roomId } = await act<{ roomId: string }>(first, 'inbound', { token: 't', name: 'Cara', text: 'before' });
        await first.uploadFile(ann._id, { rid: roomId, name: 'note.txt', content: Buffer.from('bytes') });
        await act(first, 'schedule', { when: 'in 1 hour', data: { n: 1 } });
        const token = first.login('ann', 'ann');
        const seen = (await events(first)).length;
        const hash = first.app(APP_ID)?.privateHash;
        await first.close();

        const second = await Workspace.open(options);
        try {
            assert.equal(second.app(APP_ID)?.status, 'manually_enabled');
            assert.equal(second.app(APP_ID)?.privateHash, hash);
            assert.equal(second.appSetting(APP_ID, 'greeting')?.value, 'still here');
            assert.equal(second.authenticate(token.userId, token.authToken)?.username, 'ann');
            assert.equal(second.room(roomId)?.servedBy?.username, 'ann');
            assert.equal(second.uploadContent(second.uploads(roomId)[0]?._id ?? '')?.toString(), 'bytes');
            assert.equal(second.jobs(APP_ID).length, 1);
            assert.ok((await events(second)).length >= seen);
            await act(second, 'inbound', { token: 't', roomId, text: 'after' });
            assert.deepEqual(second.messages(roomId, { withoutSystem: true }).map(({ msg }) => msg), ['before', '', 'after']);
        } finally {
            await second.close();
        }
    } finally {
        rmSync(dataDir, { recursive: true, force: true });
    }
});

test(
    'round trips of an app are counted',
    withApp(async (workspace) => {
        workspace.clearRoundTrips();
        await act(workspace, 'read', { keys: ['x'] });
        assert.deepEqual(workspace.roundTrips(APP_ID).map(({ method }) => method), ['accessor:getReader:getPersistenceReader:readByAssociations']);
    }),
);
