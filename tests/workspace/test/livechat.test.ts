import assert from 'node:assert/strict';
import { test } from 'node:test';

import { APP_ID, act, events, tryAct, withApp } from './support.js';

interface Inbound {
    roomId: string;
    messageId: string;
}

const hello = { token: 't1', name: 'Cara', text: 'hello' };

test(
    'a text each way: the visitor writes, the agent on duty answers',
    withApp(async (workspace) => {
        const { roomId, messageId } = await act<Inbound>(workspace, 'inbound', hello);
        const room = workspace.room(roomId);
        assert.equal(room?.servedBy?.username, 'ann');
        assert.deepEqual(room.source, { type: 'app', id: APP_ID, alias: 'Sample', label: 'Sample', destination: 'Shop' });
        assert.deepEqual(room.customFields, { via: 'sample' });
        assert.equal(workspace.message(messageId)?.alias, 'Cara');
        // Events reach an app in any order.
        await workspace.settled();
        await workspace.sendMessage(room.servedBy._id, { rid: roomId, msg: 'good day' });
        assert.equal(workspace.room(roomId)?.waitingResponse, undefined);
        const seen = await events(workspace);
        assert.deepEqual(seen.filter(({ event }) => event === 'sent').map(({ text, token, sender }) => [text, token, sender]), [
            ['hello', 't1', 'guest-1'],
            ['good day', null, 'ann'],
        ]);
        assert.deepEqual(seen.map(({ event }) => event).filter((event) => event !== 'sent').sort(), ['assigned', 'started', 'system']);
    }),
);

test(
    'createRoom never reuses a room, and auto selection takes turns',
    withApp(async (workspace) => {
        const one = await act<Inbound>(workspace, 'inbound', hello);
        const two = await act<Inbound>(workspace, 'inbound', { ...hello, newRoom: true });
        assert.notEqual(one.roomId, two.roomId);
        assert.deepEqual([one, two].map(({ roomId }) => workspace.room(roomId)?.servedBy?.username), ['ann', 'ben']);
        assert.equal(workspace.visitors().length, 1);
    }),
);

test(
    'nobody there is no-agent-online, unless chats without agents are accepted; disabled Omnichannel is said',
    withApp(async (workspace, { ann, ben }) => {
        workspace.setPresence(ann._id, 'offline');
        workspace.setAgentStatus(ben._id, 'not-available');
        assert.equal(await act(workspace, 'online'), false);
        const refused = await tryAct(workspace, 'inbound', hello);
        assert.equal(refused.status, 500);
        assert.match(String(refused.content), /no-agent-online/);
        workspace.setServerSetting('Livechat_accept_chats_with_no_agents', true);
        assert.equal(await act(workspace, 'online'), true);
        const { roomId } = await act<Inbound>(workspace, 'inbound', hello);
        assert.equal(workspace.room(roomId)?.servedBy, undefined);
        assert.equal(workspace.queue()[0]?.message, 'hello');
        workspace.setServerSetting('Livechat_enabled', false);
        const disabled = await tryAct(workspace, 'inbound', { ...hello, newRoom: true });
        assert.match(String(disabled.content), /error-omnichannel-is-disabled/);
    }),
);

test(
    'manual selection queues the room until an agent takes it, and once',
    withApp(async (workspace, { ann, ben, admin }) => {
        workspace.setServerSetting('Livechat_Routing_Method', 'Manual_Selection');
        const { roomId } = await act<Inbound>(workspace, 'inbound', hello);
        const [inquiry] = workspace.queue();
        assert.equal(inquiry?.status, 'queued');
        assert.equal(workspace.canAccessRoom(roomId, ann._id), true);
        const room = await workspace.takeInquiry(inquiry._id, ann._id);
        assert.equal(room.servedBy?._id, ann._id);
        await assert.rejects(workspace.takeInquiry(inquiry._id, ben._id), { error: 'error-inquiry-taken' });
        assert.equal(workspace.canAccessRoom(roomId, ben._id), false);
        await assert.rejects(workspace.sendMessage(ben._id, { rid: roomId, msg: 'me too' }), { error: 'error-not-allowed' });
        await workspace.sendMessage(admin._id, { rid: roomId, msg: 'a manager may' });
        await workspace.returnToQueue(roomId, ann._id);
        assert.equal(workspace.room(roomId)?.servedBy, undefined);
        assert.equal(workspace.queue()[0]?.status, 'queued');
        assert.ok((await events(workspace)).some(({ event, agent }) => event === 'unassigned' && agent === 'ann'));
    }),
);

test(
    'the waiting queue gives rooms out when an agent has room for more',
    withApp(async (workspace, { ann, ben }) => {
        workspace.setServerSetting('Livechat_waiting_queue', true);
        workspace.setServerSetting('Livechat_maximum_chats_per_agent', 1);
        workspace.setPresence(ben._id, 'offline');
        const one = await act<Inbound>(workspace, 'inbound', hello);
        const two = await act<Inbound>(workspace, 'inbound', { ...hello, token: 't2' });
        assert.equal(workspace.room(one.roomId)?.servedBy?.username, 'ann');
        assert.equal(workspace.room(two.roomId)?.servedBy, undefined);
        await workspace.closeLivechatRoom(one.roomId, { userId: ann._id }, { comment: 'done' });
        assert.equal(workspace.room(two.roomId)?.servedBy?.username, 'ann');
    }),
);

test(
    'departments: their agents serve, a fallback helps, an unknown one is refused',
    withApp(async (workspace, { ann, ben }) => {
        const sales = workspace.createDepartment({ name: 'Sales', agents: ['ben'] });
        const night = workspace.createDepartment({ name: 'Night', agents: ['ann'], fallbackForwardDepartment: sales._id });
        assert.deepEqual((await act<{ name: string; numberOfAgents: number }[]>(workspace, 'departments')).map((d) => [d.name, d.numberOfAgents]), [
            ['Sales', 1],
            ['Night', 1],
        ]);
        const one = await act<Inbound>(workspace, 'inbound', { ...hello, department: 'Sales' });
        assert.equal(workspace.room(one.roomId)?.servedBy?.username, 'ben');
        workspace.setPresence(ann._id, 'offline');
        const two = await act<Inbound>(workspace, 'inbound', { ...hello, token: 't2', department: night._id });
        assert.deepEqual([workspace.room(two.roomId)?.departmentId, workspace.room(two.roomId)?.servedBy?.username], [sales._id, 'ben']);
        workspace.setPresence(ben._id, 'offline');
        assert.equal(await act(workspace, 'online', { department: sales._id }), false);
        assert.match(String((await tryAct(workspace, 'inbound', { ...hello, token: 't3', department: 'None' })).content), /error-invalid-department/);
    }),
);

test(
    'a visitor who names no department gets one offered at registration while somebody in it is there, otherwise none',
    withApp(async (workspace, { ben }) => {
        const sales = workspace.createDepartment({ name: 'Sales', agents: ['ben'], showOnRegistration: true });
        const one = await act<Inbound>(workspace, 'inbound', hello);
        assert.equal(workspace.room(one.roomId)?.departmentId, sales._id);
        workspace.setPresence(ben._id, 'offline');
        const two = await act<Inbound>(workspace, 'inbound', { ...hello, token: 't2' });
        assert.deepEqual([workspace.room(two.roomId)?.departmentId, workspace.room(two.roomId)?.servedBy?.username], [undefined, 'ann']);
    }),
);

test(
    'closing: a comment is asked for, agents leave, the app hears it, and a second close is told so',
    withApp(async (workspace, { ann }) => {
        const { roomId } = await act<Inbound>(workspace, 'inbound', hello);
        const before = await act<Record<string, unknown>>(workspace, 'room', { roomId });
        await assert.rejects(workspace.closeLivechatRoom(roomId, { userId: ann._id }), { error: 'error-comment-is-required' });
        await workspace.closeLivechatRoom(roomId, { userId: ann._id }, { comment: 'solved' });
        const room = workspace.room(roomId);
        assert.deepEqual([room?.open, room?.closer, room?.closedBy?.username], [undefined, 'user', 'ann']);
        assert.equal(workspace.messages(roomId).at(-1)?.t, 'livechat-close');
        assert.deepEqual(workspace.members(roomId), []);
        const closed = (await events(workspace)).find(({ event }) => event === 'closed');
        assert.deepEqual([closed?.['closer'], closed?.['by'], closed?.['open']], ['user', 'ann', null]);
        assert.match(String((await tryAct(workspace, 'close', { roomId, comment: 'again' })).content), /error-room-closed/);
        const stale = await tryAct(workspace, 'close', { room: before, comment: 'again' });
        assert.match(String(stale.content), /Error removing inquiry/);
    }),
);

test(
    "a visitor's message to a closed room opens a stray one, and to another's room is refused",
    withApp(async (workspace, { ann }) => {
        const { roomId } = await act<Inbound>(workspace, 'inbound', hello);
        const other = await act<Inbound>(workspace, 'inbound', { ...hello, token: 't2' });
        assert.match(String((await tryAct(workspace, 'inbound', { ...hello, roomId: other.roomId })).content), /cannot-access-room/);
        await workspace.closeLivechatRoom(roomId, { userId: ann._id }, { comment: 'solved' });
        const { messageId } = await act<Inbound>(workspace, 'inbound', { ...hello, roomId, text: 'one more thing' });
        const stray = workspace.room(workspace.message(messageId)?.rid ?? '');
        assert.notEqual(stray?._id, roomId);
        assert.deepEqual(stray?.source, { type: 'app', id: APP_ID, alias: 'sample' });
    }),
);

test(
    'forwarding to an agent and to a department',
    withApp(async (workspace, { ann, ben }) => {
        const sales = workspace.createDepartment({ name: 'Sales', agents: ['ann'] });
        const { roomId } = await act<Inbound>(workspace, 'inbound', hello);
        await workspace.transferLivechatRoom(roomId, ann._id, { userId: ben._id });
        await workspace.settled();
        assert.equal(workspace.room(roomId)?.servedBy?.username, 'ben');
        assert.deepEqual(workspace.members(roomId).map(({ username }) => username), ['ben']);
        await workspace.transferLivechatRoom(roomId, ben._id, { departmentId: sales._id });
        assert.deepEqual([workspace.room(roomId)?.servedBy?.username, workspace.room(roomId)?.departmentId], ['ann', sales._id]);
        await assert.rejects(workspace.transferLivechatRoom(roomId, ann._id, { departmentId: sales._id }), {
            error: 'error-forwarding-chat-same-department',
        });
        workspace.setPresence(ben._id, 'offline');
        await assert.rejects(workspace.transferLivechatRoom(roomId, ann._id, { userId: ben._id }), { error: 'error-user-is-offline' });
        const moves = (await events(workspace)).filter(({ event }) => event === 'transferred');
        assert.deepEqual(moves.map(({ type, from, to }) => [type, from, to]), [
            ['agent', 'ann', 'ben'],
            ['department', null, 'Sales'],
        ]);
    }),
);

test(
    'a room reaches the app in the app-side shape',
    withApp(async (workspace) => {
        const { roomId } = await act<Inbound>(workspace, 'inbound', hello);
        const room = await act<Record<string, Record<string, unknown>>>(workspace, 'room', { roomId });
        assert.equal(room['type'], 'l');
        assert.equal(room['isOpen'], true);
        assert.equal(room['visitor']?.['token'], 't1');
        assert.equal(room['servedBy']?.['username'], 'ann');
        assert.equal(room['source']?.['id'], APP_ID);
        assert.equal(await act(workspace, 'room', { roomId: 'nowhere' }), 'nothing');
    }),
);
