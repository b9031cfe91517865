import { found, type Core } from '../core.js';
import { randomId } from '../ids.js';
import { WorkspaceError, type NewRoom, type RoomDoc, type RoomFilter, type SubscriptionDoc, type UserDoc, type UserRef } from '../model.js';
import { saveSystemMessage } from './system-messages.js';
import { ROCKET_CAT, type Users } from './users.js';

/** Channels, private groups, direct messages, and who is in them. */
export class Rooms {
    constructor(
        private readonly core: Core,
        private readonly users: Users,
    ) {}

    get(id: string): RoomDoc | undefined {
        return this.core.collections.rooms.get(id);
    }

    byName(name: string): RoomDoc | undefined {
        return this.core.collections.rooms.findOne({ name });
    }

    find(filter: RoomFilter = {}): RoomDoc[] {
        return this.core.collections.rooms.find({
            t: filter.t,
            open: filter.open,
            token: filter.token,
            servedBy: filter.agentId,
            departmentId: filter.departmentId,
            name: filter.name,
        });
    }

    of(userId: string): RoomDoc[] {
        return this.subscriptions(userId)
            .map((entry) => this.get(entry.rid))
            .filter((room) => room !== undefined);
    }

    subscriptions(userId: string): SubscriptionDoc[] {
        return this.core.collections.subscriptions.find({ userId });
    }

    members(roomId: string): UserDoc[] {
        return this.core.collections.subscriptions
            .find({ rid: roomId })
            .map((entry) => this.users.get(entry.u._id))
            .filter((user) => user !== undefined);
    }

    membersWithRole(roomId: string, role: string): UserDoc[] {
        return this.core.collections.subscriptions
            .find({ rid: roomId })
            .filter((entry) => entry.roles?.includes(role) === true)
            .map((entry) => this.users.get(entry.u._id))
            .filter((user) => user !== undefined);
    }

    isMember(roomId: string, userId: string): boolean {
        return this.core.collections.subscriptions.findOne({ rid: roomId, userId }) !== undefined;
    }

    /**
     * The server's access validators: membership counts with the permission to see what one has joined, or rooms of that
     * type, and not by itself; a discussion opens to whom its parent does.
     * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/server/services/authorization/canAccessRoom.ts
     */
    canAccess(room: RoomDoc, userId: string): boolean {
        if (room.t === 'c' && this.users.hasPermission(userId, 'view-c-room')) {
            return true;
        }
        const sees = (permission: string) => this.users.hasPermission(userId, permission);
        if (this.isMember(room._id, userId) && (sees('view-joined-room') || sees(`view-${room.t}-room`))) {
            return true;
        }
        const parent = room.prid === undefined ? undefined : this.get(room.prid);
        if (parent !== undefined && this.canAccess(parent, userId)) {
            return true;
        }
        return room.t === 'l' && this.#canAccessLivechat(room, userId);
    }

    async create(ownerId: string, wanted: NewRoom, extra: Partial<RoomDoc> = {}): Promise<RoomDoc> {
        const owner = found(this.users.get(ownerId), 'error-invalid-user', 'Invalid user');
        if (!this.users.hasPermission(ownerId, `create-${wanted.t}`)) {
            throw new WorkspaceError('error-not-allowed', 'Not allowed', { method: wanted.t === 'c' ? 'createChannel' : 'createPrivateGroup' });
        }
        if (wanted.t === 'd') {
            return this.#direct(owner, wanted.members ?? []);
        }
        const name = wanted.name ?? '';
        if (!/^[0-9a-zA-Z-_.]+$/.test(name)) {
            throw new WorkspaceError('error-invalid-room-name', `${name} is not a valid room name`, { channel_name: name });
        }
        if (this.byName(name) !== undefined) {
            throw new WorkspaceError('error-duplicate-channel-name', `A channel with name '${name}' exists`, { channel_name: name });
        }
        const at = this.core.date();
        const room: RoomDoc = {
            fname: name,
            ...extra,
            _id: randomId(),
            t: wanted.t,
            name,
            topic: wanted.topic,
            u: ref(owner),
            usersCount: 0,
            msgs: 0,
            customFields: wanted.customFields,
            ts: at,
            _updatedAt: at,
        };
        await this.core.apps.trigger('IPreRoomCreatePrevent', room).then((prevented) => {
            if (prevented === true) {
                throw new WorkspaceError('error-app-prevented', 'A Rocket.Chat App prevented the room creation.');
            }
        });
        this.core.collections.rooms.put(room);
        this.subscribe(room, owner, ['owner']);
        for (const username of wanted.members ?? []) {
            // The server skips names it does not know.
            const member = this.users.byUsername(username);
            if (member !== undefined && member._id !== owner._id) {
                this.subscribe(room, member);
            }
        }
        const created = found(this.get(room._id), 'error-invalid-room');
        this.core.emit('room', created);
        this.core.apps.post('IPostRoomCreate', created);
        return created;
    }

    async addMember(roomId: string, userId: string, inviter?: UserRef): Promise<void> {
        const room = found(this.get(roomId), 'error-invalid-room', 'Invalid room');
        const user = found(this.users.get(userId), 'error-invalid-user', 'Invalid user');
        if (this.isMember(roomId, userId)) {
            return;
        }
        await this.core.apps.trigger('IPreRoomUserJoined', room, user, inviter);
        this.subscribe(room, user);
        saveSystemMessage(this.core, inviter === undefined ? 'uj' : 'au', roomId, user.username, inviter ?? user);
        this.core.apps.post('IPostRoomUserJoined', room, user, inviter);
    }

    removeMember(roomId: string, userId: string): Promise<void> {
        const room = found(this.get(roomId), 'error-invalid-room', 'Invalid room');
        const user = found(this.users.get(userId), 'error-invalid-user', 'Invalid user');
        if (this.unsubscribe(room, userId)) {
            saveSystemMessage(this.core, 'ul', roomId, user.username, user);
            this.core.apps.post('IPostRoomUserLeave', room, user);
        }
        return Promise.resolve();
    }

    remove(roomId: string): void {
        this.core.db.transaction(() => {
            this.core.collections.rooms.remove(roomId);
            this.core.collections.subscriptions.removeWhere({ rid: roomId });
            this.core.collections.messages.removeWhere({ rid: roomId });
            this.core.collections.inquiries.removeWhere({ rid: roomId });
        });
        this.core.emit('room-deleted', { _id: roomId });
    }

    subscribe(room: RoomDoc, user: UserRef, roles?: string[]): SubscriptionDoc {
        const at = this.core.date();
        const subscription = this.core.collections.subscriptions.put({
            _id: randomId(),
            rid: room._id,
            t: room.t,
            u: ref(user),
            open: true,
            unread: 0,
            roles,
            ts: at,
            ls: at,
        });
        this.core.collections.rooms.update(room._id, (stored) => ({ usersCount: stored.usersCount + 1 }));
        this.core.emit('subscription', subscription);
        return subscription;
    }

    unsubscribe(room: RoomDoc, userId: string): boolean {
        const gone = this.core.collections.subscriptions.removeWhere({ rid: room._id, userId });
        if (gone.length > 0) {
            this.core.collections.rooms.update(room._id, (stored) => ({ usersCount: Math.max(0, stored.usersCount - gone.length) }));
        }
        return gone.length > 0;
    }

    #direct(owner: UserDoc, usernames: string[]): RoomDoc {
        const others = usernames.map((username) => found(this.users.byUsername(username), 'error-invalid-user', 'Invalid user'));
        const people = [owner, ...others.filter((user) => user._id !== owner._id)].sort((a, b) => a.username.localeCompare(b.username));
        const usernamesSorted = people.map((user) => user.username);
        const existing = this.directBetween(usernamesSorted);
        if (existing !== undefined) {
            return existing;
        }
        const at = this.core.date();
        const room: RoomDoc = {
            _id: people.map((user) => user._id).sort().join(''),
            t: 'd',
            uids: people.map((user) => user._id),
            usernames: usernamesSorted,
            u: ref(owner),
            usersCount: 0,
            msgs: 0,
            ts: at,
            _updatedAt: at,
        };
        this.core.collections.rooms.put(room);
        for (const user of people) {
            this.subscribe(room, user);
        }
        const created = found(this.get(room._id), 'error-invalid-room');
        this.core.emit('room', created);
        return created;
    }

    /** The direct room of exactly these people. */
    directBetween(usernames: string[]): RoomDoc | undefined {
        const wanted = [...usernames].sort().join(' ');
        return this.core.collections.rooms.find({ t: 'd' }).find((room) => [...(room.usernames ?? [])].sort().join(' ') === wanted);
    }

    /** https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/livechat/server/roomAccessValidator.compatibility.ts */
    #canAccessLivechat(room: RoomDoc, userId: string): boolean {
        const always = userId === ROCKET_CAT || this.users.hasPermission(userId, 'view-livechat-rooms');
        if (always || room.servedBy?._id === userId) {
            return true;
        }
        const isOf = (departmentId: string) =>
            this.core.collections.departmentAgents.findOne({ departmentId, agentId: userId }) !== undefined;
        if (room.open !== true) {
            const inDepartment = room.departmentId !== undefined && isOf(room.departmentId);
            return (
                this.users.hasPermission(userId, 'view-livechat-room-closed-by-another-agent') ||
                (inDepartment && this.users.hasPermission(userId, 'view-livechat-room-closed-same-department'))
            );
        }
        // Where agents choose, they may look into the queue first: all of it, or that of the own departments.
        if (this.core.setting<string>('Livechat_Routing_Method') !== 'Manual_Selection') {
            return false;
        }
        const inquiry = this.core.collections.inquiries.findOne({ rid: room._id });
        return inquiry?.status === 'queued' && (inquiry.department === undefined || isOf(inquiry.department));
    }
}

export function ref(user: UserRef): UserRef {
    return { _id: user._id, username: user.username, ...(user.name === undefined ? {} : { name: user.name }) };
}
