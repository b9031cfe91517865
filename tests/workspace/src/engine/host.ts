import { setTimeout as sleep } from 'node:timers/promises';

import type { AppManager as Manager } from '@rocket.chat/apps-engine/server/AppManager.js';
import type { AppFabricationFulfillment } from '@rocket.chat/apps-engine/server/compiler/AppFabricationFulfillment.js';
import type { ProxiedApp } from '@rocket.chat/apps-engine/server/ProxiedApp.js';
import type { IPermission } from '@rocket.chat/apps-engine/definition/permissions/IPermission.js';

import { found, type Core } from '../core.js';
import type { Domain } from '../domain/index.js';
import { WorkspaceError, type AppSummary, type InstallOptions, type InstallResult } from '../model.js';
import type { AppDoc } from '../store/collections.js';
import { WorkspaceBridges } from './bridges/index.js';
import { AppManager, AppStatus } from './classes.js';
import { Converters } from './converters.js';
import { EngineEvents } from './events.js';
import { guardPipes } from './pipe-guard.js';
import { RoundTrips } from './round-trips.js';
import { LogStorage, MetadataStorage, SourceStorage } from './storages.js';
import { Surfaces } from './surfaces.js';

/** The parts of the engine's process controller that are not in its types. */
interface Controller {
    deno?: { pid?: number };
    getProcessState(): string;
    getStatus(): Promise<string>;
    setupApp(): Promise<void>;
    stopApp(): Promise<void>;
}

export interface HostOptions {
    tempDir: string;
    metaBaseUrl?: string;
}

/** How long `close` waits for listeners. */
const CLOSE_WAIT_MS = 3000;
/** How long a new process may take to say how it is. */
const PROBE_MS = 1000;

/** The real Apps-Engine over this workspace: installed apps, their processes and settings. */
export class AppHost {
    readonly bridges: WorkspaceBridges;
    readonly converters: Converters;
    readonly events: EngineEvents;
    readonly manager: Manager;
    readonly roundTrips = new RoundTrips();
    readonly surfaces: Surfaces;
    readonly #statuses = new Map<string, string>();
    /** Requests to apps that are not answered yet. */
    readonly #requests = new Set<Promise<unknown>>();
    /** Apps whose process was killed, until the next one answers. */
    readonly #restarting = new Set<string>();
    #closed = false;

    constructor(
        private readonly core: Core,
        private readonly domain: Domain,
        options: HostOptions,
    ) {
        if (process.env['NODE_ENV'] === 'test') {
            throw new WorkspaceError('node-env-test', 'With NODE_ENV=test the engine grants every permission; run with another value');
        }
        guardPipes();
        this.converters = new Converters(core);
        this.surfaces = new Surfaces(core);
        this.bridges = new WorkspaceBridges(core, domain, this.converters, options.metaBaseUrl, {
            names: (appId) => this.#info(appId),
            isRestarting: (appId) => this.isRestarting(appId),
            onStatus: (appId, status) => this.#statuses.set(appId, status),
            onSetting: () => undefined,
            show: (userId, interaction) => {
                this.surfaces.show(userId, interaction);
            },
        });
        this.manager = new AppManager({
            metadataStorage: new MetadataStorage(core),
            logStorage: new LogStorage(core),
            sourceStorage: new SourceStorage(core),
            bridges: this.bridges,
            tempFilePath: options.tempDir,
        });
        this.events = new EngineEvents(core, this.converters, this.manager);
    }

    /** Starts the apps that are stored, as a server does when it comes up. */
    async load(): Promise<void> {
        await this.manager.load();
        await this.manager.enableAll();
        for (const app of await this.manager.get()) {
            this.#statuses.set(app.getID(), await app.getStatus());
        }
    }

    async install(zip: Buffer, options: InstallOptions): Promise<InstallResult> {
        const { info } = await this.#parse(zip);
        if (this.core.collections.apps.findOne({ id: info.id }) !== undefined) {
            throw new WorkspaceError('app-already-exists', `The app ${info.name} is installed already; update it`);
        }
        const started = performance.now();
        const fulfillment = await this.manager.add(zip, {
            enable: options.enable ?? true,
            permissionsGranted: this.#permissions(info.permissions, options),
            user: this.#admin(options.userId),
        });
        return this.#result(info.id, fulfillment, started, options.enable ?? true);
    }

    async update(zip: Buffer, options: InstallOptions): Promise<InstallResult> {
        const { info } = await this.#parse(zip);
        this.#app(info.id);
        const started = performance.now();
        const fulfillment = await this.manager.update(zip, this.#permissions(info.permissions, options) ?? [], {
            loadApp: true,
            user: this.#admin(options.userId),
        });
        return this.#result(info.id, fulfillment, started, false);
    }

    async uninstall(appId: string, userId?: string): Promise<void> {
        this.#app(appId);
        await this.manager.remove(appId, { user: this.#admin(userId) });
        this.#statuses.delete(appId);
        this.#restarting.delete(appId);
    }

    async setEnabled(appId: string, enabled: boolean): Promise<AppSummary> {
        const app = this.#app(appId);
        await this.manager.changeStatus(appId, enabled ? AppStatus.MANUALLY_ENABLED : AppStatus.MANUALLY_DISABLED);
        this.#statuses.set(appId, await app.getStatus());
        return found(this.summary(appId), 'app-not-found');
    }

    async setSetting(appId: string, settingId: string, value: unknown): Promise<void> {
        const setting = this.#stored(appId).settings[settingId];
        if (setting === undefined) {
            throw new WorkspaceError('error-invalid-setting', `The app has no setting "${settingId}"`);
        }
        await this.updateSetting(appId, { ...setting, value });
    }

    /** Gives the setting to the app for its leave and stores what it answers, or this where it answers nothing. */
    async updateSetting(appId: string, setting: { id: string; value?: unknown }): Promise<void> {
        this.#stored(appId);
        type Setting = Parameters<ReturnType<Manager['getSettingsManager']>['updateAppSetting']>[1];
        await this.manager.getSettingsManager().updateAppSetting(appId, setting as unknown as Setting);
    }

    summary(appId: string): AppSummary | undefined {
        const stored = this.core.collections.apps.findOne({ id: appId });
        const app = this.manager.getOneById(appId) as ProxiedApp | undefined;
        if (stored === undefined || app === undefined) {
            return undefined;
        }
        const status = this.#statuses.get(appId) ?? stored.status;
        return {
            id: stored.id,
            name: stored.info.name,
            nameSlug: stored.info.nameSlug,
            version: stored.info.version,
            description: stored.info.description ?? '',
            status,
            enabled: status === 'auto_enabled' || status === 'manually_enabled',
            privateHash: stored._id,
            iconFileContent: stored.info['iconFileContent'] as string | undefined,
            info: stored.info,
            permissionsGranted: stored.permissionsGranted ?? [],
            // The engine's own copy is the newest: settings an app provides while it starts are stored with the next save.
            settings: app.getStorageItem().settings,
            languages: stored.languageContent ?? {},
        };
    }

    enabledIds(): string[] {
        return this.core.collections.apps
            .find()
            .map(({ id }) => id)
            .filter((id) => this.summary(id)?.enabled === true);
    }

    /** SIGKILL to the app's process; gives its id. Until the next one answers the app is restarting. */
    kill(appId: string): number {
        const pid = this.pid(appId);
        if (pid === undefined) {
            throw new WorkspaceError('app-process-not-running', 'The app has no process now');
        }
        process.kill(pid, 'SIGKILL');
        this.#restarting.add(appId);
        void this.#back(appId).then(() => this.#restarting.delete(appId));
        return pid;
    }

    /**
     * Whether the app's process was killed and the next one does not answer yet. The engine asks a process that is not set
     * up for its status, which is never answered, and has everybody who wants to know wait for that.
     */
    isRestarting(appId: string): boolean {
        return this.#restarting.has(appId);
    }

    pid(appId: string): number | undefined {
        return this.#controller(appId).deno?.pid;
    }

    async waitForRestart(appId: string, oldPid: number, timeoutMs: number): Promise<number> {
        const until = Date.now() + timeoutMs;
        while (Date.now() < until) {
            const pid = this.pid(appId);
            if (pid !== undefined && pid !== oldPid && !this.isRestarting(appId)) {
                return pid;
            }
            await sleep(10);
        }
        throw new WorkspaceError('app-not-restarted', `The app was not back within ${String(timeoutMs)} ms`);
    }

    /** Settles when the next process answers for the app. */
    async #back(appId: string): Promise<void> {
        const controller = this.#controller(appId);
        // Before the app is constructed, too, the state reads `ready` for a while.
        await new Promise<void>((resolve) => {
            const setUp = controller.setupApp.bind(controller);
            controller.setupApp = async () => {
                Reflect.deleteProperty(controller, 'setupApp');
                await setUp();
                resolve();
            };
        });
        while (!this.#closed && this.#restarting.has(appId)) {
            await sleep(10);
            if (controller.getProcessState() === 'ready') {
                // Not from `ProxiedApp`, which keeps for minutes what it hears.
                const status = await Promise.race([controller.getStatus().catch(() => undefined), sleep(PROBE_MS)]);
                // Whichever: older engines forget that the app was enabled.
                if (status !== undefined) {
                    return;
                }
            }
        }
    }

    /** Somebody's request to an app, which a closing workspace waits for. */
    async request<T>(work: Promise<T>): Promise<T> {
        this.#requests.add(work);
        try {
            return await work;
        } finally {
            this.#requests.delete(work);
        }
    }

    async close(): Promise<void> {
        this.#closed = true;
        await this.bridges.scheduler.stop();
        // What is under way still writes, and that belongs to this run; what hangs is left behind.
        const underWay = Promise.all([this.events.settled(), Promise.allSettled(this.#requests)]);
        await Promise.race([underWay, sleep(CLOSE_WAIT_MS, undefined, { ref: false })]);
        this.roundTrips.stop();
        for (const app of await this.manager.get()) {
            await this.#controller(app.getID()).stopApp();
        }
        // The engine allows one manager per process; this one is done.
        (AppManager as unknown as { Instance?: Manager }).Instance = undefined;
    }

    app(appId: string): ProxiedApp {
        return this.#app(appId);
    }

    #controller(appId: string): Controller {
        const app = this.#app(appId) as unknown as Record<'getRuntimeController' | 'getDenoRuntime', (() => Controller) | undefined>;
        return found(app.getRuntimeController?.() ?? app.getDenoRuntime?.(), 'app-process-not-running');
    }

    #app(appId: string): ProxiedApp {
        return found(this.manager.getOneById(appId) as ProxiedApp | undefined, 'app-not-found', `There is no app with the id "${appId}"`);
    }

    #stored(appId: string): AppDoc {
        this.#app(appId);
        const settings = this.#app(appId).getStorageItem().settings as unknown as AppDoc['settings'];
        return { ...found(this.core.collections.apps.findOne({ id: appId }), 'app-not-found'), settings };
    }

    #info(appId: string): { name: string; nameSlug: string } {
        return this.#app(appId).getInfo();
    }

    async #parse(zip: Buffer) {
        try {
            return await this.manager.getParser().unpackageApp(zip);
        } catch (error) {
            throw new WorkspaceError('invalid-app-package', error instanceof Error ? error.message : String(error));
        }
    }

    #permissions(asked: IPermission[] | undefined, options: InstallOptions): IPermission[] | undefined {
        return (options.permissionsGranted) ?? asked;
    }

    #admin(userId: string | undefined) {
        const user = userId === undefined ? this.domain.users.all().find(({ roles }) => roles.includes('admin')) : this.domain.users.get(userId);
        return this.converters.user(found(user, 'error-no-admin', 'Apps are installed by an admin, and the workspace has none'));
    }

    async #result(appId: string, fulfillment: AppFabricationFulfillment, started: number, wantsEnabled: boolean): Promise<InstallResult> {
        const durationMs = Math.round(performance.now() - started);
        const errors: string[] = [];
        if (fulfillment.hasStorageError()) {
            errors.push(fulfillment.getStorageError());
        }
        if (fulfillment.hasAppUserError()) {
            errors.push((fulfillment.getAppUserError() as { message: string }).message);
        }
        errors.push(...Object.values(fulfillment.getLicenseValidationResult().getErrors()).map(String));
        const app = this.manager.getOneById(appId) as ProxiedApp | undefined;
        if (app !== undefined) {
            this.#statuses.set(appId, await app.getStatus());
        }
        const summary = this.summary(appId);
        if (summary === undefined) {
            throw new WorkspaceError('app-not-installed', errors.join('; ') || 'The engine did not install the app');
        }
        if (wantsEnabled && !summary.enabled) {
            errors.push(`The app is not enabled; its status is ${summary.status}`);
        }
        return { app: summary, durationMs, errors };
    }
}
