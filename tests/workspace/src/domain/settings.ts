import { generateKeyPairSync } from 'node:crypto';

import { found, type Core } from '../core.js';
import { randomId } from '../ids.js';
import { WorkspaceError, type ServerSettingDoc } from '../model.js';

type Seed = [id: string, group: string, type: ServerSettingDoc['type'], value: unknown, flags?: { secret?: true; public?: true }];

/** The server's settings that the workspace obeys, with the server's defaults. */
const DEFAULTS: Seed[] = [
    ['Site_Name', 'General', 'string', 'Rocket.Chat', { public: true }],
    ['Language', 'General', 'string', 'en', { public: true }],
    ['UI_Use_Real_Name', 'Layout', 'boolean', false, { public: true }],
    ['SSRF_Allowlist', 'General', 'string', ''],
    ['API_User_Limit', 'General', 'int', 500, { public: true }],
    ['FileUpload_Enabled', 'FileUpload', 'boolean', true, { public: true }],
    ['FileUpload_Enabled_Direct', 'FileUpload', 'boolean', true, { public: true }],
    ['FileUpload_MaxFileSize', 'FileUpload', 'int', 104857600, { public: true }],
    ['FileUpload_MediaTypeWhiteList', 'FileUpload', 'string', '', { public: true }],
    ['FileUpload_MediaTypeBlackList', 'FileUpload', 'string', 'image/svg+xml', { public: true }],
    ['FileUpload_ProtectFiles', 'FileUpload', 'boolean', true, { public: true }],
    ['Message_MaxAllowedSize', 'Message', 'int', 5000, { public: true }],
    ['Message_AllowEditing', 'Message', 'boolean', true, { public: true }],
    ['Message_AllowEditing_BlockEditInMinutes', 'Message', 'int', 0, { public: true }],
    ['Message_AllowDeleting', 'Message', 'boolean', true, { public: true }],
    ['Message_AllowDeleting_BlockDeleteInMinutes', 'Message', 'int', 0, { public: true }],
    ['Message_KeepHistory', 'Message', 'boolean', false, { public: true }],
    ['Message_ShowDeletedStatus', 'Message', 'boolean', false, { public: true }],
    ['Message_CustomFields_Enabled', 'Message', 'boolean', false],
    ['Message_CustomFields', 'Message', 'code', ''],
    ['Threads_enabled', 'Threads', 'boolean', true, { public: true }],
    ['Message_Read_Receipt_Enabled', 'Message', 'boolean', false, { public: true }],
    ['Livechat_enabled', 'Omnichannel', 'boolean', true, { public: true }],
    ['Livechat_accept_chats_with_no_agents', 'Omnichannel', 'boolean', false, { public: true }],
    ['Livechat_enabled_when_agent_idle', 'Omnichannel', 'boolean', true, { public: true }],
    ['Livechat_assign_new_conversation_to_bot', 'Omnichannel', 'boolean', false, { public: true }],
    ['Livechat_Routing_Method', 'Omnichannel', 'select', 'Auto_Selection', { public: true }],
    ['Livechat_waiting_queue', 'Omnichannel', 'boolean', false, { public: true }],
    ['Livechat_maximum_chats_per_agent', 'Omnichannel', 'int', 0, { public: true }],
    ['Livechat_request_comment_when_closing_conversation', 'Omnichannel', 'boolean', true, { public: true }],
    ['Omnichannel_Metrics_Ignore_Automatic_Messages', 'Omnichannel', 'boolean', false, { public: true }],
    ['Livechat_abandoned_rooms_action', 'Omnichannel', 'select', 'none'],
    ['Livechat_visitor_inactivity_timeout', 'Omnichannel', 'int', 3600],
    ['Livechat_auto_transfer_chat_timeout', 'Omnichannel', 'int', 0],
    ['Livechat_enable_business_hours', 'Omnichannel', 'boolean', false, { public: true }],
    ['Livechat_show_agent_info', 'Omnichannel', 'boolean', true, { public: true }],
    ['Livechat_show_agent_email', 'Omnichannel', 'boolean', true, { public: true }],
    ['Livechat_enable_transcript', 'Omnichannel', 'boolean', false, { public: true }],
    ['Livechat_transcript_send_always', 'Omnichannel', 'boolean', false, { public: true }],
];

/** Administration > Settings. */
export class Settings {
    constructor(private readonly core: Core) {}

    /** Puts in what is missing; stored values stay. */
    seed(siteUrl: string): void {
        const seeds: Seed[] = [...DEFAULTS, ['Site_Url', 'General', 'string', siteUrl, { public: true }]];
        for (const [id, group, type, value, flags] of seeds) {
            this.#add(id, group, type, value, flags ?? {});
        }
        if (this.get('uniqueID') === undefined) {
            this.#add('uniqueID', 'General', 'string', randomId(), { public: true });
        }
        if (this.get('Federation_Private_Key') === undefined) {
            // The engine signs its app records with the workspace's key pair.
            const { privateKey, publicKey } = generateKeyPairSync('rsa', {
                modulusLength: 2048,
                publicKeyEncoding: { type: 'spki', format: 'pem' },
                privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
            });
            this.#add('Federation_Private_Key', 'Federation', 'password', privateKey, { secret: true });
            this.#add('Federation_Public_Key', 'Federation', 'string', publicKey, { secret: true });
        }
    }

    get(id: string): ServerSettingDoc | undefined {
        return this.core.collections.settings.get(id);
    }

    all(): ServerSettingDoc[] {
        return this.core.collections.settings.find();
    }

    set(id: string, value: unknown): ServerSettingDoc {
        const setting = found(this.get(id), 'error-invalid-setting', `There is no setting "${id}"`);
        const fits = setting.type === 'boolean' ? typeof value === 'boolean' : setting.type === 'int' ? Number.isInteger(value) : typeof value === 'string';
        if (!fits) {
            throw new WorkspaceError('error-invalid-setting-value', `The setting "${id}" takes a value of type ${setting.type}`);
        }
        const changed = this.core.collections.settings.put({ ...setting, value, updatedAt: this.core.date() });
        this.core.emit('server-setting', changed);
        return changed;
    }

    #add(id: string, group: string, type: ServerSettingDoc['type'], value: unknown, flags: { secret?: true; public?: true }): void {
        if (this.get(id) !== undefined) {
            return;
        }
        const at = this.core.date();
        this.core.collections.settings.put({
            _id: id,
            type,
            value,
            packageValue: value,
            public: flags.public ?? false,
            hidden: flags.secret ?? false,
            secret: flags.secret ?? false,
            group,
            i18nLabel: id,
            createdAt: at,
            updatedAt: at,
        });
    }
}
