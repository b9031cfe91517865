import type * as Engine from '@rocket.chat/apps-engine/server/bridges/index.js';
import type { OAuthAppsBridge } from '@rocket.chat/apps-engine/server/bridges/OAuthAppsBridge.js';
import type { ExperimentalBridge } from '@rocket.chat/apps-engine/server/bridges/ExperimentalBridge.js';
import type { IInternalFederationBridge } from '@rocket.chat/apps-engine/server/bridges/IInternalFederationBridge.js';
import type { IUIKitInteraction } from '@rocket.chat/apps-engine/definition/uikit/index.js';

import type { Core } from '../../core.js';
import type { Domain } from '../../domain/index.js';
import type { AppSetting } from '../../model.js';
import { AppBridges } from '../classes.js';
import type { Converters } from '../converters.js';
import { WorkspaceHttpBridge } from './http.js';
import { WorkspaceLivechatBridge, type AppNames } from './livechat.js';
import { WorkspaceMessageBridge, WorkspaceRoomBridge, WorkspaceUploadBridge, WorkspaceUserBridge } from './messaging.js';
import { WorkspacePersistenceBridge } from './persistence.js';
import { WorkspaceSchedulerBridge } from './scheduler.js';
import {
    WorkspaceActivationBridge,
    WorkspaceApiBridge,
    WorkspaceCommandBridge,
    WorkspaceDetailChangesBridge,
    WorkspaceEnvironmentBridge,
    WorkspaceFederationBridge,
    WorkspaceInternalBridge,
    WorkspaceRoleBridge,
    WorkspaceServerSettingBridge,
    WorkspaceThreadBridge,
    WorkspaceUiBridge,
} from './system.js';

/** What the bridges report to the app host, and ask it. */
export interface BridgeEvents {
    names: AppNames;
    isRestarting: (appId: string) => boolean;
    onStatus: (appId: string, status: string) => void;
    onSetting: (appId: string, setting: AppSetting) => void;
    show: (userId: string, interaction: IUIKitInteraction & Record<string, unknown>) => void;
}

export class WorkspaceBridges extends AppBridges {
    readonly api = new WorkspaceApiBridge();
    readonly commands: WorkspaceCommandBridge;
    readonly scheduler: WorkspaceSchedulerBridge;
    readonly #all;

    constructor(core: Core, domain: Domain, converters: Converters, metaBaseUrl: string | undefined, events: BridgeEvents) {
        super();
        this.commands = new WorkspaceCommandBridge(core);
        this.scheduler = new WorkspaceSchedulerBridge(core, events.isRestarting);
        this.#all = {
            activation: new WorkspaceActivationBridge(core, events.onStatus),
            details: new WorkspaceDetailChangesBridge(core, events.onSetting),
            environment: new WorkspaceEnvironmentBridge(),
            federation: new WorkspaceFederationBridge(core),
            http: new WorkspaceHttpBridge(core, metaBaseUrl),
            internal: new WorkspaceInternalBridge(domain, converters),
            livechat: new WorkspaceLivechatBridge(core, domain, converters, events.names),
            messages: new WorkspaceMessageBridge(core, domain, converters),
            persistence: new WorkspacePersistenceBridge(core),
            roles: new WorkspaceRoleBridge(),
            rooms: new WorkspaceRoomBridge(core, domain, converters),
            settings: new WorkspaceServerSettingBridge(domain, converters),
            threads: new WorkspaceThreadBridge(core, converters),
            ui: new WorkspaceUiBridge(events.show),
            uploads: new WorkspaceUploadBridge(domain, converters),
            users: new WorkspaceUserBridge(core, domain, converters),
        };
    }

    override getApiBridge = () => this.api;
    override getAppActivationBridge = () => this.#all.activation;
    override getAppDetailChangesBridge = () => this.#all.details;
    override getCommandBridge = () => this.commands;
    override getEnvironmentalVariableBridge = () => this.#all.environment;
    override getHttpBridge = () => this.#all.http;
    override getInternalBridge = (): Engine.IInternalBridge => this.#all.internal;
    override getInternalFederationBridge = (): IInternalFederationBridge => this.#all.federation;
    override getLivechatBridge = () => this.#all.livechat;
    override getMessageBridge = () => this.#all.messages;
    override getPersistenceBridge = () => this.#all.persistence;
    override getRoleBridge = () => this.#all.roles;
    override getRoomBridge = () => this.#all.rooms;
    override getSchedulerBridge = () => this.scheduler;
    override getServerSettingBridge = () => this.#all.settings;
    override getThreadBridge = () => this.#all.threads;
    override getUiInteractionBridge = () => this.#all.ui;
    override getUploadBridge = () => this.#all.uploads;
    override getUserBridge = () => this.#all.users;

    override getCloudWorkspaceBridge = () => absent<Engine.CloudWorkspaceBridge>('cloud workspace');
    override getContactBridge = () => absent<Engine.ContactBridge>('contacts');
    override getEmailBridge = () => absent<Engine.EmailBridge>('e-mail');
    override getExperimentalBridge = () => absent<ExperimentalBridge>('experimental');
    override getListenerBridge = () => absent<Engine.IListenerBridge>('listener');
    override getModerationBridge = () => absent<Engine.ModerationBridge>('moderation');
    override getOAuthAppsBridge = () => absent<OAuthAppsBridge>('OAuth apps');
    override getOutboundMessageBridge = () => absent<Engine.OutboundMessageBridge>('outbound messages');
    override getVideoConferenceBridge = () => absent<Engine.VideoConferenceBridge>('video conference');
}

/** A part of Rocket.Chat this workspace has not got; an app that uses it is told so. The engine's own clean-up calls pass. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- names the bridge at the call
function absent<T extends object>(what: string): T {
    return new Proxy({} as T, {
        get: (_, name) => {
            if (typeof name !== 'string' || name === 'then') {
                return undefined;
            }
            return name.startsWith('do') || name === 'purge'
                ? () => (/[uU]n[rR]egister|purge/.test(name) ? Promise.resolve() : Promise.reject(new Error(`This workspace has no ${what} bridge`)))
                : undefined;
        },
    });
}
