/** The app's settings screen: one Save posts all of it, and the server applies it setting by setting. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { WORLD } from './sim.js';
import { APP_ID, type Channel, close, Stack } from './stack.js';

const TOKEN = 'EAAGm0PX4ZCpsBAtoken';
const MINUTE = 61_000;

describe('the settings screen', () => {
    let stack: Stack;

    before(async () => {
        stack = await Stack.open({ runJobs: false, connect: ['facebook'] });
    });
    after(() => close(stack));

    const value = (id: string): unknown => stack.workspace.app(APP_ID)?.settings[id]?.value;
    const said = async (channel: Channel): Promise<string[]> => stack.messages((await stack.setupRoom(channel))._id).map(({ msg }) => msg);

    /** What the channels are told over the next two minutes, by both looks at the settings. */
    async function told(): Promise<Record<Channel, string[]>> {
        const before = { instagram: (await said('instagram')).length, facebook: (await said('facebook')).length };
        await stack.workspace.advanceTime(MINUTE);
        await stack.workspace.advanceTime(MINUTE);
        return { instagram: (await said('instagram')).slice(before.instagram), facebook: (await said('facebook')).slice(before.facebook) };
    }

    test('a form saved as it stands changes nothing and says nothing', async () => {
        await told();
        await stack.saveForm({});
        await stack.saveForm({});
        assert.equal(value('meta_app_secret'), WORLD.appSecret);
        assert.deepEqual(await told(), { instagram: [], facebook: [] });
    });

    test('what cannot be is not stored, and told with the reason in one message', async () => {
        await stack.saveForm({ meta_app_secret: TOKEN, graph_version: 'zzz', file_upload_max_mb: -5, retention_days: 60, agent_display_name: 'username' });
        assert.equal(value('meta_app_secret'), WORLD.appSecret);
        assert.equal(value('graph_version') ?? 'v26.0', 'v26.0');
        assert.equal(value('file_upload_max_mb') ?? 25, 25);
        assert.deepEqual([value('retention_days'), value('agent_display_name')], [60, 'username'], 'the rest of the form is saved');
        const news = await told();
        assert.equal(news.facebook.length, 1, news.facebook.join('\n'));
        assert.deepEqual(news.instagram, news.facebook);
        const [message = ''] = news.facebook;
        for (const part of [/Meta App Secret.*access token/, /Graph API version.*looks like/, /Maximum file size.*1 to 100/]) {
            assert.match(message, part);
        }
        assert.ok(!message.includes(TOKEN));
        const report = await stack.command('facebook', 'doctor');
        assert.match(report, /✗ \*Meta App Secret\* was not saved/);
        assert.ok(!report.includes(TOKEN));
        // The next Save of the same screen repairs two of them, one by what is stored already.
        await stack.saveForm({ meta_app_secret: TOKEN, graph_version: 'v26.0', file_upload_max_mb: 20 });
        assert.equal(value('file_upload_max_mb'), 20);
        const later = await stack.command('facebook', 'doctor');
        assert.match(later, /Meta App Secret\* was not saved/);
        assert.doesNotMatch(later, /(Graph API version|Maximum file size).*was not saved/);
        await stack.saveForm({ meta_app_secret: `${WORLD.appSecret} ` });
        assert.equal(value('meta_app_secret'), WORLD.appSecret);
        assert.doesNotMatch(await stack.command('facebook', 'doctor'), /was not saved/);
        const again = await told();
        assert.equal(again.facebook.length, 0, again.facebook.join('\n'));
    });

    test('the two pairs of credentials can be swapped in one Save', async () => {
        const pairs = {
            meta_app_id: WORLD.instagramAppId,
            meta_app_secret: WORLD.instagramAppSecret,
            instagram_app_id: WORLD.appId,
            instagram_app_secret: WORLD.appSecret,
        };
        await stack.saveForm(pairs);
        for (const [id, wanted] of Object.entries(pairs)) {
            assert.equal(value(id), wanted, id);
        }
        const back = { meta_app_id: WORLD.appId, meta_app_secret: WORLD.appSecret, instagram_app_id: WORLD.instagramAppId, instagram_app_secret: WORLD.instagramAppSecret };
        await stack.saveForm(back, 'backwards');
        for (const [id, wanted] of Object.entries(back)) {
            assert.equal(value(id), wanted, id);
        }
        const news = await told();
        assert.doesNotMatch(news.facebook.concat(news.instagram).join('\n'), /other field/);
        // What is wrong together is told, and stored all the same: the other half may come later.
        await stack.saveForm({ instagram_app_secret: WORLD.appSecret });
        assert.equal(value('instagram_app_secret'), WORLD.appSecret);
        const wrong = await told();
        assert.match(wrong.instagram.join('\n'), /Instagram App Secret.*other field/);
        assert.doesNotMatch(wrong.facebook.join('\n'), /other field/);
        await stack.saveForm({ instagram_app_secret: WORLD.instagramAppSecret });
        await told();
    });

    test('a rotation in one Save loses no webhook, on two servers', async () => {
        const second = await stack.secondServer();
        try {
            const rotated = '00112233445566778899aabbccddeeff';
            const path = stack.workspace.endpoints(APP_ID).find(({ path }) => path === 'webhook')?.computedPath ?? '';
            // Of no account here: what names one of ours is kept and asked for at Meta, however it is signed.
            const body = JSON.stringify({ object: 'page', entry: [{ id: '999', time: stack.workspace.now(), changes: [] }] });
            const deliver = async (url: string, secret: string): Promise<number> => {
                const signature = createHmac('sha256', secret).update(body).digest('hex');
                const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` };
                return (await fetch(url + path, { method: 'POST', headers, body })).status;
            };
            const servers = [stack.face.url, second.url];
            for (const url of servers) {
                assert.equal(await deliver(url, WORLD.appSecret), 200);
            }
            await stack.saveForm({ meta_app_secret: rotated, instagram_app_secret: 'ffeeddccbbaa99887766554433221100' });
            await second.heard();
            for (const round of ['at once', 'once it is noted']) {
                for (const url of servers) {
                    for (const secret of [rotated, WORLD.appSecret, WORLD.instagramAppSecret]) {
                        assert.equal(await deliver(url, secret), 200, round);
                    }
                    assert.equal(await deliver(url, 'f'.repeat(32)), 401);
                }
                await stack.workspace.advanceTime(MINUTE);
                // The form is saved again for another reason.
                await stack.saveForm({ retention_days: 45 });
            }
            const report = await stack.command('instagram', 'doctor');
            for (const setting of ['Meta App Secret', 'Instagram App Secret']) {
                assert.match(report, new RegExp(`✗ Meta still signs with the ${setting} that was replaced`));
            }
            assert.ok(!report.includes(WORLD.appSecret) && !report.includes(rotated));
        } finally {
            await second.stop();
        }
    });
});
