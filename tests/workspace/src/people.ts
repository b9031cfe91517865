/** Who works in a fresh local workspace. The passwords are for local use and stand in the README. */
import type { WorkspaceApi } from './model.js';

export interface LocalPerson {
    username: string;
    name: string;
    password: string;
    roles: string[];
}

/** One admin, one Omnichannel manager, two agents. */
export const LOCAL_PEOPLE: LocalPerson[] = [
    { username: 'admin', name: 'Ada Admin', password: 'local-admin', roles: ['user', 'admin'] },
    {
        username: 'manager',
        name: 'Mara Manager',
        password: 'local-manager',
        roles: ['user', 'livechat-manager', 'livechat-agent'],
    },
    { username: 'agent1', name: 'Ana Agent', password: 'local-agent1', roles: ['user', 'livechat-agent'] },
    { username: 'agent2', name: 'Ben Agent', password: 'local-agent2', roles: ['user', 'livechat-agent'] },
];

const LOCAL_DEPARTMENTS = [
    { name: 'Support', description: 'Questions and problems', agents: ['agent1', 'agent2'] },
    { name: 'Sales', description: 'Offers and orders', agents: ['agent2'] },
];

/** Makes what is missing, so that a second start of the same data changes nothing; the agents come online. */
export function seedLocalPeople(workspace: WorkspaceApi): void {
    for (const person of LOCAL_PEOPLE) {
        const { _id } =
            workspace.userByUsername(person.username) ??
            workspace.createUser({ ...person, email: `${person.username}@localhost` });
        if (!person.username.startsWith('agent')) continue;
        workspace.setPresence(_id, 'online');
        workspace.setAgentStatus(_id, 'available');
    }
    for (const department of LOCAL_DEPARTMENTS) {
        if (!workspace.department(department.name)) {
            workspace.createDepartment({ ...department, enabled: true, showOnRegistration: true });
        }
    }
}
