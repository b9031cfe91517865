/**
 * `/file-upload/:id/:name`: stored files, to whoever may read them.
 * Source: apps/meteor/app/file-upload/server/lib/FileUpload.ts (requestCanAccessFiles), config/_configUploadStorage.
 */
import { Router, type Request } from 'express';
import type { UploadDoc, WorkspaceApi } from '../model.js';

export function fileUploads(workspace: WorkspaceApi): Router {
    const router = Router();
    router.get('/file-upload/:id/:name', (request, response) => {
        const upload = workspace.upload(request.params.id);
        const content = upload && workspace.uploadContent(upload._id);
        if (!upload || !content) {
            response.status(404).end();
            return;
        }
        if (!mayRead(workspace, request, upload)) {
            response.status(403).end();
            return;
        }
        const disposition = 'download' in request.query ? 'attachment' : 'inline';
        response.set({
            // A stored HTML or SVG file must not run as the server's own page.
            'Content-Security-Policy': "default-src 'none'",
            'Cache-Control': 'max-age=31536000',
            'Content-Disposition': `${disposition}; filename*=UTF-8''${encodeURIComponent(upload.name)}`,
            'Last-Modified': upload.uploadedAt.toUTCString(),
            'Content-Type': upload.type || 'application/octet-stream',
            'Content-Length': String(content.length),
        });
        response.status(200).end(content);
    });
    return router;
}

function mayRead(workspace: WorkspaceApi, request: Request, upload: UploadDoc): boolean {
    const on = (setting: string): boolean => workspace.serverSetting(setting)?.value === true;
    if (!on('FileUpload_ProtectFiles')) return true;
    const { rc_uid, rc_token, rc_rid, rc_room_type } = credentials(request);

    // A visitor, who has no login: the token of the room the file is in.
    if (rc_room_type === 'l' && rc_token !== undefined && rc_rid !== undefined) {
        const room = workspace.room(rc_rid);
        if (room?.t === 'l' && room.v?.token === rc_token) return true;
    }

    const userId = rc_uid ?? request.header('x-user-id');
    const authToken = rc_token ?? request.header('x-auth-token');
    const user =
        userId !== undefined && authToken !== undefined ? workspace.authenticate(userId, authToken) : undefined;
    if (!user) return false;
    if (upload.rid === undefined) return true;
    const members = on('FileUpload_Restrict_to_room_members');
    const readers = on('FileUpload_Restrict_to_users_who_can_access_room');
    if (members === readers) return !members;
    if (readers) return workspace.canAccessRoom(upload.rid, user._id);
    return workspace.members(upload.rid).some(({ _id }) => _id === user._id);
}

type Credentials = Partial<Record<'rc_uid' | 'rc_token' | 'rc_rid' | 'rc_room_type', string>>;

/** From the query when it names a user or a room, else from the web client's cookies. */
function credentials(request: Request): Credentials {
    const query = Object.fromEntries(
        Object.entries(request.query).filter(([, value]) => typeof value === 'string'),
    ) as Credentials;
    if (query.rc_uid !== undefined || query.rc_room_type !== undefined) return query;
    const cookies = (request.header('cookie') ?? '').split(';').map((pair) => pair.trim().split('=', 2));
    return Object.fromEntries(cookies) as Credentials;
}
