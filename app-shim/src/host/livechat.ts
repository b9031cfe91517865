import type { ILivechatRoom, IVisitor } from '@rocket.chat/apps-engine/definition/livechat';
import type { IRoom } from '@rocket.chat/apps-engine/definition/rooms';
import type { IUser } from '@rocket.chat/apps-engine/definition/users';
import * as convert from '../convert';
import { CodedError, codeOf } from '../errors';
import type { Visitor } from '../generated/core';
import { createdId, type Handlers, type HostContext, permitted } from './context';

export const livechat: Handlers<
    | 'online'
    | 'departments'
    | 'visitor_find'
    | 'visitor_save'
    | 'visitor_fields'
    | 'room_create'
    | 'room_field'
    | 'room_find'
    | 'room_member'
    | 'rooms_open'
    | 'room_close'
    | 'visitor_message'
    | 'visitor_upload'
> = {
    async online(context, call) {
        return permitted(await context.read.getLivechatReader().isOnlineAsync(call.department ?? undefined));
    },
    async departments(context) {
        const departments = permitted(await context.read.getLivechatReader().getDepartmentsEnabledWithAgents());
        return departments.map(({ id, name }) => ({ id, name: name ?? id }));
    },
    async visitor_find(context, call) {
        const found = await context.read.getLivechatReader().getLivechatVisitorByToken(call.token);
        return found ? convert.visitor(found) : null;
    },
    async visitor_save(context, call) {
        const creator = context.modify().getCreator().getLivechatCreator();
        const { token, name, username, department } = call;
        const wanted = { token, ...(name === null ? {} : { name }), ...(username === null ? {} : { username }), ...(department === null ? {} : { department }) };
        return convert.visitor(permitted(await creator.createAndReturnVisitor(wanted as IVisitor)));
    },
    async visitor_fields(context, call) {
        const updater = context.modify().getUpdater().getLivechatUpdater();
        const refused: string[] = [];
        for (const [key, value] of call.fields) {
            try {
                await updater.setCustomFields(call.token, key, value, true);
            } catch (error) {
                // Not defined here is as it should be. A pattern's refusal has no code, and must not keep the others out.
                if (codeOf(error) !== 'invalid-custom-field') {
                    refused.push(key);
                }
            }
        }
        return refused;
    },
    async room_create(context, call) {
        const creator = context.modify().getCreator().getLivechatCreator();
        // Without an agent the server's routing decides; the typings do not allow for that.
        const noAgent = undefined as unknown as IUser;
        const source = { type: 'app', ...call.source } as unknown as ILivechatRoom['source'];
        const room = permitted(await creator.createRoom(engineVisitor(call.visitor), noAgent, { source }));
        return convert.room(room, context.app.appId);
    },
    async room_field(context, call) {
        const updater = context.modify().getUpdater();
        const editor = permitted(await context.read.getUserReader().getAppUser(context.app.appId));
        const builder = await updater.room(call.room_id, editor);
        builder.addCustomField(call.name, call.value as object);
        await updater.finish(builder);
        return null;
    },
    async room_find(context, call) {
        const room = await livechatRoom(context, call.room_id);
        return room ? convert.room(room, context.app.appId) : null;
    },
    async room_member(context, call) {
        const members = permitted(await context.read.getRoomReader().getMembers(call.room_id));
        // A deleted member leaves a gap.
        return members.some((member: IUser | null | undefined) => member?.id === call.user_id);
    },
    async rooms_open(context, call) {
        const rooms = permitted(await context.read.getLivechatReader().getLivechatRooms(engineVisitor(call.visitor)));
        return rooms.map((room) => convert.room(room, context.app.appId)).filter((room) => room.ours && room.open);
    },
    async room_close(context, call) {
        const room = await livechatRoom(context, call.room_id);
        if (!room) {
            throw new CodedError('no-such-room', 'There is no such conversation.');
        }
        const closer = await context.read.getUserReader().getAppUser(context.app.appId);
        await context.modify().getUpdater().getLivechatUpdater().closeRoom(room, call.comment, closer);
        return null;
    },
    async visitor_message(context, call) {
        const creator = context.modify().getCreator();
        const builder = creator.startLivechatMessage();
        builder.setVisitor(engineVisitor(call.visitor)).setRoom(roomStub(call.room_id)).setText(call.text);
        if (call.attachments.length > 0) {
            builder.setAttachments(call.attachments.map(convert.attachment));
        }
        return createdId(await creator.finish(builder));
    },
    async visitor_upload(context, call) {
        const creator = context.modify().getCreator().getUploadCreator();
        const descriptor = { filename: call.filename, room: roomStub(call.room_id), visitorToken: call.visitor.token };
        const upload = permitted(await creator.uploadBuffer(context.blobs.bytes(call.blob), descriptor));
        return { id: upload.id, url: upload.path || upload.url };
    },
};

async function livechatRoom(context: HostContext, id: string): Promise<ILivechatRoom | undefined> {
    const room = await context.read.getRoomReader().getById(id);
    // The typings leave out that the server answers null.
    return (room as IRoom | null | undefined) && convert.isLivechat(room as IRoom) ? (room as ILivechatRoom) : undefined;
}

function engineVisitor(visitor: Visitor): IVisitor {
    const { id, token, name, username, department } = visitor;
    return { id, token, name, username, ...(department === null ? {} : { department }) };
}

/** As much of a room as the server looks at: it reads its own record by the id. */
function roomStub(id: string): IRoom {
    return { id, type: 'l' } as unknown as IRoom;
}
