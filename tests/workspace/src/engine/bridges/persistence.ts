import type { RocketChatAssociationRecord } from '@rocket.chat/apps-engine/definition/metadata/index.js';

import type { Core } from '../../core.js';
import { objectId } from '../../ids.js';
import { associationKey, type PersistenceDoc } from '../../store/collections.js';
import { PersistenceBridge } from '../classes.js';

interface Association {
    model: string;
    id: string;
}

/**
 * App persistence with the server's manners: no uniqueness, no transaction over calls; reading matches records that hold
 * all associations asked for, updating only those whose association list is exactly the one given, in its order.
 */
export class WorkspacePersistenceBridge extends PersistenceBridge {
    constructor(private readonly core: Core) {
        super();
        core.db.exec(
            `CREATE TABLE IF NOT EXISTS app_persistence_links (
                appId TEXT NOT NULL, model TEXT NOT NULL, key TEXT NOT NULL, record TEXT NOT NULL,
                PRIMARY KEY (appId, model, key, record)) WITHOUT ROWID;
            CREATE INDEX IF NOT EXISTS app_persistence_links_record ON app_persistence_links (record)`,
        );
    }

    protected override purge(appId: string): Promise<void> {
        this.core.db.transaction(() => {
            this.core.db.prepare('DELETE FROM app_persistence_links WHERE appId = ?').run(appId);
            this.core.db.prepare('DELETE FROM app_persistence WHERE k_appId = ?').run(appId);
        });
        return Promise.resolve();
    }

    protected override create(data: object, appId: string): Promise<string> {
        return this.createWithAssociations(data, undefined, appId);
    }

    protected override createWithAssociations(
        data: object,
        associations: RocketChatAssociationRecord[] | undefined,
        appId: string,
    ): Promise<string> {
        requireObject(data);
        return Promise.resolve(this.#insert(data, associations === undefined ? undefined : plain(associations), appId));
    }

    /** Not limited to the app's own records, as on the server. */
    protected override readById(id: string): Promise<object> {
        return Promise.resolve((this.core.collections.persistence.get(id)?.data as object | undefined) ?? {});
    }

    protected override readByAssociations(associations: RocketChatAssociationRecord[], appId: string): Promise<object[]> {
        return Promise.resolve(this.#find(plain(associations), appId).map((record) => record.data as object));
    }

    protected override remove(id: string, appId: string): Promise<object | undefined> {
        const record = this.core.collections.persistence.get(id);
        if (record?.appId !== appId) {
            return Promise.resolve(undefined);
        }
        this.#delete(record);
        return Promise.resolve(record.data as object);
    }

    protected override removeByAssociations(associations: RocketChatAssociationRecord[], appId: string): Promise<object[] | undefined> {
        const records = this.core.db.transaction(() => {
            const found = this.#find(plain(associations), appId);
            found.forEach((record) => {
                this.#delete(record);
            });
            return found;
        });
        return Promise.resolve(records.map((record) => record.data as object));
    }

    protected override update(id: string, data: object): Promise<string> {
        requireObject(data);
        return Promise.reject(new Error('Not implemented.'));
    }

    protected override updateByAssociations(
        associations: RocketChatAssociationRecord[],
        data: object,
        upsert: boolean,
        appId: string,
    ): Promise<string> {
        requireObject(data);
        const wanted = plain(associations);
        const id = this.core.db.transaction(() => {
            const equal = this.core.collections.persistence.find({ appId, associations: associationKey(wanted) ?? null });
            const record = this.core.shuffle(equal).at(0);
            if (record !== undefined) {
                this.core.collections.persistence.put({ ...record, data });
                return '';
            }
            return upsert ? this.#insert(data, wanted, appId) : '';
        });
        return Promise.resolve(id);
    }

    #insert(data: object, associations: Association[] | undefined, appId: string): string {
        const _id = objectId();
        this.core.db.transaction(() => {
            this.core.collections.persistence.put({ _id, appId, associations, data });
            for (const { model, id } of associations ?? []) {
                this.core.db.prepare('INSERT OR IGNORE INTO app_persistence_links VALUES (?, ?, ?, ?)').run(appId, model, id, _id);
            }
        });
        return _id;
    }

    #delete(record: PersistenceDoc): void {
        this.core.db.prepare('DELETE FROM app_persistence_links WHERE record = ?').run(record._id);
        this.core.collections.persistence.remove(record._id);
    }

    /** In any order: the server asks its database for none. */
    #find(associations: Association[], appId: string): PersistenceDoc[] {
        if (associations.length === 0) {
            return [];
        }
        const link = 'SELECT record FROM app_persistence_links WHERE appId = ? AND model = ? AND key = ?';
        const found = associations.map(() => link).join(' INTERSECT ');
        const rows = this.core.db
            .prepare(`SELECT _id FROM app_persistence WHERE _id IN (${found}) ORDER BY rowid`)
            .all(...associations.flatMap(({ model, id }) => [appId, model, id])) as { _id: string }[];
        return this.core.shuffle(rows).map(({ _id }) => this.core.collections.persistence.get(_id)).filter((record) => record !== undefined);
    }
}

/** Over the pipe an association record is a plain object; its fields are private only to the compiler. */
function plain(associations: RocketChatAssociationRecord[]): Association[] {
    return (associations as unknown as Association[]).map(({ model, id }) => ({ model, id }));
}

function requireObject(data: unknown): void {
    if (typeof data !== 'object') {
        throw new Error('Attempted to store an invalid data type, it must be an object.');
    }
}
