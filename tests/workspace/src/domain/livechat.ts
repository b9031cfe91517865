import { found, type Core } from '../core.js';
import { randomId } from '../ids.js';
import {
    WorkspaceError,
    type CloseOptions,
    type InquiryDoc,
    type MessageDoc,
    type RoomDoc,
    type RoomSource,
    type UserDoc,
    type UserRef,
    type VisitorDoc,
} from '../model.js';
import type { Contacts } from './contacts.js';
import type { Departments, SelectedAgent } from './departments.js';
import type { Messages } from './messages.js';
import { ref, type Rooms } from './rooms.js';
import { saveSystemMessage } from './system-messages.js';
import type { Users } from './users.js';

/** What a new conversation is asked for with. */
export interface RoomRequest {
    guest: VisitorRef;
    source: RoomSource;
    agent?: SelectedAgent;
    message?: string;
    customFields?: Record<string, unknown>;
}

/** A visitor as a caller hands it over; a hand-made one may lack what the server checks for. */
export type VisitorRef = Partial<VisitorDoc> & { token: string };

export interface TransferData {
    userId?: string;
    departmentId?: string;
    transferredBy: UserRef & { type?: string; userType?: string };
    comment?: string;
}

/** Omnichannel rooms: who serves them, the queue, closing and forwarding. */
export class Livechat {
    constructor(
        private readonly core: Core,
        private readonly users: Users,
        private readonly departments: Departments,
        private readonly contacts: Contacts,
        private readonly rooms: Rooms,
        private readonly messages: Messages,
    ) {}

    queue(): InquiryDoc[] {
        return this.core.collections.inquiries.find().filter((inquiry) => inquiry.status !== 'taken');
    }

    inquiry(id: string): InquiryDoc | undefined {
        return this.core.collections.inquiries.get(id) ?? this.core.collections.inquiries.findOne({ rid: id });
    }

    /** The room a visitor's message goes to. A closed or unknown one means a new room, whatever the caller wanted. */
    async roomForMessage(guest: VisitorRef, rid: string, msg: string, source: RoomSource): Promise<RoomDoc> {
        this.#requireEnabled();
        const room = this.rooms.get(rid);
        if (room?.open !== true) {
            return this.createRoom({ guest, source, message: msg });
        }
        if (room.v?.token !== guest.token) {
            throw new WorkspaceError('cannot-access-room', 'cannot-access-room');
        }
        return room;
    }

    /** Always a new room: the server never looks for an open one here. */
    async createRoom(request: RoomRequest): Promise<RoomDoc> {
        this.#requireEnabled();
        const guest = { ...request.guest };
        if (request.agent === undefined && (guest.department ?? '') === '') {
            guest.department = this.#registrationDepartment();
        }
        for (const key of ['_id', 'username'] as const) {
            if (typeof guest[key] !== 'string') {
                throw new WorkspaceError('match-error', `Match error: Missing key '${key}'`);
            }
        }
        const department = guest.department === undefined ? undefined : this.departments.staffed(guest.department);
        this.#requireAgents(request.agent, guest.department, department);

        const at = this.core.date();
        const contact = this.contacts.forRoom({ _id: guest._id ?? '', username: guest.username ?? '', name: guest.name, activity: guest.activity }, request.source);
        const { name } = contact;
        const activity = guest.activity ?? contact.activity;
        const room: RoomDoc = {
            _id: randomId(),
            t: 'l',
            fname: name,
            msgs: 0,
            usersCount: 1,
            ts: at,
            lm: at,
            departmentId: department ?? guest.department,
            v: { _id: guest._id ?? '', token: guest.token, username: guest.username ?? '', name: guest.name, status: guest.status ?? 'online', activity },
            contactId: contact._id,
            open: true,
            waitingResponse: true,
            source: request.source,
            customFields: request.customFields,
            _updatedAt: at,
        };
        await this.#askApps(room);
        const inquiry: InquiryDoc = {
            _id: randomId(),
            rid: room._id,
            name,
            department: room.departmentId,
            status: this.contacts.isWithinLimit(room) ? this.#initialStatus(request.agent) : 'queued',
            v: { _id: guest._id ?? '', token: guest.token, username: guest.username ?? '', status: guest.status ?? 'online' },
            source: request.source,
            ts: at,
            queuedAt: at,
            message: request.message ?? '',
            _updatedAt: at,
        };
        this.core.db.transaction(() => {
            this.core.collections.rooms.put(room);
            this.core.collections.inquiries.put(inquiry);
            this.core.collections.visitors.update(guest._id ?? '', { lastChat: { _id: room._id, ts: at } });
        });
        await this.messages.save(
            { _id: guest._id ?? '', username: guest.username ?? '', name: guest.name, token: guest.token },
            { t: 'livechat-started', msg: '', groupable: false, token: guest.token },
            room,
        );
        this.core.apps.post('IPostLivechatRoomStarted', room);
        this.core.emit('inquiry', inquiry);
        if (inquiry.status === 'ready') {
            this.#delegate(inquiry, request.agent);
        } else {
            this.processQueue();
        }
        const created = found(this.rooms.get(room._id), 'room-not-found');
        this.core.emit('room', created);
        return created;
    }

    /** An agent takes a waiting room from the queue. */
    take(inquiryId: string, userId: string): RoomDoc {
        if (!this.users.hasPermission(userId, 'view-l-room')) {
            throw new WorkspaceError('error-not-allowed', 'Not allowed', { method: 'livechat:takeInquiry' });
        }
        const inquiry = found(this.inquiry(inquiryId), 'error-not-found', 'Inquiry not found');
        if (inquiry.status === 'taken') {
            throw new WorkspaceError('error-inquiry-taken', 'Inquiry already taken', { method: 'livechat:takeInquiry' });
        }
        const user = this.users.get(userId);
        if (!this.contacts.isWithinLimit(found(this.rooms.get(inquiry.rid), 'error-invalid-room'))) {
            throw new Error('error-mac-limit-reached');
        }
        if (user === undefined || !this.departments.isAgentOnline(user)) {
            throw new WorkspaceError('error-agent-status-service-offline', 'Agent status is offline or Omnichannel service is not active');
        }
        this.#assign(inquiry, { agentId: user._id, username: user.username });
        return found(this.rooms.get(inquiry.rid), 'error-invalid-room');
    }

    returnToQueue(roomId: string, byUserId: string): RoomDoc {
        const room = this.#openRoom(roomId);
        if (room.onHold === true) {
            throw new WorkspaceError('error-room-onHold', 'error-room-onHold');
        }
        const inquiry = found(this.inquiry(roomId), 'error-returning-inquiry');
        const by = found(this.users.get(byUserId), 'error-invalid-user', 'Invalid user');
        this.#transferHistory(room, { transferredBy: ref(by) }, 'queue');
        this.#unassign(room, inquiry);
        return found(this.rooms.get(roomId), 'error-invalid-room');
    }

    hold(roomId: string, onHold: boolean, userId: string): RoomDoc {
        const room = this.#openRoom(roomId);
        const user = found(this.users.get(userId), 'error-invalid-user', 'Invalid user');
        const changed = found(this.core.collections.rooms.update(room._id, { onHold }), 'error-invalid-room');
        saveSystemMessage(this.core, onHold ? 'omnichannel_placed_chat_on_hold' : 'omnichannel_on_hold_chat_resumed', roomId, '', user);
        this.core.emit('room', changed);
        return changed;
    }

    /** A person closes the room through the client. */
    async closeAs(roomId: string, userId: string, options: CloseOptions): Promise<RoomDoc> {
        const room = found(this.rooms.get(roomId), 'error-invalid-room', 'Invalid room');
        if (room.t !== 'l') {
            throw new WorkspaceError('error-invalid-room', 'Invalid room');
        }
        if (!this.users.hasPermission(userId, 'close-livechat-room')) {
            throw new WorkspaceError('error-not-authorized', 'Not authorized', { method: 'livechat:closeRoom' });
        }
        if (!this.rooms.isMember(roomId, userId) && !this.users.hasPermission(userId, 'close-others-livechat-room')) {
            throw new WorkspaceError('error-not-authorized', 'Not authorized', { method: 'livechat:closeRoom' });
        }
        return this.close(room, { user: found(this.users.get(userId), 'error-invalid-user') }, { ...options, clientAction: true });
    }

    /** The visitor ends it, as the web widget does: without a comment, whatever agents must give. */
    closeByVisitor(roomId: string, token: string): Promise<RoomDoc> {
        const room = this.#openRoom(roomId);
        if (room.v?.token !== token) {
            throw new WorkspaceError('invalid-token', 'Invalid token');
        }
        return this.close(room, { visitor: room.v }, { comment: 'Closed by visitor' });
    }

    /**
     * The server's `closeRoom`. `room` is the caller's picture: an app may hold one that is out of date, and is told so
     * by "Error removing inquiry", not by `error-room-closed`.
     */
    close(room: RoomDoc, closer: { user: UserRef } | { visitor: UserRef }, options: CloseOptions = {}): Promise<RoomDoc> {
        if (room.t !== 'l' || room.open !== true) {
            throw new WorkspaceError('error-room-closed', 'error-room-closed');
        }
        const comment = options.comment ?? '';
        if (this.core.setting<boolean>('Livechat_request_comment_when_closing_conversation') && comment.trim() === '') {
            throw new WorkspaceError('error-comment-is-required', 'error-comment-is-required');
        }
        const tags = this.#closingTags(room, options);
        const by = 'user' in closer ? closer.user : closer.visitor;
        const at = this.core.date();
        const closed = this.core.db.transaction(() => {
            const inquiries = this.core.collections.inquiries.removeWhere({ rid: room._id });
            if (inquiries.length !== 1) {
                throw new WorkspaceError('Error removing inquiry');
            }
            for (const inquiry of inquiries) {
                this.core.emit('inquiry-removed', { _id: inquiry._id, rid: room._id });
            }
            this.core.collections.subscriptions.removeWhere({ rid: room._id });
            return found(
                this.core.collections.rooms.update(room._id, (stored) => ({
                    open: undefined,
                    closedAt: at,
                    closer: 'user' in closer ? 'user' : 'visitor',
                    closedBy: { _id: by._id, username: by.username },
                    closingMessage: comment,
                    tags: tags.length === 0 ? stored.tags : tags,
                    _updatedAt: at,
                })),
                'error-invalid-room',
            );
        });
        saveSystemMessage(this.core, 'livechat-close', room._id, comment, by, 'visitor' in closer ? { token: room.v?.token } : {});
        if (this.core.setting<boolean>('Livechat_enable_transcript') && !this.core.setting<boolean>('Livechat_transcript_send_always')) {
            saveSystemMessage(this.core, 'command', room._id, 'promptTranscript', by);
        }
        this.core.emit('room', closed);
        this.core.apps.post('ILivechatRoomClosedHandler', closed);
        this.core.apps.post('IPostLivechatRoomClosed', closed);
        this.processQueue();
        return Promise.resolve(closed);
    }

    /**
     * The tags a room is closed with. Where its department wants some, a person must choose one, and the department must
     * have its own.
     * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/livechat/server/lib/closeRoom.ts
     */
    #closingTags(room: RoomDoc, options: CloseOptions): string[] {
        const chosen = [...(options.tags ?? []), ...(room.tags ?? [])];
        const department = room.departmentId === undefined ? undefined : this.core.collections.departments.get(room.departmentId);
        const own = department?.chatClosingTags ?? [];
        const lacksChoice = options.clientAction === true && chosen.length === 0;
        if (department?.requestTagBeforeClosingChat === true && (lacksChoice || own.length === 0)) {
            throw new WorkspaceError('error-tags-must-be-assigned-before-closing-chat');
        }
        return [...new Set([...chosen, ...own])];
    }

    /** A person forwards the room through the client. */
    transferAs(roomId: string, userId: string, target: { userId?: string; departmentId?: string; comment?: string }): RoomDoc {
        if (!this.users.hasPermission(userId, 'transfer-livechat-guest')) {
            throw new WorkspaceError('error-not-allowed', 'Not allowed', { method: 'livechat:transfer' });
        }
        const room = this.#openRoom(roomId);
        const by = found(this.users.get(userId), 'error-invalid-user', 'Invalid user');
        if (!this.transfer(room, { ...target, transferredBy: ref(by) })) {
            throw new WorkspaceError('error-forwarding-chat', 'Something went wrong while forwarding the chat, Please try again later.');
        }
        return found(this.rooms.get(roomId), 'error-invalid-room');
    }

    /** False when there is nobody to give it to. */
    transfer(room: RoomDoc, data: TransferData): boolean {
        if (room.onHold === true) {
            throw new WorkspaceError('error-room-onHold', 'error-room-onHold');
        }
        if (data.departmentId !== undefined) {
            found(this.core.collections.departments.get(data.departmentId), 'error-invalid-department');
        }
        if (room.open !== true) {
            return false;
        }
        if (data.departmentId !== undefined) {
            return this.#transferToDepartment(room, data, data.departmentId);
        }
        return data.userId === undefined ? false : this.#transferToAgent(room, data, data.userId);
    }

    /**
     * With the waiting queue on, gives queued rooms to agents who have become free, oldest first. Without it (the
     * community edition), a room that found no agent waits for one to take it.
     */
    processQueue(): void {
        const auto = this.core.setting<string>('Livechat_Routing_Method') !== 'Manual_Selection';
        if (!auto || !this.core.setting<boolean>('Livechat_waiting_queue')) {
            return;
        }
        for (const inquiry of this.queue().filter(({ status }) => status === 'queued')) {
            const room = this.rooms.get(inquiry.rid);
            if (room === undefined || !this.contacts.isWithinLimit(room)) {
                continue;
            }
            this.#delegate(inquiry, undefined);
        }
    }

    /** Apps may object to a room. */
    async #askApps(room: RoomDoc): Promise<void> {
        try {
            await this.core.apps.trigger('IPreLivechatRoomCreatePrevent', room);
        } catch (error) {
            if (error instanceof Error && error.name === 'AppsEngineException') {
                throw new WorkspaceError('error-app-prevented', error.message);
            }
            throw error;
        }
    }

    #requireEnabled(): void {
        if (!this.core.setting<boolean>('Livechat_enabled')) {
            throw new WorkspaceError('error-omnichannel-is-disabled', 'error-omnichannel-is-disabled');
        }
    }

    #requireAgents(agent: SelectedAgent | undefined, wanted: string | undefined, staffed: string | undefined): void {
        if (this.core.setting<boolean>('Livechat_accept_chats_with_no_agents') || agent !== undefined) {
            return;
        }
        if (wanted !== undefined ? staffed === undefined : !this.departments.online()) {
            throw new WorkspaceError('no-agent-online', 'Sorry, no online agents');
        }
    }

    /** With departments offered at registration, a visitor without one gets the first that is staffed, if any is. */
    #registrationDepartment(): string | undefined {
        const offered = this.departments.enabledWithAgents().filter((department) => department.showOnRegistration);
        return offered.find((department) => this.departments.onlineAgents(department._id).length > 0)?._id;
    }

    #initialStatus(agent: SelectedAgent | undefined): InquiryDoc['status'] {
        if (this.core.setting<string>('Livechat_Routing_Method') === 'Manual_Selection') {
            const bot = agent !== undefined && this.users.get(agent.agentId)?.roles.includes('bot') === true;
            return bot ? 'ready' : 'queued';
        }
        return this.core.setting<boolean>('Livechat_waiting_queue') ? 'queued' : 'ready';
    }

    #delegate(inquiry: InquiryDoc, preferred: SelectedAgent | undefined): boolean {
        const user = preferred === undefined ? undefined : this.users.get(preferred.agentId);
        const agent =
            user !== undefined && this.departments.isAgentOnline(user)
                ? preferred
                : this.departments.nextAgent(inquiry.department, (candidate) => this.#hasRoomForMore(candidate));
        if (agent === undefined) {
            return false;
        }
        this.#assign(inquiry, agent);
        return true;
    }

    #hasRoomForMore(agent: UserDoc): boolean {
        const most = this.core.setting<number>('Livechat_maximum_chats_per_agent');
        if (!this.core.setting<boolean>('Livechat_waiting_queue') || most <= 0) {
            return true;
        }
        return this.core.collections.rooms.count({ t: 'l', open: true, servedBy: agent._id }) < most;
    }

    #assign(inquiry: InquiryDoc, agent: SelectedAgent): void {
        const at = this.core.date();
        const user = found(this.users.get(agent.agentId), 'error-user-not-found');
        const before = found(this.rooms.get(inquiry.rid), 'error-invalid-room');
        if (before.open !== true || before.servedBy?._id === agent.agentId) {
            return;
        }
        const taken: InquiryDoc = { ...inquiry, status: 'taken', takenAt: at, queuedAt: undefined, _updatedAt: at };
        const room = this.core.db.transaction(() => {
            this.core.collections.inquiries.put(taken);
            this.rooms.subscribe(before, user);
            return found(
                this.core.collections.rooms.update(before._id, {
                    servedBy: { ...ref(user), ts: at },
                    autoTransferOngoing: this.core.setting<number>('Livechat_auto_transfer_chat_timeout') > 0 ? true : undefined,
                    _updatedAt: at,
                }),
                'error-invalid-room',
            );
        });
        saveSystemMessage(this.core, 'command', room._id, 'connected', user);
        saveSystemMessage(this.core, 'uj', room._id, '', user);
        this.core.emit('inquiry', taken);
        this.core.emit('room', room);
        this.core.apps.post('IPostLivechatAgentAssigned', { room, user });
    }

    #unassign(room: RoomDoc, inquiry: InquiryDoc, departmentId?: string): void {
        const at = this.core.date();
        this.#removeAgents(room);
        const queued: InquiryDoc = { ...inquiry, department: departmentId ?? inquiry.department, status: 'queued', queuedAt: at, takenAt: undefined };
        const changed = this.core.db.transaction(() => {
            this.core.collections.inquiries.put(queued);
            return found(
                this.core.collections.rooms.update(room._id, (stored) => ({
                    servedBy: undefined,
                    departmentId: departmentId ?? stored.departmentId,
                    _updatedAt: at,
                })),
                'error-invalid-room',
            );
        });
        this.core.emit('inquiry', queued);
        this.core.emit('room', changed);
    }

    #removeAgents(room: RoomDoc, keep?: string): void {
        for (const subscription of this.core.collections.subscriptions.find({ rid: room._id })) {
            const user = this.users.get(subscription.u._id);
            if (user === undefined || user._id === keep) {
                continue;
            }
            this.rooms.unsubscribe(room, user._id);
            saveSystemMessage(this.core, 'ul', room._id, user.username, user);
            this.core.apps.post('IPostLivechatAgentUnassigned', { room, user });
        }
    }

    #transferToAgent(room: RoomDoc, data: TransferData, agentId: string): boolean {
        const user = this.users.get(agentId);
        if (user === undefined || !this.departments.isAgentOnline(user)) {
            throw new WorkspaceError('error-user-is-offline', 'error-user-is-offline');
        }
        const inquiry = found(this.inquiry(room._id), 'error-invalid-inquiry');
        const from = room.servedBy?._id;
        if (from === agentId) {
            throw new WorkspaceError('error-selected-agent-room-agent-are-same', 'error-selected-agent-room-agent-are-same');
        }
        this.#assign(inquiry, { agentId, username: user.username });
        this.#transferHistory(room, data, 'agent', { transferredTo: ref(user) });
        this.#removeAgents(room, agentId);
        this.core.apps.post('IPostLivechatRoomTransferred', { type: 'agent', room: room._id, from, to: agentId });
        return true;
    }

    #transferToDepartment(room: RoomDoc, data: TransferData, departmentId: string): boolean {
        const inquiry = found(this.inquiry(room._id), 'error-transferring-inquiry');
        const from = room.departmentId;
        if (from === departmentId) {
            throw new WorkspaceError('error-forwarding-chat-same-department', 'error-forwarding-chat-same-department');
        }
        const agent = data.userId === undefined ? undefined : this.#agentOfDepartment(data.userId, departmentId);
        const department = this.core.collections.departments.get(departmentId);
        const extra = { nextDepartment: { _id: departmentId, name: department?.name } };
        const queues = this.core.setting<string>('Livechat_Routing_Method') === 'Manual_Selection' || this.core.setting<boolean>('Livechat_waiting_queue');
        if (queues) {
            this.#transferHistory(room, data, 'department', extra);
            this.#unassign(room, inquiry, departmentId);
            this.core.apps.post('IPostLivechatRoomTransferred', { type: 'department', room: room._id, from, to: departmentId });
            this.processQueue();
            return true;
        }
        const next = agent ?? this.departments.nextAgent(departmentId);
        if (next === undefined) {
            return false;
        }
        if (next.agentId === room.servedBy?._id) {
            throw new WorkspaceError('error-no-agents-online-in-department', 'error-no-agents-online-in-department');
        }
        this.#assign({ ...inquiry, department: departmentId }, next);
        this.#transferHistory(room, data, 'department', extra);
        this.#removeAgents(room, next.agentId);
        const moved = this.core.collections.rooms.update(room._id, { departmentId });
        if (moved !== undefined) {
            this.core.emit('room', moved);
        }
        this.core.apps.post('IPostLivechatRoomTransferred', { type: 'department', room: room._id, from, to: departmentId });
        return true;
    }

    #agentOfDepartment(agentId: string, departmentId: string): SelectedAgent {
        const user = this.users.get(agentId);
        if (user === undefined || !this.departments.isAgentOnline(user)) {
            throw new WorkspaceError('error-user-is-offline', 'error-user-is-offline');
        }
        if (!this.departments.agentsOf(departmentId).some((member) => member._id === agentId)) {
            throw new WorkspaceError('error-user-not-belong-to-department', 'error-user-not-belong-to-department');
        }
        return { agentId, username: user.username };
    }

    #transferHistory(room: RoomDoc, data: TransferData, scope: string, extra: Record<string, unknown> = {}): MessageDoc {
        const transferData = { transferredBy: data.transferredBy, ts: this.core.date(), scope, comment: data.comment, ...extra };
        return saveSystemMessage(this.core, 'livechat_transfer_history', room._id, '', data.transferredBy, { transferData });
    }

    #openRoom(roomId: string): RoomDoc {
        const room = found(this.rooms.get(roomId), 'error-invalid-room', 'Invalid room');
        if (room.t !== 'l') {
            throw new WorkspaceError('error-invalid-room', 'Invalid room');
        }
        if (room.open !== true) {
            throw new WorkspaceError('room-closed', 'Room closed');
        }
        return room;
    }
}
