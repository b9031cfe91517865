/** How much a value may be. */
export interface Bounds {
    /** Of all texts and names together, as printed JSON in UTF-8. */
    bytes: number;
    /** Members and elements at all levels. */
    values: number;
    depth: number;
}

/** A web request and a message: several times what servers let through, which is 100 kB of a body. */
export const LARGE: Bounds = { bytes: 512 * 1024, values: 100_000, depth: 100 };

/** What a person types or presses. */
export const SMALL: Bounds = { bytes: 64 * 1024, values: 2_000, depth: 20 };

/** The most bytes of printed JSON that one unit of a text becomes: an escaped control character. */
const MOST_PRINTED = 6;

/** Whether plain data keeps within the bounds; looks no further than they go. */
export function fits(value: unknown, bounds: Bounds): boolean {
    // What is far within them need not be measured exactly.
    return measured(value, bounds, (text) => text.length * MOST_PRINTED) || measured(value, bounds, (text) => Buffer.byteLength(JSON.stringify(text)));
}

function measured(value: unknown, { bytes, values, depth }: Bounds, sizeOf: (text: string) => number): boolean {
    let left = bytes;
    let more = values;
    const within = (at: unknown, deep: number): boolean => {
        if (typeof at === 'string') {
            left -= sizeOf(at);
            return left >= 0;
        }
        if (typeof at !== 'object' || at === null) {
            return true;
        }
        if (deep >= depth) {
            return false;
        }
        const members = Object.values(at);
        more -= members.length;
        if (more < 0) {
            return false;
        }
        if (!Array.isArray(at)) {
            for (const name of Object.keys(at)) {
                left -= sizeOf(name);
            }
        }
        return left >= 0 && members.every((member) => within(member, deep + 1));
    };
    return within(value, 0);
}
