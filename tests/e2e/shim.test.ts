/** The shim's host calls over accessors as servers of all supported versions have them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

interface Host {
    perform(call: Record<string, unknown>): Promise<unknown>;
}

interface Shim {
    RocketChatHost: new (app: object, logger: object, accessors: object) => Host;
}

const folder = mkdtempSync(join(tmpdir(), 'omni-shim-'));
after(() => { rmSync(folder, { recursive: true }); });

/** A part of the shim without the core, which the bundler would put in. */
async function shim<Part>(part: string): Promise<Part> {
    const bundle = await build({
        entryPoints: [fileURLToPath(new URL(`../../app-shim/src/${part}.ts`, import.meta.url))],
        bundle: true,
        write: false,
        format: 'cjs',
        platform: 'node',
        plugins: [
            {
                name: 'no core',
                setup(builder) {
                    builder.onResolve({ filter: /^omni:/ }, ({ path }) => ({ path, namespace: 'omni' }));
                    builder.onLoad({ filter: /.*/, namespace: 'omni' }, () => ({ contents: '', loader: 'text' }));
                },
            },
        ],
    });
    const file = join(folder, `${part.replace('/', '-')}.cjs`);
    writeFileSync(file, bundle.outputFiles[0]?.contents ?? '');
    return createRequire(import.meta.url)(file) as Part;
}

const { RocketChatHost } = await shim<Shim>('host/rocket-chat');

const APP_USER = { id: 'app-user', username: 'omni-direct.bot', appId: 'app' };
const silent = Object.fromEntries(['debug', 'info', 'warn', 'error'].map((level) => [level, () => undefined]));

/** A host over accessors: what is not given is not there. */
function host(reader: object, modify: object, http: object = {}): Host {
    const read = { getUserReader: () => ({ getAppUser: () => Promise.resolve(APP_USER), getByUsername: () => Promise.resolve(null), ...reader }), ...reader };
    return new RocketChatHost({ appId: 'app', username: APP_USER.username, version: '1.0.0' }, silent, { read, modify, http, persistence: {} });
}

test('a reaction is taken back from whom it is by, and never where there is none', async () => {
    const removed: unknown[][] = [];
    const removeReaction = (...params: unknown[]) => Promise.resolve(void removed.push(params));
    const remove = async (reactions: unknown) => {
        const message = { id: 'm', room: { id: 'r' }, reactions };
        const call = host(
            { getMessageReader: () => ({ getById: () => Promise.resolve(message) }) },
            { getUpdater: () => ({ getMessageUpdater: () => ({ removeReaction }) }) },
        );
        await call.perform({ kind: 'react', message_id: 'm', emoji: ':eyes:', on: false });
    };
    await remove(undefined);
    await remove({ ':heart:': { usernames: ['ann'] } });
    assert.deepEqual(removed, []);
    await remove({ ':eyes:': { usernames: ['rocket.cat'] } });
    await remove({ ':eyes:': { usernames: ['omni-direct.bot'] } });
    assert.deepEqual(removed, [['m', 'rocket.cat', ':eyes:'], ['m', 'app-user', ':eyes:']]);
});

test('messages of a list have their author, and the ones of the app and its bots are known as such', async () => {
    const raw = (username: string, createdAt: unknown) => ({ id: username, roomId: 'r', text: 'x', createdAt, sender: { _id: `id of ${username}`, username } });
    const list = [raw('omni-direct.bot', new Date(5)), raw('facebook.bot', '1970-01-01T00:00:00.006Z'), raw('ann', 'not a date'), { id: 'odd', roomId: 'r', sender: null }];
    const call = host({ getRoomReader: () => ({ getMessages: () => Promise.resolve(list) }) }, {});
    const messages = (await call.perform({ kind: 'room_messages', room_id: 'r', limit: 10 })) as { ours: boolean; at: number; sender: { id: string } | null }[];
    assert.deepEqual(
        messages.map(({ ours, at, sender }) => [ours, at, sender?.id]),
        [[true, 5, 'id of omni-direct.bot'], [true, 6, 'id of facebook.bot'], [false, 0, 'id of ann'], [false, 0, undefined]],
    );
});

test('a reply that would not fit the memory of the core is not handed over', async () => {
    const read = (records: unknown[]): Promise<unknown> =>
        host({ getPersistenceReader: () => ({ readByAssociation: () => Promise.resolve(records) }) }, {}).perform({ kind: 'store_read', key: 'k' });
    const tooLarge = { code: 'reply-too-large' };
    const some = [{ text: 'é'.repeat(1_000_000) }, { text: 'x'.repeat(1_000_000) }];
    assert.equal(await read(some), some);
    await assert.rejects(read([...some, { text: 'x'.repeat(1_500_000) }]), tooLarge, 'together');
    await assert.rejects(read([{ text: 'é'.repeat(2_200_000) }]), tooLarge, 'in bytes, not in characters');
    await assert.rejects(read([{ text: '\u0001'.repeat(800_000) }]), tooLarge, 'as they are printed');
    await assert.rejects(read([{ ['é'.repeat(2_200_000)]: 1 }]), tooLarge, 'names too');
    await assert.rejects(read([Array.from({ length: 600_000 }, () => ({}))]), tooLarge, 'small ones, but many');
    let deep: unknown = 'x';
    for (let at = 0; at < 20_000; at += 1) {
        deep = [deep];
    }
    await assert.rejects(read([deep]), tooLarge, 'deep');
});

test('a request that is larger than the core takes is answered as whoever sent it needs', async () => {
    type Answer = { status: number; content: unknown };
    type Endpoint = { path: string; get?: (request: object) => Promise<Answer>; post?: (request: object) => Promise<Answer> };
    const { endpoints } = await shim<{ endpoints: (app: object, appInfo: object) => Endpoint[] }>('endpoints');
    const all = endpoints({ getLogger: () => silent }, {});
    const ask = async (path: string, method: 'get' | 'post', request: object): Promise<Answer> => {
        const endpoint = all.find((one) => one.path === path);
        assert.ok(endpoint?.[method], path);
        return endpoint[method]({ headers: {}, query: {}, ...request });
    };
    let deep: unknown = 'x';
    for (let at = 0; at < 50_000; at += 1) {
        deep = { deep };
    }
    const many = Array.from({ length: 200_000 }, () => 1);
    for (const content of [deep, { text: 'é'.repeat(300_000) }, { ['é'.repeat(300_000)]: 1 }, { many }]) {
        // Meta unsubscribes an account whose events are refused for an hour.
        for (const [path, expected] of [['webhook', 200], ['deletion', 413]] as const) {
            const { status, content: said } = await ask(path, 'post', { content });
            assert.deepEqual([status, said], [expected, { error: 'input-too-large' }], path);
        }
    }
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, content: { signed_request: 'x'.repeat(600_000) } };
    assert.equal((await ask('deauthorize', 'post', form)).status, 413);
    assert.equal((await ask('oauth', 'get', { query: { state: 'x'.repeat(600_000) } })).status, 413);
});

test('of a file the core is handed as much as shows what it is, and no more', async () => {
    const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, at) => at % 251));
    const get = () => Promise.resolve({ statusCode: 206, headers: { 'Content-Type': 'Image/PNG; name=x', 'Content-Range': 'bytes 0-999/4000' }, content: bytes });
    const call = host({}, {}, { get });
    const asked = { kind: 'http', method: 'GET', url: 'https://x.example', headers: [], body: { kind: 'none' }, timeout_ms: 1, as_blob: true, foreign: true };
    assert.deepEqual(await call.perform(asked), {
        status: 206,
        headers: { 'content-type': 'Image/PNG; name=x', 'content-range': 'bytes 0-999/4000' },
        text: '',
        blob: { id: 1, size: 1_000, media_type: 'image/png', head: [...bytes.subarray(0, 64)] },
    });
});

test('custom fields that nobody defined do not keep the others from being set', async () => {
    const set: string[] = [];
    const setCustomFields = (_token: string, key: string) => (key === 'followers' ? Promise.resolve(void set.push(key)) : Promise.reject(new Error('invalid-custom-field')));
    const call = host({}, { getUpdater: () => ({ getLivechatUpdater: () => ({ setCustomFields }) }) });
    await call.perform({ kind: 'visitor_fields', token: 't', fields: [['username', 'a'], ['followers', '7'], ['verified', 'true']] });
    assert.deepEqual(set, ['followers']);
});

test('a setup channel whose creator is gone is repaired', async () => {
    const changed: Record<string, unknown> = {};
    const builder = {
        setCreator: (user: unknown) => { changed['creator'] = user; },
        setDisplayName: (name: unknown) => { changed['name'] = name; },
        addMemberToBeAddedByUsername: (name: unknown) => { changed['member'] = name; },
    };
    const updater = { room: () => Promise.resolve(builder), finish: () => Promise.resolve() };
    const call = host({ getRoomReader: () => ({ getById: (id: string) => Promise.resolve({ id, type: 'p', slugifiedName: 'setup' }) }) }, { getUpdater: () => updater });
    assert.equal(await call.perform({ kind: 'channel_join', room_id: 'r', members: ['facebook.bot'] }), true);
    assert.deepEqual(changed, { creator: APP_USER, name: 'setup', member: 'facebook.bot' });
});

test('a setup channel that is gone is said to be, and of an open one of its name nobody is counted', async () => {
    const rooms = { getById: () => Promise.resolve(null), getByName: () => Promise.resolve({ id: 'open', type: 'c', creator: APP_USER }), getMembers: () => Promise.reject(new Error('thousands')) };
    const call = host({ getRoomReader: () => rooms }, {});
    assert.equal(await call.perform({ kind: 'channel_join', room_id: 'gone', members: ['facebook.bot'] }), false);
    const found = (await call.perform({ kind: 'channel_find', name: 'setup' })) as { id: string; private: boolean; members: unknown[]; app_user_id: string };
    assert.deepEqual([found.id, found.private, found.members, found.app_user_id], ['open', false, [], APP_USER.id]);
});

test('what a missing permission leaves is an error, not an id', async () => {
    const creator = { startRoom: () => chain, finish: () => Promise.resolve('null') };
    const chain: object = new Proxy({}, { get: () => () => chain });
    const call = host({}, { getCreator: () => creator });
    await assert.rejects(call.perform({ kind: 'channel_make', name: 'setup', creator: null, members: [] }), { code: 'missing-permission' });
});

test('a bot that another instance makes at the same moment is taken', async () => {
    const bot = { id: 'b', username: 'facebook.bot', roles: ['bot'], type: 'bot' };
    let asked = 0;
    const users = { getByUsername: () => Promise.resolve((asked += 1) === 1 ? null : bot) };
    const creator = { startBotUser: () => ({}), finish: () => Promise.reject(new Error('The username "facebook.bot" is already being used.')) };
    const made = (await host(users, { getCreator: () => creator }).perform({ kind: 'bot_ensure', username: 'facebook.bot', name: 'Facebook' })) as { id: string };
    assert.equal(made.id, 'b');
});
