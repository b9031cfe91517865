/** The REST routes, driven as a client drives a server. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { localMetaLink } from '../src/http/meta-link.js';
import { appForm, stage, type Client, type Stage } from './http-harness.js';
import { SAMPLE_APP_ID, sampleAppZip } from './http-sample-app.js';

const PERMISSIONS = [
    'api',
    'persistence',
    'slashcommand',
    'ui.interact',
    'user.read',
    'room.read',
    'message.read',
    'message.write',
].map((name) => ({ name }));

describe('REST face', () => {
    let on: Stage;
    let admin: Client;
    let agent: Client;
    let roomId: string;

    before(async () => {
        on = await stage();
        admin = await on.as('admin');
        agent = await on.as('agent1');
    });
    after(() => on.close());

    describe('login', () => {
        it('gives userId and authToken, and knows the user by them', async () => {
            const { status, json } = await on.anyone.post('/api/v1/login', { user: 'admin', password: 'local-admin' });
            assert.equal(status, 200);
            assert.equal(json.status, 'success');
            assert.equal(json.data.me.username, 'admin');
            assert.doesNotMatch(JSON.stringify(json), /"password"/);
            const me = await admin.get('/api/v1/me');
            assert.deepEqual(
                [me.json.success, me.json.username, me.json.roles.includes('admin')],
                [true, 'admin', true],
            );
        });

        it('refuses alike for a wrong name and a wrong password', async () => {
            const name = await on.anyone.post('/api/v1/login', { user: 'nobody', password: 'x' });
            const password = await on.anyone.post('/api/v1/login', { user: 'admin', password: 'x' });
            assert.deepEqual([name.status, name.text], [401, password.text]);
        });

        it('answers 401 without a login and 403 without the permission', async () => {
            const none = await on.anyone.get('/api/v1/me');
            assert.deepEqual([none.status, none.json.success], [401, false]);
            const agents = await agent.get('/api/apps/x/settings');
            assert.deepEqual([agents.status, agents.json.success], [403, false]);
        });

        it('answers JSON for unknown routes and damaged bodies', async () => {
            const unknown = await admin.get('/api/v1/no.such.route');
            assert.deepEqual([unknown.status, unknown.json.success], [404, false]);
            const damaged = await admin.post('/api/v1/chat.sendMessage', '{"secret-word', {
                'content-type': 'application/json',
            });
            assert.deepEqual([damaged.status, damaged.json.success], [400, false]);
            assert.doesNotMatch(damaged.text, /secret-word/);
        });
    });

    describe('apps', () => {
        it('installs a package with the permissions consented to, and enables it', async () => {
            const { status, json } = await admin.post('/api/apps', appForm(sampleAppZip(), PERMISSIONS));
            assert.equal(status, 200, JSON.stringify(json));
            assert.equal(json.app.id, SAMPLE_APP_ID);
            assert.match(json.app.status, /enabled$/);
            const listed = await admin.get('/api/apps/installed');
            assert.deepEqual(
                listed.json.apps.map(({ id, version }: { id: string; version: string }) => [id, version]),
                [[SAMPLE_APP_ID, '1.0.0']],
            );
        });

        it('says what is wrong with a form without a package and with something that is none', async () => {
            const without = await admin.post('/api/apps', new FormData());
            assert.deepEqual([without.status, without.json.success], [400, false]);
            const garbage = await admin.post('/api/apps', appForm(Buffer.from('no zip')));
            assert.deepEqual([garbage.status, garbage.json.success], [400, false]);
        });

        it('updates', async () => {
            const { status, json } = await admin.post(
                `/api/apps/${SAMPLE_APP_ID}`,
                appForm(sampleAppZip('1.1.0'), PERMISSIONS),
            );
            assert.equal(status, 200, JSON.stringify(json));
            assert.equal(json.app.version, '1.1.0');
            assert.match((await admin.get(`/api/apps/${SAMPLE_APP_ID}/status`)).json.status, /enabled$/);
        });

        it('shows and changes settings, hidden ones apart', async () => {
            const { json } = await admin.get(`/api/apps/${SAMPLE_APP_ID}/settings`);
            assert.deepEqual(Object.keys(json.settings), ['greeting']);
            const changed = await admin.post(`/api/apps/${SAMPLE_APP_ID}/settings`, {
                settings: [{ id: 'greeting', value: 'hi' }],
            });
            assert.deepEqual(changed.json.updated, [{ id: 'greeting', value: 'hi' }]);
            const one = await admin.get(`/api/apps/${SAMPLE_APP_ID}/settings/greeting`);
            assert.equal(one.json.setting.value, 'hi');
        });

        it('disables and enables', async () => {
            const off = await admin.post(`/api/apps/${SAMPLE_APP_ID}/status`, { status: 'manually_disabled' });
            assert.equal(off.json.status, 'manually_disabled');
            const again = await admin.post(`/api/apps/${SAMPLE_APP_ID}/status`, { status: 'manually_enabled' });
            assert.equal(again.json.status, 'manually_enabled');
        });

        it('answers 404 for an app that is not there', async () => {
            assert.equal((await admin.get('/api/apps/nobody/status')).status, 404);
        });
    });

    describe('rooms and messages', () => {
        it('makes a group, posts, reads, edits, reacts, deletes', async () => {
            const { json: made } = await admin.post('/api/v1/groups.create', { name: 'setup', members: ['agent1'] });
            roomId = made.group._id;
            const { json: sent } = await agent.post('/api/v1/chat.sendMessage', {
                message: { rid: roomId, msg: 'first' },
            });
            const msgId: string = sent.message._id;
            assert.equal(sent.message.u.username, 'agent1');

            const { json: edited } = await agent.post('/api/v1/chat.update', { roomId, msgId, text: 'second' });
            assert.equal(edited.message.msg, 'second');
            await admin.post('/api/v1/chat.react', { messageId: msgId, emoji: ':thumbsup:', shouldReact: true });
            const { json: got } = await agent.get(`/api/v1/chat.getMessage?msgId=${msgId}`);
            assert.deepEqual(got.message.reactions[':thumbsup:'].usernames, ['admin']);

            const { json: history } = await agent.get(`/api/v1/groups.history?roomId=${roomId}`);
            assert.ok(history.messages.some(({ msg }: { msg: string }) => msg === 'second'));
            const gone = await agent.post('/api/v1/chat.delete', { roomId, msgId });
            assert.equal(gone.status, 200, gone.text);
            const { json: after } = await agent.get(`/api/v1/groups.history?roomId=${roomId}`);
            assert.ok(!after.messages.some(({ _id }: { _id: string }) => _id === msgId));
        });

        it('quotes by the link that clients put in front', async () => {
            const { json: first } = await admin.post('/api/v1/chat.sendMessage', {
                message: { rid: roomId, msg: 'the original' },
            });
            const link = `[ ](http://localhost:3000/group/setup?msg=${String(first.message._id)})`;
            const { json: quote } = await agent.post('/api/v1/chat.sendMessage', {
                message: { rid: roomId, msg: `${link} an answer` },
            });
            assert.match(quote.message.msg, /an answer$/);
            assert.match(quote.message.attachments[0].message_link, new RegExp(String(first.message._id)));
            assert.equal(quote.message.attachments[0].text, 'the original');
        });

        it('keeps strangers out of private rooms', async () => {
            const stranger = await on.as('agent2');
            for (const path of [`groups.history?roomId=${roomId}`, `rooms.info?roomId=${roomId}`]) {
                const { status, json } = await stranger.get(`/api/v1/${path}`);
                assert.deepEqual([status, json.success], [400, false]);
            }
            const { status } = await stranger.post('/api/v1/chat.sendMessage', { message: { rid: roomId, msg: 'x' } });
            assert.equal(status, 400);
        });

        it('posts to names and people, and names a missing parameter', async () => {
            const { json } = await admin.post('/api/v1/chat.postMessage', { channel: '@agent1', text: 'privately' });
            assert.equal(json.message.msg, 'privately');
            const { status, json: refused } = await admin.post('/api/v1/chat.sendMessage', {
                message: { msg: 'where?' },
            });
            assert.deepEqual([status, refused.errorType], [400, 'invalid-params']);
            assert.match(refused.error, /rid/);
        });

        it('stores a file in two steps and serves it to who may read it', async () => {
            const form = new FormData();
            form.set('file', new Blob(['hello file'], { type: 'text/plain' }), 'grüße.txt');
            const { json: stored } = await agent.post(`/api/v1/rooms.media/${roomId}`, form);
            assert.equal(stored.success, true, JSON.stringify(stored));
            const { json: confirmed } = await agent.post(
                `/api/v1/rooms.mediaConfirm/${roomId}/${String(stored.file._id)}`,
                { description: 'a caption' },
            );
            assert.equal(confirmed.message.file._id, stored.file._id);
            const path: string = stored.file.url;
            assert.equal((await on.anyone.get(path)).status, 403);
            const file = await agent.get(path);
            assert.deepEqual([file.status, file.text], [200, 'hello file']);
            assert.equal(file.headers.get('content-security-policy'), "default-src 'none'");
            const { userId, authToken } = agent.login ?? { userId: '', authToken: '' };
            assert.equal(
                (await on.anyone.get(path, { cookie: `rc_uid=${userId}; rc_token=${authToken}` })).status,
                200,
            );
            assert.equal((await on.anyone.get('/file-upload/nothing/x.txt')).status, 404);
        });
    });

    describe('commands and UIKit', () => {
        it('runs a slash command in a room', async () => {
            const { status, json } = await agent.post('/api/v1/commands.run', {
                command: 'sample',
                params: 'a b',
                roomId,
            });
            assert.equal(status, 200, JSON.stringify(json));
            const { json: history } = await agent.get(`/api/v1/groups.history?roomId=${roomId}&count=1`);
            assert.equal(history.messages[0].msg, 'said: a|b');
        });

        it('refuses an unknown command and a room out of reach', async () => {
            assert.equal((await agent.post('/api/v1/commands.run', { command: 'nothing', roomId })).status, 400);
            const stranger = await on.as('agent2');
            assert.equal((await stranger.post('/api/v1/commands.run', { command: 'sample', roomId })).status, 403);
        });

        it('shows ephemeral messages to their user only', async () => {
            await agent.post('/api/v1/commands.run', { command: 'sample', params: 'whisper', roomId });
            const { json } = await on.anyone.get('/_test/users/agent1/ephemeral');
            assert.equal(json.messages.at(-1).msg, 'psst');
            assert.deepEqual((await on.anyone.get('/_test/users/agent2/ephemeral')).json.messages, []);
        });

        it('opens a modal and submits it', async () => {
            await agent.post('/api/v1/commands.run', {
                command: 'sample',
                params: 'modal',
                roomId,
                triggerId: 'trigger-1',
            });
            const { json: shown } = await on.anyone.get('/_test/users/agent1/view');
            assert.equal(shown.surface.type, 'modal.open');
            const view = {
                ...shown.surface.view,
                id: shown.surface.viewId ?? shown.surface.view.id,
                state: { b: { a: 'spoken' } },
            };
            const submit = { type: 'viewSubmit', actionId: 's', triggerId: 'trigger-2', payload: { view } };
            const { status, text } = await agent.post(`/api/apps/ui.interaction/${SAMPLE_APP_ID}`, submit);
            assert.equal(status, 200, text);
            const { json: kept } = await on.anyone.get(`/_test/apps/${SAMPLE_APP_ID}/persistence`);
            assert.ok(kept.records.some(({ data }: { data: { said?: string } }) => data.said === 'spoken'));
        });

        it('refuses interactions of nobody and of unknown types', async () => {
            assert.equal(
                (await on.anyone.post(`/api/apps/ui.interaction/${SAMPLE_APP_ID}`, { type: 'viewSubmit' })).status,
                401,
            );
            const { status, json } = await agent.post(`/api/apps/ui.interaction/${SAMPLE_APP_ID}`, { type: 'other' });
            assert.deepEqual([status, json], [400, { error: 'Unknown action' }]);
        });
    });

    describe('Omnichannel', () => {
        it('lists, answers, takes and closes conversations', async () => {
            await on.anyone.post('/_test/visitor-message', {
                token: 'visitor-1',
                name: 'Vera',
                msg: 'help',
                department: 'Support',
            });
            const { json: open } = await admin.get('/api/v1/livechat/rooms?open=true');
            assert.equal(open.total, 1);
            const [room] = open.rooms;
            assert.equal(room.department.name, 'Support');
            const server = await on.as(room.servedBy.username);
            assert.equal(
                (await server.post('/api/v1/chat.sendMessage', { message: { rid: room._id, msg: 'ping' } })).status,
                200,
            );
            await on.anyone.post('/_test/settled');
            const { json: said } = await server.get(`/api/v1/livechat/${String(room._id)}/messages`);
            assert.deepEqual(
                said.messages.map(({ msg }: { msg: string }) => msg),
                ['pong', 'ping', 'help'],
            );
            const closed = await server.post('/api/v1/livechat/room.closeByUser', { rid: room._id, comment: 'done' });
            assert.equal(closed.status, 200, closed.text);
            const twice = await server.post('/api/v1/livechat/room.closeByUser', { rid: room._id });
            assert.deepEqual([twice.status, twice.json.error], [400, 'error-room-already-closed']);
        });

        it('queues without auto-assignment until an agent takes the room', async () => {
            await admin.post('/api/v1/settings/Livechat_Routing_Method', { value: 'Manual_Selection' });
            await on.anyone.post('/_test/visitor-message', {
                token: 'visitor-2',
                msg: 'anyone?',
                department: 'Support',
            });
            const { json: queued } = await agent.get('/api/v1/livechat/inquiries.queuedForUser');
            assert.equal(queued.total, 1);
            const taken = await agent.post('/api/v1/livechat/inquiries.take', { inquiryId: queued.inquiries[0]._id });
            assert.equal(taken.status, 200, taken.text);
            assert.equal(on.workspace.room(queued.inquiries[0].rid)?.servedBy?.username, 'agent1');
            await admin.post('/api/v1/settings/Livechat_Routing_Method', { value: 'Auto_Selection' });
        });

        it('forwards to another agent and shows departments with their agents', async () => {
            const { json: open } = await admin.get('/api/v1/livechat/rooms?open=true');
            const other = on.workspace.userByUsername('agent2');
            const forwarded = await agent.post('/api/v1/livechat/room.forward', {
                roomId: open.rooms[0]._id,
                userId: other?._id,
            });
            assert.equal(forwarded.status, 200, forwarded.text);
            assert.equal(on.workspace.room(open.rooms[0]._id)?.servedBy?.username, 'agent2');
            const { json: departments } = await admin.get('/api/v1/livechat/department');
            assert.deepEqual(departments.departments.map(({ name }: { name: string }) => name).sort(), [
                'Sales',
                'Support',
            ]);
        });

        it('switches an agent off and on', async () => {
            const off = await agent.post('/api/v1/livechat/agent.status', { status: 'not-available' });
            assert.equal(off.json.status, 'not-available');
            const toggled = await agent.post('/api/v1/livechat/agent.status', {});
            assert.equal(toggled.json.status, 'available');
        });
    });

    describe('settings', () => {
        it('reads and writes by id, for admins', async () => {
            const { json } = await admin.get('/api/v1/settings/Site_Url');
            assert.equal(json.value, 'http://localhost:3000');
            await admin.post('/api/v1/settings/FileUpload_MaxFileSize', { value: 10 });
            const form = new FormData();
            form.set('file', new Blob(['more than ten bytes'], { type: 'text/plain' }), 'x.txt');
            const refused = await agent.post(`/api/v1/rooms.media/${roomId}`, form);
            assert.deepEqual([refused.status, refused.json.errorType], [400, 'error-file-too-large']);
            await admin.post('/api/v1/settings/FileUpload_MaxFileSize', { value: 104_857_600 });
            assert.equal((await agent.get('/api/v1/settings/Site_Url')).status, 403);
        });
    });

    describe('test routes', () => {
        it('streams events over a WebSocket', async () => {
            const socket = new WebSocket(`${on.face.url.replace('http', 'ws')}/_test/events?events=message`);
            const lines: { event: string; data: { msg: string } }[] = [];
            await new Promise<void>((resolve, reject) => {
                socket.once('error', reject);
                socket.on('message', (line: Buffer) => {
                    lines.push(JSON.parse(line.toString()) as (typeof lines)[number]);
                    if (lines.length === 1)
                        void admin.post('/api/v1/chat.sendMessage', { message: { rid: roomId, msg: 'streamed' } });
                    else resolve();
                });
            });
            socket.close();
            assert.deepEqual(
                [lines[0]?.event, lines[1]?.event, lines[1]?.data.msg],
                ['connected', 'message', 'streamed'],
            );
        });

        it('counts round trips, moves time, dumps what is stored', async () => {
            await on.anyone.request('DELETE', '/_test/round-trips');
            await admin.post('/api/v1/chat.sendMessage', { message: { rid: roomId, msg: 'ping' } });
            await on.anyone.post('/_test/settled');
            const { json: trips } = await on.anyone.get(`/_test/round-trips?appId=${SAMPLE_APP_ID}`);
            assert.ok(trips.count >= 2, JSON.stringify(trips));
            const { json: start } = await on.anyone.get('/_test/time');
            const { json: later } = await on.anyone.post('/_test/time/advance', { ms: 86_400_000 });
            assert.ok(later.now - start.now >= 86_400_000);
            assert.match((await on.anyone.get('/_test/dump')).text, /ping/);
        });

        it('kills the app process and waits for the next', async () => {
            const { status, json } = await on.anyone.post(`/_test/apps/${SAMPLE_APP_ID}/kill`);
            assert.equal(status, 200, JSON.stringify(json));
            assert.notEqual(json.pid, json.killedPid);
            assert.equal((await admin.get(`/api/apps/public/${SAMPLE_APP_ID}/public-echo`)).status, 200);
        });
    });

    it('uninstalls', async () => {
        const { status } = await admin.request('DELETE', `/api/apps/${SAMPLE_APP_ID}`);
        assert.equal(status, 200);
        assert.equal((await admin.get(`/api/apps/${SAMPLE_APP_ID}`)).status, 404);
    });
});

describe('localMetaLink', () => {
    it('rewrites login pages only', () => {
        const meta = 'http://127.0.0.1:4000/';
        assert.equal(
            localMetaLink('https://www.facebook.com/v26.0/dialog/oauth?client_id=1&state=a%2Fb', meta),
            'http://127.0.0.1:4000/www.facebook.com/v26.0/dialog/oauth?client_id=1&state=a%2Fb',
        );
        assert.equal(
            localMetaLink('https://www.instagram.com/oauth/authorize?x=1', meta),
            'http://127.0.0.1:4000/www.instagram.com/oauth/authorize?x=1',
        );
        for (const other of ['https://example.org/www.facebook.com/', 'http://www.facebook.com/dialog', 'no link']) {
            assert.equal(localMetaLink(other, meta), other);
        }
    });
});
