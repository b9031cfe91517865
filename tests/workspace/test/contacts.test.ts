import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ContactDoc, RoomDoc, UserDoc } from '../src/model.js';
import type { Workspace } from '../src/workspace.js';
import { act, APP_ID, tryAct, withApp } from './support.js';

const hello = { token: 't1', name: 'Cara', text: 'hello' };

async function inbound(workspace: Workspace, input: Record<string, unknown> = {}): Promise<RoomDoc> {
    const { roomId } = await act<{ roomId: string }>(workspace, 'inbound', { ...hello, ...input });
    return room(workspace, roomId);
}

function room(workspace: Workspace, roomId: string): RoomDoc {
    const found = workspace.room(roomId);
    assert.ok(found);
    return found;
}

function contact(workspace: Workspace, { contactId }: RoomDoc): ContactDoc {
    const found = workspace.contact(contactId ?? '');
    assert.ok(found);
    return found;
}

function appUser(workspace: Workspace): UserDoc {
    const found = workspace.users().find(({ appId }) => appId === APP_ID);
    assert.ok(found);
    return found;
}

test(
    "a room has its contact's name; agents rename contacts, and another name for the visitor is then a conflict",
    withApp(async (workspace) => {
        const first = await inbound(workspace);
        assert.deepEqual([first.fname, contact(workspace, first).unknown], ['Cara', true]);
        await act(workspace, 'save', { visitor: { token: 't1', name: 'Cara B' } });
        assert.equal(contact(workspace, first).name, 'Cara B', 'nobody has touched it yet');
        workspace.renameContact(first.contactId ?? '', 'Mrs B');
        assert.equal(room(workspace, first._id).fname, 'Mrs B');
        await act(workspace, 'save', { visitor: { token: 't1', department: undefined } });
        assert.equal(contact(workspace, first).conflictingFields, undefined, 'no name, no conflict');
        for (const name of ['Cara B', 'Cara B', 'Cara']) {
            await act(workspace, 'save', { visitor: { token: 't1', name } });
        }
        assert.deepEqual(contact(workspace, first).conflictingFields, ['Cara B', 'Cara'].map((value) => ({ field: 'name', value })));
        const second = await inbound(workspace, { newRoom: true });
        assert.deepEqual([second.fname, second.contactId], ['Mrs B', first.contactId]);
    }),
);

test(
    "an app's note is an answer in every statistic, a visitor's message, an edit and a system message are none",
    withApp(async (workspace, { ann }) => {
        workspace.setServerSetting('Livechat_abandoned_rooms_action', 'close');
        workspace.setServerSetting('Livechat_auto_transfer_chat_timeout', 60);
        const { _id: roomId } = await inbound(workspace);
        const waiting = room(workspace, roomId);
        assert.deepEqual([waiting.waitingResponse, waiting.responseBy, waiting.autoTransferOngoing], [true, undefined, true]);
        assert.deepEqual(workspace.activeContacts(), []);
        const { messageId } = await act<{ messageId: string }>(workspace, 'notice', { roomId, text: 'a card' });
        const answered = room(workspace, roomId);
        assert.deepEqual([answered.waitingResponse, answered.responseBy?.username, answered.autoTransferOngoing], [undefined, 'sample.bot', undefined]);
        assert.equal(answered.metrics?.response?.total, 1);
        assert.ok(answered.omnichannel?.predictedVisitorAbandonmentAt);
        assert.equal(workspace.activeContacts().length, 1);
        // The next question waits for an answer of its own.
        await inbound(workspace);
        assert.deepEqual([room(workspace, roomId).waitingResponse, room(workspace, roomId).responseBy], [true, undefined]);
        await act(workspace, 'edit', { messageId, text: 'another card' });
        assert.equal(room(workspace, roomId).waitingResponse, true);
        await workspace.sendMessage(ann._id, { rid: roomId, msg: 'good day' });
        assert.deepEqual([room(workspace, roomId).responseBy?.username, room(workspace, roomId).metrics?.response?.total], ['ann', 2]);
    }),
);

test(
    'with the setting on and the role bot a note is none but for the automatic transfer; either alone changes nothing',
    withApp(async (workspace) => {
        const ignore = (on: boolean): void => { workspace.setServerSetting('Omnichannel_Metrics_Ignore_Automatic_Messages', on); };
        const counts = async (token: string): Promise<boolean> => {
            const { _id: roomId } = await inbound(workspace, { token });
            await act(workspace, 'notice', { roomId, text: 'a card' });
            return room(workspace, roomId).waitingResponse === undefined;
        };
        ignore(true);
        assert.equal(await counts('t2'), true);
        workspace.setRoles(appUser(workspace)._id, ['app', 'bot']);
        ignore(false);
        assert.equal(await counts('t3'), true);
        ignore(true);
        workspace.setServerSetting('Livechat_auto_transfer_chat_timeout', 60);
        assert.equal(await counts('t4'), false);
        assert.deepEqual(workspace.rooms({ token: 't4' }).map(({ metrics, autoTransferOngoing }) => [metrics?.response, autoTransferOngoing]), [[undefined, undefined]]);
        assert.equal(workspace.activeContacts().length, 2);
    }),
);

test(
    'past the monthly contacts visitors still write, rooms queue, and only in rooms that count already somebody answers',
    withApp(async (workspace, { ann }) => {
        const counted = await inbound(workspace);
        await workspace.sendMessage(ann._id, { rid: counted._id, msg: 'good day' });
        workspace.setContactLimit(1);
        const late = await inbound(workspace, { token: 't2' });
        assert.deepEqual([late.servedBy, workspace.queue().length], [undefined, 1]);
        await assert.rejects(workspace.takeInquiry(late._id, ann._id), { message: 'error-mac-limit-reached' });
        const refused = await tryAct(workspace, 'notice', { roomId: late._id, text: 'a card' });
        assert.match(String(refused.content), /error-mac-limit-reached/);
        await inbound(workspace, { token: 't2', text: 'still there?' });
        await act(workspace, 'notice', { roomId: counted._id, text: 'a card' });
        workspace.setContactLimit();
        await act(workspace, 'notice', { roomId: late._id, text: 'a card' });
    }),
);
