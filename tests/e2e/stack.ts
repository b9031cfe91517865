/**
 * Everything at once, for tests and for `./build.sh run`: the stand-in for Meta, the embedded workspace with its HTTP
 * face, and the package that users install, connected by the road that users take.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { localMetaLink } from '../workspace/src/http/meta-link.js';
import { type Face, serve } from '../workspace/src/http/server.js';
import { tether } from '../workspace/src/tether.js';
import type { EphemeralMessage, InstallOptions, InstallResult, MessageDoc, RoomDoc, Surface, UserDoc, WorkspaceOptions } from '../workspace/src/model.js';
import { seedLocalPeople } from '../workspace/src/people.js';
import { Workspace } from '../workspace/src/workspace.js';
import { Sim, WORLD } from './sim.js';

export type Channel = 'instagram' | 'facebook';

/** An account of the stand-in's world on each network. */
export interface Network {
    channel: Channel;
    account: string;
}
export const NETWORKS: readonly Network[] = [
    { channel: 'facebook', account: WORLD.page },
    { channel: 'instagram', account: WORLD.instagram },
];

const manifest = JSON.parse(readFileSync(new URL('../../app.json', import.meta.url), 'utf8')) as { id: string; version: string };

/** The package under test: the one that users install. */
export const PACKAGE = fileURLToPath(new URL(`../../dist/omni-direct-${manifest.version}.zip`, import.meta.url));
export const APP_ID = manifest.id;

/** The workspace as a program. */
const MAIN = fileURLToPath(new URL('../workspace/main.ts', import.meta.url));

export interface StackOptions {
    /** Kept when given, otherwise a temporary folder that goes with the stack. */
    dataDir?: string;
    port?: number;
    simPort?: number;
    runtime?: WorkspaceOptions['runtime'];
    engine?: WorkspaceOptions['engine'];
    /** What an administrator consents to when the app is installed; default all that it asks for. */
    permissionsGranted?: InstallOptions['permissionsGranted'];
    /** Whether to enter the Meta app's credentials; default true. */
    credentials?: boolean;
    /** What there is in the workspace before the app comes. */
    prepare?: (workspace: Workspace) => Promise<void>;
    /** Channels whose default account is connected at once. */
    connect?: Channel[];
    /** Whether the server's clock runs the app's jobs; without, only `advanceTime` does. Default true. */
    runJobs?: boolean;
    /** The stand-in's settings where they are to be others than `PATIENT`. */
    meta?: Record<string, unknown>;
    onProgress?: (line: string) => void;
}

/** Meta waits longer than it does, or a slow machine has it send again what a test expects once; and it comes again sooner. */
const PATIENT = { deadline_ms: 60_000, retry_scale: 0.1 };
/** Meta as it is. */
export const IMPATIENT = { deadline_ms: 5_000, retry_scale: 1 };

export class Stack {
    private constructor(
        readonly sim: Sim,
        private server: { workspace: Workspace; face: Face },
        private readonly serverOptions: WorkspaceOptions,
        readonly installed: InstallResult | undefined,
        private readonly ownedDir: string | undefined,
    ) {}

    get workspace(): Workspace {
        return this.server.workspace;
    }

    get face(): Face {
        return this.server.face;
    }

    static async open(options: StackOptions = {}): Promise<Stack> {
        const say = options.onProgress ?? (() => undefined);
        const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'omni-direct-'));
        say('starting the stand-in for Meta');
        const sim = await Sim.start(options.simPort === undefined ? {} : { port: options.simPort });
        const opened: { close: () => Promise<void> }[] = [{ close: () => sim.stop() }];
        try {
            say('opening the workspace');
            const serverOptions: WorkspaceOptions = {
                dataDir,
                siteUrl: 'http://127.0.0.1',
                metaBaseUrl: sim.url,
                ...(options.runtime === undefined ? {} : { runtime: options.runtime }),
                ...(options.engine === undefined ? {} : { engine: options.engine }),
                ...(options.runJobs === undefined ? {} : { runJobs: options.runJobs }),
                onProgress: say,
            };
            const workspace = await Workspace.open(serverOptions);
            opened.unshift(workspace);
            seedLocalPeople(workspace);
            await options.prepare?.(workspace);
            const face = await serve(workspace, { port: options.port ?? 0, host: '127.0.0.1' });
            opened.unshift(face);
            // Meta takes https addresses only.
            workspace.setServerSetting('Site_Url', face.url.replace('http:', 'https:'));
            await sim.post('/settings', { ...PATIENT, ...options.meta });
            await leadTo(sim, workspace, face);
            const zip = readFileSync(PACKAGE);
            const known = workspace.app(APP_ID) !== undefined;
            say(known ? 'updating the app' : 'installing the app');
            const installed = known ? await workspace.updateApp(zip) : await workspace.installApp(zip, { permissionsGranted: options.permissionsGranted });
            if (installed.errors.length > 0 || !installed.app.enabled) {
                throw new Error(`The app was not enabled (${installed.app.status}): ${installed.errors.join('; ')}`);
            }
            const stack = new Stack(sim, { workspace, face }, serverOptions, installed, options.dataDir === undefined ? dataDir : undefined);
            if (options.credentials !== false) {
                await stack.enterCredentials();
            }
            if (options.runJobs === false) {
                // The app makes its channels in its first minute.
                await workspace.advanceTime(61_000);
            }
            for (const channel of options.connect ?? []) {
                await stack.connect(channel);
            }
            return stack;
        } catch (error) {
            // What is left open would keep the process from ending.
            for (const each of opened) {
                await each.close().catch(() => undefined);
            }
            if (options.dataDir === undefined) {
                remove(dataDir);
            }
            throw error;
        }
    }

    /** An administrator uploads the package again. */
    updateApp(options: InstallOptions = {}): Promise<InstallResult> {
        return this.workspace.updateApp(readFileSync(PACKAGE), options);
    }

    /** The server goes down and comes up again, with what it had stored and for Meta at the same address. */
    async restartServer(): Promise<void> {
        const ahead = this.workspace.now() - Date.now();
        await this.face.close();
        await this.workspace.close();
        const workspace = await Workspace.open({ ...this.serverOptions, now: () => Date.now() + ahead });
        // Somebody else may have taken the port meanwhile.
        this.server = { workspace, face: await serve(workspace, { port: 0, host: '127.0.0.1' }) };
        await leadTo(this.sim, workspace, this.face);
    }

    /**
     * Another server of a cluster, on the same data. Its people are online and available, as after any first start. App settings
     * that are saved on this server are broadcast to it, once `heard` has been waited for.
     */
    async secondServer(): Promise<{ url: string; heard: () => Promise<void>; stop: () => Promise<void> }> {
        const { dataDir } = this.serverOptions;
        const child = spawn(process.execPath, ['--import', 'tsx', MAIN, '--data', dataDir, '--port', '0', '--meta', this.sim.url, '--site-url', this.workspace.siteUrl], {
            stdio: ['ignore', 'pipe', 'inherit'],
        });
        tether(child);
        const gone = once(child, 'exit');
        for await (const line of createInterface({ input: child.stdout })) {
            const { ready } = JSON.parse(line) as { ready?: { url: string } };
            if (ready !== undefined) {
                const { heard, stop: deafen } = this.broadcastSettings(ready.url);
                const stop = async (): Promise<void> => {
                    deafen();
                    child.kill('SIGTERM');
                    await gone;
                };
                return { url: ready.url, heard, stop };
            }
        }
        throw new Error('The second server ended before it was ready.');
    }

    /** Source: `onAppSettingUpdated` of apps/meteor/ee/server/apps/communication/websockets.ts: what is the same by value stays. */
    private broadcastSettings(url: string): { heard: () => Promise<void>; stop: () => void } {
        const { userId, authToken } = this.workspace.loginAs(this.user('admin')._id);
        const headers = { 'X-User-Id': userId, 'X-Auth-Token': authToken, 'Content-Type': 'application/json' };
        let way = Promise.resolve();
        const tell = ({ appId, setting }: { appId: string; setting: { id: string; value?: unknown } }): void => {
            way = way.then(async () => {
                const path = `${url}/api/apps/${appId}/settings/${setting.id}`;
                const there = (await (await fetch(path, { headers })).json()) as { setting: { value?: unknown } };
                if (JSON.stringify(there.setting.value) !== JSON.stringify(setting.value)) {
                    await fetch(path, { method: 'POST', headers, body: JSON.stringify({ setting }) });
                }
            });
        };
        this.workspace.on('app-setting', tell);
        const stop = (): void => {
            this.workspace.off('app-setting', tell);
        };
        return { heard: () => way, stop };
    }

    async close(): Promise<void> {
        await this.face.close();
        await this.workspace.close();
        await this.sim.stop();
        if (this.ownedDir !== undefined) {
            remove(this.ownedDir);
        }
    }

    /** What an admin pastes into the app's settings. */
    async enterCredentials(): Promise<void> {
        await this.set('meta_app_id', WORLD.appId);
        await this.set('meta_app_secret', WORLD.appSecret);
        await this.set('instagram_app_id', WORLD.instagramAppId);
        await this.set('instagram_app_secret', WORLD.instagramAppSecret);
    }

    /**
     * Presses Save on the app's settings screen: what is on it goes to the server whole, changed or not, in its order.
     * Source: apps/meteor/client/views/marketplace/AppDetailsPage (as of 8.x).
     */
    async saveForm(changes: Record<string, unknown>, order: 'as shown' | 'backwards' = 'as shown'): Promise<void> {
        const { userId, authToken } = this.workspace.loginAs(this.user('admin')._id);
        const headers = { 'X-User-Id': userId, 'X-Auth-Token': authToken, 'Content-Type': 'application/json' };
        const url = `${this.face.url}/api/apps/${APP_ID}/settings`;
        const loaded = (await (await fetch(url, { headers })).json()) as { settings: Record<string, { id: string; value?: unknown; packageValue: unknown }> };
        const strangers = Object.keys(changes).filter((id) => !(id in loaded.settings));
        if (strangers.length > 0) {
            throw new Error(`The screen has no ${strangers.join(', ')}.`);
        }
        const settings = Object.values(loaded.settings).map((setting) => {
            const shown = setting.value ?? setting.packageValue;
            return { ...setting, value: setting.id in changes ? changes[setting.id] : shown };
        });
        const body = JSON.stringify({ settings: order === 'as shown' ? settings : settings.reverse() });
        const answer = await fetch(url, { method: 'POST', headers, body });
        if (!answer.ok) {
            throw new Error(`The settings were not saved: ${String(answer.status)} ${await answer.text()}`);
        }
        await this.workspace.settled();
    }

    set(setting: string, value: unknown): Promise<void> {
        return this.workspace.setAppSetting(APP_ID, setting, value);
    }

    user(username: string): UserDoc {
        const user = this.workspace.userByUsername(username);
        if (user === undefined) {
            throw new Error(`There is no user ${username}.`);
        }
        return user;
    }

    /** Types a slash command in the channel's setup room, and answers what the person alone was shown after it. */
    async command(channel: Channel, words: string, username = 'admin', rid?: string): Promise<string> {
        const user = this.user(username);
        const room = rid ?? (await this.setupRoom(channel, username))._id;
        const shown = this.shownFromNow(username);
        await this.workspace.runCommand(user._id, { command: channel, params: words, rid: room, triggerId: `trigger-${String(Date.now())}` });
        await this.workspace.settled();
        return shown();
    }

    /** The channel's setup room, as soon as the app has made it and put this person in. */
    setupRoom(channel: Channel, username = 'admin'): Promise<RoomDoc> {
        const name = `omnichannel-${channel}-setup`;
        return eventually(() => {
            const room = this.workspace.roomByName(name);
            return room !== undefined && this.workspace.canAccessRoom(room._id, this.user(username)._id) ? room : undefined;
        }, `${username} is in #${name}`);
    }

    /** All that only this person was shown: ephemeral messages and windows, as JSON text. */
    shownTo(username: string, skip = { messages: 0, windows: 0 }): string {
        const { messages, windows } = this.ownView(username);
        return [...messages.slice(skip.messages), ...windows.slice(skip.windows)].map((each) => JSON.stringify(each)).join('\n');
    }

    /** The same without what was there already when this was called. */
    shownFromNow(username: string): () => string {
        const { messages, windows } = this.ownView(username);
        return () => this.shownTo(username, { messages: messages.length, windows: windows.length });
    }

    private ownView(username: string): { messages: EphemeralMessage[]; windows: Surface[] } {
        const { _id } = this.user(username);
        return { messages: this.workspace.ephemeralMessages(_id), windows: this.workspace.surfaces(_id) };
    }

    /** Connects accounts as an admin does: the command, Meta's login, its answer page. */
    async connect(channel: Channel, grant: { pages?: string[]; instagramAccounts?: string[]; user?: string } = {}): Promise<string> {
        const shown = await this.command(channel, 'authorize');
        const link = /https:\/\/www\.(?:facebook|instagram)\.com\/[^"\\\s)|>]+/.exec(shown)?.[0];
        if (link === undefined) {
            throw new Error(`/${channel} authorize showed no login link: ${shown}`);
        }
        const form = new URLSearchParams({ user: grant.user ?? WORLD.admin });
        for (const page of grant.pages ?? [WORLD.page]) {
            form.append('pages', page);
        }
        for (const account of grant.instagramAccounts ?? [WORLD.instagram]) {
            form.append('instagram_accounts', account);
        }
        const dialog = await fetch(localMetaLink(link.replaceAll('&amp;', '&'), this.sim.url), { method: 'POST', body: form, redirect: 'manual' });
        const back = dialog.headers.get('location');
        if (back === null) {
            throw new Error(`Meta's login did not redirect: ${String(dialog.status)} ${await dialog.text()}`);
        }
        const page = await fetch(back);
        const html = await page.text();
        if (!page.ok) {
            throw new Error(`The app's answer page says ${String(page.status)}: ${html}`);
        }
        await this.workspace.settled();
        return html;
    }

    /** The visitor token of a customer on an account, once they have one; until then nobody's. */
    async token(channel: Channel, account: string, person: string): Promise<string> {
        const wanted = { channel, account, person: await this.sim.scopedId(account, person) };
        type Head = { kind?: string; id: typeof wanted; visitor?: { token: string } | null };
        const heads = this.workspace.persistence(APP_ID).map(({ data }) => data as Head).filter(({ kind }) => kind === 'conversation');
        const { visitor } = heads.find(({ id }) => id.channel === channel && id.account === account && id.person === wanted.person) ?? {};
        return visitor?.token ?? 'nobody';
    }

    /** The customer's rooms, newest last. */
    async rooms(channel: Channel, account: string, person: string): Promise<RoomDoc[]> {
        return this.workspace.rooms({ t: 'l', token: await this.token(channel, account, person) });
    }

    /** The customer's one open room, as soon as there is one; fails when there are more. */
    async openRoom(channel: Channel, account: string, person: string): Promise<RoomDoc> {
        return eventually(async () => {
            const open = (await this.rooms(channel, account, person)).filter((room) => room.open === true);
            if (open.length > 1) {
                throw new Error(`${person} has ${String(open.length)} open rooms with ${account}, not one.`);
            }
            return open[0];
        }, `${person} has an open room with ${account}`);
    }

    /** Somebody closes a room, its agent unless another one is named. */
    async endRoom(room: RoomDoc, username = room.servedBy?.username ?? 'agent1'): Promise<void> {
        await this.workspace.closeLivechatRoom(room._id, { userId: this.user(username)._id }, { comment: 'done' });
    }

    /** The same; on return the app has dealt with it. */
    async closeRoom(room: RoomDoc, username?: string): Promise<void> {
        await this.endRoom(room, username);
        await this.workspace.settled();
    }

    /** These people become available for customers, or go away. */
    presence(usernames: string[], online: boolean): void {
        for (const username of usernames) {
            const { _id } = this.user(username);
            this.workspace.setAgentStatus(_id, online ? 'available' : 'not-available');
            this.workspace.setPresence(_id, online ? 'online' : 'offline');
        }
    }

    /** What a room shows, without the server's own notices. */
    messages(rid: string): MessageDoc[] {
        return this.workspace.messages(rid, { withoutSystem: true });
    }

    /** An agent types into a room; on return the app has dealt with it. */
    async agentSays(username: string, rid: string, msg: string): Promise<MessageDoc> {
        const message = await this.workspace.sendMessage(this.user(username)._id, { rid, msg });
        await this.workspace.settled();
        return message;
    }
}

/**
 * An administrator has the server leave the app out of its statistics: with the setting, and with the role that the app's user
 * is given as soon as it is there.
 */
export function leaveOut(workspace: Workspace): Promise<void> {
    workspace.setServerSetting('Omnichannel_Metrics_Ignore_Automatic_Messages', true);
    workspace.on('user', ({ _id, type, roles }) => {
        if (type === 'app' && !roles.includes('bot')) {
            workspace.setRoles(_id, [...roles, 'bot']);
        }
    });
    return Promise.resolve();
}

/** Tells the stand-in where the workspace's public address really leads. */
async function leadTo(sim: Sim, workspace: Workspace, face: Face): Promise<void> {
    await sim.post('/settings', { resolve: [{ from: workspace.siteUrl, to: face.url }] });
}

function remove(dir: string): void {
    rmSync(dir, { recursive: true, force: true });
}

/** For `after`: what `before` has opened, if it came that far. */
export async function close(opened: { close: () => Promise<void> } | undefined): Promise<void> {
    await opened?.close();
}

/** Waits until the check answers something. Only what fails takes the time: it is long for the sake of slow machines. */
export async function eventually<T>(check: () => T | undefined | Promise<T | undefined>, what: string, timeoutMs = 60_000): Promise<T> {
    const end = Date.now() + timeoutMs;
    for (;;) {
        const found = await check();
        if (found !== undefined && found !== false) {
            return found;
        }
        if (Date.now() > end) {
            throw new Error(`This did not happen in ${String(timeoutMs)} ms: ${what}`);
        }
        await sleep(25);
    }
}
