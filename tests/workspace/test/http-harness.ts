/** Starts a workspace with its HTTP face in a fresh folder, and speaks REST to it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve, type Face } from '../src/http/server.js';
import { seedLocalPeople } from '../src/people.js';
import type { WorkspaceOptions } from '../src/model.js';
import { Workspace } from '../src/workspace.js';

export interface Answer {
    status: number;
    headers: Headers;
    text: string;
    /** The body as JSON; undefined when it is none. */
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look deep into answers of many shapes
    json: any;
}

type Body = NonNullable<RequestInit['body']>;

export class Client {
    constructor(
        readonly url: string,
        readonly login?: { userId: string; authToken: string },
    ) {}

    async request(
        method: string,
        path: string,
        body?: Body | object,
        headers: Record<string, string> = {},
    ): Promise<Answer> {
        const plain =
            body === undefined || typeof body === 'string' || body instanceof FormData || body instanceof Uint8Array;
        const response = await fetch(this.url + path, {
            method,
            redirect: 'manual',
            headers: {
                ...(!plain && { 'content-type': 'application/json' }),
                ...(this.login && { 'x-user-id': this.login.userId, 'x-auth-token': this.login.authToken }),
                ...headers,
            },
            ...(body !== undefined && { body: plain ? (body as Body) : JSON.stringify(body) }),
        });
        const text = await response.text();
        let json: unknown;
        try {
            json = JSON.parse(text);
        } catch {
            json = undefined;
        }
        return { status: response.status, headers: response.headers, text, json };
    }

    get(path: string, headers?: Record<string, string>): Promise<Answer> {
        return this.request('GET', path, undefined, headers);
    }

    post(path: string, body?: Body | object, headers?: Record<string, string>): Promise<Answer> {
        return this.request('POST', path, body, headers);
    }
}

export interface Stage {
    workspace: Workspace;
    face: Face;
    /** Without a login. */
    anyone: Client;
    as(username: string): Promise<Client>;
    close(): Promise<void>;
}

export async function stage(options: Partial<WorkspaceOptions> = {}): Promise<Stage> {
    const dataDir = mkdtempSync(join(tmpdir(), 'workspace-http-'));
    const workspace = await Workspace.open({ dataDir, siteUrl: 'http://localhost:3000', ...options });
    seedLocalPeople(workspace);
    const face = await serve(workspace, { port: 0 });
    const anyone = new Client(face.url);
    return {
        workspace,
        face,
        anyone,
        as: async (username) => {
            const { json } = await anyone.post('/api/v1/login', { user: username, password: `local-${username}` });
            return new Client(face.url, json.data);
        },
        close: async () => {
            await face.close();
            await workspace.close();
            rmSync(dataDir, { recursive: true, force: true });
        },
    };
}

/** The upload form of Administration > Apps. */
export function appForm(zip: Buffer, permissions?: object[]): FormData {
    const form = new FormData();
    form.set('app', new Blob([new Uint8Array(zip)], { type: 'application/zip' }), 'app.zip');
    if (permissions) form.set('permissions', JSON.stringify(permissions));
    return form;
}
