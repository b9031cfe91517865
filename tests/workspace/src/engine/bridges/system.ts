/** The smaller bridges: what apps register with the server, and what they ask it. */
import type { IInternalFederationBridge } from '@rocket.chat/apps-engine/server/bridges/IInternalFederationBridge.js';
import type { AppApi } from '@rocket.chat/apps-engine/server/managers/AppApi.js';
import type { ProxiedApp } from '@rocket.chat/apps-engine/server/ProxiedApp.js';
import type { IMessage } from '@rocket.chat/apps-engine/definition/messages/index.js';
import type { IRole } from '@rocket.chat/apps-engine/definition/roles/index.js';
import type { ISetting } from '@rocket.chat/apps-engine/definition/settings/index.js';
import type { ISlashCommand } from '@rocket.chat/apps-engine/definition/slashcommands/index.js';
import type { IUIKitInteraction } from '@rocket.chat/apps-engine/definition/uikit/index.js';
import type { IUser } from '@rocket.chat/apps-engine/definition/users/index.js';

import type { Core } from '../../core.js';
import type { Domain } from '../../domain/index.js';
import type { AppSetting, SlashCommandInfo } from '../../model.js';
import {
    ApiBridge,
    AppActivationBridge,
    AppDetailChangesBridge,
    CommandBridge,
    EnvironmentalVariableBridge,
    InternalBridge,
    RoleBridge,
    ServerSettingBridge,
    ThreadBridge,
    UiInteractionBridge,
} from '../classes.js';
import type { Converters } from '../converters.js';

/** Endpoints of enabled apps, by app and path. */
export class WorkspaceApiBridge extends ApiBridge {
    readonly apis = new Map<string, AppApi[]>();

    protected override registerApi(api: AppApi, appId: string): Promise<void> {
        this.apis.set(appId, [...(this.apis.get(appId) ?? []), api]);
        return Promise.resolve();
    }

    protected override unregisterApis(appId: string): Promise<void> {
        this.apis.delete(appId);
        return Promise.resolve();
    }
}

/** Slash commands of enabled apps. */
export class WorkspaceCommandBridge extends CommandBridge {
    readonly commands = new Map<string, SlashCommandInfo>();

    constructor(private readonly core: Core) {
        super();
    }

    protected override doesCommandExist(command: string): Promise<boolean> {
        return Promise.resolve(this.commands.has(command.toLowerCase()));
    }

    protected override enableCommand(command: string): Promise<void> {
        return this.#set(command, true);
    }

    protected override disableCommand(command: string): Promise<void> {
        return this.#set(command, false);
    }

    protected override modifyCommand(command: ISlashCommand, appId: string): Promise<void> {
        this.#put(command, appId);
        this.core.emit('command', { command: command.command.toLowerCase(), change: 'updated' });
        return Promise.resolve();
    }

    protected override registerCommand(command: ISlashCommand, appId: string): Promise<void> {
        this.#put(command, appId);
        this.core.emit('command', { command: command.command.toLowerCase(), change: 'added' });
        return Promise.resolve();
    }

    protected override unregisterCommand(command: string): Promise<void> {
        this.commands.delete(command.toLowerCase());
        this.core.emit('command', { command: command.toLowerCase(), change: 'removed' });
        return Promise.resolve();
    }

    #put(command: ISlashCommand, appId: string): void {
        const name = command.command.toLowerCase();
        this.commands.set(name, {
            command: name,
            appId,
            params: command.i18nParamsExample,
            description: command.i18nDescription,
            permission: command.permission,
            providesPreview: command.providesPreview,
            enabled: true,
        });
    }

    #set(command: string, enabled: boolean): Promise<void> {
        const name = command.toLowerCase();
        const known = this.commands.get(name);
        if (known === undefined) {
            return Promise.reject(new Error(`The command does not exist in the system currently: "${command}"`));
        }
        this.commands.set(name, { ...known, enabled });
        this.core.emit('command', { command: name, change: enabled ? 'enabled' : 'disabled' });
        return Promise.resolve();
    }
}

export class WorkspaceActivationBridge extends AppActivationBridge {
    constructor(
        private readonly core: Core,
        private readonly onStatus: (appId: string, status: string) => void,
    ) {
        super();
    }

    protected override appAdded(): Promise<void> {
        return Promise.resolve();
    }

    protected override appUpdated(): Promise<void> {
        return Promise.resolve();
    }

    protected override appRemoved(app: ProxiedApp): Promise<void> {
        this.core.emit('app-status', { appId: app.getID(), status: 'removed' });
        return Promise.resolve();
    }

    protected override appStatusChanged(app: ProxiedApp, status: string): Promise<void> {
        this.onStatus(app.getID(), status);
        this.core.emit('app-status', { appId: app.getID(), status });
        return Promise.resolve();
    }

    protected override actionsChanged(): Promise<void> {
        this.core.emit('actions');
        return Promise.resolve();
    }
}

export class WorkspaceDetailChangesBridge extends AppDetailChangesBridge {
    constructor(
        private readonly core: Core,
        private readonly onSetting: (appId: string, setting: AppSetting) => void,
    ) {
        super();
    }

    protected override onAppSettingsChange(appId: string, setting: ISetting): void {
        const changed = setting as unknown as AppSetting;
        this.onSetting(appId, changed);
        this.core.emit('app-setting', { appId, setting: changed });
    }
}

export class WorkspaceServerSettingBridge extends ServerSettingBridge {
    constructor(
        private readonly domain: Domain,
        private readonly converters: Converters,
    ) {
        super();
    }

    protected override getAll(): Promise<ISetting[]> {
        const readable = this.domain.settings.all().filter((setting) => setting.secret !== true);
        return Promise.resolve(readable.map((setting) => this.converters.setting(setting)));
    }

    protected override getOneById(id: string): Promise<ISetting> {
        return Promise.resolve(this.converters.setting(this.#readable(id)));
    }

    protected override hideGroup(): Promise<void> {
        return Promise.reject(new Error('Method not implemented.'));
    }

    protected override hideSetting(): Promise<void> {
        return Promise.reject(new Error('Method not implemented.'));
    }

    protected override isReadableById(id: string): Promise<boolean> {
        const setting = this.domain.settings.get(id);
        return Promise.resolve(setting !== undefined && setting.secret !== true);
    }

    protected override updateOne(setting: ISetting): Promise<void> {
        this.domain.settings.set(this.#readable(setting.id)._id, setting.value);
        return Promise.resolve();
    }

    protected override incrementValue(id: string, value: number): Promise<void> {
        const setting = this.#readable(id);
        this.domain.settings.set(id, Number(setting.value) + value);
        return Promise.resolve();
    }

    #readable(id: string) {
        const setting = this.domain.settings.get(id);
        if (setting === undefined || setting.secret === true) {
            throw new Error(`The setting "${id}" is not readable.`);
        }
        return setting;
    }
}

export class WorkspaceEnvironmentBridge extends EnvironmentalVariableBridge {
    readonly #readable = ['NODE_ENV', 'ROOT_URL', 'INSTANCE_IP'];

    protected override getValueByName(name: string): Promise<string | undefined> {
        if (!this.#readable.includes(name)) {
            return Promise.reject(new Error(`The environmental variable "${name}" is not readable.`));
        }
        return Promise.resolve(process.env[name]);
    }

    protected override isReadable(name: string): Promise<boolean> {
        return Promise.resolve(this.#readable.includes(name));
    }

    protected override isSet(name: string): Promise<boolean> {
        return Promise.resolve(this.#readable.includes(name) && process.env[name] !== undefined);
    }
}

export class WorkspaceInternalBridge extends InternalBridge {
    constructor(
        private readonly domain: Domain,
        private readonly converters: Converters,
    ) {
        super();
    }

    protected override getUsernamesOfRoomById(roomId: string): Promise<string[]> {
        return Promise.resolve(this.getUsernamesOfRoomByIdSync(roomId));
    }

    protected override getUsernamesOfRoomByIdSync(roomId: string): string[] {
        return this.domain.rooms.members(roomId).map((user) => user.username);
    }

    protected override getWorkspacePublicKey(): Promise<ISetting> {
        const key = this.domain.settings.get('Federation_Public_Key');
        return key === undefined ? Promise.reject(new Error('The workspace has no key pair')) : Promise.resolve(this.converters.setting(key));
    }
}

/** The key pair the engine signs app records with. */
export class WorkspaceFederationBridge implements IInternalFederationBridge {
    constructor(private readonly core: Core) {}

    getPrivateKey(): Promise<string | null> {
        return Promise.resolve(this.core.setting<string>('Federation_Private_Key'));
    }

    getPublicKey(): Promise<string | null> {
        return Promise.resolve(this.core.setting<string>('Federation_Public_Key'));
    }
}

export class WorkspaceUiBridge extends UiInteractionBridge {
    constructor(private readonly show: (userId: string, interaction: IUIKitInteraction & Record<string, unknown>) => void) {
        super();
    }

    protected override notifyUser(user: IUser, interaction: IUIKitInteraction): Promise<void> {
        this.show(user.id, interaction as IUIKitInteraction & Record<string, unknown>);
        return Promise.resolve();
    }
}

export class WorkspaceThreadBridge extends ThreadBridge {
    constructor(
        private readonly core: Core,
        private readonly converters: Converters,
    ) {
        super();
    }

    protected override getById(messageId: string): Promise<IMessage[]> {
        const { messages } = this.core.collections;
        const root = messages.get(messageId);
        const thread = root === undefined ? [] : [root, ...messages.find({ tmid: messageId }, { sort: 'ts' })];
        return Promise.resolve(thread.map((message) => this.converters.message(message)));
    }
}

const ROLES = ['admin', 'anonymous', 'app', 'bot', 'guest', 'leader', 'livechat-agent', 'livechat-manager', 'livechat-monitor', 'moderator', 'owner', 'user'];

export class WorkspaceRoleBridge extends RoleBridge {
    protected override getOneByIdOrName(idOrName: string): Promise<IRole | null> {
        const role = { id: idOrName, name: idOrName, description: '', protected: true, mandatory2fa: false, scope: 'Users' };
        return Promise.resolve(ROLES.includes(idOrName) ? (role as unknown as IRole) : null);
    }

    protected override getCustomRoles(): Promise<IRole[]> {
        return Promise.resolve([]);
    }
}
