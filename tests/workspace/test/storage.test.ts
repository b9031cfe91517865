import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { APP_ID, act, tryAct, withApp } from './support.js';

test(
    'persistence: reading is by all associations, updating by exactly these in this order, and only one',
    withApp(async (workspace) => {
        const persist = (call: string, keys: string[], data?: object, upsert?: boolean) => act(workspace, 'persist', { call, keys, data, upsert });
        const read = (...keys: string[]) => act(workspace, 'read', { keys });
        await persist('create', ['a', 'b'], { n: 1 });
        await persist('create', ['a', 'b'], { n: 2 });
        await persist('create', ['b'], { n: 3 });
        assert.deepEqual(await read('b'), [{ n: 1 }, { n: 2 }, { n: 3 }]);
        assert.deepEqual(await read('b', 'a'), [{ n: 1 }, { n: 2 }]);
        await persist('updateByAssociations', ['b', 'a'], { n: 9 }, false);
        assert.deepEqual(await read('a'), [{ n: 1 }, { n: 2 }]);
        await persist('updateByAssociations', ['a', 'b'], { n: 9 }, false);
        assert.deepEqual(await read('a'), [{ n: 9 }, { n: 2 }]);
        await persist('updateByAssociations', ['a'], { n: 4 }, false);
        assert.deepEqual(await read('a'), [{ n: 9 }, { n: 2 }]);
        await persist('updateByAssociations', ['a'], { n: 4 }, true);
        assert.deepEqual(await read('a'), [{ n: 9 }, { n: 2 }, { n: 4 }]);
        assert.deepEqual(await persist('remove', ['a', 'b']), [{ n: 9 }, { n: 2 }]);
        assert.deepEqual(await persist('remove', ['a', 'b']), []);
        assert.deepEqual(await read('a'), [{ n: 4 }]);
        assert.match(String((await tryAct(workspace, 'persist', { call: 'update', id: 'x', data: {} })).content), /Not implemented/);
    }),
);

test(
    'persistence: a read shows its records in any order, and of two equal records either is updated',
    withApp(
        async (workspace) => {
            const create = (key: string, n: number) => act(workspace, 'persist', { call: 'create', keys: [key], data: { n } });
            const read = async (key: string) => (await act<{ n: number }[]>(workspace, 'read', { keys: [key] })).map(({ n }) => n);
            const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
            for (const n of numbers) {
                await create('a', n);
            }
            const orders = [await read('a'), await read('a'), await read('a')];
            for (const order of orders) {
                assert.deepEqual(order.toSorted(), numbers);
            }
            assert.equal(new Set(orders.map(String)).size, orders.length);
            const updated = new Set<string>();
            for (const n of numbers) {
                const key = `equal-${String(n)}`;
                await create(key, 1);
                await create(key, 2);
                await act(workspace, 'persist', { call: 'updateByAssociations', keys: [key], data: { n: 9 }, upsert: false });
                updated.add(String((await read(key)).toSorted()));
            }
            assert.deepEqual([...updated].toSorted(), ['1,9', '2,9']);
        },
        { readOrder: 1 },
    ),
);

test(
    'persistence keeps awkward keys and values',
    withApp(async (workspace) => {
        const data = { 'a.b': 1, $set: { x: 1 }, $date: 5, nested: [null, { $binary: 'x' }], text: '\u0000é😀' };
        await act(workspace, 'persist', { call: 'create', keys: ['k'], data });
        assert.deepEqual(await act(workspace, 'read', { keys: ['k'] }), [data]);
        assert.ok(workspace.dump().includes('a.b'));
    }),
);

test(
    'jobs: once, recurring in virtual time, and a failed one stays',
    withApp(
        async (workspace) => {
            const ran = async () => (await act<{ job: { n: number } }[]>(workspace, 'read', { keys: ['jobs'] })).map(({ job }) => job.n);
            await act(workspace, 'schedule', { when: 'in 10 minutes', data: { n: 1 } });
            await act(workspace, 'schedule', { when: new Date(workspace.now() + 60_000).toISOString(), data: { n: 2 } });
            await act(workspace, 'schedule', { interval: '30 minutes', data: { n: 3 } });
            assert.equal(await workspace.advanceTime(5 * 60_000), 1);
            assert.deepEqual(await ran(), [2]);
            assert.equal(await workspace.advanceTime(60 * 60_000), 3);
            assert.deepEqual(await ran(), [2, 1, 3, 3]);
            assert.deepEqual(workspace.jobs(APP_ID).map(({ type, processorId }) => [type, processorId]), [['recurring', 'note']]);
            await act(workspace, 'schedule', { when: 'now', data: { n: 4, fail: true } });
            await workspace.runDueJobs();
            const failed = workspace.jobs(APP_ID).find(({ type }) => type === 'once');
            assert.deepEqual([failed?.failCount, failed?.nextRunAt], [1, null]);
            await act(workspace, 'schedule', { interval: '1 hour', data: { n: 5 } });
            assert.equal(workspace.jobs(APP_ID).filter(({ type }) => type === 'recurring').length, 1);
            await workspace.uninstallApp(APP_ID);
            assert.deepEqual(workspace.jobs(), []);
        },
        { runJobs: false },
    ),
);

test(
    'advancing the clock waits for a run under way, and goes on to what falls due',
    withApp(
        async (workspace) => {
            await act(workspace, 'schedule', { when: 'now', data: { n: 1 } });
            await act(workspace, 'schedule', { when: 'in 10 minutes', data: { n: 2 } });
            const underWay = workspace.runDueJobs();
            assert.equal(await workspace.advanceTime(11 * 60_000), 1);
            assert.equal(await underWay, 1);
            assert.deepEqual(workspace.jobs(APP_ID), []);
        },
        { runJobs: false },
    ),
);

test(
    'a job due now runs by itself',
    withApp(async (workspace) => {
        const done = new Promise((resolve) => {
            workspace.on('job', resolve);
        });
        await act(workspace, 'schedule', { when: new Date().toISOString(), data: { n: 1 } });
        await done;
        assert.equal((await act<unknown[]>(workspace, 'read', { keys: ['jobs'] })).length, 1);
    }),
);

test('HTTP: Meta hosts go to the stand-in, redirects too; any status answers, bytes stay bytes, no answer rejects', async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
            seen.push(`${request.method ?? ''} ${request.url ?? ''} ${Buffer.concat(chunks).toString('latin1')}`);
            if (request.url?.startsWith('/graph.facebook.com/moved') === true) {
                response.writeHead(302, { location: 'https://scontent.xx.fbcdn.net/v/pic.jpg?sig=1' }).end();
            } else if (request.url?.includes('fbcdn.net') === true) {
                response.writeHead(200, { 'content-type': 'image/jpeg' }).end(Buffer.from([0xff, 0xd8, 0x00]));
            } else {
                response.writeHead(400, { 'content-type': 'application/json; charset=utf-8' }).end('{"error":{"code":190}}');
            }
        });
    });
    await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
    });
    const metaBaseUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    await withApp(
        async (workspace) => {
            const refused = await act<Record<string, unknown>>(workspace, 'http', {
                method: 'post',
                url: 'https://graph.facebook.com/v26.0/me/messages?access_token=T',
                options: { data: { text: 'é' } },
            });
            assert.deepEqual([refused['statusCode'], refused['data']], [400, { error: { code: 190 } }]);
            const picture = await act(workspace, 'http', { url: 'https://graph.facebook.com/moved', options: { encoding: null } });
            assert.deepEqual((picture as { content: unknown }).content, { base64: Buffer.from([0xff, 0xd8, 0x00]).toString('base64') });
            assert.deepEqual(seen, [
                `POST /graph.facebook.com/v26.0/me/messages?access_token=T ${Buffer.from('{"text":"é"}').toString('latin1')}`,
                'GET /graph.facebook.com/moved ',
                'GET /scontent.xx.fbcdn.net/v/pic.jpg?sig=1 ',
            ]);
            const inside = await tryAct(workspace, 'http', { url: metaBaseUrl, options: { ssrfValidation: true } });
            assert.match(String(inside.content), /error-ssrf-validation-failed/);
            const silent = await tryAct(workspace, 'http', { url: 'http://127.0.0.1:1/x?token=T' });
            assert.match(String(silent.content), /request to http:\/\/127\.0\.0\.1:1\/x\?token=T failed/);
        },
        { metaBaseUrl },
    )();
    server.close();
});
