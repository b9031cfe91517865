/** Rules of the server that an app meets only now and then, and must be ready for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseParameters } from '../src/domain/parameters.js';
import { act, tryAct, withApp } from './support.js';

interface Inbound {
    roomId: string;
    messageId: string;
}

const hello = { token: 't1', name: 'Cara', text: 'hello' };

test(
    'being in a room is not enough to read it: the role must let one see rooms of that kind',
    withApp(async (workspace, { admin, ann, ben }) => {
        const { _id: group } = await workspace.createRoom(admin._id, { t: 'p', name: 'set-up', members: ['ann'] });
        assert.equal(workspace.canAccessRoom(group, ann._id), true);
        workspace.setRoles(ann._id, ['livechat-agent']);
        assert.equal(workspace.canAccessRoom(group, ann._id), false);
        workspace.setRoles(ann._id, ['livechat-agent', 'guest']);
        assert.equal(workspace.canAccessRoom(group, ann._id), true);
        assert.equal(workspace.canAccessRoom(group, ben._id), false);
    }),
);

test(
    'a conversation is open to who serves it and to managers; the queue only where agents choose; a closed one by permission',
    withApp(async (workspace, { ann, ben }) => {
        const manager = workspace.createUser({ username: 'mia', roles: ['livechat-manager'] });
        const { roomId } = await act<Inbound>(workspace, 'inbound', hello);
        const seenBy = (): string[] => [ann, ben, manager].filter(({ _id }) => workspace.canAccessRoom(roomId, _id)).map(({ username }) => username);
        assert.deepEqual(seenBy(), ['ann', 'mia']);
        workspace.setServerSetting('Livechat_Routing_Method', 'Manual_Selection');
        await workspace.returnToQueue(roomId, ann._id);
        assert.deepEqual(seenBy(), ['ann', 'ben', 'mia']);
        workspace.setServerSetting('Livechat_Routing_Method', 'Auto_Selection');
        assert.deepEqual(seenBy(), ['mia']);
        await workspace.closeLivechatRoom(roomId, { userId: manager._id }, { comment: 'done' });
        assert.deepEqual(seenBy(), ['mia']);
    }),
);

test(
    'who calls everybody must be allowed to: a visitor and an app are not, in a text nor by an edit',
    withApp(async (workspace, { ann }) => {
        const { roomId } = await act<Inbound>(workspace, 'inbound', hello);
        for (const [action, text] of [['inbound', '@all look'], ['inbound', 'hi\n@here'], ['notice', 'look @all']] as const) {
            const refused = await tryAct(workspace, action, { ...hello, roomId, text });
            assert.match(String(refused.content), /not allowed \[error-action-not-allowed\]/, text);
        }
        const { messageId } = await act<{ messageId: string }>(workspace, 'notice', { roomId, text: 'me@all.example, (@all), @allan' });
        assert.match(String((await tryAct(workspace, 'edit', { messageId, text: '@all' })).content), /error-action-not-allowed/);
        await workspace.sendMessage(ann._id, { rid: roomId, msg: '@all look' });
    }),
);

test(
    'threads can be switched off; a time that is off is set right or refused',
    withApp(async (workspace) => {
        const { roomId, messageId } = await act<Inbound>(workspace, 'inbound', hello);
        const notice = (more: object) => tryAct(workspace, 'notice', { roomId, text: 'x', ...more });
        assert.equal((await notice({ threadId: messageId })).status, 200);
        workspace.setServerSetting('Threads_enabled', false);
        assert.match(String((await notice({ threadId: messageId })).content), /\[error-not-allowed\]/);

        const early = await act<{ messageId: string }>(workspace, 'notice', { roomId, text: 'x', createdAt: workspace.now() - 30_000 });
        assert.ok((workspace.message(early.messageId)?.ts.getTime() ?? 0) > workspace.now() - 10_000);
        assert.match(String((await notice({ createdAt: workspace.now() - 61_000 })).content), /error-message-ts-out-of-sync/);
    }),
);

test(
    'a custom field may have a pattern, and a value that does not fit is refused in words, in the language of the workspace',
    withApp(async (workspace) => {
        const { roomId } = await act<Inbound>(workspace, 'inbound', hello);
        workspace.defineCustomField('followers', { regexp: '^[0-9]{1,3}$' });
        workspace.defineCustomField('campaign', { scope: 'room' });
        const set = (key: string, value: string) => tryAct(workspace, 'field', { token: 't1', key, value });
        assert.equal((await set('followers', '12')).status, 200);
        assert.equal((await set('followers', '12345')).content, 'Invalid value for followers field');
        workspace.setServerSetting('Language', 'de');
        assert.equal((await set('followers', 'x')).content, 'Ungültiger Wert für das Feld followers');
        await set('campaign', 'summer');
        assert.deepEqual(workspace.visitorByToken('t1')?.livechatData, { followers: '12' });
        assert.deepEqual(workspace.room(roomId)?.livechatData, { campaign: 'summer' });
        assert.equal((await set('other', 'x')).content, 'invalid-custom-field');
    }),
);

test(
    'a department that wants a tag gets one: from the agent a chosen one, from an app its own',
    withApp(async (workspace, { ann }) => {
        const sales = workspace.createDepartment({ name: 'Sales', agents: ['ann'], requestTagBeforeClosingChat: true, chatClosingTags: ['sale'] });
        const open = async (token: string): Promise<string> => (await act<Inbound>(workspace, 'inbound', { ...hello, token, department: 'Sales' })).roomId;
        const roomId = await open('t1');
        const close = (tags?: string[]) => workspace.closeLivechatRoom(roomId, { userId: ann._id }, { comment: 'done', tags });
        await assert.rejects(close(), { error: 'error-tags-must-be-assigned-before-closing-chat' });
        await close(['big']);
        assert.deepEqual(workspace.room(roomId)?.tags, ['big', 'sale']);
        const other = await open('t2');
        await act(workspace, 'close', { roomId: other, comment: 'done' });
        assert.deepEqual(workspace.room(other)?.tags, ['sale']);
        workspace.updateDepartment(sales._id, { chatClosingTags: [] });
        const refused = await tryAct(workspace, 'close', { roomId: await open('t3'), comment: 'done' });
        assert.equal(refused.content, 'error-tags-must-be-assigned-before-closing-chat');
    }),
);

test('words behind a slash command are grouped by quotes, which are gone then', () => {
    for (const [text, words] of [
        ['', []],
        ['  ', []],
        ['edit  Acme\tShop', ['edit', 'Acme', 'Shop']],
        ['edit "Acme Shop"', ['edit', 'Acme Shop']],
        ["edit 'Acme Shop'", ['edit', 'Acme Shop']],
        ['edit "Acme Shop" now', ['edit', 'Acme Shop', 'now']],
        ['a"b c"d', ['ab cd']],
        ['"a b""c d"', ['a b', 'c d']],
        ["edit Ann's shop", ['edit', "Ann's", 'shop']],
        ["Ann's and Ben's shop", ['Anns and Bens', 'shop']],
        ['say \\"hi\\"', ['say', '\\"hi\\"']],
        ['say "a \\" b"', ['say', 'a " b']],
        ['edit ""', ['edit', '']],
    ] as const) {
        assert.deepEqual(parseParameters(text), words, text);
    }
});
