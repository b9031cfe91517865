/** Everything that takes a signed webhook and makes events of it: the package's module, its native twin, npm's packages. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHmac, randomFillSync, timingSafeEqual } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PAGE, SECRET, type Signed } from './body.js';

export interface Contender {
    name: string;
    /** What it does of the work, and what it does not. */
    does: string;
    /** Receives the webhook that often; answers the time it took in nanoseconds. */
    run(times: number): Promise<number>;
    stop?(): void;
}

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/**
 * What the app stores of the account. It is known and its events are not wanted: each is verified, decoded, normalised and
 * found to be of that account, and nothing follows.
 */
const account = {
    kind: 'account',
    channel: 'facebook',
    id: PAGE,
    name: 'Shop',
    username: null,
    page_id: PAGE,
    page_name: 'Shop',
    route: 'facebook',
    token: 'EAAG',
    token_state: 'valid',
    token_expires_at: null,
    scopes: [],
    app_id: '1000000000000001',
    subscribed: false,
    connected_by: 'admin',
    meta_user_id: '1',
    connected_at: 1731931200000,
    config: {},
};
const settings = { meta_app_id: '1000000000000001', meta_app_secret: SECRET };

interface Request {
    headers: Record<string, string>;
    query: Record<string, string>;
    body: string;
    form: Record<string, string>;
}

/** As much of the generated glue as is called here. */
interface Glue {
    initSync(options: { module: Uint8Array }): unknown;
    Core: new (texts: object, worker: string, onPanic: (place: string) => void) => {
        receive_webhook(shim: object, request: Request): Promise<{ status: number; body: string }>;
    };
}

/** What the shim hands over: the host parsed the body, the shim prints it again. */
function handedOver(bytes: Buffer, sha256: string): Request {
    return { headers: { 'x-hub-signature-256': sha256 }, query: {}, body: JSON.stringify(JSON.parse(bytes.toString())), form: {} };
}

async function timed(times: number, work: () => Promise<unknown>): Promise<number> {
    const began = process.hrtime.bigint();
    for (let time = 0; time < times; time++) {
        await work();
    }
    return Number(process.hrtime.bigint() - began);
}

/** The module of the package, through the glue that the package holds. */
export async function wasm({ bytes, sha256 }: Signed): Promise<[Contender, Contender]> {
    const script = pathToFileURL(root('app-shim/src/generated/glue.js')).href;
    const { instantiate } = (await import(script)) as { instantiate: (queue: (task: () => void) => void) => Glue };
    const glue = instantiate(queueMicrotask);
    glue.initSync({ module: readFileSync(root('app-shim/src/generated/omni_wasm.opt.wasm')) });
    const core = new glue.Core({}, 'bench', (place) => {
        throw new Error(`The core failed: ${place}`);
    });
    const shim = {
        perform: (call: { kind: string }) => {
            if (call.kind !== 'settings' && call.kind !== 'store_read') {
                throw new Error(`Nothing but decoding was meant to happen, and the core asked for ${call.kind}.`);
            }
            return Promise.resolve(call.kind === 'settings' ? settings : [account]);
        },
        log: (level: string, code: string, detail: string) => {
            throw new Error(`${level} ${code}: ${detail}`);
        },
        sleep: () => new Promise<void>(() => undefined),
        fillRandom: (buffer: Uint8Array) => {
            randomFillSync(buffer);
        },
    };
    const receive = async (request: Request): Promise<void> => {
        const answer = await core.receive_webhook(shim, request);
        if (answer.status !== 200) {
            throw new Error(`The webhook was answered ${String(answer.status)}: ${answer.body}`);
        }
    };
    const request = handedOver(bytes, sha256);
    return [
        {
            name: 'Omni Direct, wasm',
            does: 'SHA-256; every event and attachment to typed events, checked field by field, sorted by account',
            run: (times) => timed(times, () => receive(request)),
        },
        {
            name: '  with JSON.parse, JSON.stringify',
            does: 'the same, and what the host and the shim do with the body before',
            run: (times) => timed(times, () => receive(handedOver(bytes, sha256))),
        },
    ];
}

/** The same entry point, compiled for this machine. */
export function native({ bytes, sha256 }: Signed): Contender {
    const dir = mkdtempSync(join(tmpdir(), 'omni-direct-'));
    const file = join(dir, 'given.json');
    writeFileSync(file, JSON.stringify({ settings, accounts: [account], request: handedOver(bytes, sha256) }));
    const child: ChildProcessWithoutNullStreams = spawn(root('target/native/examples/receive_webhook'), [file]);
    child.stderr.pipe(process.stderr);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return {
        name: 'Omni Direct, native',
        does: 'the same code for this processor, opt-level 3',
        run: async (times) => {
            child.stdin.write(`${String(times)}\n`);
            const line = await lines.next();
            if (line.done === true) {
                throw new Error('The native build ended.');
            }
            return Number(line.value);
        },
        stop: () => {
            child.stdin.end();
            rmSync(dir, { recursive: true });
        },
    };
}

interface BotBuilder {
    FacebookAdapter: new (options: object) => {
        processActivity(request: object, response: object, logic: (context: { activity: { channelData: unknown } }) => Promise<void>): Promise<void>;
    };
}

interface Bottender {
    MessengerConnector: new (options: object) => {
        preprocess(request: object): { shouldNext: boolean };
        mapRequestToEvents(body: unknown): unknown[];
    };
}

interface Common {
    camelcaseKeysDeep: (body: unknown) => unknown;
}

type BootBot = new (options: object) => {
    _verifyRequestSignature(request: object, response: object, bytes: Buffer): void;
    handleFacebookData(body: unknown): void;
    on(event: string, listener: () => void): void;
};

/**
 * npm's packages that take Messenger webhooks and are in use: each is given the bytes, does what it does up to the point
 * where a bot's own code is called, and is checked to have seen every event. Their web servers are left out.
 */
export function peers({ bytes, sha1, sha256 }: Signed, events: number): Contender[] {
    const require = createRequire(new URL('peers/package.json', import.meta.url));
    const headers = { 'x-hub-signature': sha1, 'x-hub-signature-256': sha256 };
    const all = (seen: number): void => {
        if (seen !== events) {
            throw new Error(`${String(seen)} of ${String(events)} events were seen.`);
        }
    };

    const { FacebookAdapter } = require('botbuilder-adapter-facebook') as BotBuilder;
    const adapter = new FacebookAdapter({ verify_token: 'v', app_secret: SECRET, access_token: 't' });
    const response = { status: () => response, end: () => undefined, send: () => undefined };
    const botbuilder = async (): Promise<void> => {
        const rawBody = bytes.toString();
        let seen = 0;
        await adapter.processActivity({ headers, rawBody, body: JSON.parse(rawBody) as unknown }, response, ({ activity }) => {
            seen += activity.channelData === undefined ? 0 : 1;
            return Promise.resolve();
        });
        all(seen);
    };

    // Its entry file loads every platform it knows; the parts of its request handler up to the events are these.
    const { MessengerConnector } = require('bottender') as Bottender;
    const { camelcaseKeysDeep } = require('messaging-api-common') as Common;
    const connector = new MessengerConnector({ appId: '1', appSecret: SECRET, verifyToken: 'v', client: {} });
    const bottender = (): Promise<void> => {
        const rawBody = bytes.toString();
        const { shouldNext } = connector.preprocess({ method: 'POST', headers, query: {}, rawBody, body: undefined });
        all(shouldNext ? connector.mapRequestToEvents(camelcaseKeysDeep(JSON.parse(rawBody))).length : 0);
        return Promise.resolve();
    };

    const BootBot = require('bootbot') as BootBot;
    const bot = new BootBot({ accessToken: 't', verifyToken: 'v', appSecret: SECRET });
    let heard = 0;
    for (const kind of ['message', 'attachment', 'postback', 'delivery', 'read']) {
        bot.on(kind, () => {
            heard += 1;
        });
    }
    const bootbot = (): Promise<void> => {
        heard = 0;
        bot._verifyRequestSignature({ headers }, {}, bytes);
        bot.handleFacebookData(JSON.parse(bytes.toString()));
        all(heard);
        return Promise.resolve();
    };

    const expected = Buffer.from(sha256.slice('sha256='.length), 'hex');
    const floor = (): Promise<void> => {
        if (!timingSafeEqual(createHmac('sha256', SECRET).update(bytes).digest(), expected)) {
            throw new Error('The signature does not fit.');
        }
        all((JSON.parse(bytes.toString()) as { entry: unknown[] }).entry.length);
        return Promise.resolve();
    };

    return [
        {
            name: 'botbuilder-adapter-facebook',
            does: 'SHA-1; each event to a Bot Framework activity in a turn context, fields taken over unchecked',
            run: (times) => timed(times, botbuilder),
        },
        {
            name: 'bottender',
            does: 'SHA-1; all keys to camel case, each event in an object that answers what it is, unchecked',
            run: (times) => timed(times, bottender),
        },
        {
            name: 'bootbot',
            does: 'SHA-1; decodes nothing: picks a listener by the first key it knows and passes the JSON on',
            run: (times) => timed(times, bootbot),
        },
        {
            name: "Node's HMAC and JSON.parse alone",
            does: 'SHA-256; decodes nothing: what is left when there is no package at all',
            run: (times) => timed(times, floor),
        },
    ];
}
