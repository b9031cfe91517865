/**
 * Gets the engine's Deno runtime ready to run from npm packages alone.
 *
 * `@rocket.chat/apps-engine` ships `deno-runtime/` with an import map that points at its own sources (not in the package), and
 * takes Deno's standard library from elsewhere than npm. The engine starts `deno` from `PATH`; the launcher made here stands
 * there, and hands Deno a corrected import map and a warm module cache. The package itself stays as npm put it.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { engineDir, engineVersion } from './package.js';

const require = createRequire(import.meta.url);

/** `.cache/workspace` at the project root, git-ignored. */
export const CACHE_DIR = fileURLToPath(new URL('../../../../.cache/workspace/', import.meta.url));

const STD_DIR = fileURLToPath(new URL('../../deno-std/', import.meta.url));

/** Where things are once `prepareDeno` has run. */
export interface RuntimePaths {
    /** Folder that holds the `deno` the engine starts; goes to the front of `PATH`. */
    binDir: string;
    /** The engine's `tempFilePath`. The path is part of Deno's compile-cache key, hence the same for all workspaces. */
    tempDir: string;
}

/** Where the files of an engine version are kept. */
export function versionDir(version = engineVersion()): string {
    return join(CACHE_DIR, version);
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
export async function prepareDeno(progress: (line: string) => void = () => undefined, version = engineVersion()): Promise<RuntimePaths> {
    const dir = versionDir(version);
    const paths = { binDir: join(dir, 'deno-bin'), tempDir: join(dir, 'tmp') };
    const denoDir = join(CACHE_DIR, 'deno-dir');
    const config = join(dir, 'deno.json');
    const launcher = join(paths.binDir, 'deno');
    for (const each of [paths.binDir, paths.tempDir, denoDir]) {
        mkdirSync(each, { recursive: true });
    }

    const deno = denoExecutable();
    const engine = engineDir(version);
    const main = join(linkRuntime(engine, paths.tempDir), 'main.ts');
    const configText = JSON.stringify(denoConfig(engine), null, 4);
    const launcherText = denoLauncher(deno, config, denoDir, main);
    const wanted = createHash('sha256').update(configText).update(launcherText).digest('hex');
    const stamp = join(dir, 'deno-ready');
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) {
        return paths;
    }

    progress(`Preparing the apps runtime of engine ${version}: loading its modules from the npm registry (once)`);
    writeFileSync(config, configText);
    writeExecutable(launcher, launcherText);
    await run(launcher, ['cache', main], progress);
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

function denoConfig(engine: string): unknown {
    const file = (path: string) => pathToFileURL(path).href;
    const own = JSON.parse(stripComments(readFileSync(join(engine, 'deno-runtime', 'deno.jsonc'), 'utf8'))) as {
        imports: Record<string, string>;
    };
    // Older runtimes take the first `src/` out of the address of an engine module, and a checkout may stand below such a folder.
    const takesOut = readFileSync(join(engine, 'deno-runtime', 'lib', 'require.ts'), 'utf8').includes(".replace('src/', '')");
    const imports: Record<string, string> = {};
    for (const [name, target] of Object.entries(own.imports)) {
        if (target.startsWith('npm:')) {
            imports[name] = target;
        }
    }
    return {
        imports: {
            ...imports,
            '@rocket.chat/apps-engine/': `${takesOut ? file(engine).replace('src/', 'src/src/') : file(engine)}/`,
            // The one value (not type) the runtime imports from the engine's sources.
            '@rocket.chat/apps-engine/definition/exceptions/AppsEngineException.ts': file(
                join(engine, 'definition', 'exceptions', 'AppsEngineException.js'),
            ),
            '@std/cli/parse-args': file(join(STD_DIR, 'cli.ts')),
            '@std/io': file(join(STD_DIR, 'io.ts')),
            // How engines before 1.56 name it.
            'https://deno.land/std@0.216.0/io/write_all.ts': file(join(STD_DIR, 'io.ts')),
            '@std/streams': file(join(STD_DIR, 'streams.ts')),
        },
        // Deno 2 wants to be told that the engine's modules are CommonJS, which that of older engines was not.
        unstable: ['detect-cjs'],
        nodeModulesDir: 'none',
        lock: false,
    };
}

function stripComments(jsonc: string): string {
    return jsonc.replaceAll(/^\s*\/\/.*$/gm, '');
}

/**
 * The engine passes an environment of `PATH` and `DENO_DIR` only, and, the newer ones, `--config=<its own file>`. The shell
 * replaces itself, so the process id the engine sees is Deno's.
 */
function denoLauncher(deno: string, config: string, denoDir: string, main: string): string {
    return `#!/bin/sh
export DENO_DIR='${denoDir}' DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1
command=$1; shift
n=$#
while [ "$n" -gt 0 ]; do
    a=$1; shift; n=$((n - 1))
    case "$a" in
        --config=*) continue ;;
        */deno-runtime/main.ts) a='${main}' ;;
    esac
    set -- "$@" "$a"
done
exec '${deno}' "$command" '--config=${config}' "$@"
`;
}

/**
 * Deno refuses TypeScript below `node_modules`. The newer engines link their runtime into `tempFilePath`, and accept a link that
 * exists; for the older ones the launcher puts the link's path in.
 */
function linkRuntime(engine: string, tempDir: string): string {
    const link = join(tempDir, 'deno-runtime');
    const target = join(engine, 'deno-runtime');
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) {
        if (readlinkSync(link) === target) {
            return link;
        }
        rmSync(link);
    }
    symlinkSync(target, link, 'dir');
    return link;
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
