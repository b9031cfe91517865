import type { IExtraRoomParams } from '@rocket.chat/apps-engine/definition/accessors/index.js';
import type { IDepartment, ILivechatMessage, ILivechatRoom, ILivechatTransferData, IVisitor } from '@rocket.chat/apps-engine/definition/livechat/index.js';
import type { IMessage } from '@rocket.chat/apps-engine/definition/messages/index.js';
import type { IUser } from '@rocket.chat/apps-engine/definition/users/index.js';

import { found, type Core } from '../../core.js';
import type { SelectedAgent } from '../../domain/departments.js';
import type { Domain } from '../../domain/index.js';
import type { RoomDoc, RoomSource, VisitorExternalId } from '../../model.js';
import { LivechatBridge } from '../classes.js';
import type { Converters } from '../converters.js';

/** Name and slug of an app, for the source of its rooms. */
export type AppNames = (appId: string) => { name: string; nameSlug: string };

/**
 * Omnichannel for apps, quirks included: `createRoom` never looks for an open room; a message to a closed room opens
 * one; `updateMessage` never works for a visitor's message.
 * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/apps/server/bridges/livechat.ts
 */
export class WorkspaceLivechatBridge extends LivechatBridge {
    constructor(
        private readonly core: Core,
        private readonly domain: Domain,
        private readonly converters: Converters,
        private readonly names: AppNames,
    ) {
        super();
    }

    protected override isOnline(departmentId?: string): boolean {
        return this.domain.departments.online(departmentId ?? undefined);
    }

    protected override isOnlineAsync(departmentId?: string): Promise<boolean> {
        return Promise.resolve(this.domain.departments.online(departmentId ?? undefined));
    }

    protected override async createMessage(message: ILivechatMessage, appId: string): Promise<string> {
        if (message.token === undefined || message.token === '') {
            throw new Error('Invalid token for livechat message');
        }
        const guest = { ...(message.visitor === undefined ? {} : this.converters.visitorFromApp(message.visitor)), token: message.token };
        const { u: _, ...fields } = this.converters.messageFromApp(message);
        const source: RoomSource = { type: 'app', id: appId, alias: this.names(appId).nameSlug };
        const room = await this.domain.livechat.roomForMessage(guest, fields.rid ?? '', fields.msg ?? '', source);
        const sender = { _id: guest._id ?? '', username: guest.username ?? '', name: guest.name, token: guest.token };
        const sent = await this.domain.messages.save(sender, { ...fields, token: guest.token, alias: guest.name }, room);
        return sent._id;
    }

    protected override getMessageById(messageId: string): Promise<ILivechatMessage> {
        return Promise.resolve(this.converters.message(this.core.collections.messages.get(messageId)) as unknown as ILivechatMessage);
    }

    protected override updateMessage(message: ILivechatMessage): Promise<void> {
        if (this.core.collections.messages.get(message.id ?? '') === undefined) {
            return Promise.resolve();
        }
        // The server compares the stored author's `_id` with that of the app-side visitor, which has only `id`.
        return Promise.reject(new Error('error-action-not-allowed'));
    }

    protected override async createVisitor(visitor: IVisitor, appId: string): Promise<string> {
        return (await this.createAndReturnVisitor(visitor, appId))?.id ?? '';
    }

    protected override createAndReturnVisitor(visitor: IVisitor, _appId: string): Promise<IVisitor | undefined> {
        const guest = this.domain.visitors.register({
            id: visitor.id ?? undefined,
            token: visitor.token,
            name: text(visitor.name),
            username: text(visitor.username),
            department: text(visitor.department),
            phone: visitor.phone?.[0]?.phoneNumber,
            email: visitor.visitorEmails?.[0]?.address,
        });
        return Promise.resolve(this.converters.visitor(guest));
    }

    /** Deprecated on the server; there the query goes to Mongo. Here it is compared field by field. */
    protected override findVisitors(query: object): Promise<IVisitor[]> {
        const wanted = Object.entries(query);
        const matches = this.domain.visitors.all().filter((visitor) => {
            const fields = visitor as unknown as Record<string, unknown>;
            return wanted.every(([field, value]) => fields[field] === value);
        });
        return Promise.resolve(matches.map((visitor) => this.converters.visitor(visitor)));
    }

    protected override findVisitorById(id: string): Promise<IVisitor | undefined> {
        return Promise.resolve(this.converters.visitorById(id));
    }

    protected override findVisitorByEmail(email: string): Promise<IVisitor | undefined> {
        return Promise.resolve(this.converters.visitor(this.domain.visitors.byEmail(email)));
    }

    protected override findVisitorByToken(token: string): Promise<IVisitor | undefined> {
        return Promise.resolve(this.converters.visitor(this.domain.visitors.byToken(token)));
    }

    protected override findVisitorByPhoneNumber(phoneNumber: string): Promise<IVisitor | undefined> {
        return Promise.resolve(this.converters.visitor(this.domain.visitors.byPhone(phoneNumber)));
    }

    protected override resolveVisitor(
        externalId: { entityId: string; metadata?: Record<string, unknown> },
        contactData: { phone?: string; email?: string } | undefined,
        appId: string,
    ): Promise<IVisitor | undefined> {
        return Promise.resolve(this.converters.visitor(this.domain.visitors.resolve(withApp(externalId, appId), contactData ?? undefined)));
    }

    protected override updateVisitorExternalId(visitorId: string, externalId: { entityId: string }, appId: string): Promise<IVisitor | undefined> {
        return Promise.resolve(this.converters.visitor(this.domain.visitors.updateExternalId(visitorId, withApp(externalId, appId))));
    }

    protected override transferVisitor(visitor: IVisitor, transferData: ILivechatTransferData, appId: string): Promise<boolean> {
        const { targetAgent, targetDepartment, currentRoom } = transferData;
        const appUser = this.core.collections.users.findOne({ appId, type: 'app' });
        if ((visitor as IVisitor | null) === null) {
            throw new Error('Invalid visitor, cannot transfer');
        }
        if (appUser === undefined) {
            throw new Error('Invalid app user, cannot transfer');
        }
        if (targetAgent?.id !== undefined && !(this.domain.users.get(targetAgent.id)?.roles.includes('livechat-agent') ?? false)) {
            throw new Error('Invalid target agent, cannot transfer');
        }
        const room = this.#roomFromApp(currentRoom);
        return Promise.resolve(
            this.domain.livechat.transfer(room, {
                userId: targetAgent?.id,
                departmentId: text(targetDepartment),
                transferredBy: { _id: appUser._id, username: appUser.username, name: appUser.name, type: appUser.type },
            }),
        );
    }

    protected override async createRoom(visitor: IVisitor, agent: IUser | undefined, appId: string, extra: IExtraRoomParams = {}): Promise<ILivechatRoom> {
        const source = extra.source as (Partial<RoomSource> & { type?: string }) | undefined;
        if (source !== undefined && source.type !== 'app') {
            throw new Error('Invalid source type for livechat room');
        }
        const room = await this.domain.livechat.createRoom({
            guest: this.converters.visitorFromApp(visitor),
            agent: this.#selectedAgent(agent?.id),
            source: {
                type: 'app',
                id: appId,
                alias: this.names(appId).name,
                label: source?.label,
                sidebarIcon: source?.sidebarIcon,
                defaultIcon: source?.defaultIcon,
                destination: source?.destination,
            },
            customFields: (extra as { customFields?: Record<string, unknown> }).customFields,
        });
        return this.converters.room(room) as unknown as ILivechatRoom;
    }

    protected override async closeRoom(room: ILivechatRoom, comment: string, closer: IUser | undefined): Promise<boolean> {
        const current = this.#roomFromApp(room);
        const user = closer === undefined ? undefined : this.domain.users.get(closer.id);
        const visitor = this.converters.visitorFromApp(room.visitor);
        await this.domain.livechat.close(
            current,
            user === undefined ? { visitor: { _id: visitor._id ?? '', username: visitor.username ?? '' } } : { user },
            { comment },
        );
        return true;
    }

    protected override findOpenRoomsByAgentId(agentId: string): Promise<ILivechatRoom[]> {
        requireAgentId(agentId);
        return Promise.resolve(this.#livechatRooms(this.domain.rooms.find({ t: 'l', open: true, agentId })));
    }

    protected override countOpenRoomsByAgentId(agentId: string): Promise<number> {
        requireAgentId(agentId);
        return Promise.resolve(this.core.collections.rooms.count({ t: 'l', open: true, servedBy: agentId }));
    }

    /** Open rooms only. */
    protected override findRooms(visitor: IVisitor | undefined, departmentId: string | null): Promise<ILivechatRoom[]> {
        if ((visitor ?? undefined) === undefined) {
            return Promise.resolve([]);
        }
        const rooms = this.domain.rooms.find({ t: 'l', open: true, token: visitor?.token, departmentId: text(departmentId ?? undefined) });
        return Promise.resolve(this.#livechatRooms(rooms));
    }

    protected override findDepartmentByIdOrName(value: string): Promise<IDepartment | undefined> {
        return Promise.resolve(this.converters.department(this.domain.departments.find(value)));
    }

    protected override findDepartmentsEnabledWithAgents(): Promise<IDepartment[]> {
        return Promise.resolve(this.domain.departments.enabledWithAgents().map((department) => this.converters.department(department)));
    }

    protected override _fetchLivechatRoomMessages(_appId: string, roomId: string): Promise<IMessage[]> {
        return Promise.resolve(this.domain.messages.in(roomId, { withoutSystem: true }).map((message) => this.converters.message(message)));
    }

    protected override async setCustomFields(data: { token: string; key: string; value: string; overwrite: boolean }): Promise<number> {
        return Promise.resolve(this.domain.visitors.setCustomField(data.token, data.key, data.value, data.overwrite));
    }

    #livechatRooms(rooms: RoomDoc[]): ILivechatRoom[] {
        return rooms.map((room) => this.converters.room(room) as unknown as ILivechatRoom);
    }

    /** The caller's picture of the room over what is stored, as the server's converter makes it. */
    #roomFromApp(room: ILivechatRoom): RoomDoc {
        const stored = found(this.domain.rooms.get(room.id), 'error-invalid-room', 'Invalid room');
        return { ...stored, open: (room.isOpen as boolean | undefined) === true ? true : undefined };
    }

    #selectedAgent(agentId: string | undefined): SelectedAgent | undefined {
        if (agentId === undefined) {
            return undefined;
        }
        const user = this.domain.users.get(agentId);
        if (user?.roles.includes('livechat-agent') !== true) {
            throw new Error(`The agent with id "${agentId}" was not found.`);
        }
        return { agentId: user._id, username: user.username };
    }
}

function requireAgentId(agentId: string): void {
    if (agentId === '') {
        throw new Error('Invalid agentId');
    }
}

function withApp(externalId: { entityId: string; metadata?: Record<string, unknown> }, appId: string): VisitorExternalId {
    return { ...externalId, appId };
}

/** Over the pipe an absent value is `null`; an empty string counts as absent here. */
function text(value: string | null | undefined): string | undefined {
    return value === null || value === '' ? undefined : value;
}
