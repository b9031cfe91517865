import type { IUIKitSurfaceViewParam } from '@rocket.chat/apps-engine/definition/accessors';
import { RoomType } from '@rocket.chat/apps-engine/definition/rooms';
import type { IRoom } from '@rocket.chat/apps-engine/definition/rooms';
import { UIKitSurfaceType } from '@rocket.chat/apps-engine/definition/uikit';
import { UserType, type IUser } from '@rocket.chat/apps-engine/definition/users';
import * as convert from '../convert';
import { CodedError } from '../core';
import type { ModalView } from '../generated/core';
import { createdId, type Ground, type Handlers, permitted } from './side';

export const people: Handlers<'user_find' | 'bot_ensure' | 'channel_ensure' | 'modal_open'> = {
    async user_find(ground, call) {
        const found = (await ground.read.getUserReader().getById(call.user_id)) as IUser | null | undefined;
        return found ? convert.user(found) : null;
    },
    async bot_ensure(ground, call) {
        return convert.user((await byName(ground, call.username)) ?? (await makeBot(ground, call.username, call.name)));
    },
    async channel_ensure(ground, call) {
        const rooms = ground.read.getRoomReader();
        const known: IRoom | null | undefined = call.room_id === null ? undefined : await rooms.getById(call.room_id);
        const existing = known ?? (await rooms.getByName(call.name));
        if (existing && !known && existing.type !== RoomType.PRIVATE_GROUP) {
            throw new CodedError('channel-not-private', 'There is a channel of that name that everybody may join.');
        }
        const users = ground.read.getUserReader();
        const creator = permitted(call.creator === null ? await users.getAppUser(ground.app.appId) : await users.getById(call.creator));
        if (existing) {
            const updater = ground.modify().getUpdater();
            const builder = await updater.room(existing.id, creator);
            // The engine changes no room without these; a creator is missing who is no user any more.
            if (!(existing.creator as IUser | null | undefined)) {
                builder.setCreator(creator);
            }
            if (!existing.displayName) {
                builder.setDisplayName(call.display_name);
            }
            for (const member of call.members) {
                builder.addMemberToBeAddedByUsername(member);
            }
            await updater.finish(builder);
            return existing.id;
        }
        const builder = ground.modify().getCreator().startRoom();
        builder
            .setType(RoomType.PRIVATE_GROUP)
            .setSlugifiedName(call.name)
            .setDisplayName(call.display_name)
            .setCreator(creator)
            .setMembersToBeAddedByUsernames(call.members);
        return createdId(await ground.modify().getCreator().finish(builder));
    },
    async modal_open(ground, call) {
        const user = await ground.read.getUserReader().getById(call.user_id);
        await ground.modify().getUiController().openSurfaceView(surface(call.view, ground.app.appId), { triggerId: call.trigger_id }, user);
        return null;
    },
};

async function byName(ground: Ground, username: string): Promise<IUser | undefined> {
    const found = (await ground.read.getUserReader().getByUsername(username)) as IUser | null | undefined;
    return found ?? undefined;
}

async function makeBot(ground: Ground, username: string, name: string): Promise<IUser> {
    const creator = ground.modify().getCreator();
    const builder = creator.startBotUser({ username, name, roles: ['bot'], type: UserType.BOT, isEnabled: true });
    try {
        await creator.finish(builder);
    } catch (error) {
        // Another instance may have made it at the same moment.
        const made = await byName(ground, username);
        if (!made) {
            throw error;
        }
        return made;
    }
    return permitted(await byName(ground, username));
}

/** A window as the engine wants it. */
export function surface(view: ModalView, appId: string): IUIKitSurfaceViewParam {
    const text = (words: string): { type: 'plain_text'; text: string } => ({ type: 'plain_text', text: words });
    const button = (words: string, actionId: string): object => ({ type: 'button', appId, actionId, blockId: actionId, text: text(words) });
    return {
        type: UIKitSurfaceType.MODAL,
        id: view.id,
        title: text(view.title),
        blocks: convert.owned(view.blocks, appId),
        close: button(view.close, 'close'),
        ...(view.submit === null ? {} : { submit: button(view.submit, 'submit') }),
    };
}
