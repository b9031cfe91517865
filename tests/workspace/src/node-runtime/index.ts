/**
 * The newest servers' runtime shape, made from the engine's own runtime source.
 *
 * Servers from 8.8 run apps under `node --permission`; that runtime is not on npm. Its message loop, handlers and
 * accessors are those of `deno-runtime/`, so this module bundles `deno-runtime/main.ts` of the installed engine for
 * Node, exchanges the few places that name Deno, and puts a launcher called `deno` in a folder of its own. With that
 * folder first in `PATH` the engine, which looks `deno` up there, starts Node.
 * Source of the Node side's shape: https://github.com/RocketChat/Rocket.Chat/tree/develop/packages/apps/node-runtime
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { engineDir, engineVersion, NEWEST } from '../engine/package.js';
import { type RuntimePaths, RuntimeSetupError, writeExecutable } from '../engine/runtime.js';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

export interface NodeRuntime extends RuntimePaths {
    /** The bundled runtime. */
    bundle: string;
    /** The Node binary the launcher starts. */
    nodeBinary: string;
}

/** A place in the engine's source that has to change for Node, and how often it occurs. */
interface Exchange {
    file: string;
    find: string;
    replace: string;
}

/**
 * The shell around app code differs between the runtimes: Node binds no `Buffer` (it is a global there), has no
 * `Deno` to hide, and allows modules by prefix, so `fs/promises` passes.
 */
const EXCHANGES: Exchange[] = [
    {
        file: 'handlers/app/construct.ts',
        find: '(async (exports,module,require,Buffer,console,globalThis,Deno) =>',
        replace: '(async (exports,module,require,console,globalThis) =>',
    },
    {
        file: 'handlers/app/construct.ts',
        find: '(exports,module,require,Buffer,_console,undefined,undefined)',
        replace: '(exports,module,require,_console,undefined)',
    },
    { file: 'handlers/app/construct.ts', find: "const { Buffer } = require('buffer');", replace: '' },
    // A work-around for Deno's sockets.
    { file: 'handlers/app/construct.ts', find: '\tprepareEnvironment();', replace: '' },
    {
        file: 'handlers/app/construct.ts',
        find: 'ALLOWED_NATIVE_MODULES.includes(normalized)',
        replace:
            "ALLOWED_NATIVE_MODULES.some((allowed) => normalized === allowed || normalized.startsWith(allowed + '/'))",
    },
    { file: 'handlers/app/construct.ts', find: 'require(`npm:${module}`)', replace: 'require(module)' },
];

/** Engine source files that a file of ours stands in for, whole. */
const STAND_INS: Record<string, string> = {
    'lib/require.ts': 'shims/require.ts',
    'error-handlers.ts': 'shims/error-handlers.ts',
};

/** Bare imports of the engine's runtime that only Deno resolves. */
const SPECIFIERS: Record<string, string> = {
    '@std/cli/parse-args': 'shims/std-cli.ts',
    '@std/io': 'shims/std-io.ts',
    '@std/streams': 'shims/std-streams.ts',
};

/** Builds what is missing in `cacheDir` (seconds once, then reused) and gives the paths. */
export async function prepareNodeRuntime(
    cacheDir: string,
    onProgress: (line: string) => void = () => undefined,
): Promise<NodeRuntime> {
    if (engineVersion() !== NEWEST) {
        throw new RuntimeSetupError(`Servers with the engine ${engineVersion()} run apps in Deno only.`);
    }
    const engine = engineDir();
    const nodeBinary = findNodeBinary();
    const key = cacheKey(engine, nodeBinary);
    const dir = join(cacheDir, `node-runtime-${key}`);
    const runtime: NodeRuntime = { binDir: join(dir, 'bin'), tempDir: join(dir, 'tmp'), bundle: join(dir, 'main.cjs'), nodeBinary };
    if (existsSync(join(runtime.binDir, 'deno'))) return runtime;

    onProgress('bundling the app runtime for Node');
    mkdirSync(runtime.binDir, { recursive: true });
    mkdirSync(runtime.tempDir, { recursive: true });
    // Another process may be making the same file, or starting it.
    const draft = `${runtime.bundle}.${String(process.pid)}`;
    await build({
        entryPoints: ['deno-runtime'],
        inject: [join(here, 'shims/deno.ts')],
        outfile: draft,
        bundle: true,
        platform: 'node',
        target: 'node22',
        format: 'cjs',
        logLevel: 'silent',
        define: { MODULES_ROOT: JSON.stringify(join(engine, 'package.json')) },
        plugins: [denoToNode(engine)],
        // The engine's own file has no tsconfig meant for bundlers.
        tsconfigRaw: { compilerOptions: { target: 'es2022' } },
    });
    renameSync(draft, runtime.bundle);
    // Last: whoever sees the launcher sees the bundle.
    writeExecutable(join(runtime.binDir, 'deno'), launcherScript(runtime));
    return runtime;
}

/**
 * npm's Node of the version the newest servers ask for; on a platform it is not published for, the Node that runs
 * this, when it has the permission model.
 */
function findNodeBinary(): string {
    const name = `node-${process.platform}-${process.arch}`;
    try {
        return join(dirname(require.resolve(`${name}/package.json`)), 'bin', 'node');
    } catch {
        const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
        if (major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13)) return process.execPath;
        throw new Error(
            `The Node runtime needs Node 24: the npm package ${name} is not installed, and this is Node ` +
                `${process.versions.node}. ` +
                'Remedy: run "npm install" without "--omit=optional", or use Node 24.',
        );
    }
}

function cacheKey(engine: string, nodeBinary: string): string {
    const hash = createHash('sha256');
    hash.update(readFileSync(join(engine, 'package.json')));
    hash.update(nodeBinary);
    for (const file of readdirSync(join(here, 'shims')).sort()) hash.update(readFileSync(join(here, 'shims', file)));
    hash.update(readFileSync(join(here, 'index.ts')));
    return hash.digest('hex').slice(0, 16);
}

/**
 * The engine calls `deno run … --allow-read=A,B … main.ts --subprocess <app> --spawnId <n>`. The launcher keeps the
 * readable folders and the script's arguments, and replaces itself by Node, so that the process id the engine kills
 * is Node's.
 */
function launcherScript(runtime: NodeRuntime): string {
    const quote = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`;
    return `#!/bin/sh
set -f
while [ $# -gt 0 ] && [ "$1" != --subprocess ]; do
    case $1 in --allow-read=*) dirs=$1 ;; esac
    shift
done
IFS=,
set -- --permission ${quote(`--allow-fs-read=${dirname(runtime.bundle)}`)} \\
    $(for dir in \${dirs#--allow-read=}; do printf '%s,' "--allow-fs-read=$dir"; done) ${quote(runtime.bundle)} "$@"
exec env -i PATH="$PATH" ${quote(runtime.nodeBinary)} "$@"
`;
}

/** Resolves and edits what `deno-runtime/` means for Deno. An edit that no longer applies fails the build. */
function denoToNode(engine: string): Plugin {
    const runtimeDir = join(engine, 'deno-runtime');
    return {
        name: 'deno-to-node',
        setup(pluginBuild) {
            pluginBuild.onResolve({ filter: /^deno-runtime$/ }, () => ({ path: join(runtimeDir, 'main.ts') }));
            pluginBuild.onResolve({ filter: /^@std\// }, ({ path }) => ({
                path: join(here, SPECIFIERS[path] ?? path),
            }));
            // Types vanish; the values that stay must be the very modules app code gets from `require`.
            pluginBuild.onResolve({ filter: /^@rocket\.chat\/apps-engine\// }, ({ path }) => ({
                path: path.replace(/\.ts$/, '.js'),
                namespace: 'engine-module',
            }));
            pluginBuild.onLoad({ filter: /.*/, namespace: 'engine-module' }, ({ path }) => ({
                contents: `
                    const runtime = require(${JSON.stringify(join(here, 'shims/require.ts'))});
                    module.exports = runtime.require(${JSON.stringify(path)});`,
                loader: 'js',
                resolveDir: here,
            }));
            pluginBuild.onLoad({ filter: /[\\/]deno-runtime[\\/].*\.ts$/ }, ({ path }) => {
                const file = path.slice(runtimeDir.length + 1).replaceAll('\\', '/');
                const standIn = STAND_INS[file];
                if (standIn !== undefined) {
                    return { contents: readFileSync(join(here, standIn), 'utf8'), loader: 'ts' };
                }
                let contents = readFileSync(path, 'utf8');
                for (const { find, replace } of EXCHANGES.filter((exchange) => exchange.file === file)) {
                    if (contents.split(find).length !== 2) {
                        return { errors: [{ text: `deno-runtime/${file} no longer holds, exactly once: ${find}` }] };
                    }
                    contents = contents.replace(find, () => replace);
                }
                return { contents, loader: 'ts' };
            });
        },
    };
}
