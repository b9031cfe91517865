/** Administration > Apps. Source: apps/meteor/ee/server/apps/communication/rest.ts and endpoints/ beside it. */
import { z } from 'zod';
import { engineModule } from '../../engine/package.js';
import type { AppSummary, InstallResult } from '../../model.js';
import { readForm } from '../multipart.js';
import { check, failure, notFound, page, type Call, type Rest } from '../rest.js';
import { appShape } from '../shapes.js';

type Permissions = AppSummary['permissionsGranted'];

/** What an app may do that was installed without a list of consented permissions. */
function defaultPermissions(): Permissions {
    return (engineModule('server/permissions/AppPermissions.js') as { defaultPermissions: Permissions }).defaultPermissions;
}

const Granted = z.array(z.looseObject({ name: z.string() })).min(1);
const Status = z.object({ status: z.string().min(1) });
/** Stored as it comes, by the app's leave: the screen posts whole settings, scripts what they like. */
const Setting = z.looseObject({ id: z.string(), value: z.unknown() });
const Settings = z.object({ settings: z.array(Setting) });

const MANAGE = { permissions: ['manage-apps'] };

export function appsRoutes(rest: Rest): void {
    const list = ({ workspace }: Call): object => ({ apps: workspace.apps().map(appShape) });
    rest.get('installed', list);
    // Deprecated on the server, still what older scripts call.
    rest.get('', list, MANAGE);

    rest.post('', async (call) => installed(await install(call)), MANAGE);

    rest.get('count', ({ workspace }) => ({
        totalMarketplaceEnabled: 0,
        totalPrivateEnabled: workspace.apps().filter(({ enabled }) => enabled).length,
        maxMarketplaceApps: -1,
        maxPrivateApps: -1,
    }));

    rest.get('actionButtons', ({ workspace, response }) => {
        response.json(workspace.actionButtons());
        return undefined;
    });

    rest.get(
        'languages',
        ({ workspace }) => ({ apps: workspace.apps().map(({ id, languages }) => ({ id, languages })) }),
        { auth: false },
    );

    rest.get(
        'logs',
        (call) => {
            const appId = call.query['appId'];
            return logs(call, typeof appId === 'string' ? [theApp(call, appId)] : call.workspace.apps());
        },
        MANAGE,
    );

    rest.get(':id', (call) => ({ app: appShape(theApp(call)) }), MANAGE);

    rest.post(
        ':id',
        async (call) => {
            theApp(call);
            const form = await appForm(call);
            return installed(
                await call.workspace.updateApp(form.zip, {
                    permissionsGranted: form.permissions,
                    userId: call.user._id,
                }),
            );
        },
        MANAGE,
    );

    rest.delete(
        ':id',
        async (call) => {
            const app = theApp(call);
            await call.workspace.uninstallApp(app.id, call.user._id);
            return { app: { ...appShape(app), status: 'disabled' } };
        },
        MANAGE,
    );

    rest.get(':id/status', (call) => ({ status: theApp(call).status }), MANAGE);

    rest.post(
        ':id/status',
        async (call) => {
            const { status } = check(Status, call.body);
            const { id } = theApp(call);
            const enable = status === 'manually_enabled' || status === 'auto_enabled';
            const app = enable ? await call.workspace.enableApp(id) : await call.workspace.disableApp(id);
            return { status: app.status };
        },
        MANAGE,
    );

    rest.get(
        ':id/settings',
        (call) => ({
            settings: Object.fromEntries(
                Object.entries(theApp(call).settings).filter(([, setting]) => !setting.hidden),
            ),
        }),
        MANAGE,
    );

    rest.post(
        ':id/settings',
        async (call) => {
            const app = theApp(call);
            const updated = [];
            // One after the other, each against what is stored by then. Lists are never the same as before.
            for (const setting of check(Settings, call.body).settings) {
                const current = app.settings[setting.id];
                if (!current || current.value === setting.value) continue;
                await call.workspace.updateAppSetting(app.id, setting);
                updated.push(setting);
            }
            return { updated };
        },
        MANAGE,
    );

    rest.get(':id/settings/:settingId', (call) => ({ setting: theSetting(call) }), MANAGE);

    rest.post(
        ':id/settings/:settingId',
        async (call) => {
            const { setting } = check(z.object({ setting: Setting }), call.body);
            theSetting(call);
            await call.workspace.updateAppSetting(theApp(call).id, setting);
            return {};
        },
        MANAGE,
    );

    rest.get(':id/apis', (call) => ({ apis: call.workspace.endpoints(theApp(call).id) }), MANAGE);
    rest.get(':id/logs', (call) => logs(call, [theApp(call)]), MANAGE);
    rest.get(':id/languages', (call) => ({ languages: theApp(call).languages }), { auth: false });

    rest.get(
        ':id/icon',
        (call) => {
            const [, mediaType, base64] = /^data:([^;]+);base64,(.*)$/s.exec(theApp(call).iconFileContent ?? '') ?? [];
            if (mediaType === undefined || base64 === undefined)
                throw notFound(`No App found by the id of: ${call.params['id'] ?? ''}`);
            call.response.type(mediaType).send(Buffer.from(base64, 'base64'));
            return undefined;
        },
        { auth: false },
    );
}

function theApp(call: Call, id = call.params['id'] ?? ''): AppSummary {
    const app = call.workspace.app(id);
    if (!app) throw notFound(`No App found by the id of: ${id}`);
    return app;
}

function theSetting(call: Call): AppSummary['settings'][string] {
    const id = call.params['settingId'] ?? '';
    const setting = theApp(call).settings[id];
    if (!setting) throw notFound(`No Setting found on the App by the id of: "${id}"`);
    return setting;
}

async function appForm({ workspace, request }: Call): Promise<{ zip: Buffer; permissions: Permissions }> {
    const limit = Number(workspace.serverSetting('FileUpload_MaxFileSize')?.value ?? -1);
    const { file, fields } = await readForm(request, 'app', limit);
    if (!file) throw failure({ error: 'app_file_error', message: 'Failed to get a file to install for the App. ' });
    let granted: unknown;
    try {
        granted = JSON.parse(fields['permissions'] ?? '');
    } catch {
        granted = undefined;
    }
    const consented = Granted.safeParse(granted);
    return { zip: file.content, permissions: consented.success ? consented.data : defaultPermissions() };
}

/** Installs disabled and then enables, as the server does: an app that cannot start stays installed. */
async function install(call: Call): Promise<InstallResult> {
    const { zip, permissions } = await appForm(call);
    const options = { enable: false, permissionsGranted: permissions, userId: call.user._id };
    const { app, errors, durationMs } = await call.workspace.installApp(zip, options);
    const started = performance.now();
    try {
        const enabled = await call.workspace.enableApp(app.id);
        return { app: enabled, errors, durationMs: durationMs + Math.round(performance.now() - started) };
    } catch {
        return { app: call.workspace.app(app.id) ?? app, errors, durationMs };
    }
}

function installed({ app, durationMs, errors }: InstallResult): object {
    return {
        app: appShape(app),
        implemented: app.info['implements'] ?? [],
        licenseValidation: { errors: Object.fromEntries(errors.map((error, at) => [at, error])), warnings: {} },
        durationMs,
    };
}

function logs(call: Call, apps: AppSummary[]): object {
    const all = apps.flatMap(({ id }) => call.workspace.appLogs(id));
    const { items, ...rest } = page(call, all);
    return { logs: items, ...rest };
}
