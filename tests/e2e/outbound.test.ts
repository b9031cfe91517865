/** What agents do in a room, and what Meta is asked for it: through the installed package, on both networks. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { MessageDoc, RoomDoc } from '../workspace/src/model.js';
import { messageOf, type SentCall } from './sim.js';
import { APP_ID, close, eventually, type Network, NETWORKS, Stack } from './stack.js';

/** As much of a message to Meta as is looked at here. */
interface Sent {
    text?: string;
    quick_replies?: { title: string }[];
    attachment?: { payload?: { buttons?: unknown } };
}
interface Body {
    sender_action?: string;
    payload?: unknown;
    reply_to?: { mid: string };
}
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

describe('agents answer through the installed package', () => {
    let stack: Stack;

    before(async () => {
        stack = await Stack.open({ connect: ['facebook', 'instagram'] });
        await stack.set('agent_display_name', 'none');
    });
    after(() => close(stack));

    let scenes = 0;

    /** A conversation of its own, with whoever serves it. */
    async function scene({ channel, account }: Network, person: string): Promise<{ room: RoomDoc; agent: string; first: MessageDoc }> {
        await stack.sim.request('DELETE', '/sent');
        scenes += 1;
        const words = `Hello ${String(scenes)}`;
        await stack.sim.customer(person, { account, text: words });
        const room = await stack.openRoom(channel, account, person);
        const first = await eventually(() => stack.messages(room._id).filter(({ msg }) => msg === words).at(-1), 'the message is shown');
        return { room, agent: room.servedBy?.username ?? 'agent1', first };
    }

    /** What was asked of Meta; that a message was seen is told in the background. */
    const asked = async (account: string): Promise<SentCall[]> => (await stack.sim.sent({ account })).filter((call) => body(call).sender_action !== 'mark_seen');
    const calls = (account: string, count: number): Promise<SentCall[]> =>
        eventually(async () => ((await asked(account)).length >= count ? asked(account) : undefined), `${String(count)} calls at Meta`);

    /** Whether an agent's message is marked as one that did not go out. */
    const isMarked = ({ _id }: MessageDoc): boolean => stack.workspace.message(_id)?.reactions?.[':warning:'] !== undefined;

    const body = (call: SentCall | undefined): Body => (call?.body ?? {}) as Body;
    const message = (call: SentCall | undefined): Sent => (call === undefined ? {} : (messageOf(call) as Sent));

    for (const network of NETWORKS) {
        const { channel, account } = network;
        const instagram = channel === 'instagram';

        test(`${channel}: texts, choices and buttons`, async () => {
            const { room, agent } = await scene(network, 'anna');
            const table: { said: string; check: (sent: Sent) => void }[] = [
                { said: '*Bold* and [a link](https://x.example/a_b)', check: (sent) => { assert.equal(sent.text, 'Bold and a link: https://x.example/a_b'); } },
                {
                    said: 'Blue?\n[[Yes]] [[No]]',
                    check: (sent) => {
                        assert.equal(sent.text, instagram ? 'Blue?\n1. Yes\n2. No' : 'Blue?');
                        assert.deepEqual(sent.quick_replies?.map(({ title }) => title), ['Yes', 'No']);
                    },
                },
                {
                    said: 'Look\n[[Shop|https://shop.example]]',
                    check: (sent) => { assert.deepEqual(sent.attachment?.payload?.buttons, [{ type: 'web_url', title: 'Shop', url: 'https://shop.example' }]); },
                },
            ];
            for (const [index, row] of table.entries()) {
                await stack.agentSays(agent, room._id, row.said);
                const call = (await calls(account, index + 1)).at(index);
                assert.equal(call?.ok, true, row.said);
                row.check(message(call));
            }
        });

        test(`${channel}: a long text arrives whole, in order`, async () => {
            const { room, agent } = await scene(network, 'bruno');
            const words = Array.from({ length: 550 }, (_, n) => `wört${String(n)}`).join(' ');
            await stack.agentSays(agent, room._id, words);
            const sent = await calls(account, instagram ? 5 : 3);
            assert.ok(sent.every(({ ok }) => ok));
            assert.equal(sent.map((call) => message(call).text).join(' '), words);
        });

        test(`${channel}: a file goes as an upload with its caption behind it`, async () => {
            const { room, agent } = await scene(network, 'chidi');
            await stack.workspace.uploadFile(stack.user(agent)._id, { rid: room._id, name: 'cat.png', content: PNG, description: 'My *cat*' });
            await stack.workspace.settled();
            const sent = await calls(account, 2);
            assert.ok(sent.every(({ ok }) => ok), JSON.stringify(sent));
            assert.equal(message(sent.at(-1)).text, 'My cat');
            // An upload for Instagram is the Page's.
            const all = JSON.stringify(await stack.sim.sent());
            assert.match(all, new RegExp(`"size":${String(PNG.length)}\\b`));
            assert.ok(!all.includes('file-upload'), 'no address of the workspace leaves');
        });

        test(`${channel}: what may not go is refused in words`, async () => {
            const { room, agent } = await scene(network, 'dalia');
            const upload = { rid: room._id, name: instagram ? 'notes.txt' : 'big.bin', content: instagram ? Buffer.from('notes') : Buffer.alloc(26 * 1024 * 1024, 1) };
            const shown = stack.shownFromNow(agent);
            const { message: posted } = await stack.workspace.uploadFile(stack.user(agent)._id, upload);
            await stack.workspace.settled();
            const told = await eventually(() => shown() || undefined, 'the agent is told');
            assert.match(told, instagram ? /the network takes PDF/ : /larger than 25 MB/);
            await eventually(() => isMarked(posted), 'the message is marked');
            assert.deepEqual(await asked(account), []);
        });

        test(`${channel}: a quote answers, a heart is set and taken back`, async () => {
            const { room, agent, first } = await scene(network, 'emi');
            const { _id: user } = stack.user(agent);
            await stack.workspace.sendMessage(user, { rid: room._id, msg: 'Yes', quote: first._id });
            await stack.workspace.settled();
            await stack.workspace.react(user, first._id, ':heart:', true);
            await stack.workspace.settled();
            await stack.workspace.react(user, first._id, ':heart:', false);
            await stack.workspace.settled();
            const [answer, set, back] = await calls(account, 3);
            assert.equal(message(answer).text, 'Yes');
            const mid = body(answer).reply_to?.mid;
            assert.ok(mid);
            assert.deepEqual(body(set).payload, { message_id: mid, reaction: instagram ? 'love' : '❤️' });
            assert.equal(body(back).sender_action, 'unreact');
            assert.ok([answer, set, back].every((call) => call?.ok));
        });

        test(`${channel}: edits and deletions stay here, and the agent knows`, async () => {
            const { room, agent } = await scene(network, 'anna');
            const { _id: user } = stack.user(agent);
            const said = await stack.agentSays(agent, room._id, 'Tuesday');
            await calls(account, 1);
            const shown = stack.shownFromNow(agent);
            await stack.workspace.editMessage(user, said._id, 'Wednesday');
            await stack.workspace.settled();
            await eventually(() => /Edited here only/.test(shown()), 'the agent reads that it is edited here only');
            await stack.workspace.deleteMessage(user, said._id);
            await stack.workspace.settled();
            await eventually(() => /Deleted here only/.test(shown()), 'the agent reads that it is deleted here only');
            assert.equal((await calls(account, 1)).length, 1);
        });

        test(`${channel}: a refusal is said, and "Send again" sends again`, async () => {
            const { room, agent } = await scene(network, 'bruno');
            await stack.sim.post('/faults', { path: '/messages', method: 'POST', times: 1, error: { code: 200 }, body_contains: 'try me' });
            const shown = stack.shownFromNow(agent);
            const said = await stack.agentSays(agent, room._id, 'try me');
            const value = await eventually(() => /"value":"([0-9a-f]{24}:\w+)"/.exec(shown())?.[1], 'the agent is told, with a button');
            await eventually(() => isMarked(said), 'the message is marked');
            await stack.workspace.interact(stack.user(agent)._id, APP_ID, {
                type: 'blockAction',
                actionId: 'outbound:retry',
                payload: { blockId: 'outbound:next', value },
                rid: room._id,
                container: { type: 'message', id: said._id },
                triggerId: 'retry',
            });
            await stack.workspace.settled();
            await eventually(() => !isMarked(said), 'the mark is gone');
            const sent = (await stack.sim.sent({ account })).filter((call) => call.ok && message(call).text === 'try me');
            assert.equal(sent.length, 1);
        });

        test(`${channel}: an answer that gets lost on its way back is looked up, not repeated`, async () => {
            const { room, agent } = await scene(network, 'chidi');
            await stack.sim.post('/faults', { path: '/messages', method: 'POST', times: 1, drop: 'after', body_contains: 'just the once' });
            await stack.agentSays(agent, room._id, 'just the once');
            await stack.agentSays(agent, room._id, 'and then this');
            // The app looks after a quarter of a minute by its own clock, which is the wall's.
            await eventually(
                async () => {
                    await stack.workspace.advanceTime(5_000);
                    await stack.workspace.settled();
                    return (await stack.sim.sent({ account, kind: 'message' })).length >= 2;
                },
                'the second message goes out',
                120_000,
            );
            const thread = await stack.sim.sent({ account, kind: 'message' });
            const texts = thread.map((call) => message(call).text);
            assert.deepEqual(texts, ['just the once', 'and then this']);
        });
    }
});
