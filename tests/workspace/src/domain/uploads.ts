import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';

import { fileTypeFromBuffer } from 'file-type';
import { imageSize } from 'image-size';
import mime from 'mime';

import { found, type Core } from '../core.js';
import { randomId } from '../ids.js';
import { WorkspaceError, type AttachmentDoc, type ConfirmedUpload, type FileRef, type MessageDoc, type NewUpload, type UploadDoc } from '../model.js';
import type { Messages } from './messages.js';
import type { Rooms } from './rooms.js';
import type { Users } from './users.js';
import type { Visitors } from './visitors.js';

export interface UploadRequest {
    rid: string;
    name: string;
    type?: string;
    description?: string;
    userId?: string;
    visitorToken?: string;
}

/** Files: bytes in the upload folder under their id, the rest in the database. */
export class Uploads {
    constructor(
        private readonly core: Core,
        private readonly users: Users,
        private readonly visitors: Visitors,
        private readonly rooms: Rooms,
        private readonly messages: Messages,
    ) {
        messages.removeFile = (id) => {
            this.remove(id);
        };
    }

    get(id: string): UploadDoc | undefined {
        return this.core.collections.uploads.get(id);
    }

    all(roomId?: string): UploadDoc[] {
        return this.core.collections.uploads.find({ rid: roomId });
    }

    content(id: string): Buffer | undefined {
        const file = this.#file(id);
        return existsSync(file) ? readFileSync(file) : undefined;
    }

    /** Checks and stores the bytes; posts nothing. */
    async store(request: UploadRequest, content: Buffer): Promise<UploadDoc> {
        const type = request.type ?? (await mediaType(content, request.name));
        const upload = this.#describe(request, content, type);
        await this.#validate(upload, content);
        this.#write(upload, content);
        return upload;
    }

    /** A user's upload without its message yet. */
    async storeAs(userId: string, wanted: NewUpload): Promise<UploadDoc> {
        found(this.users.get(userId), 'error-invalid-user', 'Invalid user');
        const { rid, name, type, description } = wanted;
        return this.store({ rid, name, type, description, userId }, wanted.content);
    }

    /** The message of a file this user stored for this room. */
    async confirmAs(userId: string, rid: string, uploadId: string, text: ConfirmedUpload): Promise<MessageDoc> {
        const stored = this.get(uploadId);
        if (stored === undefined || stored.userId !== userId || stored.rid !== rid) {
            throw new WorkspaceError('invalid-file', 'The file was not uploaded to this room by this user');
        }
        const upload = { ...stored, name: text.fileName ?? stored.name, description: text.description ?? stored.description };
        this.core.collections.uploads.put(upload);
        return this.postUserFile(userId, upload, { msg: text.msg, tmid: text.tmid });
    }

    /** A user's upload: the file and its message. */
    async uploadAs(userId: string, wanted: NewUpload): Promise<{ upload: UploadDoc; message: MessageDoc }> {
        const upload = await this.storeAs(userId, wanted);
        const message = await this.postUserFile(userId, upload, { msg: wanted.msg, tmid: wanted.tmid });
        return { upload, message };
    }

    /** The server's `sendFileMessage`. An image brings a thumbnail file along, and the attachment shows that one. */
    async postUserFile(userId: string, upload: UploadDoc, text: { msg?: string; tmid?: string } = {}): Promise<MessageDoc> {
        const file = fileRef(upload);
        const files: FileRef[] = [{ ...file, size: upload.size, format: upload.extension, typeGroup: upload.type.split('/')[0] }];
        const attachment: AttachmentDoc = { ...attachmentOf(upload), fileId: upload._id };
        if (upload.type.startsWith('image/')) {
            const content = this.content(upload._id) ?? Buffer.alloc(0);
            const thumb = this.#describe({ rid: upload.rid ?? '', name: `thumb-${upload.name}`, userId }, content, upload.type);
            this.#write(thumb, content);
            attachment.image_url = `/file-upload/${thumb._id}/${encodeURI(upload.name)}`;
            attachment.image_dimensions = dimensions(content);
            files.push({ ...fileRef(thumb), size: thumb.size, format: thumb.extension, typeGroup: 'thumb' });
        }
        return this.messages.post(userId, {
            rid: upload.rid ?? '',
            msg: text.msg,
            tmid: text.tmid,
            groupable: false,
            attachments: [attachment],
            file: files[0],
            files,
        });
    }

    /** The server's `sendFileLivechatMessage`: no open room of this visitor, no message, and no error. */
    async postVisitorFile(visitorToken: string, upload: UploadDoc): Promise<MessageDoc | undefined> {
        const visitor = this.visitors.byToken(visitorToken);
        const room = this.rooms.get(upload.rid ?? '');
        if (visitor === undefined || room?.t !== 'l' || room.open !== true || room.v?.token !== visitorToken) {
            return undefined;
        }
        const file = fileRef(upload);
        const attachment = attachmentOf(upload);
        if (upload.type.startsWith('image/')) {
            attachment.image_dimensions = dimensions(this.content(upload._id) ?? Buffer.alloc(0));
        }
        return this.messages.save(
            visitor,
            { file, files: [file], groupable: false, attachments: [attachment], token: visitorToken, alias: visitor.name },
            room,
        );
    }

    remove(id: string): void {
        this.core.collections.uploads.remove(id);
        rmSync(this.#file(id), { force: true });
    }

    #describe(request: UploadRequest, content: Buffer, type: string): UploadDoc {
        const _id = randomId();
        const at = this.core.date();
        const path = `/file-upload/${_id}/${encodeURIComponent(request.name)}`;
        return {
            _id,
            name: request.name,
            size: content.length,
            type,
            extension: extname(request.name).slice(1),
            rid: request.rid,
            userId: request.visitorToken === undefined ? request.userId : undefined,
            visitorToken: request.visitorToken,
            description: request.description,
            path,
            url: `${this.core.setting<string>('Site_Url')}${path}`,
            etag: createHash('md5').update(content).digest('hex'),
            complete: true,
            progress: 1,
            store: 'FileSystem:Uploads',
            uploadedAt: at,
            _updatedAt: at,
        };
    }

    /**
     * What the server checks before it stores: who may put a file into the room (a visitor only into the own open one),
     * the settings, other apps, and that a picture by its type is one by its bytes.
     * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/file-upload/server/lib/FileUpload.ts
     * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/livechat/server/roomAccessValidator.compatibility.ts
     */
    async #validate(upload: UploadDoc, content: Buffer): Promise<void> {
        const room = this.rooms.get(upload.rid ?? '');
        const user = upload.userId === undefined ? undefined : this.users.get(upload.userId);
        const allowed =
            room !== undefined &&
            (user?.type === 'app' ||
                (user !== undefined && this.rooms.canAccess(room, user._id)) ||
                (upload.visitorToken !== undefined && room.v?.token === upload.visitorToken && room.open === true));
        if (!allowed) {
            throw new WorkspaceError('invalid-file', 'File does not match filter');
        }
        if (!this.core.setting<boolean>('FileUpload_Enabled')) {
            throw new WorkspaceError('error-file-upload-disabled', 'File uploads are disabled');
        }
        if (room.t === 'd' && !this.core.setting<boolean>('FileUpload_Enabled_Direct')) {
            throw new WorkspaceError('error-direct-message-file-upload-not-allowed', 'File sharing not allowed in direct messages');
        }
        const most = this.core.setting<number>('FileUpload_MaxFileSize');
        if (most > -1 && content.length > most) {
            throw new WorkspaceError('error-file-too-large', `File exceeds allowed size of ${String(most)} bytes`);
        }
        if (!this.#acceptsType(upload.type)) {
            throw new WorkspaceError('error-invalid-file-type', 'File type is not accepted');
        }
        try {
            await this.core.apps.trigger('IPreFileUpload', upload, content);
        } catch (error) {
            throw new WorkspaceError('error-app-prevented', error instanceof Error ? error.message : String(error));
        }
        if (/^image\/((x-windows-)?bmp|p?jpeg|png|gif|webp)$/.test(upload.type) && dimensions(content) === undefined) {
            throw new WorkspaceError('Input file contains unsupported image format');
        }
    }

    #acceptsType(type: string): boolean {
        const list = (id: string) =>
            this.core
                .setting<string>(id)
                .split(',')
                .map((entry) => entry.trim())
                .filter((entry) => entry !== '');
        const matches = (patterns: string[]) =>
            patterns.some((pattern) => pattern === type || (pattern.endsWith('/*') && type.startsWith(pattern.slice(0, -1))));
        const white = list('FileUpload_MediaTypeWhiteList');
        return !matches(list('FileUpload_MediaTypeBlackList')) && (white.length === 0 || matches(white));
    }

    #write(upload: UploadDoc, content: Buffer): void {
        const file = this.#file(upload._id);
        // By rename: a process killed half way leaves no half file under the id.
        writeFileSync(`${file}.part`, content);
        renameSync(`${file}.part`, file);
        this.core.collections.uploads.put(upload);
    }

    #file(id: string): string {
        return join(this.core.uploadDir, id.replaceAll(/[^A-Za-z0-9]/g, '_'));
    }
}

/** Where the server's table of types is another one than ours; none means it does not know the ending. */
const OTHER_TYPES: Record<string, string | undefined> = {
    aac: 'audio/x-aac',
    adts: undefined,
    exe: 'application/x-msdos-program',
    ico: 'image/x-icon',
    jfif: undefined,
    js: 'application/javascript',
    jxl: undefined,
    lst: 'text/plain',
    m4b: undefined,
    wav: 'audio/wav',
};

/**
 * The type the name says, else the one the bytes show.
 * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/ee/lib/misc/determineFileType.ts
 * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/utils/lib/mimeTypes.ts
 */
async function mediaType(content: Buffer, name: string): Promise<string> {
    const ending = extname(name).slice(1).toLowerCase();
    const byName = ending in OTHER_TYPES ? OTHER_TYPES[ending] : mime.getType(name);
    return byName ?? (await fileTypeFromBuffer(content))?.mime ?? 'application/octet-stream';
}

function fileRef(upload: UploadDoc): FileRef {
    return { _id: upload._id, name: upload.name, type: upload.type };
}

function attachmentOf(upload: UploadDoc): AttachmentDoc {
    const link = `/file-upload/${upload._id}/${encodeURI(upload.name)}`;
    const kind = upload.type.split('/')[0];
    return {
        title: upload.name,
        type: 'file',
        description: upload.description,
        title_link: link,
        title_link_download: true,
        ...(kind === 'image' ? { image_url: link, image_type: upload.type, image_size: upload.size } : {}),
        ...(kind === 'audio' ? { audio_url: link, audio_type: upload.type, audio_size: upload.size } : {}),
        ...(kind === 'video' ? { video_url: link, video_type: upload.type, video_size: upload.size } : {}),
        ...(['image', 'audio', 'video'].includes(kind ?? '') ? {} : { size: upload.size, format: upload.extension.toUpperCase() }),
    };
}

function dimensions(content: Buffer): { width: number; height: number } | undefined {
    try {
        const { width, height } = imageSize(content);
        return { width, height };
    } catch {
        // Not an image after all, whatever its name says.
        return undefined;
    }
}
