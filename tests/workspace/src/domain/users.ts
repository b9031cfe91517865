import { createHash, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

import { found, type Core } from '../core.js';
import { randomId } from '../ids.js';
import { WorkspaceError, type LoginToken, type NewUser, type Presence, type UserDoc } from '../model.js';
import { rolesGrant } from './permissions.js';

/** The server's own bot, in every workspace. */
export const ROCKET_CAT = 'rocket.cat';

/** Accounts, roles, logins and presence. */
export class Users {
    constructor(private readonly core: Core) {}

    /** Makes who is in every workspace. */
    seed(): void {
        if (this.get(ROCKET_CAT) === undefined) {
            this.create({ _id: ROCKET_CAT, username: ROCKET_CAT, name: 'Rocket.Cat', type: 'bot', roles: ['bot'] });
        }
    }

    create(user: NewUser): UserDoc {
        if (!/^[0-9a-zA-Z-_.]+$/.test(user.username)) {
            throw new WorkspaceError('error-invalid-username', `"${user.username}" is not a valid username`);
        }
        if (this.byUsername(user.username) !== undefined) {
            throw new WorkspaceError('error-field-unavailable', `${user.username} is already in use :(`, { field: user.username });
        }
        const at = this.core.date();
        const roles = user.roles ?? ['user'];
        return this.insert({
            _id: user._id ?? randomId(),
            username: user.username,
            name: user.name ?? user.username,
            type: user.type ?? 'user',
            active: true,
            roles,
            emails: user.email === undefined ? [] : [{ address: user.email, verified: true }],
            status: 'offline',
            statusConnection: 'offline',
            statusLivechat: user.statusLivechat ?? (roles.includes('livechat-agent') ? 'available' : undefined),
            password: user.password === undefined ? undefined : hashPassword(user.password),
            utcOffset: 0,
            createdAt: at,
            _updatedAt: at,
        });
    }

    insert(user: UserDoc): UserDoc {
        this.core.collections.users.put(user);
        this.core.emit('user', user);
        return user;
    }

    get(id: string): UserDoc | undefined {
        return this.core.collections.users.get(id);
    }

    /** Usernames differ in more than case. */
    byUsername(username: string): UserDoc | undefined {
        return this.core.collections.users.findOne({ lower: username.toLowerCase() });
    }

    all(): UserDoc[] {
        return this.core.collections.users.find();
    }

    update(id: string, change: Partial<UserDoc>): UserDoc {
        const user = found(this.core.collections.users.update(id, { ...change, _updatedAt: this.core.date() }), 'error-invalid-user', 'Invalid user');
        this.core.emit('user', user);
        return user;
    }

    remove(id: string): void {
        this.core.collections.users.remove(id);
        this.core.collections.tokens.removeWhere({ userId: id });
        this.core.collections.subscriptions.removeWhere({ userId: id });
        this.core.collections.departmentAgents.removeWhere({ agentId: id });
    }

    login(name: string, password: string): LoginToken {
        const user = this.byUsername(name) ?? this.all().find((candidate) => candidate.emails.some(({ address }) => address === name));
        if (user?.password === undefined || !user.active || !passwordMatches(password, user.password)) {
            throw new WorkspaceError('Unauthorized', 'Unauthorized');
        }
        return this.loginAs(user._id);
    }

    loginAs(userId: string): LoginToken {
        found(this.get(userId), 'error-invalid-user', 'Invalid user');
        const authToken = randomBytes(32).toString('base64url');
        this.core.collections.tokens.put({ _id: hashToken(authToken), userId, when: this.core.date() });
        this.update(userId, { lastLogin: this.core.date() });
        return { userId, authToken };
    }

    authenticate(userId: string, authToken: string): UserDoc | undefined {
        const token = this.core.collections.tokens.get(hashToken(authToken));
        const user = token?.userId === userId ? this.get(userId) : undefined;
        return user?.active === true ? user : undefined;
    }

    logout({ authToken }: LoginToken): void {
        this.core.collections.tokens.remove(hashToken(authToken));
    }

    /** By the roles the user has everywhere, and in the room where one is named. */
    hasPermission(userId: string, permission: string, rid?: string): boolean {
        const here = rid === undefined ? undefined : this.core.collections.subscriptions.findOne({ rid, userId });
        return rolesGrant([...(this.get(userId)?.roles ?? []), ...(here?.roles ?? [])], permission);
    }

    setPresence(userId: string, status: Presence): UserDoc {
        const previousStatus = this.get(userId)?.status;
        const user = this.update(userId, { status, statusConnection: status });
        this.core.emit('presence', { userId, status, statusLivechat: user.statusLivechat });
        if (previousStatus !== status) {
            this.core.apps.post('IPostUserStatusChanged', { user, currentStatus: status, previousStatus });
        }
        return user;
    }

    setAgentStatus(userId: string, statusLivechat: 'available' | 'not-available'): UserDoc {
        const user = found(this.get(userId), 'error-invalid-user', 'Invalid user');
        if (!user.roles.includes('livechat-agent')) {
            throw new WorkspaceError('error-agent-not-found', 'The user is not an Omnichannel agent');
        }
        const changed = this.update(userId, { statusLivechat });
        this.core.emit('presence', { userId, status: changed.status, statusLivechat });
        return changed;
    }
}

function hashToken(token: string): string {
    return createHash('sha256').update(token).digest('base64');
}

function hashPassword(password: string): string {
    const salt = randomBytes(16);
    return `${salt.toString('base64')}:${scryptSync(password, salt, 32).toString('base64')}`;
}

function passwordMatches(password: string, stored: string): boolean {
    const [salt = '', hash = ''] = stored.split(':');
    return timingSafeEqual(scryptSync(password, Buffer.from(salt, 'base64'), 32), Buffer.from(hash, 'base64'));
}
