/**
 * Gets the engine's Deno runtime ready to run from npm packages alone.
 *
 * `@rocket.chat/apps-engine@1.62.0` ships `deno-runtime/` with an import map that points at its own sources (not in the
 * package) and at three `jsr:` modules. The engine starts `deno` from `PATH`; the launcher made here stands there, and
 * hands Deno a corrected import map and a warm module cache. The package itself stays as npm put it.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);

/** `.cache/workspace` at the project root, git-ignored. */
export const CACHE_DIR = fileURLToPath(new URL('../../../../.cache/workspace/', import.meta.url));

/** The engine's `tempFilePath`. The path is part of Deno's compile-cache key, hence the same for all workspaces. */
export const TEMP_DIR = join(CACHE_DIR, 'tmp');

const ENGINE_DIR = dirname(require.resolve('@rocket.chat/apps-engine/package.json'));
const STD_DIR = fileURLToPath(new URL('../../deno-std/', import.meta.url));

/** Where things are once `prepareDeno` has run. */
export interface RuntimePaths {
    /** Folder that holds the `deno` the engine starts; goes to the front of `PATH`. */
    binDir: string;
}

/** What cannot be had on this machine, with the remedy in the message. */
export class RuntimeSetupError extends Error {
    override readonly name = 'RuntimeSetupError';
    readonly code = 'runtime_setup_failed';
}

/**
 * Makes launcher, import map and module cache. A second call finds all in place and only looks.
 *
 * @throws RuntimeSetupError when npm's Deno is missing or its dependencies cannot be loaded.
 */
export async function prepareDeno(progress: (line: string) => void = () => undefined): Promise<RuntimePaths> {
    const paths = { binDir: join(CACHE_DIR, 'deno-bin') };
    const denoDir = join(CACHE_DIR, 'deno-dir');
    const config = join(CACHE_DIR, 'deno.json');
    const launcher = join(paths.binDir, 'deno');
    for (const dir of [paths.binDir, TEMP_DIR, denoDir]) {
        mkdirSync(dir, { recursive: true });
    }

    const deno = denoExecutable();
    linkRuntime(TEMP_DIR);
    const configText = JSON.stringify(denoConfig(), null, 4);
    const launcherText = denoLauncher(deno, config, denoDir);
    const wanted = createHash('sha256').update(configText).update(launcherText).digest('hex');
    const stamp = join(CACHE_DIR, 'deno-ready');
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) {
        return paths;
    }

    progress('Preparing the apps runtime: loading its modules from the npm registry (once)');
    writeFileSync(config, configText);
    writeExecutable(launcher, launcherText);
    await run(launcher, ['cache', `--config=${config}`, join(TEMP_DIR, 'deno-runtime', 'main.ts')], progress);
    writeFileSync(stamp, wanted);
    progress('The apps runtime is ready');
    return paths;
}

/** Puts a launcher folder at the front of this process' `PATH`, where the engine looks for `deno`. */
export function useRuntime(binDir: string): void {
    const rest = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => !dir.startsWith(CACHE_DIR));
    process.env['PATH'] = [binDir, ...rest].join(delimiter);
}

/** Writes by rename: another process may be starting the same file. */
export function writeExecutable(path: string, text: string): void {
    const fresh = `${path}.${String(process.pid)}`;
    writeFileSync(fresh, text, { mode: 0o755 });
    renameSync(fresh, path);
}

/** The binary of npm's `deno` package for this platform. */
function denoExecutable(): string {
    try {
        const install = require('deno/install_api.cjs') as { runInstall: () => string };
        return install.runInstall();
    } catch (cause) {
        throw new RuntimeSetupError(
            `npm's Deno package has no binary for ${process.platform}-${process.arch}. Run "npm ci" in tests/ with optional dependencies on.`,
            { cause },
        );
    }
}

function denoConfig(): unknown {
    const file = (path: string) => pathToFileURL(path).href;
    const own = JSON.parse(stripComments(readFileSync(join(ENGINE_DIR, 'deno-runtime', 'deno.jsonc'), 'utf8'))) as {
        imports: Record<string, string>;
        unstable?: string[];
    };
    const imports: Record<string, string> = {};
    for (const [name, target] of Object.entries(own.imports)) {
        if (target.startsWith('npm:')) {
            imports[name] = target;
        }
    }
    return {
        imports: {
            ...imports,
            '@rocket.chat/apps-engine/': `${file(ENGINE_DIR)}/`,
            // The one value (not type) the runtime imports from the engine's sources.
            '@rocket.chat/apps-engine/definition/exceptions/AppsEngineException.ts': file(
                join(ENGINE_DIR, 'definition', 'exceptions', 'AppsEngineException.js'),
            ),
            '@std/cli/parse-args': file(join(STD_DIR, 'cli.ts')),
            '@std/io': file(join(STD_DIR, 'io.ts')),
            '@std/streams': file(join(STD_DIR, 'streams.ts')),
        },
        unstable: own.unstable ?? [],
        nodeModulesDir: 'none',
        lock: false,
    };
}

function stripComments(jsonc: string): string {
    return jsonc.replaceAll(/^\s*\/\/.*$/gm, '');
}

/**
 * The engine passes `--config=<its own file>` and an environment of `PATH` and `DENO_DIR` only. The shell replaces itself,
 * so the process id the engine sees is Deno's.
 */
function denoLauncher(deno: string, config: string, denoDir: string): string {
    return `#!/bin/sh
export DENO_DIR='${denoDir}' DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1
n=$#
while [ "$n" -gt 0 ]; do
    a=$1; shift; n=$((n - 1))
    case "$a" in --config=*) a='--config=${config}' ;; esac
    set -- "$@" "$a"
done
exec '${deno}' "$@"
`;
}

/** Deno refuses TypeScript below `node_modules`; the engine links its runtime into `tempFilePath` and accepts a link that exists. */
function linkRuntime(tempDir: string): void {
    const link = join(tempDir, 'deno-runtime');
    const target = join(ENGINE_DIR, 'deno-runtime');
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) {
        if (readlinkSync(link) === target) {
            return;
        }
        rmSync(link);
    }
    symlinkSync(target, link, 'dir');
}

async function run(command: string, args: string[], progress: (line: string) => void): Promise<void> {
    const registry = process.env['npm_config_registry'] ?? process.env['NPM_CONFIG_REGISTRY'];
    const child = spawn(command, args, {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
            ...process.env,
            // Certificates of the machine, not only Deno's own list: a proxy may re-sign the registry's answers.
            DENO_TLS_CA_STORE: 'mozilla,system',
            NO_COLOR: '1',
            ...(registry === undefined ? {} : { NPM_CONFIG_REGISTRY: registry }),
        },
    });
    let said = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (chunk: string) => {
        said = (said + chunk).slice(-4000);
        for (const line of chunk.split('\n')) {
            if (line.startsWith('Download')) {
                progress(line);
            }
        }
    });
    const code = await new Promise<number | null>((resolve, reject) => {
        child.on('error', reject);
        child.on('close', resolve);
    });
    if (code !== 0) {
        throw new RuntimeSetupError(
            `The apps runtime's modules could not be loaded (deno cache ended with ${String(code)}). ` +
                `Check that the npm registry can be reached, then run again. Deno said:\n${said.trim()}`,
        );
    }
}
