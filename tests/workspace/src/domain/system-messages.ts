import type { Core } from '../core.js';
import { randomId } from '../ids.js';
import type { MessageDoc, UserRef } from '../model.js';

/**
 * Writes a notice into a room the way `Message.saveSystemMessage` does: no validation, no app event.
 *
 * @param type the server's name of the event: `uj`, `ul`, `command`, `livechat-close`, `livechat_transfer_history`, …
 */
export function saveSystemMessage(
    core: Core,
    type: string,
    rid: string,
    msg: string,
    user: UserRef,
    extra: Partial<MessageDoc> & Record<string, unknown> = {},
): MessageDoc {
    const at = core.date();
    const message: MessageDoc = {
        ...extra,
        _id: randomId(),
        rid,
        t: type,
        msg,
        ts: at,
        u: { _id: user._id, username: user.username, ...(user.name === undefined ? {} : { name: user.name }) },
        groupable: false,
        _updatedAt: at,
    };
    core.collections.messages.put(message);
    core.collections.rooms.update(rid, (room) => ({ msgs: room.msgs + 1 }));
    core.emit('message', message);
    return message;
}
