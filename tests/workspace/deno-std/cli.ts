/** The part of Deno's `@std/cli/parse-args` that the apps runtime uses: `--name value` and `--flag`. */
export function parseArgs(args: string[]): Record<string, unknown> {
    const parsed: Record<string, unknown> = { _: [] };
    for (let at = 0; at < args.length; at += 1) {
        const arg = args[at] as string;
        if (!arg.startsWith('--')) {
            (parsed['_'] as string[]).push(arg);
            continue;
        }
        const [name = '', inline] = arg.slice(2).split('=', 2);
        const next = args[at + 1];
        if (inline !== undefined) {
            parsed[name] = inline;
        } else if (next !== undefined && !next.startsWith('--')) {
            parsed[name] = /^\d+$/.test(next) ? Number(next) : next;
            at += 1;
        } else {
            parsed[name] = true;
        }
    }
    return parsed;
}
