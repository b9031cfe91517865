import assert from 'node:assert/strict';
import { test } from 'node:test';
import { act, events, withApp } from './support.js';

test('boot', withApp(async (workspace, { ann }) => {
    console.log(JSON.stringify(workspace.endpoints()));
    console.log(await act(workspace, 'echo'));
    const r = await act<{roomId: string}>(workspace, 'inbound', { token: 't1', name: 'Cara', text: 'hello' });
    console.log(r, workspace.room(r.roomId));
    const agent = workspace.room(r.roomId)?.servedBy?._id ?? '';
    await workspace.sendMessage(agent, { rid: r.roomId, msg: 'hi Cara' });
    console.log(workspace.messages(r.roomId).map((m) => [m.t, m.u.username, m.msg, m.token]));
    console.log(await events(workspace));
    console.log(workspace.roundTrips().map((r) => r.method));
}));
