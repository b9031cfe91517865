/**
 * Starts an embedded workspace: `node --import tsx workspace/main.ts --data DIR --port N --meta URL --app ZIP`.
 *
 * Standard output is one JSON object a line: `{"progress":"…"}` while it works, `{"ready":{…}}` when requests are
 * answered, `{"error":{"code":"…","message":"…"}}` before an exit with code 1. SIGTERM and SIGINT end it cleanly.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import AdmZip from 'adm-zip';
import { serve, type Face } from './src/http/server.js';
import { ENGINES, NEWEST } from './src/engine/package.js';
import { LOCAL_PEOPLE, seedLocalPeople } from './src/people.js';
import type { EngineVersion, InstallResult, WorkspaceApi } from './src/model.js';
import { Workspace } from './src/workspace.js';

const USAGE = `Usage: main.ts --data DIR --port N [options]

  --data DIR       where the workspace keeps everything; made when missing
  --port N         HTTP port, 0 for a free one
  --host HOST      address to listen on, default 127.0.0.1
  --site-url URL   how people reach it, default http://localhost:N
  --meta URL       base URL of the Meta stand-in; without it apps call Meta itself
  --app ZIP        app to install, or to update when it is installed
  --runtime NAME   what runs apps: deno (servers up to 8.7, default) or node (from 8.8)
  --engine N       version of the Apps-Engine: ${ENGINES.join(' or ')} (default ${NEWEST})`;

/** A refusal with a remedy, for the person who started this. */
class StartError extends Error {
    constructor(
        readonly code: string,
        message: string,
    ) {
        super(message);
    }
}

interface Arguments {
    data: string;
    port: number;
    host: string;
    siteUrl: string | undefined;
    meta: string | undefined;
    app: string | undefined;
    runtime: 'deno' | 'node';
    engine: EngineVersion;
}

function say(line: Record<string, unknown>): void {
    process.stdout.write(`${JSON.stringify(line)}\n`);
}

function readArguments(): Arguments | undefined {
    let values;
    try {
        ({ values } = parseArgs({
            options: {
                data: { type: 'string' },
                port: { type: 'string' },
                host: { type: 'string', default: '127.0.0.1' },
                'site-url': { type: 'string' },
                meta: { type: 'string' },
                app: { type: 'string' },
                runtime: { type: 'string', default: 'deno' },
                engine: { type: 'string', default: NEWEST },
                help: { type: 'boolean', default: false },
            },
        }));
    } catch (error) {
        throw new StartError('bad_arguments', `${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    }
    if (values.help) return undefined;
    const { data, port, host, meta, app, runtime } = values;
    if (data === undefined || port === undefined)
        throw new StartError('bad_arguments', `--data and --port are needed.\n${USAGE}`);
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
        throw new StartError('bad_arguments', `--port must be a number from 0 to 65535.\n${USAGE}`);
    if (runtime !== 'deno' && runtime !== 'node')
        throw new StartError('bad_arguments', `--runtime must be deno or node.\n${USAGE}`);
    const engine = ENGINES.find((version) => version === values.engine);
    if (engine === undefined)
        throw new StartError('bad_arguments', `--engine must be ${ENGINES.join(' or ')}.\n${USAGE}`);
    for (const [name, url] of [
        ['--meta', meta],
        ['--site-url', values['site-url']],
    ] as const) {
        if (url !== undefined && !/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
            throw new StartError('bad_arguments', `${name} must be an http or https URL.\n${USAGE}`);
        }
    }
    return { data: resolve(data), port: Number(port), host, siteUrl: values['site-url'], meta, app, runtime, engine };
}

interface Package {
    zip: Buffer;
    id: string;
}

/** Read before anything starts: a wrong path is said at once. */
async function readPackage(zipPath: string): Promise<Package> {
    let zip;
    try {
        zip = await readFile(zipPath);
    } catch {
        throw new StartError(
            'app_not_readable',
            `The app ${zipPath} cannot be read. Remedy: build it first, or give the right path with --app.`,
        );
    }
    try {
        const info = JSON.parse(new AdmZip(zip).readAsText('app.json')) as { id?: unknown };
        if (typeof info.id === 'string') return { zip, id: info.id };
    } catch {
        // Said below: no zip, no app.json or no JSON are one mistake to the person who gave the path.
    }
    throw new StartError(
        'not_an_app',
        `${zipPath} is not an app package: it needs an app.json with an id. Remedy: give the built zip with --app.`,
    );
}

async function install(workspace: WorkspaceApi, { zip, id }: Package): Promise<InstallResult> {
    const known = workspace.app(id) !== undefined;
    say({ progress: known ? 'updating the app' : 'installing the app' });
    const result = known ? await workspace.updateApp(zip) : await workspace.installApp(zip);
    if (result.errors.length > 0 || !result.app.enabled) {
        const why = result.errors.join('; ') || `its status is ${result.app.status}`;
        throw new StartError(
            'app_not_enabled',
            `The app was not enabled: ${why}. Remedy: see its log in Administration > Apps.`,
        );
    }
    return result;
}

async function start(args: Arguments): Promise<{ workspace: WorkspaceApi; face: Face }> {
    const app = args.app === undefined ? undefined : await readPackage(args.app);
    say({ progress: 'opening the workspace' });
    const workspace = await Workspace.open({
        dataDir: args.data,
        siteUrl: (args.siteUrl ?? `http://localhost:${String(args.port)}`).replace(/\/+$/, ''),
        ...(args.meta !== undefined && { metaBaseUrl: args.meta.replace(/\/+$/, '') }),
        runtime: args.runtime,
        engine: args.engine,
        onProgress: (progress) => {
            say({ progress });
        },
    });
    try {
        seedLocalPeople(workspace);
        // Listening first: an app may call its own endpoints while it starts.
        const face = await serve(workspace, { port: args.port, host: args.host });
        const siteUrl = (args.siteUrl ?? `http://localhost:${String(face.port)}`).replace(/\/+$/, '');
        // The setting outlives a start; the port may not.
        workspace.setServerSetting('Site_Url', siteUrl);
        const installed = app && (await install(workspace, app));
        say({
            ready: {
                url: face.url,
                siteUrl,
                people: LOCAL_PEOPLE.map(({ username, password, roles }) => ({ username, password, roles })),
                ...(installed && {
                    app: { id: installed.app.id, version: installed.app.version, status: installed.app.status },
                    installMs: Math.round(installed.durationMs),
                }),
            },
        });
        return { workspace, face };
    } catch (error) {
        await workspace.close();
        throw error;
    }
}

async function main(): Promise<void> {
    const args = readArguments();
    if (!args) {
        process.stdout.write(`${USAGE}\n`);
        return;
    }
    const { workspace, face } = await start(args);
    let ending: Promise<void> | undefined;
    const end = (): void => {
        ending ??= (async () => {
            await face.close();
            await workspace.close();
            say({ ended: true });
            process.exit(0);
        })();
    };
    process.once('SIGTERM', end);
    process.once('SIGINT', end);
}

main().catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'start_failed';
    say({ error: { code, message: error instanceof Error ? error.message : String(error) } });
    process.exit(1);
});
