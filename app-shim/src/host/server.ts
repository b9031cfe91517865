import type { IServerSettingRead } from '@rocket.chat/apps-engine/definition/accessors';
import type { JsonValue } from '../generated/serde_json/JsonValue';
import { manifest } from '../generated/manifest';
import { type Handlers, permitted } from './context';

/** The processor that carries whatever was scheduled for a time. */
const LATER = 'later';

export const server: Handlers<'settings' | 'setting_write' | 'read_environment' | 'schedule'> = {
    async settings(context) {
        const reader = context.read.getEnvironmentReader().getSettings();
        const values = await Promise.all(manifest.settings.map(async ({ id }) => [id, (await reader.getValueById(id)) as JsonValue] as const));
        return Object.fromEntries(values);
    },
    async setting_write(context, call) {
        await context.app.writeSetting(call.id, call.value);
        return null;
    },
    async read_environment(context) {
        const settings = context.read.getEnvironmentReader().getServerSettings();
        const [siteUrl, language, omnichannel, withoutAgents, uploads, maxUpload, ignoresBots, transferAfter] = await Promise.all(
            [
                'Site_Url',
                'Language',
                'Livechat_enabled',
                'Livechat_accept_chats_with_no_agents',
                'FileUpload_Enabled',
                'FileUpload_MaxFileSize',
                'Omnichannel_Metrics_Ignore_Automatic_Messages',
                'Livechat_auto_transfer_chat_timeout',
            ].map((id) => value(settings, id)),
        );
        const appUser = permitted(await context.read.getUserReader().getAppUser(context.app.appId));
        const site = typeof siteUrl === 'string' ? siteUrl.replace(/\/+$/, '') : '';
        const endpoints = context.app.endpoints().map(({ path, computedPath }) => [path, site + computedPath] as const);
        return {
            site_url: site,
            endpoints: Object.fromEntries(endpoints),
            language: typeof language === 'string' && language !== '' ? language : 'en',
            omnichannel: omnichannel !== false,
            without_agents: withoutAgents === true,
            uploads: uploads !== false,
            max_upload: typeof maxUpload === 'number' ? maxUpload : -1,
            ignores_bots: ignoresBots === true,
            transfers_unanswered: typeof transferAfter === 'number' && transferAfter > 0,
            app_user: appUser.username,
            app_roles: appUser.roles,
            app_version: context.app.version,
        };
    },
    async schedule(context, call) {
        const scheduler = context.modify().getScheduler();
        permitted(await scheduler.scheduleOnce({ id: LATER, when: new Date(call.at), data: { job: call.job, data: call.data } }));
        return null;
    },
};

/** A setting this server does not have, or does not show, reads as unset. */
async function value(settings: IServerSettingRead, id: string): Promise<unknown> {
    try {
        return (await settings.getValueById(id)) as unknown;
    } catch {
        return undefined;
    }
}
