import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { UserDoc, WorkspaceOptions } from '../src/model.js';
import { Workspace } from '../src/workspace.js';

interface Zip {
    addFile(name: string, content: Buffer): void;
    toBuffer(): Buffer;
}

const AdmZip = createRequire(import.meta.url)('adm-zip') as new () => Zip;

export const APP_ID = '0d3f6c1e-8b0a-4c39-9d5e-5f2a7c1b9e10';

/** One red pixel. */
export const PNG = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
    'base64',
);

/** The sample app as an admin would upload it; `change` edits its app.json. */
export function sampleZip(change: Record<string, unknown> = {}): Buffer {
    const file = (name: string) => readFileSync(new URL(`./sample-app/${name}`, import.meta.url));
    const manifest = { ...(JSON.parse(file('app.json').toString()) as Record<string, unknown>), ...change };
    const zip = new AdmZip();
    zip.addFile('app.json', Buffer.from(JSON.stringify(manifest)));
    zip.addFile('main.js', file('main.js'));
    zip.addFile('icon.png', PNG);
    zip.addFile('i18n/en.json', Buffer.from('{"greeting":"Greeting"}'));
    return zip.toBuffer();
}

export interface Cast {
    admin: UserDoc;
    ann: UserDoc;
    ben: UserDoc;
}

/** An admin, and two agents who are there. */
export function cast(workspace: Workspace): Cast {
    const agent = (username: string) => {
        const user = workspace.createUser({ username, password: username, roles: ['user', 'livechat-agent'] });
        workspace.setPresence(user._id, 'online');
        return user;
    };
    const admin = workspace.createUser({ username: 'admin', password: 'admin', roles: ['admin', 'user'], email: 'admin@example.com' });
    return { admin, ann: agent('ann'), ben: agent('ben') };
}

export function temporaryDir(): string {
    return mkdtempSync(join(tmpdir(), 'workspace-'));
}

/** Runs `test` in a fresh workspace and cleans up behind it. */
export async function inWorkspace(test: (workspace: Workspace) => Promise<void>, options: Partial<WorkspaceOptions> = {}): Promise<void> {
    const dataDir = temporaryDir();
    // What the sample app notes down is read in its order.
    const workspace = await Workspace.open({ dataDir, siteUrl: 'http://127.0.0.1:3000', readOrder: 'stored', ...options });
    try {
        await test(workspace);
    } finally {
        await workspace.close();
        rmSync(dataDir, { recursive: true, force: true });
    }
}

/** The same with people and the sample app in it. */
export function withApp(test: (workspace: Workspace, people: Cast) => Promise<void>, options: Partial<WorkspaceOptions> = {}): () => Promise<void> {
    return () =>
        inWorkspace(async (workspace) => {
            const people = cast(workspace);
            const { app, errors } = await workspace.installApp(sampleZip());
            assert.deepEqual(errors, []);
            assert.equal(app.status, 'manually_enabled');
            await test(workspace, people);
        }, options);
}

/** Has the sample app do something; a failure of the app fails the test. */
export async function act<T = unknown>(workspace: Workspace, action: string, input: Record<string, unknown> = {}): Promise<T> {
    const response = await tryAct(workspace, action, input);
    assert.equal(response.status, 200, `${action} answered ${String(response.status)} ${JSON.stringify(response.content)}`);
    return (response.content as { result: T }).result;
}

export function tryAct(workspace: Workspace, action: string, input: Record<string, unknown> = {}) {
    return workspace.callEndpoint({
        appId: APP_ID,
        visibility: 'private',
        hash: workspace.app(APP_ID)?.privateHash,
        path: 'run',
        method: 'post',
        headers: { 'content-type': 'application/json' },
        query: {},
        content: { action, ...input },
    });
}

/** What the sample app's listeners noted down, in order. */
export async function events(workspace: Workspace): Promise<({ event: string } & Record<string, unknown>)[]> {
    await workspace.settled();
    return act(workspace, 'read', { keys: ['events'] });
}
