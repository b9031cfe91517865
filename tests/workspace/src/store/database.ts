import { DatabaseSync } from '@photostructure/sqlite';

import { decodeDocument, encodeDocument } from './codec.js';

type Connection = InstanceType<typeof DatabaseSync>;
export type Statement = ReturnType<Connection['prepare']>;

/**
 * One SQLite file in WAL mode: a killed process loses nothing that was written, and several processes may share it.
 * Not synced to the disk: a machine that loses power may lose the last writes, and no test cuts the power.
 */
export class Database {
    readonly #db: Connection;
    readonly #statements = new Map<string, Statement>();
    #depth = 0;

    constructor(file: string) {
        this.#db = new DatabaseSync(file);
        this.#db.exec('PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;');
    }

    exec(sql: string): void {
        this.#db.exec(sql);
    }

    /** A prepared statement, kept for the next call with the same text. */
    prepare(sql: string): Statement {
        let statement = this.#statements.get(sql);
        if (statement === undefined) {
            statement = this.#db.prepare(sql);
            this.#statements.set(sql, statement);
        }
        return statement;
    }

    /** Runs `work` as one transaction; nested calls join the outer one. */
    transaction<T>(work: () => T): T {
        if (this.#depth > 0) {
            return work();
        }
        this.#db.exec('BEGIN IMMEDIATE');
        this.#depth += 1;
        try {
            const result = work();
            this.#db.exec('COMMIT');
            return result;
        } catch (error) {
            this.#db.exec('ROLLBACK');
            throw error;
        } finally {
            this.#depth -= 1;
        }
    }

    tables(): string[] {
        const rows = this.#db.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`).all() as { name: string }[];
        return rows.map((row) => row.name);
    }

    close(): void {
        this.#statements.clear();
        this.#db.close();
    }
}

/** A value a collection can be searched by. */
type Key = string | number | boolean | null | undefined;

export interface FindOptions {
    /** Key to sort by; ties and default: order of insertion. */
    sort?: string;
    order?: 'asc' | 'desc';
    limit?: number;
    skip?: number;
}

/**
 * A table of documents with an id, and columns for the keys it is searched by.
 *
 * @typeParam K names of the search keys
 */
export class Collection<T extends { _id: string }, K extends string> {
    readonly #columns: string[];
    readonly #put: string;

    constructor(
        readonly db: Database,
        readonly name: string,
        readonly keys: Record<K, (document: T) => Key>,
    ) {
        this.#columns = Object.keys(keys);
        const names = this.#columns.map((key) => `, "k_${key}"`).join('');
        db.exec(`CREATE TABLE IF NOT EXISTS "${name}" (_id TEXT PRIMARY KEY, doc TEXT NOT NULL${names})`);
        const marks = ', ?'.repeat(this.#columns.length);
        const sets = this.#columns.map((key) => `, "k_${key}" = excluded."k_${key}"`).join('');
        this.#put =
            `INSERT INTO "${name}" (_id, doc${names}) VALUES (?, ?${marks}) ` +
            `ON CONFLICT (_id) DO UPDATE SET doc = excluded.doc${sets}`;
        for (const key of this.#columns) {
            db.exec(`CREATE INDEX IF NOT EXISTS "${name}_${key}" ON "${name}" ("k_${key}")`);
        }
    }

    get(id: string): T | undefined {
        const row = this.db.prepare(`SELECT doc FROM "${this.name}" WHERE _id = ?`).get(id) as { doc: string } | undefined;
        return row === undefined ? undefined : (decodeDocument(row.doc) as T);
    }

    /** Inserts or replaces; a replaced document keeps its place in insertion order. */
    put(document: T): T {
        const keys = this.#columns.map((key) => column(this.keys[key as K](document)));
        this.db.prepare(this.#put).run(document._id, encodeDocument(document), ...keys);
        return document;
    }

    /** Sets the given fields (`undefined` removes one) on the document as stored now. */
    update(id: string, change: Partial<T> | ((document: T) => Partial<T>)): T | undefined {
        return this.db.transaction(() => {
            const document = this.get(id);
            if (document === undefined) {
                return undefined;
            }
            return this.put({ ...document, ...(typeof change === 'function' ? change(document) : change) });
        });
    }

    remove(id: string): boolean {
        return this.db.prepare(`DELETE FROM "${this.name}" WHERE _id = ?`).run(id).changes > 0;
    }

    removeWhere(where: Partial<Record<K, Key>>): T[] {
        return this.db.transaction(() => {
            const gone = this.find(where);
            for (const document of gone) {
                this.remove(document._id);
            }
            return gone;
        });
    }

    find(where: Partial<Record<K, Key>> = {}, options: FindOptions = {}): T[] {
        const { sql, values } = this.#where(where);
        const direction = options.order === 'desc' ? 'DESC' : 'ASC';
        const sort = options.sort === undefined ? '' : `"k_${options.sort}" ${direction}, `;
        const rows = this.db
            .prepare(`SELECT doc FROM "${this.name}"${sql} ORDER BY ${sort}rowid ${direction} LIMIT ? OFFSET ?`)
            .all(...values, options.limit ?? -1, options.skip ?? 0) as { doc: string }[];
        return rows.map((row) => decodeDocument(row.doc) as T);
    }

    findOne(where: Partial<Record<K, Key>>): T | undefined {
        return this.find(where, { limit: 1 })[0];
    }

    count(where: Partial<Record<K, Key>> = {}): number {
        const { sql, values } = this.#where(where);
        const row = this.db.prepare(`SELECT count(*) AS n FROM "${this.name}"${sql}`).get(...values) as { n: number };
        return row.n;
    }

    #where(where: Partial<Record<K, Key>>): { sql: string; values: (string | number | null)[] } {
        const conditions: string[] = [];
        const values: (string | number | null)[] = [];
        for (const [key, value] of Object.entries(where) as [K, Key][]) {
            if (value === undefined) {
                continue;
            }
            conditions.push(`"k_${key}" IS ?`);
            values.push(column(value));
        }
        return { sql: conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`, values };
    }
}

function column(value: Key): string | number | null {
    return typeof value === 'boolean' ? Number(value) : (value ?? null);
}
