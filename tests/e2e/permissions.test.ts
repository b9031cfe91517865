/** What the app asks for in app.json is the least that works: without any one permission something is missing. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Account, AGENTS, minute } from './account.js';
import { messageOf, WORLD } from './sim.js';
import { APP_ID, close, eventually, Stack } from './stack.js';

const { permissions: ASKED } = JSON.parse(readFileSync(new URL('../../app.json', import.meta.url), 'utf8')) as { permissions: { name: string }[] };
const without = (permission: string): { name: string }[] => ASKED.filter(({ name }) => name !== permission);

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

/** What is there with a permission, and not without it. */
interface Thing {
    what: string;
    /** Somebody does something for it; answers how to see whether it is there. */
    act: (person: string) => Promise<() => unknown>;
    /** It is made once, when the app is installed. */
    atInstall?: boolean;
}

let stack: Stack;
let page: Account;

/** A conversation that has begun. */
async function begun(person: string): Promise<{ rid: string; agent: string; userId: string }> {
    const room = await page.begins(person);
    const agent = room.servedBy?.username ?? '';
    return { rid: room._id, agent, userId: stack.user(agent)._id };
}

/** What the administrator alone is shown after a command. */
async function shown(words: string): Promise<() => string> {
    const seen = stack.shownFromNow('admin');
    const rid = stack.workspace.roomByName('omnichannel-facebook-setup')?._id ?? '';
    await stack.workspace.runCommand(stack.user('admin')._id, { command: 'facebook', params: words, rid, triggerId: 'trigger' });
    return seen;
}

const answered = async (person: string): Promise<boolean> => (await page.told(person)).some((text) => text.endsWith('Answer'));
const writes = async (person: string): Promise<() => Promise<boolean>> => {
    await page.writes(await page.customer(person), 'Hello');
    return async () => (await page.written(person)).includes('Hello');
};
const written = { what: 'what a new customer writes', act: writes };

const THINGS: Record<string, Thing> = {
    'api': { what: 'the endpoints', act: () => Promise.resolve(() => stack.workspace.endpoints(APP_ID).length > 0) },
    'slashcommand': { what: 'the commands', atInstall: true, act: () => Promise.resolve(() => stack.workspace.commands().length === 2) },
    'scheduler': { what: 'the jobs', atInstall: true, act: () => Promise.resolve(() => stack.workspace.jobs(APP_ID).length > 0) },
    'networking': {
        what: 'answers to customers',
        act: async (person) => {
            const { rid, agent } = await begun(person);
            await stack.agentSays(agent, rid, 'Answer');
            return () => answered(person);
        },
    },
    'persistence': written,
    'ui.interact': { what: 'windows', act: async () => {
        const seen = await shown(`edit ${page.id}`);
        return () => seen().includes('connect:offline');
    } },
    'server-setting.read': { what: 'addresses to copy', atInstall: true, act: () => Promise.resolve(() => JSON.stringify(page.setup()).includes(stack.workspace.siteUrl)) },
    'user.read': { what: 'answers to commands', act: async () => {
        const seen = await shown('help');
        return () => seen() !== '';
    } },
    'user.write': { what: 'the bots', atInstall: true, act: () => Promise.resolve(() => stack.workspace.userByUsername('facebook.bot')) },
    'room.read': { what: 'answers to commands', act: async () => {
        const seen = await shown('help');
        return () => seen() !== '';
    } },
    'room.write': { what: 'the setup channels', atInstall: true, act: () => Promise.resolve(() => stack.workspace.roomByName('omnichannel-facebook-setup')) },
    'message.read': {
        what: 'the end of a reaction that is taken back',
        act: async (person) => {
            await page.customer(person);
            const { mid } = (await stack.sim.customer(person, { account: page.id, text: 'Hello' })) as { mid: string };
            const room = await page.room(person);
            await page.holds(person, ['Hello']);
            const reactions = (): string[] => stack.messages(room._id).flatMap((message) => Object.keys(message.reactions ?? {}));
            await page.writes(person, { reaction: { mid, reaction: 'love', emoji: '❤️' } });
            await eventually(() => reactions().length === 1, 'the heart is shown');
            await page.writes(person, { unreact: mid });
            return () => reactions().length === 0;
        },
    },
    'message.write': { what: 'answers to commands', act: async () => {
        const seen = await shown('help');
        return () => seen() !== '';
    } },
    'upload.read': {
        what: 'files of agents',
        act: async (person) => {
            const { rid, userId } = await begun(person);
            const files = async (): Promise<number> => (await stack.sim.sent({ account: page.id, kind: 'message' })).filter((call) => 'attachment' in (messageOf(call) as object)).length;
            const before = await files();
            await stack.workspace.uploadFile(userId, { rid, name: 'cat.png', content: PNG });
            return async () => (await files()) > before;
        },
    },
    'upload.write': {
        what: 'files of customers',
        act: async (person) => {
            await begun(person);
            await page.writes(person, { attachments: [{ type: 'image' }] });
            return async () => (await page.written(person)).some((line) => line.startsWith('<image/'));
        },
    },
    'livechat-status.read': {
        what: 'a conversation for who wrote while nobody was there',
        act: async (person) => {
            stack.presence(AGENTS, false);
            await page.writes(await page.customer(person), 'Anybody?');
            stack.presence(AGENTS, true);
            await minute(stack);
            return async () => (await page.rooms(person)).length > 0;
        },
    },
    'livechat-visitor.read': {
        what: 'the name of a customer who comes again',
        act: async (person) => {
            await begun(person);
            await stack.closeRoom(await page.room(person));
            await page.writes(person, 'Again');
            await eventually(async () => (await page.rooms(person)).length === 2, 'there is another conversation');
            const token = await stack.token('facebook', page.id, person);
            return () => stack.workspace.visitorByToken(token)?.name === `${person} Customer`;
        },
    },
    'livechat-visitor.write': written,
    'livechat-message.write': written,
    'livechat-room.read': written,
    'livechat-room.write': written,
    'livechat-department.multiple': { what: 'departments to choose from', act: async () => {
        const seen = await shown(`edit ${page.id}`);
        return () => seen().includes('Night shift');
    } },
    'livechat-custom-fields.write': {
        what: 'what Meta tells of a customer, in fields of theirs',
        act: async (person) => {
            const instagram = new Account(stack, 'instagram', WORLD.instagram);
            await instagram.writes(await instagram.customer(person), 'Hello');
            const token = await stack.token('instagram', WORLD.instagram, person);
            return () => stack.workspace.visitorByToken(token)?.livechatData?.['followers'];
        },
    },
};

test('each permission of app.json has something that needs it', () => {
    assert.deepEqual(Object.keys(THINGS).sort(), ASKED.map(({ name }) => name).sort());
});

describe('without one permission something is missing', () => {
    before(async () => {
        stack = await Stack.open({ connect: ['facebook', 'instagram'], runJobs: false });
        page = Account.ofPage(stack);
        stack.workspace.createDepartment({ name: 'Night shift', enabled: true, agents: AGENTS });
        stack.workspace.defineCustomField('followers');
    });
    after(() => close(stack));

    for (const [permission, { what, act, atInstall }] of Object.entries(THINGS)) {
        if (atInstall !== true) {
            test(`${permission}: ${what}`, async () => {
                stack.workspace.clearRoundTrips();
                await stack.updateApp({ permissionsGranted: without(permission) });
                const seen = await act(`${permission} missing`);
                await eventually(() => stack.workspace.refusedPermissions(APP_ID).includes(permission), 'the engine refuses it');
                await stack.workspace.settled();
                assert.ok(!(await seen()), `${what} without ${permission}`);

                await stack.updateApp();
                stack.workspace.clearRoundTrips();
                const again = await act(`${permission} granted`);
                await eventually(again, `${what} with ${permission}`);
                assert.deepEqual(stack.workspace.refusedPermissions(APP_ID), []);
            });
        }
    }
});

describe('without one permission something is missing from the start', () => {
    for (const [permission, { what, act, atInstall }] of Object.entries(THINGS)) {
        if (atInstall === true) {
            test(`${permission}: ${what}`, async () => {
                for (const granted of [without(permission), ASKED]) {
                    stack = await Stack.open({ permissionsGranted: granted, runJobs: false });
                    page = Account.ofPage(stack);
                    try {
                        const seen = await act(permission);
                        assert.equal(Boolean(seen()), granted === ASKED, `${what} with ${String(granted.length)} of ${String(ASKED.length)} permissions`);
                        assert.equal(stack.workspace.refusedPermissions(APP_ID).includes(permission), granted !== ASKED);
                    } finally {
                        await stack.close();
                    }
                }
            });
        }
    }
});
