/** The setup channels hold the webhook's secret address: whom the app lets into them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RoomDoc } from '../workspace/src/model.js';
import { APP_ID, close, Stack } from './stack.js';

const NAME = 'omnichannel-facebook-setup';
const OTHER = 'omnichannel-instagram-setup';

describe('a channel of the setup channel\'s name that was there before', () => {
    let stack: Stack;

    before(async () => {
        stack = await Stack.open({
            runJobs: false,
            credentials: false,
            prepare: async (workspace) => {
                const id = (username: string): string => workspace.userByUsername(username)?._id ?? '';
                // An agent waits for what will be said; an administrator has made the other one.
                await workspace.createRoom(id('agent1'), { t: 'p', name: NAME });
                await workspace.createRoom(id('admin'), { t: 'p', name: OTHER });
            },
        });
    });
    after(() => close(stack));

    const room = (name: string): RoomDoc => {
        const found = stack.workspace.roomByName(name);
        assert.ok(found, name);
        return found;
    };
    const members = (name: string): string[] => stack.workspace.members(room(name)._id).map(({ username }) => username);
    const said = (name: string): string => stack.messages(room(name)._id).map(({ msg }) => msg).join('\n');

    test('an agent\'s channel is told nothing; another name is taken, and said', () => {
        assert.deepEqual(members(NAME), ['agent1']);
        assert.equal(said(NAME), '');
        assert.equal(room(`${NAME}-2`).t, 'p');
        assert.ok(members(`${NAME}-2`).includes('admin') && members(`${NAME}-2`).includes('facebook.bot'), members(`${NAME}-2`).join());
        assert.match(said(`${NAME}-2`), new RegExp(`is called \`#${NAME}-2\`.*\`#${NAME}\``));
        assert.match(said(`${NAME}-2`), /\/private\//);
        assert.ok(!members(`${NAME}-2`).includes('agent1'));
    });

    test('an administrator\'s own is used', () => {
        assert.equal(stack.workspace.roomByName(`${OTHER}-2`), undefined);
        assert.ok(members(OTHER).includes('instagram.bot'));
        assert.match(said(OTHER), /\/private\//);
    });

    test('a command brings whoever may into the new one', async () => {
        const elsewhere = room(OTHER)._id;
        const shown = await stack.command('facebook', 'status', 'admin', elsewhere);
        assert.match(shown, /Status of Facebook/);
        assert.equal(stack.workspace.roomByName(`${NAME}-3`), undefined);
        assert.ok(stack.workspace.app(APP_ID)?.enabled);
    });
});
