/**
 * Omnichannel agents, managers and departments.
 * Source: users.ts and departments.ts in apps/meteor/app/livechat/imports/server/rest.
 */
import { z } from 'zod';
import type { DepartmentDoc, UserDoc } from '../../model.js';
import { check, failure, notFound, page, unauthorized, type Call, type Rest } from '../rest.js';
import { userShape } from '../shapes.js';

const AgentStatus = z.object({
    status: z.enum(['available', 'not-available']).optional(),
    agentId: z.string().optional(),
});
const Agent = z.looseObject({ agentId: z.string() });
const Department = z.object({
    department: z.object({
        name: z.string().min(1),
        enabled: z.boolean(),
        description: z.string().optional(),
        showOnRegistration: z.boolean().optional(),
        fallbackForwardDepartment: z.string().optional(),
    }),
    agents: z.array(Agent).optional(),
});
const ROLES = { agent: 'livechat-agent', manager: 'livechat-manager' } as const;

export function staffRoutes(rest: Rest): void {
    rest.post(
        'livechat/agent.status',
        ({ workspace, user, body }) => {
            const { status, agentId = user._id } = check(AgentStatus, body);
            const agent = workspace.agents().find(({ _id }) => _id === agentId);
            if (!agent) throw notFound('Agent not found');
            if (!agent.active) throw failure('error-user-deactivated');
            if (agentId !== user._id && !workspace.hasPermission(user._id, 'manage-livechat-agents'))
                throw unauthorized();
            const wanted = status ?? (agent.statusLivechat === 'available' ? 'not-available' : 'available');
            workspace.setAgentStatus(agentId, wanted);
            return { status: wanted };
        },
        { permissions: ['view-l-room'] },
    );

    for (const type of ['agent', 'manager'] as const) {
        const role = ROLES[type];
        rest.get(
            `livechat/users/${type}`,
            (call) => {
                const { items, ...rest } = page(
                    call,
                    call.workspace.users().filter(({ roles }) => roles.includes(role)),
                );
                return { users: items.map((user) => userShape(user, true)), ...rest };
            },
            { permissions: ['view-livechat-manager'] },
        );

        rest.post(
            `livechat/users/${type}`,
            ({ workspace, body }) => {
                const { username } = check(z.object({ username: z.string() }), body);
                const user = workspace.userByUsername(username);
                if (!user) throw failure('error-invalid-user');
                workspace.setRoles(user._id, [...new Set([...user.roles, role])]);
                return { user: userShape(workspace.user(user._id) ?? user, true) };
            },
            { permissions: [`manage-livechat-${type}s`] },
        );

        rest.delete(
            `livechat/users/${type}/:_id`,
            ({ workspace, params }) => {
                const user: UserDoc | undefined = workspace.user(params['_id'] ?? '');
                if (!user) throw failure({});
                workspace.setRoles(
                    user._id,
                    user.roles.filter((one) => one !== role),
                );
                return {};
            },
            { permissions: [`manage-livechat-${type}s`] },
        );
    }

    departments(rest);
}

function departments(rest: Rest): void {
    const READ = { permissions: ['view-l-room'] };
    const WRITE = { permissions: ['manage-livechat-departments'] };

    rest.get(
        'livechat/department',
        (call) => {
            const { items, ...rest } = page(call, call.workspace.departments());
            return { departments: items, ...rest };
        },
        READ,
    );

    rest.get('livechat/department/:_id', (call) => shown(call, theDepartment(call)), READ);

    rest.post(
        'livechat/department',
        (call) => {
            const { department, agents } = check(Department, call.body);
            return shown(
                call,
                call.workspace.createDepartment({
                    ...department,
                    agents: (agents ?? []).map(({ agentId }) => agentId),
                }),
            );
        },
        WRITE,
    );

    rest.put(
        'livechat/department/:_id',
        (call) => {
            const { department, agents } = check(Department, call.body);
            const change = { ...department, ...(agents && { agents: agents.map(({ agentId }) => agentId) }) };
            return shown(call, call.workspace.updateDepartment(theDepartment(call)._id, change));
        },
        WRITE,
    );
}

function theDepartment({ workspace, params }: Call): DepartmentDoc {
    const department = workspace.department(params['_id'] ?? '');
    if (!department) throw failure('error-department-not-found');
    return department;
}

function shown({ workspace }: Call, department: DepartmentDoc): object {
    const agents = workspace
        .departmentAgents(department._id)
        .map(({ _id, username }) => ({ agentId: _id, username, departmentId: department._id, count: 0, order: 0 }));
    return { department, agents };
}
