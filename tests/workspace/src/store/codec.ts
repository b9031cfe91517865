/**
 * Documents as JSON text, with dates and bytes kept apart from strings.
 * `{"$date": ms}`, `{"$binary": base64}`; an object of the app's own whose key starts with `$` is wrapped in `$escape`.
 */

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Mongo drops `undefined` fields (`ignoreUndefined`); so does this. */
export function encodeDocument(document: unknown): string {
    return JSON.stringify(encode(document));
}

export function decodeDocument(text: string): unknown {
    return decode(JSON.parse(text) as Json);
}

function encode(value: unknown): Json | undefined {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') {
        return value;
    }
    if (typeof value === 'number') {
        return Number.isFinite(value) ? value : null;
    }
    if (value instanceof Date) {
        return { $date: value.getTime() };
    }
    if (value instanceof Uint8Array) {
        return { $binary: Buffer.from(value).toString('base64') };
    }
    if (Array.isArray(value)) {
        return value.map((item) => encode(item) ?? null);
    }
    if (typeof value === 'object') {
        const encoded: Record<string, Json> = {};
        let escape = false;
        for (const [key, item] of Object.entries(value)) {
            const json = encode(item);
            if (json !== undefined) {
                put(encoded, key, json);
                escape ||= key.startsWith('$');
            }
        }
        return escape ? { $escape: encoded } : encoded;
    }
    return undefined;
}

function decode(json: Json): unknown {
    if (json === null || typeof json !== 'object') {
        return json;
    }
    if (Array.isArray(json)) {
        json.forEach((item, at) => {
            (json as unknown[])[at] = decode(item);
        });
        return json;
    }
    if (typeof json['$date'] === 'number') {
        return new Date(json['$date']);
    }
    if (typeof json['$binary'] === 'string') {
        return Buffer.from(json['$binary'], 'base64');
    }
    const plain = typeof json['$escape'] === 'object' && json['$escape'] !== null ? json['$escape'] : json;
    // In place: what was just parsed is nobody else's.
    for (const [key, item] of Object.entries(plain)) {
        if (typeof item === 'object' && item !== null) {
            put(plain as Record<string, unknown>, key, decode(item));
        }
    }
    return plain;
}

function put(object: Record<string, unknown>, key: string, value: unknown): void {
    if (key === '__proto__') {
        // A plain assignment would set the prototype.
        Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
    } else {
        object[key] = value;
    }
}
