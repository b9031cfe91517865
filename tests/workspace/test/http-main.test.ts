/** The command line: progress and readiness as JSON lines, clear refusals, a clean end. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { tether } from '../src/tether.js';
import { SAMPLE_APP_ID, sampleAppZip } from './http-sample-app.js';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

interface Line {
    progress?: string;
    ready?: {
        url: string;
        installMs: number;
        app: { id: string; status: string };
        people: { username: string; password: string }[];
    };
    error?: { code: string; message: string };
    ended?: true;
}

interface Run {
    lines: Line[];
    /** Settles at `ready` or at the exit. */
    settled: Promise<Line[]>;
    exit: Promise<number | null>;
    stop(): void;
}

function run(...args: string[]): Run {
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    tether(child);
    const lines: Line[] = [];
    let rest = '';
    const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
    const settled = new Promise<Line[]>((resolve) => {
        child.stdout.on('data', (chunk: Buffer) => {
            const parts = (rest + chunk.toString()).split('\n');
            rest = parts.pop() ?? '';
            lines.push(...parts.map((part) => JSON.parse(part) as Line));
            if (lines.some(({ ready }) => ready)) resolve(lines);
        });
        void exit.then(() => {
            resolve(lines);
        });
    });
    return { lines, settled, exit, stop: () => child.kill('SIGTERM') };
}

describe('main.ts', () => {
    let dir: string;
    let zip: string;

    before(() => {
        dir = mkdtempSync(join(tmpdir(), 'workspace-main-'));
        zip = join(dir, 'sample.zip');
        writeFileSync(zip, sampleAppZip());
    });
    after(() => {
        rmSync(dir, { recursive: true, force: true });
    });

    it('installs the app, serves, ends on SIGTERM, and updates on the next start', async () => {
        for (const word of ['installing', 'updating']) {
            const started = run('--data', join(dir, 'data'), '--port', '0', '--app', zip);
            const lines = await started.settled;
            const ready = lines.find((line) => line.ready)?.ready;
            assert.ok(ready, JSON.stringify(lines));
            assert.ok(lines.some(({ progress }) => progress?.startsWith(word)));
            assert.equal(ready.app.id, SAMPLE_APP_ID);
            assert.ok(ready.installMs > 0);
            assert.equal((await fetch(`${ready.url}/api/apps/public/${SAMPLE_APP_ID}/public-echo`)).status, 200);
            const [person] = ready.people;
            const login = await fetch(`${ready.url}/api/v1/login`, {
                method: 'POST',
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify({ user: person?.username, password: person?.password }),
            });
            assert.equal(login.status, 200);
            started.stop();
            assert.equal(await started.exit, 0);
            assert.deepEqual(started.lines.at(-1), { ended: true });
        }
    });

    it('says what is wrong and how to mend it', async () => {
        const blocker = createServer();
        await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
        const taken = String((blocker.address() as AddressInfo).port);
        const none = join(dir, 'none');
        const cases: [string[], string, RegExp][] = [
            [['--port', '0'], 'bad_arguments', /--data/],
            [['--data', none, '--port', 'x'], 'bad_arguments', /--port/],
            [['--data', none, '--port', '0', '--nonsense'], 'bad_arguments', /nonsense/],
            [['--data', none, '--port', '0', '--meta', 'ftp://x'], 'bad_arguments', /--meta/],
            [['--data', none, '--port', taken], 'port_unavailable', /in use.*Remedy/],
            [['--data', none, '--port', '0', '--app', join(dir, 'no.zip')], 'app_not_readable', /Remedy/],
            [['--data', none, '--port', '0', '--app', MAIN], 'not_an_app', /app\.json/],
        ];
        await Promise.all(
            cases.map(async ([args, code, words]) => {
                const started = run(...args);
                const lines = await started.settled;
                assert.equal(await started.exit, 1, args.join(' '));
                const error = lines.at(-1)?.error;
                assert.equal(error?.code, code, JSON.stringify(lines));
                assert.match(error.message, words);
            }),
        );
        blocker.close();
    });
});
