import type {
    IAppAccessors,
    IConfigurationExtend,
    IConfigurationModify,
    IHttp,
    ILogger,
    IModify,
    IPersistence,
    IRead,
} from '@rocket.chat/apps-engine/definition/accessors';
import { ApiSecurity, ApiVisibility } from '@rocket.chat/apps-engine/definition/api';
import { App } from '@rocket.chat/apps-engine/definition/App';
import type { ILivechatEventContext, ILivechatRoom, ILivechatTransferEventContext } from '@rocket.chat/apps-engine/definition/livechat';
import type { IMessage, IMessageDeleteContext, IMessageReactionContext } from '@rocket.chat/apps-engine/definition/messages';
import type { IAppInfo } from '@rocket.chat/apps-engine/definition/metadata';
import type { IRoom } from '@rocket.chat/apps-engine/definition/rooms';
import { StartupType } from '@rocket.chat/apps-engine/definition/scheduler';
import { type ISetting, SettingType } from '@rocket.chat/apps-engine/definition/settings';
import type { ISettingUpdateContext } from '@rocket.chat/apps-engine/definition/settings/ISettingUpdateContext';
import type { SlashCommandContext } from '@rocket.chat/apps-engine/definition/slashcommands';
import type {
    IUIKitResponse,
    UIKitBlockInteractionContext,
    UIKitViewSubmitInteractionContext,
} from '@rocket.chat/apps-engine/definition/uikit';
import type { UIKitInteractionResponder } from '@rocket.chat/apps-engine/definition/uikit/UIKitInteractionResponder';
import type { IUser } from '@rocket.chat/apps-engine/definition/users';
import type { IUserStatusContext } from '@rocket.chat/apps-engine/definition/users/IUserStatusContext';
import { fits, LARGE, SMALL } from './bounds';
import * as convert from './convert';
import { callCore, forgetCaches } from './core';
import { endpoints } from './endpoints';
import { codeOf } from './errors';
import type { Channel, EntryPoints, MessageEvent, RoomEvent, SettingKind, UiInput } from './generated/core';
import { manifest } from './generated/manifest';
import type { Accessors, AppInfo } from './host/context';
import { surface } from './host/people';
import { RocketChatHost } from './host/rocket-chat';

const settingTypes: Record<SettingKind, SettingType> = {
    boolean: SettingType.BOOLEAN,
    int: SettingType.NUMBER,
    string: SettingType.STRING,
    password: SettingType.PASSWORD,
    select: SettingType.SELECT,
    multiSelect: SettingType.MULTI_SELECT,
};

/** Registers, converts, calls the core. Whatever is decided is decided there. */
export class OmniDirectApp extends App {
    private readonly appInfo: AppInfo;

    constructor(info: IAppInfo, logger: ILogger, accessors: IAppAccessors) {
        super(info, logger, accessors);
        this.appInfo = {
            appId: info.id,
            // The server makes it from the slug.
            username: `${info.nameSlug}.bot`,
            version: info.version,
            endpoints: () => this.getAccessors().providedApiEndpoints,
            writeSetting: async (id, value) => {
                await this.getAccessors().environmentWriter.getSettings().updateValue(id, value);
            },
        };
    }

    protected override async extendConfiguration(configuration: IConfigurationExtend): Promise<void> {
        // Asked one after the other, each would cost a round trip; the server takes them in this order all the same.
        await Promise.all(
            manifest.settings.map((setting) =>
                configuration.settings.provideSetting({
                    id: setting.id,
                    type: settingTypes[setting.kind],
                    packageValue: setting.default,
                    required: false,
                    public: false,
                    hidden: setting.hidden,
                    section: setting.section,
                    i18nLabel: setting.label,
                    i18nDescription: setting.help,
                    values: setting.options.map(({ key, label }) => ({ key, i18nLabel: label })),
                }),
            ),
        );
        await configuration.api.provideApi({
            visibility: ApiVisibility.PRIVATE,
            security: ApiSecurity.UNSECURE,
            endpoints: endpoints(this, this.appInfo),
        });
        // The engine calls executors and processors on a stand-in of this app that logs to the request at hand, where it
        // can: it finds the app in a command by looking for a property that holds it.
        const unbound: OmniDirectApp[] = [this];
        await configuration.scheduler.registerProcessors(
            manifest.jobs.map(({ id, every }) => ({
                id,
                async processor(this: unknown, data: object, read: IRead, modify: IModify, http: IHttp, persistence: IPersistence) {
                    const [app] = this instanceof OmniDirectApp ? [this] : unbound;
                    const { job, data: payload } = data as { job?: string; data?: EntryPoints['run_job'][0]['data'] };
                    await app?.run('run_job', { job: job ?? id, data: payload ?? null }, { read, modify, http, persistence });
                },
                ...(every === null ? {} : { startupSetting: { type: StartupType.RECURRING, interval: every } }),
            })),
        );
        for (const channel of manifest.channels) {
            const command = {
                app: this as OmniDirectApp,
                command: channel,
                i18nParamsExample: 'command_params',
                i18nDescription: `command_${channel}`,
                providesPreview: false,
                executor(context: SlashCommandContext, read: IRead, modify: IModify, http: IHttp, persistence: IPersistence): Promise<void> {
                    return this.app.command(channel, context, { read, modify, http, persistence });
                },
            };
            try {
                await configuration.slashCommands.provideSlashCommand(command);
            } catch (error) {
                // From engine 1.57 on a disabled app keeps its commands, and has them when it is enabled again.
                if (!/already exists/.test(String(error))) {
                    this.getLogger().warn(`command-not-provided: ${channel}`);
                }
            }
        }
    }

    override async onEnable(): Promise<boolean> {
        forgetCaches();
        return Promise.resolve(true);
    }

    override async onInstall(context: { user: IUser }, read: IRead, http: IHttp, persistence: IPersistence, modify: IModify): Promise<void> {
        // The server enables the app only after this. Scheduled, the work outlasts whatever happens in between.
        const installer = (context as { user?: IUser }).user;
        const data = installer ? convert.user(installer) : null;
        const host = new RocketChatHost(this.appInfo, this.getLogger(), { read, http, persistence, modify });
        try {
            await host.perform({ kind: 'schedule', at: Date.now(), job: manifest.installed, data });
        } catch (error) {
            host.log('error', 'install-failed', codeOf(error));
        }
    }

    override async onUninstall(_context: unknown, read: IRead, http: IHttp, persistence: IPersistence, modify: IModify): Promise<void> {
        await this.run('lifecycle', 'uninstalling', { read, http, persistence, modify });
    }

    override async onPreSettingUpdate(
        context: ISettingUpdateContext,
        _configurationModify: IConfigurationModify,
        read: IRead,
        http: IHttp,
    ): Promise<ISetting> {
        const { oldSetting, newSetting } = context;
        const input = { id: newSetting.id, value: newSetting.value as EntryPoints['check_setting'][0]['value'] };
        const answer = await this.run('check_setting', input, { read, http });
        // An error thrown here is swallowed and the new value stored: only an answer keeps the old one.
        return answer?.kind === 'accepted' ? { ...oldSetting, value: answer.value } : oldSetting;
    }

    override async onSettingUpdated(setting: ISetting, _configurationModify: IConfigurationModify, read: IRead, http: IHttp): Promise<void> {
        forgetCaches();
        await this.run('lifecycle', { setting_saved: { id: setting.id } }, { read, http });
    }

    async executePostMessageSent(message: IMessage, read: IRead, http: IHttp, persistence: IPersistence, modify: IModify): Promise<void> {
        await this.messageEvent('sent', message, null, { read, http, persistence, modify });
    }

    async executePostMessageUpdated(message: IMessage, read: IRead, http: IHttp, persistence: IPersistence, modify: IModify): Promise<void> {
        await this.messageEvent('updated', message, message.editor ?? null, { read, http, persistence, modify });
    }

    async executePostMessageDeleted(
        message: IMessage,
        read: IRead,
        http: IHttp,
        persistence: IPersistence,
        modify: IModify,
        context?: IMessageDeleteContext,
    ): Promise<void> {
        await this.messageEvent('deleted', message, context?.user ?? null, { read, http, persistence, modify });
    }

    async executePostMessageReacted(
        context: IMessageReactionContext,
        read: IRead,
        http: IHttp,
        persistence: IPersistence,
        modify: IModify,
    ): Promise<void> {
        const event = { reacted: { emoji: context.reaction, on: context.isReacted } };
        await this.messageEvent(event, context.message, context.user, { read, http, persistence, modify });
    }

    async executePostLivechatRoomStarted(room: ILivechatRoom, read: IRead, http: IHttp, persistence: IPersistence, modify: IModify): Promise<void> {
        await this.roomEvent('started', room, { read, http, persistence, modify });
    }

    async executePostLivechatRoomClosed(room: ILivechatRoom, read: IRead, http: IHttp, persistence: IPersistence, modify?: IModify): Promise<void> {
        await this.roomEvent('closed', room, { read, http, persistence, ...(modify ? { modify } : {}) });
    }

    async executePostLivechatAgentAssigned(
        context: ILivechatEventContext,
        read: IRead,
        http: IHttp,
        persistence: IPersistence,
        modify: IModify,
    ): Promise<void> {
        await this.roomEvent('assigned', context.room, { read, http, persistence, modify });
    }

    async executePostLivechatRoomTransferred(
        context: ILivechatTransferEventContext,
        read: IRead,
        http: IHttp,
        persistence: IPersistence,
        modify: IModify,
    ): Promise<void> {
        await this.roomEvent('transferred', context.room, { read, http, persistence, modify });
    }

    async executePostUserStatusChanged(
        context: IUserStatusContext,
        read: IRead,
        http: IHttp,
        persistence: IPersistence,
        modify: IModify,
    ): Promise<void> {
        const input = { user: convert.user(context.user), status: context.currentStatus };
        await this.run('status_changed', input, { read, http, persistence, modify });
    }

    async executeBlockActionHandler(
        context: UIKitBlockInteractionContext,
        read: IRead,
        http: IHttp,
        persistence: IPersistence,
        modify: IModify,
    ): Promise<IUIKitResponse> {
        const { user, actionId, value, room, message, triggerId } = context.getInteractionData();
        const action = {
            user: convert.user(user),
            action_id: actionId,
            value: value ?? '',
            room_id: room?.id ?? null,
            message_id: message?.id ?? null,
            trigger_id: triggerId,
        };
        return this.interaction({ action }, context.getInteractionResponder(), { read, http, persistence, modify });
    }

    async executeViewSubmitHandler(
        context: UIKitViewSubmitInteractionContext,
        read: IRead,
        http: IHttp,
        persistence: IPersistence,
        modify: IModify,
    ): Promise<IUIKitResponse> {
        const { user, view, triggerId } = context.getInteractionData();
        const values = (view.state ?? {}) as Extract<UiInput, { submit: unknown }>['submit']['values'];
        const submit = { user: convert.user(user), view_id: view.id, values, trigger_id: triggerId };
        return this.interaction({ submit }, context.getInteractionResponder(), { read, http, persistence, modify });
    }

    private async interaction(input: UiInput, responder: UIKitInteractionResponder, accessors: Accessors): Promise<IUIKitResponse> {
        const answer = fits(input, SMALL) ? await this.run('ui_action', input, accessors) : undefined;
        switch (answer?.kind) {
            case 'open':
                return responder.openModalViewResponse(surface(answer.view, this.getID()));
            case 'update':
                return responder.updateModalViewResponse(surface(answer.view, this.getID()));
            case 'errors':
                return responder.viewErrorResponse({ viewId: answer.view_id, errors: answer.errors });
            case 'done':
                return responder.successResponse();
            default:
                return responder.errorResponse();
        }
    }

    private async command(channel: Channel, context: SlashCommandContext, accessors: Accessors): Promise<void> {
        const room = context.getRoom();
        const args = context.getArguments();
        const tooLong = !fits(args, SMALL);
        await this.run(
            'run_command',
            {
                channel,
                args: tooLong ? [] : args,
                too_long: tooLong,
                user: convert.user(context.getSender()),
                room_id: room.id,
                livechat: convert.isLivechat(room) ? convert.room(room, this.appInfo.appId) : null,
                trigger_id: context.getTriggerId() ?? null,
            },
            accessors,
        );
    }

    private async messageEvent(event: MessageEvent, message: IMessage, actor: IUser | null, accessors: Accessors): Promise<void> {
        // Every message of the workspace passes here: what is not ours must cost nothing.
        const room = message.room as IRoom | undefined;
        if (!room || !convert.isLivechat(room)) {
            return;
        }
        const ourRoom = convert.room(room, this.appInfo.appId);
        if (!ourRoom.ours) {
            return;
        }
        const whole = convert.message(message, this.appInfo);
        const tooLarge = !fits(whole, LARGE);
        const left = tooLarge ? { ...whole, text: '', cards: [], blocks: [], files: [] } : whole;
        const input = { event, message: left, room: ourRoom, actor: actor ? convert.user(actor) : null, too_large: tooLarge };
        await this.run('agent_message', input, accessors);
    }

    private async roomEvent(event: RoomEvent, room: IRoom, accessors: Accessors): Promise<void> {
        if (convert.isLivechat(room)) {
            await this.run('room_event', { event, room: convert.room(room, this.appInfo.appId) }, accessors);
        }
    }

    /** Calls the core where the server waits for no error: it is logged, and what it was about is stored by the core. */
    private async run<Name extends keyof EntryPoints>(
        name: Name,
        input: EntryPoints[Name][0],
        accessors: Accessors,
    ): Promise<EntryPoints[Name][1] | undefined> {
        const host = new RocketChatHost(this.appInfo, this.getLogger(), accessors);
        try {
            return await callCore(name, host, input);
        } catch (error) {
            host.log('error', `${name}-failed`, codeOf(error));
            return undefined;
        }
    }
}
