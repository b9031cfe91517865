/** `parseArgs` of `@std/cli` for the flags the engine passes: `--name value`, numbers as numbers. */
export function parseArgs(args: string[]): Record<string, unknown> {
    const parsed: Record<string, unknown> = { _: [] };
    for (let at = 0; at < args.length; at += 1) {
        const [flag, inline] = (args[at] ?? '').replace(/^--/, '').split('=');
        if (flag === undefined || !(args[at] ?? '').startsWith('--')) continue;
        const value = inline ?? args[at + 1];
        if (inline === undefined) at += 1;
        parsed[flag] = value !== undefined && value !== '' && !Number.isNaN(Number(value)) ? Number(value) : value;
    }
    return parsed;
}
