/** Where the engine keeps its own things: app records, zips, logs. */
import type { IAppStorageItem } from '@rocket.chat/apps-engine/server/storage/index.js';
import type { ILoggerStorageEntry } from '@rocket.chat/apps-engine/server/logging/index.js';

import type { Core } from '../core.js';
import { objectId } from '../ids.js';
import type { AppLogDoc } from '../model.js';
import type { AppDoc } from '../store/collections.js';
import { AppLogStorage, AppMetadataStorage, AppSourceStorage } from './classes.js';

export class MetadataStorage extends AppMetadataStorage {
    constructor(private readonly core: Core) {
        super('sqlite');
    }

    /** The id given here is the hash in the app's private endpoint paths. */
    override create(item: IAppStorageItem): Promise<IAppStorageItem> {
        const at = this.core.date();
        // The very object, as the server's does: engines before 1.57 note in it whether the app is enabled, and write it back whole.
        Object.assign(item, { _id: objectId(), createdAt: at, updatedAt: at });
        this.core.collections.apps.put(item as unknown as AppDoc);
        return Promise.resolve(item);
    }

    override retrieveOne(id: string): Promise<IAppStorageItem | null> {
        const stored = this.core.collections.apps.findOne({ id });
        return Promise.resolve(stored === undefined ? null : this.#item(stored));
    }

    override retrieveAll(): Promise<Map<string, IAppStorageItem>> {
        return Promise.resolve(new Map(this.core.collections.apps.find().map((stored) => [stored.id, this.#item(stored)])));
    }

    override retrieveAllPrivate(): Promise<Map<string, IAppStorageItem>> {
        return this.retrieveAll();
    }

    override remove(id: string): Promise<{ success: boolean }> {
        return Promise.resolve({ success: this.core.collections.apps.removeWhere({ id }).length > 0 });
    }

    /** How engines before 1.57 save. */
    update(item: IAppStorageItem): Promise<IAppStorageItem> {
        return this.updatePartialAndReturnDocument(item);
    }

    override updatePartialAndReturnDocument(
        item: Partial<IAppStorageItem>,
        options: { unsetPermissionsGranted?: boolean } = {},
    ): Promise<IAppStorageItem> {
        const change = { ...item, updatedAt: this.core.date() } as unknown as Partial<AppDoc>;
        if (options.unsetPermissionsGranted === true) {
            change.permissionsGranted = undefined;
        }
        const stored = this.core.collections.apps.update(item._id ?? '', change);
        return stored === undefined ? Promise.reject(new Error('There is no such app record')) : Promise.resolve(this.#item(stored));
    }

    override updateStatus(_id: string, status: IAppStorageItem['status']): Promise<boolean> {
        return this.#change(_id, () => ({ status }));
    }

    override updateSetting(_id: string, setting: { id: string }): Promise<boolean> {
        return this.#change(_id, (stored) => ({ settings: { ...stored.settings, [setting.id]: { ...setting } } }));
    }

    override updateAppInfo(_id: string, info: IAppStorageItem['info']): Promise<boolean> {
        return this.#change(_id, () => ({ info: info as unknown as AppDoc['info'] }));
    }

    override updateMarketplaceInfo(_id: string, marketplaceInfo: unknown[]): Promise<boolean> {
        return this.#change(_id, () => ({ marketplaceInfo }));
    }

    #change(_id: string, change: (stored: AppDoc) => Partial<AppDoc>): Promise<boolean> {
        return Promise.resolve(this.core.collections.apps.update(_id, change) !== undefined);
    }

    #item(stored: AppDoc): IAppStorageItem {
        return stored as unknown as IAppStorageItem;
    }
}

export class SourceStorage extends AppSourceStorage {
    constructor(private readonly core: Core) {
        super();
    }

    override store(item: IAppStorageItem, zip: Buffer): Promise<string> {
        this.core.collections.appSources.put({ _id: item.id, zip });
        return Promise.resolve(item.id);
    }

    override fetch(item: IAppStorageItem): Promise<Buffer> {
        const source = this.core.collections.appSources.get(item.id);
        return source === undefined ? Promise.reject(new Error(`The zip of app ${item.id} is not stored`)) : Promise.resolve(source.zip);
    }

    override update(item: IAppStorageItem, zip: Buffer): Promise<string> {
        return this.store(item, zip);
    }

    override remove(item: IAppStorageItem): Promise<void> {
        this.core.collections.appSources.remove(item.id);
        return Promise.resolve();
    }
}

/** Entries per app kept; the server's collection has no limit, a long load test should not fill the disk. */
const LOG_LIMIT = 20_000;

/** Counting takes time in proportion to what is there, so it is done once per so many entries. */
const LOG_CHECK_EVERY = 1000;

export class LogStorage extends AppLogStorage {
    #unchecked = 0;

    constructor(private readonly core: Core) {
        super('sqlite');
    }

    override findPaginated(
        query: { appId?: string },
        options: { limit?: number; skip?: number } = {},
    ): Promise<{ logs: ILoggerStorageEntry[]; total: number }> {
        const where = { appId: query.appId };
        const logs = this.core.collections.appLogs.find(where, { order: 'desc', limit: options.limit, skip: options.skip });
        return Promise.resolve({ logs: logs as unknown as ILoggerStorageEntry[], total: this.core.collections.appLogs.count(where) });
    }

    override storeEntries(entry: ILoggerStorageEntry): Promise<ILoggerStorageEntry> {
        const { appLogs } = this.core.collections;
        appLogs.put({ ...(entry as unknown as AppLogDoc), _id: objectId() });
        this.#unchecked += 1;
        if (this.#unchecked >= LOG_CHECK_EVERY) {
            this.#unchecked = 0;
            this.core.db
                .prepare(
                    'DELETE FROM app_logs WHERE k_appId = ?1 AND rowid <= ' +
                        '(SELECT rowid FROM app_logs WHERE k_appId = ?1 ORDER BY rowid DESC LIMIT 1 OFFSET ?2)',
                )
                .run(entry.appId, LOG_LIMIT);
        }
        return Promise.resolve(entry);
    }

    override getEntriesFor(appId: string): Promise<ILoggerStorageEntry[]> {
        return Promise.resolve(this.core.collections.appLogs.find({ appId }) as unknown as ILoggerStorageEntry[]);
    }

    override removeEntriesFor(appId: string): Promise<void> {
        this.core.collections.appLogs.removeWhere({ appId });
        return Promise.resolve();
    }
}
