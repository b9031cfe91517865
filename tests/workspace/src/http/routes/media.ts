/** Uploads into rooms. Source: apps/meteor/app/api/server/v1/rooms.ts (rooms.media, rooms.mediaConfirm). */
import { z } from 'zod';
import { readForm } from '../multipart.js';
import { check, failure, forbidden, type Call, type Rest } from '../rest.js';

const Confirm = z.object({
    msg: z.string().nullish(),
    description: z.string().nullish(),
    tmid: z.string().nullish(),
    fileName: z.string().nullish(),
});

export function mediaRoutes(rest: Rest): void {
    rest.post('rooms.media/:rid', async (call) => {
        const { rid, file } = await formFor(call);
        const { filename: name, mimetype: type, content } = file;
        const upload = await call.workspace.storeUpload(call.user._id, { rid, name, type, content });
        return { file: { _id: upload._id, url: upload.path } };
    });

    rest.post('rooms.mediaConfirm/:rid/:fileId', async (call) => {
        const { rid = '', fileId = '' } = call.params;
        if (!call.workspace.canAccessRoom(rid, call.user._id)) throw forbidden();
        const said = Object.entries(check(Confirm, call.body)).filter(([, value]) => value != null);
        return { message: await call.workspace.confirmUpload(call.user._id, rid, fileId, Object.fromEntries(said)) };
    });

    // One request for both; servers up to 7.x have it.
    rest.post('rooms.upload/:rid', async (call) => {
        const { rid, file, fields } = await formFor(call);
        const { filename: name, mimetype: type, content } = file;
        const { msg, description, tmid } = fields;
        const said = { ...(msg && { msg }), ...(description && { description }), ...(tmid && { tmid }) };
        const { message } = await call.workspace.uploadFile(call.user._id, { rid, name, type, content, ...said });
        return { message };
    });
}

async function formFor(call: Call) {
    const rid = call.params['rid'] ?? '';
    if (!call.workspace.canAccessRoom(rid, call.user._id)) throw forbidden();
    const limit = Number(call.workspace.serverSetting('FileUpload_MaxFileSize')?.value ?? -1);
    const { file, fields } = await readForm(call.request, 'file', limit);
    if (!file) throw failure('No file was uploaded [invalid-field]', 'invalid-field');
    return { rid, file, fields };
}
