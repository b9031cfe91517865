/** What an administrator does in the setup channels, in a browser and in windows. */
import { strict as assert } from 'node:assert';
import type { Browser, Page } from 'playwright-core';
import { type Consent, consent, launch } from './browser.js';
import { WORLD } from './sim.js';
import { APP_ID, type Channel, eventually, Stack } from './stack.js';

interface Element {
    type?: string;
    actionId?: string;
    blockId?: string;
    value?: string;
    url?: string;
    text?: { text?: string };
}

/** Every element of blocks that can be pressed. */
function elements(blocks: unknown): Element[] {
    const all = (blocks ?? []) as { elements?: Element[]; element?: Element; accessory?: Element }[];
    return all.flatMap((block) => [...(block.elements ?? []), ...(block.element ? [block.element] : []), ...(block.accessory ? [block.accessory] : [])]);
}

export class Admin {
    readonly errors: string[] = [];

    private constructor(
        readonly stack: Stack,
        readonly browser: Browser,
        readonly page: Page,
    ) {}

    static async start(): Promise<Admin> {
        const parts = [Stack.open(), launch()] as const;
        try {
            return await Admin.at(...(await Promise.all(parts)));
        } catch (error) {
            // What came up is not left behind.
            await Promise.allSettled(parts.map(async (part) => (await part).close()));
            throw error;
        }
    }

    private static async at(stack: Stack, browser: Browser): Promise<Admin> {
        const page = await browser.newPage();
        page.setDefaultTimeout(120_000);
        const admin = new Admin(stack, browser, page);
        page.on('pageerror', (error) => admin.errors.push(String(error)));
        page.on('console', (message) => {
            // Chromium asks for a favicon of its own accord.
            if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico')) {
                admin.errors.push(message.text());
            }
        });
        // The app looks after its channels and webhooks each minute, first when it starts.
        for (const channel of ['instagram', 'facebook'] as const) {
            await stack.setupRoom(channel);
            await eventually(() => /\/private\//.test(admin.said(channel)), `the steps for ${channel}`);
            await eventually(() => admin.said(channel).includes('The webhook is registered'), `the webhook for ${channel} is registered`);
        }
        return admin;
    }

    async close(): Promise<void> {
        await this.browser.close();
        await this.stack.close();
    }

    room(channel: Channel): string {
        const room = this.stack.workspace.roomByName(`omnichannel-${channel}-setup`);
        assert.ok(room, `#omnichannel-${channel}-setup`);
        return room._id;
    }

    /** The text of the setup channel, oldest message first. */
    said(channel: Channel): string {
        return this.stack
            .messages(this.room(channel))
            .map(({ msg }) => msg)
            .join('\n');
    }

    /** The login links in the newest whisper, by login product. */
    links(username = 'admin'): { facebook?: string; instagram?: string } {
        const whispers = this.stack.workspace.ephemeralMessages(this.stack.user(username)._id);
        const urls = elements(whispers.at(-1)?.blocks).flatMap(({ url }) => url ?? []);
        const facebook = urls.find((url) => url.includes('facebook.com'));
        const instagram = urls.find((url) => url.includes('instagram.com'));
        return { ...(facebook === undefined ? {} : { facebook }), ...(instagram === undefined ? {} : { instagram }) };
    }

    /** Types a command in the setup channel; answers the text the person alone was shown. */
    async type(channel: Channel, words: string, username = 'admin'): Promise<string> {
        await this.stack.command(channel, words, username, this.room(channel));
        return this.stack.workspace.ephemeralMessages(this.stack.user(username)._id).at(-1)?.msg ?? '';
    }

    /** Asks for a link by pressing Start Authentication, as the steps say. */
    async start(channel: Channel): Promise<{ facebook?: string; instagram?: string }> {
        await this.press(channel, 'connect:authorize', channel);
        return this.links();
    }

    /** Logs in at Meta in the browser; answers the headline of the page it ends on. */
    async logIn(channel: Channel, wish: Partial<Consent> = {}): Promise<string> {
        const { facebook } = await this.start(channel);
        assert.ok(facebook, 'a link to Facebook');
        await consent(this.page, facebook, this.stack.sim.url, { who: WORLD.admin, ...wish });
        await this.stack.workspace.settled();
        return this.headline();
    }

    async headline(): Promise<string> {
        return (await this.page.locator('h1').textContent()) ?? '';
    }

    /** Presses the newest button of that action and value in the setup channel. */
    async press(channel: Channel, actionId: string, value?: string, username = 'admin'): Promise<void> {
        const messages = [...this.stack.messages(this.room(channel))].reverse();
        for (const message of messages) {
            const button = elements(message.blocks).find((each) => each.actionId === actionId && (value === undefined || each.value === value));
            if (button !== undefined) {
                await this.stack.workspace.interact(this.stack.user(username)._id, APP_ID, {
                    type: 'blockAction',
                    actionId,
                    triggerId: `trigger-${String(Date.now())}`,
                    payload: { blockId: button.blockId ?? '', value: button.value },
                    container: { type: 'message', id: message._id },
                    rid: this.room(channel),
                    mid: message._id,
                });
                await this.stack.workspace.settled();
                return;
            }
        }
        assert.fail(`no button ${actionId} ${value ?? ''} in #omnichannel-${channel}-setup`);
    }

    /** The window on the screen, as JSON text. */
    window(username = 'admin'): { id: string; text: string; errors: Record<string, string>; options: string[] } {
        const surface = this.stack.workspace.openView(this.stack.user(username)._id);
        assert.ok(surface?.view, 'an open window');
        const inputs = elements(surface.view['blocks']) as { options?: { value: string }[] }[];
        return {
            id: String(surface.viewId),
            text: JSON.stringify(surface.view),
            errors: surface.errors ?? {},
            options: inputs.flatMap(({ options }) => options ?? []).map(({ value }) => value),
        };
    }

    /** Fills the window in and submits it. Block and action ids are the same. */
    async submit(values: Record<string, unknown>, username = 'admin'): Promise<void> {
        const { id } = this.window(username);
        const state = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { [name]: value }]));
        await this.stack.workspace.interact(this.stack.user(username)._id, APP_ID, {
            type: 'viewSubmit',
            triggerId: `trigger-${String(Date.now())}`,
            payload: { view: { id, state } },
        });
        await this.stack.workspace.settled();
    }

    /** Whether Meta is believed to accept the account's token. */
    isAlive(channel: Channel): boolean {
        const account = this.accounts(channel)[0];
        assert.ok(account, `an account of ${channel}`);
        return !JSON.stringify(account.token_state).includes('dead');
    }

    /** Connected accounts as they are stored. */
    accounts(channel: Channel): { id: string; subscribed: boolean; token: string; token_state: unknown; config: Record<string, unknown> }[] {
        type Account = ReturnType<Admin['accounts']>[number] & { kind: string; channel: Channel };
        const records = this.stack.workspace.persistence(APP_ID).map(({ data }) => data as Account);
        return records.filter((record) => record.kind === 'account' && record.channel === channel);
    }
}
