/** Server settings. Source: apps/meteor/app/api/server/v1/settings.ts. */
import { z } from 'zod';
import { check, failure, page, type Rest } from '../rest.js';

export function settingsRoutes(rest: Rest): void {
    rest.get(
        'settings.public',
        (call) => {
            const visible = call.workspace.serverSettings().filter((setting) => setting.public && !setting.hidden);
            const { items, ...rest } = page(call, visible);
            return { settings: items.map(({ _id, value }) => ({ _id, value })), ...rest };
        },
        { auth: false },
    );

    rest.get(
        'settings',
        (call) => {
            const { items, ...rest } = page(
                call,
                call.workspace.serverSettings().filter(({ hidden }) => !hidden),
            );
            return {
                settings: items.map((setting) => ({ ...setting, ...(setting.secret && { value: undefined }) })),
                ...rest,
            };
        },
        { permissions: ['view-privileged-setting'] },
    );

    rest.get(
        'settings/:_id',
        ({ workspace, params }) => {
            const setting = workspace.serverSetting(params['_id'] ?? '');
            if (!setting || setting.hidden) throw failure({});
            return { _id: setting._id, value: setting.value };
        },
        { permissions: ['view-privileged-setting'] },
    );

    rest.post(
        'settings/:_id',
        ({ workspace, params, body }) => {
            const { value } = check(z.object({ value: z.unknown() }), body);
            const setting = workspace.serverSetting(params['_id'] ?? '');
            if (!setting || value === undefined) throw failure({});
            workspace.setServerSetting(setting._id, value);
            return {};
        },
        { permissions: ['edit-privileged-setting'] },
    );
}
