/** `./build.sh deploy`: where credentials go, and that no login is left behind. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Face, serve } from '../workspace/src/http/server.js';
import { seedLocalPeople } from '../workspace/src/people.js';
import { Workspace } from '../workspace/src/workspace.js';
import { APP_ID, PACKAGE } from './stack.js';

const DEPLOY = fileURLToPath(new URL('../../app-shim/deploy.mjs', import.meta.url));

/** Leads every name to this machine: the name is another machine's to whoever reads the address only. */
const EVERY_NAME_IS_HERE = `data:text/javascript,${encodeURIComponent(`
    import dns from "node:dns";
    const { lookup } = dns;
    dns.lookup = (name, options, then) => lookup("127.0.0.1", options, then);
`)}`;

interface Seen {
    path: string;
    token: string | undefined;
}

describe('deploying', () => {
    let workspace: Workspace;
    let face: Face;
    let way: Server;
    let port: number;
    let seen: Seen[] = [];
    /** Path that the proxy on the way refuses. */
    let refused: string | undefined;
    const dataDir = mkdtempSync(join(tmpdir(), 'omni-direct-deploy-'));

    before(async () => {
        workspace = await Workspace.open({ dataDir, siteUrl: 'http://127.0.0.1' });
        seedLocalPeople(workspace);
        face = await serve(workspace, { port: 0, host: '127.0.0.1' });
        way = createServer((request, response) => {
            const path = request.url ?? '';
            seen.push({ path, token: request.headers['x-auth-token'] as string | undefined });
            void (async () => {
                const chunks: Buffer[] = [];
                for await (const chunk of request) {
                    chunks.push(chunk as Buffer);
                }
                if (path === refused) {
                    response.writeHead(413).end('<html>too large</html>');
                    return;
                }
                const names = ['content-type', 'x-auth-token', 'x-user-id'];
                const headers = names.flatMap((name) => (request.headers[name] === undefined ? [] : [[name, String(request.headers[name])] as [string, string]]));
                const body = request.method === 'GET' ? {} : { body: Buffer.concat(chunks) };
                const answer = await fetch(face.url + path, { method: request.method ?? 'GET', headers, ...body });
                response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
            })();
        });
        way.listen(0, '127.0.0.1');
        await once(way, 'listening');
        ({ port } = way.address() as AddressInfo);
    });
    beforeEach(() => {
        seen = [];
        refused = undefined;
    });
    after(async () => {
        way.close();
        way.closeAllConnections();
        await face.close();
        await workspace.close();
        rmSync(dataDir, { recursive: true, force: true });
    });

    const credentials = { ROCKETCHAT_USER: 'admin', ROCKETCHAT_PASSWORD: 'local-admin' };

    /** Runs it as `./build.sh` does; with `typed` on a terminal where that is typed. */
    async function deploy(host: string, env: Record<string, string>, typed?: string): Promise<{ code: number | null; said: string }> {
        const argv = [process.execPath, '--import', EVERY_NAME_IS_HERE, DEPLOY, `http://${host}:${String(port)}`, PACKAGE];
        const [program, ...args] = typed === undefined ? argv : ['script', '-qec', argv.map((word) => `'${word}'`).join(' '), '/dev/null'];
        const child = spawn(program ?? '', args, { env: { PATH: process.env['PATH'] ?? '', ...env } });
        let said = '';
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding('utf8').on('data', (text: string) => {
                said += text;
                if (typed !== undefined && said.includes('[y/N]')) {
                    child.stdin.write(typed);
                    typed = undefined;
                }
            });
        }
        if (typed === undefined) {
            child.stdin.end();
        }
        const [code] = (await once(child, 'close')) as [number | null];
        return { code, said };
    }

    /** The login of a run; fails unless it was used. */
    function login(): string {
        const token = seen.find(({ path }) => path.startsWith('/api/apps'))?.token;
        assert.ok(token, JSON.stringify(seen));
        return token;
    }

    const isGood = (token: string): boolean => {
        const admin = workspace.userByUsername('admin');
        assert.ok(admin);
        return workspace.authenticate(admin._id, token) !== undefined;
    };

    test('on the same machine it asks nothing, and logs out', async () => {
        const { code, said } = await deploy('127.0.0.1', credentials);
        assert.equal(code, 0, said);
        assert.match(said, /was installed at/);
        assert.doesNotMatch(said, /plain http/);
        assert.ok(workspace.app(APP_ID)?.enabled);
        assert.equal(isGood(login()), false);
    });

    test('it logs out after a failure too', async () => {
        refused = `/api/apps/${APP_ID}`;
        const { code, said } = await deploy('localhost', credentials);
        assert.equal(code, 1, said);
        assert.match(said, /larger than the workspace/);
        assert.equal(isGood(login()), false);
    });

    test('a personal access token stays', async () => {
        const admin = workspace.userByUsername('admin');
        assert.ok(admin);
        const { authToken } = workspace.loginAs(admin._id);
        const { code, said } = await deploy('127.0.0.1', { ROCKETCHAT_USER_ID: admin._id, ROCKETCHAT_AUTH_TOKEN: authToken });
        assert.equal(code, 0, said);
        assert.equal(login(), authToken);
        assert.ok(isGood(authToken));
    });

    test('over plain http to another machine nothing is sent unless that is wanted', async () => {
        for (const env of [credentials, { ROCKETCHAT_USER_ID: 'somebody', ROCKETCHAT_AUTH_TOKEN: 'something' }]) {
            const { code, said } = await deploy('chat.example.com', env);
            assert.equal(code, 1, said);
            assert.match(said, /plain http.*ROCKETCHAT_ALLOW_HTTP=1/s);
            assert.deepEqual(seen, []);
        }
        const { code, said } = await deploy('chat.example.com', { ...credentials, ROCKETCHAT_ALLOW_HTTP: '1' });
        assert.equal(code, 0, said);
        assert.match(said, /plain http.*was updated at/s);
        assert.equal(isGood(login()), false);
    });

    test('on a terminal it asks', { skip: process.platform !== 'linux' }, async () => {
        const no = await deploy('chat.example.com', credentials, '\r');
        assert.notEqual(no.code, 0);
        assert.match(no.said, /Nothing was sent/);
        assert.deepEqual(seen, []);
        const yes = await deploy('chat.example.com', credentials, 'y\r');
        assert.match(yes.said, /plain http.*was updated at/s);
        assert.equal(isGood(login()), false);
    });
});
