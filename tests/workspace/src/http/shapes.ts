/** Documents as REST shows them: what the server keeps to itself is left out. */
import type { AppSummary, RoomDoc, UserDoc, WorkspaceApi } from '../model.js';

/** A user without the password. `full` adds what only the user and admins see. */
export function userShape(user: UserDoc, full: boolean): Record<string, unknown> {
    const {
        _id,
        username,
        name,
        type,
        active,
        status,
        statusText,
        statusLivechat,
        utcOffset,
        roles,
        emails,
        createdAt,
    } = user;
    const shape = { _id, username, name, type, active, status, statusText, statusLivechat, utcOffset, roles };
    return full ? { ...shape, emails, createdAt, language: user.language, lastLogin: user.lastLogin } : shape;
}

/** `formatAppInstanceForRest`: app.json and the engine's state side by side. */
export function appShape(app: AppSummary): Record<string, unknown> {
    return {
        ...app.info,
        id: app.id,
        name: app.name,
        nameSlug: app.nameSlug,
        version: app.version,
        description: app.description,
        status: app.status,
        languages: app.languages,
        private: true,
        migrated: false,
        permissionsGranted: app.permissionsGranted,
        ...(app.iconFileContent !== undefined && { iconFileContent: app.iconFileContent }),
    };
}

/** An Omnichannel room with its department's name, as the agents' list shows it. */
export function livechatRoomShape(workspace: WorkspaceApi, room: RoomDoc): Record<string, unknown> {
    const department = room.departmentId === undefined ? undefined : workspace.department(room.departmentId);
    return { ...room, ...(department && { department: { _id: department._id, name: department.name } }) };
}
