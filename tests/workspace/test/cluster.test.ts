import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { act, events, withApp } from './support.js';

const second = fileURLToPath(new URL('./second-process.ts', import.meta.url));

async function another(dataDir: string, token: string): Promise<{ roomId: string; jobs: number }> {
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', second, dataDir, token], { timeout: 300_000 });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { roomId: string; jobs: number };
}

test(
    'processes on one data folder work side by side: all rooms are kept, and a job runs once',
    withApp(
        async (workspace) => {
            await act(workspace, 'schedule', { when: new Date(workspace.now() - 1000).toISOString(), data: { n: 1 } });
            const own = (async () => {
                const rooms: string[] = [];
                for (let at = 0; at < 50; at += 1) {
                    rooms.push((await act<{ roomId: string }>(workspace, 'inbound', { token: `own-${String(at)}`, name: 'Own', text: 'x' })).roomId);
                }
                return rooms;
            })();
            const [rooms, one, two] = await Promise.all([own, another(workspace.dataDir, 'one'), another(workspace.dataDir, 'two')]);
            const jobs = one.jobs + two.jobs + (await workspace.runDueJobs());
            assert.equal(jobs, 1);
            assert.equal((await act<unknown[]>(workspace, 'read', { keys: ['jobs'] })).length, 1);
            for (const roomId of [...rooms, one.roomId, two.roomId]) {
                assert.equal(workspace.messages(roomId, { withoutSystem: true }).length, 1);
            }
            const started = (await events(workspace)).filter(({ event }) => event === 'started').map(({ roomId }) => roomId);
            assert.equal(new Set(started).size, 52);
        },
        { runJobs: false },
    ),
);
