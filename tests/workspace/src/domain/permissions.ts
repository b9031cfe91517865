/**
 * Default permissions by role, for what the workspace checks; `admin` has them all.
 * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/authorization/server/constant/permissions.ts
 */
const ROLES_BY_PERMISSION: Record<string, readonly string[]> = {
    'access-permissions': ['admin'],
    'add-user-to-joined-room': ['admin', 'owner', 'moderator'],
    'close-livechat-room': ['livechat-manager', 'livechat-monitor', 'livechat-agent', 'admin'],
    'close-others-livechat-room': ['livechat-manager', 'livechat-monitor', 'admin'],
    'create-c': ['admin', 'user', 'bot', 'app'],
    'create-d': ['admin', 'user', 'bot', 'app'],
    'create-p': ['admin', 'user', 'bot', 'app'],
    'delete-message': ['admin', 'owner', 'moderator'],
    'edit-message': ['admin', 'owner', 'moderator'],
    'edit-privileged-setting': ['admin'],
    'manage-apps': ['admin'],
    'manage-livechat-agents': ['livechat-manager', 'livechat-monitor', 'admin'],
    'manage-livechat-managers': ['livechat-manager', 'livechat-monitor', 'admin'],
    'manage-livechat-departments': ['livechat-manager', 'livechat-monitor', 'admin'],
    'mention-all': ['admin', 'owner', 'moderator', 'user'],
    'mention-here': ['admin', 'owner', 'moderator', 'user'],
    'message-impersonate': ['bot', 'app'],
    'on-hold-livechat-room': ['livechat-manager', 'livechat-monitor', 'livechat-agent', 'admin'],
    'post-readonly': ['admin', 'owner', 'moderator'],
    'remove-user': ['admin', 'owner', 'moderator'],
    'transfer-livechat-guest': ['livechat-manager', 'livechat-agent', 'livechat-monitor', 'admin'],
    'view-c-room': ['admin', 'user', 'bot', 'app', 'anonymous'],
    'view-d-room': ['admin', 'user', 'bot', 'app', 'guest'],
    'view-joined-room': ['guest', 'bot', 'app', 'anonymous'],
    'view-l-room': ['livechat-manager', 'livechat-monitor', 'livechat-agent', 'admin'],
    'view-livechat-departments': ['livechat-manager', 'livechat-monitor', 'admin'],
    'view-livechat-manager': ['livechat-manager', 'livechat-monitor', 'admin'],
    'view-livechat-room-closed-by-another-agent': ['livechat-manager', 'livechat-monitor', 'admin'],
    'view-livechat-room-closed-same-department': ['livechat-manager', 'livechat-monitor', 'admin'],
    'view-livechat-rooms': ['livechat-manager', 'livechat-monitor', 'admin'],
    'view-p-room': ['admin', 'user', 'anonymous', 'guest'],
    'view-privileged-setting': ['admin'],
};

export function rolesGrant(roles: readonly string[], permission: string): boolean {
    return roles.includes('admin') || roles.some((role) => ROLES_BY_PERMISSION[permission]?.includes(role) === true);
}
