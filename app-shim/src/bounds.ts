/** How much a value may be. */
export interface Bounds {
    /** Of all texts and names together, in UTF-8. */
    bytes: number;
    /** Members and elements at all levels. */
    values: number;
    depth: number;
}

/** Whether plain data keeps within the bounds; looks no further than they go. */
export function fits(value: unknown, { bytes, values, depth }: Bounds): boolean {
    let left = bytes;
    let more = values;
    const within = (at: unknown, deep: number): boolean => {
        if (typeof at === 'string') {
            left -= Buffer.byteLength(at);
            return left >= 0;
        }
        if (typeof at !== 'object' || at === null) {
            return true;
        }
        if (deep >= depth) {
            return false;
        }
        const members = Array.isArray(at) ? at : Object.values(at);
        more -= members.length;
        if (more < 0) {
            return false;
        }
        if (!Array.isArray(at)) {
            for (const name of Object.keys(at)) {
                left -= Buffer.byteLength(name);
            }
        }
        return left >= 0 && members.every((member: unknown) => within(member, deep + 1));
    };
    return within(value, 0);
}
