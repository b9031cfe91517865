import { found, type Core } from '../core.js';
import { randomId } from '../ids.js';
import { WorkspaceError, type DepartmentDoc, type NewDepartment, type UserDoc } from '../model.js';

export interface SelectedAgent {
    agentId: string;
    username: string;
}

/** Departments, their agents, and who of them can take a conversation now. */
export class Departments {
    constructor(private readonly core: Core) {}

    create(department: NewDepartment): DepartmentDoc {
        if (this.find(department.name) !== undefined) {
            throw new WorkspaceError('error-department-name-already-exists', `There is a department "${department.name}" already`);
        }
        const _id = department._id ?? randomId();
        this.core.collections.departments.put({
            _id,
            name: department.name,
            description: department.description,
            enabled: department.enabled ?? true,
            email: '',
            showOnRegistration: department.showOnRegistration ?? false,
            showOnOfflineForm: false,
            fallbackForwardDepartment: department.fallbackForwardDepartment,
            requestTagBeforeClosingChat: department.requestTagBeforeClosingChat,
            chatClosingTags: department.chatClosingTags,
            numAgents: 0,
            _updatedAt: this.core.date(),
        });
        this.#setAgents(_id, department.agents ?? []);
        return this.#get(_id);
    }

    update(id: string, change: Partial<NewDepartment>): DepartmentDoc {
        const before = this.#get(id);
        const { agents, _id: _, ...fields } = change;
        this.core.collections.departments.put({ ...before, ...fields, _updatedAt: this.core.date() });
        if (agents !== undefined) {
            this.#setAgents(id, agents);
        }
        const after = this.#get(id);
        if (before.enabled && !after.enabled) {
            this.core.apps.post('IPostLivechatDepartmentDisabled', after);
        }
        return after;
    }

    find(idOrName: string): DepartmentDoc | undefined {
        return this.core.collections.departments.get(idOrName) ?? this.core.collections.departments.findOne({ name: idOrName });
    }

    all(): DepartmentDoc[] {
        return this.core.collections.departments.find();
    }

    enabledWithAgents(): DepartmentDoc[] {
        return this.all().filter((department) => department.enabled && department.numAgents > 0);
    }

    agentsOf(departmentId: string): UserDoc[] {
        return this.core.collections.departmentAgents
            .find({ departmentId })
            .map((entry) => this.core.collections.users.get(entry.agentId))
            .filter((user) => user !== undefined);
    }

    agents(): UserDoc[] {
        return this.core.collections.users.find().filter((user) => user.roles.includes('livechat-agent'));
    }

    /** The server's `queryStatusAgentOnline`: available, and present or a bot. */
    isAgentOnline(user: UserDoc): boolean {
        if (!user.active || !user.roles.includes('livechat-agent') || user.statusLivechat !== 'available') {
            return false;
        }
        if (user.roles.includes('bot')) {
            return true;
        }
        const idleCounts = this.core.setting<boolean>('Livechat_enabled_when_agent_idle');
        return user.status !== 'offline' && (idleCounts || user.statusConnection !== 'away');
    }

    onlineAgents(departmentId?: string): UserDoc[] {
        const candidates = departmentId === undefined ? this.agents() : this.agentsOf(departmentId);
        return candidates.filter((user) => this.isAgentOnline(user));
    }

    /** The department itself, or the next in its chain of fallbacks, that has an agent online. */
    staffed(departmentId: string, seen = new Set<string>()): string | undefined {
        if (this.onlineAgents(departmentId).length > 0) {
            return departmentId;
        }
        const fallback = this.core.collections.departments.get(departmentId)?.fallbackForwardDepartment;
        if (fallback === undefined || fallback === '' || seen.has(fallback)) {
            return undefined;
        }
        return this.staffed(fallback, seen.add(fallback));
    }

    /** The "service online" flag apps and the widget see. */
    online(departmentId?: string): boolean {
        if (this.core.setting<boolean>('Livechat_accept_chats_with_no_agents')) {
            return true;
        }
        if (
            this.core.setting<boolean>('Livechat_assign_new_conversation_to_bot') &&
            this.agents().some((user) => user.roles.includes('bot'))
        ) {
            return true;
        }
        return departmentId === undefined ? this.onlineAgents().length > 0 : this.staffed(departmentId) !== undefined;
    }

    /** Auto selection: the agent online who was given the fewest conversations. Counts this one. */
    nextAgent(departmentId: string | undefined, accept: (user: UserDoc) => boolean = () => true): SelectedAgent | undefined {
        return this.core.db.transaction(() => {
            const ranked = this.onlineAgents(departmentId)
                .filter(accept)
                .map((user) => ({ user, count: this.core.collections.counters.get(countKey(user, departmentId))?.value ?? 0 }))
                .sort((a, b) => a.count - b.count || a.user.username.localeCompare(b.user.username));
            const next = ranked[0];
            if (next === undefined) {
                return undefined;
            }
            this.core.collections.counters.put({ _id: countKey(next.user, departmentId), value: next.count + 1 });
            return { agentId: next.user._id, username: next.user.username };
        });
    }

    #get(id: string): DepartmentDoc {
        return found(this.core.collections.departments.get(id), 'error-department-not-found', 'Department not found');
    }

    #setAgents(departmentId: string, agents: string[]): void {
        this.core.db.transaction(() => {
            this.core.collections.departmentAgents.removeWhere({ departmentId });
            for (const [order, idOrUsername] of agents.entries()) {
                const user = found(
                    this.core.collections.users.get(idOrUsername) ?? this.core.collections.users.findOne({ lower: idOrUsername.toLowerCase() }),
                    'error-invalid-agent',
                    `There is no user "${idOrUsername}"`,
                );
                this.core.collections.departmentAgents.put({
                    _id: `${departmentId}:${user._id}`,
                    departmentId,
                    agentId: user._id,
                    username: user.username,
                    count: 0,
                    order,
                });
            }
            this.core.collections.departments.update(departmentId, { numAgents: agents.length });
        });
    }
}

function countKey(user: UserDoc, departmentId: string | undefined): string {
    return `livechat-count:${departmentId ?? ''}:${user._id}`;
}
