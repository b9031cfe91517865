import type { IUIKitSurfaceViewParam } from '@rocket.chat/apps-engine/definition/accessors';
import { RoomType } from '@rocket.chat/apps-engine/definition/rooms';
import type { IRoom } from '@rocket.chat/apps-engine/definition/rooms';
import { UIKitSurfaceType } from '@rocket.chat/apps-engine/definition/uikit';
import { UserType, type IUser } from '@rocket.chat/apps-engine/definition/users';
import * as convert from '../convert';
import type { ModalView } from '../generated/core';
import { createdId, type Handlers, type HostContext, permitted } from './context';

export const people: Handlers<'user_find' | 'bot_ensure' | 'channel_find' | 'channel_make' | 'channel_join' | 'modal_open'> = {
    async user_find(context, call) {
        const found = (await context.read.getUserReader().getById(call.user_id)) as IUser | null | undefined;
        return found ? convert.user(found) : null;
    },
    async bot_ensure(context, call) {
        return convert.user((await byName(context, call.username)) ?? (await makeBot(context, call.username, call.name)));
    },
    async channel_find(context, call) {
        const rooms = context.read.getRoomReader();
        const found = (await rooms.getByName(call.name)) as IRoom | null | undefined;
        if (!found) {
            return null;
        }
        const isPrivate = found.type === RoomType.PRIVATE_GROUP;
        // Of an open channel there may be thousands.
        const members = isPrivate ? permitted(await rooms.getMembers(found.id)) : [];
        const creator = found.creator as IUser | null | undefined;
        const appUser = permitted(await context.read.getUserReader().getAppUser(context.app.appId));
        return {
            id: found.id,
            private: isPrivate,
            creator: creator ? convert.user(creator) : null,
            members: members.map(convert.user),
            app_user_id: appUser.id,
        };
    },
    async channel_make(context, call) {
        const creator = context.modify().getCreator();
        const builder = creator.startRoom();
        builder
            .setType(RoomType.PRIVATE_GROUP)
            .setSlugifiedName(call.name)
            .setDisplayName(call.name)
            .setCreator(await actor(context, call.creator))
            .setMembersToBeAddedByUsernames(call.members);
        return createdId(await creator.finish(builder));
    },
    async channel_join(context, call) {
        const existing = (await context.read.getRoomReader().getById(call.room_id)) as IRoom | null | undefined;
        if (!existing) {
            return false;
        }
        const self = await actor(context, null);
        const updater = context.modify().getUpdater();
        const builder = await updater.room(existing.id, self);
        // The engine changes no room without these; a creator is missing who is no user any more.
        if (!(existing.creator as IUser | null | undefined)) {
            builder.setCreator(self);
        }
        if (!existing.displayName) {
            builder.setDisplayName(existing.slugifiedName);
        }
        for (const member of call.members) {
            builder.addMemberToBeAddedByUsername(member);
        }
        await updater.finish(builder);
        return true;
    },
    async modal_open(context, call) {
        const user = await context.read.getUserReader().getById(call.user_id);
        await context.modify().getUiController().openSurfaceView(surface(call.view, context.app.appId), { triggerId: call.trigger_id }, user);
        return null;
    },
};

/** The user with this id; the app's own where none is given. */
async function actor(context: HostContext, id: string | null): Promise<IUser> {
    const users = context.read.getUserReader();
    return permitted(id === null ? await users.getAppUser(context.app.appId) : ((await users.getById(id)) as IUser | undefined));
}

async function byName(context: HostContext, username: string): Promise<IUser | undefined> {
    const found = (await context.read.getUserReader().getByUsername(username)) as IUser | null | undefined;
    return found ?? undefined;
}

async function makeBot(context: HostContext, username: string, name: string): Promise<IUser> {
    const creator = context.modify().getCreator();
    const builder = creator.startBotUser({ username, name, roles: ['bot'], type: UserType.BOT, isEnabled: true });
    try {
        await creator.finish(builder);
    } catch (error) {
        // Another instance may have made it at the same moment.
        const made = await byName(context, username);
        if (!made) {
            throw error;
        }
        return made;
    }
    return permitted(await byName(context, username));
}

/** A window as the engine wants it. */
export function surface(view: ModalView, appId: string): IUIKitSurfaceViewParam {
    const text = (words: string): { type: 'plain_text'; text: string } => ({ type: 'plain_text', text: words });
    const button = (words: string, actionId: string): object => ({ type: 'button', appId, actionId, blockId: actionId, text: text(words) });
    return {
        type: UIKitSurfaceType.MODAL,
        id: view.id,
        title: text(view.title),
        blocks: convert.withAppId(view.blocks, appId),
        close: button(view.close, 'close'),
        ...(view.submit === null ? {} : { submit: button(view.submit, 'submit') }),
    };
}
