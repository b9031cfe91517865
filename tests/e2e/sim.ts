/** The stand-in for Meta as a child process, and its control API. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { tether } from '../workspace/src/tether.js';

/** Quick to build; the bench names one that is quick to run. */
const program = process.env['OMNI_META_SIM'] ?? fileURLToPath(new URL('../../target/debug/meta-sim', import.meta.url));

/** What a fresh stand-in holds; its README lists the rest. */
export const WORLD = {
    appId: '1000000000000001',
    appSecret: '51ab5ec0de0000000000000000000001',
    instagramAppId: '2000000000000001',
    instagramAppSecret: '51ab5ec0de0000000000000000000002',
    admin: '10000000000000101',
    page: '200000000000001',
    instagram: '17841400000000001',
    soloInstagram: '17841400000000003',
} as const;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look deep into answers of many shapes
export type Json = any;

export interface SentCall {
    kind: string;
    ok: boolean;
    account: string;
    person?: string;
    body: Json;
    [key: string]: Json;
}

/** The message in a call to the Send API; the forms of a file carry it as JSON text. */
export function messageOf({ body }: SentCall): Json {
    const message: unknown = (body as { message?: unknown }).message;
    return (typeof message === 'string' ? JSON.parse(message) : message) ?? {};
}

export class Sim {
    private constructor(
        readonly url: string,
        private readonly child: ChildProcess,
    ) {}

    static async start(options: { port?: number } = {}): Promise<Sim> {
        if (!existsSync(program)) {
            throw new Error(`${program} is missing: build it with "cargo build -p meta-sim".`);
        }
        const child = spawn(program, ['--listen', `127.0.0.1:${String(options.port ?? 0)}`], { stdio: ['ignore', 'pipe', 'inherit'] });
        tether(child);
        const lines = createInterface({ input: child.stdout });
        const first = await Promise.race([
            once(lines, 'line').then(([line]) => line as string),
            once(child, 'exit').then(([code]) => {
                throw new Error(`The stand-in for Meta ended with code ${String(code)} before it listened.`);
            }),
        ]);
        const { listening } = JSON.parse(first) as { listening: string };
        return new Sim(listening, child);
    }

    async stop(): Promise<void> {
        if (this.child.exitCode === null && this.child.signalCode === null) {
            const gone = once(this.child, 'exit');
            this.child.kill('SIGTERM');
            await gone;
        }
    }

    async request(method: string, path: string, body?: unknown): Promise<Json> {
        const response = await fetch(`${this.url}/_sim${path}`, {
            method,
            ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        });
        const text = await response.text();
        if (!response.ok) {
            throw new Error(`${method} /_sim${path} answered ${String(response.status)}: ${text}`);
        }
        return text === '' ? undefined : JSON.parse(text);
    }

    get(path: string): Promise<Json> {
        return this.request('GET', path);
    }

    post(path: string, body: unknown = {}): Promise<Json> {
        return this.request('POST', path, body);
    }

    /** A customer does something; answers when the webhook was tried. */
    customer(person: string, action: Record<string, unknown>): Promise<Json> {
        return this.post(`/customers/${person}/send`, { wait: true, ...action });
    }

    /** The id an account knows a person by. */
    async scopedId(account: string, person: string): Promise<string> {
        const { scoped_ids: ids } = (await this.get(`/customers/${person}`)) as { scoped_ids: Record<string, string> };
        const id = ids[account];
        if (id === undefined) {
            throw new Error(`${person} is unknown to ${account}.`);
        }
        return id;
    }

    /** What arrived at the Send API, in order. */
    async sent(filter: Record<string, string> = {}): Promise<SentCall[]> {
        const { data } = (await this.get(`/sent?${new URLSearchParams(filter).toString()}`)) as { data: SentCall[] };
        return data;
    }

    /** Waits until no webhook is on its way. */
    async idle(): Promise<void> {
        const { idle, pending } = (await this.post('/idle', { timeout_ms: 60_000 })) as { idle: boolean; pending: number };
        if (!idle) {
            throw new Error(`${String(pending)} webhooks are still on their way.`);
        }
    }
}
