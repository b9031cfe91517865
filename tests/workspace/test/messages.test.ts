import assert from 'node:assert/strict';
import { test } from 'node:test';

import { APP_ID, PNG, act, events, tryAct, withApp } from './support.js';

interface Inbound {
    roomId: string;
    messageId: string;
}

const hello = { token: 't1', name: 'Cara', text: 'hello' };

test(
    'editing, reacting and deleting reach the app; an app may edit and react too',
    withApp(async (workspace, { ann, ben }) => {
        const { roomId } = await act<Inbound>(workspace, 'inbound', hello);
        const message = await workspace.sendMessage(ann._id, { rid: roomId, msg: 'helo' });
        // One at a time: listeners of one app run side by side.
        await workspace.editMessage(ann._id, message._id, 'hello');
        await workspace.settled();
        await workspace.react(ann._id, message._id, ':thumbsup:');
        await workspace.settled();
        await workspace.react(ann._id, message._id, ':thumbsup:');
        await workspace.settled();
        await assert.rejects(workspace.editMessage(ben._id, message._id, 'mine'), { error: 'error-action-not-allowed' });
        const refused = await tryAct(workspace, 'react', { messageId: message._id, emoji: ':eyes:' });
        assert.match(JSON.stringify(refused.content), /Not Authorized \[not-authorized\]/);
        await act(workspace, 'react', { messageId: message._id, emoji: ':eyes:', userId: 'rocket.cat' });
        await workspace.settled();
        await act(workspace, 'edit', { messageId: message._id, text: 'hello!' });
        await workspace.settled();
        assert.equal(workspace.message(message._id)?.editedBy?.username, 'sample.bot');
        assert.deepEqual(Object.keys(workspace.message(message._id)?.reactions ?? {}), [':eyes:']);
        await workspace.deleteMessage(ann._id, message._id);
        assert.equal(workspace.message(message._id), undefined);
        const seen = (await events(workspace)).filter(({ event, id }) => id === message._id && event !== 'sent');
        assert.deepEqual(
            seen.map(({ event, text, reaction, isReacted, by }) => [event, text, reaction ?? null, isReacted ?? null, by ?? null]),
            [
                ['updated', 'hello', null, null, null],
                ['reacted', 'hello', ':thumbsup:', true, 'ann'],
                ['reacted', 'hello', ':thumbsup:', false, 'ann'],
                ['reacted', 'hello', ':eyes:', true, 'rocket.cat'],
                ['updated', 'hello!', null, null, null],
                ['deleted', 'hello!', null, null, 'ann'],
            ],
        );
    }),
);

test(
    'a quote carries the link of what it quotes; a thread counts its answers; too long is refused',
    withApp(async (workspace, { ann }) => {
        const { roomId, messageId } = await act<Inbound>(workspace, 'inbound', hello);
        const quote = await workspace.sendMessage(ann._id, { rid: roomId, msg: 'to that', quote: messageId });
        const link = `http://127.0.0.1:3000/live/${roomId}?msg=${messageId}`;
        assert.equal(quote.msg, `[ ](${link}) to that`);
        assert.deepEqual([quote.attachments?.[0]?.message_link, quote.attachments?.[0]?.text], [link, 'hello']);
        await workspace.sendMessage(ann._id, { rid: roomId, msg: 'below', tmid: messageId });
        assert.equal(workspace.message(messageId)?.tcount, 1);
        await assert.rejects(workspace.sendMessage(ann._id, { rid: roomId, msg: 'x'.repeat(5001) }), { error: 'error-message-size-exceeded' });
    }),
);

test(
    "a visitor's file becomes a message only in an open room of that visitor",
    withApp(async (workspace, { ann }) => {
        const { roomId } = await act<Inbound>(workspace, 'inbound', hello);
        const file = { roomId, token: 't1', filename: 'dot.png', base64: PNG.toString('base64') };
        const upload = await act<{ id: string; type: string; size: number }>(workspace, 'upload', file);
        assert.deepEqual([upload.type, upload.size], ['image/png', PNG.length]);
        const message = workspace.messages(roomId).at(-1);
        assert.deepEqual([message?.token, message?.file?._id, message?.attachments?.[0]?.image_url], ['t1', upload.id, `/file-upload/${upload.id}/dot.png`]);
        assert.equal(await act(workspace, 'download', { fileId: upload.id }), PNG.toString('base64'));
        await workspace.closeLivechatRoom(roomId, { userId: ann._id }, { comment: 'done' });
        const [messages, uploads] = [workspace.messages(roomId).length, workspace.uploads(roomId).length];
        const refused = await tryAct(workspace, 'upload', file);
        assert.match(String(refused.content), /\[invalid-file\]/);
        assert.deepEqual([workspace.messages(roomId).length, workspace.uploads(roomId).length], [messages, uploads]);
    }),
);

test(
    "an agent's file has the bytes, a caption, and for an image a thumbnail beside it",
    withApp(async (workspace, { ann }) => {
        const { roomId } = await act<Inbound>(workspace, 'inbound', hello);
        const { upload, message } = await workspace.uploadFile(ann._id, { rid: roomId, name: 'dot.png', content: PNG, description: 'a dot' });
        assert.equal(message.file?._id, upload._id);
        assert.equal(message.files?.length, 2);
        assert.equal(message.attachments?.[0]?.description, 'a dot');
        assert.notEqual(message.attachments[0].image_url, `/file-upload/${upload._id}/dot.png`);
        assert.ok((await events(workspace)).some(({ fileId }) => fileId === upload._id));
    }),
);

test(
    'the file settings are obeyed',
    withApp(async (workspace, { ann }) => {
        const { roomId } = await act<Inbound>(workspace, 'inbound', hello);
        const upload = (name: string, size = 3) => workspace.uploadFile(ann._id, { rid: roomId, name, content: Buffer.alloc(size) });
        await assert.rejects(upload('a.svg'), { error: 'error-invalid-file-type' });
        workspace.setServerSetting('FileUpload_MediaTypeWhiteList', 'image/*');
        await assert.rejects(upload('a.pdf'), { error: 'error-invalid-file-type' });
        await upload('a.tif');
        await assert.rejects(upload('a.png'), { message: 'Input file contains unsupported image format' });
        workspace.setServerSetting('FileUpload_MaxFileSize', 2);
        await assert.rejects(upload('a.png'), { error: 'error-file-too-large' });
        workspace.setServerSetting('FileUpload_Enabled', false);
        const refused = await tryAct(workspace, 'upload', { roomId, token: 't1', filename: 'a.png', base64: 'AAAA' });
        assert.match(String(refused.content), /error-file-upload-disabled/);
    }),
);

test(
    "rooms: a group with members, a taken name, a creator's missing right; an app's message in it",
    withApp(async (workspace, { admin, ann, ben }) => {
        const { roomId } = await act<{ roomId: string }>(workspace, 'channel', { creator: 'admin', type: 'p', name: 'set-up', members: ['ann', 'nobody'] });
        assert.deepEqual(workspace.members(roomId).map(({ username }) => username), ['admin', 'ann']);
        assert.equal(workspace.room(roomId)?.fname, 'Shown');
        const taken = await tryAct(workspace, 'channel', { creator: 'admin', type: 'p', name: 'set-up' });
        assert.match(String(taken.content), /error-duplicate-channel-name/);
        workspace.setRoles(ben._id, ['guest']);
        assert.match(String((await tryAct(workspace, 'channel', { creator: 'ben', type: 'c', name: 'other' })).content), /error-not-allowed/);
        const { messageId } = await act<{ messageId: string }>(workspace, 'notice', { roomId, text: 'for you' });
        assert.equal(workspace.message(messageId)?.u.username, 'sample.bot');
        await assert.rejects(workspace.sendMessage(ben._id, { rid: roomId, msg: 'let me in' }), { error: 'error-not-allowed' });
        assert.ok(workspace.canAccessRoom(roomId, admin._id) && workspace.canAccessRoom(roomId, ann._id));
    }),
);

test(
    'a bot user is made once',
    withApp(async (workspace) => {
        const id = await act<string>(workspace, 'bot', { username: 'instagram.bot' });
        assert.deepEqual([workspace.user(id)?.type, workspace.user(id)?.appId], ['bot', undefined], 'the server does not note whose it is');
        assert.equal((await tryAct(workspace, 'bot', { username: 'instagram.bot' })).status, 500);
    }),
);

test(
    'a slash command answers for one pair of eyes, and opens a modal that can be submitted',
    withApp(async (workspace, { ann }) => {
        const room = await workspace.createRoom(ann._id, { t: 'c', name: 'general' });
        await workspace.runCommand(ann._id, { command: '/sample', params: 'a b', rid: room._id });
        assert.deepEqual(workspace.ephemeralMessages(ann._id).map(({ msg }) => msg), ['heard a|b']);
        assert.deepEqual(workspace.messages(room._id), []);
        await assert.rejects(workspace.runCommand(ann._id, { command: 'other', rid: room._id }), { error: 'error-invalid-command' });

        await workspace.runCommand(ann._id, { command: 'sample', params: 'modal', rid: room._id, triggerId: 'trigger' });
        const view = workspace.openView(ann._id);
        assert.deepEqual([view?.type, view?.triggerId, view?.viewId], ['modal.open', 'trigger', 'sample-view']);
        const submit = (value: string) =>
            workspace.interact(ann._id, APP_ID, { type: 'viewSubmit', payload: { view: { id: 'sample-view', state: { b: { a: value } } } } });
        await submit('');
        assert.deepEqual(workspace.openView(ann._id)?.errors, { a: 'needed' });
        await submit('Ann');
        assert.equal(workspace.openView(ann._id), undefined);
        await workspace.interact(ann._id, APP_ID, {
            type: 'blockAction',
            actionId: 'go',
            payload: { blockId: 'b', value: '7' },
            container: { type: 'view', id: 'sample-view' },
            rid: room._id,
        });
        await workspace.interact(ann._id, APP_ID, { type: 'actionButton', actionId: 'press', rid: room._id, payload: { context: 'roomAction' } });
        const seen = (await events(workspace)).filter(({ event }) => ['submit', 'block', 'button'].includes(event));
        assert.deepEqual(seen, [
            { event: 'submit', state: { b: { a: 'Ann' } } },
            { event: 'block', actionId: 'go', value: '7', roomId: room._id },
            { event: 'button', actionId: 'press', roomId: room._id },
        ]);
    }),
);

test(
    'server settings: readable ones, and none that is secret',
    withApp(async (workspace) => {
        assert.deepEqual(await act(workspace, 'setting', { id: 'Site_Url' }), { value: 'http://127.0.0.1:3000' });
        assert.match(String((await tryAct(workspace, 'setting', { id: 'Federation_Private_Key' })).content), /not readable/);
        assert.throws(() => {
            workspace.setServerSetting('Livechat_enabled', 'yes');
        }, { error: 'error-invalid-setting-value' });
    }),
);
